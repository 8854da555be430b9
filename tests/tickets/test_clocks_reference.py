"""Clocks against counting minutes: 2,000 random lives of a ticket come to the same (lifecycle spec, "Calendars and
SLA"; hostile test W10). Pauses, weekends, changes of the clock, other priorities, other and edited calendars."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from psa.calendars.models import Calendar, CalendarVersion
from psa.directory.models import Company, ServiceLevel, ServiceTarget
from psa.directory.service_levels import Minutes, Promise
from psa.tenancy import scope
from psa.tenancy.models import Tenant
from tests.calendars import reference
from tests.calendars.cases import Case, calendar, moment
from tests.calendars.reference import Wall
from tickets.models import Clock, Queue, Span, Ticket
from tickets.reckoning import Hands
from tickets.services import clocks

CASES, STORED = 2_000, 30
RUNNING, WAITING, DONE = (
    ("new", "open", "in_progress"),
    ("estimated", "waiting_solution_review"),
    ("closed", "cancelled"),
)
PRIORITIES = {1: 120, 2: 400, 3: 900}


@dataclass
class Stretch:
    """From a moment on: whether the clock runs, and when there is work."""

    since: datetime
    runs: bool
    wall: Wall


class Life:
    """One ticket, lived twice: by the clocks, and in a list of stretches."""

    def __init__(self, number: int, dice: random.Random, queue: Queue | None = None, company: Company | None = None):
        self.number, self.dice, self.now = number, dice, moment(dice)
        self.cases = [calendar(dice), calendar(dice)]
        self.versions: dict[tuple[int, int], CalendarVersion] = {}
        self.calendars = [self.calendar(at, case) for at, case in enumerate(self.cases)]
        self.used = 0
        self.clock: Clock | None = None
        self.span: Span | None = None
        self.spans: list[Span] = []
        self.stretches = [Stretch(self.now, True, self.cases[0].wall)]
        self.ticket = self.new(queue, company)
        self.follow()

    def new(self, queue: Queue | None, company: Company | None) -> Ticket:
        return Ticket(number=self.number, priority=self.dice.choice(list(PRIORITIES)), created_at=self.now)

    def calendar(self, at: int, case: Case) -> Calendar:
        wall = case.wall
        days = {day.isoformat(): {"label": "", "windows": own} for day, own in wall.own.items()}
        rules = {"time_zone": str(wall.zone), "country": case.rules.country, "region": case.rules.region}
        made = Calendar(pk=at + 1, name=f"{self.number}-{at}", week=wall.week, days=days, **rules)
        self.keep(made)
        return made

    def keep(self, made: Calendar) -> None:
        """The calendar as it stands from now on."""
        rules = {name: getattr(made, name) for name in ("time_zone", "country", "region", "week", "days")}
        version = CalendarVersion(calendar=made, number=made.version, made_at=self.now, **rules)
        self.versions[made.pk, made.version] = version

    def follow(self) -> None:
        """Bring the clock to where the ticket stands, without a database."""
        minutes = Minutes(resolution=PRIORITIES[self.ticket.priority])
        promise = Promise(ServiceLevel(), minutes, self.calendars[self.used])
        hands = Hands(self.ticket, promise, self.now, self.versions)
        self.clock = self.clock or hands.begin([])[0]
        hands.move(self.clock, self.span, False)
        self.spans += hands.opened
        self.span = next((span for span in self.spans if span.ended_at is None), None)
        self.clock.pk = 1
        for at, span in enumerate(self.spans):
            span.pk = at + 1

    def step(self) -> None:
        """Something happens a while later."""
        self.now += timedelta(minutes=self.dice.randrange(1, 700))
        last = self.stretches[-1]
        what = self.dice.choice(["status", "status", "status", "priority", "calendar", "edit", "nothing"])
        runs, wall = last.runs, last.wall
        if what == "status":
            status = self.dice.choice([*RUNNING, *RUNNING, *WAITING, *DONE])
            self.ticket.__dict__["status"] = status
            runs = status in RUNNING
        elif what == "priority":
            self.ticket.priority = self.dice.choice(list(PRIORITIES))
        elif what == "calendar":
            self.used = 1 - self.used
            wall = self.cases[self.used].wall
        elif what == "edit":
            wall = self.edit()
        self.stretches.append(Stretch(self.now, runs, wall))
        self.follow()

    def edit(self) -> Wall:
        """A day of the calendar in use is closed, or worked; the clocks hear of it when they are looked at next."""
        case, made = self.cases[self.used], self.calendars[self.used]
        day = (self.now + timedelta(days=self.dice.randrange(-1, 3))).date()
        own = {**case.wall.own, day: self.dice.choice([(), None, ((600, 720),)])}
        case.wall = Wall(str(case.wall.zone), case.rules.country, case.rules.region, case.wall.week, own)
        made.days = {**made.days, day.isoformat(): {"label": "", "windows": own[day]}}
        made.version += 1
        self.keep(made)
        return case.wall

    def expected(self) -> int:
        """Working seconds minute by minute."""
        ends = [*(one.since for one in self.stretches[1:]), self.now]
        parts = zip(self.stretches, ends, strict=True)
        return sum(reference.elapsed(one.wall, one.since, until) for one, until in parts if one.runs)


class StoredLife(Life):
    """The same through the service and the database."""

    def new(self, queue: Queue | None, company: Company | None) -> Ticket:
        fields = {"number": self.number, "title": "x", "company": company, "queue": queue, "created_at": self.now}
        return Ticket.objects.create(**fields, priority=self.dice.choice(list(PRIORITIES)))

    def keep(self, made: Calendar) -> None:
        if made.version == 1:
            made.pk = None
        made.save()
        super().keep(made)
        self.versions[made.pk, made.version].save()

    def follow(self) -> None:
        ServiceLevel.objects.update(calendar=self.calendars[self.used])
        with time_machine.travel(self.now, tick=False):
            clocks.follow(self.ticket)
        self.clock = Clock.objects.get(ticket=self.ticket)
        self.spans = list(Span.objects.filter(clock=self.clock).order_by("began_at", "pk"))


def differences(life: Life) -> list[Any]:
    """What the clock says and the minutes do not."""
    for _ in range(life.dice.randrange(2, 7)):
        life.step()
    clock, expected, target = life.clock, life.expected(), PRIORITIES[life.ticket.priority] * 60
    assert clock is not None
    last = life.spans[-1]
    runs = last.ended_at is None and not last.is_pause
    now = reference.elapsed(life.stretches[-1].wall, last.began_at, life.now) if runs else 0
    wrong: list[Any] = []
    if clock.spent_seconds != sum(span.seconds for span in life.spans) or clock.spent_seconds + now != expected:
        wrong.append(("spent", clock.spent_seconds, now, expected))
    if runs is not life.stretches[-1].runs or clock.target_seconds != target:
        wrong.append(("runs", runs, clock.target_seconds))
    if runs and (clock.breached_at is not None) is not (expected >= target):
        wrong.append(("breached", clock.breached_at, expected, target))
    if runs and expected < target:
        due = reference.after(life.stretches[-1].wall, life.now, target - expected)
        if clock.due_at != due:
            wrong.append(("due", clock.due_at, due))
    return wrong


def test_two_thousand_random_lives_equal_the_minute_by_minute_reference() -> None:
    """What is spent, whether it is breached, and when it will be due; from seed 10, so that a failure comes again."""
    dice = random.Random(10)
    with scope.tenant(1):
        found = {number: differences(Life(number, dice)) for number in range(CASES)}
    assert not {number: wrong for number, wrong in found.items() if wrong}


@pytest.mark.django_db
def test_lives_kept_in_the_database_equal_it_as_well(nordlicht: Tenant, company: Company, queue: Queue) -> None:
    dice = random.Random(3)
    with scope.tenant(nordlicht), transaction.atomic(), time_machine.travel(timezone.now(), tick=False):
        level = ServiceLevel.objects.create(name="Gold")
        for priority, minutes in PRIORITIES.items():
            ServiceTarget.objects.create(level=level, priority=priority, resolution_minutes=minutes)
        found = {number: differences(StoredLife(number + 1, dice, queue, company)) for number in range(STORED)}
    assert not {number: wrong for number, wrong in found.items() if wrong}
