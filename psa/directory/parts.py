"""What a company consists of besides itself, and how each part is added and changed: one table, one pair of pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from psa.directory import forms, services
from psa.directory.models import Company, Contact, Contract, Location, Rate
from psa.tenancy.actor import Actor


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of part: row, form, verbs, the right it needs, its titles, and where its company stands."""

    model: type[models.Model]
    form: type[forms.forms.ModelForm]
    add: Callable[..., Any]
    edit: Callable[..., Any]
    capability: str
    new_title: Any
    edit_title: Any
    company: str = "company"

    def rows(self, company: Company, actor: Actor) -> Any:
        """The parts of this kind the actor may see."""
        return self.model._default_manager.visible_to(actor).filter(**{self.company: company})  # type: ignore[attr-defined]


def _add_rate(company: Company, *, by: Actor, **fields: Any) -> Rate:
    return services.add_rate(fields.pop("contract"), by=by, **fields)


PARTS = {
    "contacts": Part(
        Contact,
        forms.ContactForm,
        services.add_contact,
        services.edit_contact,
        "company.manage",
        _("New contact"),
        _("Edit contact"),
    ),
    "locations": Part(
        Location,
        forms.LocationForm,
        services.add_location,
        services.edit_location,
        "company.manage",
        _("New location"),
        _("Edit location"),
    ),
    "contracts": Part(
        Contract,
        forms.ContractForm,
        services.add_contract,
        services.edit_contract,
        "contract.manage",
        _("New contract"),
        _("Edit contract"),
    ),
    "rates": Part(
        Rate,
        forms.RateForm,
        _add_rate,
        services.edit_rate,
        "contract.manage",
        _("New rate"),
        _("Edit rate"),
        "contract__company",
    ),
}
