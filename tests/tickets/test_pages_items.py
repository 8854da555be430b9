"""What stands on a ticket's page: items written, edited and removed there."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from psa.directory.models import Contact
from psa.tenancy import scope
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from tests.conftest import acting, sign_in
from tests.tickets.conftest import customer, internal, put
from tests.tickets.pages import DESK, form_of, text_of
from tickets import services
from tickets.models import Charge, Note, Ticket, TimeEntry
from tickets.services import items

POSTS: dict[str, tuple[str, dict[str, str]]] = {
    "notes": ("note", {"text": "Looked at it.", "kind_of": "call"}),
    "time": (
        "time",
        {
            "minutes": "1:30",
            "offset_minutes": "-0:15",
            "offset_reason": "Learnt",
            "text": "Router",
            "internal_text": "slow",
            "is_billable": "on",
        },
    ),
    "charges": ("charge", {"name": "Cable", "quantity": "2,5", "unit": "m", "unit_price": "4,50", "is_billable": "on"}),
}


@pytest.mark.parametrize("word", POSTS)
@pytest.mark.parametrize("reader", ["internal", "customer"])
def test_items_are_added_from_the_composer(
    browser: Client, ticket: Ticket, max: Membership, word: str, reader: str
) -> None:
    tab, typed = POSTS[word]
    page = browser.get(f"{DESK}1/", {"compose": tab})
    form = form_of(page, f"/{word}/add/")
    if reader == "customer":
        with acting(max):
            form["reader"] = customer(ticket).value
    assert browser.post(f"{DESK}1/{word}/add/", form | typed).status_code == 302
    shown = text_of(browser.get(f"{DESK}1/"))
    assert {"notes": "Looked at it.", "time": "worked 1:30", "charges": "€11.25"}[word] in shown
    with scope.tenant(ticket.tenant_id):
        row = [*Note.objects.all(), *TimeEntry.objects.all(), *Charge.objects.all()][0]
        assert row.audience == reader


@pytest.mark.parametrize("word", POSTS)
def test_items_are_edited_and_removed(browser: Client, ticket: Ticket, max: Membership, word: str) -> None:
    kind = {"notes": "note", "time": "timeentry", "charges": "charge"}[word]
    item = put(ticket, kind, max)
    url = f"{DESK}1/{word}/{item.key}/"
    changed = {"name": "New words"} if kind == "charge" else {"text": "New words"}
    assert browser.post(f"{url}edit/", form_of(browser.get(f"{url}edit/")) | changed).status_code == 302
    page = text_of(browser.get(f"{DESK}1/"))
    assert "New words" in page and "edited" in page
    assert browser.post(f"{url}remove/", form_of(browser.get(f"{url}remove/"))).status_code == 302
    page = text_of(browser.get(f"{DESK}1/"))
    assert "New words" not in page and "This was deleted." in page


def test_both_texts_are_shown_when_somebody_was_faster(browser: Client, ticket: Ticket, max: Membership) -> None:
    note = put(ticket, "note", max)
    url = f"{DESK}1/notes/{note.key}/edit/"
    form = form_of(browser.get(url))
    with acting(max) as by:
        items.edit(note, by=by, text="Their words")
    answer = browser.post(url, form | {"text": "My words"})
    assert answer.status_code == 409
    assert "<mark>Their</mark> words" in text_of(answer) and "<mark>My</mark> words" in text_of(answer)
    assert browser.post(url, form_of(answer)).status_code == 302
    with scope.tenant(ticket.tenant_id):
        assert Note.objects.get().text == "My words"


def test_typed_words_stay_when_the_readers_changed(browser: Client, ticket: Ticket, max: Membership) -> None:
    form = form_of(browser.get(f"{DESK}1/"), "/notes/add/")
    with acting(max):
        form["reader"] = customer(ticket).value
        Contact.objects.update(name="Jens Fisch")
    answer = browser.post(f"{DESK}1/notes/add/", form | {"text": "For Cleo's eyes"})
    assert answer.status_code == 422
    assert "For Cleo&#x27;s eyes" in text_of(answer) and "Who reads this ticket has changed" in text_of(answer)
    with scope.tenant(ticket.tenant_id):
        assert not Note.objects.exists()


def test_a_locked_item_wears_a_padlock_with_the_reason(
    browser: Client, ticket: Ticket, max: Membership, no_guards: list[Any]
) -> None:
    note = put(ticket, "note", max)
    lock = lambda ticket, verb, found, by: {one: Refused("file_is_empty") for one in found}  # noqa: E731
    no_guards.append((frozenset({"note.edit", "note.remove"}), lock))
    page = text_of(browser.get(f"{DESK}1/"))
    assert 'aria-label="This file is empty."' in page and f"{note.key}/edit/" not in page
    assert "This file is empty." in text_of(browser.get(f"{DESK}1/notes/{note.key}/edit/"))


def test_whoever_may_not_edit_is_offered_nothing(ticket: Ticket, max: Membership, in_queue: Membership) -> None:
    note = put(ticket, "note", max)
    technician = sign_in(in_queue)
    assert f"{note.key}/edit/" not in text_of(technician.get(f"{DESK}1/"))
    for act in ("edit", "remove"):
        assert technician.get(f"{DESK}1/notes/{note.key}/{act}/").status_code == 403
        assert technician.post(f"{DESK}1/notes/{note.key}/{act}/", {"version": "1", "text": "x"}).status_code == 403


def test_prices_stand_only_before_those_who_may_see_them(
    browser: Client, ticket: Ticket, max: Membership, in_queue: Membership
) -> None:
    with acting(max) as by:
        items.add(ticket, "charge", internal(ticket), by=by, name="Cable", unit_price=777)
    technician = sign_in(in_queue)
    assert "777" in text_of(browser.get(f"{DESK}1/"))
    assert "777" not in text_of(technician.get(f"{DESK}1/"))
    assert "unit_price" not in text_of(technician.get(f"{DESK}1/?compose=charge"))


def test_the_stream_can_be_narrowed_and_goes_on(browser: Client, ticket: Ticket, max: Membership) -> None:
    put(ticket, "timeentry", max)
    for number in range(40):
        with acting(max) as by:
            items.add(ticket, "note", internal(ticket), by=by, text=f"Note number {number:02d}.")
    page = text_of(browser.get(f"{DESK}1/"))
    assert "Note number 39." in page and "Note number 10." in page and "Note number 09." not in page
    older = re.search(r'href="([^"]*before=\d+)#stream"', page)
    assert older is not None
    rest = text_of(browser.get(older[1].replace("&amp;", "&")))
    assert "Note number 09." in rest and "worked 0:30" in rest and "created the ticket" in rest
    assert "Note number" not in text_of(browser.get(f"{DESK}1/?view=time"))
    assert "worked 0:30" in text_of(browser.get(f"{DESK}1/?view=time"))
    assert "created the ticket" in text_of(browser.get(f"{DESK}1/?view=history"))


def test_what_was_chosen_to_see_is_remembered_for_every_ticket(
    browser: Client, ticket: Ticket, max: Membership
) -> None:
    put(ticket, "note", max)
    browser.get(f"{DESK}1/?view=time")
    with acting(max) as by:
        other = services.create(by=by, title="Printer", company=ticket.company, queue=ticket.queue)
    put(other, "note", max)
    assert "Looked at it." not in text_of(browser.get(f"{DESK}2/"))
    assert "Looked at it." in text_of(browser.get(f"{DESK}2/?view=all"))
    assert "Looked at it." in text_of(browser.get(f"{DESK}1/"))
    assert "Looked at it." in text_of(sign_in(max).get(f"{DESK}1/?view=nonsense"))


def test_news_come_only_when_there_are_any(browser: Client, ticket: Ticket, max: Membership) -> None:
    since = re.search(r"since=(\d+)", text_of(browser.get(f"{DESK}1/")))
    assert since is not None
    assert browser.get(f"{DESK}1/news/?since={since[1]}").status_code == 204
    put(ticket, "note", max)
    news = browser.get(f"{DESK}1/news/?since={since[1]}")
    assert (
        news.status_code == 200
        and "Looked at it." in text_of(news)
        and "<textarea" not in text_of(news).split('id="stream"')[1]
    )
