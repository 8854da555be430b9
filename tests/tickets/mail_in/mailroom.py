"""Mails as they come in and go out on a ticket, for the tests of what becomes of them."""

from __future__ import annotations

from typing import Any

from psa.journal.models import Entry
from psa.mail.inbound import taking, working
from psa.mail.models import Door, IncomingMail, OutgoingMail
from tests.mail.letters import CLEO, DESK, letter
from tickets.models import (
    Attachment,
    Note,
    Ticket,
)
from tickets.services import customer_mails

PASSED = {"Authentication_Results": "mx.tandem.example; dmarc=pass header.from=hansen.example"}
FAILED = {"Authentication_Results": "mx.tandem.example; spf=fail smtp.mailfrom=evil.example; dmarc=fail"}


def come(raw: bytes, to: str = DESK) -> IncomingMail:
    """A mail comes in at this address, and is read."""
    (pk,) = taking.take(raw, Door.PIPE, [to])
    working.take_in()
    return IncomingMail.objects.get(pk=pk)


def written_to(code: str, address: str) -> OutgoingMail:
    """The latest mail of a kind to an address."""
    return OutgoingMail.objects.filter(code=code, to_address=address).latest("pk")


def answer_to(mail: OutgoingMail, text: str = "It still does it.", **headers: str) -> tuple[bytes, str]:
    """An answer as a mail program writes it, and where it goes."""
    to = mail.headers["Reply-To"]
    sender = headers.pop("sender", mail.to_address)
    number = OutgoingMail.objects.count() + IncomingMail.objects.count()
    raw = letter(
        text, to=to, sender=sender, subject=f"Re: {mail.subject}", message_id=f"<a{number}@hansen.example>",
        In_Reply_To=mail.message_id, **headers,
    )  # fmt: skip
    return raw, to


def mailed(ticket: Ticket, by: Any) -> OutgoingMail:
    """We wrote to Cleo about her ticket."""
    customer_mails.send(ticket, "What does it say?", by=by)
    return written_to("public_note", CLEO)


def rows() -> tuple[int, ...]:
    """What a refused mail leaves alone."""
    return tuple(model.objects.count() for model in (Ticket, Note, Attachment, OutgoingMail, Entry))


def quarantined(mail: IncomingMail, reason: str, before: tuple[int, ...]) -> None:
    """It is in quarantine for this reason, and nothing else happened."""
    assert (mail.state, mail.reason) == ("quarantined", reason)
    assert rows() == before
