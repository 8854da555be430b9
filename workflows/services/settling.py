"""The end of a request that waits for its bill (lifecycle spec, moves 21 and 26)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Sum

from outsourcing.links import Link, links
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets import permissions
from tickets.models import Charge, Ticket, TimeEntry
from tickets.services import reserved
from tickets.services.locking import lock


@dataclass(frozen=True, slots=True)
class Billable:
    """What is there to bill: minutes as they are billed, and how many charges."""

    minutes: int
    charges: int

    @property
    def is_nothing(self) -> bool:
        return self.minutes <= 0 and not self.charges


def billable(ticket: Ticket) -> Billable:
    """What stands on the ticket that somebody would be billed for. Two statements."""
    entries = TimeEntry.objects.filter(ticket=ticket, removed_at=None, is_billable=True)
    minutes = entries.aggregate(sum=Sum(F("minutes") + F("offset_minutes")))["sum"]
    charges = Charge.objects.filter(ticket=ticket, removed_at=None, is_billable=True)
    return Billable(minutes or 0, charges.exclude(quantity=Decimal(0)).count())


@transaction.atomic
def settle(ticket: Ticket, reason: str, *, write_off: bool, by: Actor) -> Ticket:
    """21: nothing is to be billed; what there is, an administrator writes off and says why.

    Raises Denied, Refused("something_to_bill"), ("reason_missing"), ("ticket_moved_on")."""
    ticket = lock(ticket)
    by.require("tenant.manage" if write_off else "billing.post")
    permissions.require(ticket, "ticket.view", by)
    if write_off and not reason.strip():
        raise Refused("reason_missing")
    found = billable(ticket)
    if not write_off and not found.is_nothing:
        raise Refused("something_to_bill", minutes=found.minutes, charges=found.charges)
    return reserved.settle(ticket, reason.strip(), by=by, written_off=write_off)


def ended(ticket: Ticket) -> Link | None:
    """The handover of insourced work that has ended last."""
    return next((link for link in links(ticket) if not link.is_lead and link.handover.is_ended), None)


def is_free(ticket: Ticket) -> bool:
    """Whether no handover of it is under way."""
    return not any(link.handover.is_active for link in links(ticket))


@transaction.atomic
def to_billing(ticket: Ticket, *, by: Actor) -> Ticket:
    """26: insourced work goes to billing; its handover's end stands for the acceptance. Raises Denied,
    Refused("not_insourced"), ("insourced_ticket_is_running"), ("ticket_moved_on")."""
    ticket = lock(ticket)
    permissions.require(ticket, "ticket.edit", by)
    link = ended(ticket)
    if link is None:
        raise Refused("no_handover_has_ended")
    return reserved.to_billing(ticket, link.handover.key, link.partner, by=by)
