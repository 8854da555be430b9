"""The end of a request that waits for its bill (lifecycle spec, moves 21 and 26)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum

from billing.models import BillingItem, BillingStatus, InvoiceLine
from billing.services import billing_settings, posting
from psa.journal.models import Entry
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets import permissions
from tickets.models import Charge, Status, Ticket, TimeEntry
from tickets.services import reserved
from tickets.services.locking import lock

ENDED = (BillingStatus.INVOICED, BillingStatus.WRITTEN_OFF, BillingStatus.BALANCED)
SETTLED = (BillingStatus.APPROVED, BillingStatus.POSTED, *ENDED)


@dataclass(frozen=True, slots=True)
class Billable:
    """What nobody decided on yet: minutes as they are billed, and how many charges."""

    minutes: int
    charges: int
    entries: int = 0

    @property
    def is_nothing(self) -> bool:
        return not self.entries and not self.charges


def _undecided(model: type[TimeEntry] | type[Charge], ticket: Ticket, decided: tuple[str, ...]) -> QuerySet:
    """What stands on the ticket to be billed and has no item that is this far. What is billed at 0 minutes is
    nothing."""
    column = "entry" if model is TimeEntry else "charge"
    items = BillingItem.objects.filter(**{column: OuterRef("pk")}, status__in=decided)
    rows = model.objects.filter(ticket=ticket, removed_at=None, is_billable=True).exclude(Exists(items))
    if model is TimeEntry:
        return rows.filter(minutes__gt=-F("offset_minutes"))
    return rows.exclude(quantity=0)


def billable(ticket: Ticket) -> Billable:
    """What stands on the ticket that somebody would be billed for, and is neither approved nor written off."""
    entries = _undecided(TimeEntry, ticket, SETTLED)
    minutes = entries.aggregate(sum=Sum(F("minutes") + F("offset_minutes")))["sum"] or 0
    return Billable(minutes, _undecided(Charge, ticket, SETTLED).count(), entries.count())


@transaction.atomic
def settle(ticket: Ticket, reason: str, *, write_off: bool, by: Actor) -> Ticket:
    """21: everything was approved, or nothing is to be billed; what there is besides, an administrator writes off and
    says why. Raises Denied, Refused("something_to_bill"), ("reason_missing"), ("ticket_moved_on")."""
    ticket = lock(ticket)
    by.require("tenant.manage" if write_off else "billing.post")
    permissions.require(ticket, "ticket.view", by)
    if write_off and not reason.strip():
        raise Refused("reason_missing")
    found = billable(ticket)
    if not write_off and not found.is_nothing:
        raise Refused("something_to_bill", minutes=found.minutes, charges=found.charges)
    for thing in [*_undecided(TimeEntry, ticket, SETTLED), *_undecided(Charge, ticket, SETTLED)] if write_off else ():
        posting.write_off(thing, reason, by=by)
    return reserved.settle(ticket, reason.strip(), by=by, written_off=write_off)


def on_invoiced(entry: Entry) -> None:
    """An invoice was issued: requests all of whose work is on invoices or written off are settled, where the company
    wants it so. It runs after the invoice's own transaction."""
    if not billing_settings.of_tenant().settles_tickets:
        return
    lines = InvoiceLine.objects.filter(invoice=entry.subject_id, item__ticket__isnull=False)
    for pk in sorted(set(lines.values_list("item__ticket", flat=True))):
        with suppress(Refused):  # somebody else has a say in this one: it stays until they had it
            settle_if_billed(pk, by=Actor.system("billing").because(entry))


@transaction.atomic
def settle_if_billed(pk: int, *, by: Actor) -> bool:
    """21 by itself: the last of the ticket's work was invoiced."""
    ticket = lock(Ticket(pk=pk))
    open_items = BillingItem.objects.filter(ticket=ticket).exclude(Q(status__in=ENDED))
    if ticket.status != Status.INVOICE or open_items.exists():
        return False
    if any(_undecided(model, ticket, ENDED).exists() for model in (TimeEntry, Charge)):
        return False
    reserved.settle(ticket, "", by=by)
    return True
