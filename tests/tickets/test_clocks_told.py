"""What members see and hear of the clocks: the panel on the ticket, the mails, the list's deadline, the pages of the
service levels (lifecycle spec, "Calendars and SLA": every pause is explained on the ticket)."""

from __future__ import annotations

from typing import Any

import pytest

from psa.directory.models import ServiceLevel, ServiceTarget
from psa.directory.service_levels import Minutes
from psa.mail import preferences
from psa.mail.models import OutgoingMail, Way
from psa.tenancy import scope
from psa.tenancy import services as tenants
from psa.tenancy.models import Membership
from tests.conftest import acting, sign_in
from tests.tickets.clockwork import Stage
from tests.tickets.pages import DESK, sign_in_english, statements, text_of
from tickets import services
from tickets.models.desk import Priority

LEVELS = f"{DESK}service-levels/"


@pytest.fixture
def jonas(stage: Stage, nordlicht: Any) -> Membership:
    """A dispatcher at Nordlicht."""
    return tenants.add_member(nordlicht, "jonas@nordlicht.example", "Jonas Reimers", "dispatcher")


def mailed(member: Membership) -> list[str]:
    with scope.tenant(member.tenant_id):
        rows = OutgoingMail.objects.filter(code="clock_told", to_address=member.email).order_by("pk")
        return list(rows.values_list("subject", flat=True))


# Mails ----------------------------------------------------------------------------------------------------------------
def test_assignee_and_dispatchers_hear_of_a_warning_and_a_breach(
    stage: Stage, jonas: Membership, ada: Membership, in_queue: Any
) -> None:
    stage.promise()
    ticket = stage.ticket()
    stage.do(services.assign, ticket, ada)
    stage.go("2026-03-02T09:45")
    stage.go("2026-03-02T10:00")
    assert [subject.partition(":")[0] for subject in mailed(ada)] == ["Reaktion bald fällig", "Reaktion verfehlt"]
    assert mailed(jonas) == mailed(ada) and mailed(stage.member) == []
    with scope.tenant(stage.member.tenant_id):
        mail = OutgoingMail.objects.filter(code="clock_told", to_address=jonas.email).first()
        assert mail is not None and "Reederei Hansen" in mail.text and "1 h" in mail.text


def test_where_nobody_is_responsible_and_nobody_dispatches_the_administrators_hear(stage: Stage) -> None:
    stage.promise()
    stage.ticket()
    stage.go("2026-03-02T10:00")
    assert len(mailed(stage.member)) == 1


def test_who_does_not_want_to_hear_of_clocks_does_not(stage: Stage, jonas: Membership) -> None:
    with acting(jonas) as by:
        preferences.choose({"clocks": Way.OFF}, by=by)
    stage.promise()
    stage.ticket()
    stage.go("2026-03-02T10:00")
    assert mailed(jonas) == []


def test_a_dispatcher_without_sight_of_the_ticket_hears_nothing(stage: Stage, jonas: Membership) -> None:
    with scope.tenant(stage.member.tenant_id):
        jonas.role.capabilities = {**jonas.role.capabilities, "ticket.view": "own"}
        jonas.role.save()
    stage.promise()
    stage.ticket()
    stage.go("2026-03-02T10:00")
    assert mailed(jonas) == []


def test_what_was_met_late_meanwhile_is_told_on_the_ticket_and_not_by_mail(stage: Stage, jonas: Membership) -> None:
    stage.promise(targets={Priority.NORMAL: Minutes(resolution=60)})
    ticket = stage.ticket()
    stage.do(services.accept, ticket)
    stage.go("2026-03-02T11:00", sweep=False)
    stage.do(services.close, ticket, "Done")
    assert stage.told(ticket) == [("breached", "resolution")] and mailed(jonas) == []


# The ticket -----------------------------------------------------------------------------------------------------------
def test_the_ticket_shows_each_clock_and_explains_every_pause(stage: Stage) -> None:
    stage.promise()
    ticket = stage.ticket()
    stage.do(services.accept, ticket)
    stage.go("2026-03-02T09:30")
    stage.do(services.ask, ticket, "Which port?")
    stage.go("2026-03-02T11:00")
    browser = sign_in_english(stage.member)
    page = text_of(browser.get(f"{DESK}1/"))
    assert "Paused since" in page and "waiting for the customer&#x27;s answer" in page
    assert "15:30 h of 16:00 h left" in page and "Service level “Gold”" in page
    stage.do(services.answer, ticket, "12")
    page = text_of(browser.get(f"{DESK}1/"))
    assert "Paused from" in page and "Running" in page
    stage.go("2026-03-09T11:00")
    stage.do(services.close, ticket, "Done")
    page = text_of(sign_in_english(stage.member).get(f"{DESK}1/"))
    assert "Met late" in page and "the promised time is over" in page


def test_a_ticket_without_a_promise_shows_no_clocks_and_pays_nothing_for_them(stage: Stage) -> None:
    stage.ticket()
    browser = sign_in_english(stage.member)
    without = statements(browser, f"{DESK}1/")
    assert "Service level" not in text_of(browser.get(f"{DESK}1/")).replace("Service levels", "")
    stage.promise()
    stage.ticket()
    with_clocks = statements(browser, f"{DESK}2/")
    assert with_clocks == without + 2 and with_clocks <= 20


def test_pauses_cost_the_page_nothing(stage: Stage) -> None:
    stage.promise()
    ticket = stage.ticket()
    stage.do(services.accept, ticket)
    browser = sign_in_english(stage.member)
    costs = []
    for rounds in (1, 6):
        for _ in range(rounds):
            stage.do(services.ask, ticket, "Which?")
            stage.do(services.answer, ticket, "That.")
        costs.append(statements(browser, f"{DESK}1/"))
    assert costs[0] == costs[1]


def test_a_move_without_a_promise_asks_for_clocks_once(stage: Stage, django_assert_max_num_queries: Any) -> None:
    """One statement, and none where an edit changes nothing they go by."""
    ticket = stage.ticket()
    with acting(stage.member) as by, django_assert_max_num_queries(200) as asked:
        services.accept(ticket, by=by)
        services.edit(ticket, by=by, title="Another")
    assert sum('"tickets_clock"' in one["sql"] for one in asked) == 1


def test_the_list_shows_the_clock_that_is_due_first(stage: Stage) -> None:
    stage.promise()
    stage.ticket()
    stage.go("2026-03-02T09:30")
    assert "in 30 min" in text_of(sign_in_english(stage.member).get(DESK))


# The pages ------------------------------------------------------------------------------------------------------------
def test_a_service_level_is_added_changed_and_deleted(stage: Stage, company: Any) -> None:
    browser = sign_in_english(stage.member)
    typed = {"name": "Gold", "company": company.pk, "response_3": "0:30", "resolution_3": "1,5"}
    assert browser.post(f"{LEVELS}new/", typed).status_code == 302
    with scope.tenant(stage.member.tenant_id):
        level, target = ServiceLevel.objects.get(), ServiceTarget.objects.get(priority=3)
        assert (target.response_minutes, target.start_minutes, target.resolution_minutes) == (30, None, 90)
    page = text_of(browser.get(LEVELS))
    assert "Gold" in page and "0:30 h" in page and "1:30 h" in page
    assert '0:30"' in browser.get(f"{LEVELS}{level.pk}/").content.decode()
    browser.post(f"{LEVELS}{level.pk}/", {**typed, "response_3": ""})
    with scope.tenant(stage.member.tenant_id):
        assert ServiceTarget.objects.get(priority=3).response_minutes is None
    browser.post(f"{LEVELS}{level.pk}/delete/")
    assert "Nothing is promised yet" in text_of(browser.get(LEVELS))


@pytest.mark.parametrize("typed", ["0", "0:00", "4:60", "x", "-1", "99999", "1:2:3"])
def test_times_nobody_can_promise_are_refused(stage: Stage, typed: str) -> None:
    browser = sign_in_english(stage.member)
    answer = browser.post(f"{LEVELS}new/", {"name": "Gold", "response_3": typed})
    assert answer.status_code == 422 and "Write hours and minutes as 4:00" in text_of(answer)


def test_one_service_level_each_for_everybody_a_company_and_a_contract(stage: Stage, company: Any) -> None:
    browser = sign_in_english(stage.member)
    assert browser.post(f"{LEVELS}new/", {"name": "Gold"}).status_code == 302
    answer = browser.post(f"{LEVELS}new/", {"name": "Silver"})
    assert answer.status_code == 422 and "has a service level already" in text_of(answer)
    answer = browser.post(f"{LEVELS}new/", {"name": "Gold", "company": company.pk})
    assert answer.status_code == 422 and "There is a service level called “Gold” already" in text_of(answer)


def test_the_list_of_service_levels_costs_the_same_however_many_there_are(stage: Stage) -> None:
    browser = sign_in_english(stage.member)
    stage.promise()
    few = statements(browser, LEVELS)
    with scope.tenant(stage.member.tenant_id):
        for number in range(9):
            made = type(stage.company).objects.create(name=f"Customer {number}")
            ServiceLevel.objects.create(name=f"Level {number}", company=made)
    assert statements(browser, LEVELS) == few <= 12


def test_a_technician_manages_no_service_levels(stage: Stage, ada: Membership) -> None:
    browser = sign_in(ada)
    assert browser.get(LEVELS).status_code == browser.post(f"{LEVELS}new/", {"name": "Gold"}).status_code == 403
    with scope.tenant(stage.member.tenant_id):
        assert not ServiceLevel.objects.exists()
