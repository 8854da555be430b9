"""Mails to the customer's contact: each is a note on the ticket, and what became of it stands beside the note."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from psa.directory.models import Contact
from psa.mail import mail
from psa.mail.models import Delivery
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.models import Tenant
from tickets import guards, permissions, texts
from tickets.models import Audience, Item, Note, NoteKind, Source, Ticket
from tickets.readers import readers
from tickets.services import drafts, items, text_modules
from tickets.services.locking import lock
from tickets.services.text_modules import finished

# What a mail of the desk looks like is the template of the note for a customer.
CODE = "public_note"
# So long a mail can be taken back before it leaves (desk spec, "Ticket page").
UNDO = timedelta(seconds=10)
# Where the text of a mail is kept while it is typed, and comes back to.
PLACE = "mail"


def refusal(ticket: Ticket) -> Refused | None:
    """Why no mail can go to this ticket's customer, if none can."""
    if ticket.source == Source.INSOURCED:
        return Refused("no_customer_here")
    contact = ticket.contact
    if contact is None:
        return Refused("mail_without_contact")
    try:
        validate_email(contact.email)
    except ValidationError:
        return Refused("mail_without_address", name=contact.name)
    return None


def language_of(ticket: Ticket) -> str:
    """The language the contact reads: theirs, else their company's, else ours."""
    home = Tenant.objects.values_list("language", flat=True).get(pk=scope.tenant_id())
    theirs = [ticket.contact.language if ticket.contact else "", ticket.company.language if ticket.company_id else ""]
    return next((code for code in theirs if code), home)


def request_received(ticket: Ticket, by: Actor) -> str:
    """The text a mail opens with when a request came in, in the contact's language; the number comes on sending."""
    with translation.override(language_of(ticket)):
        name = ticket.contact.name if ticket.contact else ""
        return "\n\n".join(
            (
                _("Good day %(name)s,") % {"name": name} if name else _("Good day,"),
                _("we have received your request. Its number with us is {{ticket.number}}."),
                appointment(),
                _("If anything is to be added, just get in touch and name this number."),
                _("Kind regards") + f"\n{by.name}\n{by.company}",
            )
        )


def appointment() -> str:
    """The line of an appointment nobody agreed on yet; untouched, it is not sent."""
    return _("Agreed appointment: [[date and time]]")


def written(text: str, ticket: Ticket, by: Actor) -> str:
    """The text as the contact reads it: the words of this ticket put in, a line for an appointment not made dropped."""
    language = language_of(ticket)
    with translation.override(language):
        text = text.replace("\r\n", "\n").replace(f"{appointment()}\n\n", "").replace(appointment(), "")
        return texts.fill(text, text_modules.values(ticket, by)).strip()


Way = Callable[[Ticket, Contact], str]
_ways: list[Way] = []


def leads(fn: Way) -> Way:
    """Let `fn(ticket, contact)` say where a contact reads their ticket by themselves, "" for nowhere."""
    _ways.append(fn)
    return fn


def addressed(ticket: Ticket, contact: Contact) -> mail.Recipient:
    """The ticket's contact as the reader of a mail about it, with their own way to it."""
    url = _ways[-1](ticket, contact) if _ways else ""
    return mail.Recipient(contact.name, contact.email, language_of(ticket), contact=contact.pk, url=url)


@transaction.atomic
def send(ticket: Ticket, text: str, *, by: Actor, key: UUID | None = None) -> Note:
    """Write to the contact; it leaves after UNDO. The same `key` again is the same mail, not a second one.

    Raises Refused("mail_without_contact"), ("mail_without_address"), ("no_customer_here"), ("mail_is_blank"),
    ("fill_ins_missing"), Denied.
    """
    ticket = lock(ticket)
    if there := Note.objects.filter(key=key, ticket=ticket).first():
        return there
    if refused := refusal(ticket):
        raise refused
    text = finished(written(text, ticket, by), by)
    if not text:
        raise Refused("mail_is_blank")
    reader = next(one for one in readers(ticket) if one.audience == Audience.CUSTOMER)
    key = key or uuid4()
    with mail.held(key, timezone.now() + UNDO):
        note = items.add(ticket, "note", reader, by=by, key=key, kind_of=NoteKind.MAIL, text=text)
        assert isinstance(note, Note)
        assert ticket.contact is not None
        to = addressed(ticket, ticket.contact)
        mail.post(CODE, [to], note, ticket=str(ticket.number), title=ticket.title, author=by.name, text=text)
    return note


@transaction.atomic
def undo(note: Note, *, by: Actor) -> None:
    """Take a mail back that has not left, with all mails about it; its text is its author's draft again.

    The note stays as "taken back"; a partner who has it sees it withdrawn. Twice is once.
    Raises Refused("mail_is_its_authors"), ("mail_has_left"), Denied.
    """
    ticket = lock(note.ticket)
    permissions.require(ticket, "note.publish_to_customer", by)
    if by.membership_id is None or note.author_id != by.membership_id:
        raise Refused("mail_is_its_authors", name=note.author_name)
    note = Note.objects.get(pk=note.pk)
    if note.removal == Item.Removal.UNDONE:
        return
    if not mail.withdraw(note.key, note):
        raise Refused("mail_has_left")
    items.take_back(note, by=by)
    drafts.bring_back(ticket, PLACE, "mail_text", note.text, by=by)


@transaction.atomic
def send_again(note: Note, *, by: Actor) -> None:
    """Try once more what did not arrive. Raises Refused("mail.is_on_its_way"), ("item_is_gone"), Denied."""
    ticket = lock(note.ticket)
    permissions.require(ticket, "note.publish_to_customer", by)
    if (delivery := deliveries([note]).get(note.pk)) is None:
        raise Refused("item_is_gone")
    mail.queue_again(delivery, by=by)


def deliveries(notes: Sequence[Item]) -> Mapping[int, Delivery]:
    """How far the mails of these notes got, in one query."""
    mailed = [note.pk for note in notes if isinstance(note, Note) and note.kind_of == NoteKind.MAIL]
    if not mailed:
        return {}
    rows = Delivery.objects.filter(mail__subject_type="note", mail__subject_id__in=mailed).select_related("mail")
    return {row.mail.subject_id: row for row in rows}


def may_undo(note: Note, delivery: Delivery, by: Actor) -> bool:
    """Whether this reader is asked if they want it back."""
    return delivery.is_held and note.author_id == by.membership_id and bool(by.can("note.publish_to_customer"))


@guards.register("note.edit", "note.remove")
def stays_as_sent(ticket: Ticket, verb: str, found: Sequence[Item], by: Actor) -> guards.Refusals:
    """What was sent was read: it is neither changed nor taken away."""
    sent: list[Any] = [one for one in found if isinstance(one, Note) and one.kind_of == NoteKind.MAIL]
    return {one: Refused("mail_stays") for one in sent}
