"""Working the quarantine: a person says what becomes of a mail nobody could place. The mail itself stays as it came."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from psa.directory.models import Company, Contact
from psa.directory.services import add_contact
from psa.fsm import can_proceed
from psa.journal import journal
from psa.mail.inbound import parsing, working
from psa.mail.inbound.weighing import Weight
from psa.mail.models import ArrivalState, BlockedSender, IncomingMail
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.web import nav
from tickets import permissions
from tickets.models import Audience, Item, Note, NoteKind, Source, Ticket
from tickets.services import customer_messages, files, items, lifecycle
from tickets.services.locking import lock

RIGHT = "mail.quarantine"


def files_of(mail: IncomingMail) -> list[Any]:
    """The files in the mail, as services take them in; read again from its bytes."""
    letter = parsing.parse(working.original(mail), working.reading())
    return [SimpleUploadedFile(one.name or "file", one.content, one.content_type) for one in letter.files]


def put_on(mail: IncomingMail, ticket: Ticket, *, by: Actor) -> Note | None:
    """Put it on a ticket. What somebody of its customer wrote is their note; anybody else's words stay internal.

    Raises Refused("mail_is_settled"), Denied.
    """
    along = files_of(mail)
    contact = sender_on(mail, ticket)
    if contact is not None:
        return _as_customers(mail, ticket, contact, along, by=by)
    return _as_internal(mail, ticket, along, by=by)


def sender_on(mail: IncomingMail, ticket: Ticket) -> Contact | None:
    """Who of the ticket's customer has the address it came from."""
    rows = Contact.objects.filter(email__iexact=mail.from_address, company=ticket.company_id).select_related("company")
    found = rows.order_by("pk").first() if mail.from_address else None
    return found if found is not None and customer_messages.may_write(ticket, found) else None


@transaction.atomic
def _as_customers(
    mail: IncomingMail, ticket: Ticket, contact: Contact, along: Sequence[Any], *, by: Actor
) -> Note | None:
    mail = _settling(mail, by)
    permissions.require(ticket, "note.write", by)
    writer = Actor.customer(contact.pk, contact.name, contact.company.name, channel="mail")
    weight = Weight.AUTOMATIC if mail.is_automatic else Weight.MESSAGE
    received = customer_messages.receive(ticket, contact, _words(mail), along, by=writer, weight=weight)
    mail.contact = contact
    _settle(mail, "mail.put_on_ticket", by, received.ticket, received.note)
    return received.note


@transaction.atomic
def _as_internal(mail: IncomingMail, ticket: Ticket, along: Sequence[Any], *, by: Actor) -> Note:
    mail = _settling(mail, by)
    ticket = lock(ticket)
    permissions.require(ticket, "note.write", by)
    author = mail.from_name or mail.from_address or _("Unknown sender")
    note = Note(ticket=ticket, audience=Audience.INTERNAL, author_name=author, kind_of=NoteKind.MAIL, text=_words(mail))
    items.hang(note, ticket, by=by)
    customer_messages.hang_files(ticket, along, Audience.INTERNAL, by=by)
    _settle(mail, "mail.put_on_ticket", by, ticket, note)
    return note


def open_ticket(
    mail: IncomingMail,
    title: str,
    company: Company,
    contact: Contact | None = None,
    new_contact: str = "",
    *,
    by: Actor,
) -> Ticket:
    """Make a ticket of it, for a contact of the company or for a new one with the address it came from.

    Raises Refused("mail_is_settled"), Denied.
    """
    along = files_of(mail)
    hung: list[Item] = []
    try:
        with transaction.atomic():
            mail = _settling(mail, by)
            if contact is None and new_contact:
                contact = add_contact(company, by=by, name=new_contact, email=mail.from_address)
            ticket = lifecycle.create(
                by=by,
                title=title,
                description=_words(mail),
                company=company,
                contact=contact,
                source=Source.EMAIL,
            )
            hung += customer_messages.hang_files(ticket, along, Audience.CUSTOMER, by=by)
            mail.contact = contact
            _settle(mail, "mail.made_ticket", by, ticket, None)
            return ticket
    except BaseException:
        files.forget_bytes(hung)
        raise


@transaction.atomic
def discard(mail: IncomingMail, *, by: Actor) -> None:
    """Nothing is to be done. It is kept and can be brought back. Raises Refused("mail_is_settled"), Denied."""
    mail = _locked(mail, by)
    if mail.state == ArrivalState.DISCARDED:
        return
    if not can_proceed(mail.discard):
        raise Refused("mail_is_settled")
    mail.discard()
    mail.save(update_fields=mail.MOVES)
    journal.record(mail, "mail.discarded", by=by)


@transaction.atomic
def bring_back(mail: IncomingMail, *, by: Actor) -> None:
    """Look at it again. Raises Refused("mail_is_settled"), Denied."""
    mail = _locked(mail, by)
    if mail.state == ArrivalState.QUARANTINED:
        return
    if not can_proceed(mail.bring_back):
        raise Refused("mail_is_settled")
    mail.bring_back()
    mail.save(update_fields=mail.MOVES)
    journal.record(mail, "mail.brought_back", by=by)


@transaction.atomic
def block(mail: IncomingMail, *, by: Actor) -> None:
    """Have mail from this address go past the quarantine from now on, this one too. Raises Denied, Refused."""
    discard(mail, by=by)
    if mail.from_address:
        BlockedSender.objects.get_or_create(address=mail.from_address, defaults={"blocked_at": timezone.now()})
        journal.record(mail, "mail.sender_blocked", by=by, address=mail.from_address)


@transaction.atomic
def unblock(mail: IncomingMail, *, by: Actor) -> None:
    """Let mail from this address in again. Raises Denied."""
    by.require(RIGHT)
    if BlockedSender.objects.filter(address=mail.from_address).delete()[0]:
        journal.record(mail, "mail.sender_unblocked", by=by, address=mail.from_address)


def count(by: Actor) -> int:
    """How many wait, as far as the navigation counts."""
    return nav.capped(IncomingMail.objects.visible_to(by).filter(state=ArrivalState.QUARANTINED))


def is_blocked(mail: IncomingMail) -> bool:
    """Whether mail from this address goes past the quarantine."""
    return bool(mail.from_address) and BlockedSender.objects.filter(address=mail.from_address).exists()


def _locked(mail: IncomingMail, by: Actor) -> IncomingMail:
    by.require(RIGHT)
    found: IncomingMail = IncomingMail.objects.select_for_update(of=("self",), no_key=True).get(pk=mail.pk)
    return found


def _settling(mail: IncomingMail, by: Actor) -> IncomingMail:
    """The mail's present row, if nobody was faster."""
    locked = _locked(mail, by)
    if not can_proceed(locked.take) or locked.state == ArrivalState.WAITING:
        raise Refused("mail_is_settled")
    return locked


def _settle(mail: IncomingMail, kind: str, by: Actor, ticket: Ticket, note: Note | None) -> None:
    mail.take(ticket, note)
    mail.save(update_fields=mail.MOVES)
    journal.record(mail, kind, by=by, ticket=ticket.pk, number=ticket.number)


def _words(mail: IncomingMail) -> str:
    return mail.text or mail.title or _("(no text)")
