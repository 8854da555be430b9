"""Appointments: planned, moved, started, finished, cancelled, and who may (it-house spec, "On-site appointments")."""
# ruff: noqa: F811

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from billing.forms.appointments import AppointmentForm
from psa.directory.models import Company, Location
from psa.journal.models import Entry
from psa.tenancy import scope
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership, Tenant
from tests.billing.visit_stage import MONDAY, at, clock, plan  # noqa: F401
from tests.conftest import acting
from tickets import services
from tickets.models import Appointment, AppointmentPerson, Ticket
from tickets.services import appointments

pytestmark = pytest.mark.usefixtures("clock")
TUESDAY = at("2026-03-03T09:00")


def test_an_appointment_stands_on_its_ticket_with_who_goes(ticket: Ticket, max: Membership, ada: Membership) -> None:
    made = plan(ticket, max, TUESDAY, ada, title="Replace the switch")
    with acting(max):
        entry = Entry.objects.get(kind="appointment.planned")
        assert (entry.subject_id, entry.data["id"], entry.data["people"]) == (ticket.pk, made.pk, ["Ada Brandt"])
        assert [one.name for one in appointments.people_of(made)] == ["Ada Brandt"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"ends_at": TUESDAY}, "appointment_ends_before_it_begins"),
        ({"ends_at": TUESDAY - timedelta(hours=1)}, "appointment_ends_before_it_begins"),
        ({"ends_at": TUESDAY + timedelta(days=40)}, "appointment_too_long"),
    ],
)
def test_what_cannot_be_planned(ticket: Ticket, max: Membership, more: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused, match=code):
        plan(ticket, max, TUESDAY, **more)
    with acting(max):
        assert not Appointment.objects.exists() and not Entry.objects.filter(kind__startswith="appointment.").exists()


def test_nobody_goes_to_a_ticket_that_is_over(ticket: Ticket, max: Membership) -> None:
    with acting(max) as by:
        services.cancel(ticket, "Not needed", by=by)
    with pytest.raises(Refused, match="appointment_of_a_closed_ticket"):
        plan(ticket, max, TUESDAY)


def test_somebody_goes_and_still_works_here(ticket: Ticket, max: Membership, ada: Membership) -> None:
    with acting(max) as by, pytest.raises(Refused, match="appointment_without_people"):
        appointments.plan(ticket, people=[], starts_at=TUESDAY, ends_at=TUESDAY + timedelta(hours=1), by=by)
    with acting(max):
        Membership.objects.filter(pk=ada.pk).update(is_active=False)
        ada.refresh_from_db()
    with pytest.raises(Refused, match="appointment_without_people"):
        plan(ticket, max, TUESDAY, ada)


def test_a2_the_place_is_one_of_the_customers(ticket: Ticket, max: Membership) -> None:
    with acting(max):
        other = Location.objects.create(company=Company.objects.create(name="Elsewhere"), name="Their site")
    with pytest.raises(Refused, match="appointment_place_elsewhere"):
        plan(ticket, max, TUESDAY, location=other)


def test_a_technician_plans_what_they_go_to_themselves_and_no_more(
    ticket: Ticket, max: Membership, in_queue: Membership, people: Any
) -> None:
    ada = in_queue
    assert plan(ticket, ada, TUESDAY, ada).pk
    with pytest.raises(Denied):
        plan(ticket, ada, TUESDAY, max)
    theirs = plan(ticket, max, TUESDAY, max)
    for verb in (appointments.cancel, appointments.start, appointments.finish):
        with acting(ada) as by, pytest.raises(Denied):
            verb(theirs, by=by)
    for role in ("billing", "read-only"):
        with pytest.raises(Denied):
            plan(ticket, people(role), TUESDAY)
    with acting(max):
        assert Appointment.objects.get(pk=theirs.pk).status == "planned" and Appointment.objects.count() == 2


DAYS = [
    ("2026-03-03T09:00", "2026-03-03T00:00"),  # from midnight on
    ("2026-03-03T22:00", "2026-03-03T00:00"),  # a night shift on the day it begins
    ("2026-03-03T00:30", "2026-03-02T22:30"),  # right after midnight: two hours before
    ("2026-03-30T09:00", "2026-03-30T00:00"),  # the day after the clocks are changed
]


@pytest.mark.parametrize(("starts", "since"), DAYS)
@pytest.mark.parametrize("verb", [appointments.start, appointments.finish])
def test_an_appointment_is_started_on_its_own_day(
    ticket: Ticket, max: Membership, clock: time_machine.Coordinates, verb: Any, starts: str, since: str
) -> None:
    with scope.platform("test: where the company is"):
        Tenant.objects.filter(pk=ticket.tenant_id).update(time_zone="Europe/Berlin")
    made = plan(ticket, max, at(starts), is_on_site=False)
    clock.move_to(at(since) - timedelta(minutes=1))
    with acting(max) as by, pytest.raises(Refused, match="appointment_is_to_come") as refused:
        verb(made, by=by)
    assert datetime.fromisoformat(refused.value.params["since"]) == at(since)
    with acting(max) as by:
        assert Appointment.objects.get().status == "planned"
        clock.move_to(at(since))
        assert verb(made, by=by).status != "planned"


def test_a_visit_has_a_place_and_a_call_needs_none(ticket: Ticket, max: Membership) -> None:
    with pytest.raises(Refused, match="appointment_without_place"):
        plan(ticket, max, TUESDAY, address=" ")
    made = plan(ticket, max, TUESDAY, is_on_site=False, address="")
    with acting(max) as by, pytest.raises(Refused, match="appointment_without_place"):
        appointments.edit(made, by=by, is_on_site=True)
    with acting(max):
        assert not Appointment.objects.get().is_on_site


def test_the_form_says_beside_its_field_what_a_visit_lacks(ticket: Ticket, max: Membership) -> None:
    given = {"day": "2026-03-03", "begins": "10:00", "ends": "10:00", "people": [max.pk], "is_on_site": "on"}
    with acting(max) as by:
        Location.objects.all().delete()
        assert set(AppointmentForm(ticket, by, given).errors) == {"ends", "address"}
        place = Location.objects.create(company=ticket.company, name="Head office")
        assert set(AppointmentForm(ticket, by, given).errors) == {"ends", "location"}
        assert AppointmentForm(ticket, by).initial["location"] == place.pk
        remote = {name: value for name, value in given.items() if name != "is_on_site"} | {"ends": "02:00"}
        assert AppointmentForm(ticket, by, remote).is_valid()


def test_whoever_goes_starts_and_finishes_it(
    ticket: Ticket, max: Membership, ada: Membership, clock: time_machine.Coordinates
) -> None:
    made = plan(ticket, max, TUESDAY, ada, is_on_site=False)
    clock.move_to(TUESDAY)
    with acting(ada) as by:
        row = appointments.start(made, by=by)
        assert (row.status, row.started_at) == ("started", timezone.now())
        row = appointments.finish(made, by=by)
        assert (row.status, row.ended_at) == ("done", timezone.now())
        for verb, code in ((appointments.start, "not_planned"), (appointments.finish, "is_over")):
            with pytest.raises(Refused, match=code):
                verb(made, by=by)


def test_a_change_of_somebody_else_is_seen_before_it_is_overwritten(ticket: Ticket, max: Membership) -> None:
    made = plan(ticket, max, TUESDAY)
    with acting(max) as by:
        appointments.edit(made, by=by, version=1, note="Bring a ladder")
        with pytest.raises(Refused, match="appointment_was_changed"):
            appointments.edit(made, by=by, version=1, note="Bring two")
        row = Appointment.objects.get()
        assert (row.note, row.version) == ("Bring a ladder", 2)
        assert Entry.objects.filter(kind="appointment.edited").count() == 1


def test_nothing_changed_is_nothing_recorded(ticket: Ticket, max: Membership) -> None:
    made = plan(ticket, max, TUESDAY)
    with acting(max) as by:
        assert appointments.edit(made, by=by, version=1, starts_at=made.starts_at, people=[max]).version == 1
        assert Entry.objects.filter(kind__startswith="appointment.").count() == 1


def test_a_ticket_that_ends_takes_its_plans_with_it(ticket: Ticket, max: Membership) -> None:
    made = plan(ticket, max, TUESDAY)
    with acting(max) as by:
        services.cancel(ticket, "Not needed", by=by)
        assert Appointment.objects.get(pk=made.pk).status == "cancelled"
        assert Entry.objects.get(kind="appointment.cancelled").by_kind == "system"


def test_a_merged_tickets_plan_goes_over(ticket: Ticket, max: Membership) -> None:
    made = plan(ticket, max, TUESDAY)
    with acting(max) as by:
        other = services.create(by=by, title="The same", company=ticket.company, queue=ticket.queue)
        services.merging.merge(ticket, other, by=by)
        row = Appointment.objects.get(pk=made.pk)
        assert (row.status, row.ticket_id) == ("planned", other.pk)


def test_two_places_at_once_are_warned_of(ticket: Ticket, max: Membership, ada: Membership) -> None:
    first = plan(ticket, max, TUESDAY, ada)
    behind = plan(ticket, max, TUESDAY + timedelta(hours=2), ada)
    other = plan(ticket, max, TUESDAY + timedelta(hours=1), max)
    with acting(max) as by:
        assert not appointments.overlapping(first) and not appointments.overlapping(behind)
        row = appointments.edit(other, by=by, people=[ada, max])
        assert [one.appointment_id for one in appointments.overlapping(row)] == [first.pk, behind.pk]


def test_a_leavers_appointments_go_to_their_heir(ticket: Ticket, max: Membership, ada: Membership) -> None:
    plan(ticket, max, TUESDAY, ada)
    both = plan(ticket, max, TUESDAY, ada, max)
    with acting(max) as by:
        assert appointments.give(ada, max, by=by) == 2
        assert not AppointmentPerson.objects.filter(member=ada).exists()
        assert [one.pk for one in appointments.people_of(both)] == [max.pk]


def test_nobody_left_to_go_is_a_cancelled_appointment(ticket: Ticket, max: Membership, ada: Membership) -> None:
    made = plan(ticket, max, TUESDAY, ada)
    with acting(max) as by:
        appointments.give(ada, None, by=by)
        assert Appointment.objects.get(pk=made.pk).status == "cancelled"


# N7 -----------------------------------------------------------------------------------------------------------------
NIGHTS = [
    ("2026-03-03", "09:00", "11:00", 120),
    ("2026-03-03", "22:00", "02:00", 240),  # over midnight
    ("2026-03-28", "22:00", "06:00", 7 * 60),  # the night an hour is left out
    ("2026-10-24", "22:00", "06:00", 9 * 60),  # the night an hour comes twice
    ("2026-10-25", "02:30", "03:30", 120),  # from the first time the clock shows it
]


@pytest.mark.parametrize(("day", "begins", "ends", "minutes"), NIGHTS)
def test_n7_nights_and_the_clocks_change(
    ticket: Ticket, max: Membership, day: str, begins: str, ends: str, minutes: int
) -> None:
    with acting(max) as by, timezone.override("Europe/Berlin"):
        form = AppointmentForm(ticket, by, {"day": day, "begins": begins, "ends": ends, "people": [max.pk]})
        assert form.is_valid(), form.errors
        values = form.values()
        made = appointments.plan(ticket, by=by, **values)
        assert (made.ends_at - made.starts_at) == timedelta(minutes=minutes)


def test_n7_an_hour_that_is_left_out_cannot_be_planned(ticket: Ticket, max: Membership) -> None:
    given = {"day": "2026-03-29", "begins": "02:30", "ends": "05:00", "people": [max.pk]}
    with acting(max) as by, timezone.override("Europe/Berlin"):
        form = AppointmentForm(ticket, by, given)
        assert not form.is_valid() and list(form.errors) == ["begins"]
