"""The clocks of service levels (lifecycle spec, "Calendars and SLA", last column of "Statuses"; hostile test W10)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction

from psa.calendars import services as calendars
from psa.directory import service_levels
from psa.directory import services as directory
from psa.directory.models import Contract
from psa.directory.service_levels import Minutes
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.timers import timers
from psa.timers.models import Timer
from tests.conftest import acting
from tests.tickets.clockwork import HOUR, NORMAL, URGENT, Stage, at
from tickets import reckoning, services
from tickets.models import Audience, Clock, Ticket
from tickets.models.desk import Priority
from tickets.models.status import STATUS_LOOKS, Status
from tickets.models.ticket import NO_DEADLINE
from tickets.readers import Reader
from tickets.services import clocks

INTERNAL, CUSTOMER = Reader(Audience.INTERNAL, ""), Reader(Audience.CUSTOMER, "")


# W10 ------------------------------------------------------------------------------------------------------------------
def test_w10_three_pauses_a_weekend_another_priority_and_another_calendar_equal_the_hand_calculation(
    stage: Stage,
) -> None:
    """Nine hours a day from eight to five; the third pause is over the weekend.

    Mo 9–11 runs (2), pause to Mo 15, runs to 17 (2) and Tu 8–12 (4) = 8; pause to We 8, runs 8–10 (2) = 10; then high
    priority, 8 hours promised: breached at once, and 6 further hours to We 16 (6) = 16; pause from We 16 over the
    weekend to Mo 10. Then a calendar of mornings only, 8–12: Mo 10–12 (2) = 18, Tu 8–9 (1) = 19.
    """
    stage.promise()
    ticket = stage.ticket()
    stage.do(services.accept, ticket)
    stage.do(services.start, ticket)
    for asked, answered in (("03-02T11:00", "03-02T15:00"), ("03-03T12:00", "03-04T08:00")):
        stage.go(f"2026-{asked}")
        stage.do(services.ask, ticket, "Which port?")
        stage.go(f"2026-{answered}")
        stage.do(services.answer, ticket, "12")
    stage.go("2026-03-04T10:00")
    assert stage.of(ticket).target_seconds == 16 * HOUR
    stage.do(services.edit, ticket, priority=Priority.HIGH)
    assert (stage.of(ticket).target_seconds, stage.of(ticket).spent_seconds) == (8 * HOUR, 10 * HOUR)
    assert stage.told(ticket) == [("breached", "resolution")]
    stage.go("2026-03-04T16:00")
    stage.do(services.ask, ticket, "And which switch?")
    assert stage.of(ticket).spent_seconds == 16 * HOUR
    stage.go("2026-03-09T09:00")
    with acting(stage.member) as by:
        mornings = calendars.add(by=by, name="Mornings", time_zone="Europe/Berlin", week=[[[480, 720]]] * 5 + [[], []])
        directory.edit_company(stage.company, by=by, calendar=mornings)
    stage.go("2026-03-09T10:00")
    stage.do(services.answer, ticket, "The left one")
    stage.go("2026-03-10T09:00")
    stage.do(services.close, ticket, "Done")
    clock = stage.of(ticket)
    assert clock.spent_seconds == 19 * HOUR and clock.met_at == at("2026-03-10T09:00") and clock.breached_at
    runs = [span.seconds // HOUR for span in stage.spans(ticket) if not span.is_pause]
    assert runs == [2, 6, 2, 6, 3]
    assert [span.why for span in stage.spans(ticket) if span.is_pause] == ["waiting_clarification"] * 3


def test_a_calendar_that_is_edited_counts_as_it_stood_until_then(stage: Stage) -> None:
    """Tuesday is closed by somebody on Wednesday at eight: what ran on Tuesday stays, Thursday is not counted."""
    stage.promise()
    ticket = stage.ticket()
    stage.go("2026-03-04T08:00")
    with acting(stage.member) as by:
        calendars.put_day(stage.default(), date(2026, 3, 3), by=by)
        calendars.put_day(stage.default(), date(2026, 3, 5), by=by, label="Outing")
    stage.go("2026-03-06T09:00")
    clock = stage.of(ticket)
    assert clock.due_at == at("2026-03-03T16:00") == clock.breached_at
    stage.do(services.accept, ticket)
    stage.do(services.close, ticket, "Done")
    assert stage.of(ticket).spent_seconds == (8 + 9 + 9 + 0 + 1) * HOUR


def test_a_day_closed_after_arming_moves_the_deadline_and_nobody_is_told_too_early(stage: Stage) -> None:
    """W8 for clocks, "holiday added after arming": the timer fires at the old moment and asks again."""
    stage.promise()
    ticket = stage.ticket()
    assert stage.deadline(ticket) == at("2026-03-02T10:00")  # the response comes first
    stage.do(services.accept, ticket)
    stage.do(services.start, ticket)
    assert stage.deadline(ticket) == at("2026-03-03T16:00")
    with acting(stage.member) as by:
        calendars.put_day(stage.default(), date(2026, 3, 3), by=by)
    stage.clock.move_to(at("2026-03-03T16:30"))
    with scope.tenant(stage.member.tenant_id), transaction.atomic():
        clocks.fire(ticket.pk)  # before anybody brought the clocks up to date
    assert stage.told(ticket) == [] and stage.of(ticket).due_at == at("2026-03-04T16:00")
    stage.go("2026-03-04T16:00")
    assert stage.told(ticket) == [("breached", "resolution")]


# What is promised, and when it is met ---------------------------------------------------------------------------------
def test_the_response_is_met_by_the_first_public_message_of_a_person(stage: Stage) -> None:
    stage.promise()
    ticket = stage.ticket()
    stage.go("2026-03-02T09:20")
    stage.do(services.items.add, ticket, "note", INTERNAL, text="Looks like the router.")
    assert stage.of(ticket, "response").met_at is None
    stage.do(services.items.add, ticket, "note", CUSTOMER, text="We are looking into it.")
    assert stage.of(ticket, "response").met_at == at("2026-03-02T09:20")
    assert stage.spent(ticket, "response") == timedelta(minutes=20)


def test_what_the_system_writes_is_no_response(stage: Stage) -> None:
    stage.promise()
    ticket = stage.ticket()
    with scope.tenant(stage.member.tenant_id):
        from_system = services.items.add
        from_system(ticket, "note", CUSTOMER, by=Actor.system("mail"), text="We got your request.")
    assert stage.of(ticket, "response").met_at is None


@pytest.mark.parametrize("status", ["in_progress", "estimated", "waiting_clarification"])
def test_the_response_is_met_by_the_start_of_work_an_estimate_or_a_question(stage: Stage, status: str) -> None:
    stage.promise()
    ticket = stage.ticket()
    stage.go("2026-03-02T09:30")
    stage.stands(ticket, status)
    assert stage.of(ticket, "response").met_at == at("2026-03-02T09:30")


def test_accepting_for_work_is_no_response(stage: Stage) -> None:
    stage.promise()
    ticket = stage.ticket()
    stage.do(services.accept, ticket)
    assert stage.of(ticket, "response").met_at is None


def test_the_start_of_work_counts_from_the_accepted_estimate_and_is_met_by_start(stage: Stage) -> None:
    stage.promise()
    ticket = stage.ticket()
    stage.stands(ticket, "estimated")
    assert stage.kinds(ticket) == {"response", "resolution"}
    stage.go("2026-03-03T10:00")
    stage.stands(ticket, "estimate_accepted")
    start = stage.of(ticket, "start")
    assert (start.target_seconds, start.due_at) == (4 * HOUR, at("2026-03-03T14:00"))
    stage.go("2026-03-03T11:00")
    stage.stands(ticket, "in_progress")
    assert stage.of(ticket, "start").met_at == at("2026-03-03T11:00")
    assert stage.spent(ticket, "start") == timedelta(hours=1)


def test_the_agreed_deadline_becomes_the_target_and_another_priority_does_not_take_it_away(stage: Stage) -> None:
    stage.promise()
    ticket = stage.ticket()
    stage.stands(ticket, "estimated")
    stage.go("2026-03-03T10:00")
    until = at("2026-03-13T12:00")
    stage.stands(ticket, "estimate_accepted", due_at=until)
    clock = stage.of(ticket)
    assert clock.due_at == until == clock.agreed_until
    assert clock.target_seconds == (7 + 3 * 9 + 4 * 9 + 4) * HOUR  # 3–6, 9–12 March, and the last morning
    stage.stands(ticket, "in_progress", due_at=until, priority=Priority.HIGH)
    assert stage.of(ticket).due_at == until


def test_an_agreed_deadline_outside_working_hours_is_not_due_earlier(stage: Stage) -> None:
    """A date told to the customer never comes earlier."""
    stage.promise()
    ticket = stage.ticket()
    sunday = at("2026-03-08T18:00")
    stage.stands(ticket, "estimate_accepted", due_at=sunday)
    assert stage.of(ticket).due_at == sunday
    stage.go("2026-03-07T12:00")
    assert ("breached", "resolution") not in stage.told(ticket)


def test_ready_for_deploy_runs_to_the_planned_window(stage: Stage) -> None:
    stage.promise()
    ticket = stage.ticket()
    stage.stands(ticket, "in_progress")
    stage.stands(ticket, "ready_for_deploy", deploy_until=at("2026-03-20T16:00"))
    assert stage.of(ticket).due_at == at("2026-03-20T16:00")
    stage.stands(ticket, "ready_for_deploy", deploy_until=at("2026-03-27T16:00"))
    assert stage.of(ticket).due_at == at("2026-03-27T16:00")


# Pauses ---------------------------------------------------------------------------------------------------------------
RUNS = {"new", "open", "in_progress", "estimate_accepted", "ready_for_deploy"}
RUNS |= {"reopened_defect", "reopened_objection", "reopened_deploy_request"}
WAITS = {"estimated", "waiting_clarification", "waiting_solution_review", "waiting_production_review"}


@pytest.mark.parametrize("status", sorted(RUNS | WAITS | {"invoice", "closed", "cancelled"}))
def test_each_status_does_to_the_resolution_clock_what_the_specification_says(stage: Stage, status: str) -> None:
    stage.promise()
    ticket = stage.ticket()
    stage.go("2026-03-02T10:00", sweep=False)
    stage.stands(ticket, status)
    last, clock = stage.spans(ticket)[-1], stage.of(ticket)
    if status in RUNS:
        assert last.ended_at is None and not last.is_pause and clock.due_at
    elif status in WAITS:
        assert last.ended_at is None and last.is_pause and last.why == status and clock.due_at is None
    else:
        assert last.ended_at == at("2026-03-02T10:00") and clock.due_at is None
        assert (clock.met_at is None) is (status == "cancelled")


@pytest.mark.parametrize("status", list(Status))
def test_a_status_nobody_listed_goes_by_whom_its_look_says_the_ball_is_with(
    inside: Any, monkeypatch: pytest.MonkeyPatch, status: Status
) -> None:
    listed = reckoning.beat_of(Ticket(status=status))
    monkeypatch.setattr(reckoning, "BEATS", {})
    group = STATUS_LOOKS[status].group
    assert reckoning.beat_of(Ticket(status=status)) is (listed if group in {"us", "customer"} else reckoning.Beat.STOPS)
    assert reckoning.beat_of(Ticket(status="something_else")) is reckoning.Beat.STOPS


def test_what_is_reopened_goes_on_and_never_begins_anew(stage: Stage) -> None:
    stage.promise()
    ticket = stage.ticket()
    stage.do(services.accept, ticket)
    stage.go("2026-03-02T12:00")
    stage.do(services.close, ticket, "Done")
    assert stage.of(ticket).met_at and stage.deadline(ticket) == NO_DEADLINE
    stage.go("2026-03-05T08:00")
    stage.do(services.reopen, ticket, "Not at all")
    clock = stage.of(ticket)
    assert (clock.met_at, clock.spent_seconds, clock.target_seconds) == (None, 3 * HOUR, 16 * HOUR)
    assert clock.due_at == at("2026-03-06T12:00") == stage.deadline(ticket)
    assert stage.of(ticket, "response").met_at == at("2026-03-02T12:00")


def test_following_twice_does_nothing_the_second_time(stage: Stage) -> None:
    stage.promise()
    ticket = stage.ticket()
    stage.go("2026-03-02T11:30")
    for status in ("open", "waiting_clarification", "in_progress", "waiting_solution_review", "closed"):
        stage.stands(ticket, status)
        before = (
            [(one.pk, one.ended_at, one.seconds) for one in stage.spans(ticket)],
            vars(stage.of(ticket)) | {"_state": 0},
        )
        stage.stands(ticket, status)
        after = (
            [(one.pk, one.ended_at, one.seconds) for one in stage.spans(ticket)],
            vars(stage.of(ticket)) | {"_state": 0},
        )
        assert before == after


def test_a_merged_ticket_stops_without_having_met_anything_and_the_survivor_goes_on(stage: Stage) -> None:
    stage.promise()
    ticket, other = stage.ticket(), stage.ticket(title="The same again")
    stage.go("2026-03-02T10:30")
    stage.do(services.merging.merge, ticket, other)
    assert stage.of(ticket).met_at is None and stage.of(ticket).due_at is None
    assert stage.of(other).due_at == at("2026-03-03T16:00")
    stage.go("2026-03-06T10:00")
    assert ("breached", "resolution") not in stage.told(ticket)


def test_a_deleted_ticket_tells_nobody_and_a_restored_one_goes_on(stage: Stage) -> None:
    stage.promise()
    ticket = stage.ticket()
    stage.go("2026-03-02T09:10")
    stage.do(services.deleting.delete, ticket, "Spam")
    stage.go("2026-03-05T09:00")
    assert stage.told(ticket) == []
    stage.do(services.deleting.restore, ticket)
    assert stage.of(ticket).spent_seconds == 600 and stage.of(ticket).due_at == at("2026-03-06T15:50")


# Warnings and breaches ------------------------------------------------------------------------------------------------
def test_three_quarters_warn_and_the_whole_is_a_breach_each_told_once(stage: Stage) -> None:
    stage.promise()
    ticket = stage.ticket()
    stage.go("2026-03-02T09:44")
    assert stage.told(ticket) == []
    stage.go("2026-03-02T09:45")
    assert stage.told(ticket) == [("warned", "response")]
    stage.go("2026-03-02T10:00")
    stage.go("2026-03-02T10:01")
    assert stage.told(ticket) == [("warned", "response"), ("breached", "response")]
    stage.go("2026-03-03T12:00")
    stage.go("2026-03-03T16:00")
    stage.go("2026-03-09T09:00")
    assert stage.told(ticket)[2:] == [("warned", "resolution"), ("breached", "resolution")]


def test_a_worker_that_was_down_for_three_days_tells_each_breach_once_and_no_warning_with_it(stage: Stage) -> None:
    stage.promise()
    ticket = stage.ticket()
    stage.go("2026-03-05T09:00")
    assert sorted(stage.told(ticket)) == [("breached", "resolution"), ("breached", "response")]
    assert stage.of(ticket).breached_at == at("2026-03-03T16:00")


def test_a_breach_nobody_swept_is_told_when_the_ticket_is_paused(stage: Stage) -> None:
    stage.promise()
    ticket = stage.ticket()
    stage.do(services.accept, ticket)
    stage.go("2026-03-04T09:00", sweep=False)
    stage.do(services.ask, ticket, "Which one?")
    assert sorted(stage.told(ticket)) == [("breached", "resolution"), ("breached", "response")]
    stage.go("2026-03-20T09:00")
    assert len(stage.told(ticket)) == 2


def test_nothing_is_told_while_the_customer_has_the_ball(stage: Stage) -> None:
    stage.promise()
    ticket = stage.ticket()
    stage.do(services.accept, ticket)
    stage.go("2026-03-02T09:30")
    stage.do(services.ask, ticket, "Which one?")
    with scope.tenant(stage.member.tenant_id):
        assert not Timer.objects.filter(kind=clocks.TIMER).exists()
    stage.go("2026-04-20T09:00")
    assert stage.told(ticket) == [] and stage.deadline(ticket) == NO_DEADLINE


def test_a_longer_promise_takes_the_breach_back_and_warns_again(stage: Stage) -> None:
    stage.promise()
    ticket = stage.ticket(priority=Priority.HIGH)
    stage.do(services.accept, ticket)
    stage.do(services.start, ticket)
    stage.go("2026-03-02T17:00")
    assert stage.told(ticket) == [("breached", "resolution")]
    stage.do(services.edit, ticket, priority=Priority.NORMAL)
    assert stage.of(ticket).breached_at is None and stage.of(ticket).due_at == at("2026-03-03T16:00")


def test_many_armed_clocks_cost_a_sweep_the_same(stage: Stage, django_assert_max_num_queries: Any) -> None:
    """A sweep reads what is due by its index: fifty tickets that are not do not cost it a statement."""
    stage.promise()
    costs = []
    for more in (1, 50):
        for _ in range(more):
            stage.ticket()
        with django_assert_max_num_queries(20) as asked:
            timers.sweep()
        costs.append(len(asked))
    assert costs[0] == costs[1]


# Which promise counts -------------------------------------------------------------------------------------------------
def test_the_narrowest_promise_counts_contract_before_company_before_everybody(stage: Stage) -> None:
    only = lambda minutes: {Priority.NORMAL: Minutes(None, None, minutes)}  # noqa: E731
    stage.promise(name="Everybody", targets=only(600))
    assert stage.of(stage.ticket()).target_seconds == 600 * 60
    stage.promise(name="Hansen", targets=only(500), company=stage.company)
    assert stage.of(stage.ticket()).target_seconds == 500 * 60
    with scope.tenant(stage.member.tenant_id):
        contract = Contract.objects.create(company=stage.company, name="Care", starts_on=date(2026, 1, 1))
        over = Contract.objects.create(
            company=stage.company, name="Old", starts_on=date(2024, 1, 1), ends_on=date(2026, 3, 1)
        )
    stage.promise(name="Old", targets=only(300), contract=over)
    assert stage.of(stage.ticket()).target_seconds == 500 * 60
    stage.promise(name="Care", targets=only(400), contract=contract)
    assert stage.of(stage.ticket()).target_seconds == 400 * 60


def test_a_narrow_level_that_promises_nothing_for_a_priority_means_it(stage: Stage) -> None:
    stage.promise(name="Everybody")
    stage.promise(name="Hansen", targets={Priority.NORMAL: Minutes()}, company=stage.company)
    assert stage.kinds(stage.ticket()) == set()


def test_a_ticket_without_a_service_level_has_no_clock_and_no_timer(stage: Stage) -> None:
    ticket = stage.ticket(due_at=at("2026-03-09T09:00"))
    assert stage.kinds(ticket) == set() and stage.deadline(ticket) == at("2026-03-09T09:00")
    with scope.tenant(stage.member.tenant_id):
        assert not Timer.objects.filter(kind=clocks.TIMER).exists()


def test_the_calendar_is_the_levels_then_the_customers_then_ours(stage: Stage) -> None:
    level = stage.promise()
    assert stage.spans(stage.ticket())[0].calendar_id == stage.default().pk
    with acting(stage.member) as by:
        made = {
            name: calendars.add(by=by, name=name, time_zone="Europe/Riga", week=[[[480, 720]]] * 7)
            for name in ("Theirs", "Agreed")
        }
        directory.edit_company(stage.company, by=by, calendar=made["Theirs"])
        assert stage.spans(stage.ticket())[0].calendar_id == made["Theirs"].pk
        service_levels.edit(level, by=by, calendar=made["Agreed"], targets={Priority.NORMAL: NORMAL})
        assert stage.spans(stage.ticket())[0].calendar_id == made["Agreed"].pk


def test_a_promise_that_is_changed_reaches_the_clocks_that_run(stage: Stage) -> None:
    level = stage.promise()
    ticket = stage.ticket()
    stage.go("2026-03-02T11:00")
    with acting(stage.member) as by:
        service_levels.edit(level, by=by, targets={Priority.NORMAL: URGENT})
    stage.go("2026-03-02T11:01")
    assert stage.of(ticket).target_seconds == 8 * HOUR and stage.of(ticket).due_at == at("2026-03-02T17:00")
    assert [span.seconds for span in stage.spans(ticket)] == [2 * HOUR, 0]
    with acting(stage.member) as by:
        service_levels.delete(level, by=by)
    stage.go("2026-03-02T11:02")
    assert stage.of(ticket).due_at is None and stage.deadline(ticket) == NO_DEADLINE


def test_the_nearest_of_due_date_and_running_clocks_is_the_deadline_of_the_lists(stage: Stage) -> None:
    stage.promise()
    ticket = stage.ticket(due_at=at("2026-03-02T09:30"))
    assert stage.deadline(ticket) == at("2026-03-02T09:30")
    stage.do(services.edit, ticket, due_at=at("2026-03-30T09:30"))
    assert stage.deadline(ticket) == at("2026-03-02T10:00")
    stage.do(services.edit, ticket, title="Another")
    assert stage.deadline(ticket) == at("2026-03-02T10:00")
    stage.do(services.accept, ticket)
    stage.do(services.ask, ticket, "Which?")
    assert stage.deadline(ticket) == at("2026-03-30T09:30")


def test_a_hundred_clocks_are_brought_up_to_date_some_at_a_time(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clocks, "AT_ONCE", 3)
    stage.promise()
    made = [stage.ticket() for _ in range(8)]
    with acting(stage.member) as by:
        calendars.put_day(stage.default(), date(2026, 3, 3), by=by)
    with scope.tenant(stage.member.tenant_id):
        assert Clock.objects.exclude(stale_since=None).count() == 16
    stage.go("2026-03-02T09:00")
    assert {stage.of(ticket).due_at for ticket in made} == {at("2026-03-04T16:00")}
    with scope.tenant(stage.member.tenant_id):
        assert not Clock.objects.exclude(stale_since=None).exists()
        assert not Timer.objects.filter(kind=clocks.STALE).exists()
