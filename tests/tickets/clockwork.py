"""A stage for the clocks: a desk with a promise, and a hand that moves time and tickets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from psa.calendars.models import Calendar
from psa.directory import service_levels
from psa.directory.models import Company, ServiceLevel
from psa.directory.service_levels import Minutes
from psa.journal.models import Entry
from psa.tenancy import scope
from psa.tenancy.models import Membership
from psa.timers import timers
from tests.conftest import acting
from tickets import services
from tickets.models import Clock, Span, Ticket
from tickets.models.desk import Priority
from tickets.services import clocks

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = 3600
# An hour to the response, four to the start, sixteen (nearly two days of nine hours) to the resolution.
NORMAL = Minutes(60, 240, 960)
URGENT = Minutes(30, 60, 480)


def at(text: str) -> datetime:
    """A moment on the wall of Nordlicht."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


class Stage:
    """Nordlicht on Monday, 2 March 2026, at nine; `go` moves on and lets the worker sweep."""

    def __init__(self, member: Membership, company: Company, clock: Any) -> None:
        self.member, self.company, self.clock = member, company, clock

    def go(self, text: str, *, sweep: bool = True) -> None:
        self.clock.move_to(at(text))
        while sweep and timers.sweep():
            pass

    def promise(self, **fields: Any) -> ServiceLevel:
        targets = {Priority.NORMAL: NORMAL, Priority.HIGH: URGENT, Priority.LOW: Minutes()}
        with acting(self.member) as by:
            return service_levels.add(by=by, **{"name": "Gold", "targets": targets, **fields})

    def ticket(self, **fields: Any) -> Ticket:
        with acting(self.member) as by:
            return services.create(by=by, **{"title": "VPN drops", "company": self.company, **fields})

    def do(self, verb: Callable[..., Any], ticket: Ticket, *args: Any, **fields: Any) -> Any:
        with acting(self.member) as by:
            return verb(ticket, *args, by=by, **fields)

    def stands(self, ticket: Ticket, status: str, **columns: Any) -> None:
        """The ticket stands in a state of the specification; its clocks follow."""
        with scope.tenant(self.member.tenant_id), transaction.atomic():
            found = Ticket.objects.get(pk=ticket.pk)
            found.__dict__.update(status=status, **columns)
            clocks.follow(found)

    def of(self, ticket: Ticket, kind: str = "resolution") -> Clock:
        with scope.tenant(self.member.tenant_id):
            return Clock.objects.get(ticket=ticket, kind=kind)

    def kinds(self, ticket: Ticket) -> set[str]:
        with scope.tenant(self.member.tenant_id):
            return set(Clock.objects.filter(ticket=ticket).values_list("kind", flat=True))

    def spans(self, ticket: Ticket, kind: str = "resolution") -> list[Span]:
        with scope.tenant(self.member.tenant_id):
            return list(Span.objects.filter(clock__ticket=ticket, clock__kind=kind).order_by("began_at", "pk"))

    def deadline(self, ticket: Ticket) -> datetime:
        with scope.tenant(self.member.tenant_id):
            return Ticket.objects.get(pk=ticket.pk).next_deadline

    def told(self, ticket: Ticket) -> list[tuple[str, str]]:
        """What the clocks said: warned or breached, and which."""
        with scope.tenant(self.member.tenant_id):
            rows = Entry.objects.filter(subject_type="ticket", subject_id=ticket.pk, kind__startswith="ticket.clock_")
            return [(row.kind.removeprefix("ticket.clock_"), row.data["clock"]) for row in rows.order_by("pk")]

    def default(self) -> Calendar:
        with scope.tenant(self.member.tenant_id):
            return Calendar.objects.get(is_default=True)

    def spent(self, ticket: Ticket, kind: str = "resolution") -> timedelta:
        return timedelta(seconds=sum(span.seconds for span in self.spans(ticket, kind)))
