"""What a page of handovers adds to its rows: what hangs, what was settled and invoiced; and the filters for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from outsourcing.labels import invoice_state
from outsourcing.models import (
    AnnouncedInvoice,
    Fee,
    Handover,
    LeadSide,
    PartnerInvoice,
    ServiceSide,
    Side,
    Statement,
    Terms,
)
from outsourcing.models.handover import RUNNING
from outsourcing.services.hours import counted
from psa.lanes.models import Lane
from tickets.models import TimeEntry

CHANNEL = "handover:"


@dataclass(slots=True)
class Settled:
    """A handover's settlement as a list shows it: our side's figures, and whether both sides' documents agree."""

    minutes: int
    labour: Decimal
    charges: Decimal
    total: Decimal
    currency: str
    number: int
    sha256: str
    is_disputed: bool = False


def logged(side: str) -> Subquery:
    """Minutes to bill the service side logged for the handover of a side's row: its own that left, or our copies."""
    entries = counted(side == Side.LEAD).filter(ticket=OuterRef("ticket"), handover=OuterRef("handover__key"))
    entries = entries.order_by().values("handover")
    return Subquery(entries.annotate(sum=Sum(F("minutes") + F("offset_minutes"))).values("sum"))


def owed(name: str) -> Subquery:
    """What the lead owes the operator for the handover of its side's row, if anything: "amount" or "currency"."""
    return Subquery(Fee.objects.filter(handover=OuterRef("handover")).values(name))


def flags(row: Any) -> list[tuple[str, Any, str, str]]:
    """What is wrong with running work: code, words, colour, icon (§8: overdue, hours, link trouble)."""
    found: list[tuple[str, Any, str, str]] = []
    if row.status not in RUNNING:
        return found
    if row.complete_by and row.complete_by < timezone.now():
        found.append(("overdue", _("Overdue"), "red", "clock"))
    whole = row.terms.get("authorised_minutes") or 0
    if whole and (row.minutes or 0) >= whole:
        found.append(("hours", _("Hours used up"), "red", "timer"))
    elif whole and (row.minutes or 0) * 5 >= whole * 4:
        found.append(("hours", _("Hours nearly used up"), "amber", "timer"))
    if row.hangs:
        found.append(("trouble", _("Link trouble"), "red", "unlink"))
    return found


# Once a page ----------------------------------------------------------------------------------------------------------
def hanging_lanes() -> QuerySet:
    """The lanes of handovers that wait for somebody. Few at any time; a partial index holds what is parked."""
    return Lane.objects.filter(parked_at__isnull=False, channel__startswith=CHANNEL)


def parked() -> set[UUID]:
    """The handovers of which a lane hangs."""
    return {UUID(channel.removeprefix(CHANNEL)) for channel in hanging_lanes().values_list("channel", flat=True)}


def settlements(ids: Sequence[int], side: str) -> dict[int, Settled]:
    """Our side's newest statement of each handover, one query."""
    rows = Statement.objects.filter(handover__in=ids).order_by("number")
    columns = ("handover_id", "side", "minutes", "labour", "charges", "total", "currency", "number", "sha256")
    found: dict[int, Settled] = {}
    theirs: dict[int, list[Any]] = {}
    for pk, whose, *values in rows.values_list(*columns):
        if whose == side:
            found[pk] = Settled(*values)
        else:
            theirs[pk] = values[-2:]
    for pk, one in found.items():
        number, sha256 = theirs.get(pk, (0, ""))
        one.is_disputed = number == one.number and sha256 != one.sha256  # one that is a number behind still follows
    return found


def invoices(ids: Sequence[int]) -> Mapping[int, tuple[str, Decimal]]:
    """State and amount of the partner's invoice of each handover that has one, or was told of one; one query."""
    came = PartnerInvoice.objects.filter(handover=OuterRef("pk"))
    columns = (Subquery(came.values("amount")), Subquery(came.values("paid_on")), Subquery(_announced().values("sum")))
    rows = Handover.objects.filter(pk__in=ids).values_list("pk", *columns)
    return {
        pk: (invoice_state(amount is not None, paid is not None, told is not None), told if amount is None else amount)
        for pk, amount, paid, told in rows
        if amount is not None or told is not None
    }


def _announced() -> QuerySet:
    """What the partner's papers for the handover of a row come to, where that is more than nothing."""
    told = AnnouncedInvoice.objects.filter(handover=OuterRef("pk")).order_by().values("handover")
    return told.annotate(sum=Sum("amount")).filter(sum__gt=0)


# Filters --------------------------------------------------------------------------------------------------------------
def hangs(rows: QuerySet, request: Any) -> QuerySet:
    """Those of which a lane hangs."""
    return rows.filter(key__in=parked())


def hours_used(side: str) -> Any:
    """Those whose authorised hours are used up, as a filter of this side's list."""
    model: Any = LeadSide if side == Side.LEAD else ServiceSide

    def where(rows: QuerySet, request: Any) -> QuerySet:
        own = model.objects.filter(handover=OuterRef("pk")).annotate(logged=logged(side)).values("logged")[:1]
        terms = Terms.objects.filter(handover=OuterRef("pk"), version=OuterRef("terms_version"))
        known = rows.annotate(logged=Subquery(own), authorised=Subquery(terms.values("authorised_minutes")[:1]))
        return known.filter(authorised__gt=0, logged__gte=F("authorised"))

    return where


def worked_between(first: date | None, last: date | None, side: str) -> Exists:
    """Those on which the service partner worked in a range of days."""
    model: Any = LeadSide if side == Side.LEAD else ServiceSide
    entries = TimeEntry.objects.filter(ticket=OuterRef("ticket"), handover=OuterRef("handover__key"), removed_at=None)
    entries = entries.filter(received_at__isnull=side != Side.LEAD)
    if first:
        entries = entries.filter(worked_on__gte=first)
    if last:
        entries = entries.filter(worked_on__lte=last)
    return Exists(model.objects.filter(Exists(entries), handover=OuterRef("pk")))


def with_invoice(rows: QuerySet, states: Sequence[str]) -> QuerySet:
    """Those of the lead's whose invoice is expected, announced, received or paid."""
    came = PartnerInvoice.objects.filter(handover=OuterRef("pk"))
    told = _announced()
    asked = {
        "expected": ~Exists(came) & ~Exists(told),
        "announced": ~Exists(came) & Exists(told),
        "received": Exists(came.filter(paid_on=None)),
        "paid": Exists(came.filter(paid_on__isnull=False)),
    }
    wanted = Q(pk__in=())
    for state in states:
        wanted |= Q(asked[state])
    return rows.filter(wanted)
