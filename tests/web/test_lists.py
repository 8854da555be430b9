"""The list engine: what is declared is read, everything else is as if it were not there."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.http import QueryDict
from django.test import RequestFactory
from django.utils import timezone

from psa.directory.models import Company
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.web import lists
from tests.conftest import acting, sign_in
from tests.web.pages import COMPANIES, CompanyRow


def listing(actor, query="", **extra):
    request = RequestFactory().get("/nordlicht/companies/" + (f"?{query}" if query else ""), **extra)
    request.actor = actor
    return COMPANIES.open(request, Company.objects.all())


def names(found):
    return [row.name for row in found.rows]


@pytest.fixture
def book(inside, max):
    """Sixty customers and two vendors, names not unique."""
    Company.objects.bulk_create(
        [Company(name=f"Kunde {i % 30:02}", number=str(i), email=f"k{i}@kunde.example") for i in range(60)]
        + [Company(name=f"Vendor {i}", kind="vendor") for i in range(2)]
    )
    with acting(max) as actor:
        yield actor


def encoded(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


HOSTILE = [
    "sort=tenant__name",
    "sort=-tenant_id",
    "sort=password",
    "sort=name;drop table",
    "sort=__class__",
    "sort=?",
    "sort=-",
    "sort=--name",
    "tenant=2",
    "tenant_id=2",
    "tenant__slug=baltic",
    "id__gt=0",
    "pk__in=1,2",
    "name__icontains=Vendor",
    "name__regex=(a%2B)%2B$",
    "kind__in=vendor",
    "user__password__startswith=pbkdf2",
    "order_by=note",
    "filter=" + encoded({"tenant_id": 2}),
    "q=" + encoded({"filtering": {"tenant__slug": "baltic"}, "sorting": "note"}) + "&q=",
    "kind=partner",
    "kind=customer'%20OR%201=1",
    "kind[]=vendor",
    "numbered=yes",
    "numbered=true",
    "created_from=0001-01-01",
    "created_from=9999-12-31&created_to=9999-12-31",
    "created_to=2025-13-40",
    "created_from=20250101",
    "created=2025-01-01",
    "page=99999999",
    "page=-1",
    "size=100000000",
    "size=-5",
    "size=25.0",
    "limit=5000",
    "offset=999999",
    "cols=tenant,note,email",
    "cols=__dict__",
    "cols=" + "note," * 5000,
    "columns=note",
    "format=json",
    "fields=note",
    "export=1",
    "after=",
    "after=%00",
    "after=AAAA",
    "after=" + "A" * 5000,
    "after=" + "%5B" * 400,
    "after=" + encoded({"name": 1}),
    "after=" + encoded(["name"]),
    "after=" + encoded(["name", 0, {"a": 1}, 1]),
    "after=" + encoded(["name", 0, ["x"], 1]),
    "after=" + encoded(["name", 0, None, 1]),
    "after=" + encoded(["name", 0, "Kunde 00", "1 OR 1=1"]),
    "after=" + encoded(["name", 0, "Kunde 00", True]),
    "after=" + encoded(["name", 0, "Kunde 00", 10**40]),
    "after=" + encoded(["name", 0, "Kunde 00", 1.5]),
    "after=" + encoded(["name", 0, "\0", 1]),
    "after=" + encoded(["name", 1, "Kunde 00", 1]),
    "after=" + encoded(["name", False, "Kunde 00", 1]),
    "after=" + encoded(["number", 0, "1", 1]),
    "after=" + encoded(["tenant_id", 0, 1, 1]),
    "after=" + base64.b64encode(b"[" * 300).decode(),
    "before=" + encoded(["name", 0, "", 0]),
    "before=" + encoded(["made", 1, "not a date", 1]),
]


@pytest.mark.parametrize("query", HOSTILE, ids=lambda query: query[:40])
def test_a8_what_is_not_on_the_list_is_as_if_it_were_not_there(book, query):
    plain, asked = listing(book), listing(book, query)
    assert names(asked) == names(plain)
    assert asked.count == plain.count
    assert str(asked.body) == str(plain.body)
    assert asked.url() == plain.url()


@pytest.mark.parametrize("query", ["q=%00%00", "email=%00", "q=%ED%A0%80", "q=" + "ä" * 5000, "email=%25_%25"])
def test_a8_odd_words_are_searched_and_break_nothing(book, query):
    found = listing(book, query)
    assert len(found.rows) <= lists.PAGE
    assert len(found.q) <= 200


def test_a8_a_moment_that_is_none_begins_at_the_first_page(book):
    bad = listing(book, "sort=made&after=" + encoded(["made", 0, "2025-01-01T00:00:00", 1]))
    assert names(bad) == names(listing(book, "sort=made"))


@pytest.mark.parametrize("sort", ["", "sort=-name", "sort=number", "sort=-made", "sort=made", "sort=seen"])
def test_pages_meet_without_gap_or_double_forwards_and_backwards(book, sort):
    found = listing(book, sort)
    seen, pages = [row.id for row in found.rows], [[row.id for row in found.rows]]
    while found.next_url:
        found = listing(book, found.next_url.partition("?")[2])
        pages.append([row.id for row in found.rows])
        seen += pages[-1]
    assert len(seen) == len(set(seen)) == 62
    assert [len(page) for page in pages] == [25, 25, 12]
    for page in reversed(pages[:-1]):
        found = listing(book, found.previous_url.partition("?")[2])
        assert [row.id for row in found.rows] == page
    assert found.previous_url == "" or listing(book, found.previous_url.partition("?")[2]).rows


def test_a_page_whose_rows_are_gone_is_the_first(book):
    found = listing(book)
    after = found.next_url.partition("?")[2]
    Company.objects.exclude(pk__in=[row.id for row in found.rows]).delete()
    assert names(listing(book, after)) == names(found)


def test_filters_narrow_and_say_so(book):
    found = listing(book, "kind=vendor&q=vendor")
    assert names(found) == ["Vendor 0", "Vendor 1"]
    assert [chip.text for chip in found.chips] == ["“vendor”", "Kind: Vendor"]
    assert found.chips[0].url == "/nordlicht/companies/?kind=vendor"
    assert listing(book, "numbered=1").count == 60
    assert listing(book, "email=k7@kunde").count == 1
    day = timezone.localdate()
    assert listing(book, f"created_from={day}&created_to={day}").count == 62
    assert listing(book, f"created_to={day - timedelta(days=1)}").count == 0


def test_the_address_keeps_what_is_known_and_drops_the_rest(book):
    found = listing(book, "utm_source=x&sort=-number&kind=vendor&kind=nonsense&size=50&cols=number,nonsense,name&q=a")
    assert found.url() == "/nordlicht/companies/?q=a&kind=vendor&sort=-number&cols=number%2Cname&size=50"
    assert [column.key for column in found.columns] == ["number", "name"]


def test_a_count_stops_at_ninety_nine(book):
    assert listing(book).count_text == "62 entries"
    Company.objects.bulk_create([Company(name=f"Mehr {i}") for i in range(60)])
    assert listing(book).count_text == "more than 99 entries"


def test_a_column_that_needs_a_right_is_hidden_even_when_asked_for(book, ada):
    assert "CANARY-RATE" in str(listing(book).body)
    with acting(ada) as actor:
        found = listing(actor, "cols=secret,name")
        assert "CANARY-RATE" not in str(found.body)
        assert [column.key for column in found.columns] == ["name"]


def test_a_list_costs_two_statements_whatever_its_length(book, django_assert_num_queries):
    with django_assert_num_queries(2):
        found = listing(book)
        _ = found.body, found.head, found.count_text, found.tools, found.next_url
    with django_assert_num_queries(1):
        found = listing(book, "kind=vendor")
        _ = found.body, found.count_text


def test_x1_cells_are_text_unless_they_are_ready_markup(book):
    Company.objects.create(name="A <script>alert(1)</script>", number='"><img src=x onerror=alert(1)>')
    body = str(listing(book, "q=alert").body)
    assert "<script" not in body
    assert "<img" not in body
    assert "&lt;script&gt;" in body
    assert 'class="badge tone-blue"' in body


def test_rows_are_plain_values():
    assert CompanyRow.__slots__ == ("id", "name", "kind", "number", "created_at")


def test_a_filter_may_not_take_the_engines_own_words():
    with pytest.raises(ValueError, match="sort"):
        lists.List(
            "x",
            row=CompanyRow,
            fields=(),
            columns=(),
            sorts=COMPANIES.sorts,
            filters=(lists.Text("sort", "Sort", "name"),),
        )


def test_a_column_may_not_sort_by_what_is_no_sort():
    with pytest.raises(ValueError, match="nothing"):
        lists.List(
            "x",
            row=CompanyRow,
            fields=(),
            columns=(lists.Column("name", "Name", str, sort="nothing"),),
            sorts=COMPANIES.sorts,
        )


def test_htmx_gets_the_list_alone_and_its_canonical_address(book, max):
    client = sign_in(max)
    whole = client.get("/nordlicht/companies/?junk=1&kind=vendor").content.decode()
    assert "<!DOCTYPE html>" in whole
    part = client.get(
        "/nordlicht/companies/?junk=1&kind=vendor", headers={"HX-Request": "true", "HX-Target": "div#list"}
    )
    assert part.content.decode().lstrip().startswith('<div class="list" id="list">')
    assert part["HX-Push-Url"] == "/nordlicht/companies/?kind=vendor"
    inner = re.search(r"<tbody.*?</tbody>", whole, re.S)
    assert inner and inner[0] in part.content.decode()


def test_strangers_get_nothing(book, sam):
    assert sign_in(sam).get("/nordlicht/companies/").status_code == 404


def test_a_list_without_rows_says_so(nordlicht, max):
    text = sign_in(max).get("/nordlicht/companies/").content.decode()
    assert 'class="empty"' in text


def test_the_actor_may_be_a_system(inside):
    request = RequestFactory().get("/x/")
    request.actor = Actor.system("test")
    assert COMPANIES.open(request, Company.objects.none()).rows == []


def test_reading_an_address_never_asks_the_database(nordlicht, max, django_assert_num_queries):
    with scope.tenant(nordlicht), acting(max) as actor, django_assert_num_queries(0):
        request = RequestFactory().get("/x/")
        request.actor, request.GET = actor, QueryDict("&".join(HOSTILE))
        COMPANIES.open(request, Company.objects.all()).url()


def test_what_stands_beneath_a_column_is_its_second_line_and_a_sheet_s_own_column(book):
    beneath = tuple(replace(one, beneath="name") if one.key == "number" else one for one in COMPANIES.columns)
    asked = RequestFactory().get("/nordlicht/companies/?cols=name,number&kind=customer")
    asked.actor = book
    found = replace(COMPANIES, columns=beneath).open(asked, Company.objects.all())
    assert 'Kunde 00</a> <span class="under tiny muted">' in found.body
    assert found.head.count("<th") == 1
    assert len(next(found.cells(found.rows, plain=True))) == 2
