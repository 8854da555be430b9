"""A ticket went on as another one: its ended handovers and referrals go along, so that statements keep their items."""

from __future__ import annotations

from outsourcing.models import LeadSide, Referral
from tickets.models import Ticket
from tickets.services import merging


@merging.follow
def go_along(ticket: Ticket, into: Ticket) -> None:
    """Only the lead's ticket is ever merged, and only when no handover of it is active."""
    LeadSide.objects.filter(ticket=ticket).update(ticket=into)
    Referral.objects.filter(ticket=ticket).update(ticket=into)
