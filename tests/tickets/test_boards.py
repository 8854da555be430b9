"""The board and the week: the same filters, moves by the machine's rules, a bounded number of statements."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from psa.tenancy import scope
from psa.tenancy.models import Membership, Tenant
from tests.conftest import acting, day_of, sign_in
from tests.tickets.pages import DESK, statements, text_of
from tickets import services
from tickets.boards import moves_from
from tickets.models import Status, Ticket


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()


def columns(client: Client, path: str) -> dict[str, list[int]]:
    board = client.get(DESK + path).context["board"]
    return {column.code: [card.number for card in column.cards] for column in board.columns}


def test_a_card_stands_in_its_statuss_column_and_goes_its_allowed_ways(
    browser: Client, ticket: Ticket, max: Membership
) -> None:
    assert columns(browser, "board/")["new"] == [ticket.number]
    page = text_of(browser.get(f"{DESK}board/"))
    assert f'action="{DESK}1/accept/"' in page and f'action="{DESK}1/start/"' not in page
    answer = browser.post(f"{DESK}1/accept/", {"next": f"{DESK}board/?priority=3"})
    assert answer.url == f"{DESK}board/?priority=3"
    assert columns(browser, "board/") == {
        "new": [], "open": [ticket.number], "in_progress": [], "waiting_clarification": [],
        "reopened_defect": []
    }  # fmt: skip
    assert browser.post(f"{DESK}1/start/", {"next": "https://evil.example/"}).url == f"{DESK}1/"
    late = browser.post(f"{DESK}1/accept/", {"next": f"{DESK}board/"}, follow=True)
    assert late.status_code == 200 and 'class="toast' in text_of(late), "a refusal is said, on the board"


def test_the_ways_are_the_machines(ticket: Ticket) -> None:
    with scope.tenant(ticket.tenant_id):
        check_ways()


def check_ways() -> None:
    ways = {status: {move.name: target for move, target in moves_from(status, "")} for status in Status}
    assert ways[Status.NEW] == {
        "accept": "open", "ask": "waiting_clarification", "refuse": "cancelled", "cancel": "cancelled"
    }  # fmt: skip
    assert ways[Status.CLOSED] == {"reopen": "reopened_defect"}
    assert {move.name: to for move, to in moves_from("waiting_clarification", "new")} == {
        "answer": "new", "refuse": "cancelled", "cancel": "cancelled"
    }  # fmt: skip


def test_filters_and_views_are_the_lists(browser: Client, ticket: Ticket, max: Membership) -> None:
    with acting(max) as by:
        other = services.create(by=by, title="Other", company=ticket.company, queue=ticket.queue)
        services.accept(other, by=by)
    assert columns(browser, "board/mine/")["open"] == [other.number]
    assert columns(browser, "board/?status=new") == {"new": [ticket.number]}
    assert columns(browser, "board/?q=other")["new"] == []
    assert set(columns(browser, "board/closed/")) == {"invoice", "closed", "cancelled"}
    assert browser.get(f"{DESK}board/nowhere/").status_code == 404
    for query in ("?status=x'", "?day=9999-99-99", "?day=2026-02-30", "?cols=tenant_id", "?format=csv"):
        for shape in ("board/", "week/"):
            assert browser.get(DESK + shape + query).status_code == 200, query


def test_the_week_shows_what_is_overdue_and_each_day(browser: Client, ticket: Ticket, max: Membership) -> None:
    now = timezone.now()
    with acting(max) as by:
        made = {
            name: services.create(by=by, title=name, company=ticket.company, queue=ticket.queue, due_at=due).number
            for name, due in (("late", now - timedelta(days=1)), ("next", now + timedelta(days=7)))
        }
    assert columns(browser, "week/")["overdue"] == [made["late"]]
    day = day_of(max, now + timedelta(days=7))
    found = columns(browser, f"week/?day={day.isoformat()}")
    assert found[f"day-{day.weekday()}"] == [made["next"]] and len(found) == 8


def test_the_week_begins_on_the_companys_day(browser: Client, ticket: Ticket, max: Membership) -> None:
    day = day_of(max)
    for starts in (7, 6, 1):
        with acting(max):
            Tenant.objects.filter(pk=max.tenant_id).update(week_starts=starts)
        found = browser.get(f"{DESK}week/?day={day.isoformat()}").context["board"]
        assert found.first.isoweekday() == starts and 0 <= (day - found.first).days < 7
        assert f"day={(found.first + timedelta(days=7)).isoformat()}" in text_of(browser.get(f"{DESK}week/"))


def test_a7_board_and_week_show_what_the_reader_may_see(ticket: Ticket, ada: Membership, sam: Membership) -> None:
    client = sign_in(ada)
    for path in ("board/", "week/", "board/?q=vpn"):
        assert all(not numbers for numbers in columns(client, path).values()), "a technician of another queue"
        assert sign_in(sam).get(DESK + path).status_code == 404


def test_board_and_week_cost_the_same_whatever_is_on_them(browser: Client, ticket: Ticket, max: Membership) -> None:
    paths = ("board/", "week/", "board/?q=vpn&unread=1")
    few = [statements(browser, DESK + path) for path in paths]
    due = timezone.now() - timedelta(hours=1)
    with acting(max) as by:
        for at in range(60):
            made = services.create(by=by, title=f"VPN {at}", company=ticket.company, queue=ticket.queue, due_at=due)
            if at % 2:
                services.accept(made, by=by)
    many = [statements(browser, DESK + path) for path in paths]
    assert all(after - before <= 2 for before, after in zip(few, many, strict=True)), (few, many)
    assert sorted(many)[-1] <= 18, many
    board = browser.get(f"{DESK}board/").context["board"]
    assert [(column.count, len(column.cards)) for column in board.columns][:2] == [("31", 25), ("30", 25)]
