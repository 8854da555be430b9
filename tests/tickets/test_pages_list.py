"""The list of tickets and a new one, as people see them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db.models import Q
from django.test import Client

from psa.directory.models import Company, Contact
from psa.tenancy import scope
from psa.tenancy.models import Membership
from tests.conftest import acting, sign_in
from tests.tickets.pages import DESK, form_of, internal_value, statements, text_of
from tickets import columns, services
from tickets.models import Note, Ticket


def many(number: int, ticket: Ticket, max: Membership) -> None:
    """So many tickets in all."""
    with acting(max) as by:
        for i in range(number - 1):
            made = services.create(by=by, title=f"Ticket {i}", company=ticket.company, queue=ticket.queue)
            services.assign(made, max, by=by)


def test_the_list_takes_12_statements_whatever_the_number_of_rows(
    browser: Client, ticket: Ticket, max: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    partner = columns.ExtraColumn(
        "partner",
        "Outsourced to",
        lambda ids, by: dict(Ticket.objects.filter(pk__in=ids).values_list("pk", "title")),
        choices=lambda by: [],
    )
    monkeypatch.setattr(columns, "_columns", {"partner": partner})
    many(5, ticket, max)
    few = statements(browser, DESK)
    many(46, ticket, max)
    assert statements(browser, DESK + "?size=50") <= 12
    assert few <= 12
    assert statements(browser, DESK + "?status=new&queue=1&q=ticket&sort=-number") <= 12


def test_the_list_shows_what_the_views_say(browser: Client, ticket: Ticket, max: Membership) -> None:
    with acting(max) as by:
        closed = services.close(
            services.accept(
                services.create(by=by, title="Long done", company=ticket.company, queue=ticket.queue), by=by
            ),
            "x",
            by=by,
        )
        mine = services.accept(
            services.create(by=by, title="On my desk", company=ticket.company, queue=ticket.queue), by=by
        )
    seen = {
        "": {ticket, mine},
        "view/mine/": {mine},
        "view/unassigned/": {ticket},
        "view/waiting/": set(),
        "view/closed/": {closed},
        "view/queues/": set(),
        "search/?q=long": {closed},
    }
    for path, rows in seen.items():
        page = text_of(browser.get(DESK + path))
        assert {one.number for one in rows} == {
            int(number) for number in re.findall(rf'class="row-link(?: is-unread)?" href="{DESK}(\d+)/"', page)
        }, path


@pytest.mark.parametrize("words", ["vpn", "VPN morning", "REEDEREI", "hänsen", "1", "#1"])
def test_search_forgives(browser: Client, ticket: Ticket, words: str) -> None:
    assert "VPN drops every morning" in text_of(browser.get(DESK, {"q": words}))


def test_a_number_in_the_search_box_opens_the_ticket(browser: Client, ticket: Ticket) -> None:
    assert browser.get(f"{DESK}search/", {"q": f"#{ticket.number}"}).url == f"{DESK}{ticket.number}/"


@pytest.mark.parametrize(
    "query",
    ["?queue=999&assignee=x'--&sort=search_text&cols=tenant_id&after=%00&status=open%27", "?q=%25%00", "?view=x"],
)
def test_a8_only_declared_parameters_are_read(browser: Client, ticket: Ticket, query: str) -> None:
    assert browser.get(DESK + query).status_code == 200


def test_the_list_can_be_taken_along_by_those_who_may(browser: Client, ticket: Ticket, people: Any) -> None:
    lines = b"".join(browser.get(f"{DESK}?format=csv").streaming_content).decode()
    assert "VPN drops every morning" in lines
    assert sign_in(people("read-only")).get(f"{DESK}?format=csv").status_code == 403


def test_the_counts_come_as_a_fragment(browser: Client, ticket: Ticket) -> None:
    assert '<span class="count" id="view-open" hx-swap-oob="true">1</span>' in text_of(browser.get(f"{DESK}counts/"))


def test_filters_of_the_apps_above_narrow_the_list(
    browser: Client, ticket: Ticket, max: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    with acting(max) as by:
        services.create(by=by, title="Other one", company=ticket.company, queue=ticket.queue)
    extra = columns.ExtraColumn(
        "partner",
        "Outsourced to",
        lambda ids, by: {ids[0]: "Baltic"},
        lambda value: Q(title__startswith=value),
        lambda by: [("VPN", "VPN")],
    )
    monkeypatch.setattr(columns, "_columns", {"partner": extra})
    page = text_of(browser.get(f"{DESK}?partner=VPN"))
    assert "VPN drops" in page and "Other one" not in page and "Baltic" in page


# A new ticket ---------------------------------------------------------------------------------------------------------
def test_a_ticket_is_written_down_without_scripts(
    browser: Client, ticket: Ticket, cleo: Contact, company: Company
) -> None:
    """Two steps: the customer first, then the contact is the customer's own."""
    form = form_of(browser.get(f"{DESK}new/"), "")
    form |= {"title": "Printer on fire", "company": str(company.pk), "description": "Line one\r\nLine two"}
    again = browser.post(f"{DESK}new/", {**form, "again": "1"})
    assert "Cleo Hansen" in text_of(again)
    kept = form_of(again, "")
    assert kept["title"] == "Printer on fire"
    answer = browser.post(
        f"{DESK}new/", {**kept, "contact": str(cleo.pk), "planned_minutes": "1,5 h", "due_at": "2030-01-02T09:30"}
    )
    with scope.tenant(company.tenant_id):
        made = Ticket.objects.latest("pk")
        assert answer.url == f"{DESK}{made.number}/"
        assert (made.title, made.contact, made.planned_minutes, made.description) == (
            "Printer on fire",
            cleo,
            90,
            "Line one\nLine two",
        )
        assert made.due_at.isoformat() == "2030-01-02T08:30:00+00:00"
        assert made.next_deadline == made.due_at


def test_what_was_typed_stays_when_something_is_missing(browser: Client, ticket: Ticket) -> None:
    answer = browser.post(f"{DESK}new/", {"title": "", "description": "Long story", "planned_minutes": "soon"})
    assert answer.status_code == 422
    assert "Long story" in text_of(answer) and "soon" in text_of(answer)


def test_a10_a_form_takes_only_what_it_names(browser: Client, ticket: Ticket, sam: Membership, max: Membership) -> None:
    form = form_of(browser.get(f"{DESK}new/"), "") | {"title": "Plain", "company": str(ticket.company_id)}
    extra = {
        "tenant": sam.tenant_id, "tenant_id": sam.tenant_id, "number": 7, "status": "closed", "created_by": sam.pk,
        "assignee": sam.pk,
        "is_open": "", "created_at": "2001-01-01", "source": "insourced", "version": 9, "id": ticket.pk,
        "pk": ticket.pk,
    }  # fmt: skip
    browser.post(f"{DESK}new/", form | {name: str(value) for name, value in extra.items() if name != "source"})
    with scope.tenant(ticket.tenant_id):
        made = Ticket.objects.latest("pk")
        assert (made.tenant_id, made.status, made.assignee_id, made.created_by_id) == (
            max.tenant_id,
            "new",
            None,
            max.pk,
        )
        assert made.pk != ticket.pk and made.number == 2 and made.created_at.year > 2001 and made.version == 1
    assert browser.post(f"{DESK}new/", form | {"source": "insourced"}).status_code == 422

    note = {"reader": internal_value(ticket, max), "text": "Plain", "kind_of": "note"}
    browser.post(
        f"{DESK}1/notes/add/",
        note
        | {
            "tenant": str(sam.tenant_id),
            "author": str(sam.pk),
            "author_name": "Sam",
            "received_at": "2001-01-01",
            "removed_at": "2001-01-01",
            "key": "x",
            "made_at": "2001-01-01",
            "handover": "x",
            "audience": "customer",
        },
    )
    with scope.tenant(ticket.tenant_id):
        made_note = Note.objects.get()
        assert (made_note.author_id, made_note.author_name, made_note.audience, made_note.received_at) == (
            max.pk,
            "Max Petersen",
            "internal",
            None,
        )
        assert made_note.made_at.year > 2001
