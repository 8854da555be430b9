"""What was approved or posted stands still (it-house spec, "Approve and post"; hostile test N2), on every path.

An approved entry is given back first; a posted one is corrected by an item that reverses it.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from billing.models import BillingItem, BillingStatus
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets import carrying, guards
from tickets.models import Charge, Item, Status, Ticket, TimeEntry

POSTED = (BillingStatus.POSTED, BillingStatus.INVOICED, BillingStatus.WRITTEN_OFF, BillingStatus.BALANCED)
FROZEN = (BillingStatus.APPROVED, *POSTED)
# Whoever asks about a request that was billed is led to a new one that follows it.
ASK_AGAIN = "workflows:ask_again"


@guards.register("timeentry.edit", "timeentry.remove", "charge.edit", "charge.remove", guards.MARK)
def what_is_billed_stays(ticket: Ticket, verb: str, items: Sequence[Item], by: Actor) -> guards.Refusals:
    """Neither changed nor taken off; nor does it turn into work beyond the estimate when other time grows."""
    return _frozen(ticket, items)


@guards.register("ticket.split")
def what_is_billed_is_not_split_off(ticket: Ticket, verb: str, items: Sequence[Item], by: Actor) -> guards.Refusals:
    """It stays on the ticket it was billed with."""
    return _frozen(ticket, items)


@guards.register("ticket.merge")
def a_billed_ticket_goes_on_as_no_other(ticket: Ticket, verb: str, items: Sequence[Item], by: Actor) -> guards.Refusals:
    """30: what was billed of it names this ticket. The survivor may have billed work of its own."""
    if not carrying.has(ticket, "billed"):
        return {}
    found = set(_of(ticket).filter(status__in=FROZEN).values_list("status", flat=True))
    if not found:
        return {}
    is_posted = not found.isdisjoint(POSTED)
    return {None: Refused("merged_is_posted" if is_posted else "merged_is_approved", number=ticket.number)}


@guards.register("ticket.absorb")
def a_settled_ticket_takes_in_no_work(ticket: Ticket, verb: str, items: Sequence[Item], by: Actor) -> guards.Refusals:
    """21, 30: a closed ticket of which work was billed is at its end; nobody would bill what came later."""
    is_settled = ticket.status == Status.CLOSED and carrying.has(ticket, "billed")
    is_settled = is_settled and _of(ticket).filter(status__in=FROZEN).exists()
    return {None: Refused("survivor_is_settled", number=ticket.number)} if is_settled else {}


@guards.register("ticket.delete", "ticket.change_company", "ticket.remap")
def a_billed_ticket_stays_whose_it_is(ticket: Ticket, verb: str, items: Sequence[Item], by: Actor) -> guards.Refusals:
    """What was billed of it names this ticket and this customer."""
    found = _of(ticket).filter(status__in=FROZEN)
    is_billed = carrying.has(ticket, "billed") and found.exists()
    return {None: Refused("ticket_is_billed", number=ticket.number)} if is_billed else {}


@guards.register("ticket.reopen")
def a_posted_ticket_is_followed_up(ticket: Ticket, verb: str, items: Sequence[Item], by: Actor) -> guards.Refusals:
    """22, 29: once something of it is posted, another request follows it."""
    is_posted = carrying.has(ticket, "billed") and _of(ticket).filter(status__in=POSTED).exists()
    return {None: Refused("ticket_is_posted", ASK_AGAIN, number=ticket.number)} if is_posted else {}


def go_along(ticket: Ticket, into: Ticket) -> None:
    """30: what was given back goes to the survivor with its entry or charge."""
    _of(ticket).filter(status=BillingStatus.RETURNED).update(ticket=into)


def _of(ticket: Ticket) -> QuerySet[BillingItem]:
    return BillingItem.objects.filter(ticket=ticket)


def _frozen(ticket: Ticket, items: Sequence[Item]) -> guards.Refusals:
    """One query for a page of items."""
    entries = {item.pk: item for item in items if isinstance(item, TimeEntry)}
    charges = {item.pk: item for item in items if isinstance(item, Charge)}
    if not (entries or charges) or not carrying.has(ticket, "billed"):
        return {}
    rows = BillingItem.objects.filter(ticket=ticket, status__in=FROZEN, reverses=None).order_by("part")
    refused: dict[Item | None, Refused] = {}
    for entry, charge, status in rows.values_list("entry", "charge", "status"):
        item = entries.get(entry) or charges.get(charge)
        if item is not None:
            refused[item] = Refused("item_is_approved" if status == BillingStatus.APPROVED else "item_is_posted")
    return refused
