"""Sales prepares the delivery notes of visits to tickets it may not open (docs/permissions.md, "Roles")."""
# ruff: noqa: F811

from __future__ import annotations

import pytest

from billing.models import DeliveryNote
from billing.services import visits
from psa.tenancy.errors import Asks
from psa.tenancy.models import Membership
from tests.billing.visit_stage import at, clock, plan, prepare, seller  # noqa: F401
from tests.conftest import acting
from tests.tickets.pages import sign_in_english, text_of
from tickets.models import Appointment, HandOff, HandOffStatus, Ticket
from tickets.services import hand_offs

pytestmark = pytest.mark.usefixtures("clock")
HOME = "/nordlicht/"


@pytest.fixture
def visit(ticket: Ticket, max: Membership, seller: Membership) -> Appointment:
    return plan(ticket, max, at("2026-03-05T09:00"), material="One switch")


def task(by: Membership) -> HandOff:
    with acting(by):
        found: HandOff = HandOff.objects.get(kind=visits.KIND)
        return found


def test_who_is_handed_a_visit_sees_what_its_delivery_note_needs(
    visit: Appointment, ticket: Ticket, seller: Membership
) -> None:
    browser = sign_in_english(seller)
    answer = browser.get(f"{HOME}hand-offs/{task(seller).pk}/")
    said = text_of(answer)
    for wanted in ("Max Petersen", "Hafenstraße 1, Kiel", "One switch", ticket.company.name, str(ticket.number)):
        assert wanted in said
    assert "Thursday" in said and "Create delivery note" in said
    there = f"{HOME}tickets/{ticket.number}/"
    assert there not in answer.content.decode() and browser.get(there).status_code == 404
    assert there not in browser.get(f"{HOME}hand-offs/").content.decode()
    assert browser.get(f"{HOME}appointments/{visit.key}/").status_code == 404
    assert f'{HOME}appointments/{visit.key}/"' not in answer.content.decode()


def test_the_delivery_note_is_made_once_and_opened_from_then_on(visit: Appointment, seller: Membership) -> None:
    browser, url = sign_in_english(seller), f"{HOME}appointments/{visit.key}/delivery-note/"
    first, second = browser.post(url), browser.post(url)
    with acting(seller):
        note = DeliveryNote.objects.get()
    assert first.url == second.url == f"{HOME}delivery-notes/{note.key}/"
    assert browser.get(first.url).status_code == 200
    answer = browser.get(f"{HOME}hand-offs/{task(seller).pk}/")
    assert "Open delivery note" in text_of(answer) and first.url in answer.content.decode()


def test_the_task_is_not_done_without_a_prepared_note_or_a_reason(visit: Appointment, seller: Membership) -> None:
    browser, row = sign_in_english(seller), task(seller)
    url = f"{HOME}hand-offs/{row.pk}/finish/"
    answer = browser.post(url, {"words": ""})
    assert answer.status_code == 422 and "not prepared yet" in text_of(answer)
    assert task(seller).status == HandOffStatus.OPEN
    with acting(seller) as by, pytest.raises(Asks):
        hand_offs.finish(row, by=by)
    assert browser.post(url, {"words": "They take nothing along"}).status_code == 302
    assert task(seller).status == HandOffStatus.DONE


def test_a_prepared_note_settles_the_task_by_itself(visit: Appointment, ticket: Ticket, seller: Membership) -> None:
    prepare(ticket, seller)
    assert task(seller).status == HandOffStatus.DONE


def test_the_week_of_who_drives_nowhere_is_everybodys(
    visit: Appointment, max: Membership, ada: Membership, seller: Membership
) -> None:
    week = f"{HOME}appointments/week/?week=2026-W10"
    assert "None of those you may see" in text_of(sign_in_english(seller).get(week))
    answer = sign_in_english(ada).get(week)
    said = text_of(answer)
    assert f"{ada.name} goes nowhere this week" in said and "Show everybody" in said
    assert "person=all" in answer.content.decode() and "Nobody goes anywhere" not in said


def test_nobody_plans_for_a_day_gone_by_and_today_is_fine(ticket: Ticket, max: Membership) -> None:
    browser, url = sign_in_english(max), f"{HOME}tickets/{ticket.number}/appointments/new/"
    typed = {"begins": "09:00", "ends": "11:00", "people": [max.pk], "title": "Switch"}
    answer = browser.post(url, {**typed, "day": "2020-01-01"})
    assert answer.status_code == 422 and "This day is over." in text_of(answer) and "Switch" in answer.content.decode()
    with acting(max):
        assert not Appointment.objects.exists()
    assert browser.post(url, {**typed, "day": "2026-03-02"}).status_code == 302


def test_who_prepares_nothing_makes_no_note_of_a_visit(visit: Appointment, ada: Membership) -> None:
    answer = sign_in_english(ada).post(f"{HOME}appointments/{visit.key}/delivery-note/")
    assert answer.status_code == 403
    with acting(ada):
        assert not DeliveryNote.objects.exists()
