"""A session nobody sits in front of ends (hostile test B6), and nothing that was typed ends with it."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from psa.accounts import idle, services
from psa.accounts.models import SignIn
from psa.tenancy import scope
from psa.tenancy import services as tenants
from psa.tenancy.models import Membership, Tenant
from tests.accounts.conftest import PASSWORD, enter, with_password
from tests.conftest import acting
from tickets.models import Note

TICKETS = "/nordlicht/tickets/"
POLL = {"HTTP_X_UNATTENDED": "1", "HTTP_HX_REQUEST": "true"}


class Clock:
    """The time, which goes on by minutes."""

    def __init__(self, traveller: Any) -> None:
        self.shift = traveller.shift

    def wait(self, minutes: float) -> None:
        self.shift(minutes * 60)


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield Clock(traveller)


def limit(tenant: Tenant, minutes: int) -> None:
    with scope.tenant(tenant):
        Tenant.objects.update(idle_minutes=minutes)


def is_in(browser: Client, path: str = TICKETS, **headers: str) -> bool:
    return browser.get(path, **headers).status_code == 200


def test_b6_who_is_away_too_long_is_out_and_who_clicks_stays(ada, nordlicht, clock):
    limit(nordlicht, 15)
    browser, other = enter(with_password(ada)), enter(ada)
    for _ in range(8):
        clock.wait(10)
        assert is_in(browser)
    assert not is_in(other)
    clock.wait(15 + 15 / 12 + 0.1)
    assert not is_in(browser)


def test_b6_the_time_is_never_shorter_than_it_says(ada, nordlicht, clock):
    limit(nordlicht, 60)
    browser = enter(with_password(ada))
    clock.wait(4.9)
    assert is_in(browser), "not written down again: less than a twelfth"
    clock.wait(55)
    assert is_in(browser)
    clock.wait(60)
    assert is_in(browser)


def test_b6_never_is_never(ada, nordlicht, clock):
    limit(nordlicht, 0)
    browser = enter(with_password(ada))
    clock.wait(60 * 24 * 10)
    assert is_in(browser)


def test_b6_without_a_choice_it_is_half_a_day(ada, clock):
    browser = enter(with_password(ada))
    clock.wait(60 * 11)
    assert is_in(browser)
    clock.wait(60 * 13 + 1)
    assert not is_in(browser)


def test_b6_a_page_that_asks_by_itself_is_nobody(ada, nordlicht, clock):
    limit(nordlicht, 15)
    browser = enter(with_password(ada))
    for _ in range(5):
        clock.wait(4)
        answer = browser.get("/nordlicht/counts/", **POLL)
    assert answer.status_code == 401 and "15" in answer.content.decode()
    assert not is_in(browser)


def test_b6_a_shorter_time_acts_on_the_next_click(ada, max, nordlicht, clock):
    browser = enter(with_password(ada))
    clock.wait(30)
    limit(nordlicht, 15)
    assert not is_in(browser)


def test_b6_the_strictest_company_counts_also_on_the_others_pages(ada, nordlicht, atlas, clock):
    limit(nordlicht, 15)
    limit(atlas, 480)
    tenants.add_member(atlas, ada.user.email, "Ada", "technician")
    browser = enter(with_password(ada))
    clock.wait(20)
    assert not is_in(browser, "/atlas/tickets/") and not is_in(browser)


def test_b6_the_session_itself_is_gone_and_written_down(ada, nordlicht, clock):
    limit(nordlicht, 15)
    browser = enter(with_password(ada))
    key = browser.session.session_key
    clock.wait(20)
    browser.get(TICKETS)
    assert not Session.objects.filter(session_key=key).exists()
    with scope.platform("test"):
        assert SignIn.objects.latest("pk").ended_at is not None
    thief = Client()
    thief.cookies["tandem_session"] = key
    assert not is_in(thief)


def test_asking_costs_nothing(ada, clock):
    browser = enter(with_password(ada))
    browser.get(TICKETS)
    with CaptureQueriesContext(connection) as seen:
        browser.get(TICKETS)
    said = [one["sql"] for one in seen]
    assert not [one for one in said if one.startswith(("UPDATE", "INSERT"))]
    assert len([one for one in said if "django_session" in one]) == 1


# What was typed -------------------------------------------------------------------------------------------------------
def test_a_page_is_shown_again_after_signing_in(ada, nordlicht, clock):
    limit(nordlicht, 15)
    browser = enter(with_password(ada))
    clock.wait(20)
    answer = browser.get(f"{TICKETS}?q=vpn")
    assert answer["Location"] == f"/accounts/login/?next={TICKETS}%3Fq%3Dvpn"
    assert "15 minutes" in browser.get(answer["Location"]).content.decode()
    back = browser.post(answer["Location"], {"login": ada.user.email, "password": PASSWORD, "next": f"{TICKETS}?q=vpn"})
    assert back["Location"] == f"{TICKETS}?q=vpn" and is_in(browser, back["Location"])


def test_what_was_sent_is_shown_again_and_not_saved(ada, max, ticket, nordlicht, clock):
    limit(nordlicht, 15)
    browser = enter(with_password(ada))
    clock.wait(20)
    page = f"{TICKETS}{ticket.number}/"
    typed = {
        "text": "A long report about <b>VPN</b>",
        "password": "not-shown-to-anybody",
        "csrfmiddlewaretoken": "x" * 64,
    }
    answer = browser.post(f"{page}add/", typed, HTTP_REFERER=f"http://testserver{page}?tab=1")
    said = answer.content.decode()
    assert answer.status_code == 401
    assert "A long report about &lt;b&gt;VPN&lt;/b&gt;" in said and "not-shown" not in said and "x" * 64 not in said
    assert f'href="/accounts/login/?next={page.replace("/", "%2F")}%3Ftab%3D1"' in said
    assert "data-focus" in said, "app.js keeps its drafts where this stands"
    with acting(max):
        assert not Note.objects.filter(text__contains="A long report").exists()


def test_a_part_of_a_page_is_answered_with_words_and_the_way_back(ada, ticket, nordlicht, clock):
    limit(nordlicht, 15)
    browser = enter(with_password(ada))
    clock.wait(20)
    page = f"{TICKETS}{ticket.number}/"
    answer = browser.get(f"{page}news/", HTTP_HX_CURRENT_URL=f"http://testserver{page}", **POLL)
    assert (answer.status_code, answer["HX-Retarget"]) == (401, "#toasts")
    assert "<html" not in answer.content.decode() and f"?next={page.replace('/', '%2F')}" in answer.content.decode()


@pytest.mark.parametrize(
    "named", ["https://evil.example//evil.example/", "javascript:alert(1)", "https://evil.example"]
)
def test_b5_where_a_page_came_from_leads_nowhere_else(ada, ticket, nordlicht, clock, named):
    limit(nordlicht, 15)
    browser = enter(with_password(ada))
    clock.wait(20)
    said = browser.post(f"{TICKETS}{ticket.number}/add/", {}, HTTP_REFERER=named).content.decode()
    assert "evil.example%2F" not in said.replace("%2F%2Fevil.example%2F", "") and "javascript" not in said
    browser.post("/accounts/login/?next=//evil.example/", {"login": ada.user.email, "password": PASSWORD})
    assert is_in(browser)


# The setting ----------------------------------------------------------------------------------------------------------
def test_the_setting_is_the_administrators(max, ada, nordlicht):
    rules = {"second_factor": "", "needs_sign_on": False, "keeps_origins": 180, "idle_minutes": 30}
    with acting(max) as by:
        assert services.settle(rules, has_second_factor=False, by=by).idle_minutes == 30
    browser = enter(with_password(max))
    page = browser.get("/nordlicht/sign-in/rules/").content.decode()
    assert '<option value="30" selected>' in page
    form = {"part": "rules", "second_factor": "", "keeps_origins": "180", "idle_minutes": "7"}
    assert browser.post("/nordlicht/sign-in/rules/", form).status_code == 422
    assert browser.post("/nordlicht/sign-in/rules/", {**form, "idle_minutes": "0"}).status_code == 302
    with scope.tenant(nordlicht):
        assert Tenant.objects.get(pk=nordlicht.pk).idle_minutes == 0


def test_the_strictest_of_several(ada: Membership) -> None:
    assert idle.strictest([0, 720, 15]) == 15 and idle.strictest([0, 0]) == 0 and idle.strictest([]) == 0
