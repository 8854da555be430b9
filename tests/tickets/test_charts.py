"""The picture of a ticket's life: what it draws is what the machine does; and a company's own words for its states."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from psa.journal.models import Entry
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership, Tenant
from tests.conftest import acting
from tests.tickets.pages import sign_in_english, text_of
from tests.tickets.stages import WAYS, make
from tickets.charts import PLACES, Chart, steps
from tickets.models import Status, Ticket
from tickets.services import wording

WORDS = "/nordlicht/tickets/lifecycle/words/"


def test_every_state_has_its_place_and_no_two_the_same() -> None:
    assert set(PLACES) == set(Status.values) == set(WAYS)
    assert len(set(PLACES.values())) == len(PLACES)


def test_the_picture_has_the_thirty_moves_by_their_numbers(inside: Tenant) -> None:
    drawn = {number.strip() for step in steps() for number in step.number.split(",")}
    assert drawn == {str(number) for number in range(2, 31)}, "1 makes the ticket"


@pytest.mark.parametrize("status", WAYS)
def test_what_is_drawn_from_a_state_is_what_the_machine_allows(inside: Tenant, status: str) -> None:
    ticket = Ticket(status=status)
    allowed = {(one.name, one.target) for one in ticket.get_available_status_transitions()}
    assert {(step.name, step.target) for step, _badge in Chart(status).moves} == allowed


def test_the_page_shows_the_chosen_state_and_takes_any_other_for_new(max: Membership) -> None:
    browser = sign_in_english(max)
    page = text_of(browser.get("/nordlicht/tickets/lifecycle/?status=in_progress"))
    assert "Submit for review" in page and 'href="?status=closed"' in page
    assert browser.get("/nordlicht/tickets/lifecycle/?status=<script>").status_code == 200


def test_a_company_says_its_own_word_everywhere(max: Membership, ticket: Ticket, nordlicht: Tenant) -> None:
    browser = sign_in_english(max)
    answer = browser.post(WORDS, {"seen": "{}", "new-en": "Just in", "new-de": "Eingang"})
    assert answer.status_code == 302
    for path in ("tickets/", "tickets/1/", "tickets/board/", "tickets/lifecycle/"):
        assert "Just in" in text_of(browser.get(f"/nordlicht/{path}")), path
    with acting(max) as by:
        make(ticket, "accept", by)
    assert "Just in" not in text_of(browser.get("/nordlicht/tickets/1/"))
    with acting(max):
        told = Entry.objects.get(kind="tenant.reworded")
        assert told.data["new"] == {"new": {"en": "Just in", "de": "Eingang"}} and told.data["old"] == {}


def test_another_company_keeps_our_words(max: Membership, gunta: Membership) -> None:
    with acting(max) as by:
        wording.reword({"new": {"en": "Just in"}}, {}, by=by)
    page = text_of(sign_in_english(gunta).get("/baltic/tickets/lifecycle/"))
    assert "Just in" not in page


def test_two_states_of_one_name_and_a_stale_form_are_refused(max: Membership) -> None:
    with acting(max) as by:
        with pytest.raises(Refused, match="word_twice"):
            wording.reword({"new": {"en": "Here"}, "open": {"en": "here"}}, {}, by=by)
        wording.reword({"new": {"en": "Here"}}, {}, by=by)
        with pytest.raises(Refused, match="settings_changed_meanwhile"):
            wording.reword({"new": {"en": "There"}}, {}, by=by)
    answer = sign_in_english(max).post(WORDS, {"seen": json.dumps({}), "open-en": "Kept as typed"})
    assert answer.status_code == 422 and "Kept as typed" in text_of(answer)


def test_words_take_the_right_to_the_settings(in_queue: Membership, client: Client) -> None:
    with acting(in_queue) as by, pytest.raises(Denied):
        wording.reword({"new": {"en": "Mine"}}, {}, by=by)
