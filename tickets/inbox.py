"""What the desk makes of a mail that came in: which ticket it belongs to, who wrote it, and what it becomes there.

In this order: the signed key in the address, then the Message-IDs it answers, then the number in the subject, and that
only for the contact of that ticket. Nobody's rights come from the address a mail says it is from: a colleague writes
with a key that was made for them, and may see the ticket now, or it is quarantine (hostile tests M1–M3, M8).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from psa.directory.models import Contact
from psa.mail import mail as outgoing
from psa.mail import replies
from psa.mail.inbound import weighing, working
from psa.mail.inbound.parsing import Letter
from psa.mail.inbound.signs import Machine, Verdict
from psa.mail.inbound.weighing import Weight
from psa.mail.inbound.working import NeedsNobody, ToQuarantine
from psa.mail.models import IncomingMail, OutgoingMail
from psa.mail.replies import Key, Purpose
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership, Tenant
from tickets import sight
from tickets.models import Attachment, Audience, CoAssignee, Note, NoteKind, Ticket, Watcher
from tickets.readers import readers
from tickets.services import customer_mails, customer_messages
from tickets.services import replies as composed

TAG = re.compile(r"\[#?(\d{1,9})\]")


def connect() -> None:
    """Ask the desk about every mail. Called once, when the app starts."""
    working.on_message(on_message)


def on_message(mail: IncomingMail, letter: Letter) -> None:
    """Put the mail where it belongs. Raises ToQuarantine, NeedsNobody, Refused, Denied."""
    if raw := replies.key_in(mail.at_address):
        _by_key(mail, letter, _checked(replies.read(raw)))
    elif (ticket := _answered(letter.references)) is not None:
        _on_thread(mail, letter, ticket)
    else:
        _without_thread(mail, letter)


def uploads(letter: Letter) -> list[Any]:
    """The files of a letter, as services take them in."""
    return [SimpleUploadedFile(one.name or "file", one.content, one.content_type) for one in letter.files]


def words(letter: Letter) -> str:
    """What stands in the note: what was written now, or at least what it was called."""
    return letter.text or letter.subject or _("(no text)")


# With a key -----------------------------------------------------------------------------------------------------------
def _checked(key: Key | None) -> Key:
    if key is None or key.tenant_id != scope.tenant_id():
        raise ToQuarantine("key_forged")
    if key.is_expired:
        raise ToQuarantine("key_expired")
    return key


def _by_key(mail: IncomingMail, letter: Letter, key: Key) -> None:
    if key.purpose == Purpose.BOUNCE:
        raise NeedsNobody("automatic") if letter.machine != Machine.NO else ToQuarantine("at_bounce_address")
    ticket = Ticket.objects.filter(pk=key.subject_id, deleted_at=None).first()
    if ticket is None:
        raise ToQuarantine("ticket_gone")
    ticket = ticket.merged_into or ticket
    if (other := _answered(letter.references)) is not None and other.pk != ticket.pk:
        raise ToQuarantine("key_of_other_ticket")
    if key.purpose == Purpose.CONTACT:
        _from_contact(mail, letter, ticket, _holder(mail, ticket, key))
    else:
        _from_colleague(mail, letter, ticket, key)


def _holder(mail: IncomingMail, ticket: Ticket, key: Key) -> Contact:
    """Whom the key was made for, or a colleague of theirs it was passed on to: both must be the ticket's now."""
    held = Contact.objects.filter(pk=key.person_id, is_active=True).first()
    if held is None or not customer_messages.may_write(ticket, held):
        raise ToQuarantine("without_access")
    if held.email.casefold() == mail.from_address:
        return held
    others = [one for one in _contacts(mail) if customer_messages.may_write(ticket, one)]
    if not others:
        raise ToQuarantine("sender_is_not_recipient")
    return others[0]


def _from_colleague(mail: IncomingMail, letter: Letter, ticket: Ticket, key: Key) -> None:
    people = Membership.objects.filter(pk=key.person_id, is_active=True).select_related("role", "tenant")
    member = people.first()
    if member is None or not _may_answer(ticket, member, key.purpose):
        raise ToQuarantine("without_access")
    if member.email.casefold() != mail.from_address:
        raise ToQuarantine("sender_is_not_recipient")
    if letter.machine != Machine.NO:
        raise NeedsNobody("automatic")
    if letter.verdict == Verdict.FAILED:
        raise ToQuarantine("unverified")
    if working.is_too_often(mail, "ticket", ticket.pk):
        raise ToQuarantine("too_often")
    if not letter.text and not letter.files:
        raise ToQuarantine("empty")
    by = Actor.of(member, "mail")
    if key.purpose == Purpose.COLLEAGUE_TO_CUSTOMER:
        _to_customer(mail, letter, ticket, by)
        return
    note = composed.send(
        ticket,
        Note.kind(),
        readers(ticket)[0],
        by=by,
        uploads=uploads(letter),
        text=words(letter),
        kind_of=NoteKind.NOTE,
    )
    mail.take(ticket, note)


def _may_answer(ticket: Ticket, member: Membership, purpose: Purpose) -> bool:
    """Whether they see the ticket now, and for a watcher's mail whether they still watch or work on it."""
    if not sight.who_see(ticket, [member]):
        return False
    if purpose != Purpose.WATCHER or ticket.assignee_id == member.pk:
        return True
    return any(model.objects.filter(ticket=ticket, member=member).exists() for model in (Watcher, CoAssignee))


def _to_customer(mail: IncomingMail, letter: Letter, ticket: Ticket, by: Actor) -> None:
    """A colleague's answer to the customer's words goes where the answered mail said: to the customer, as a mail."""
    if files := uploads(letter):
        reader = next((one for one in readers(ticket) if one.audience == Audience.CUSTOMER), None)
        if reader is None:
            raise ToQuarantine("without_customer")
        composed.attach(ticket, files, reader, by=by)
    mail.take(ticket, customer_mails.send(ticket, words(letter), by=by))


# Without one ----------------------------------------------------------------------------------------------------------
def _on_thread(mail: IncomingMail, letter: Letter, ticket: Ticket) -> None:
    """It answers a mail of this ticket. Who is not the customer's gets nothing of it, and adds nothing to it."""
    found = [one for one in _contacts(mail) if customer_messages.may_write(ticket, one)]
    if not found:
        raise ToQuarantine(_stranger(mail))
    contact = next((one for one in found if one.pk == ticket.contact_id), found[0])
    _from_contact(mail, letter, ticket, contact)


def _without_thread(mail: IncomingMail, letter: Letter) -> None:
    contacts = _contacts(mail)
    if (ticket := _tagged(letter.subject, contacts)) is not None:
        _from_contact(mail, letter, ticket, next(one for one in contacts if one.pk == ticket.contact_id))
        return
    if letter.machine != Machine.NO:
        raise ToQuarantine("automatic")
    if not contacts:
        raise ToQuarantine(_stranger(mail))
    if letter.verdict == Verdict.FAILED:
        raise ToQuarantine("unverified")
    if len(contacts) > 1:
        raise ToQuarantine("several_contacts")
    if not (letter.text or letter.subject or letter.files):
        raise ToQuarantine("empty")
    if working.is_too_often(mail, "ticket", None):
        raise ToQuarantine("too_often")
    _open(mail, letter, contacts[0])


def _open(mail: IncomingMail, letter: Letter, contact: Contact) -> None:
    ticket = customer_messages.open_request(
        contact, title_of(letter, contact), words(letter), uploads(letter), by=actor_of(contact)
    )
    mail.contact = contact
    mail.take(ticket)
    if letter.verdict == Verdict.PASSED and not letter.is_quiet and _may_acknowledge(contact):
        outgoing.post(
            "request_received", [customer_mails.addressed(ticket, contact)], ticket, ticket=str(ticket.number)
        )


def _may_acknowledge(contact: Contact) -> bool:
    """To one address so many an hour: nobody's mailbox is filled by somebody else's mails (hostile test M7)."""
    since = timezone.now() - timedelta(hours=1)
    sent = OutgoingMail.objects.filter(code="request_received", to_address__iexact=contact.email, created_at__gte=since)
    return sent.count() < settings.MAIL_ACKNOWLEDGEMENTS


def _from_contact(mail: IncomingMail, letter: Letter, ticket: Ticket, contact: Contact) -> None:
    if working.is_too_often(mail, "ticket", ticket.pk):
        raise ToQuarantine("too_often")
    weight = weighing.weigh(letter.text, is_automatic=letter.machine != Machine.NO)
    if not letter.text and not letter.files and weight == Weight.MESSAGE:
        raise ToQuarantine("empty")
    received = customer_messages.receive(
        ticket,
        contact,
        words(letter),
        uploads(letter),
        by=actor_of(contact),
        weight=weight,
        is_verified=letter.verdict != Verdict.FAILED,
    )
    mail.contact = contact
    mail.take(received.ticket, received.note)


def actor_of(contact: Contact) -> Actor:
    """The contact, as the one who acts."""
    language = contact.language or contact.company.language
    return Actor.customer(contact.pk, contact.name, contact.company.name, channel="mail", language=language or "en")


def title_of(letter: Letter, contact: Contact) -> str:
    """What the ticket is called: the subject, else who wrote."""
    if letter.subject:
        return letter.subject[:200]
    with override(Tenant.objects.values_list("language", flat=True).get(pk=scope.tenant_id())):
        return _("E-mail from %(name)s") % {"name": contact.name}


# Who and what ---------------------------------------------------------------------------------------------------------
def _contacts(mail: IncomingMail) -> list[Contact]:
    """The people of our address book with this address."""
    if not mail.from_address:
        return []
    rows = Contact.objects.filter(email__iexact=mail.from_address, is_active=True, company__is_active=True)
    return list(rows.select_related("company").order_by("pk")[:20])


def _stranger(mail: IncomingMail) -> str:
    """Why somebody without a place on the ticket is not let in."""
    if Membership.objects.filter(email__iexact=mail.from_address, is_active=True).exists():
        return "member_without_key"
    return "not_of_this_ticket" if _contacts(mail) else "unknown_sender"


def _answered(references: Sequence[str]) -> Ticket | None:
    """The ticket of the first mail these name that is one of this tenant's."""
    if not references:
        return None
    sent = OutgoingMail.objects.filter(message_id__in=references).values_list(
        "message_id", "subject_type", "subject_id"
    )
    came = IncomingMail.objects.filter(message_id__in=references, subject_type="ticket")
    about = {name: (kind, pk) for name, kind, pk in sent}
    about |= {name: ("ticket", pk) for name, pk in came.values_list("message_id", "subject_id")}
    for name in references:
        if (found := about.get(name)) and (ticket := _ticket_of(*found)) is not None:
            return ticket
    return None


def _ticket_of(kind: str, pk: int | None) -> Ticket | None:
    rows = Ticket.objects.filter(deleted_at=None).select_related("merged_into")
    if kind == "ticket":
        ticket = rows.filter(pk=pk).first()
    elif kind in {Note.kind(), Attachment.kind()}:
        model = Note if kind == Note.kind() else Attachment
        ticket = rows.filter(pk__in=model.objects.filter(pk=pk).values("ticket")).first()
    else:
        return None
    return (ticket.merged_into or ticket) if ticket else None


def _tagged(subject: str, contacts: Sequence[Contact]) -> Ticket | None:
    """The ticket whose number stands in the subject, for its own contact alone: a number is no secret."""
    numbers = [int(number) for number in TAG.findall(subject)[:5]]
    rows = Ticket.objects.filter(number__in=numbers, contact__in=contacts, deleted_at=None, merged_into=None)
    return rows.first() if numbers and contacts else None
