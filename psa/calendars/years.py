"""A year of a calendar as its page shows it: holidays, moved days and days of one's own, and what is worked in all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from psa.calendars import business, days_off, windows
from psa.calendars.models import Calendar
from psa.looks import Look

HOLIDAY, MOVED, CLOSED, EXTRA = "holiday", "moved", "closed", "extra"
KINDS: dict[str, tuple[Any, Look]] = {
    HOLIDAY: (_("Public holiday"), Look("green", "calendar")),
    MOVED: (_("Moved working day"), Look("blue", "calendar-clock")),
    CLOSED: (_("Closed"), Look("amber", "lock")),
    EXTRA: (_("Extra working day"), Look("blue", "plus")),
}


@dataclass(frozen=True, slots=True)
class Day:
    """One day that is not like its weekday. `is_own` ones can be taken out again."""

    day: date
    kind: str
    name: str
    hours: str
    is_own: bool = False

    @property
    def written(self) -> str:
        return date_format(self.day, "SHORT_DATE_FORMAT")

    @property
    def weekday(self) -> str:
        return date_format(self.day, "l")

    @property
    def label(self) -> Any:
        return KINDS[self.kind][0]

    @property
    def look(self) -> Look:
        return KINDS[self.kind][1]


@dataclass(frozen=True, slots=True)
class Year:
    """The days that stand out, how many days are worked, and minutes of work."""

    number: int
    days: list[Day]
    working_days: int
    minutes: int


def of(calendar: Calendar, number: int, language: str) -> Year:
    """The year of a calendar; holidays are named in `language` where they can be."""
    rules = calendar.rules
    off = days_off.year(calendar.country, calendar.region, number, language)
    found = {day: Day(day, HOLIDAY, name, "") for day, name in off.holidays.items()}
    found |= {day: Day(day, MOVED, "", windows.write(rules.windows(day))) for day in off.workdays}
    for day, kept in rules.days.items():
        if day.year == number:
            kind = EXTRA if kept else CLOSED
            found[day] = Day(day, kind, calendar.days[day.isoformat()]["label"], windows.write(kept), is_own=True)
    first = date(number, 1, 1)
    every = [first + timedelta(days=at) for at in range((date(number + 1, 1, 1) - first).days)]
    worked = [rules.windows(day) for day in every if business.is_working_day(rules, day)]
    minutes = sum(closes - opens for kept in worked for opens, closes in kept)
    return Year(number, [found[day] for day in sorted(found)], len(worked), minutes)
