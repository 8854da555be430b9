"""The lead's word on the work: reject, approve, complete, take back, and closing its own ticket (T9–T12, T15)."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from outsourcing.links import Link, active, moved_on, must
from outsourcing.models import Handover, HandoverStatus, Side, Terms
from outsourcing.services import arriving, history, limits, proposals, sending, statements, sync
from psa.fsm import can_proceed
from psa.lanes import lanes
from psa.tenancy.actor import Actor
from tickets import permissions
from tickets.models import Ticket
from tickets.services import lifecycle
from tickets.services.locking import lock


@transaction.atomic
def reject(ticket: Ticket, reason: str, *, by: Actor) -> Handover:
    """T9: not yet good, and why; the link is live again and what was held goes out."""
    ticket, link = _theirs(ticket, "reject", by)
    was = link.handover.status
    link.handover.reject()
    link.handover.save()
    history.moved(link.handover, "rejected", was, by=by, ticket=ticket, reason=reason)
    sync.release(link)
    return link.handover


@transaction.atomic
def approve(ticket: Ticket, *, by: Actor) -> Handover:
    """T10: the submitted work is good.

    Raises Refused("items_still_arriving"), ("over_your_limit"), ("second_person_needed")."""
    return _complete(ticket, "approve", by)


@transaction.atomic
def complete(ticket: Ticket, *, by: Actor) -> Handover:
    """T11: the lead calls it done at any time while it runs; waiting for approval, that is the approval."""
    link = active(lock(ticket))
    move = "approve" if link and link.handover.status == HandoverStatus.WAITING_APPROVAL else "complete"
    return _complete(ticket, move, by)


@transaction.atomic
def take_back(ticket: Ticket, reason: str, *, by: Actor, part: int | None = None) -> Handover:
    """T15: the lead takes it back. `part` is the proposed share of a flat amount, 0–100 %; hourly: hours so far."""
    ticket, link = _theirs(ticket, "take_back", by)
    if part is not None and not 0 <= part <= 100:
        raise ValueError("A part is 0 to 100 %.")
    arriving.nothing(link)
    was = link.handover.status
    link.handover.take_back(timezone.now())
    _end(link)
    history.moved(link.handover, "taken_back", was, by=by, ticket=ticket, reason=reason, part=part)
    if part is not None and proposals.is_unsettled(link.handover):
        proposals.put_part(link.handover, ticket, part, reason, by=by)
    statements.make(link, by=by)
    return link.handover


@transaction.atomic
def end_and_close(ticket: Ticket, how: str, text: str, *, by: Actor, part: int | None = None) -> Ticket:
    """T12: close our ticket although a partner has it. A draft is discarded, an offer canceled, running work completed
    or taken back, as `how` ("complete", "take_back") says; all or nothing. `part` as in `take_back`."""
    ticket = lock(ticket)
    link = active(ticket)
    if link is not None:
        end = _ENDS.get(link.handover.status)
        if end is not None:
            end(ticket, by)
        elif how == "take_back":
            take_back(ticket, text, by=by, part=part)
        else:
            complete(ticket, by=by)
    if can_proceed(ticket.accept):  # what nobody took up cannot be closed: whoever closes it takes it up
        lifecycle.accept(ticket, by=by)
    return lifecycle.close(ticket, text, by=by)


_ENDS: dict[str, Callable[[Ticket, Actor], Handover]] = {
    HandoverStatus.UNSENT: lambda ticket, by: sending.discard(ticket, by=by),
    HandoverStatus.ASSIGNED: lambda ticket, by: sending.cancel(ticket, by=by),
}


def _complete(ticket: Ticket, move: str, by: Actor) -> Handover:
    ticket, link = _theirs(ticket, move, by)
    _within_limit(ticket, link, by)
    arriving.nothing(link)
    was = link.handover.status
    getattr(link.handover, move)(timezone.now())
    _end(link)
    history.moved(link.handover, "completed", was, by=by, ticket=ticket)
    statements.make(link, by=by)
    return link.handover


def _end(link: Link) -> None:
    """The same end whichever way: saved, taps closed for good, what was held stays here, our ticket free again."""
    link.handover.save()
    lanes.close_tap(link.outgoing, link.incoming)
    sync.discard_held(link)
    sending.released(link)


def _theirs(ticket: Ticket, move: str, by: Actor) -> tuple[Ticket, Link]:
    by.require("outsource.send")
    ticket = lock(ticket)
    link = must(ticket, Side.LEAD, by)
    permissions.require(ticket, "ticket.edit", by)
    if not can_proceed(getattr(link.handover, move)):
        raise moved_on(link.handover, by)
    return ticket, link


def _within_limit(ticket: Ticket, link: Link, by: Actor) -> None:
    terms = Terms.objects.get(handover=link.handover, version=link.handover.terms_version)
    limits.check(terms.total, terms.currency, by)
    limits.check_second_person(ticket, link.lead_side, terms.total, by)
