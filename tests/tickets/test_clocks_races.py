"""The clocks of a promise when two workers sweep at the same moment, on PostgreSQL: everybody hears of it once."""

from __future__ import annotations

from typing import Any

import pytest

from psa.mail.models import OutgoingMail
from psa.tenancy import scope
from psa.timers import timers
from tests.conftest import needs_postgres
from tests.races import race
from tests.tickets.clockwork import Stage
from tickets import services
from tickets.models.desk import Priority

pytestmark = [needs_postgres, pytest.mark.django_db(transaction=True)]


def mails(stage: Stage) -> int:
    with scope.tenant(stage.member.tenant_id):
        return int(OutgoingMail.objects.filter(code="clock_told").count())


def test_w8_two_sweepers_at_once_tell_of_a_warning_and_a_breach_once(stage: Stage) -> None:
    stage.promise()
    ticket = stage.ticket()
    for moment, told in (
        ("2026-03-02T09:45", [("warned", "response")]),
        ("2026-03-02T10:00", [("warned", "response"), ("breached", "response")]),
    ):
        stage.go(moment, sweep=False)
        race(*[timers.sweep] * 4)
        assert (stage.told(ticket), mails(stage)) == (told, len(told))


def test_w8_workers_that_were_down_for_three_days_and_come_back_together_tell_each_breach_once(stage: Stage) -> None:
    stage.promise()
    ticket = stage.ticket()
    stage.go("2026-03-05T09:00", sweep=False)
    race(*[timers.sweep] * 4)
    stage.go("2026-03-05T09:01")
    assert sorted(stage.told(ticket)) == [("breached", "resolution"), ("breached", "response")]
    assert mails(stage) == 2


def test_w8_a_sweeper_and_whoever_begins_to_work_at_the_same_moment(stage: Stage) -> None:
    """Three quarters are over when work begins: told before or not at all, and the promise is met either way."""
    stage.promise()
    ticket = stage.ticket()
    stage.do(services.accept, ticket)
    stage.go("2026-03-02T09:45", sweep=False)
    answers = race(lambda: stage.do(services.start, ticket), timers.sweep, timers.sweep)
    assert not [one for one in answers if isinstance(one, Exception)], answers
    assert stage.told(ticket) in ([], [("warned", "response")])
    stage.go("2026-03-02T11:00")
    assert ("breached", "response") not in stage.told(ticket)
    assert stage.of(ticket, "response").met_at is not None


def test_w8_another_priority_while_it_is_swept_breaks_no_span(stage: Stage) -> None:
    stage.promise()
    ticket = stage.ticket()
    stage.go("2026-03-02T09:45", sweep=False)

    def urgent() -> Any:
        return stage.do(services.edit, ticket, priority=Priority.HIGH)

    answers = race(urgent, timers.sweep, timers.sweep)
    assert not [one for one in answers if isinstance(one, Exception)], answers
    assert sum(kind == "breached" for kind, _clock in stage.told(ticket)) <= 1
    spans = stage.spans(ticket)
    assert all(one.ended_at == two.began_at for one, two in zip(spans, spans[1:], strict=False))
