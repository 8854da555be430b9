"""Working time counted minute by minute, in the slowest way that cannot be wrong: look at the clock on the wall."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import holidays

MINUTE = timedelta(minutes=1)


class Wall:
    """A calendar as plain values: what a person would look up in an almanac."""

    def __init__(self, zone: str, country: str, region: str, week: list, own: dict[date, tuple | None]) -> None:
        self.zone = ZoneInfo(zone)
        self.week = week
        self.own = own
        self.usual = next(day for day in week if day)
        self.looked_up: dict[date, Sequence] = {}
        self.almanac = holidays.country_holidays(country, subdiv=region or None) if country else {}

    def works(self, moment: datetime) -> bool:
        """Whether the minute that begins at `moment` is worked."""
        local = moment.astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        day = local.date()
        if day not in self.looked_up:
            self.looked_up[day] = self.windows(day)
        return any(opens <= minute < closes for opens, closes in self.looked_up[day])

    def windows(self, day: date) -> Sequence:
        if day in self.own:
            return self.usual if self.own[day] is None else self.own[day]
        if day in self.almanac:
            return ()
        if day in getattr(self.almanac, "weekend_workdays", ()):
            return self.usual
        return self.week[day.weekday()]


def minutes(start: datetime, end: datetime) -> Iterator[datetime]:
    """Every minute from one moment to another; both stand on a full minute."""
    at, end = start.astimezone(UTC), end.astimezone(UTC)
    while at < end:
        yield at
        at += MINUTE


def elapsed(wall: Wall, start: datetime, end: datetime) -> int:
    """Working seconds between two full minutes."""
    return 60 * sum(wall.works(at) for at in minutes(start, end))


def after(wall: Wall, start: datetime, seconds: int) -> datetime:
    """The end of the minute with which so many working seconds are full; `seconds` are full minutes."""
    left, at = seconds // 60, start.astimezone(UTC)
    while left:
        left -= wall.works(at)
        at += MINUTE
    return at
