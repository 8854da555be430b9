"""What every move leaves behind: a row of history, a fact in our journal, and news for the other side."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from outsourcing.links import ticket_of
from outsourcing.models import Handover, HandoverStatus, Move, Proposal, ProposalKind, Side
from psa.journal import journal
from psa.journal.models import Entry
from psa.lanes import lanes
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from tickets.models import Ticket

MOVED = "handover.moved"
# Where nothing is left to agree on; what was proposed and not answered until then counts for nothing.
SETTLED = (
    HandoverStatus.ACCEPTED,
    HandoverStatus.CANCELED,
    HandoverStatus.DECLINED,
    HandoverStatus.EXPIRED,
    HandoverStatus.COMPLETE,
    HandoverStatus.RETURNED,
)


def moved(
    handover: Handover,
    name: str,
    was: str,
    *,
    by: Actor,
    ticket: Ticket | None = None,
    reason: str = "",
    shared: bool = True,
    **data: Any,
) -> Entry:
    """Write down that `handover` moved (`name` in the past tense) and tell the partner by lane, if it may know."""
    me = scope.tenant_id()
    side = handover.side_of(me)
    Move.objects.create(
        handover=handover,
        lead_id=handover.lead_id,
        service_id=handover.service_id,
        name=name,
        side=side if by.is_person else "",
        by_name=by.name,
        from_status=was,
        to_status=handover.status,
        reason=reason,
        data=data,
        channel=by.channel,
        is_shared=shared,
    )
    if handover.status != was and handover.status in SETTLED:
        _lapse(handover)
    if shared:
        return news(handover, name, by=by, ticket=ticket, reason=reason, **data)
    return told(handover, name, by=by, ticket=ticket, reason=reason, **data)


def news(
    handover: Handover, name: str, *, by: Actor, ticket: Ticket | None = None, reason: str = "", **data: Any
) -> Entry:
    """A fact of the contract both sides hear of, in their own journals, without moving it; it passes a closed tap."""
    me = scope.tenant_id()
    side = handover.side_of(me)
    other = handover.service_id if side == Side.LEAD else handover.lead_id
    company = handover.lead_name if side == Side.LEAD else handover.service_name
    if lane := lanes.lane_of(handover.channel, me, other):
        told_there = {"move": name, "by": by.name, "company": company, "reason": reason, "data": data}
        lanes.emit(lane, MOVED, told_there, move=True)
    return told(handover, name, by=by, ticket=ticket, reason=reason, **data)


def told(
    handover: Handover, name: str, *, by: Actor, ticket: Ticket | None = None, reason: str = "", **data: Any
) -> Entry:
    """The fact in our own journal: on our ticket where there is one, else on the handover."""
    me = scope.tenant_id()
    subject = ticket or ticket_of(handover, me) or handover
    facts = {"handover": str(handover.key), "partner": handover.partner_name(me), "side": handover.side_of(me)}
    return journal.record(subject, f"handover.{name}", by=by, **facts, reason=reason, **data)


def _lapse(handover: Handover) -> None:
    """Terms somebody proposed and nobody answered: the handover moved on without them (T16)."""
    for proposal in Proposal.objects.filter(handover=handover, kind=ProposalKind.TERMS, status="open"):
        proposal.lapse(timezone.now())
        proposal.save()
