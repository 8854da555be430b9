"""What operators type."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from psa.directory.countries import countries
from psa.tenancy.errors import Refused
from psa.web import refusals
from psa.web.inputs import Amount
from psa.web.zones import zones


class TenantForm(forms.Form):
    """A new company and its first administrator."""

    name = forms.CharField(label=_("Company"), max_length=120)
    slug = forms.SlugField(
        label=_("Address"), max_length=50, required=False, help_text=_("/address/; made of the name if left empty.")
    )
    plan = forms.ChoiceField(
        label=_("Plan"),
        choices=[("full", _("Full")), ("portal", _("Portal"))],
        widget=forms.RadioSelect,
        initial="full",
    )
    country = forms.ChoiceField(label=_("Country"), required=False)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    time_zone = forms.ChoiceField(label=_("Time zone"), initial="UTC")
    currency = forms.RegexField(r"^[A-Z]{3}$", label=_("Currency"), initial="EUR", max_length=3)
    person = forms.CharField(label=_("Administrator"), max_length=120)
    email = forms.EmailField(label=_("E-mail"), help_text=_("Gets a mail with a link to set a password."))

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        fields: dict[str, Any] = self.fields
        fields["country"].choices = countries()
        fields["time_zone"].choices = zones()

    def refuse(self, refused: Refused) -> None:
        """Show a service's no at the address; what was typed stays."""
        self.add_error("slug", refusals.explain(refused))

    def arguments(self) -> dict[str, Any]:
        """What the service takes."""
        found = dict(self.cleaned_data)
        plan = found.pop("plan")
        return {**found, "is_portal": plan == "portal"}


class ReasonForm(forms.Form):
    """Why a company is suspended, or let in again. Operators read it."""

    reason = forms.CharField(
        label=_("Reason"), max_length=500, help_text=_("Stays in the log; the company does not read it.")
    )


class FeeForm(forms.Form):
    """The transaction fee of one lead."""

    amount = Amount(label=_("Fee for each accepted handover"), min_value=0, max_digits=8, decimal_places=2)
