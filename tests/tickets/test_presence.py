"""Who else has a ticket open (desk spec, "Ticket page"): for those who see it, in their company, and at no cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from psa.tenancy import scope
from psa.tenancy.models import Membership
from psa.web import presence
from tests.conftest import acting, sign_in
from tests.tickets.pages import DESK, sign_in_english, text_of
from tickets.models import Ticket

HERE = f"{DESK}1/presence/"


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def heard(browser: Client, **said: str) -> str:
    answer = browser.post(HERE, said)
    assert answer.status_code == 200, answer.status_code
    return text_of(answer)


def test_two_who_have_a_ticket_open_hear_of_each_other(
    browser: Client, ticket: Ticket, max: Membership, in_queue: Membership
) -> None:
    other = sign_in_english(in_queue)
    assert heard(other) == "", "nobody hears of themselves"
    assert f"{in_queue.name} is here" in heard(browser)
    heard(other, writes="1")
    assert f"{in_queue.name} is writing" in heard(browser)
    heard(other)
    assert f"{in_queue.name} is here" in heard(browser), "she stopped"
    assert f"{max.name} is here" in heard(other)
    assert other.post(HERE, {"leaves": "1"}).status_code == 204
    assert heard(browser) == ""


def test_saving_a_draft_says_that_somebody_writes(browser: Client, ticket: Ticket, in_queue: Membership) -> None:
    sign_in(in_queue).post(f"{DESK}1/drafts/note/", {"text": "Half a"})
    assert "is writing" in heard(browser)


def test_many_are_named_and_counted(browser: Client, ticket: Ticket, max: Membership, people: Any) -> None:
    crowd = [people(role) for role in ("dispatcher", "billing", "read-only", "sales")]
    with scope.tenant(max.tenant_id):
        for one in crowd[:3]:
            presence.on(ticket, one, writing=True)
    assert "Billing, Dispatcher and Read-Only are writing" in heard(browser)
    with scope.tenant(max.tenant_id):
        presence.on(ticket, crowd[3], writing=True)
    assert "Billing, Dispatcher and 2 others are writing" in heard(browser)


def test_a_name_is_text(browser: Client, ticket: Ticket, in_queue: Membership) -> None:
    with scope.tenant(in_queue.tenant_id):
        in_queue.name = "<b>Ada</b>"
        presence.on(ticket, in_queue)
    assert "&lt;b&gt;Ada&lt;/b&gt; is here" in heard(browser)


def test_a3_who_may_not_see_the_ticket_says_and_hears_nothing(
    browser: Client, ticket: Ticket, max: Membership, ada: Membership, people: Any, sam: Membership
) -> None:
    heard(browser, writes="1")
    for stranger, path in ((ada, HERE), (people("sales"), HERE), (sam, HERE), (sam, "/atlas/tickets/1/presence/")):
        answer = sign_in(stranger).post(path, {"writes": "1"})
        assert answer.status_code == 404 and max.name not in text_of(answer), (stranger, path)
    assert heard(browser) == "", "and nobody of them was noted"


def test_a13_whoever_loses_the_ticket_is_told_404_from_the_next_beat_on(
    browser: Client, ticket: Ticket, max: Membership, in_queue: Membership, people: Any
) -> None:
    other = sign_in(in_queue)
    heard(other)
    with scope.tenant(in_queue.tenant_id):
        in_queue.role = people("sales").role
        in_queue.save()
    assert other.post(HERE).status_code == 404
    with scope.tenant(in_queue.tenant_id):
        in_queue.is_active = False
        in_queue.save()
    assert other.post(HERE).status_code in {302, 404}


def test_a13_the_partner_hears_of_nobody(ticket: Ticket, max: Membership, sam: Membership) -> None:
    """The same number in another company is another ticket, and the keys carry the company."""
    with acting(max):
        presence.on(ticket, max, writing=True)
    with scope.tenant(sam.tenant_id):
        assert presence.of([ticket.pk]) == {}


def test_a_beat_asks_for_the_session_and_the_ticket_and_writes_nothing(browser: Client, ticket: Ticket) -> None:
    heard(browser)
    with CaptureQueriesContext(connection) as asked:
        heard(browser, writes="1")
    tables = [query["sql"] for query in asked if query["sql"].startswith(("SELECT", "INSERT", "UPDATE", "DELETE"))]
    assert all(sql.startswith("SELECT") for sql in tables), tables
    about = [sql for sql in tables if 'FROM "tickets_' in sql]
    assert len(about) == 1 and len(tables) <= 6, tables


def test_the_page_has_a_place_for_it_and_the_script(browser: Client, ticket: Ticket) -> None:
    page = text_of(browser.get(f"{DESK}1/"))
    assert f'role="status" data-presence="{HERE}"' in page and "js/presence.js" in page
    assert browser.get(HERE).status_code == 405
