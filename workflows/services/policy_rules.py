"""Settling what counts for requests: for everybody, for a category, a customer or a contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from psa.directory.models import Company, Contract
from psa.journal import journal
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.models import Tenant
from tickets.models import Category
from workflows import policies
from workflows.models import ServicePolicy

Subject = Tenant | Category | Company | Contract


@dataclass(frozen=True, slots=True)
class Inherited:
    """What counts for a place as long as it says nothing itself, and whose word that is ("" for nobody's)."""

    value: Any
    whose: str = ""


def capability_for(subject: Subject) -> str:
    """The right it takes to settle it there."""
    return "tenant.manage" if isinstance(subject, Tenant) else "rule.manage"


def of(subject: Subject) -> ServicePolicy:
    """What the place says, an empty row where it says nothing."""
    wanted = _place(subject)
    found: ServicePolicy = ServicePolicy.objects.filter(**wanted).first() or ServicePolicy(**wanted)
    return found


def inherited(subject: Subject) -> dict[str, Inherited]:
    """What stands behind each word of a place: the customer's behind its contract's, then everybody's, then the
    defaults. A category does not know the customer, nor a customer the category."""
    rows = [] if isinstance(subject, Tenant) else [ServicePolicy.objects.filter(**_place(None)).first()]
    if isinstance(subject, Contract):
        rows.append(ServicePolicy.objects.filter(company=subject.company_id).select_related("company").first())
    found = {name: Inherited(getattr(policies.DEFAULTS, name)) for name in policies.NAMES}
    for row in rows:
        for name in policies.NAMES if row else ():
            if (value := getattr(row, name)) is not None:
                found[name] = Inherited(value, str(row.company) if row.company_id else "")
    return found


@transaction.atomic
def settle(subject: Subject, values: Mapping[str, Any], *, by: Actor) -> ServicePolicy:
    """Keep what the place says; None leaves a word to the wider place. What timers were told stays as it was told.

    Raises Denied."""
    by.require(capability_for(subject))
    Tenant.objects.select_for_update(of=("self",), no_key=True).get(pk=scope.tenant_id())
    row = of(subject)
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    if not changed:
        return row
    old = {name: getattr(row, name) for name in changed}
    for name, value in changed.items():
        setattr(row, name, value)
    row.save()
    journal.record(subject, "policy.changed", by=by, old=old, new=changed)
    return row


def settled() -> list[ServicePolicy]:
    """Every place that says something, but everybody's own."""
    rows = ServicePolicy.objects.select_related("category", "company", "contract__company")
    found = [row for row in rows if row.category_id or row.company_id or row.contract_id]
    return sorted(found, key=lambda row: str(row.contract or row.company or row.category).casefold())


def _place(subject: Subject | None) -> dict[str, Any]:
    place: dict[str, Any] = {"category": None, "company": None, "contract": None}
    for name, kind in (("category", Category), ("company", Company), ("contract", Contract)):
        if isinstance(subject, kind):
            place[name] = subject
    return place
