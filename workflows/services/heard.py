"""What the clocks of a review hear: the moves of the ticket, the customer's words and ours, mails that came back."""

from __future__ import annotations

from django.utils import timezone

from outsourcing.links import running
from outsourcing.models import Side
from psa.journal import journal
from psa.journal.models import Entry
from psa.tenancy.actor import Actor
from tickets.models import Audience, Source, Ticket
from tickets.models.status import IN_REVIEW
from tickets.services.locking import lock, save
from workflows.models import CustomerNotice, HeldAcceptance, Pause, Review
from workflows.services import clock, reviews, tasks, telling

ENTERING = ("ticket.submitted", "ticket.deployed")
LEAVING = (
    "ticket.accepted_by_customer",
    "ticket.auto_accepted",
    "ticket.defect_found",
    "ticket.objected",
    "ticket.deployment_requested",
    "ticket.taken_back",
    "ticket.cancelled",
    "ticket.merged",
    "ticket.deleted",
)
# "Thanks" and what a machine answered are no word about the work (hostile test W9).
WEIGHTY = ("message", "no")


def on_entered(entry: Entry) -> None:
    """The customer looks at it from now on."""
    ticket = lock(Ticket(pk=entry.subject_id))
    if ticket.status in IN_REVIEW and ticket.source != Source.INSOURCED:
        clock.enter(ticket, _because(entry))


def on_left(entry: Entry) -> None:
    """Nothing happens by itself any more."""
    for review in Review.objects.filter(ticket=entry.subject_id).running():
        ticket = lock(Ticket(pk=entry.subject_id))
        if not clock.stands(review, ticket):
            clock.end(review)


def on_restored(entry: Entry) -> None:
    """A ticket that came back is reviewed anew."""
    clock.go_back(Ticket(pk=entry.subject_id), by=_because(entry))


def on_customer_wrote(entry: Entry) -> None:
    """The customer's message stops the clock, and somebody owes them an answer."""
    if entry.data.get("weight") not in WEIGHTY:
        return
    ticket = lock(Ticket(pk=entry.subject_id))
    if ticket.status not in IN_REVIEW:
        return
    if ticket.answer_needed_since is None:
        ticket.answer_needed_since = timezone.now()
        save(ticket, "answer_needed_since")
    review = clock.of(ticket)
    if review is not None and (review.paused_at is None or review.paused_until is not None):
        clock.pause(review, ticket, Pause.MESSAGE, _because(entry))


def on_note(entry: Entry) -> None:
    """Our answer the customer can read arms a full new period; internal notes do nothing."""
    published = entry.data.get("new", entry.data).get("audience")
    if published != Audience.CUSTOMER or entry.by_kind != "person" or not _is_owed(entry.subject_id):
        return
    ticket = lock(Ticket(pk=entry.subject_id))
    review = clock.of(ticket)
    if review is not None and review.paused_why == Pause.MESSAGE:
        clock.resume(review, ticket, _because(entry), "answered")
    else:
        ticket.answer_needed_since = None
        save(ticket, "answer_needed_since")


def _is_owed(pk: int) -> bool:
    return Ticket.objects.filter(pk=pk).filter(reviews.answer_needed()).exists()


def on_taken_back(entry: Entry) -> None:
    """An answer that never left was none: the clock stands again, the notice went with it."""
    if entry.data.get("audience") != Audience.CUSTOMER:
        return
    for review in Review.objects.filter(ticket=entry.subject_id, paused_at=None).running():
        ticket = lock(Ticket(pk=entry.subject_id))
        told = telling.told(ticket, review.stay, review.round)
        if clock.stands(review, ticket) and told and all(one.state == "withdrawn" for one in told):
            ticket.answer_needed_since = timezone.now()
            save(ticket, "answer_needed_since")
            clock.pause(review, ticket, Pause.MESSAGE, _because(entry))


def on_bounced(entry: Entry) -> None:
    """A mail of this review came back: nobody is taken at their silence who was not told."""
    for notice in CustomerNotice.objects.filter(mail=entry.subject_id).select_related("ticket", "mail"):
        ticket = lock(notice.ticket)
        review = clock.of(ticket)
        if review is not None and review.paused_at is None and review.until is not None:
            if (notice.stay, notice.round) == (review.stay, review.round):
                by = _because(entry)
                clock.pause(review, ticket, Pause.UNDELIVERED, by)
                tasks.need(ticket, clock.UNDELIVERED, by=by, addresses=[notice.mail.to_address])


def on_handover(entry: Entry) -> None:
    """The partner's work has ended: what was accepted ahead counts, else the customer's time begins."""
    if entry.subject_type != "ticket":
        return
    for review in Review.objects.filter(ticket=entry.subject_id, paused_why=Pause.HANDOVER).running():
        ticket = lock(Ticket(pk=entry.subject_id))
        if running(ticket, Side.LEAD) is not None or not clock.stands(review, ticket):
            continue
        held = HeldAcceptance.objects.filter(review=review).select_related("contact__company", "by__role", "by__tenant")
        if (one := held.first()) is not None:
            reviews.make_held(one, ticket, entry)
        else:
            clock.resume(review, ticket, _because(entry), "handover")


def _because(entry: Entry) -> Actor:
    return Actor.system(entry.channel).because(entry)


def connect() -> None:
    """Listen to what concerns a review."""
    for kinds, listener in ((ENTERING, on_entered), (LEAVING, on_left)):
        for kind in kinds:
            journal.subscribe(kind, listener)
    journal.subscribe("ticket.restored", on_restored)
    journal.subscribe("ticket.customer_wrote", on_customer_wrote)
    journal.subscribe("note.added", on_note)
    journal.subscribe("note.edited", on_note)
    journal.subscribe("note.removed", on_taken_back)
    journal.subscribe("mail.bounced", on_bounced)
    journal.subscribe("handover.*", on_handover)
