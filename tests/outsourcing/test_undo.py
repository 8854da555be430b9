"""A mail to the customer that is taken back, on a ticket a partner works on: never silently, never with its words."""

from __future__ import annotations

import pytest

from outsourcing.models import Handover, Partnership
from outsourcing.models.handover import Detail
from outsourcing.services import sending
from outsourcing.terms import Draft
from psa.directory import services as directory
from psa.directory.models import Contact
from psa.lanes.models import Event
from psa.mail.models import Delivery, DeliveryState
from psa.tenancy.models import Membership
from tests.conftest import acting
from tests.outsourcing.conftest import HOURLY, Pair, drain
from tickets.models import Note, Ticket
from tickets.services import customer_mails, fields

WORDS = "We come at nine, the bill follows"


@pytest.fixture
def offered(max: Membership, gunta: Membership, ticket: Ticket, partnership: Partnership) -> Handover:
    """The ticket is offered with everything of the customer, so that the partner reads what the customer reads."""
    with acting(max) as by:
        contact = Contact.objects.filter(company=ticket.company_id).first() or Contact.objects.create(
            company=ticket.company, name="Cleo Hansen"
        )
        contact = directory.edit_contact(contact, by=by, email="cleo@hansen.example")
        fields.edit(ticket, by=by, contact=contact)
        handover = sending.send(ticket, partnership, Draft(**HOURLY, detail=Detail.FULL), by=by)  # type: ignore[arg-type]
    drain()
    return handover


def written(pair: Pair) -> Note:
    with pair.lead() as by:
        return customer_mails.send(Ticket.objects.get(pk=pair.ticket.pk), WORDS, by=by)


def undo(pair: Pair, note: Note) -> None:
    with pair.lead() as by:
        customer_mails.undo(Note.objects.select_related("ticket").get(pk=note.pk), by=by)
        assert Delivery.objects.get(hold=note.key).state == DeliveryState.WITHDRAWN


def test_undo_of_a_mail_the_partner_has_is_a_plain_withdrawal_there(pair: Pair) -> None:
    note = written(pair)
    drain()
    with pair.service():
        assert Note.objects.get(key=note.key).text == WORDS
    undo(pair, note)
    drain()
    with pair.service():
        copy = Note.objects.get(key=note.key)
        assert (copy.removal, copy.text) == ("withdrawn", "") and copy.is_removed


def test_undo_of_a_mail_on_its_way_to_the_partner_takes_its_words_out_of_the_lane(pair: Pair) -> None:
    note = written(pair)
    with pair.lead():
        assert WORDS in str(list(Event.objects.values_list("payload", flat=True)))
    undo(pair, note)
    with pair.lead():
        assert WORDS not in str(list(Event.objects.values_list("payload", flat=True)))
    drain()
    with pair.service():
        assert not Note.objects.filter(text__contains=WORDS).exists()
