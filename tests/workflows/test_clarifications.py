"""A question to the customer: mailed, reminded of twice, given up only where that is wanted (lifecycle moves 3, 24)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from psa.tenancy import scope
from tests.conftest import acting
from tests.workflows.reviews import BERLIN, MONDAY, Stage
from tickets import services
from workflows.models import ServicePolicy


def gives_up(stage: Stage) -> None:
    with acting(stage.member):
        ServicePolicy.objects.create(company=stage.ticket.company, gives_up=True)


def test_the_question_is_mailed_and_reminded_of_twice(stage: Stage) -> None:
    stage.bring("ask")
    assert "because" in stage.mails("clarification_asked")[-1].text
    stage.days(30)
    at = [mail.created_at.astimezone(BERLIN) for mail in stage.mails("clarification_reminder")]
    assert at == [MONDAY + timedelta(days=2), MONDAY + timedelta(days=7)]
    assert (stage.ticket.status, stage.armed()) == ("waiting_clarification", [])


def test_an_answer_stops_the_reminders(stage: Stage) -> None:
    stage.bring("ask")
    stage.days(3)
    stage.bring("answer")
    stage.days(20)
    assert (len(stage.mails("clarification_reminder")), stage.armed()) == (1, [])


@pytest.mark.parametrize(("weight", "count"), [("message", 0), ("no", 0), ("thanks", 2), ("automatic", 2)])
def test_w9_what_the_customer_wrote_stops_the_reminders_if_it_says_something(
    stage: Stage, weight: str, count: int
) -> None:
    stage.bring("ask")
    stage.wrote(weight)
    stage.days(20)
    assert len(stage.mails("clarification_reminder")) == count


def test_it_is_given_up_where_the_company_wants_that(stage: Stage) -> None:
    gives_up(stage)
    stage.bring("ask")
    stage.days(30)
    ticket = stage.ticket
    assert (ticket.status, ticket.resolution) == ("closed", "no_response")
    assert "close the request" in stage.mails("clarification_reminder")[-1].text
    assert ticket.closed_at == MONDAY + timedelta(days=14)
    assert len(stage.mails("clarification_closed")) == 1


def test_it_is_not_given_up_before_two_reminders_arrived(stage: Stage) -> None:
    gives_up(stage)
    stage.bring("ask")
    stage.days(8)
    stage.lose("clarification_reminder")
    stage.days(30)
    assert stage.ticket.status == "waiting_clarification"


def test_w8_an_answer_in_the_same_second_keeps_the_request(stage: Stage) -> None:
    gives_up(stage)
    stage.bring("ask")
    stage.days(13)
    stage.at(MONDAY + timedelta(days=14))
    with acting(stage.member) as by:
        services.answer(stage.ticket, "The grey one.", by=by)
    stage.work()
    assert (stage.ticket.status, stage.armed()) == ("in_progress", [])
    assert stage.mails("clarification_closed") == []


def test_w8_a_worker_down_for_three_days_reminds_once_and_ends_nothing_early(stage: Stage) -> None:
    gives_up(stage)
    stage.bring("ask")
    stage.days(1)
    stage.to(MONDAY + timedelta(days=5))
    stage.work()
    assert len(stage.mails("clarification_reminder")) == 1
    stage.days(30)
    assert len(stage.mails("clarification_reminder")) == 2
    assert stage.ticket.closed_at is not None and stage.ticket.closed_at > MONDAY + timedelta(days=14)


def test_after_a_worker_that_was_away_the_customer_still_has_two_reminders(stage: Stage) -> None:
    gives_up(stage)
    stage.bring("ask")
    monday = datetime(2026, 3, 23, 10, tzinfo=BERLIN)
    stage.to(monday)
    assert stage.ticket.status == "waiting_clarification"
    stage.days(30)
    first, second = (mail.created_at.astimezone(BERLIN) for mail in stage.mails("clarification_reminder"))
    assert (first, second) == (monday, datetime(2026, 3, 26, 10, tzinfo=BERLIN))
    assert stage.ticket.closed_at == datetime(2026, 4, 2, 10, tzinfo=BERLIN)


def test_without_an_address_nothing_runs(stage: Stage) -> None:
    with scope.tenant(stage.member.tenant_id):
        type(stage.ticket.contact).objects.update(email="")
    stage.bring("ask")
    assert (stage.armed(), stage.mails("clarification_asked")) == ([], [])


def test_cancelled_or_merged_it_is_not_reminded_of(stage: Stage) -> None:
    stage.bring("ask")
    with acting(stage.member) as by:
        services.cancel(stage.ticket, "Not wanted.", by=by)
    assert stage.armed() == []


def test_whoever_is_gone_is_not_reminded(stage: Stage) -> None:
    stage.bring("ask")
    with scope.tenant(stage.member.tenant_id):
        type(stage.ticket.contact).objects.update(is_active=False)
    stage.days(20)
    assert (stage.armed(), stage.mails("clarification_reminder")) == ([], [])
