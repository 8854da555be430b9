"""What a customer says of finished work, and what the desk does with its review's clock (lifecycle spec, 15–17)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from outsourcing.links import running
from outsourcing.models import Side
from psa.directory.models import Contact
from psa.journal import journal
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets import guards, permissions
from tickets.models import Source, Status, Ticket
from tickets.models.status import IN_REVIEW
from tickets.services import reserved
from tickets.services.lifecycle import moved_on
from tickets.services.locking import lock
from workflows import working_days
from workflows.models import (
    ACCEPTING,
    HeldAcceptance,
    Pause,
    PortalAccess,
    Review,
    Telling,
    Word,
)
from workflows.services import addressees, clock, portal_access, tasks, telling

AHEAD = "accepted_ahead"
# So many working days the customer may ask for on top, once.
MOST_DAYS = 10
SAID = {
    Word.ACCEPT: "ticket.accepted_by_customer",
    Word.DEPLOY: "ticket.deployment_requested",
    Word.DEFECT: "ticket.defect_found",
    Word.OBJECTION: "ticket.objected",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a page says of a running review: the moment told (in `zone`), its reminders, who was told and how far each
    mail got, what stands in the way, and what was accepted ahead."""

    review: Review
    until: datetime | None
    zone: str
    reminders: tuple[datetime, ...]
    told: list[telling.Told]
    held: HeldAcceptance | None

    @property
    def is_paused(self) -> bool:
        return self.review.paused_at is not None

    @property
    def paused_why(self) -> Any:
        return Pause(self.review.paused_why).label if self.review.paused_why else ""

    @property
    def may_extend(self) -> bool:
        """Whether the customer may still ask for more time."""
        return self.until is not None and not self.is_paused and self.review.extended_at is None


def facts(ticket: Ticket) -> Facts | None:
    """The review a ticket is in, for its pages; None where it is in none. Four statements."""
    if ticket.status not in IN_REVIEW or (review := clock.of(ticket)) is None:
        return None
    told = telling.told(ticket, ticket.stay, review.round)
    kinds = telling.kinds(told)
    coming: list[datetime] = []
    if review.until is not None and review.paused_at is None and Telling.LAST not in kinds:
        half, last = clock.moments(review, ticket)
        coming = [half] if Telling.HALF not in kinds and half < last else []
        coming.append(last)
    held = HeldAcceptance.objects.filter(review=review).select_related("contact").first()
    until = review.until if review.paused_at is None and not review.is_off else None
    return Facts(review, until, working_days.zone(ticket).key, tuple(coming), told, held)


# Who may ----------------------------------------------------------------------------------------------------------
def why_not(ticket: Ticket, contact: Contact) -> Refused | None:
    """Why this contact cannot accept the ticket's work now: the right, whose request it is, where it stands."""
    if refused := _not_theirs(ticket, contact):
        return refused
    if not PortalAccess.objects.filter(contact=contact, is_active=True, accepts=True).exists():
        return Refused("not_an_accepter", name=contact.name)
    return _not_here(ticket)


def _not_here(ticket: Ticket) -> Refused | None:
    if ticket.source == Source.INSOURCED:
        return Refused("no_customer_here")
    return None if ticket.status in IN_REVIEW else Refused("ticket_moved_on", status=ticket.status)


def _not_theirs(ticket: Ticket, contact: Contact) -> Refused | None:
    """Their own request, or one that is shared with a company whose requests they see."""
    return None if portal_access.sees(ticket, contact) else Refused("not_your_request")


# What the customer says -------------------------------------------------------------------------------------------
@transaction.atomic
def accept(ticket: Ticket, *, contact: Contact, by: Actor, address: str, stay: int) -> Ticket:
    """15: the work is accepted, and billing is next. `stay` is the one the page showed. While a partner still works on
    it the word is kept until that has ended. Raises Refused("ticket_moved_on"), ("not_an_accepter"),
    ("not_your_request"), ("accepted_already")."""
    ticket = _asked(ticket, Word.ACCEPT, contact, by, stay)
    return _accept(ticket, Word.ACCEPT, reserved.Given(contact, address=address), by)


@transaction.atomic
def request_deployment(ticket: Ticket, text: str, *, contact: Contact, by: Actor, address: str, stay: int) -> Ticket:
    """17: the solution is accepted and shall go into production. Raises as `accept`."""
    ticket = _asked(ticket, Word.DEPLOY, contact, by, stay)
    return _accept(ticket, Word.DEPLOY, reserved.Given(contact, address=address, text=text), by)


@transaction.atomic
def reopen(ticket: Ticket, text: str, *, objection: bool, contact: Contact, by: Actor, stay: int) -> Ticket:
    """16: it is not what it should be: what happened, what was expected, where. Raises Refused("ticket_moved_on"),
    ("words_missing"), ("not_your_request")."""
    word = Word.OBJECTION if objection else Word.DEFECT
    ticket = _asked(ticket, word, contact, by, stay)
    return reserved.find_defect(ticket, text, by=by, objection=objection)


@transaction.atomic
def need_until(ticket: Ticket, until: date, *, contact: Contact, by: Actor) -> Review:
    """The customer looks at it until that day: once a review, at most ten working days later than told. Everybody is
    told of the new moment. Raises Refused("review_does_not_run"), ("extended_already"), ("not_later"), ("too_late")."""
    ticket = lock(ticket)
    if refused := _not_here(ticket) or _not_theirs(ticket, contact):
        raise refused
    review = clock.of(ticket)
    if review is None or review.until is None or review.paused_at is not None:
        raise Refused("review_does_not_run")
    if review.extended_at is not None:
        raise Refused("extended_already")
    wanted, most = working_days.end_of(ticket, until), working_days.after(ticket, MOST_DAYS, review.until)
    if wanted <= review.until:
        raise Refused("not_later", until=review.until)
    if until > most.date():
        raise Refused("too_late", until=most, days=MOST_DAYS)
    review.extended_at, review.extended_by = timezone.now(), contact.name
    review.save(update_fields=["extended_at", "extended_by"])
    journal.record(ticket, "ticket.review_extended", by=by, until=wanted.isoformat())
    clock.move(review, ticket, wanted, "extended")
    return review


@transaction.atomic
def record(ticket: Ticket, decision: str, *, contact: Contact, proof: str, text: str, by: Actor) -> Ticket:
    """A decision the contact gave in another way, with what shows it; they get a mail that says so. `decision` is a
    `Word`. Raises Denied, Refused("proof_missing"), ("not_of_this_company"), ("ticket_moved_on")."""
    ticket = lock(ticket)
    permissions.require(ticket, "ticket.override", by)
    word = Word(decision)
    if refused := _not_here(ticket):
        raise refused
    if contact.company_id != ticket.company_id and contact.pk != ticket.contact_id:
        raise Refused("not_of_this_company", what="contact")
    if not (proof and text.strip()):
        raise Refused("proof_missing")
    clock.enter(ticket, by)
    journal.record(
        ticket, "ticket.decision_recorded", by=by, word=word, name=contact.name, evidence=proof, text=text.strip()
    )
    if word in ACCEPTING:
        moved = _accept(ticket, word, reserved.Given(contact, proof=proof, text=text), by)
    else:
        moved = reserved.find_defect(ticket, text, by=by, objection=word == Word.OBJECTION)
    addressees.write("review_recorded", ticket, [contact], by=by.name, word=word, text=text.strip())
    return moved


def _asked(ticket: Ticket, word: Word, contact: Contact, by: Actor, stay: int) -> Ticket:
    """Locked, in the stay the page showed, and this contact's to decide."""
    ticket = lock(ticket)
    if ticket.stay != stay or ticket.status not in IN_REVIEW:
        raise moved_on(ticket, SAID[word], by)
    refused = why_not(ticket, contact) if word in ACCEPTING else _not_here(ticket) or _not_theirs(ticket, contact)
    if refused:
        raise refused
    clock.enter(ticket, by)
    return ticket


def _accept(ticket: Ticket, word: Word, given: reserved.Given, by: Actor) -> Ticket:
    if word == Word.DEPLOY and ticket.status != Status.WAITING_SOLUTION_REVIEW:
        raise Refused("ticket_moved_on", status=ticket.status)
    partner = running(ticket, Side.LEAD)
    if partner is None:
        return _make(ticket, word, given, by)
    guards_say = guards.refusals(ticket, "ticket.accept_solution", [], by, overrides=True).get(None)
    if guards_say is not None:
        raise guards_say
    review = clock.enter(ticket, by)
    if HeldAcceptance.objects.filter(review=review).exists():
        raise Refused("accepted_already")
    HeldAcceptance.objects.create(
        review=review,
        word=word,
        contact=given.contact,
        by_id=by.membership_id,
        evidence=given.proof,
        text=given.text.strip(),
        channel=by.channel,
        address=given.address,
    )
    if review.paused_at is None:
        clock.pause(review, ticket, Pause.HANDOVER, by)
    journal.record(ticket, "ticket.accepted_ahead", by=by, word=word, name=given.contact.name)
    tasks.need(ticket, AHEAD, by=by, name=given.contact.name, partner=partner.partner)
    return ticket


def _make(ticket: Ticket, word: str, given: reserved.Given, by: Actor) -> Ticket:
    if word == Word.DEPLOY:
        return reserved.request_deployment(ticket, given.text, given, by=by)
    return reserved.accept_solution(ticket, given, by=by)


def make_held(held: HeldAcceptance, ticket: Ticket, cause: Any) -> Ticket:
    """What was accepted ahead counts from now on: the partner's work has ended."""
    contact = held.contact
    if held.by is not None:
        by = Actor.of(held.by, held.channel)
    else:
        by = Actor.customer(contact.pk, contact.name, contact.company.name, channel=held.channel)
    given = reserved.Given(contact, held.address, held.evidence, held.text)
    moved = _make(ticket, held.word, given, by.because(cause))
    tasks.done(moved, AHEAD, by=by.because(cause))
    return moved


# What the desk does with the clock -----------------------------------------------------------------------------------
@transaction.atomic
def pause(ticket: Ticket, until: datetime | None, *, by: Actor) -> Review:
    """Stop the clock, until a moment or until somebody goes on. Raises Denied, Refused("review_does_not_run"),
    ("window_is_past")."""
    ticket, review = _of_the_desk(ticket, "ticket.edit", by)
    if review.paused_at is not None or review.until is None:
        raise Refused("review_does_not_run")
    if until is not None and until <= timezone.now():
        raise Refused("window_is_past")
    clock.pause(review, ticket, Pause.BY_HAND, by, until)
    return review


@transaction.atomic
def resume(ticket: Ticket, *, by: Actor) -> Review:
    """Go on: a full new period with a new notice. Raises Denied, Refused("review_is_not_paused"),
    ("partner_still_works")."""
    ticket, review = _of_the_desk(ticket, "ticket.edit", by)
    if review.paused_at is None:
        raise Refused("review_is_not_paused")
    if partner := running(ticket, Side.LEAD):
        raise Refused("partner_still_works", partner=partner.partner)
    clock.resume(review, ticket, by)
    return review


@transaction.atomic
def switch(ticket: Ticket, on: bool, *, by: Actor) -> Review:
    """Let silence count as acceptance on this ticket, or not. On again, a full new period begins. Raises Denied."""
    ticket, review = _of_the_desk(ticket, "ticket.override", by)
    if review.is_off != on:
        return review
    review.is_off = not on
    review.save(update_fields=["is_off"])
    journal.record(ticket, "ticket.review_switched", by=by, on=on)
    if on and review.paused_at is None:
        clock.begin(review, ticket, by, "resumed")
    elif not on:
        review.until = None
        review.save(update_fields=["until"])
        clock.disarm(review)
    return review


def _of_the_desk(ticket: Ticket, capability: str, by: Actor) -> tuple[Ticket, Review]:
    ticket = lock(ticket)
    permissions.require(ticket, capability, by)
    if refused := _not_here(ticket):
        raise refused
    return ticket, clock.enter(ticket, by)


# The lists -------------------------------------------------------------------------------------------------------
def answer_needed() -> Q:
    """Tickets whose customer wrote while they review, and waits for a word."""
    return Q(answer_needed_since__isnull=False)
