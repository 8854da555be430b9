"""The clock of a customer's review: its notice, reminders and end (lifecycle spec, move 20 and "Timers").

A timer of the review asks what is due: everything is read under the ticket's lock, nothing is trusted to be in time.
What the customer was told never comes earlier. What comes late – a mail, a reminder, the worker – moves it later.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from outsourcing.links import running
from outsourcing.models import Side
from psa.journal import journal
from psa.journal.models import Entry
from psa.tenancy.actor import Actor
from psa.timers import timers
from tickets.models import Source, Status, Ticket
from tickets.models.status import IN_REVIEW
from tickets.services import reserved
from tickets.services.locking import lock, save
from workflows import policies, working_days
from workflows.models import Pause, Review, Telling
from workflows.services import addressees, tasks, telling

STEP = "review.step"
# After the moment told: an answer of the last second still arrives, and a worker's clock that is fast does no harm.
GRACE = timedelta(minutes=15)
# What comes later than this moves the moment.
LATE = timedelta(hours=1)
AGAIN = timedelta(minutes=15)
UNDELIVERED, UNTOLD = "review_undelivered", "review_untold"
ROUND = ("round", "began_at", "days", "until", "paused_at", "paused_why", "paused_until")
PAUSED = ("paused_at", "paused_why", "paused_until")


def of(ticket: Ticket) -> Review | None:
    """The review a ticket is in, if it is in one."""
    return Review.objects.filter(ticket=ticket, stay=ticket.stay).running().first()


def stands(review: Review, ticket: Ticket) -> bool:
    """Whether the ticket is still in the stay this review is of."""
    is_here = ticket.deleted_at is None and ticket.merged_into_id is None
    return is_here and review.stay == ticket.stay and ticket.status in IN_REVIEW


def enter(ticket: Ticket, by: Actor) -> Review:
    """The review of a locked ticket's present stay, begun if it is new."""
    review, is_new = Review.objects.get_or_create(ticket=ticket, stay=ticket.stay)
    if is_new:
        begin(review, ticket, by)
    return review


def begin(review: Review, ticket: Ticket, by: Actor, why: str = "") -> None:
    """A full period from now on, with a notice to everybody; `why` there is a new one: answered, resumed, contact."""
    policy = policies.of(ticket)
    now = timezone.now()
    review.round, review.began_at, review.days = review.round + 1, now, policy.acceptance_days
    review.paused_at, review.paused_why, review.paused_until = None, "", None
    partner = running(ticket, Side.LEAD)
    is_timed = policy.auto_accepts and not review.is_off and partner is None
    review.until = working_days.after(ticket, review.days, now) if is_timed else None
    review.save(update_fields=ROUND)
    count = _notify(review, ticket, Telling.NOTICE, why)
    if partner is not None:
        pause(review, ticket, Pause.HANDOVER, by)
    elif review.until is not None and not count:
        pause(review, ticket, Pause.UNTOLD, by)
        tasks.need(ticket, UNTOLD, by=by)
    else:
        _arm(review, ticket)


def pause(review: Review, ticket: Ticket, why: str, by: Actor, until: datetime | None = None) -> None:
    """Stop the clock; a full new period begins when the pause ends, at `until` by itself."""
    review.paused_at, review.paused_why, review.paused_until = timezone.now(), why, until
    review.save(update_fields=PAUSED)
    if until is None:
        timers.disarm(review.pk, STEP)
    else:
        timers.arm(STEP, review.pk, until)
    facts = {"until": until.isoformat()} if until else {}
    journal.record(ticket, "ticket.review_paused", by=by, why=str(why), **facts)


def resume(review: Review, ticket: Ticket, by: Actor, why: str = "resumed") -> None:
    """End a pause: what was waited for has come."""
    if ticket.answer_needed_since is not None:
        ticket.answer_needed_since = None
        save(ticket, "answer_needed_since")
    tasks.done(ticket, UNDELIVERED, UNTOLD, by=by)
    journal.record(ticket, "ticket.review_resumed", by=by)
    begin(review, ticket, by, why)


def end(review: Review) -> None:
    """The ticket went on: nothing more happens by itself."""
    review.ended_at = timezone.now()
    review.save(update_fields=["ended_at"])
    timers.disarm(review.pk, STEP)


def disarm(review: Review) -> None:
    """Let nothing happen by itself."""
    timers.disarm(review.pk, STEP)


def move(review: Review, ticket: Ticket, until: datetime, why: str) -> None:
    """Tell everybody of a later moment."""
    review.until = until
    review.save(update_fields=["until"])
    _notify(review, ticket, Telling.MOVED, why)
    _arm(review, ticket)


def step(review_id: int) -> None:
    """What is due of a review. Fired by a timer, in a transaction."""
    found = Review.objects.select_related("ticket").filter(pk=review_id).running().first()
    if found is None:
        return
    ticket = lock(found.ticket)
    review = Review.objects.get(pk=review_id)
    by = Actor.system("timer")
    if not stands(review, ticket):
        end(review)
    elif review.paused_at is not None:
        if review.paused_until is not None and review.paused_until <= timezone.now():
            resume(review, ticket, by)
    elif review.until is not None:
        _go_on(review, ticket, by)


def _go_on(review: Review, ticket: Ticket, by: Actor) -> None:
    told = telling.told(ticket, review.stay, review.round)
    if not policies.of(ticket).auto_accepts:
        review.until = None
        review.save(update_fields=["until"])
    elif _is_for_another(ticket, told):
        begin(review, ticket, by, "contact")
    elif why := _hindrance(ticket, told):
        pause(review, ticket, why, by)
        if why == Pause.UNDELIVERED:
            wrong = [one.address for one in told if one.went_wrong]
            tasks.need(ticket, UNDELIVERED, by=by, addresses=wrong)
    elif (due := _earliest(review, ticket, told)) > review.until:  # type: ignore[operator]
        move(review, ticket, due, "calendar")
    else:
        _remind_or_close(review, ticket, told, by)


def _is_for_another(ticket: Ticket, told: list[telling.Told]) -> bool:
    """Whether the ticket has another contact than the one who was told."""
    return bool(addressees.contact(ticket)) and ticket.contact_id not in {one.contact_id for one in told}


def _hindrance(ticket: Ticket, told: list[telling.Told]) -> str:
    """What stands against going on, as the reason of a pause; "" where nothing does."""
    if running(ticket, Side.LEAD) is not None:
        return Pause.HANDOVER
    if ticket.answer_needed_since is not None:
        return Pause.MESSAGE
    return Pause.UNDELIVERED if any(one.went_wrong for one in told) else ""


def _earliest(review: Review, ticket: Ticket, told: list[telling.Told]) -> datetime:
    """When the time can end at the earliest: as told, on a working day, a whole period after a notice that left late,
    a working day after a last reminder that did."""
    assert review.until is not None
    ends = [review.until, working_days.next_working_moment(ticket, review.until)]
    ends.append(working_days.after(ticket, review.days, review.began_at))
    for one in told:
        if one.sent_at is not None and one.sent_at - one.told_at > LATE:
            if one.kind == Telling.NOTICE:
                ends.append(working_days.after(ticket, review.days, one.sent_at))
            elif one.kind == Telling.LAST:
                ends.append(working_days.after(ticket, 1, one.sent_at))
    return max(ends)


def _remind_or_close(review: Review, ticket: Ticket, told: list[telling.Told], by: Actor) -> None:
    assert review.until is not None
    now, (half, last) = timezone.now(), moments(review, ticket)
    kinds = telling.kinds(told)
    if Telling.LAST not in kinds and now >= last:
        if now - last > LATE:
            after = now + (review.until - last)
            review.until = max(review.until, working_days.next_working_moment(ticket, after))
            review.save(update_fields=["until"])
        _remind(review, ticket, Telling.LAST, by)
        return
    elif not kinds & {Telling.HALF, Telling.LAST} and now >= half:
        _remind(review, ticket, Telling.HALF, by)
        return
    elif now >= review.until + GRACE:
        if all(one.is_handed_over for one in told):
            _close(review, ticket, by)
        else:
            timers.arm(STEP, review.pk, now + AGAIN)
        return
    _arm(review, ticket)


def _close(review: Review, ticket: Ticket, by: Actor) -> None:
    """20: nobody said anything, and everybody was told that this counts."""
    assert review.until is not None
    policy = policies.of(ticket)
    ticket = reserved.auto_accept(ticket, by=by, until=review.until, stops_in_invoice=policy.stops_in_invoice)
    assert ticket.closed_at is not None
    again = None
    if ticket.status == Status.CLOSED:
        again = working_days.after(ticket, policy.reopen_days, ticket.closed_at)
    facts: dict[str, Any] = {"until": review.until, "again_until": again or ""}
    addressees.write("review_closed", ticket, addressees.reviewers(ticket), **facts)


def moments(review: Review, ticket: Ticket) -> tuple[datetime, datetime]:
    """When the two reminders go out: at half time, and a working day before the end, never before half time."""
    assert review.until is not None
    half = review.began_at + (review.until - review.began_at) / 2
    half = min(working_days.next_working_moment(ticket, half), review.until)
    return half, max(half, working_days.after(ticket, -1, review.until))


def _arm(review: Review, ticket: Ticket) -> None:
    """Let the next thing happen when it is due."""
    if review.until is None:
        timers.disarm(review.pk, STEP)
        return
    kinds = telling.kinds(telling.told(ticket, review.stay, review.round))
    half, last = moments(review, ticket)
    due = [review.until + GRACE]
    if Telling.LAST not in kinds:
        due.append(last)
        if Telling.HALF not in kinds:
            due.append(half)
    timers.arm(STEP, review.pk, max(min(due), timezone.now()))


def _notify(review: Review, ticket: Ticket, kind: str, why: str) -> int:
    said = Entry.objects.filter(subject_type="ticket", subject_id=ticket.pk, kind="ticket.submitted").order_by("-pk")
    text = said.values_list("data", flat=True).first() or {}
    facts = {"until": review.until or "", "zone": working_days.zone(ticket).key if review.until else "", "cause": why}
    facts |= {"text": text.get("text", ""), "in_production": ticket.status == Status.WAITING_PRODUCTION_REVIEW}
    to = addressees.reviewers(ticket)
    return telling.tell(ticket, kind, "review_notice", to, review.round, "review", days=review.days, **facts)


def _remind(review: Review, ticket: Ticket, kind: str, by: Actor) -> None:
    told = telling.tell(
        ticket,
        kind,
        "review_reminder",
        addressees.reviewers(ticket),
        review.round,
        "review",
        until=review.until,
        zone=working_days.zone(ticket).key,
        is_last=kind == Telling.LAST,
    )
    if told:
        _arm(review, ticket)
    else:
        pause(review, ticket, Pause.UNTOLD, by)
        tasks.need(ticket, UNTOLD, by=by)


@transaction.atomic
def go_back(ticket: Ticket, *, by: Actor) -> None:
    """Begin the review of a restored ticket anew: what was told while it was deleted counts for nothing."""
    ticket = lock(ticket)
    if ticket.status in IN_REVIEW and ticket.source != Source.INSOURCED:
        review, _is_new = Review.objects.get_or_create(ticket=ticket, stay=ticket.stay)
        review.ended_at = None
        review.save(update_fields=["ended_at"])
        begin(review, ticket, by, "resumed")
