"""Saved views for oneself, a team and everybody, with their counts, and the unread mark (desk spec, "Ticket list")."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from psa.tenancy import scope
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership, Role
from psa.web import presence
from tests.conftest import acting, sign_in
from tests.tickets.pages import DESK, statements, text_of
from tickets import services
from tickets.models import Opened, Queue, QueueMember, SavedView, Status, Ticket
from tickets.services import saved_views
from tickets.services.saved_views import EVERYBODY, MINE, Audience

People = Callable[[str], Membership]


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()


def counts(client: Client) -> dict[str, str]:
    return dict(re.findall(r'id="((?:view|saved)-[\w-]+)"[^>]*>([^<]*)<', text_of(client.get(f"{DESK}counts/"))))


def shown(client: Client, path: str = "") -> set[int]:
    return {int(number) for number in re.findall(rf'href="{DESK}(\d+)/"', text_of(client.get(DESK + path)))}


# Who may make which ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "role, personal, team, company",
    [
        ("administrator", True, True, True),
        ("dispatcher", True, True, True),
        ("technician", True, False, False),
        ("sales", True, False, False),
        ("billing", True, False, False),
        ("read-only", True, False, False),
    ],
)
def test_a14_who_may_make_which_view(
    people: People, queue: Queue, role: str, personal: bool, team: bool, company: bool
) -> None:
    member = people(role)
    with scope.tenant(member.tenant_id):
        QueueMember.objects.create(queue=queue, member=member)
    for audience, may in ((MINE, personal), (Audience(queue.pk), team), (EVERYBODY, company)):
        with acting(member) as by:
            try:
                saved_views.save("tickets", "One", "", by=by, audience=audience)
                made = True
            except Denied:
                made = False
            assert made == may, (role, audience)
    client = sign_in(member)
    assert ('name="audience"' in text_of(client.get(DESK))) == company, "and is offered it"


def test_a_teams_view_is_made_by_one_of_the_team(max: Membership, queue: Queue) -> None:
    with acting(max) as by:
        with pytest.raises(Refused, match="not_your_team"):
            saved_views.save("tickets", "One", "", by=by, audience=Audience(queue.pk))
        assert not SavedView.objects.exists()


def test_a7_who_leaves_a_team_sees_no_name_of_its_views(
    ticket: Ticket, max: Membership, in_queue: Membership, queue: Queue
) -> None:
    with acting(max) as by:
        QueueMember.objects.create(queue=queue, member=max)
        saved_views.save("tickets", "Night shift", "status=new", by=by, audience=Audience(queue.pk), view="mine")
        saved_views.save("tickets", "Whole house", "status=new", by=by, audience=EVERYBODY)
        saved_views.save("tickets", "Just Max", "status=new", by=by)
    client = sign_in(in_queue)
    for path in (DESK, f"{DESK}saved-views/"):
        page = text_of(client.get(path))
        assert "Night shift" in page and "Whole house" in page and "Just Max" not in page
    with acting(max):
        pk = SavedView.objects.get(name="Night shift").pk
    assert f"saved-{pk}" in counts(client)
    for verb in ("rename", "delete"):
        assert client.post(f"{DESK}saved-views/{pk}/{verb}/", {"name": "Stolen"}).status_code == 403
    with acting(max):
        QueueMember.objects.filter(member=in_queue).delete()
    for path in (DESK, f"{DESK}saved-views/"):
        assert "Night shift" not in text_of(client.get(path))
    assert f"saved-{pk}" not in counts(client), "not even in what was counted a moment ago"
    assert client.post(f"{DESK}saved-views/{pk}/delete/").status_code == 404


def test_a7_a_demoted_members_counts_and_rows_follow_at_once(ticket: Ticket, people: People) -> None:
    member = people("dispatcher")
    with acting(member) as by:
        saved_views.save("tickets", "News", "status=new", by=by)
        pk = SavedView.objects.get().pk
    client = sign_in(member)
    assert counts(client)[f"saved-{pk}"] == "1" and counts(client)["view-open"] == "1"
    with scope.tenant(member.tenant_id):
        member.role = Role.objects.get(code="sales")
        member.save()
    assert counts(client)[f"saved-{pk}"] == "" and counts(client)["view-open"] == ""
    assert shown(client, "?status=new") == set()


def test_a_view_opens_with_the_page_it_was_saved_from(browser: Client, ticket: Ticket, max: Membership) -> None:
    query = "status=new&cols=number%2Ctitle%2Cqueue"
    sent = {"list": "tickets", "view": "unassigned", "name": "Fresh", "query": query, "next": DESK, "audience": "all"}
    assert browser.post(f"{DESK}saved-views/save/", sent).status_code == 302
    page = browser.get(DESK)
    (view,) = page.context["list"].saved.views
    assert view[:2] == ("Fresh", f"{DESK}view/unassigned/?{query}")
    again = browser.get(view[1])
    assert [column.key for column in again.context["list"].columns] == ["number", "title", "queue"]
    assert again.context["list"].saved.views[0][2] and shown(browser, f"view/unassigned/?{query}") == {ticket.number}


def test_a8_a_kept_view_grants_nothing(browser: Client, ticket: Ticket, max: Membership) -> None:
    with acting(max) as by:
        for at, (view, query) in enumerate([("nowhere", ""), ("open", "tenant_id=1&sort=search_text&cols=x")]):
            saved_views.save("tickets", f"Odd {at}", query, view=view, by=by)
    assert counts(browser) and browser.get(DESK).status_code == 200
    for sent in ({"audience": "0x1"}, {"view": "../x"}, {"audience": "9" * 19}):
        browser.post(f"{DESK}saved-views/save/", {"list": "tickets", "name": "Bad", "query": "", **sent})
    browser.post(f"{DESK}saved-views/save/", {"list": "tickets", "name": "Bad", "query": "", "audience": "999"})
    with acting(max):
        assert not SavedView.objects.filter(name="Bad").exists()


# The standard views ---------------------------------------------------------------------------------------------------
def test_the_standard_views_are_the_specs(browser: Client, ticket: Ticket) -> None:
    codes = [tab.code for tab in browser.get(DESK).context["tabs"]]
    wanted = ["open", "mine", "queues", "unassigned", "overdue", "waiting", "outsourced", "insourced"]
    wanted += ["answer-needed", "decisions", "to-settle", "closed"]
    assert codes == [f"view-{code}" for code in wanted]
    for code in wanted:
        assert browser.get(f"{DESK}view/{code}/").status_code == 200, code
    assert set(counts(browser)) == {f"view-{code}" for code in wanted if code != "closed"}


def test_insourced_and_overdue_show_theirs(browser: Client, ticket: Ticket, max: Membership) -> None:
    with acting(max) as by:
        late = services.create(
            by=by, title="Late", company=ticket.company, queue=ticket.queue, due_at="2020-01-01T00:00Z"
        )
        ours = services.create(by=by, title="Theirs", company=ticket.company, queue=ticket.queue)
        Ticket.objects.filter(pk=ours.pk).update(source="insourced")
    assert shown(browser, "view/overdue/") == {late.number} == shown(browser, "?late=1")
    assert shown(browser, "view/insourced/") == {ours.number} == shown(browser, "?source=insourced")


# Unread, present ------------------------------------------------------------------------------------------------------
def test_a_ticket_changed_since_i_opened_it_is_unread(
    browser: Client, ticket: Ticket, max: Membership, ada: Membership
) -> None:
    def unread() -> set[int]:
        page = text_of(browser.get(DESK))
        assert shown(browser, "?unread=1") == {
            int(number) for number in re.findall(rf'is-unread" href="{DESK}(\d+)/"', page)
        }
        return shown(browser, "?unread=1")

    assert unread() == set(), "never opened, and not mine"
    browser.get(f"{DESK}{ticket.number}/")
    assert unread() == set()
    with acting(max) as by:
        services.assign(ticket, ada, by=by)
    assert unread() == {ticket.number}
    browser.get(f"{DESK}{ticket.number}/")
    assert unread() == set()
    assert shown(sign_in(ada), "?unread=1") == {ticket.number}, "given to her and never opened"


def test_opening_a_ticket_twice_writes_once(browser: Client, ticket: Ticket) -> None:
    for _time in range(2):
        browser.get(f"{DESK}{ticket.number}/")
    with CaptureQueriesContext(connection) as asked:
        browser.get(f"{DESK}{ticket.number}/")
    assert not [query["sql"] for query in asked if query["sql"].startswith(("INSERT", "UPDATE"))]
    with scope.tenant(ticket.tenant_id):
        assert Opened.objects.count() == 1


def test_the_assignees_presence_stands_at_the_row(
    browser: Client, ticket: Ticket, max: Membership, ada: Membership
) -> None:
    with acting(max) as by:
        services.assign(ticket, ada, by=by)
    assert "presence is-off" in text_of(browser.get(DESK))
    with scope.tenant(ada.tenant_id):
        presence.seen(ada)
    assert "presence is-here" in text_of(browser.get(DESK))


# What it costs, and what hostile addresses get ------------------------------------------------------------------------
def test_list_search_and_counts_stay_within_their_statements(
    browser: Client, ticket: Ticket, max: Membership, queue: Queue
) -> None:
    with acting(max) as by:
        QueueMember.objects.create(queue=queue, member=max)
        for at in range(3):
            for audience in (MINE, Audience(queue.pk), EVERYBODY):
                saved_views.save("tickets", f"View {at}", "status=new&q=vpn", by=by, audience=audience)
    found: list[list[int]] = []
    for _round in range(2):
        cache.clear()
        found.append(
            [
                statements(browser, DESK + path)
                for path in ("", "search/?q=vpn", "search/?q=zzzz", "counts/", "?unread=1")
            ]
        )
        with acting(max) as by:
            for at in range(30):
                made = services.create(by=by, title=f"VPN {at}", company=ticket.company, queue=ticket.queue)
                services.assign(made, max, by=by)
    full = found[1]
    grown = [after - before for before, after in zip(found[0], full, strict=True)]
    assert grown == [1, 1, 0, 0, 2], "the count once, and the partners' names where there was no row"
    assert sorted([full[0], full[1], full[4]])[-1] <= 12, full
    assert full[3] <= 26, full


def test_search_takes_8_statements_once_it_is_warm(ticket: Ticket, max: Membership, settings: Any) -> None:
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"  # as it is outside of tests
    client = sign_in(max)
    with acting(max) as by:
        for at in range(30):
            services.create(by=by, title=f"VPN {at}", company=ticket.company, queue=ticket.queue)
    for query in ("vpn", "zzzz"):
        client.get(f"{DESK}search/", {"q": query})
        with CaptureQueriesContext(connection) as asked:
            assert client.get(f"{DESK}search/", {"q": query}).status_code == 200
        assert len(asked) <= 8, [one["sql"][:80] for one in asked]


HOSTILE = [
    "?status[]=new&status__in=new", "?status=new'--&priority=1e9&queue=1%00", "?unread=2&late=true", "?number=9e9",
    "?number=" + "9" * 400, "?number=²", "?due_from=2026-99-99&due_to=%27", "?updated_from=9999-12-31",
    "?cols=tenant,search_text,company__note", "?sort=company__note", "?sort=-tenant_id", "?after=eyJ4IjoxfQ==",
    "?before=%FF%FE", "?page=99999999", "?size=100000", "?q=" + "(a%2B)%2B" * 60,
    "?outsourced_to=%27&outsource_status=x",
    "?checklist=open&checklist=x", "?customer=%25%27%3B&title=%00", "?source=insourced%27",
    "?type=999999999999999999999",
]  # fmt: skip


def test_a8_b11_hostile_addresses_are_as_if_they_said_nothing(browser: Client, ticket: Ticket) -> None:
    for path in ("", "view/mine/", "search/"):
        for query in HOSTILE:
            answer = browser.get(DESK + path + query)
            assert answer.status_code == 200, (path, query)
            listing = answer.context["list"]
            assert listing.size <= 100 and {column.key for column in listing.columns} >= {"number"}, query


def test_every_column_has_a_filter(browser: Client, ticket: Ticket) -> None:
    declared = browser.get(DESK).context["list"].list
    named = {"deadline": "due"}
    filters = {one.key for one in declared.filters}
    assert {named.get(column.key, column.key) for column in declared.columns} <= filters
    for key, value in {
        "number": ticket.number, "title": "VPN", "customer": "reederei", "status": Status.NEW, "checklist": "none",
        "updated_from": "2020-01-01", "created_from": "2020-01-01", "queue": ticket.queue_id,
    }.items():  # fmt: skip
        assert shown(browser, f"?{key}={value}") == {ticket.number}, key
    for key, value in {"number": 99, "title": "zzz", "checklist": "done", "created_to": "2020-01-01"}.items():
        assert shown(browser, f"?{key}={value}") == set(), key


def test_a3_a9_counts_and_views_tell_nothing_of_another_company(
    ticket: Ticket, sam: Membership, max: Membership
) -> None:
    with acting(max) as by:
        saved_views.save("tickets", "Whole house", "", by=by, audience=EVERYBODY)
        pk = SavedView.objects.get().pk
    client, desk = sign_in(sam), DESK.replace("nordlicht", "atlas")
    assert "Whole house" not in text_of(client.get(desk))
    assert all(not value for value in re.findall(r">([^<]*)</span>", text_of(client.get(f"{desk}counts/"))))
    assert client.post(f"{desk}saved-views/{pk}/delete/").status_code == 404
    assert client.get(f"{DESK}counts/").status_code == 404


def test_x1_a_views_name_is_text(browser: Client, ticket: Ticket, max: Membership) -> None:
    with acting(max) as by:
        saved_views.save("tickets", "<script>alert(1)</script>", "q=<svg onload=1>", by=by, audience=EVERYBODY)
    for path in ("", "saved-views/", "?q=<svg onload=1>"):
        page = text_of(browser.get(DESK + path))
        assert "<script>alert" not in page and "<svg onload" not in page
