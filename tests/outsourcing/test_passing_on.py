"""A partner's item made one of our own for the customer, and a customer's passed on (§6)."""

from __future__ import annotations

from typing import Any

import pytest

from outsourcing.services import ending, passing
from psa.directory.models import Contact
from psa.journal.models import Entry
from psa.lanes.models import Event
from psa.tenancy.errors import Denied
from psa.tenancy.models import Membership
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import Pair, drain
from tests.outsourcing.exchange import page, without_level, write
from tests.outsourcing.test_sharing import for_internal
from tickets import readers
from tickets.models import Note, Ticket
from tickets.services import items

pytestmark = pytest.mark.usefixtures("fresh_cache")


@pytest.fixture
def cleo_asks(pair: Pair) -> Any:
    """Nordlicht's ticket has somebody at the customer."""
    with pair.lead():
        contact = Contact.objects.create(company=pair.ticket.company, name="Cleo Hansen", phone="+49 431 1")
        Ticket.objects.filter(pk=pair.ticket.pk).update(contact=contact)
        pair.ticket.refresh_from_db()
        return contact


def test_publishing_makes_an_item_of_our_own_for_the_customer_only(pair: Pair, cleo_asks: Any) -> None:
    note = write(pair, "Rack 4 stinks.")
    drain()
    client, address = sign_in(pair.max), f"/nordlicht/tickets/{pair.ticket.number}/items/{note.key}/publish/"
    assert address in page(pair, pair.max)
    assert "Rack 4 stinks." in client.get(address).content.decode()
    assert client.post(address, {"text": "Rack 4 is repaired."}).status_code == 302
    drain()
    with pair.lead():
        ours = Note.objects.get(audience="customer")
        assert (ours.text, ours.author_name, ours.is_copy) == ("Rack 4 is repaired.", "Max Petersen", False)
        assert Note.objects.get(key=note.key).text == "Rack 4 stinks."
        assert Entry.objects.get(kind="handover.published").by_name == "Max Petersen"
    with pair.service():
        assert "repaired" not in str(list(Event.objects.values_list("payload", flat=True)))


def test_publishing_takes_the_level_and_changes_nothing_without_it(
    pair: Pair, cleo_asks: Any, rita: Membership
) -> None:
    without_level(rita)
    note = write(pair, "Rack 4 stinks.")
    drain()
    address = f"/nordlicht/tickets/{pair.ticket.number}/items/{note.key}/publish/"
    answer = sign_in(rita).post(address, {"text": "Published anyway."})
    assert answer.status_code == 403
    assert "outsource.send" in answer.content.decode()
    with pair.lead():
        assert Note.objects.filter(audience="customer").count() == 0
    with acting(rita) as by, pytest.raises(Denied):
        passing.publish(pair.ticket, Note.objects.get(key=note.key), "No.", by=by)


def test_the_customers_note_stays_until_it_is_passed_on(pair: Pair, cleo_asks: Any) -> None:
    with pair.lead() as by:
        ticket = Ticket.objects.select_related("tenant", "contact", "company").get(pk=pair.ticket.pk)
        customer = next(one for one in readers.readers(ticket) if one.audience == "customer")
        note = items.add(ticket, "note", customer, by=by, text="My secret door code is 4711. Printer is broken.")
    drain()
    with pair.service():
        assert Note.objects.count() == 0
    client, address = sign_in(pair.max), f"/nordlicht/tickets/{pair.ticket.number}/items/{note.key}/pass-on/"
    assert address in page(pair, pair.max)
    assert client.get(address).status_code == 200
    assert client.post(address, {"text": "Printer is broken."}).status_code == 302
    drain()
    with pair.service():
        assert Note.objects.get().text == "Printer is broken."
        assert "4711" not in str(list(Event.objects.values_list("payload", flat=True)))


def test_our_own_item_is_not_published_and_an_ended_partner_gets_nothing(pair: Pair, cleo_asks: Any) -> None:
    with pair.lead() as by:
        note = items.add(pair.ticket, "note", for_internal(pair.ticket), by=by, text="Internal.")
        ending.take_back(pair.ticket, "Ours.", by=by)
    client = sign_in(pair.max)
    for verb in ("publish", "pass-on"):
        address = f"/nordlicht/tickets/{pair.ticket.number}/items/{note.key}/{verb}/"
        assert client.post(address, {"text": "Out."}).status_code == 409
    with pair.lead():
        assert Note.objects.count() == 1
