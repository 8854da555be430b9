"""The pages of visits and licences as people see them: planned, warned of, looked at by week, reported on by age."""
# ruff: noqa: F811

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from billing.models import DeliveryNote, Licence
from billing.services import delivery_notes, licences
from billing.services.licences import Report
from psa.tenancy.models import Membership
from tests.billing.visit_stage import at, clock, plan, prepare, seller  # noqa: F401
from tests.conftest import acting, sign_in
from tests.tickets.pages import form_of, sign_in_english, statements, text_of
from tickets.models import Appointment, Ticket

pytestmark = pytest.mark.usefixtures("clock")
HOME = "/nordlicht/"


def typed(member: Membership, **more: Any) -> dict[str, Any]:
    return {
        "day": "2026-03-05", "begins": "09:00", "ends": "11:00", "people": [member.pk], "is_on_site": "on",
        "address": "Hafenstraße 1, Kiel", **more,
    }  # fmt: skip


def test_a_visit_is_planned_on_its_ticket_and_stands_there(ticket: Ticket, max: Membership) -> None:
    browser = sign_in(max)
    answer = browser.post(f"{HOME}tickets/{ticket.number}/appointments/new/", typed(max, title="Switch"), follow=True)
    assert answer.status_code == 200 and "Switch" in answer.content.decode()
    with acting(max):
        row = Appointment.objects.get()
        assert (row.starts_at, row.title) == (at("2026-03-05T09:00"), "Switch")
    page = browser.get(f"{HOME}tickets/{ticket.number}/").content.decode()
    assert f"{HOME}appointments/{row.key}/" in page
    assert f"{HOME}appointments/{row.key}/" in browser.get(HOME).content.decode()


def test_who_is_somewhere_else_is_warned_of_and_it_is_saved(ticket: Ticket, max: Membership) -> None:
    first = plan(ticket, max, at("2026-03-05T10:00"))
    answer = sign_in(max).post(f"{HOME}tickets/{ticket.number}/appointments/new/", typed(max), follow=True)
    assert f'<a href="{HOME}appointments/{first.key}/">Max Petersen' in answer.content.decode()
    with acting(max):
        assert Appointment.objects.count() == 2


def test_the_reason_is_asked_for_once_it_is_needed_and_what_was_typed_stays(
    ticket: Ticket, max: Membership, seller: Membership, clock: time_machine.Coordinates
) -> None:
    browser, url = sign_in(max), f"{HOME}tickets/{ticket.number}/appointments/new/"
    assert 'name="late_reason"' not in browser.get(url).content.decode()
    clock.move_to(at("2026-03-04T16:00"))
    browser = sign_in(max)
    answer = browser.post(url, typed(max, title="Switch"))
    text = answer.content.decode()
    assert answer.status_code == 422 and 'name="late_reason"' in text and 'value="Switch"' in text
    assert browser.post(url, typed(max, late_reason="It broke.")).status_code == 302


def test_a_visit_without_a_note_starts_with_a_reason(
    ticket: Ticket, max: Membership, seller: Membership, clock: time_machine.Coordinates
) -> None:
    row = plan(ticket, max, at("2026-03-05T09:00"))
    clock.move_to(row.starts_at)
    browser, url = sign_in(max), f"{HOME}appointments/{row.key}/"
    assert browser.post(f"{url}start/", {"reason": ""}).status_code == 422
    assert browser.post(f"{url}start/", {"reason": "Nothing is delivered."}).status_code == 302
    assert "Nothing is delivered." in browser.get(url).content.decode()


def test_a_prepared_visit_asks_nothing_and_leads_from_step_to_step(
    ticket: Ticket, max: Membership, seller: Membership, clock: time_machine.Coordinates
) -> None:
    row = plan(ticket, max, at("2026-03-05T09:00"))
    note = prepare(ticket, max)
    clock.move_to(row.starts_at)
    browser = sign_in_english(max)
    url, signing = f"{HOME}appointments/{row.key}/", f"{HOME}delivery-notes/{note.key}/sign/"
    before = browser.get(url).content.decode()
    assert "Why without a delivery note" not in before and signing not in before and note.number in before
    assert browser.post(f"{url}start/")["Location"] == url
    during = browser.get(url).content.decode()
    assert signing in during and f"{HOME}tickets/{ticket.number}/?compose=time#composer" in during
    assert browser.post(signing, {"name": "Cleo", "is_on_paper": "on"}).status_code == 302
    assert signing not in browser.get(url).content.decode()
    assert url in browser.get(f"{HOME}delivery-notes/{note.key}/").content.decode()
    assert browser.post(f"{url}finish/")["Location"] == f"{HOME}tickets/{ticket.number}/"


def test_a_week_shows_who_is_where_over_midnight_too(ticket: Ticket, max: Membership, ada: Membership) -> None:
    plan(ticket, max, at("2026-03-03T22:00"), ada, title="Night shift", ends_at=at("2026-03-04T06:00"))
    plan(ticket, max, at("2026-03-10T09:00"), max, title="Next week")
    browser = sign_in(max)
    everybody = browser.get(f"{HOME}appointments/week/?person=all").content.decode()
    assert everybody.count("Night shift") == 2 and "Next week" not in everybody
    assert "Night shift" not in browser.get(f"{HOME}appointments/week/").content.decode()
    assert "Next week" in browser.get(f"{HOME}appointments/week/?week=2026-W11").content.decode()


@pytest.mark.parametrize("page", ["appointments/week/?person=all", "appointments/", "tickets/{n}/", ""])
def test_no_page_takes_more_statements_for_more_appointments(
    ticket: Ticket, max: Membership, ada: Membership, page: str
) -> None:
    browser, url = sign_in(max), HOME + page.format(n=ticket.number)
    for day in (3, 4):
        plan(ticket, max, at(f"2026-03-0{day}T09:00"), max, ada)
    few = statements(browser, url)
    for day in (5, 6, 7):
        for hour in (10, 13, 16):
            plan(ticket, max, at(f"2026-03-0{day}T{hour}:00"), max, ada)
    assert statements(browser, url) <= few


# Licences and reports -----------------------------------------------------------------------------------------------
def reported(ticket: Ticket, member: Membership, *ages: int) -> list[Licence]:
    """A licence for each age in days."""
    with acting(member) as by:
        days = [date(2026, 3, 2) - timedelta(days=age) for age in ages]
        return [licences.report(ticket, Report(f"Office {day}", 1, day), by=by) for day in days]


def test_a_twin_is_asked_about_on_the_page(ticket: Ticket, max: Membership) -> None:
    browser, url = sign_in(max), f"{HOME}tickets/{ticket.number}/licences/new/"
    given = {"product": "Office", "quantity": "3", "change": "new", "installed_on": "2026-03-01", "device": "PC-17"}
    assert browser.post(url, given).status_code == 302
    answer = browser.post(url, given)
    assert answer.status_code == 422 and 'name="is_sure"' in answer.content.decode()
    assert browser.post(url, {**given, "is_sure": "on"}).status_code == 302
    with acting(max):
        assert Licence.objects.count() == 2


AGES = [(0, "week"), (7, "week"), (8, "month"), (31, "month"), (32, "quarter"), (92, "quarter"), (93, "older")]


@pytest.mark.parametrize("report", ["licences", "deliveries"])
def test_each_figure_of_a_report_opens_its_list(
    ticket: Ticket, max: Membership, seller: Membership, clock: time_machine.Coordinates, report: str
) -> None:
    days = [age for age, _code in AGES]
    if report == "licences":
        reported(ticket, max, *days)
        url, mark = f"{HOME}licences/not-billed/", r"Office \d"
    else:
        for age in reversed(days):
            note = prepare(ticket, seller)
            with acting(max) as by:
                delivery_notes.deliver(note, by=by)
                DeliveryNote.objects.filter(pk=note.pk).update(
                    delivered_at=at("2026-03-02T08:00") - timedelta(days=age)
                )
        url, mark = f"{HOME}licences/not-invoiced/", r"L-\d"
    browser = sign_in(max)
    text = browser.get(url).content.decode()
    for code in ("week", "month", "quarter", "older"):
        wanted = [age for age, found in AGES if found == code]
        assert f"?age={code}" in text
        csv = browser.get(f"{url}?age={code}&format=csv")
        body = b"".join(csv.streaming_content).decode()
        assert len(re.findall(mark, body)) == len(wanted), code
    assert len(re.findall(mark, b"".join(browser.get(f"{url}?format=csv").streaming_content).decode())) == len(days)


def test_what_is_in_the_contract_or_taken_back_is_in_no_report(ticket: Ticket, max: Membership) -> None:
    first, _second = reported(ticket, max, 3, 4)
    with acting(max) as by:
        licences.cancel(first, by=by)
    text = sign_in(max).get(f"{HOME}licences/not-billed/").content.decode()
    assert first.product not in text and "Office 2026-02-26" in text


def test_a_visit_that_was_cancelled_meanwhile_says_so_when_it_is_started(
    ticket: Ticket, max: Membership, seller: Membership
) -> None:
    row, browser = plan(ticket, max, at("2026-03-05T09:00")), sign_in_english(max)
    url = f"{HOME}appointments/{row.key}/"
    browser.post(f"{url}cancel/", {"reason": "They are closed."})
    answer = browser.post(f"{url}start/", {"reason": "It is urgent."})
    assert answer.status_code == 422 and 'role="alert"' in answer.content.decode()


def test_thursdays_visit_is_not_started_on_monday_and_can_be_moved(ticket: Ticket, max: Membership) -> None:
    row, browser = plan(ticket, max, at("2026-03-05T09:00")), sign_in_english(max)
    url = f"{HOME}appointments/{row.key}/"
    page = text_of(browser.get(url))
    assert f"{url}start/" not in page
    assert "It can be started from 5 Mar 2026, 00:00 on." in page
    for verb in ("start", "finish"):
        answer = browser.post(f"{url}{verb}/", {"reason": "Nothing is delivered."})
        assert answer.status_code == 422
        said = text_of(answer)
        assert "This appointment is planned for 5 March 2026" in said and f'href="{url}edit/"' in said


def test_what_is_over_offers_no_change_and_refuses_a_form_that_is_open_still(ticket: Ticket, max: Membership) -> None:
    row, browser = plan(ticket, max, at("2026-03-05T09:00")), sign_in_english(max)
    url = f"{HOME}appointments/{row.key}/"
    assert f'href="{url}edit/"' in text_of(browser.get(url))
    sent = form_of(browser.get(f"{url}edit/")) | typed(max, begins="10:00", ends="12:00")
    browser.post(f"{url}cancel/")
    assert f'href="{url}edit/"' not in text_of(browser.get(url))
    opened = browser.get(f"{url}edit/")
    assert (opened.status_code, opened.url) == (302, url)
    assert "cannot be changed any more: Cancelled" in text_of(browser.get(url))
    answer = browser.post(f"{url}edit/", sent)
    assert answer.status_code == 422 and "cannot be changed any more: Cancelled" in text_of(answer)
    with acting(max):
        assert Appointment.objects.get().starts_at == at("2026-03-05T09:00")
