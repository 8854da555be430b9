"""Insourced work goes to billing once its handover has ended (lifecycle spec, move 26)."""

from __future__ import annotations

from django.db import transaction

from outsourcing.links import Link, links
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets import permissions
from tickets.models import Ticket
from tickets.services import reserved
from tickets.services.locking import lock


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
