"""Questions between the two sides: a thread on the offer, afterwards notes that stay open until answered (spec §5)."""

from __future__ import annotations

from uuid import uuid5

from django.db import transaction
from django.utils import timezone

from outsourcing.links import Link, ticket_of
from outsourcing.links import lock as lock_handover
from outsourcing.models import Handover, HandoverStatus, Question, Side
from outsourcing.services import history
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets import permissions
from tickets.models import Audience, Ticket
from tickets.models.items import Note, NoteKind
from tickets.readers import Reader
from tickets.services import copies, items
from tickets.services.locking import lock


@transaction.atomic
def ask(handover: Handover, text: str, *, by: Actor) -> Question:
    """Ask the other side. On an offer it joins the thread; while it runs it is a note of ours, too.

    Raises Refused("handover_moved_on"), Denied.
    """
    handover, ticket = _taken(handover, by)
    if not handover.is_running or ticket is None:
        return _ask(handover, ticket, text, by)
    note = items.add(ticket, "note", _partner(handover), by=by, kind_of=NoteKind.QUESTION, text=text)
    return Question.objects.get(key=note.key)


@transaction.atomic
def answer(question: Question, text: str, *, by: Actor) -> Question:
    """Answer the other side's question. Raises Refused("question_is_answered"), ("handover_moved_on"), Denied."""
    handover, ticket = _taken(question.handover, by)
    question = Question.objects.select_for_update(of=("self",), no_key=True).get(pk=question.pk)
    if not question.is_open or question.side == handover.side_of(scope.tenant_id()):
        raise Refused("question_is_answered")
    question.answer, question.answered_at, question.answered_by_name = text, timezone.now(), by.name
    question.save(update_fields=["answer", "answered_at", "answered_by_name"])
    if handover.is_running and ticket is not None:
        items.add(ticket, "note", _partner(handover), by=by, kind_of=NoteKind.NOTE, text=text)
    facts = {"question": question.text, "answer": text, "text": "" if handover.is_live else text}
    history.news(handover, "question_answered", by=by, ticket=ticket, **facts)
    return question


def follow_note(link: Link, note: Note, *, by: Actor) -> None:
    """A note of ours to the partner is a question, or no longer one. The handover is locked."""
    found = Question.objects.filter(key=note.key).first()
    is_question = note.kind_of == NoteKind.QUESTION and note.handover == link.handover.key and not note.is_removed
    if not is_question:
        if found is not None and found.is_open:
            found.delete()
    elif found is None and link.handover.is_running:
        _ask(link.handover, note.ticket, note.text, by, key=note.key)
    elif found is not None and found.is_open and found.text != note.text:
        found.text = note.text
        found.save(update_fields=["text"])


def copy(handover: Handover, ticket: Ticket) -> None:
    """The thread on an offer stands on the ticket made of it, word for word, with its authors and times (T5)."""
    companies = {Side.LEAD: handover.lead_name, Side.SERVICE: handover.service_name}
    for one in Question.objects.filter(handover=handover):
        asked = Actor.partner(one.by_name, companies[Side(one.side)])
        fields = {"kind_of": NoteKind.QUESTION, "text": one.text}
        copies.receive(ticket, "note", one.key, handover.key, one.asked_at, by=asked, **fields)
        if one.answered_at is not None:
            other = Side.SERVICE if one.side == Side.LEAD else Side.LEAD
            said = Actor.partner(one.answered_by_name, companies[other])
            fields = {"kind_of": NoteKind.NOTE, "text": one.answer}
            copies.receive(ticket, "note", uuid5(one.key, "answer"), handover.key, one.answered_at, by=said, **fields)


def may_talk(handover: Handover) -> bool:
    """Whether there is somebody to ask: an offer is out, or the work runs."""
    return handover.status == HandoverStatus.ASSIGNED or handover.is_running


def missing(handover: Handover, ticket: Ticket | None, by: Actor) -> str:
    """The right that is missing to ask or answer, "" where none is: an offer is dealt with by those who may send or
    answer it, running work by whoever may edit the ticket."""
    if not handover.is_running:
        right = "outsource.partners" if ticket is None else "outsource.send"
        if not by.can(right):
            return right
    return "" if ticket is None or permissions.may(ticket, "ticket.edit", by) else "ticket.edit"


def _taken(handover: Handover, by: Actor) -> tuple[Handover, Ticket | None]:
    ticket = ticket_of(handover, scope.tenant_id())
    if ticket is not None:
        ticket = lock(ticket)
    handover = lock_handover(handover)
    if right := missing(handover, ticket, by):
        by.require(right)
        if ticket is not None:
            permissions.require(ticket, right, by)
    if not may_talk(handover):
        raise Refused("handover_moved_on", status=handover.status)
    return handover, ticket


def _ask(handover: Handover, ticket: Ticket | None, text: str, by: Actor, **more: object) -> Question:
    parties = {"lead_id": handover.lead_id, "service_id": handover.service_id}
    side = handover.side_of(scope.tenant_id())
    made = Question.objects.create(handover=handover, **parties, side=side, by_name=by.name, text=text, **more)
    # Live, the note itself stands in the stream; otherwise the words go with the news.
    facts = {"question": text, "text": "" if handover.is_live and "key" in more else text}
    history.news(handover, "question_asked", by=by, ticket=ticket, **facts)
    return made


def _partner(handover: Handover) -> Reader:
    return Reader(Audience.PARTNER, handover.partner_name(scope.tenant_id()), handover.key)
