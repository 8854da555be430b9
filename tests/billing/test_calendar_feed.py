# ruff: noqa: F811
"""The feed of a member's appointments: a secret address, kept as a hash, without anything internal."""

from __future__ import annotations

import re
from datetime import UTC, timedelta

import pytest
import time_machine
from django.test import Client
from icalendar import Calendar

from psa.tenancy import scope
from psa.tenancy.models import Membership, Tenant
from tests.billing.visit_stage import MONDAY, at, clock, plan  # noqa: F401
from tests.conftest import acting, sign_in
from tickets.models import CalendarFeed, Ticket
from tickets.services import appointments, calendar_feeds

pytestmark = pytest.mark.usefixtures("clock")


def address(member: Membership) -> str:
    with acting(member) as by:
        return f"/nordlicht/appointments/feed/{calendar_feeds.renew(by=by)}.ics"


def events(client: Client, url: str) -> list[dict[str, str]]:
    answer = client.get(url)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    return [dict(one) for one in Calendar.from_ical(answer.content).walk("VEVENT")]


def test_a_calendar_program_reads_ones_own_appointments(
    client: Client, ticket: Ticket, max: Membership, ada: Membership
) -> None:
    made = plan(ticket, max, at("2026-03-03T22:00"), ada, title="Replace the switch", ends_at=at("2026-03-04T02:00"))
    plan(ticket, max, at("2026-03-05T09:00"), max)
    (found,) = events(client, address(ada))
    assert str(found["SUMMARY"]) == "Reederei Hansen: Replace the switch"
    assert (found["DTSTART"].dt, found["DTEND"].dt) == (made.starts_at.astimezone(UTC), made.ends_at.astimezone(UTC))
    assert str(found["URL"]).endswith(f"/nordlicht/tickets/{ticket.number}/")


def test_nothing_internal_leaves_with_it(client: Client, ticket: Ticket, max: Membership) -> None:
    words = {"note": "Key under the mat", "material": "Switch for 400", "late_reason": "They shouted"}
    plan(ticket, max, at("2026-03-09T09:00"), **words)
    text = client.get(address(max)).content.decode()
    assert not [word for word in words.values() if word in text]


def test_x1_what_is_typed_breaks_no_line_of_the_file(client: Client, ticket: Ticket, max: Membership) -> None:
    plan(ticket, max, at("2026-03-09T09:00"), title="A;B,C\\D\nATTENDEE:mailto:x@example.com", address="E\r\nF")
    (found,) = events(client, address(max))
    assert "ATTENDEE" not in found and str(found["SUMMARY"]).endswith("ATTENDEE:mailto:x@example.com")


def test_the_same_appointments_are_told_once(client: Client, ticket: Ticket, max: Membership) -> None:
    made = plan(ticket, max, at("2026-03-09T09:00"))
    url = address(max)
    first = client.get(url)
    again = client.get(url, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    with acting(max) as by:
        moved = at("2026-03-10T09:00")
        appointments.edit(made, by=by, starts_at=moved, ends_at=moved + timedelta(hours=1))
    later = client.get(url, headers={"If-None-Match": first["ETag"]})
    assert later.status_code == 200 and later["ETag"] != first["ETag"]
    assert b"SEQUENCE:1" in later.content


def test_what_is_cancelled_or_long_over_is_gone(
    client: Client, ticket: Ticket, max: Membership, clock: time_machine.Coordinates
) -> None:
    made = plan(ticket, max, at("2026-03-09T09:00"))
    plan(ticket, max, at("2026-03-10T09:00"))
    url = address(max)
    with acting(max) as by:
        appointments.cancel(made, by=by)
    assert len(events(client, url)) == 1
    clock.shift(timedelta(days=100))
    assert events(client, url) == []


def test_only_the_hash_is_kept_and_a_new_address_ends_the_old_one(client: Client, max: Membership) -> None:
    first = address(max)
    raw = re.findall(r"feed/(.+)\.ics", first)[0]
    with acting(max):
        assert raw not in CalendarFeed.objects.get().sha256
    second = address(max)
    assert (client.get(first).status_code, client.get(second).status_code) == (404, 200)
    with acting(max) as by:
        calendar_feeds.stop(by=by)
    assert client.get(second).status_code == 404


@pytest.mark.parametrize("way", ["left", "suspended", "portal", "elsewhere"])
def test_a3_who_has_no_business_here_finds_nothing(
    client: Client, max: Membership, atlas: Tenant, nordlicht: Tenant, way: str
) -> None:
    url = address(max)
    assert client.get(url).status_code == 200
    with scope.platform("test: another state of the company"):
        if way == "left":
            Membership.objects.filter(pk=max.pk).update(is_active=False)
        elif way == "suspended":
            Tenant.objects.filter(pk=nordlicht.pk).update(suspended_at=MONDAY)
        elif way == "portal":
            Tenant.objects.filter(pk=nordlicht.pk).update(is_portal=True)
        else:
            url = url.replace("/nordlicht/", "/atlas/")
    assert client.get(url).status_code == 404


def test_the_address_is_shown_once(max: Membership) -> None:
    browser = sign_in(max)
    shown = browser.post("/nordlicht/appointments/feed/").content.decode()
    (url,) = re.findall(r"http://testserver(/nordlicht/appointments/feed/[^\"]+\.ics)", shown)
    assert browser.get(url).status_code == 200
    assert url not in browser.get("/nordlicht/appointments/feed/").content.decode()
