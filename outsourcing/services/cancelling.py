"""A ticket is cancelled: what a partner has of it ends in the same transaction (lifecycle spec 9, 11, 23)."""

from __future__ import annotations

from outsourcing.links import active
from outsourcing.models import HandoverStatus, Side
from outsourcing.services import ending, sending
from psa.tenancy.actor import Actor
from tickets.models import Ticket
from tickets.services import ends_with_it


@ends_with_it
def end_the_handover(ticket: Ticket, by: Actor, reason: str) -> None:
    """A draft is discarded, an offer cancelled, running work taken back (T0, T3, T15), whoever ended the request: the
    customer may, too. Raises Refused("items_still_arriving"): then nothing of it happens."""
    link = active(ticket)
    if link is None or link.side != Side.LEAD:
        return
    system = Actor.system(by.channel, by.name)
    if link.handover.status == HandoverStatus.UNSENT:
        sending.discard(ticket, by=system)
    elif link.handover.status == HandoverStatus.ASSIGNED:
        sending.cancel(ticket, by=system)
    else:
        ending.take_back(ticket, reason or "–", by=system)
