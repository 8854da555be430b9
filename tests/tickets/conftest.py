"""More of Nordlicht's desk: what a second company would try, and who reads what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from psa.directory.models import Company, WorkType
from psa.tenancy import scope
from psa.tenancy.models import Membership, Tenant
from tests.conftest import acting, sign_in
from tests.tickets.clockwork import Stage, at
from tickets import guards
from tickets.models import Queue, Ticket
from tickets.readers import Reader, readers
from tickets.services import items


@pytest.fixture
def browser(max: Membership) -> Client:
    """Max, signed in, reading English."""
    with scope.platform("test: language"):
        max.user.language = "en"
        max.user.save()
    return sign_in(max)


@pytest.fixture
def work_type(nordlicht: Tenant) -> WorkType:
    """Remote work."""
    with scope.tenant(nordlicht):
        return WorkType.objects.create(name="Remote")


def internal(ticket: Ticket) -> Reader:
    """Only ourselves."""
    return readers(ticket)[0]


def customer(ticket: Ticket) -> Reader:
    """The customer's contact."""
    return next(reader for reader in readers(ticket) if reader.audience == "customer")


# A valid item of each kind, as the services take it.
ITEMS: dict[str, dict[str, Any]] = {
    "note": {"text": "Looked at it."},
    "timeentry": {"minutes": 30, "worked_on": "2026-03-02"},
    "charge": {"name": "Cable"},
}


def put(ticket: Ticket, kind: str, member: Membership, reader: Reader | None = None) -> Any:
    """An item of this kind, made by this member for ourselves or for `reader`."""
    with acting(member) as by:
        return items.add(ticket, kind, reader or internal(ticket), by=by, **ITEMS[kind])


@pytest.fixture
def no_guards(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """An empty list of guards; what is registered in the test goes at its end."""
    kept: list[Any] = []
    monkeypatch.setattr(guards, "_guards", kept)
    return kept


@pytest.fixture
def stage(max: Membership, company: Company, queue: Queue) -> Iterator[Stage]:
    """Nordlicht on a Monday at nine, with nothing promised yet."""
    with time_machine.travel(at("2026-03-02T09:00"), tick=False) as clock:
        yield Stage(max, company, clock)
