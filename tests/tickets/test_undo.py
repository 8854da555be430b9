"""The undo window of a mail to the customer: ten seconds in which it is either taken back or sent, never both."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from psa.directory import services as directory
from psa.directory.models import Contact
from psa.journal.models import Entry
from psa.mail import sending
from psa.mail.models import Delivery, DeliveryState, OutgoingMail
from psa.tenancy import scope
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from tests.conftest import acting, needs_postgres, sign_in
from tests.mail.fakes import Crash, FakeServer
from tests.races import race
from tests.tickets.pages import DESK, form_of, statements, text_of
from tickets import services
from tickets.models import Draft, Item, Note, Ticket
from tickets.services import customer_mails, drafts, watching
from tickets.services.forwarding import Forward

WORDS = "We come at 9."


@pytest.fixture(autouse=True)
def server(settings: Any) -> Iterator[type[FakeServer]]:
    settings.EMAIL_BACKEND = "tests.mail.fakes.FakeServer"
    FakeServer.reset()
    yield FakeServer


@pytest.fixture
def reachable(max: Membership, cleo: Contact) -> Contact:
    """Cleo has an address and reads German."""
    with acting(max) as by:
        return directory.edit_contact(cleo, by=by, email="cleo@hansen.example", language="de")


@pytest.fixture
def note(ticket: Ticket, max: Membership, reachable: Contact) -> Note:
    """A mail Max wrote a moment ago."""
    with acting(max) as by:
        return customer_mails.send(ticket, WORDS, by=by)


def time_passes(seconds: int = 11) -> None:
    """What waits has waited so much longer."""
    with scope.platform("test: time"):
        for one in Delivery.objects.filter(due__isnull=False):
            Delivery.objects.filter(pk=one.pk).update(due=one.due - timedelta(seconds=seconds))


def undone(note: Note, member: Membership) -> None:
    with acting(member) as by:
        customer_mails.undo(Note.objects.select_related("ticket").get(pk=note.pk), by=by)


def state(note: Note, member: Membership) -> tuple[str, str, list[str]]:
    """Of the mail, of its note, and what is drafted."""
    with acting(member):
        delivery = Delivery.objects.get(mail__subject_type="note", mail__subject_id=note.pk)
        texts = [one.fields["mail_text"] for one in Draft.objects.filter(place="mail")]
        return str(delivery.state), Note.objects.get(pk=note.pk).removal, texts


WAITS = (DeliveryState.QUEUED, "", [])
BACK = (DeliveryState.WITHDRAWN, Item.Removal.UNDONE, [WORDS])
GONE = (DeliveryState.SENT, "", [])


def test_undo_a_mail_waits_ten_seconds_and_leaves_then(note: Note, max: Membership, server: type[FakeServer]) -> None:
    with acting(max):
        due = Delivery.objects.get(mail__subject_id=note.pk).due
        assert timedelta(seconds=8) < due - timezone.now() <= customer_mails.UNDO == timedelta(seconds=10)
    assert sending.send_due() == 0 and server.accepted == [] and state(note, max) == WAITS
    time_passes()
    assert sending.send_due() == 1 and len(server.accepted) == 1 and state(note, max) == GONE


def test_undo_takes_the_mail_back_and_its_words_are_in_the_form(
    browser: Client, note: Note, ticket: Ticket, max: Membership, server: type[FakeServer]
) -> None:
    page = text_of(browser.get(f"{DESK}1/"))
    assert "The mail to Cleo Hansen leaves in " in page and f"{DESK}1/mail/{note.key}/undo/" in page
    answer = browser.post(f"{DESK}1/mail/{note.key}/undo/")
    assert answer.status_code == 302 and answer.url == f"{DESK}1/mail/"
    again = browser.get(answer.url)
    form = form_of(again)
    assert form["mail_text"].strip() == WORDS and "Draft from" in text_of(again) and form["key"] != str(note.key)
    time_passes()
    assert sending.send_due() == 0 and server.accepted == [] and state(note, max) == BACK
    page = text_of(browser.get(f"{DESK}1/"))
    assert "Taken back before it was sent." in page and WORDS not in page and "/undo/" not in page
    # What is written again is another mail, and the draft is gone with it.
    assert browser.post(f"{DESK}1/mail/", form | {"mail_text": "We come at 10."}).status_code == 302
    time_passes()
    sending.send_due()
    assert [one.body.count("We come at 10.") for one in server.accepted] == [1]
    with acting(max):
        assert not Draft.objects.exists()


def test_undo_twice_is_once(browser: Client, note: Note, max: Membership) -> None:
    for _press in range(2):
        assert browser.post(f"{DESK}1/mail/{note.key}/undo/").url == f"{DESK}1/mail/"
    assert state(note, max) == BACK
    with acting(max):
        assert Entry.objects.filter(kind="note.removed").count() == 1


def test_undo_after_it_left_changes_nothing_and_says_so(
    browser: Client, note: Note, max: Membership, server: type[FakeServer]
) -> None:
    time_passes()
    sending.send_due()
    before = state(note, max)
    answer = browser.post(f"{DESK}1/mail/{note.key}/undo/", follow=True)
    assert "The mail has left already" in text_of(answer)
    assert state(note, max) == before == GONE and len(server.accepted) == 1
    assert "/undo/" not in text_of(browser.get(f"{DESK}1/"))


def test_undo_is_its_authors_alone(
    note: Note, ticket: Ticket, max: Membership, in_queue: Membership, people: Any, sam: Membership
) -> None:
    path = f"mail/{note.key}/undo/"
    other = sign_in(in_queue)
    assert "/undo/" not in text_of(other.get(f"{DESK}1/"))
    assert other.post(f"{DESK}1/{path}").url == f"{DESK}1/"
    assert sign_in(people("billing")).post(f"{DESK}1/{path}").status_code == 403
    assert sign_in(sam).post(f"{DESK}1/{path}").status_code == 404
    assert sign_in(sam).post(f"/atlas/tickets/1/{path}").status_code == 404
    with pytest.raises(Refused, match="mail_is_its_authors"):
        undone(note, in_queue)
    assert state(note, max) == WAITS


def test_undo_ends_with_the_right_to_write_to_customers(note: Note, max: Membership, people: Any) -> None:
    """A7: whoever was demoted in these ten seconds takes nothing back."""
    with scope.tenant(max.tenant_id):
        max.role = people("billing").role
        max.save()
    assert "/undo/" not in text_of(sign_in(max).get(f"{DESK}1/"))
    with pytest.raises(Denied):
        undone(note, max)
    assert state(note, max) == WAITS


def test_undo_takes_back_what_watchers_were_to_read_of_it(
    ticket: Ticket, max: Membership, in_queue: Membership, reachable: Contact, server: type[FakeServer]
) -> None:
    with acting(in_queue) as by:
        watching.add(ticket, in_queue, by=by)
    with acting(max) as by:
        note = customer_mails.send(ticket, f"{WORDS} @{in_queue.name}", by=by)
        held = Delivery.objects.filter(hold=note.key).values_list("mail__to_address", flat=True)
        assert set(held) == {"cleo@hansen.example", in_queue.email}
    undone(note, max)
    time_passes()
    assert sending.send_due() == 0 and server.accepted == []


def test_undo_of_a_forwarded_mail_leaves_the_forwarding(
    ticket: Ticket, max: Membership, ada: Membership, reachable: Contact, server: type[FakeServer]
) -> None:
    with acting(max) as by:
        services.forwarding.forward(ticket, Forward(ada), by=by, mail_text=WORDS)
        note = Note.objects.get()
    undone(note, max)
    time_passes()
    sending.send_due()
    assert [one.to for one in server.accepted] == [[f'"{ada.name}" <ada@nordlicht.example>']]
    with acting(max):
        assert Ticket.objects.get(pk=ticket.pk).assignee_id == ada.pk
    assert state(note, max) == BACK


def test_undo_puts_the_words_above_what_was_begun_since(note: Note, ticket: Ticket, max: Membership) -> None:
    with acting(max) as by:
        drafts.save(ticket, "mail", {"mail_text": "The next one"}, None, by=by)
    undone(note, max)
    assert state(note, max)[2] == [f"{WORDS}\n\nThe next one"]


def test_undo_with_the_worker_down_is_still_possible_and_nothing_is_lost(
    browser: Client, note: Note, ticket: Ticket, max: Membership, server: type[FakeServer]
) -> None:
    """The delay is a row: a worker that is away for an hour sends what stands, once, and not what was taken back."""
    with acting(max) as by:
        kept = customer_mails.send(ticket, "Another", by=by)
    time_passes(3600)
    assert "The mail to Cleo Hansen has not left yet" in text_of(browser.get(f"{DESK}1/"))
    undone(note, max)
    assert sending.send_due() == 1 and sending.send_due() == 0
    assert ["Another" in one.body for one in server.accepted] == [True]
    assert (state(note, max)[0], state(kept, max)[0]) == (DeliveryState.WITHDRAWN, DeliveryState.SENT)


def test_undo_a_worker_that_died_sending_ends_the_window(note: Note, max: Membership, server: type[FakeServer]) -> None:
    """Nobody knows whether the server has it: it can only be sent again, with the same Message-ID."""
    server.reset(Crash())
    time_passes()
    with pytest.raises(Crash):
        sending.send_due()
    with scope.platform("test: the lease ran out"):
        Delivery.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    with pytest.raises(Refused, match="mail_has_left"):
        undone(note, max)
    assert state(note, max) == WAITS
    assert sending.send_due() == 1 and state(note, max) == GONE


def test_undo_is_not_offered_for_a_mail_that_is_sent_again(
    note: Note, max: Membership, server: type[FakeServer]
) -> None:
    server.reset(ValueError("cannot be written"))
    time_passes()
    sending.send_due()
    with acting(max) as by:
        customer_mails.send_again(Note.objects.select_related("ticket").get(pk=note.pk), by=by)
        assert not Delivery.objects.get(mail__subject_id=note.pk).is_held
    with pytest.raises(Refused, match="mail_has_left"):
        undone(note, max)


@pytest.mark.parametrize("lost", ["withdraw", "take_back", "bring_back"])
def test_undo_is_whole_or_not_at_all(
    note: Note, max: Membership, monkeypatch: pytest.MonkeyPatch, server: type[FakeServer], lost: str
) -> None:
    places = {"withdraw": Delivery, "take_back": services.items, "bring_back": drafts}

    def breaks(*args: Any, **named: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(places[lost], "save" if lost == "withdraw" else lost, breaks)
    with pytest.raises(ZeroDivisionError):
        undone(note, max)
    assert state(note, max) == WAITS
    time_passes()
    monkeypatch.undo()
    assert state(note, max) == WAITS


def test_undo_leaves_other_mails_alone(ticket: Ticket, max: Membership, ada: Membership) -> None:
    """Only what is held waits: who is made responsible hears of it at once."""
    with acting(max) as by:
        services.assign(ticket, ada, by=by)
        assert Delivery.objects.get(mail__code="ticket_assigned").hold is None
    assert sending.send_due() == 1


def test_undo_costs_a_page_no_statement(browser: Client, note: Note, max: Membership) -> None:
    waiting = statements(browser, f"{DESK}1/")
    time_passes()
    sending.send_due()
    assert statements(browser, f"{DESK}1/") == waiting <= 20


@needs_postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(6))
def test_undo_and_the_sender_at_the_same_moment_are_one_or_the_other(
    ticket: Ticket, max: Membership, reachable: Contact, server: type[FakeServer], turn: int
) -> None:
    with acting(max) as by:
        notes = [customer_mails.send(ticket, f"{WORDS} {n}", by=by) for n in range(4)]
    time_passes()
    answers = race(
        sending.send_due, *[lambda note=note: undone(note, max) for note in notes], lambda: sending.send_due()
    )
    for note, answer in zip(notes, answers[1:-1], strict=True):
        sent = [one for one in server.accepted if note.text in one.body]
        if answer is None:
            assert sent == [] and state(note, max)[:2] == BACK[:2]
        else:
            assert isinstance(answer, Refused) and answer.code == "mail_has_left"
            assert state(note, max)[0] in {DeliveryState.SENT, DeliveryState.QUEUED} and state(note, max)[1] == ""
    while sending.send_due():
        pass
    left = {note.text for note, answer in zip(notes, answers[1:-1], strict=True) if answer is not None}
    assert len(server.accepted) == len(left)
    with acting(max):
        assert OutgoingMail.objects.count() == 4
