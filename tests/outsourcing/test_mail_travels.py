"""S7, S12: what the customer mails in on a ticket a partner works on. It stays with the lead, unless the customer is
shared in full; then it arrives once, with its files, however often the mail is brought (outsourcing spec §6)."""

from __future__ import annotations

from typing import Any

import pytest

from outsourcing.models import Handover, Partnership, Terms
from outsourcing.models.handover import Detail
from outsourcing.services import answering, ending, sending
from outsourcing.terms import Draft
from psa.directory.models import Company, Contact
from psa.lanes.models import Event
from psa.mail import replies
from psa.mail.inbound import taking, working
from psa.mail.models import Door, IncomingMail
from psa.mail.replies import Purpose
from psa.tenancy.models import Membership
from tests.conftest import acting
from tests.mail.letters import CLEO, letter, part, parted
from tests.outsourcing.conftest import HOURLY, Pair, drain
from tickets.models import Attachment, Note, Ticket

SECRET = "My door code is 4711."
HEAD = (
    f"From: Cleo Hansen <{CLEO}>\r\nTo: <%s>\r\nSubject: Rack\r\nMessage-ID: <rack@x.example>\r\nMIME-Version: 1.0\r\n"
)


@pytest.fixture
def cleo(ticket: Ticket, max: Membership, settings: Any) -> Contact:
    """Somebody at the customer asked for it, and writes mails."""
    settings.MAIL_IN = True
    with acting(max):
        contact = Contact.objects.create(company=ticket.company, name="Cleo Hansen", email=CLEO)
        Ticket.objects.filter(pk=ticket.pk).update(contact=contact)
        ticket.refresh_from_db()
        return contact


@pytest.fixture(params=[Detail.FULL, Detail.SITE, Detail.NONE])
def shared(
    request: Any,
    cleo: Contact,
    max: Membership,
    gunta: Membership,
    ticket: Ticket,
    partnership: Partnership,
    desk_of_baltic: Company,
) -> Pair:
    """Baltic works on it, and knows the customer in full, by the place, or not at all."""
    with acting(max) as by:
        draft = Draft(**HOURLY, detail=request.param)  # type: ignore[arg-type]
        handover: Handover = sending.send(Ticket.objects.get(pk=ticket.pk), partnership, draft, by=by)
    drain()
    with acting(gunta) as by:
        insourced = answering.accept(handover, desk_of_baltic, by=by, title=handover.title)
    drain()
    return Pair(max, gunta, ticket, insourced, handover)


def key(pair: Pair, cleo: Contact) -> str:
    with pair.lead():
        return replies.address(replies.seal(Purpose.CONTACT, pair.ticket.pk, cleo.pk))


def mailed(pair: Pair, cleo: Contact) -> bytes:
    """Her answer with a plan in it, brought twice."""
    to = key(pair, cleo)
    text = part("text/plain; charset=utf-8", SECRET.encode())
    raw = parted(text, part("application/pdf; name=plan.pdf", b"%PDF-1.4"), head=HEAD % to)
    for door in (Door.IMAP, Door.PIPE):
        taking.take(raw, door, [to])
        working.take_in()
    drain()
    return raw


def travelled(pair: Pair) -> tuple[list[str], list[str]]:
    """The notes and files of Cleo's that Baltic has."""
    with pair.service():
        notes = Note.objects.filter(text__contains="4711").values_list("text", flat=True)
        files = Attachment.objects.filter(name="plan.pdf").values_list("name", flat=True)
        return list(notes), list(files)


def is_full(pair: Pair) -> bool:
    with pair.lead():
        return bool(Terms.objects.filter(handover=pair.handover).latest("pk").detail == Detail.FULL)


def test_s12_what_the_customer_mails_in_travels_only_where_they_are_shared_in_full_and_once(
    shared: Pair, cleo: Contact
) -> None:
    mailed(shared, cleo)
    with shared.lead():
        assert Note.objects.get().text == SECRET and Attachment.objects.count() == 1
        payloads = str(list(Event.objects.values_list("payload", flat=True)))
    if is_full(shared):
        assert travelled(shared) == ([SECRET], ["plan.pdf"])
    else:
        assert travelled(shared) == ([], [])
        assert "4711" not in payloads and "plan.pdf" not in payloads


def test_s12_nothing_travels_once_the_handover_has_ended(shared: Pair, cleo: Contact) -> None:
    with shared.lead() as by:
        ending.take_back(Ticket.objects.get(pk=shared.ticket.pk), "Ours.", by=by)
    drain()
    with shared.lead():
        before = Event.objects.count()
    mailed(shared, cleo)
    with shared.lead():
        assert (Note.objects.filter(text=SECRET).count(), Event.objects.count()) == (1, before)
    assert travelled(shared) == ([], [])


def test_s12_what_waits_in_quarantine_travels_nowhere(shared: Pair, cleo: Contact) -> None:
    to = key(shared, cleo)
    with shared.lead():
        before = Event.objects.count()
    taking.take(letter(SECRET, to=to, sender="x@stranger.example"), Door.PIPE, [to])
    working.take_in()
    drain()
    with shared.lead():
        assert IncomingMail.objects.get().state == "quarantined" and Event.objects.count() == before
    assert travelled(shared) == ([], [])
