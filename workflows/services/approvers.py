"""Who decides on a customer's estimates: kept at the company, asked for an amount (lifecycle spec, "Approvers").

The desk keeps the list, and so does the company's own administrator contact in the portal ("Customer portal"); how many
have to agree is the desk's to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Prefetch

from psa.directory.models import Company, Contact
from psa.journal import journal
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied, Refused
from workflows.models import ApprovalRule, Approver, Deputy, Mode
from workflows.services import portal_access

CAPABILITY = "company.manage"


@dataclass(frozen=True, slots=True)
class Seat:
    """An approver as they stand on a day: who may decide in this place, first of all the approver themselves."""

    approver: Approver
    people: Sequence[Contact] = field(default_factory=list)

    @property
    def ids(self) -> set[int]:
        """The contacts who may sit here."""
        return {one.pk for one in self.people}

    def covers(self, amount: Decimal, currency: str) -> bool:
        """Whether an amount (net, tolerance included) is within the limit of this place."""
        return self.approver.covers(amount, currency)


def seats(company_id: int, on: date) -> list[Seat]:
    """The company's approvers and, on that day, their deputies, in their turn; a place nobody active sits in is left
    out. Two statements."""
    present = Deputy.objects.filter(starts_on__lte=on, ends_on__gte=on).select_related("contact")
    rows = Approver.objects.filter(company=company_id).select_related("contact")
    found = []
    for approver in rows.prefetch_related(Prefetch("deputies", present, to_attr="present")):
        people = [approver.contact, *(one.contact for one in approver.present)]
        if standing := [one for one in people if one.is_active]:
            found.append(Seat(approver, standing))
    return found


def mode_of(company_id: int) -> str:
    """How the company's approvers decide together."""
    return ApprovalRule.objects.filter(company=company_id).values_list("mode", flat=True).first() or Mode.ANY


def covering(found: Sequence[Seat], amount: Decimal, currency: str) -> list[Seat]:
    """The places whose limit covers an amount: they are asked. Raises Refused("nobody_may_approve") naming those who
    approve less where there is none."""
    able = [seat for seat in found if seat.covers(amount, currency)]
    if not able:
        known = [
            {"name": seat.approver.contact.name, "limit": str(seat.approver.limit), "currency": seat.approver.currency}
            for seat in found
        ]
        raise Refused("nobody_may_approve", amount=str(amount), currency=currency, known=known)
    return able


@transaction.atomic
def set_mode(company: Company, mode: str, *, by: Actor) -> None:
    """How many have to agree, for estimates sent from now on. Raises Denied."""
    if by.require(CAPABILITY) != "all":
        raise Denied(CAPABILITY)
    old = mode_of(company.pk)
    if old != mode:
        rule, _made = ApprovalRule.objects.get_or_create(company=company)
        rule.mode = mode
        rule.save(update_fields=["mode"])
        journal.record(company, "approvals.changed", by=by, old=old, new=mode)


@transaction.atomic
def add(
    company: Company,
    contact: Contact,
    *,
    by: Actor,
    limit: Decimal | None = None,
    currency: str = "EUR",
    position: int | None = None,
) -> Approver:
    """Let a contact of the company decide. Raises Refused("contact_is_elsewhere"), ("is_an_approver"), Denied."""
    portal_access.may_look_after(company.pk, by)
    _of(company, contact)
    if position is None:
        position = Approver.objects.filter(company=company).count() + 1
    made = Approver(company=company, contact=contact, limit=limit, currency=currency, position=position)
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        raise Refused("is_an_approver", name=contact.name) from None
    journal.record(company, "approver.added", by=by, name=contact.name, **_plain(made))
    return made


@transaction.atomic
def edit(approver: Approver, *, by: Actor, **changes: Any) -> Approver:
    """Another limit, currency or turn, for what is not decided yet. Raises Denied."""
    portal_access.may_look_after(approver.company_id, by)
    if set(changes) - {"limit", "currency", "position"}:
        raise ValueError("A limit, a currency and a turn can be changed.")
    row = _locked(approver)
    old = _plain(row)
    for name, value in changes.items():
        setattr(row, name, value)
    if (new := _plain(row)) != old:
        row.save(update_fields=list(changes))
        journal.record(row.company, "approver.edited", by=by, name=row.contact.name, old=old, new=new)
    return row


@transaction.atomic
def remove(approver: Approver, *, by: Actor) -> None:
    """Let them decide no more; their deputies neither. What they decided stays. Raises Denied."""
    portal_access.may_look_after(approver.company_id, by)
    row = _locked(approver)
    company, name = row.company, row.contact.name
    row.delete()
    journal.record(company, "approver.removed", by=by, name=name)


@transaction.atomic
def appoint(approver: Approver, contact: Contact, starts_on: date, ends_on: date, *, by: Actor) -> Deputy:
    """Let another contact of the company decide in an approver's place for some days.

    Raises Refused("contact_is_elsewhere"), ("deputy_is_the_approver"), ("deputy_ends_before"), Denied."""
    portal_access.may_look_after(approver.company_id, by)
    row = _locked(approver)
    _of(row.company, contact)
    if contact.pk == row.contact_id:
        raise Refused("deputy_is_the_approver", name=contact.name)
    if ends_on < starts_on:
        raise Refused("deputy_ends_before")
    made = Deputy.objects.create(approver=row, contact=contact, starts_on=starts_on, ends_on=ends_on)
    days = {"starts_on": starts_on.isoformat(), "ends_on": ends_on.isoformat()}
    journal.record(row.company, "deputy.added", by=by, name=contact.name, approver=row.contact.name, **days)
    return made


@transaction.atomic
def dismiss(deputy: Deputy, *, by: Actor) -> None:
    """End a deputyship. Raises Denied."""
    portal_access.may_look_after(deputy.approver.company_id, by)
    row = Deputy.objects.select_for_update(of=("self",), no_key=True).select_related("contact").get(pk=deputy.pk)
    company = Company.objects.get(pk=deputy.approver.company_id)
    name = row.contact.name
    row.delete()
    journal.record(company, "deputy.removed", by=by, name=name)


def _of(company: Company, contact: Contact) -> None:
    if contact.company_id != company.pk or not contact.is_active:
        raise Refused("contact_is_elsewhere", name=contact.name)


def _locked(approver: Approver) -> Approver:
    rows = Approver.objects.select_for_update(of=("self",), no_key=True).select_related("company", "contact")
    found: Approver = rows.get(pk=approver.pk)
    return found


def _plain(row: Approver) -> dict[str, Any]:
    return {
        "limit": str(row.limit) if row.limit is not None else None,
        "currency": row.currency,
        "position": row.position,
    }
