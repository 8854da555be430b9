"""The desk's pages of reviews, deployments and ends: what they show, what they take, and what no path allows (W1)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from psa.directory.models import Contact
from psa.tenancy import scope
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from tests.conftest import acting, sign_in
from tests.tickets.stages import bring
from tests.tickets.test_lifecycle import CELLS, WAYS
from tests.workflows.reviews import UNTIL, Stage
from tickets import services
from tickets.models import Status, Ticket
from tickets.services import bulk
from workflows.services import reviews, tasks


@pytest.fixture
def browser(stage: Stage) -> Client:
    """Max, reading English, on the stage's clock."""
    with scope.platform("test: language"):
        stage.member.user.language = "en"
        stage.member.user.save()
    return sign_in(stage.member)


def page(stage: Stage, name: str = "") -> str:
    if not name:
        return reverse("tickets:page", args=["nordlicht", stage.ticket.number])
    return reverse(f"workflows:{name}", args=["nordlicht", stage.ticket.number])


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_the_ticket_says_until_when_who_was_told_and_how_far_that_got(stage: Stage, browser: Client) -> None:
    stage.bring("submit")
    said = text(browser.get(page(stage)))
    expected = "Accepted without an answer", "March", "2026", "Europe/Berlin", "Cleo Hansen", "Sent", "Notice"
    for words in (*expected, "Record a decision"):
        assert words in said, words
    stage.lose("review_notice")
    said = text(browser.get(page(stage)))
    for words in ("The time stands still", "did not arrive", "Came back", "Needs a decision", "Settle", "Go on"):
        assert words in said, words


def test_pausing_going_on_and_switching_off_from_the_page(stage: Stage, browser: Client) -> None:
    stage.bring("submit")
    assert browser.post(page(stage, "pause"), {"until": "2026-03-01T10:00"}).status_code == 422
    assert browser.post(page(stage, "pause"), {"until": ""}).status_code == 302
    assert stage.review.paused_why == "by_hand"
    assert browser.post(page(stage, "resume")).status_code == 302
    assert (stage.review.paused_why, stage.review.round) == ("", 2)
    browser.post(page(stage, "switch"))
    assert stage.review.is_off and "Silence does not count here" in text(browser.get(page(stage)))
    browser.post(page(stage, "switch"), {"on": "1"})
    assert not stage.review.is_off and stage.review.until == UNTIL


def test_a_decision_is_recorded_from_the_page(stage: Stage, browser: Client, accepter: Contact) -> None:
    stage.bring("submit")
    form = {"contact": accepter.pk, "decision": "deploy", "proof": "signed", "text": "Paper of 2 March."}
    assert "proof" in browser.get(page(stage, "record")).content.decode()
    assert browser.post(page(stage, "record"), {**form, "text": ""}).status_code == 422
    assert browser.post(page(stage, "record"), form).status_code == 302
    assert stage.ticket.status == "reopened_deploy_request"


def test_asking_again_from_the_page_says_first_what_happens(stage: Stage, browser: Client) -> None:
    stage.bring("cancel")
    assert "A new one with these words follows it" in text(browser.get(page(stage, "ask_again")))
    answer = browser.post(page(stage, "ask_again"), {"text": "Dead again."}, follow=True)
    assert "This ticket follows 1." in text(answer)
    stage.bring()
    with acting(stage.member):
        assert Ticket.objects.count() == 2


def test_the_desks_button_leads_to_the_follow_up_after_the_window(stage: Stage, browser: Client) -> None:
    stage.bring("close")
    assert "is opened again" in text(browser.get(page(stage, "ask_again")))
    stage.at(UNTIL + timedelta(days=30))
    shown = sign_in(stage.member).get(page(stage)).content.decode()
    assert page(stage, "ask_again") in shown


# Deployments --------------------------------------------------------------------------------------------------------
def waiting(stage: Stage, count: int) -> list[int]:
    """Tickets whose customer asked for the deployment."""
    known, made = stage.ticket, []
    with acting(stage.member) as by:
        for number in range(count):
            fresh = services.create(
                by=by, title=f"Release {number}", company=known.company, contact=known.contact, queue=known.queue
            )
            made.append(bring(fresh, WAYS["reopened_deploy_request"], by).pk)
    return made


def test_several_are_planned_and_deployed_at_once_each_with_its_result(stage: Stage, browser: Client) -> None:
    first, second, third = waiting(stage, 3)
    url = reverse("workflows:deployments", args=["nordlicht"])
    window = {"begins": "2026-03-04T20:00", "ends": "2026-03-04T22:00"}
    assert browser.post(url, {"do": "plan", "pick": [first]}).status_code == 422
    planned = browser.post(url, {"do": "plan", "pick": [first, second], **window})
    assert text(planned).count("Done ") == 2
    mixed = browser.post(url, {"do": "deployed", "pick": [first, third]})
    assert "Not done" in text(mixed)
    with acting(stage.member):
        found = dict(Ticket.objects.filter(pk__in=[first, second, third]).values_list("pk", "status"))
    assert found == {
        first: "waiting_production_review",
        second: "ready_for_deploy",
        third: "reopened_deploy_request",
    }
    assert len([mail for mail in stage.mails("request_news") if "4 March 2026, 20:00 (CET)" in mail.text]) == 2


def test_deployments_of_strangers_and_other_queues_are_not_chosen(
    stage: Stage, people: Callable[[str], Membership]
) -> None:
    (pk,) = waiting(stage, 1)
    url = reverse("workflows:deployments", args=["nordlicht"])
    window = {"begins": "2026-03-04T20:00", "ends": "2026-03-04T22:00"}
    assert sign_in(people("technician")).post(url, {"do": "plan", "pick": [pk], **window}).status_code == 200
    with acting(stage.member):
        assert Ticket.objects.get(pk=pk).status == "reopened_deploy_request"


# What pages cost ----------------------------------------------------------------------------------------------------
def cost(browser: Client, url: str) -> int:
    browser.get(url)
    with CaptureQueriesContext(
        connection,
    ) as found:
        assert browser.get(url).status_code == 200
    return len(found)


def test_the_pages_keep_to_their_budgets(stage: Stage, browser: Client) -> None:
    stage.bring("submit")
    assert cost(browser, page(stage)) <= 20
    stage.lose("review_notice")
    assert cost(browser, page(stage)) <= 20
    assert cost(browser, page(stage, "record")) <= 12
    url = reverse("workflows:deployments", args=["nordlicht"])
    waiting(stage, 2)
    few = cost(browser, url)
    waiting(stage, 6)
    assert few == cost(browser, url) <= 12
    with acting(stage.member) as by:
        for ticket in Ticket.objects.all():
            tasks.need(ticket, "review_untold", by=by)
    assert cost(browser, reverse("home", args=["nordlicht"])) <= 13
    stage.bring("take_back", "close")
    assert cost(browser, page(stage)) <= 20


# W1 -----------------------------------------------------------------------------------------------------------------
UNDEFINED = [(status, move) for status, move, after in CELLS if after == "-"]


def fresh_at(stage: Stage, status: str) -> None:
    """Another ticket, brought into this state."""
    known = stage.ticket
    with acting(stage.member) as by:
        fresh = services.create(by=by, title="W1", company=known.company, contact=known.contact, queue=known.queue)
        bring(fresh, WAYS[status], by)
    stage.pk = fresh.pk


@pytest.mark.parametrize("status", WAYS)
def test_w1_undefined_moves_are_refused_by_page_and_in_bulk(stage: Stage, browser: Client, status: str) -> None:
    fresh_at(stage, status)
    before = (stage.ticket.status, stage.ticket.stay)
    words = {
        "text": "W1", "resolution": "cancelled_by_us", "begins": "2026-04-01T10:00", "ends": "2026-04-01T11:00",
        "no_time": "W1", "override": "W1", "confirmed": "1",
    }  # fmt: skip
    for move in [move for state, move in UNDEFINED if state == status]:
        url = reverse("tickets:move", args=["nordlicht", stage.ticket.number, move])
        assert browser.post(url, words).status_code in {302, 409}, move
        if move == "plan":
            continue  # no window is asked for in bulk
        with acting(stage.member) as by:
            refused = bulk.would(stage.ticket, {"move": move, "text": "W1"}, by=by)
        assert isinstance(refused, Refused), move
    assert (stage.ticket.status, stage.ticket.stay) == before


@pytest.mark.parametrize("status", [one for one in Status if "review" not in one])
def test_w1_what_belongs_to_a_review_is_refused_outside_of_one(
    stage: Stage, browser: Client, accepter: Contact, status: str
) -> None:
    fresh_at(stage, status)
    before = (stage.ticket.status, stage.ticket.stay)
    form = {"contact": accepter.pk, "decision": "accept", "proof": "call", "text": "W1"}
    assert browser.post(page(stage, "record"), form).status_code == 422
    assert browser.post(page(stage, "pause"), {"until": ""}).status_code == 422
    for name in ("resume", "switch", "to_billing"):
        assert browser.post(page(stage, name), {"on": "1"}).status_code == 302
    if status != "invoice":
        assert browser.post(f"/nordlicht/requests/{stage.ticket.number}/settle/", {"do": "nothing"}).status_code == 422
    for weight in ("message", "no", "thanks", "automatic"):
        stage.wrote(weight)
    assert (stage.ticket.status, stage.ticket.stay, stage.ticket.answer_needed_since) == (*before, None)


@pytest.mark.parametrize("weight", ["message", "no", "thanks", "automatic"])
def test_w1_a_mail_moves_no_ticket_out_of_its_review(stage: Stage, weight: str) -> None:
    stage.bring("submit")
    before = stage.ticket.stay
    stage.wrote(weight)
    assert (stage.ticket.status, stage.ticket.stay) == ("waiting_solution_review", before)


@pytest.mark.parametrize("role", ["billing", "read-only", "sales", "contact"])
def test_the_clock_is_for_who_may_edit(stage: Stage, people: Callable[[str], Membership], role: str) -> None:
    stage.bring("submit")
    with acting(people(role)) as by:
        for call in (lambda: reviews.pause(stage.ticket, None, by=by), lambda: reviews.resume(stage.ticket, by=by)):
            with pytest.raises(Denied, match="ticket.edit"):
                call()
        with pytest.raises(Denied, match="ticket.override"):
            reviews.switch(stage.ticket, False, by=by)
