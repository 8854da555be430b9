"""Forwarding a ticket and writing to its customer (IT house spec, "Forward")."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from psa.directory import services as directory
from psa.directory.models import Contact
from psa.journal.models import Entry
from psa.mail.models import Delivery, DeliveryState, OutgoingMail
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from tests.conftest import acting, sign_in, try_rows
from tests.tickets.conftest import customer
from tests.tickets.pages import DESK, form_of, statements, text_of
from tickets import permissions, services, ways
from tickets.models import CoAssignee, Note, Queue, Ticket
from tickets.services import customer_mails, forwarding, items, text_modules
from tickets.services.forwarding import Forward
from tickets.services.text_modules import Wording


@pytest.fixture
def reachable(max: Membership, cleo: Contact) -> Contact:
    """Cleo has an address and reads German."""
    with acting(max) as by:
        return directory.edit_contact(cleo, by=by, email="cleo@hansen.example", language="de")


def told() -> list[tuple[str, str]]:
    return list(OutgoingMail.objects.exclude(code="ticket_assigned").order_by("pk").values_list("code", "to_address"))


def test_forwarding_replaces_or_adds_a_person_or_moves_the_queue(
    ticket: Ticket, max: Membership, ada: Membership, queue: Queue
) -> None:
    with acting(max) as by:
        second = Queue.objects.create(name="Network")

        def goes(to: Forward, assignee: Membership | None, queue: Queue, helps: list[Membership]) -> None:
            found = forwarding.forward(ticket, to, by=by)
            assert (found.assignee, found.queue, forwarding.helpers(found)) == (assignee, queue, helps)
            assert (found.created_by_id, found.status) == (max.pk, "new"), "who took it and the status stay"

        goes(Forward(ada), ada, queue, [])
        goes(Forward(max, adds=True), ada, queue, [max])
        goes(Forward(queue=second, adds=True), ada, second, [max])
        goes(Forward(max, note="You know it."), max, second, [])
        goes(Forward(ada, adds=True), max, second, [ada])
        goes(Forward(queue=queue, note="Not ours."), None, queue, [ada])


def test_a_note_is_required_when_somebody_is_replaced_and_something_when_nothing_is_chosen(
    ticket: Ticket, max: Membership, ada: Membership
) -> None:
    with acting(max) as by:
        services.assign(ticket, ada, by=by)
        before = Entry.objects.count()

        def refused(to: Forward, code: str) -> None:
            with pytest.raises(Refused, match=code):
                forwarding.forward(ticket, to, by=by)
            assert Entry.objects.count() == before and not told()

        gone = Membership(pk=ada.pk, name="Gone", is_active=False)
        try_rows(
            (
                (Forward(max), "forward_note_missing"),
                (Forward(max, note="  "), "forward_note_missing"),
                (Forward(), "forward_nowhere"),
                (Forward(gone, adds=True), "choice_is_gone"),
            ),
            refused,
        )
        forwarding.forward(ticket, Forward(max, note="You know the router."), by=by)
        assert Entry.objects.latest("pk").data["text"] == "You know the router."


def test_the_assignee_is_told_or_not_and_nobody_tells_themselves(
    ticket: Ticket, max: Membership, ada: Membership
) -> None:
    with acting(max) as by:
        forwarding.forward(ticket, Forward(ada, tells=False), by=by)
        assert told() == []
        forwarding.forward(ticket, Forward(max, note="Mine."), by=by)
        assert told() == []
        forwarding.forward(ticket, Forward(ada, note="Yours."), by=by)
        assert told() == [("ticket_forwarded", "ada@nordlicht.example")]
        entries = Entry.objects.count()
        forwarding.forward(ticket, Forward(ada, note="Yours."), by=by)  # a double click
        assert len(told()) == 1 and Entry.objects.count() == entries


def test_mine_reaches_who_helps_and_ends_when_they_are_taken_off(ticket: Ticket, max: Membership, people: Any) -> None:
    sales = people("sales")

    def reaches(is_theirs: bool) -> None:
        with acting(sales) as by:
            assert Ticket.objects.visible_to(by).exists() == is_theirs
            assert permissions.may(Ticket.objects.get(), "ticket.edit", by) == is_theirs
            assert ways.named("mine", by).rows(Ticket.objects.all(), by).exists() == is_theirs

    reaches(False)
    with acting(max) as by:
        forwarding.forward(ticket, Forward(sales, adds=True), by=by)
    reaches(True)
    assert sales.name in text_of(sign_in(max).get(f"{DESK}1/"))
    sign_in(max).post(f"{DESK}1/forward/release/", {"member": sales.pk})
    reaches(False)
    with acting(max):
        assert not CoAssignee.objects.exists() and Entry.objects.latest("pk").kind == "ticket.released"


def test_who_may_not_assign_forwards_nothing(ticket: Ticket, people: Any, ada: Membership) -> None:
    for role in ("billing", "sales"):
        with acting(people(role)) as by, pytest.raises(Denied):
            forwarding.forward(ticket, Forward(ada), by=by)
    assert sign_in(people("billing")).get(f"{DESK}1/forward/").status_code == 403


def test_the_page_forwards_and_writes_to_the_customer_once(
    browser: Client, ticket: Ticket, max: Membership, ada: Membership, reachable: Contact
) -> None:
    page = f"{DESK}1/forward/"
    form = form_of(browser.get(page))
    shown = browser.post(page, {**form, "mail": "on", "mail_text": "At 9, {{contact.name}}.", "preview": "1"})
    assert "At 9, Cleo Hansen." in text_of(shown) and "· DE" in text_of(shown)
    refused = browser.post(page, {**form, "mail": "on", "mail_text": "At 9."})
    assert refused.status_code == 422 and "At 9." in text_of(refused)
    sending = {**form, "forward_to": ada.pk, "forward_tells": "on", "mail": "on", "mail_text": "At 9."}
    assert browser.post(page, sending).status_code == 302
    assert browser.post(page, sending).status_code == 302  # a double click
    with acting(max):
        assert [code for code, _to in told()] == ["ticket_forwarded", "public_note"]
        assert Note.objects.get().text == "At 9."


def test_what_was_sent_stands_on_the_ticket_with_its_state_and_can_be_sent_again(
    browser: Client, ticket: Ticket, max: Membership, reachable: Contact
) -> None:
    page = f"{DESK}1/mail/"
    form = form_of(browser.get(page))
    assert browser.post(page, {**form, "mail_text": "We come at 9."}).status_code == 302
    with acting(max):
        note = Note.objects.get()
        sent = OutgoingMail.objects.get()
        assert sent.subject == f"{ticket.title} [{ticket.number}]" and "We come at 9." in sent.text and sent.reason
        assert sent.headers["From"].startswith('"Nordlicht IT" <')
    address = f"{DESK}1/mail/{note.key}/"

    def shows(state: str, words: str, may_again: bool) -> None:
        with acting(max):
            delivery = Delivery.objects.get()
            Delivery.objects.all().delete()
            due = delivery.due if state == DeliveryState.QUEUED else None
            error = "unreachable" if state == DeliveryState.FAILED else ""
            made = Delivery(pk=delivery.pk, mail=delivery.mail, state=state, due=due, error=error)
            made.save(force_insert=True)
        assert words in text_of(browser.get(f"{DESK}1/"))
        body = text_of(browser.get(address))
        assert words in body and ("Send again" in body) == may_again

    shows("queued", "Waiting to be sent", False)
    shows("sent", "Sent", False)
    shows("failed", "Not sent", True)
    assert browser.post(address).status_code == 302
    with acting(max):
        assert Delivery.objects.get().state == "queued"
        for verb in (
            lambda by: items.edit(note, by=by, text="Other"),
            lambda by: items.remove(note, by=by),
        ):
            with acting(max) as by, pytest.raises(Refused, match="mail_stays"):
                verb(by)


def test_no_mail_without_a_contact_and_their_address(ticket: Ticket, max: Membership, cleo: Contact) -> None:
    with acting(max) as by:
        with pytest.raises(Refused, match="mail_without_address"):
            customer_mails.send(ticket, "Hello", by=by)
        services.edit(ticket, by=by, contact=None)
        with pytest.raises(Refused, match="mail_without_contact"):
            customer_mails.send(ticket, "Hello", by=by)
        assert not Note.objects.exists() and not told()


def test_a_mails_starred_fill_ins_block_and_its_key_counts_once(
    ticket: Ticket, max: Membership, reachable: Contact
) -> None:
    with acting(max) as by:
        text_modules.add(Wording("mail", "M", "m", None, False, {"en": "At [[time*]] or [[place]]"}), by=by)
        with pytest.raises(Refused, match="fill_ins_missing"):
            customer_mails.send(ticket, "At [[time*]]", by=by)
        key = uuid4()
        first, second = (customer_mails.send(ticket, "At 9 or [[place]]", by=by, key=key) for _ in range(2))
        assert first == second and Note.objects.get().text == "At 9 or"
        with pytest.raises(Refused, match="mail_is_blank"):
            customer_mails.send(ticket, "  ", by=by)


def test_a_note_cannot_be_called_a_mail(browser: Client, ticket: Ticket, max: Membership, reachable: Contact) -> None:
    with acting(max):
        reader = customer(Ticket.objects.select_related("contact", "company").get()).value
    answer = browser.post(f"{DESK}1/notes/add/", {"reader": reader, "text": "X", "kind_of": "mail"})
    assert answer.status_code == 422
    with acting(max):
        assert not Note.objects.exists()


def test_mails_on_a_ticket_cost_the_same_however_many_there_are(
    browser: Client, ticket: Ticket, max: Membership, reachable: Contact
) -> None:
    with acting(max) as by:
        customer_mails.send(ticket, "One", by=by)
        few = [statements(browser, f"{DESK}1/{page}") for page in ("", "forward/", "mail/")]
        for number in range(6):
            customer_mails.send(ticket, f"No. {number}", by=by)
    many = [statements(browser, f"{DESK}1/{page}") for page in ("", "forward/", "mail/")]
    assert many == few and few[0] <= 22 and few[1] <= 16 and few[2] <= 14, (few, many)
