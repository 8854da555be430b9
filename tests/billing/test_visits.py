# ruff: noqa: F811
"""The day-before rule: deadline, reasons, reminder and escalation, moves (it-house spec, "On-site appointments";
criterion 5 of the IT house)."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from billing.models import BillingSettings, DeliveryNote, VisitPreparation
from billing.services import billing_settings, returns, visits
from psa.calendars import business
from psa.calendars import services as calendars
from psa.calendars.models import office_week
from psa.journal.models import Entry
from psa.tenancy import scope
from psa.tenancy.errors import Asks
from psa.tenancy.models import Membership, Tenant
from psa.timers.models import Timer
from tests.billing.visit_stage import at, clock, lead, mails, plan, prepare, seller, sweep  # noqa: F401
from tests.conftest import acting
from tickets import services
from tickets.models import Appointment, HandOff, Ticket
from tickets.services import appointments

pytestmark = pytest.mark.usefixtures("clock", "seller")
THURSDAY = at("2026-03-05T09:00")
CUT_OFF = at("2026-03-04T15:00")

# The country, the region, the visit, and the cut-off on the clocks there.
DEADLINES = [
    ("DE", "HH", "2026-03-05T09:00", "2026-03-04T15:00"),  # a Thursday
    ("DE", "HH", "2026-03-09T09:00", "2026-03-06T15:00"),  # a Monday: the Friday before
    ("DE", "HH", "2026-03-08T22:00", "2026-03-06T15:00"),  # a Sunday
    ("DE", "HH", "2026-04-07T08:00", "2026-04-02T15:00"),  # behind Easter
    ("DE", "HH", "2026-05-15T08:00", "2026-05-13T15:00"),  # the day behind Ascension
    ("DE", "BY", "2026-01-07T08:00", "2026-01-05T15:00"),  # Epiphany is a holiday in Bavaria
    ("DE", "HH", "2026-01-07T08:00", "2026-01-06T15:00"),  # and none in Hamburg
    ("DE", "HH", "2026-03-30T09:00", "2026-03-27T15:00"),  # the clocks go forward in between
    ("DE", "HH", "2026-10-26T09:00", "2026-10-23T15:00"),  # and back
    ("LV", "", "2026-01-05T09:00", "2025-12-30T15:00"),  # New Year's Eve is a holiday, the second of January moved
    ("LV", "", "2026-01-19T09:00", "2026-01-17T15:00"),  # a Saturday that is worked for it
    ("LV", "", "2026-06-25T09:00", "2026-06-19T15:00"),  # behind Midsummer, with the Monday before it moved
    ("LV", "", "2026-11-19T09:00", "2026-11-17T15:00"),  # behind the Proclamation Day
]
ZONES = {"DE": ZoneInfo("Europe/Berlin"), "LV": ZoneInfo("Europe/Riga")}


@pytest.mark.parametrize(("country", "region", "starts", "due"), DEADLINES)
def test_the_deadline_is_the_cut_off_of_the_working_day_before(
    country: str, region: str, starts: str, due: str
) -> None:
    zone = ZONES[country]
    week: Any = tuple(tuple((opens, closes) for opens, closes in day) for day in office_week())
    rules = business.rules(zone.key, country, region, week, ())
    assert visits.deadline(at(starts, zone), time(15, 0), rules) == at(due, zone)


def test_who_never_works_has_no_day_before() -> None:
    rules = business.rules("UTC", "", "", ((),) * 7, ())
    with pytest.raises(business.NeverWorked):
        visits.deadline(datetime(2026, 3, 5, tzinfo=UTC), time(15, 0), rules)


def test_a_visit_hands_its_delivery_note_to_sales(ticket: Ticket, max: Membership) -> None:
    made = plan(ticket, max, THURSDAY, material="A switch, two cables")
    with acting(max):
        task = HandOff.objects.get()
        assert (task.kind, task.receiving_role, task.due_at, task.subject) == (
            "delivery_note", "sales", CUT_OFF, made.key,
        )  # fmt: skip
        assert (task.text, task.sender_id) == ("A switch, two cables", max.pk)
        assert Timer.objects.get(kind=visits.STEP).due == CUT_OFF


@pytest.mark.parametrize("more", [{"is_on_site": False}, {}])
def test_where_the_rule_does_not_hold_nothing_is_asked(ticket: Ticket, max: Membership, more: dict[str, Any]) -> None:
    with acting(max):
        billing_settings.of_tenant()
        if not more:
            BillingSettings.objects.update(day_before_rule=False)
    made = plan(ticket, max, at("2026-03-02T10:00"), **more)
    with acting(max) as by:
        assert not HandOff.objects.exists() and not Timer.objects.filter(kind=visits.STEP).exists()
        assert appointments.start(made, by=by).override_reason == ""


def test_the_portal_has_no_day_before_rule(ticket: Ticket, max: Membership, nordlicht: Tenant) -> None:
    with scope.platform("test: a portal company"):
        Tenant.objects.filter(pk=nordlicht.pk).update(is_portal=True)
    plan(ticket, max, at("2026-03-02T10:00"))
    with acting(max):
        assert not HandOff.objects.exists()


def test_nobody_is_asked_where_nobody_sells(ticket: Ticket, max: Membership, seller: Membership) -> None:
    with acting(max):
        Membership.objects.filter(pk=seller.pk).update(is_active=False)
    plan(ticket, max, THURSDAY)
    with acting(max):
        assert not HandOff.objects.exists()


# Too late -----------------------------------------------------------------------------------------------------------
def test_behind_the_cut_off_a_visit_wants_a_reason_and_both_managers_are_told(
    ticket: Ticket, max: Membership, seller: Membership, lead: Membership, clock: time_machine.Coordinates
) -> None:
    clock.move_to(CUT_OFF + timedelta(minutes=1))
    with pytest.raises(Asks, match="visit_is_late"):
        plan(ticket, max, THURSDAY)
    with acting(max):
        assert not Appointment.objects.exists() and not mails("visit_unprepared")
    made = plan(ticket, max, THURSDAY, late_reason="The server failed.")
    with acting(max):
        assert Appointment.objects.get().late_reason == "The server failed."
        assert Entry.objects.get(kind="appointment.planned").data["text"] == "The server failed."
        assert Entry.objects.get(kind="visit.planned_late").data["text"] == "The server failed."
        assert sorted(to for to, _subject in mails("visit_unprepared")) == [lead.email, seller.email]
        assert HandOff.objects.get().due_at == CUT_OFF
    sweep(max)
    clock.shift(timedelta(hours=1))
    sweep(max)
    with acting(max):
        assert Entry.objects.filter(kind="visit.escalated").count() == 1, made
        assert not Entry.objects.filter(kind="visit.reminded").exists()


def test_at_the_cut_off_itself_nobody_is_late(ticket: Ticket, max: Membership, clock: time_machine.Coordinates) -> None:
    clock.move_to(CUT_OFF)
    assert plan(ticket, max, THURSDAY).late_reason == ""


def test_a_note_that_is_prepared_needs_no_reason(
    ticket: Ticket, max: Membership, seller: Membership, clock: time_machine.Coordinates
) -> None:
    note = prepare(ticket, seller)
    clock.move_to(CUT_OFF + timedelta(hours=3))
    made = plan(ticket, max, THURSDAY)
    clock.move_to(THURSDAY)
    with acting(max) as by:
        assert VisitPreparation.objects.get().note_id == note.pk
        assert not HandOff.objects.exists() and not Timer.objects.filter(kind=visits.STEP).exists()
        assert appointments.start(made, by=by).status == "started"


# Not prepared -------------------------------------------------------------------------------------------------------
def test_a_reminder_at_the_cut_off_and_an_escalation_an_hour_later_each_once(
    ticket: Ticket, max: Membership, seller: Membership, lead: Membership, clock: time_machine.Coordinates
) -> None:
    plan(ticket, max, THURSDAY)
    told: list[list[str]] = []
    for moment in (-1, 0, 1, 59, 60, 61, 600):
        clock.move_to(CUT_OFF + timedelta(minutes=moment))
        sweep(max)
        sweep(max)
        with acting(max):
            told.append([to for to, _subject in mails("visit_unprepared")])
    once, twice = [seller.email], [seller.email, *sorted([lead.email, seller.email], reverse=False)]
    assert told[:4] == [[], once, once, once]
    assert all(sorted(later) == sorted(twice) for later in told[4:])


def test_a_worker_that_comes_late_tells_once_and_leaves_the_hour(
    ticket: Ticket, max: Membership, seller: Membership, clock: time_machine.Coordinates
) -> None:
    plan(ticket, max, THURSDAY)
    clock.move_to(CUT_OFF + timedelta(hours=5))
    sweep(max)
    sweep(max)
    with acting(max):
        assert [entry.kind for entry in Entry.objects.filter(kind__startswith="visit.")] == ["visit.reminded"]
    clock.shift(timedelta(hours=1))
    sweep(max)
    with acting(max):
        found = [entry.kind for entry in Entry.objects.filter(kind__startswith="visit.").order_by("pk")]
        assert found == ["visit.reminded", "visit.escalated"]


def test_a_prepared_note_settles_the_task_and_nobody_is_reminded(
    ticket: Ticket, max: Membership, seller: Membership, clock: time_machine.Coordinates
) -> None:
    plan(ticket, max, THURSDAY)
    prepare(ticket, seller)
    with acting(max):
        assert HandOff.objects.get().status == "done"
        assert not Timer.objects.filter(kind=visits.STEP).exists()
    clock.move_to(CUT_OFF + timedelta(hours=2))
    sweep(max)
    with acting(max):
        assert not mails("visit_unprepared")


def test_one_note_is_of_one_visit(ticket: Ticket, max: Membership, seller: Membership) -> None:
    plan(ticket, max, at("2026-03-10T09:00"))
    first = plan(ticket, max, THURSDAY)
    prepare(ticket, seller)
    with acting(max):
        assert VisitPreparation.objects.get(note__isnull=False).appointment_id == first.pk
        assert HandOff.objects.filter(status="open").count() == 1


def test_a_reversed_note_is_wanted_again(ticket: Ticket, max: Membership, seller: Membership) -> None:
    plan(ticket, max, THURSDAY)
    note = prepare(ticket, seller)
    with acting(seller) as by:
        returns.reverse(DeliveryNote.objects.get(pk=note.pk), "Wrong switch", by=by)
        assert VisitPreparation.objects.get().note_id is None
        assert [task.status for task in HandOff.objects.order_by("pk")] == ["done", "open"]
        assert Timer.objects.get(kind=visits.STEP).due == CUT_OFF


# On the spot --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("verb", [appointments.start, appointments.finish])
def test_without_a_note_a_visit_starts_with_a_reason_that_is_kept(
    ticket: Ticket, max: Membership, clock: time_machine.Coordinates, verb: Any
) -> None:
    made = plan(ticket, max, THURSDAY)
    clock.move_to(THURSDAY)
    for nothing in ("", "   "):
        with acting(max) as by, pytest.raises(Asks, match="visit_without_note"):
            verb(made, by=by, reason=nothing)
    with acting(max) as by:
        assert Appointment.objects.get().status == "planned"
        verb(made, by=by, reason="Nothing is delivered.")
        assert Appointment.objects.get().override_reason == "Nothing is delivered."
        assert (
            Entry.objects.filter(kind__startswith="appointment.").latest("pk").data["text"] == "Nothing is delivered."
        )


def test_a_visit_that_has_begun_is_not_reminded_of(
    ticket: Ticket, max: Membership, clock: time_machine.Coordinates
) -> None:
    made = plan(ticket, max, at("2026-03-02T10:00"), late_reason="It broke.")
    with acting(max) as by:
        appointments.start(made, by=by, reason="Nothing is delivered.")
    clock.shift(timedelta(hours=2))
    sweep(max)
    with acting(max) as by:
        assert not Entry.objects.filter(kind="visit.escalated").exists() and HandOff.objects.get().status == "open"
        appointments.finish(made, by=by)
        assert HandOff.objects.get().status == "cancelled"


# Moved and cancelled ------------------------------------------------------------------------------------------------
MOVES = [
    ("2026-03-10T09:00", "2026-03-09T15:00"),
    ("2026-03-09T07:00", "2026-03-06T15:00"),  # a Monday
    ("2026-04-07T09:00", "2026-04-02T15:00"),  # behind Easter
    ("2026-03-04T09:00", "2026-03-03T15:00"),  # earlier
]


@pytest.mark.parametrize(("starts", "due"), MOVES)
def test_moving_the_visit_moves_the_deadline_and_the_timer(
    ticket: Ticket, max: Membership, starts: str, due: str
) -> None:
    made = plan(ticket, max, THURSDAY)
    with acting(max) as by:
        appointments.edit(made, by=by, starts_at=at(starts), ends_at=at(starts) + timedelta(hours=1))
        assert HandOff.objects.get().due_at == at(due) == VisitPreparation.objects.get().due_at
        assert Timer.objects.get(kind=visits.STEP).due == at(due)


def test_a_moved_visit_is_reminded_of_anew(
    ticket: Ticket, max: Membership, seller: Membership, clock: time_machine.Coordinates
) -> None:
    made = plan(ticket, max, THURSDAY)
    clock.move_to(CUT_OFF)
    sweep(max)
    with acting(max) as by:
        appointments.edit(made, by=by, starts_at=at("2026-03-10T09:00"), ends_at=at("2026-03-10T10:00"))
        assert Timer.objects.get(kind=visits.STEP).due == at("2026-03-09T15:00")
    clock.move_to(at("2026-03-09T15:00"))
    sweep(max)
    with acting(max):
        assert Entry.objects.filter(kind="visit.reminded").count() == 2


def test_a_move_behind_the_cut_off_wants_a_reason_of_its_own(
    ticket: Ticket, max: Membership, clock: time_machine.Coordinates
) -> None:
    made = plan(ticket, max, at("2026-03-10T09:00"))
    clock.move_to(CUT_OFF + timedelta(hours=1))
    window = {"starts_at": THURSDAY, "ends_at": THURSDAY + timedelta(hours=1)}
    with acting(max) as by, pytest.raises(Asks, match="visit_is_late"):
        appointments.edit(made, by=by, **window)
    with acting(max) as by:
        assert Appointment.objects.get().starts_at == at("2026-03-10T09:00")
        assert HandOff.objects.get().due_at == at("2026-03-09T15:00")
        appointments.edit(made, by=by, late_reason="They are closed next week.", **window)
        assert Entry.objects.get(kind="appointment.moved").data["text"] == "They are closed next week."
        appointments.edit(made, by=by, note="Bring a ladder")
        assert Appointment.objects.get().late_reason == "They are closed next week."
        assert Entry.objects.filter(kind="visit.planned_late").count() == 1


def test_a_visit_that_is_none_any_more_wants_nothing(ticket: Ticket, max: Membership) -> None:
    made = plan(ticket, max, THURSDAY)
    with acting(max) as by:
        appointments.edit(made, by=by, is_on_site=False)
        assert HandOff.objects.get().status == "cancelled"
        assert not Timer.objects.filter(kind=visits.STEP).exists() and not VisitPreparation.objects.exists()
        appointments.edit(made, by=by, is_on_site=True)
        assert HandOff.objects.filter(status="open").count() == 1


@pytest.mark.parametrize("way", ["visit", "ticket"])
def test_cancelling_cancels_the_task(
    ticket: Ticket, max: Membership, clock: time_machine.Coordinates, way: str
) -> None:
    made = plan(ticket, max, THURSDAY)
    with acting(max) as by:
        if way == "visit":
            appointments.cancel(made, by=by)
        else:
            services.cancel(ticket, "Not needed", by=by)
        assert HandOff.objects.get().status == "cancelled"
        assert not Timer.objects.filter(kind=visits.STEP).exists()
    clock.move_to(CUT_OFF + timedelta(hours=2))
    sweep(max)
    with acting(max):
        assert not mails("visit_unprepared")


def test_a_day_off_that_is_entered_later_moves_the_deadline(ticket: Ticket, max: Membership) -> None:
    plan(ticket, max, THURSDAY)
    with acting(max) as by:
        calendars.put_day(calendars.default(), CUT_OFF.date(), by=by, label="Company outing")
        assert HandOff.objects.get().due_at == at("2026-03-03T15:00")
        assert Timer.objects.get(kind=visits.STEP).due == at("2026-03-03T15:00")


def test_another_cut_off_counts_when_the_timer_fires(
    ticket: Ticket, max: Membership, clock: time_machine.Coordinates
) -> None:
    plan(ticket, max, THURSDAY)
    with acting(max):
        BillingSettings.objects.update(cut_off=time(17, 0))
    clock.move_to(CUT_OFF)
    sweep(max)
    with acting(max):
        assert not mails("visit_unprepared")
        assert Timer.objects.get(kind=visits.STEP).due == at("2026-03-04T17:00") == HandOff.objects.get().due_at
