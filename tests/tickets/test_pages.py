"""The desk's pages through a plain browser without scripts: what they show, what they post, what they cost."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client
from django.utils import timezone

from psa.directory.models import Company, Location, WorkType
from psa.journal.models import Entry
from psa.tenancy import scope
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership, Tenant
from tests.conftest import acting, sign_in
from tests.tickets.conftest import internal, put
from tests.tickets.pages import DESK, form_of, sign_in_english, statements, text_of, upload
from tickets import services
from tickets.models import Note, Ticket


def test_the_ticket_page_takes_20_statements_however_much_stands_on_it(
    browser: Client, ticket: Ticket, max: Membership, work_type: WorkType
) -> None:
    for kind in ("note", "timeentry", "charge"):
        put(ticket, kind, max)
    with acting(max) as by:
        services.files.attach(ticket, upload(), internal(ticket), by=by)
    few = statements(browser, f"{DESK}1/")
    for _round in range(9):
        for kind in ("note", "timeentry", "charge"):
            put(ticket, kind, max)
    many = statements(browser, f"{DESK}1/")
    assert few == many
    assert many <= 20


def test_a_technicians_page_stays_inside_it_too(ticket: Ticket, in_queue: Membership, max: Membership) -> None:
    for kind in ("note", "timeentry", "charge"):
        put(ticket, kind, max)
        put(ticket, kind, in_queue)
    assert statements(sign_in(in_queue), f"{DESK}1/") <= 20


def test_the_page_shows_who_where_and_what_next(browser: Client, ticket: Ticket) -> None:
    page = text_of(browser.get(f"{DESK}1/"))
    for words in (
        "VPN drops every morning",
        "Reederei Hansen",
        "Cleo Hansen",
        'href="tel:+4943155501"',
        "Accept for work",
        "created the ticket",
    ):
        assert words in page, words
    assert "Reopen" not in page


def test_moves_are_posted_and_a_late_one_is_told_politely(
    browser: Client, ticket: Ticket, in_queue: Membership
) -> None:
    assert browser.post(f"{DESK}1/accept/").url == f"{DESK}1/"
    late = sign_in_english(in_queue).post(f"{DESK}1/accept/", follow=True)
    assert "Somebody was faster: this ticket is “Open” by now." in text_of(late)
    assert browser.get(f"{DESK}1/start/").status_code == 200, "it asks, and moves nothing"
    assert browser.post(f"{DESK}1/explode/").status_code == 404


def test_w3_ones_own_second_press_is_told_that_it_is_done_already(
    browser: Client, ticket: Ticket, max: Membership
) -> None:
    """A double click is no race: a plain answer, no red page; other words than those that were said are kept."""
    browser.post(f"{DESK}1/accept/")
    twice = browser.post(f"{DESK}1/accept/")
    assert twice.status_code == 302 and "You moved this on already" in text_of(browser.get(twice["Location"]))
    for _press in range(2):
        closed = browser.post(f"{DESK}1/close/", {"text": "All done."})
        assert closed.status_code == 302
    other = browser.post(f"{DESK}1/close/", {"text": "Something else."})
    assert other.status_code == 409 and "Something else." in text_of(other) and "Somebody was" not in text_of(other)
    with acting(max):
        assert Entry.objects.filter(kind__in=["ticket.accepted", "ticket.closed"]).count() == 2


def test_words_typed_for_a_refused_move_stay(browser: Client, ticket: Ticket, max: Membership) -> None:
    late = browser.post(f"{DESK}1/reopen/", {"text": "It is dead again."})
    assert late.status_code == 409 and "It is dead again." in text_of(late) and "Somebody was faster" in text_of(late)
    kept = form_of(late, "/reopen/")
    assert browser.post(f"{DESK}1/notes/add/", kept).status_code == 302
    with scope.tenant(ticket.tenant_id):
        assert Note.objects.get().text == "It is dead again."


def test_a_move_asks_for_its_words(browser: Client, ticket: Ticket) -> None:
    assert browser.post(f"{DESK}1/ask/", {"text": " "}).status_code == 422
    assert browser.post(f"{DESK}1/ask/", {"text": "Which router?"}).status_code == 302
    assert "Which router?" in text_of(browser.get(f"{DESK}1/"))


def test_a_guard_closes_a_button_and_says_why(browser: Client, ticket: Ticket, no_guards: list[Any]) -> None:
    no_guards.append((frozenset({"ticket.accept"}), lambda *asked: {None: Refused("file_is_empty")}))
    assert re.search(r'aria-disabled="true"[^>]*>.*Accept for work', text_of(browser.get(f"{DESK}1/")))
    assert 'title="This file is empty."' in text_of(browser.get(f"{DESK}1/"))


def test_whose_it_is_can_be_said(browser: Client, ticket: Ticket, ada: Membership, people: Any) -> None:
    browser.post(f"{DESK}1/assign/", {"assignee": str(ada.pk)})
    assert "made Ada Brandt responsible" in text_of(browser.get(f"{DESK}1/"))
    browser.post(f"{DESK}1/assign/", {"assignee": str(people("contact").pk)})
    with scope.tenant(ticket.tenant_id):
        assert Ticket.objects.get().assignee == ada


# Properties -----------------------------------------------------------------------------------------------------------
def test_properties_are_edited(browser: Client, ticket: Ticket) -> None:
    form = form_of(browser.get(f"{DESK}1/properties/"), "/properties/")
    assert browser.post(f"{DESK}1/properties/", form | {"title": "Other title", "priority": "1"}).url == f"{DESK}1/"
    page = text_of(browser.get(f"{DESK}1/"))
    assert "changed the title: VPN drops every morning → Other title" in page and "Normal → Critical" in page


def test_an_untouched_form_changes_nothing(browser: Client, ticket: Ticket, max: Membership) -> None:
    with acting(max) as by:
        services.edit(ticket, by=by, due_at=timezone.now(), planned_minutes=90, description="a\nb")
        before = list(Entry.objects.values_list("kind", flat=True))
    form = form_of(browser.get(f"{DESK}1/properties/"), "/properties/")
    assert browser.post(f"{DESK}1/properties/", form).status_code == 302
    with scope.tenant(ticket.tenant_id):
        assert list(Entry.objects.values_list("kind", flat=True)) == before


def test_over_somebody_elses_change_both_values_are_shown(browser: Client, ticket: Ticket, max: Membership) -> None:
    form = form_of(browser.get(f"{DESK}1/properties/"), "/properties/")
    with acting(max) as by:
        services.edit(ticket, by=by, title="Their title", priority=1)
    answer = browser.post(f"{DESK}1/properties/", form | {"title": "My title"})
    assert answer.status_code == 422
    assert "My title" in text_of(answer) and "Their title" in text_of(answer)
    assert browser.post(f"{DESK}1/properties/", form_of(answer, "/properties/")).status_code == 302
    with scope.tenant(ticket.tenant_id):
        row = Ticket.objects.get()
        assert (row.title, row.priority) == ("My title", 1)


def test_changes_that_do_not_meet_are_both_kept(browser: Client, ticket: Ticket, max: Membership) -> None:
    form = form_of(browser.get(f"{DESK}1/properties/"), "/properties/")
    with acting(max) as by:
        services.edit(ticket, by=by, priority=1)
    assert browser.post(f"{DESK}1/properties/", form | {"title": "My title"}).status_code == 302
    with scope.tenant(ticket.tenant_id):
        row = Ticket.objects.get()
        assert (row.title, row.priority) == ("My title", 1)


def test_another_customer_leaves_the_contact_behind(browser: Client, ticket: Ticket, max: Membership) -> None:
    with acting(max):
        other = Company.objects.create(name="Werft Nord")
        place = Location.objects.create(company=other, name="Dock 3")
    form = form_of(browser.get(f"{DESK}1/properties/"), "/properties/")
    again = browser.post(f"{DESK}1/properties/", form | {"company": str(other.pk), "again": "1"})
    assert "Dock 3" in text_of(again)
    chosen = form_of(again, "/properties/") | {"location": str(place.pk)}
    assert browser.post(f"{DESK}1/properties/", chosen).status_code == 302
    with scope.tenant(ticket.tenant_id):
        row = Ticket.objects.get()
        assert (row.company, row.contact, row.location) == (other, None, place)


# Somebody else --------------------------------------------------------------------------------------------------------
def test_who_may_not_is_told_what_is_missing_and_who_grants_it(ticket: Ticket, max: Membership, people: Any) -> None:
    answer = sign_in(people("billing")).post(f"{DESK}1/accept/")
    assert answer.status_code == 403
    assert "ticket.edit" in text_of(answer) and "Max Petersen" in text_of(answer)


def test_a_ticket_out_of_reach_is_not_there(ticket: Ticket, ada: Membership) -> None:
    assert sign_in(ada).get(f"{DESK}1/").status_code == 404
    assert sign_in(ada).get(f"{DESK}999999999/").status_code == 404


def test_words_of_the_reader(ticket: Ticket, nordlicht: Tenant, max: Membership) -> None:
    """The sentence above the button and the button name who reads it."""
    page = text_of(sign_in_english(max).get(f"{DESK}1/"))
    assert "Only people at <strong>Nordlicht IT</strong> will see this." in page
    assert "Send to Cleo Hansen (Reederei Hansen)" in page
