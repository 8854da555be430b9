"""The composer's one submit: reply, time and status together or not at all, once however often it is sent."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from psa.journal.models import Entry
from psa.tenancy import scope
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from tests.conftest import acting, needs_postgres, sign_in
from tests.races import race
from tests.tickets.conftest import customer, internal, put
from tests.tickets.pages import DESK, form_of, text_of
from tickets import services
from tickets.models import Attachment, Note, StoredFile, Ticket, TimeEntry

ADD = f"{DESK}1/notes/add/"


def opened(browser: Client, **typed: str) -> dict[str, str]:
    """The composer as it opens, with this typed into it."""
    return form_of(browser.get(f"{DESK}1/"), "/notes/add/", opening=True) | typed


def counts(ticket: Ticket) -> tuple[int, int, str]:
    with scope.tenant(ticket.tenant_id):
        return Note.objects.count(), TimeEntry.objects.count(), Ticket.objects.get(pk=ticket.pk).status


def test_one_submit_carries_the_note_its_time_and_the_status(browser: Client, ticket: Ticket, max: Membership) -> None:
    with acting(max):
        to_cleo = customer(ticket).value
    form = opened(browser, text="Changed the switch.", minutes="0:20", move="accept", reader=to_cleo)
    assert browser.post(ADD, form).status_code == 302
    assert counts(ticket) == (1, 1, "open")
    with scope.tenant(ticket.tenant_id):
        note, entry = Note.objects.get(), TimeEntry.objects.get()
        assert (note.audience, entry.audience, entry.minutes, entry.text) == (
            "customer",
            "internal",
            20,
            "Changed the switch.",
        ), "the time of our own ticket is for us, whoever reads the note"


def test_a_refused_status_leaves_nothing_and_the_rest_can_be_sent_without_it(
    browser: Client, ticket: Ticket, max: Membership
) -> None:
    form = opened(browser, text="On my way.", minutes="15", move="accept")
    with acting(max) as by:
        services.accept(ticket, by=by)
    late = browser.post(ADD, form)
    assert late.status_code == 422 and counts(ticket) == (0, 0, "open")
    page = text_of(late)
    for words in ("On my way.", 'value="15"', "You moved this on already", "Send without the status"):
        assert words in page, words
    again = form_of(late, "/notes/add/", opening=True) | {"move": "accept", "without_status": "1"}
    assert browser.post(ADD, again).status_code == 302
    assert counts(ticket) == (1, 1, "open")


def test_refused_time_leaves_nothing_either(browser: Client, ticket: Ticket, no_guards: list[Any]) -> None:
    no_guards.append((frozenset({"timeentry.add"}), lambda *asked: {None: Refused("file_is_empty")}))
    answer = browser.post(ADD, opened(browser, text="Words", minutes="15", move="accept"))
    assert answer.status_code == 422 and "Words" in text_of(answer)
    assert counts(ticket) == (0, 0, "new")


def test_a_double_click_sends_once(browser: Client, ticket: Ticket) -> None:
    form = opened(browser, text="Once", minutes="15", move="accept")
    for _click in range(3):
        assert browser.post(ADD, form).status_code == 302
    assert counts(ticket) == (1, 1, "open")
    with scope.tenant(ticket.tenant_id):
        assert Entry.objects.filter(kind="note.added").count() == 1


@needs_postgres
@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_moment_send_once(ticket: Ticket, max: Membership) -> None:
    opening = uuid4()

    def click() -> None:
        with acting(max) as by:
            reader = customer(ticket)
            services.replies.send(ticket, "note", reader, by=by, opening=opening, spent=5, text="Once")

    assert race(click, click) == [None, None]
    assert counts(ticket)[:2] == (1, 1)


def test_an_old_form_with_new_words_is_not_taken_for_the_sent_one(browser: Client, ticket: Ticket) -> None:
    form = opened(browser, text="First")
    browser.post(ADD, form)
    back = browser.post(ADD, form | {"text": "Second, typed after going back"})
    assert back.status_code == 422
    assert "Second, typed after going back" in text_of(back) and "was sent before" in text_of(back)
    assert browser.post(ADD, form_of(back, "/notes/add/", opening=True)).status_code == 302
    assert counts(ticket)[0] == 2


def test_somebody_elses_opening_finds_nothing_of_theirs(ticket: Ticket, max: Membership, in_queue: Membership) -> None:
    """A key is made of the opening and its writer: nobody can name another's item by guessing the form's field."""
    mine = sign_in(max)
    form = opened(mine, text="Mine")
    mine.post(ADD, form)
    assert sign_in(in_queue).post(ADD, form | {"text": "Theirs"}).status_code == 302
    with scope.tenant(ticket.tenant_id):
        assert set(Note.objects.values_list("text", flat=True)) == {"Mine", "Theirs"}
        assert not Note.objects.filter(key=form["opening"]).exists()


def test_the_composer_offers_only_moves_that_are_open(browser: Client, ticket: Ticket) -> None:
    page = text_of(browser.get(f"{DESK}1/"))
    assert '<option value="accept"' in page and '<option value="reopen"' not in page


def test_who_may_not_log_time_or_move_is_not_asked_for_it(ticket: Ticket, people: Any) -> None:
    seller = sign_in(people("billing"))
    page = text_of(seller.get(f"{DESK}1/"))
    assert 'name="text"' in page and 'name="move"' not in page
    form = form_of(seller.get(f"{DESK}1/"), "/notes/add/", opening=True) | {"text": "Words", "move": "accept"}
    assert seller.post(ADD, form).status_code == 403
    assert counts(ticket) == (0, 0, "new")


def files(*names: str) -> list[Any]:
    return [SimpleUploadedFile(name, name.encode(), "text/plain") for name in names]


def test_several_files_are_hung_in_one_submit_and_once(browser: Client, ticket: Ticket) -> None:
    form = form_of(browser.get(f"{DESK}1/", {"compose": "file"}), "/files/add/", opening=True)
    for _click in range(2):
        answer = browser.post(f"{DESK}1/files/add/", form | {"upload": files("a.txt", "b.txt")})
        assert answer.status_code == 302
    with scope.tenant(ticket.tenant_id):
        assert sorted(Attachment.objects.values_list("name", flat=True)) == ["a.txt", "b.txt"]
        assert StoredFile.objects.count() == 2


def stored(ticket: Ticket) -> set[str]:
    """The files of this company that lie in the store."""
    root = str(ticket.tenant_id)
    folders = default_storage.listdir(root)[0] if default_storage.exists(root) else []
    return {name for folder in folders for name in default_storage.listdir(f"{root}/{folder}")[1]}


def test_one_refused_file_leaves_none_of_them_nor_their_bytes(browser: Client, ticket: Ticket, max: Membership) -> None:
    before = stored(ticket)
    form = form_of(browser.get(f"{DESK}1/", {"compose": "file"}), "/files/add/", opening=True)
    empty = SimpleUploadedFile("empty.txt", b"", "text/plain")
    answer = browser.post(f"{DESK}1/files/add/", form | {"upload": [*files("a.txt"), empty]})
    assert answer.status_code == 422 and "“empty.txt” is empty." in text_of(answer)
    with acting(max) as by, pytest.raises(Refused, match="file_is_empty"):
        services.replies.attach(ticket, [*files("a.txt"), empty], internal(ticket), by=by)
    with scope.tenant(ticket.tenant_id):
        assert not Attachment.objects.exists() and not StoredFile.objects.exists()
    assert stored(ticket) == before


def test_an_edit_is_not_told_what_only_new_items_bring(browser: Client, ticket: Ticket, max: Membership) -> None:
    note = put(ticket, "note", max)
    page = text_of(browser.get(f"{DESK}1/notes/{note.key}/edit/"))
    assert 'name="move"' not in page and 'name="minutes"' not in page and 'name="opening"' not in page
