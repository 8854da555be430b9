"""What the tests of visits and licences do again and again: people, a plan, a prepared delivery note."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from billing.models import DeliveryLine, DeliveryNote
from billing.services import delivery_notes
from psa.mail.models import OutgoingMail
from psa.tenancy import services as tenants
from psa.tenancy.models import Membership, Tenant
from psa.timers import timers
from tests.conftest import acting
from tickets.models import Appointment, Ticket
from tickets.services import appointments

BERLIN = ZoneInfo("Europe/Berlin")
# A Monday, nine o'clock in Berlin.
MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(MONDAY, tick=False) as found:
        yield found


@pytest.fixture
def seller(nordlicht: Tenant) -> Membership:
    """Nora sells, and prepares delivery notes."""
    return tenants.add_member(nordlicht, "nora@nordlicht.example", "Nora Sommer", "sales")


@pytest.fixture
def lead(nordlicht: Tenant) -> Membership:
    """Dirk leads the desk."""
    return tenants.add_member(nordlicht, "dirk@nordlicht.example", "Dirk Maas", "dispatcher")


def at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    """A moment on the clocks of a zone."""
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def plan(ticket: Ticket, by: Membership, starts: datetime, *people: Membership, **more: Any) -> Appointment:
    """Two hours on site, at an address that was typed, from this moment on."""
    with acting(by) as actor:
        going = list(people) or [by]
        ends = more.pop("ends_at", starts + timedelta(hours=2))
        if not more.get("location"):
            more.setdefault("address", "Hafenstraße 1, Kiel")
        return appointments.plan(ticket, people=going, starts_at=starts, ends_at=ends, by=actor, **more)


def prepare(ticket: Ticket, by: Membership) -> DeliveryNote:
    """A delivery note of the ticket with a line, prepared."""
    with acting(by) as actor:
        note = delivery_notes.draft_of(ticket, by=actor)
        DeliveryLine.objects.create(note=note, position=1, name="Switch", quantity=Decimal(1))
        return delivery_notes.prepare(note, by=actor)


def sweep(member: Membership) -> None:
    """The worker's turn: every timer that is due."""
    for _turn in range(10):
        if not timers.sweep():
            return


def mails(code: str) -> list[tuple[str, str]]:
    """To whom mails of this code were written, with what their subject says."""
    rows = OutgoingMail.objects.filter(code=code).order_by("pk")
    return list(rows.values_list("to_address", "subject"))
