"""How often one person may search, take sheets away and send files; and that nothing typed takes the server down."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from psa.batches.models import Batch
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership
from psa.web import throttle
from tests.conftest import acting, sign_in
from tests.pictures import PNG
from tests.tickets.conftest import internal
from tests.tickets.pages import DESK, form_of, sign_in_english, text_of
from tickets import kinds, services
from tickets.models import Attachment, StoredFile, Ticket
from tickets.templatetags.written import written
from tickets.views import lists as ticket_lists


@pytest.fixture(autouse=True)
def _begins_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty seconds into a minute, so that no test crosses from one to the next."""
    monkeypatch.setattr(throttle, "now", lambda: 1_800_000_030.5)


@pytest.fixture
def browser(max: Membership) -> Client:
    return sign_in_english(max)


SEARCHES = [
    f"{DESK}?q=vpn", f"{DESK}search/?q=vpn&sort=number", f"{DESK}view/mine/?q=vpn", f"{DESK}board/?q=vpn",
    f"{DESK}week/?q=vpn", "/nordlicht/palette/?q=vpn", f"{DESK}new/customers/?q=v", f"{DESK}texts/find/note/?q=v",
    f"{DESK}1/links/find/?q=v", f"{DESK}1/people/?q=v", "/nordlicht/companies/?q=v",
]  # fmt: skip


@pytest.mark.parametrize("path", SEARCHES)
def test_b11_searching_too_often_is_refused_and_says_when_to_try_again(
    browser: Client, ticket: Ticket, settings: Any, path: str
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "search": "2/m"}
    assert [browser.get(path).status_code for _ in range(2)] == [200, 200]
    answer = browser.get(path)
    assert (answer.status_code, answer["Retry-After"]) == (429, "30")
    assert "Try again in 30 seconds." in text_of(answer) and ticket.title not in text_of(answer)
    for other in SEARCHES:
        assert browser.get(other).status_code == 429, "all searches count together"
    assert browser.get(DESK).status_code == browser.get(f"{DESK}1/").status_code == 200, "looking is no searching"


def test_b11_in_the_readers_language_and_as_a_toast(max: Membership, settings: Any, ticket: Ticket) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "search": "1/m"}
    german = sign_in(max)
    german.get(f"{DESK}?q=x")
    assert "in 30 Sekunden" in text_of(german.get(f"{DESK}?q=x"))
    toast = german.get(f"{DESK}?q=x", headers={"HX-Request": "true"})
    assert toast.status_code == 429 and toast["HX-Retarget"] == "#toasts" and "<html" not in text_of(toast)


def test_b11_it_is_over_when_it_said(
    browser: Client, ticket: Ticket, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "search": "1/m"}
    assert [browser.get(f"{DESK}?q=x").status_code for _ in range(2)] == [200, 429]
    monkeypatch.setattr(throttle, "now", lambda: 1_800_000_060.5)
    assert browser.get(f"{DESK}?q=x").status_code == 200


def test_b11_nobody_is_stopped_for_somebody_else(
    browser: Client, ticket: Ticket, settings: Any, ada: Membership, sam: Membership
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "search": "1/m"}
    assert [browser.get(f"{DESK}?q=x").status_code for _ in range(2)] == [200, 429]
    assert sign_in(ada).get(f"{DESK}?q=x").status_code == 200
    assert sign_in(sam).get("/atlas/tickets/?q=x").status_code == 200


def test_b11_counting_takes_no_statement_and_no_limit_none(max: Membership, settings: Any) -> None:
    request: Any = RequestFactory().get("/")
    with acting(max) as by:
        request.actor = by
        with CaptureQueriesContext(connection) as asked:
            throttle.spend("search", request)
        settings.RATE_LIMITS = {"search": "0/m"}
        cache.clear()
        for _ in range(20):
            throttle.spend("search", request)
        assert not asked.captured_queries
    request.actor = Actor("x", "system", "Tandem")  # type: ignore[arg-type]  # nobody of a company
    settings.RATE_LIMITS = {"search": "1/m"}
    throttle.spend("search", request)
    throttle.spend("search", request)


def test_b11_the_usual_day_reaches_no_limit(settings: Any) -> None:
    assert throttle.limit_of("search") >= (300, 60)
    assert throttle.limit_of("export")[0] >= 100 and throttle.limit_of("upload")[0] >= 500


def test_b11_sheets_and_papers_count_together(browser: Client, ticket: Ticket, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "export": "3/h"}
    assert browser.get(f"{DESK}?format=csv").status_code == 200
    assert browser.get("/nordlicht/companies/?format=csv").status_code == 200
    assert browser.get(f"{DESK}1/paper/pdf/").status_code == 200
    for path in (f"{DESK}?format=csv", "/nordlicht/companies/?format=csv", f"{DESK}1/paper/pdf/"):
        answer = browser.get(path)
        assert answer.status_code == 429 and "Try again in 60 minutes." in text_of(answer)
        assert "text/csv" not in answer["Content-Type"]
    assert browser.get(f"{DESK}1/paper/").status_code == 200


def test_b11_a_large_sheet_counts_before_it_begins(
    browser: Client, ticket: Ticket, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "export": "1/h"}
    assert ticket_lists.BIG == kinds.BIG
    monkeypatch.setattr(ticket_lists, "BIG", 0)
    assert [browser.get(f"{DESK}?format=csv").status_code for _ in range(2)] == [302, 429]
    with scope.tenant(ticket.tenant_id):
        assert Batch.objects.count() == 1


def test_b11_files_are_counted_one_by_one_and_the_text_stays(
    browser: Client, ticket: Ticket, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "upload": "2/h"}
    fields = form_of(browser.get(f"{DESK}1/"), "/notes/add/")
    sent = [SimpleUploadedFile(f"{n}.png", PNG) for n in range(3)]
    answer = browser.post(f"{DESK}1/notes/add/", {**fields, "text": "Typed with care.", "upload": sent})
    assert answer.status_code == 429
    assert "Typed with care." in text_of(answer) and "Try again in 60 minutes." in text_of(answer)
    with scope.tenant(ticket.tenant_id):
        assert not Attachment.objects.exists() and not StoredFile.objects.exists()
    assert not list(tmp_path.rglob("*"))
    assert browser.post(f"{DESK}1/notes/add/", {**fields, "text": "Only words."}).status_code == 302


# What is asked for in the address -------------------------------------------------------------------------------------
FAR = "99999999"
HUGE = "9" * 5_000
DEEP = "[" * 40_000
BOMB = "a" * 20_000 + "!"
ASKED = [
    f"page={FAR}", f"page={HUGE}", "page=-1", f"size={FAR}", f"size={HUGE}", "size=0", f"after={DEEP}",
    f"after={HUGE}", f"before={HUGE}", f"cols={'number,' * 3_000}", f"sort={BOMB}", f"q={BOMB}", f"q={'%25' * 200}",
    "q=" + "%22" * 300, f"status={'x,' * 5_000}", f"created_from={HUGE}", f"since={HUGE}", f"view={BOMB}",
    "&".join(f"status=x{n}" for n in range(900)),
]  # fmt: skip
PAGES = ["", "search/", "board/", "week/", "view/mine/", "1/", "time/", "time/entries/", "texts/", "drafts/", "1/news/"]


@pytest.mark.parametrize("asked", ASKED, ids=[one[:24] for one in ASKED])
def test_b11_nothing_asked_for_in_an_address_costs_more_than_a_page(
    browser: Client, ticket: Ticket, asked: str
) -> None:
    for page in PAGES:
        begun = time.process_time()
        answer = browser.get(f"{DESK}{page}?{asked}")
        assert answer.status_code in {200, 204, 302, 400}, page
        assert time.process_time() - begun < 5, page


@pytest.mark.parametrize("size", ["100000", FAR, "26"])
def test_b11_a_page_of_a_list_has_a_hundred_rows_at_most(
    browser: Client, ticket: Ticket, max: Membership, size: str
) -> None:
    with acting(max) as by:
        for n in range(30):
            services.create(by=by, title=f"Ticket {n}", company=ticket.company, queue=ticket.queue)
    assert text_of(browser.get(f"{DESK}?size={size}")).count('<tr role="row" id="row-') == 25


def test_b11_a_form_of_too_many_fields_is_not_read(browser: Client, ticket: Ticket) -> None:
    browser.raise_request_exception = False
    answer = browser.post(f"{DESK}1/notes/add/", {f"field{n}": "x" for n in range(1_200)})
    assert answer.status_code == 400
    answer = browser.post(f"{DESK}1/notes/add/", {"text": "x" * (3 * 1024 * 1024)}, headers={})
    assert answer.status_code in {400, 413, 422}


BOMBS = [
    "http://" + "a." * 20_000, "https://" * 6_000, "https://a" + ")" * 40_000, "\n \n" * 15_000, "@" * 40_000,
    "@Ada " * 8_000, "{{" * 20_000, "[[" * 20_000, "[[a" * 13_000, "<" * 40_000, "&" * 40_000, " " * 45_000 + "x",
]  # fmt: skip


@pytest.mark.parametrize("text", BOMBS, ids=[one[:8].strip() or "blank" for one in BOMBS])
def test_b11_no_text_takes_long_to_read_or_show(browser: Client, ticket: Ticket, max: Membership, text: str) -> None:
    with acting(max):
        reader = internal(ticket).value
    begun = time.process_time()
    written(text)
    assert time.process_time() - begun < 2
    begun = time.process_time()
    answer = browser.post(f"{DESK}1/notes/add/", {"reader": reader, "text": f"x{text}", "kind_of": "note"})
    assert answer.status_code in {302, 422}
    assert browser.get(f"{DESK}1/").status_code == 200
    assert time.process_time() - begun < 10


@pytest.mark.parametrize(
    "typed", ["1" * 50_000, "1:" * 20_000, "1," * 20_000, "9h " * 10_000, "½" * 10_000, "٣" * 9_999]
)
def test_b11_no_number_takes_long_to_read(browser: Client, ticket: Ticket, typed: str) -> None:
    begun = time.process_time()
    sent = {"minutes": typed, "worked_on": typed, "text": "x", "reader": "internal::Nordlicht IT"}
    assert browser.post(f"{DESK}1/time/add/", sent).status_code == 422
    assert (
        browser.post(f"{DESK}1/charges/add/", {"name": "x", "quantity": typed, "unit_price": typed}).status_code == 422
    )
    assert time.process_time() - begun < 10
