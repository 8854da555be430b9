"""From a ticket to its handovers: which side we are, and the lanes in and out."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from outsourcing.models import (
    Handover,
    LeadSide,
    Move,
    OutsourcingSettings,
    Proposal,
    ProposalStatus,
    Question,
    Referral,
    Release,
    ReleaseStatus,
    ServiceSide,
    Side,
)
from outsourcing.models.networks import UNDER_WAY
from psa.journal.models import Entry
from psa.lanes import lanes
from psa.lanes.models import Lane
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.prepared import Prepared
from tickets import carrying, guards
from tickets.models import Source, Ticket


@dataclass(slots=True)
class Link:
    """One handover of a ticket, seen from the tenant in scope."""

    side: Side
    handover: Handover
    own: LeadSide | ServiceSide

    @property
    def is_lead(self) -> bool:
        return self.side == Side.LEAD

    @property
    def lead_side(self) -> LeadSide:
        """Our row where we are the lead."""
        assert isinstance(self.own, LeadSide)
        return self.own

    @property
    def service_side(self) -> ServiceSide:
        """Our row where we are the service partner."""
        assert isinstance(self.own, ServiceSide)
        return self.own

    @property
    def partner(self) -> str:
        """The other company's name."""
        return self.handover.service_name if self.is_lead else self.handover.lead_name

    @property
    def outgoing(self) -> Lane:
        """The lane our changes leave by."""
        here, there = (self.handover.lead_id, self.handover.service_id)
        return _lane(self.handover, here, there) if self.is_lead else _lane(self.handover, there, here)

    @property
    def incoming(self) -> Lane:
        """The lane the partner's changes arrive by."""
        here, there = (self.handover.lead_id, self.handover.service_id)
        return _lane(self.handover, there, here) if self.is_lead else _lane(self.handover, here, there)


def _lane(handover: Handover, source: int, target: int) -> Lane:
    return Lane.objects.get(channel=handover.channel, source_id=source, target_id=target)


def links(ticket: Ticket) -> list[Link]:
    """Every handover of the ticket, the newest first: as remembered for a page, else as they are now."""
    found = ticket.__dict__.get("_links")
    return _load(ticket) if found is None else found


@guards.also_remember
def remember(ticket: Ticket) -> None:
    """Read a ticket's handovers once for a whole page. Services never see these: they lock a fresh row."""
    may_have = ticket.source == Source.INSOURCED or carrying.has(ticket, "handovers")
    ticket.__dict__["_links"] = links(ticket) if may_have else []


def active(ticket: Ticket) -> Link | None:
    """The one handover that is not over, if there is one."""
    return next((link for link in links(ticket) if link.handover.is_active), None)


def referral_of(ticket: Ticket) -> Referral | None:
    """The referral under way of a ticket, to a network or vendor, if there is one."""
    if not carrying.has(ticket, "referrals"):
        return None
    rows = Referral.objects.filter(ticket=ticket, status__in=UNDER_WAY)
    return rows.select_related("network", "network__company").first()


def running(ticket: Ticket, side: Side | None = None) -> Link | None:
    """The handover that is accepted, in progress or waiting for approval, optionally only if we are `side`."""
    link = active(ticket)
    return link if link and link.handover.is_running and side in {None, link.side} else None


def must(ticket: Ticket, side: Side, by: Actor | None = None) -> Link:
    """The active handover in which we are `side`; raises Refused where there is none (any more), as `moved_on`."""
    link = active(ticket)
    if link is None or link.side != side:
        last = next((one for one in links(ticket) if one.side == side), None)
        raise moved_on(last.handover, by) if last else Refused("handover_moved_on")
    return link


def moved_on(handover: Handover, by: Actor | None = None) -> Refused:
    """The no to whoever was slower: where the handover is by now, who brought it there with which words, and whether
    that was `by` themselves, who pressed twice."""
    last = Move.objects.filter(handover=handover).order_by("-pk").first()
    if last is None:
        return Refused("handover_moved_on", status=handover.status, by="")
    told = {"by": last.by_name, "own": _is_own(last, handover, by), "said": last.reason}
    return Refused("handover_moved_on", status=handover.status, **told)


def _is_own(last: Move, handover: Handover, by: Actor | None) -> bool:
    """Whether this member made this move: the history, which both read, has names only; our journal knows who."""
    me = scope.tenant_id()
    if by is None or by.membership_id is None or last.side != handover.side_of(me):
        return False
    subject = ticket_of(handover, me) or handover
    told = Entry.objects.filter(subject_type=subject._meta.model_name, subject_id=subject.pk)
    entry = told.filter(kind=f"handover.{last.name}").order_by("-pk").first()
    return entry is not None and entry.by_id == by.membership_id


def by_key(key: UUID | str) -> Handover:
    """The handover of an event."""
    return Handover.objects.get(key=key)


def lock(handover: Handover) -> Handover:
    """The handover's present row, locked. Its ticket, where we have one, is locked before."""
    return Handover.objects.select_for_update(of=("self",), no_key=True).get(pk=handover.pk)


def ticket_of(handover: Handover, tenant_id: int) -> Ticket | None:
    """Our ticket of a handover; the service side has none before it accepted."""
    model = LeadSide if tenant_id == handover.lead_id else ServiceSide
    side = model._default_manager.filter(handover=handover).select_related("ticket").first()
    return side.ticket if side else None


@guards.also_lock
def lock_handovers(*tickets: Ticket) -> None:
    """Lock the handovers of tickets right after the tickets, in the order of their ids."""
    if len(tickets) == 1:
        _load(tickets[0], locked=True)
        return
    sides = [side for model in (LeadSide, ServiceSide) for side in model._default_manager.filter(ticket__in=tickets)]
    rows = Handover.objects.filter(pk__in=[side.handover_id for side in sides]).order_by("pk")
    list(rows.select_for_update(of=("self",), no_key=True))


def _load(ticket: Ticket, locked: bool = False) -> list[Link]:
    # An insourced ticket is never passed on, so a ticket has sides of one kind only.
    sides: list[tuple[Side, LeadSide | ServiceSide]]
    if ticket.source == Source.INSOURCED:
        sides = [(Side.SERVICE, side) for side in _SERVICE_SIDES(ticket=ticket.pk)]
    else:
        sides = [(Side.LEAD, side) for side in _LEAD_SIDES(ticket=ticket.pk)]
    if not sides:
        return []
    rows = _handovers().filter(pk__in=[side.handover_id for _, side in sides]).order_by("pk")
    if locked:
        rows = rows.select_for_update(of=("self",), no_key=True)
    handovers = {handover.pk: handover for handover in rows}
    found = [Link(name, handovers[side.handover_id], side) for name, side in sides]
    return sorted(found, key=lambda link: link.handover.pk, reverse=True)


def _lead_sides(ticket: int) -> QuerySet[LeadSide]:
    """Our sides, each with what a page would ask for besides: is a release asked for, and what the setting says."""
    asked = Release.objects.filter(handover=OuterRef("handover"), status=ReleaseStatus.REQUESTED)
    setting = OutsourcingSettings.objects.filter(needs_second_person=True)
    rows = LeadSide.objects.annotate(is_release_asked=Exists(asked), needs_second_person=Exists(setting))
    return rows.filter(ticket_id=ticket)


_LEAD_SIDES = Prepared(_lead_sides)
_SERVICE_SIDES = Prepared(lambda ticket: ServiceSide.objects.filter(ticket_id=ticket))


def _handovers() -> QuerySet[Handover]:
    """Handovers with what a page would ask for besides: is something asked or proposed, and not answered yet."""
    asked = Question.objects.filter(handover=OuterRef("pk"), answered_at=None)
    proposed = Proposal.objects.filter(handover=OuterRef("pk"), status=ProposalStatus.OPEN)
    return Handover.objects.annotate(is_asked=Exists(asked), is_proposed=Exists(proposed))


def open_lanes(handover: Handover) -> None:
    """Both lanes of a handover, taps closed until it is accepted."""
    for source, target in ((handover.lead_id, handover.service_id), (handover.service_id, handover.lead_id)):
        lanes.close_tap(lanes.open_lane(handover.channel, source, target))


carrying.register("handovers", lambda: LeadSide.objects.filter(ticket=OuterRef("pk")))
carrying.register("referrals", lambda: Referral.objects.filter(ticket=OuterRef("pk"), status__in=UNDER_WAY))
