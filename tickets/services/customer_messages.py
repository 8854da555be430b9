"""What a customer's contact writes, whatever the channel: a note of theirs on the ticket, and what follows from it.

The words are the contact's own and are never refused because work is locked: guards are asked for what *we* do because
of them. Bare thanks and automatic answers move nothing (hostile test W9).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from psa.directory.models import Contact
from psa.fsm import can_proceed
from psa.journal import journal
from psa.mail.inbound.weighing import Weight
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied
from tickets import guards
from tickets.models import Attachment, Audience, Item, LinkKind, Note, NoteKind, Source, Ticket
from tickets.services import files, items, lifecycle, linking
from tickets.services.fields import belongs
from tickets.services.locking import lock

SOURCES = {"mail": Source.EMAIL, "portal": Source.PORTAL}


@dataclass(frozen=True, slots=True)
class Received:
    """Where a customer's words are now: on which ticket, and as which note; none where they opened the ticket."""

    ticket: Ticket
    note: Note | None = None


def may_write(ticket: Ticket, contact: Contact) -> bool:
    """Whether this person is on the customer's side of this ticket, now."""
    is_theirs = belongs(contact, ticket.company_id)
    return is_theirs and contact.is_active and ticket.source != Source.INSOURCED and ticket.deleted_at is None


def receive(
    ticket: Ticket,
    contact: Contact,
    text: str,
    uploads: Sequence[Any] = (),
    *,
    by: Actor,
    weight: Weight,
    is_verified: bool = True,
) -> Received:
    """The contact's words on their ticket, with the files that came along: a note, and where they count the answer to a
    question (move 14). On a closed ticket see `closed_ticket`. Whether the sender was proved changes what follows,
    never whether it is kept. Raises Denied.
    """
    hung: list[Item] = []
    try:
        with transaction.atomic():
            ticket = lock(ticket.merged_into or ticket)
            if not may_write(ticket, contact):
                raise Denied("ticket.view")
            counts = weight.counts and is_verified
            if counts and not ticket.is_open:
                return closed_ticket(ticket, contact, text, uploads, by=by, weight=weight)
            note = _note(ticket, text, by)
            hung += hang_files(ticket, uploads, Audience.CUSTOMER, by=by)
            _tell(ticket, note, weight, is_verified, by)
            return Received(ticket, note)
    except BaseException:
        files.forget_bytes(hung)
        raise


def open_request(
    contact: Contact,
    title: str,
    text: str,
    uploads: Sequence[Any] = (),
    *,
    by: Actor,
    weight: Weight = Weight.MESSAGE,
    **more: Any,
) -> Ticket:
    """A new ticket in the contact's words, of their company unless `more`, columns of the ticket, names another they
    speak for. Raises Refused, Denied."""
    hung: list[Item] = []
    try:
        with transaction.atomic():
            ticket = lifecycle.create(
                by=by,
                **{
                    "title": title[:200],
                    "description": text,
                    "company": contact.company,
                    "contact": contact,
                    "source": SOURCES.get(by.channel, Source.OTHER),
                    **more,
                },
            )
            hung += hang_files(ticket, uploads, Audience.CUSTOMER, by=by)
            journal.record(ticket, "ticket.customer_wrote", by=by, note=None, weight=weight, channel=by.channel)
            return ticket
    except BaseException:
        files.forget_bytes(hung)
        raise


@transaction.atomic
def closed_ticket(
    ticket: Ticket, contact: Contact, text: str, uploads: Sequence[Any] = (), *, by: Actor, weight: Weight
) -> Received:
    """The customer writes on a ticket that is over: it is opened again, or another one follows it, as whoever knows
    the windows says (`on_closed`), and the words are a note there; else a new ticket carries the message, linked to
    the one before."""
    if _on_closed:
        goes_on = lock(_on_closed[-1](ticket, text, contact, by))
        known = Note.objects.filter(ticket=goes_on, text=text, author=None, author_name=by.name)
        if goes_on.pk != ticket.pk and (said := known.first()) is not None:
            return Received(goes_on, said)  # the same words once more led to the same follow-up
        note = _note(goes_on, text, by)
        hang_files(goes_on, uploads, Audience.CUSTOMER, by=by)
        _tell(goes_on, note, weight, True, by)
        return Received(goes_on, note)
    follow_up = open_request(contact, ticket.title, text, uploads, by=by, weight=weight)
    linking.add(ticket, follow_up, LinkKind.RELATED, by=Actor.system(by.channel))
    return Received(follow_up)


Closed = Callable[[Ticket, str, Contact, Actor], Ticket]
_on_closed: list[Closed] = []


def on_closed(fn: Closed) -> Closed:
    """Let `fn(ticket, text, contact, by)` say what becomes of words on a ticket that is over."""
    _on_closed.append(fn)
    return fn


def hang_files(ticket: Ticket, uploads: Sequence[Any], audience: Audience, *, by: Actor) -> list[Item]:
    """Hang files on a locked ticket for whoever was asked for their right already; empty ones are none."""
    hung: list[Item] = []
    try:
        for upload in uploads:
            if upload.size:
                row = Attachment(
                    ticket=ticket,
                    audience=audience,
                    author_id=by.membership_id,
                    author_name=by.name,
                    file=files.store(upload),
                    name=files.clean_name(upload.name),
                )
                hung.append(items.hang(row, ticket, by=by))
    except BaseException:
        files.forget_bytes(hung)
        raise
    return hung


def _note(ticket: Ticket, text: str, by: Actor) -> Note:
    kind = NoteKind.MAIL if by.channel == "mail" else NoteKind.NOTE
    note = Note(ticket=ticket, audience=Audience.CUSTOMER, author_name=by.name, kind_of=kind, text=text)
    items.hang(note, ticket, by=by)
    return note


def _tell(ticket: Ticket, note: Note, weight: Weight, is_verified: bool, by: Actor) -> None:
    """Say that the customer wrote, and let it be the answer if an answer is waited for."""
    facts = {"note": note.pk, "weight": weight, "channel": by.channel, "verified": is_verified}
    entry = journal.record(ticket, "ticket.customer_wrote", by=by, **facts)
    system = Actor.system(by.channel).because(entry)
    if not (weight.counts and is_verified and can_proceed(ticket.resume_open)):
        return
    if not guards.refusals(ticket, "ticket.answer", [], system):
        lifecycle.answer(ticket, "", by=system)
