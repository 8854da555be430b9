"""A ticket is deleted: an offer that is out is cancelled with it, a draft discarded (spec §4)."""

from __future__ import annotations

from outsourcing.links import active
from outsourcing.models import HandoverStatus
from outsourcing.services import sending
from psa.tenancy.actor import Actor
from tickets.models import Ticket
from tickets.services import deleting


@deleting.end_first
def end_the_offer(ticket: Ticket, by: Actor | None) -> tuple[str, dict[str, str]] | None:
    """Cancel the offer, or discard the draft, with the rights that takes; the partner hears of the first only."""
    link = active(ticket)
    if link is None or link.handover.status not in {HandoverStatus.UNSENT, HandoverStatus.ASSIGNED}:
        return None
    is_out = link.handover.status == HandoverStatus.ASSIGNED
    if by is not None:
        (sending.cancel if is_out else sending.discard)(ticket, by=by)
    return ("offer_ends_with_ticket" if is_out else "draft_ends_with_ticket"), {"partner": link.partner}
