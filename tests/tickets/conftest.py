"""More of Nordlicht's desk: what a second company would try, and who reads what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from psa.directory.models import WorkType
from psa.tenancy import scope, services
from psa.tenancy.models import Membership, Tenant
from tests.conftest import acting, sign_in
from tickets import guards
from tickets.models import Queue, QueueMember, Ticket
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
def in_queue(ada: Membership, queue: Queue) -> Membership:
    """Ada works the queue."""
    with scope.tenant(ada.tenant_id):
        QueueMember.objects.create(queue=queue, member=ada)
    return ada


@pytest.fixture
def people(nordlicht: Tenant) -> Callable[[str], Membership]:
    """Somebody of each role, made when asked for."""
    made: dict[str, Membership] = {}

    def of(role: str) -> Membership:
        if role not in made:
            made[role] = services.add_member(nordlicht, f"{role}@nordlicht.example", role.title(), role)
        return made[role]

    return of


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
