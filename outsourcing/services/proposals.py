"""Terms in motion: proposed by either side, answered by the other, never changed by silence (outsourcing spec T16).

The same for the part of a flat amount that is paid for work taken back or returned (T13, T15). Whoever agrees to other
terms writes their next version, frozen with its hash.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from outsourcing.links import Link, links, ticket_of
from outsourcing.links import lock as lock_handover
from outsourcing.models import Handover, HandoverStatus, Proposal, ProposalKind, RateType, Release, Side, Terms
from outsourcing.models.handover import total
from outsourcing.services import history, limits, statements
from outsourcing.terms import fingerprint, plain
from psa.calendars import business
from psa.calendars import services as calendars
from psa.fsm import can_proceed
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.timers import timers
from tickets import permissions
from tickets.models import Ticket
from tickets.services.locking import lock

S = HandoverStatus
PART_DUE = "handover.part_due"
PART_DAYS = 5
# What may be proposed, and how a new value is read back from plain data.
COLUMNS: dict[str, Callable[[Any], Any]] = {
    "authorised_minutes": int,
    "authorised_charges": Decimal,
    "cost_rate": Decimal,
    "flat_amount": Decimal,
    "complete_by": datetime.fromisoformat,
    "answer_by": datetime.fromisoformat,
    "instructions": str,
}
NEGOTIABLE = (S.ASSIGNED, S.ACCEPTED, S.IN_PROGRESS)


def open_for(handover: Handover) -> bool:
    """Whether its terms may be changed at all now."""
    return handover.status in NEGOTIABLE


@transaction.atomic
def propose(handover: Handover, changes: dict[str, Any], reason: str, *, by: Actor) -> Proposal:
    """Propose other terms: `changes` are new values by column. While assigned the service side's is a counter-offer.

    Raises Refused("handover_moved_on"), ("nothing_proposed"), ("already_proposed"), ("over_your_limit"),
    ("moment_is_past"), ("answer_by_after_complete_by"), Denied.
    """
    handover, ticket = taken(handover, by)
    terms, wanted = examined(handover, changes)
    _within_limit(handover, terms, wanted, by)
    return _put(handover, ticket, ProposalKind.TERMS, reason, by, changes=plain(wanted))


@transaction.atomic
def accept(proposal: Proposal, *, by: Actor, version: int | None = None) -> Proposal:
    """Agree. The next version of the terms counts from now on; `version` is the one that was read beside it.

    Raises Refused("proposal_moved_on"), ("terms_moved_on"), ("over_your_limit"), Denied.
    """
    handover, ticket = taken(proposal.handover, by)
    proposal = to_answer(proposal, handover, "accept")
    if proposal.is_part:
        proposal.accept(timezone.now(), by.name)
        proposal.save()
        history.news(handover, "part_accepted", by=by, ticket=ticket, part=proposal.part)
        statements.correct(_link(handover, ticket), by=by)
        return proposal
    if version is not None and version != handover.terms_version:
        raise Refused("terms_moved_on")
    terms, wanted = examined(handover, values(proposal))
    _within_limit(handover, terms, wanted, by)
    told = differences(terms, wanted)
    proposal.accept(timezone.now(), by.name)
    proposal.save()
    following(handover, terms, wanted)
    _moved(handover, "change_accepted", ticket, by, version=handover.terms_version, changes=told)
    return proposal


@transaction.atomic
def refuse(proposal: Proposal, reason: str, *, by: Actor) -> Proposal:
    """Do not agree; the terms stay as they are, an unsettled part stays a difference both settlements show."""
    handover, ticket = taken(proposal.handover, by)
    proposal = to_answer(proposal, handover, "refuse")
    proposal.refuse(timezone.now(), by.name, reason)
    proposal.save()
    name = "part_refused" if proposal.is_part else "change_refused"
    history.news(handover, name, by=by, ticket=ticket, reason=reason, part=proposal.part)
    return proposal


@transaction.atomic
def withdraw(proposal: Proposal, *, by: Actor) -> Proposal:
    """Take our own proposal back."""
    handover, ticket = taken(proposal.handover, by)
    proposal = _present(proposal, "withdraw")
    if proposal.side != handover.side_of(scope.tenant_id()):
        raise Refused("proposal_moved_on")
    proposal.withdraw(timezone.now(), by.name)
    proposal.save()
    name = "part_withdrawn" if proposal.is_part else "change_withdrawn"
    history.news(handover, name, by=by, ticket=ticket, part=proposal.part)
    return proposal


@transaction.atomic
def propose_part(handover: Handover, part: int, reason: str, *, by: Actor) -> Proposal:
    """How much of a flat amount, 0–100 %, is paid for work that ended unfinished; answered within 5 working days.

    Raises Refused("part_is_settled"), ("already_proposed"), Denied.
    """
    handover, ticket = taken(handover, by)
    if not is_unsettled(handover):
        raise Refused("part_is_settled")
    return put_part(handover, ticket, part, reason, by=by)


def put_part(handover: Handover, ticket: Ticket | None, part: int, reason: str, *, by: Actor) -> Proposal:
    """The same with the move that ends the work; the handover is locked and has ended."""
    due = business.add_days(calendars.default().rules, timezone.now(), PART_DAYS)
    proposal = _put(handover, ticket, ProposalKind.PART, reason, by, part=part, due=due)
    timers.arm(PART_DUE, proposal.pk, due)
    return proposal


def part_due(proposal_id: int) -> None:
    """Nobody answered the part in time: the difference stays. Fired by a timer; the clock is read under the lock."""
    found = Proposal.objects.select_related("handover").get(pk=proposal_id)
    by = Actor.system("timer")
    handover, ticket = _locked(found.handover)
    proposal = Proposal.objects.select_for_update(of=("self",), no_key=True).get(pk=proposal_id)
    if not can_proceed(proposal.lapse) or proposal.due is None or timezone.now() < proposal.due:
        return
    proposal.lapse(timezone.now())
    proposal.save()
    history.news(handover, "part_lapsed", by=by, ticket=ticket, part=proposal.part)


def is_unsettled(handover: Handover) -> bool:
    """Whether work for a flat amount ended unfinished and no part of it is agreed: an open difference."""
    if handover.status != S.RETURNED or in_force(handover).rate_type != RateType.FLAT:
        return False
    return not Proposal.objects.filter(handover=handover, kind=ProposalKind.PART, status="accepted").exists()


def values(proposed: Proposal | Release) -> dict[str, Any]:
    """The proposed values, read back from plain data."""
    return {name: None if value is None else COLUMNS[name](value) for name, value in proposed.changes.items()}


def examined(handover: Handover, changes: dict[str, Any]) -> tuple[Terms, dict[str, Any]]:
    """The terms in force, and what would really change of them if that can be agreed on now. The handover is locked.

    Raises Refused("handover_moved_on"), ("nothing_proposed"), ("moment_is_past"), ("answer_by_after_complete_by")."""
    _must_be_open(handover)
    terms = in_force(handover)
    if unknown := set(changes) - set(COLUMNS):
        raise ValueError(f"Not terms to propose: {sorted(unknown)}")
    wanted = {name: value for name, value in changes.items() if value != getattr(terms, name)}
    _check(handover, terms, wanted)
    return terms, wanted


def differences(terms: Terms, wanted: dict[str, Any]) -> dict[str, list[Any]]:
    """Old and new by column, as plain data for the journals of both sides."""
    old = plain({name: getattr(terms, name) for name in wanted})
    return {name: [old[name], new] for name, new in plain(wanted).items()}


def in_force(handover: Handover) -> Terms:
    """The version of the terms that counts now."""
    return Terms.objects.get(handover=handover, version=handover.terms_version)


FROZEN = tuple(
    field.attname for field in Terms._meta.concrete_fields if field.name not in {"id", "sha256", "made_at", "version"}
)
PARTIES = ("handover_id", "lead_id", "service_id")


def following(handover: Handover, terms: Terms, wanted: dict[str, Any]) -> Terms:
    """Freeze the next version of the terms and put it in force. The handover is locked."""
    kept = {name: getattr(terms, name) for name in FROZEN} | wanted
    kept["version"] = terms.version + 1
    hashed = {name: value for name, value in kept.items() if name not in PARTIES}
    made = Terms.objects.create(**kept, sha256=fingerprint(hashed))
    handover.agree(made.version, made.answer_by, made.complete_by)
    handover.save(update_fields=["terms_version", "answer_by", "complete_by"])
    return made


def taken(handover: Handover, by: Actor) -> tuple[Handover, Ticket | None]:
    """The handover locked, our ticket before it; raises Denied for members who may not deal about terms."""
    handover, ticket = _locked(handover)
    if handover.side_of(scope.tenant_id()) == Side.SERVICE:
        by.require("outsource.partners")
    else:
        by.require("outsource.send")
        assert ticket is not None  # the lead's side of a handover has its ticket
        permissions.require(ticket, "ticket.edit", by)
    return handover, ticket


def _locked(handover: Handover) -> tuple[Handover, Ticket | None]:
    ticket = ticket_of(handover, scope.tenant_id())
    if ticket is not None:
        ticket = lock(ticket)
    return lock_handover(handover), ticket


def _link(handover: Handover, ticket: Ticket | None) -> Link:
    """The handover from our ticket's side; what was accepted once has a ticket on both."""
    assert ticket is not None  # what_runs_was_accepted
    return next(link for link in links(ticket) if link.handover.pk == handover.pk)


def _must_be_open(handover: Handover) -> None:
    if not open_for(handover):
        raise Refused("handover_moved_on", status=handover.status)
    if handover.status == S.ASSIGNED and handover.answer_by and timezone.now() >= handover.answer_by:
        raise Refused("offer_expired", partner=handover.partner_name(scope.tenant_id()))


def _check(handover: Handover, terms: Terms, wanted: dict[str, Any]) -> None:
    """Whether these terms could be agreed on now."""
    if not wanted:
        raise Refused("nothing_proposed")
    price = "flat_amount" if terms.rate_type == RateType.HOURLY else "cost_rate"
    if price in wanted or ("answer_by" in wanted and handover.status != S.ASSIGNED):
        raise Refused("handover_moved_on", status=handover.status)
    answer_by = wanted.get("answer_by", handover.answer_by)
    complete_by = wanted.get("complete_by", handover.complete_by)
    if any(moment is not None and moment <= timezone.now() for moment in _moments(wanted)):
        raise Refused("moment_is_past")
    if handover.status == S.ASSIGNED and complete_by and complete_by < answer_by:
        raise Refused("answer_by_after_complete_by")


def _moments(wanted: dict[str, Any]) -> list[datetime | None]:
    return [wanted[name] for name in ("answer_by", "complete_by") if name in wanted]


def comes_to(terms: Terms, wanted: dict[str, Any]) -> Decimal:
    """What these terms would authorise in all with the wanted values in them, net, to the cent."""
    names = ("cost_rate", "flat_amount", "authorised_minutes", "authorised_charges")
    cost, flat, minutes, charges = (wanted.get(name, getattr(terms, name)) for name in names)
    return total(terms.rate_type, cost, flat, minutes, charges)


def _within_limit(handover: Handover, terms: Terms, wanted: dict[str, Any], by: Actor) -> None:
    """Raise Refused("over_your_limit") where the lead's member may not authorise what these terms come to."""
    if handover.side_of(scope.tenant_id()) == Side.LEAD:
        limits.check(comes_to(terms, wanted), terms.currency, by)


def _put(
    handover: Handover, ticket: Ticket | None, kind: str, reason: str, by: Actor, part: int | None = None, **more: Any
) -> Proposal:
    side = handover.side_of(scope.tenant_id())
    if Proposal.objects.filter(handover=handover, side=side, kind=kind, status="open").exists():
        raise Refused("already_proposed")
    parties = {"lead_id": handover.lead_id, "service_id": handover.service_id}
    proposal = Proposal.objects.create(
        handover=handover, **parties, side=side, by_name=by.name, kind=kind, reason=reason, part=part, **more
    )
    if kind == ProposalKind.PART:
        history.news(handover, "part_proposed", by=by, ticket=ticket, reason=reason, part=part)
    else:
        told = differences(in_force(handover), values(proposal))
        history.news(handover, "change_proposed", by=by, ticket=ticket, reason=reason, changes=told)
    return proposal


def _present(proposal: Proposal, move: str) -> Proposal:
    """The proposal as it is now, if it still waits for an answer. Its handover is locked."""
    now = Proposal.objects.select_for_update(of=("self",), no_key=True).get(pk=proposal.pk)
    if not can_proceed(getattr(now, move)):
        raise Refused("proposal_moved_on")
    return now


def to_answer(proposal: Proposal, handover: Handover, move: str) -> Proposal:
    """The other side's proposal as it is now, for us to answer. Its handover is locked."""
    now = _present(proposal, move)
    if now.side == handover.side_of(scope.tenant_id()):
        raise Refused("proposal_moved_on")
    return now


def _moved(handover: Handover, name: str, ticket: Ticket | None, by: Actor, **data: Any) -> None:
    """A change of what is agreed stands in the handover's own history too."""
    history.moved(handover, name, handover.status, by=by, ticket=ticket, **data)
