"""A member's week as a grid: days across, tickets down, sums at both ends, and what of it overlaps or is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from tickets import spans
from tickets.spans import Span

DAYS = 7


@dataclass(frozen=True, slots=True)
class Worked:
    """A time entry as the grid needs it."""

    pk: int
    ticket: int
    number: int
    worked_on: date
    minutes: int
    started_at: datetime | None
    ended_at: datetime | None


@dataclass(slots=True)
class Line:
    """One ticket's week: minutes a day, 0 where there are none."""

    number: int
    title: str
    minutes: list[int] = field(default_factory=lambda: [0] * DAYS)

    @property
    def total(self) -> int:
        return sum(self.minutes)


@dataclass(frozen=True, slots=True)
class Hint:
    """Something to look at in a day: two entries that overlap (their tickets), or time nothing was logged for."""

    start: datetime
    end: datetime
    tickets: tuple[int, ...] = ()

    @property
    def is_overlap(self) -> bool:
        return bool(self.tickets)


@dataclass(slots=True)
class Day:
    """One day: its sum, what was worked on, and its hints."""

    on: date
    total: int = 0
    lines: list[tuple[Line, int]] = field(default_factory=list)
    hints: list[Hint] = field(default_factory=list)


@dataclass(slots=True)
class Week:
    """Seven days from the first, whichever weekday the company's weeks begin with."""

    first: date
    days: list[Day]
    lines: list[Line]

    @property
    def total(self) -> int:
        return sum(day.total for day in self.days)

    @property
    def last(self) -> date:
        return self.first + timedelta(days=DAYS - 1)


def week(first: date, entries: Sequence[Worked], titles: Mapping[int, str]) -> Week:
    """The grid of these entries; `titles` of the tickets the reader may see, by id. Each counts on the day it began."""
    days = [Day(first + timedelta(days=number)) for number in range(DAYS)]
    lines: dict[int, Line] = {}
    for entry in entries:
        line = lines.setdefault(entry.ticket, Line(entry.number, titles.get(entry.ticket, "")))
        line.minutes[(entry.worked_on - first).days] += entry.minutes
    ordered = sorted(lines.values(), key=lambda line: line.number)
    for place, day in enumerate(days):
        day.lines = [(line, line.minutes[place]) for line in ordered if line.minutes[place]]
        day.total = sum(minutes for _line, minutes in day.lines)
        day.hints = _hints([entry for entry in entries if entry.worked_on == day.on], entries)
    return Week(first, days, ordered)


def _hints(ours: Sequence[Worked], all_of_week: Sequence[Worked]) -> list[Hint]:
    """What overlaps with an entry of this day, told on the day the later one began, and the gaps between."""
    numbers = {entry.pk: entry.number for entry in all_of_week}
    today = {entry.pk for entry in ours}
    found = [
        Hint(later.start, min(first.end, later.end), (numbers[first.key], numbers[later.key]))
        for first, later in spans.overlaps(_spans(all_of_week))
        if later.key in today
    ]
    found += [Hint(start, end) for start, end in spans.gaps(_spans(ours))]
    return sorted(found, key=lambda hint: hint.start)


def _spans(entries: Sequence[Worked]) -> list[Span]:
    return [Span(one.started_at, one.ended_at, one.pk) for one in entries if one.started_at and one.ended_at]


def read(rows: Any) -> list[Worked]:
    """The entries of a query as the grid needs them."""
    names = ("pk", "ticket_id", "ticket__number", "worked_on", "minutes", "started_at", "ended_at")
    return [Worked(*values) for values in rows.order_by("worked_on", "started_at", "pk").values_list(*names)]
