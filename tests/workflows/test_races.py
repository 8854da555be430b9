"""The same second, on PostgreSQL: one word wins, silence counts once (hostile tests W3, W8)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from psa.directory.models import Contact
from psa.journal.models import Entry
from psa.tenancy import scope
from psa.tenancy.errors import Refused
from psa.timers import timers
from tests.conftest import acting, needs_postgres
from tests.races import race
from tests.workflows.reviews import MONDAY, UNTIL, Stage, says
from tickets import services
from tickets.models import Acceptance, DispatcherTask
from workflows.models import ServicePolicy
from workflows.services import clarifications, clock, followups, reviews, tasks

pytestmark = [needs_postgres, pytest.mark.django_db(transaction=True)]


def outcome(stage: Stage, answers: list[Any]) -> list[str]:
    """The codes of those who were refused; anything else is an error."""
    assert all(not isinstance(one, Exception) or isinstance(one, Refused) for one in answers), answers
    return [one.code for one in answers if isinstance(one, Refused)]


def told_of(stage: Stage) -> list[Any]:
    """The mails of the review."""
    return [mail for mail in stage.mails() if mail.code.startswith("review_")]


def moved(stage: Stage, *kinds: str) -> int:
    with scope.tenant(stage.member.tenant_id):
        return Entry.objects.filter(kind__in=kinds).count()


def test_w3_accepted_twice_one_wins(stage: Stage, accepter: Contact) -> None:
    stage.bring("submit")
    stay = stage.ticket.stay
    refused = outcome(stage, race(*[lambda: says(stage, "accept", accepter, stay)] * 6))
    assert refused == ["ticket_moved_on"] * 5
    with scope.tenant(stage.member.tenant_id):
        assert Acceptance.objects.count() == 1


def test_w3_accepted_reopened_and_cancelled_at_the_same_moment_one_wins(stage: Stage, accepter: Contact) -> None:
    stage.bring("submit")
    stay = stage.ticket.stay

    def cancel() -> Any:
        with acting(stage.member) as by:
            return services.cancel(stage.ticket, "Not wanted.", by=by)

    calls = [lambda: says(stage, "accept", accepter, stay), lambda: says(stage, "defect", accepter, stay)]
    refused = outcome(stage, race(*calls, *calls))
    assert refused == ["ticket_moved_on"] * 3
    stage.pk = _another(stage)
    stay = stage.ticket.stay
    answers = race(lambda: says(stage, "accept", accepter, stay), cancel)
    assert outcome(stage, answers) == ["ticket_moved_on"]
    assert (stage.ticket.status == "invoice") == (stage.ticket.acceptance_id is not None)


def _another(stage: Stage) -> int:
    with acting(stage.member) as by:
        known = stage.ticket
        made = services.create(by=by, title="Another", company=known.company, contact=known.contact, queue=known.queue)
    before, stage.pk = stage.pk, made.pk
    stage.bring("accept", "start", "submit")
    stage.pk = before
    return made.pk


def test_w8_two_sweepers_at_once_close_it_once(stage: Stage) -> None:
    stage.bring("submit")
    stage.days(6)
    stage.at(UNTIL + clock.GRACE)
    assert sum(race(*[timers.sweep] * 4)) == 1
    assert moved(stage, "ticket.auto_accepted") == 1
    assert stage.ticket.resolution == "auto_accepted" and len(stage.mails("review_closed")) == 1


def test_w8_two_sweepers_at_once_remind_of_a_review_once_each_time(stage: Stage) -> None:
    stage.bring("submit")
    with scope.tenant(stage.member.tenant_id):
        moments = clock.moments(stage.review, stage.ticket)
    for told, moment in enumerate(moments, 2):
        stage.at(moment)
        assert sum(race(*[timers.sweep] * 4)) == 1
        assert (len(stage.kinds()), len(told_of(stage))) == (told, told)
        stage.work()
    assert stage.kinds() == ["notice", "half", "last"]


def test_w8_two_sweepers_at_once_remind_of_a_question_once_and_give_up_once(stage: Stage) -> None:
    with scope.tenant(stage.member.tenant_id):
        ServicePolicy.objects.update(gives_up=True)
    stage.bring("ask")
    for day, reminders in ((2, 1), (7, 2)):
        stage.at(MONDAY + timedelta(days=day))
        assert sum(race(*[timers.sweep] * 4)) == 1
        assert len(stage.mails("clarification_reminder")) == reminders
        stage.work()
    stage.at(MONDAY + timedelta(days=14))
    race(*[timers.sweep] * 4)
    assert moved(stage, "ticket.given_up") == len(stage.mails("clarification_closed")) == 1
    assert (stage.ticket.status, stage.ticket.resolution) == ("closed", "no_response")


def test_w8_an_answer_and_the_end_of_a_question_at_the_same_moment_one_wins(stage: Stage) -> None:
    """Either the answer was there first and the work goes on, or the request is over and nothing is sent back."""
    with scope.tenant(stage.member.tenant_id):
        ServicePolicy.objects.update(gives_up=True)
    stage.bring("ask")
    stage.days(13)
    stage.at(MONDAY + timedelta(days=14))

    def answer() -> Any:
        with acting(stage.member) as by:
            return services.answer(stage.ticket, "The grey one.", by=by)

    def fire() -> None:
        with acting(stage.member), transaction.atomic():
            clarifications.step(stage.pk)

    refused = outcome(stage, race(answer, fire, fire))
    assert moved(stage, "ticket.answered", "ticket.given_up") == 1
    assert (refused, stage.ticket.status) in (([], "in_progress"), (["ticket_moved_on"], "closed"))


@pytest.mark.parametrize("first", ["reply", "clock"])
def test_w8_a_reply_and_the_clock_at_the_same_moment(stage: Stage, first: str) -> None:
    """Either the reply was there first and nothing closes, or the ticket closed and the reply finds it closed."""
    stage.bring("submit")
    stage.days(6)
    stage.at(UNTIL + clock.GRACE)
    review = stage.review

    def fire() -> None:
        with acting(stage.member), transaction.atomic():
            clock.step(review.pk)

    outcome(stage, race(*((stage.wrote, fire) if first == "reply" else (fire, stage.wrote))))
    ticket = stage.ticket
    if ticket.status == "closed":
        assert (ticket.resolution, ticket.answer_needed_since) == ("auto_accepted", None)
    else:
        assert ticket.answer_needed_since is not None and stage.review.paused_why == "message"


def test_w3_the_customer_and_the_clock_at_the_same_moment_one_wins(stage: Stage, accepter: Contact) -> None:
    stage.bring("submit")
    stage.days(6)
    stage.at(UNTIL + clock.GRACE)
    stay, review = stage.ticket.stay, stage.review

    def fire() -> None:
        with acting(stage.member), transaction.atomic():
            clock.step(review.pk)

    outcome(stage, race(fire, lambda: says(stage, "defect", accepter, stay), fire))
    assert moved(stage, "ticket.auto_accepted", "ticket.defect_found") == 1


def test_the_same_task_is_raised_once(stage: Stage) -> None:
    def need() -> Any:
        with acting(stage.member) as by:
            return tasks.need(stage.ticket, "review_untold", by=by)

    assert outcome(stage, race(*[need] * 6)) == []
    with scope.tenant(stage.member.tenant_id):
        assert DispatcherTask.objects.count() == 1


def test_the_same_words_at_the_same_moment_make_one_ticket(stage: Stage) -> None:
    stage.bring("cancel")

    def ask() -> Any:
        with acting(stage.member) as by:
            return followups.ask_again(stage.ticket, "Dead again.", contact=None, by=by)

    answers = race(*[ask] * 4)
    assert outcome(stage, answers) == [] and len({one.pk for one in answers}) == 1


def test_more_time_is_asked_for_once(stage: Stage, accepter: Contact) -> None:
    stage.bring("submit")

    def ask() -> Any:
        with acting(stage.member) as by:
            return reviews.need_until(stage.ticket, UNTIL.date().replace(day=12), contact=accepter, by=by)

    assert outcome(stage, race(*[ask] * 4)) == ["extended_already"] * 3
