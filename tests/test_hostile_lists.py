"""Every list there is: hostile parameters (A8) and sheets that are opened in a spreadsheet (B9).

The lists are found by walking tests/access_table.py: whatever page has one takes part by default.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from psa.directory.models import Company, Contact
from psa.imports.models import Import
from psa.mail.models import OutgoingMail
from psa.tenancy import scope
from psa.tenancy.models import Membership, Tenant
from psa.web.sheets import plain_cell
from tests.access_stage import World, a_desk, with_a_partner
from tests.conftest import sign_in
from tests.test_access import address, lines
from tickets.models import Note, Ticket, TimeEntry

FORMULAS = ("=HYPERLINK(1)", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1+1")
# A number stays a number in a sheet, below nothing too: a quantity that went out, a credit.
NUMBER = re.compile(r"-?\d+([.,]\d+)?")
# What was asked of django-helpdesk and its like: a path to another table, its lookups, a query of one's own.
PATHS_OUT = (
    "assignee__user__password", "assignee__user__password__startswith", "-created_by__user__password",
    "tenant__id", "tenant_id", "company__note", "user__is_superuser", "pk__in", "?", "__class__", "password desc--",
    "title);DROP TABLE tickets_ticket;--", "RANDOM()", "id,(SELECT 1)", "0x1", "\x00",
)  # fmt: skip
NEVER_ASKED = ("password", "is_superuser", "DROP TABLE", "SELECT 1)", "RANDOM", "company__note", '"note"')
ORDERING = ("sort", "order", "order_by", "o", "sorting", "group", "group_by", "groupby", "cols", "columns", "fields",
            "values", "annotate", "select", "distinct")  # fmt: skip
SEARCHING = ("q", "search", "filter", "filters", "where", "search_fields")
QUERY = {
    "filtering": {"assigned_to__user__password__startswith": "p", "tenant_id": 2},
    "filtering_null": {"tenant__isnull": True},
    "sorting": "assignee__user__password",
    "sortreverse": True,
    "keyword": "x",
    "search_string": "%",
}


def encoded() -> list[str]:
    """The same query as JSON, in base64 and twice in base64, as a pickle, and broken."""
    text = json.dumps(QUERY).encode()
    once = base64.b64encode(text)
    made = [text, once, base64.urlsafe_b64encode(text), base64.b64encode(once), once[:-3], b"gASVCgAAAAAAAACMBm9z"]
    return [one.decode() for one in made]


def hostile(filters: list[str]) -> Iterator[str]:
    """Query strings: every way to order, group and search by what is no column of the list, encoded ones too."""
    for value in PATHS_OUT:
        yield urlencode(dict.fromkeys(ORDERING, value))
    lookups = ("assignee__user__password__startswith", "tenant", "tenant_id", "company__tenant", "pk__gt", "id__in")
    yield urlencode({f"{sign}{name}{end}": "1" for name in lookups for sign in ("", "-") for end in ("", "__exact")})
    for value in encoded():
        yield urlencode(dict.fromkeys(("query", "saved_query", "view", "after", "before", *SEARCHING[2:]), value))
    for value in ("assignee__user__password", "' OR 1=1 --", json.dumps({"$ne": None}), "9" * 40, "\x00", "[]"):
        yield urlencode({f"{name}{end}": value for name in filters for end in ("", "__in", "[]")})
    yield urlencode({"page": "99999999", "size": "-1", "per_page": "1e9", "after": "{}", "before": "e30="})


@pytest.fixture
def nord(max: Membership, baltic: Tenant) -> World:
    """A desk with something of everything and a partner."""
    return with_a_partner(a_desk(max, "Nord", 6), baltic)


@pytest.fixture
def browser(nord: World) -> Client:
    return sign_in(nord.max)


def lists_of(nord: World, browser: Client) -> dict[str, tuple[str, Any]]:
    """Every address whose page is, or has, a list: its name, the address, and the list."""
    found = {}
    for title, name, path in lines():
        if path.administrator == 200 and title not in {"web:palette"}:
            url = address(name, path, nord)
            answer = browser.get(url)
            listing = answer.context.get("list") if answer.context else None
            if listing is not None and hasattr(listing, "filtered"):
                found[name] = (url, listing)
    return found


def asking(browser: Client, url: str) -> tuple[Any, Counter[str]]:
    """The answer, and how often its statements name what a list never asks for (one's own row has a password)."""
    with CaptureQueriesContext(connection) as asked:
        answer = browser.get(url)
    sql = " ".join(one["sql"] for one in asked)
    return answer, Counter({word: sql.count(word) for word in NEVER_ASKED})


def rows_of(answer: Any, tenant: int) -> list[Any]:
    with scope.tenant(tenant):
        return [row.id for row in answer.context["list"].rows]


def test_a8_what_is_no_column_of_a_list_never_reaches_the_database(nord: World, browser: Client) -> None:
    """The same rows by statements that name nothing of it, on every list; a filter's own value may find nothing."""
    found = lists_of(nord, browser)
    assert {"tickets:list", "directory:list", "mail:outbox", "members:people", "members:audit", "batches:list",
            "tickets:time_entries", "outsourcing:dashboard", "accounts:sign_ins"} <= set(found)  # fmt: skip
    wrong = []
    for name, (url, listing) in found.items():
        plain, usual = asking(browser, url)
        expected = rows_of(plain, nord.tenant)
        filters = [one.key for one in listing.list.filters]
        for query in hostile(filters):
            answer, named = asking(browser, f"{url}?{query}")
            if answer.status_code not in {200, 400}:
                wrong.append(f"{name}?{query}: {answer.status_code}")
                continue
            if {one.partition("=")[0] for one in query.split("&")} & {*filters, "q"}:
                continue
            if not named <= usual:
                wrong.append(f"{name}?{query}: it reached the database")
            if answer.status_code == 200 and rows_of(answer, nord.tenant) != expected:
                wrong.append(f"{name}?{query}: other rows")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", ["board/", "board/mine/", "week/", "week/mine/"])
def test_a8_boards_are_grouped_by_what_they_offer_and_nothing_else(browser: Client, nord: World, path: str) -> None:
    url = f"/nordlicht/tickets/{path}"
    _plain, usual = asking(browser, url)
    for query in hostile(["group", "by", "day", "lane"]):
        answer, named = asking(browser, f"{url}?{query}")
        assert answer.status_code in {200, 400} and named <= usual, query


def test_a8_a_saved_view_keeps_only_what_its_list_declares(browser: Client, nord: World) -> None:
    """django-helpdesk's saved queries: what was kept in one is read back as an address, with an address's rights."""
    for query in (*encoded(), urlencode({"sort": PATHS_OUT[0], "assignee__user__password__startswith": "p"})):
        made = browser.post("/nordlicht/tickets/saved-views/save/", {"name": "Kept", "query": query, "list": "tickets"})
        assert made.status_code in {302, 404}
        with scope.tenant(nord.tenant):
            kept = nord.view
            type(kept).objects.filter(pk=kept.pk).update(query=query[:500])
        with CaptureQueriesContext(connection) as asked:
            assert browser.get("/nordlicht/tickets/").status_code == 200
            assert browser.get("/nordlicht/tickets/counts/").status_code == 200
            assert browser.get(f"/nordlicht/tickets/?{query}").status_code in {200, 400}
        sql = [one["sql"] for one in asked if "saved" not in one["sql"]]
        assert not [one for one in sql if "__startswith" in one or '"password" LIKE' in one]


# B9 -------------------------------------------------------------------------------------------------------------------
def test_b9_no_sheet_of_any_list_holds_a_formula(nord: World, browser: Client) -> None:
    """Every list as CSV, whatever people typed into what it shows; read back, each cell is what was typed."""
    held, found = 0, lists_of(nord, browser)
    for formula in FORMULAS:
        with scope.tenant(nord.tenant):
            Ticket.objects.update(title=formula)
            Company.objects.update(name=formula, number=formula[:20], phone=formula)
            Contact.objects.update(name=formula)
            TimeEntry.objects.update(text=formula)
            Note.objects.update(text=formula)
            OutgoingMail.objects.update(subject=formula, to_name=formula)
            Import.objects.update(name=formula)
            Membership.objects.filter(pk=nord.colleague.pk).update(name=formula)
        for name, (url, _listing) in found.items():
            answer = browser.get(f"{url}?format=csv")
            if not answer.get("Content-Type", "").startswith("text/csv"):
                continue
            text = b"".join(answer.streaming_content).decode("utf-8-sig")
            separator = ";" if ";" in text.partition("\r\n")[0] else ","
            for line in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
                for cell in line:
                    if NUMBER.fullmatch(cell):
                        continue
                    assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "＝")), (name, cell)
                    if plain_cell(cell) == formula:
                        held += 1
    assert held >= 3 * len(FORMULAS), "and they were in the sheets"
