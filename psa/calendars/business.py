"""Working time between moments, pure: no database, no request (lifecycle spec, "Calendars and SLA").

A moment counts as worked when the clock on the wall of the calendar's zone shows a time inside a window of that day.
So a window that the change to summer time swallows is shorter, one in the hour that comes twice is worked twice, and a
day from 0:00 to 24:00 lasts to the next midnight, 23 or 25 hours later. Everything is counted in whole seconds of UTC.

What is worked in a year is worked out once for each calendar as it stands (`rules` gives back the same object for the
same content), so asking costs two searches in a list.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from psa.calendars import days_off

# Minutes of the day, from and until; 1440 is the next midnight.
Windows = tuple[tuple[int, int], ...]
Week = tuple[Windows, ...]
OwnDays = tuple[tuple[date, Windows | None], ...]

DAY = 86_400
EPOCH = date(1970, 1, 1).toordinal()
# A calendar that has not worked for so long never will.
PATIENCE = 20


class NeverWorked(ValueError):
    """The calendar has no working time in sight."""


@dataclass(frozen=True, slots=True)
class _Year:
    """A year's working time: intervals in seconds of UTC, what was worked before each and with it, and the sum."""

    starts: list[int]
    ends: list[int]
    before: list[int]
    until: list[int]

    @property
    def total(self) -> int:
        return self.until[-1] if self.until else 0

    def worked(self, at: int) -> int:
        """Seconds of this year worked before `at`."""
        last = bisect_right(self.starts, at) - 1
        return self.before[last] + min(at, self.ends[last]) - self.starts[last] if last >= 0 else 0

    def reached(self, seconds: int) -> int:
        """The moment at which so much of this year is worked; `seconds` is from 1 to the total."""
        at = bisect_left(self.until, seconds)
        return self.starts[at] + seconds - self.before[at]


@dataclass(frozen=True, eq=False, slots=True)
class Rules:
    """When somebody works. `days` are a company's own: their windows, () for closed."""

    zone: ZoneInfo
    country: str
    region: str
    week: Week
    days: dict[date, Windows]
    years: dict[int, _Year] = field(default_factory=dict, repr=False)

    def windows(self, day: date) -> Windows:
        """The windows of a day: a day of one's own first, then moved days and holidays, then the week."""
        if day in self.days:
            return self.days[day]
        off = days_off.year(self.country, self.region, day.year)
        if day in off.workdays:
            return usual(self.week)
        return () if day in off.holidays else self.week[day.weekday()]


def usual(week: Week) -> Windows:
    """What is worked on a day nobody gave hours to: those of the first day of the week that has any."""
    return next((windows for windows in week if windows), ())


@lru_cache(maxsize=512)
def rules(zone: str, country: str, region: str, week: Week, days: OwnDays) -> Rules:
    """The rules of a calendar as it stands. An own day's windows: () for closed, None for the usual hours."""
    own = {day: usual(week) if windows is None else windows for day, windows in days}
    return Rules(ZoneInfo(zone), country, region, week, own)


def is_working_day(kept: Rules, day: date) -> bool:
    """Whether anything is worked on a day of the calendar's zone."""
    return bool(kept.windows(day))


def elapsed(kept: Rules, start: datetime, end: datetime) -> int:
    """Working seconds between two aware moments; 0 where the end is not after the start."""
    first, last = _second(start), _second(end)
    if last <= first:
        return 0
    found = 0
    for number in range(_year_of(kept, first), _year_of(kept, last) + 1):
        year = _year(kept, number)
        found += year.worked(last) - year.worked(first)
    return found


def after(kept: Rules, start: datetime, seconds: int) -> datetime:
    """The first moment at which so many working seconds have passed since `start` (aware); `start` itself for none.

    Raises NeverWorked.
    """
    at, left = _second(start), seconds
    if left <= 0:
        return _moment(at)
    first = _year_of(kept, at)
    for number in range(first, first + PATIENCE):
        year = _year(kept, number)
        done = year.worked(at)
        if year.total - done >= left:
            return _moment(year.reached(done + left))
        left -= year.total - done
        if not year.total and number > first:
            break
    raise NeverWorked


def add_days(kept: Rules, moment: datetime, days: int) -> datetime:
    """The same time of day so many working days later, earlier where `days` is negative, in the calendar's zone.

    A moment on a day off counts from there: one working day after a Saturday is the next Monday. A time of day that the
    change to summer time swallows is an hour later on that day. Raises NeverWorked.
    """
    local, step = moment.astimezone(kept.zone), timedelta(days=1 if days > 0 else -1)
    for _ in range(abs(days)):
        for _ in range(366):
            local += step
            if kept.windows(local.date()):
                break
        else:
            raise NeverWorked
    return local.astimezone(UTC).astimezone(kept.zone)


def intervals(kept: Rules, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """What is worked between two aware moments, in order, as moments of UTC."""
    first, last = _second(start), _second(end)
    for number in range(_year_of(kept, first), _year_of(kept, last) + 1):
        year = _year(kept, number)
        for begins, ends in zip(year.starts, year.ends, strict=True):
            if begins < last and ends > first:
                yield _moment(max(begins, first)), _moment(min(ends, last))


def _second(moment: datetime) -> int:
    return int(moment.timestamp())


def _moment(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def _year_of(kept: Rules, second: int) -> int:
    return datetime.fromtimestamp(second, kept.zone).year


def _year(kept: Rules, number: int) -> _Year:
    if (found := kept.years.get(number)) is None:
        found = kept.years[number] = _make(kept, number)
    return found


def _make(kept: Rules, number: int) -> _Year:
    starts: list[int] = []
    ends: list[int] = []
    first, last = (date(number + more, 1, 1).toordinal() - EPOCH for more in (0, 1))
    for begins, over, offset in _offsets(kept.zone, (first - 2) * DAY, (last + 2) * DAY):
        on_wall, off_wall = begins + offset, over + offset
        for day in range(max(first, on_wall // DAY), min(last - 1, (off_wall - 1) // DAY) + 1):
            for opens, closes in kept.windows(date.fromordinal(day + EPOCH)):
                low = max(day * DAY + opens * 60, on_wall) - offset
                high = min(day * DAY + closes * 60, off_wall) - offset
                if ends and low == ends[-1]:
                    ends[-1] = max(high, low)
                elif low < high:
                    starts.append(low)
                    ends.append(high)
    before, until, worked = [], [], 0
    for begins, over in zip(starts, ends, strict=True):
        before.append(worked)
        worked += over - begins
        until.append(worked)
    return _Year(starts, ends, before, until)


def _offsets(zone: ZoneInfo, start: int, end: int) -> list[tuple[int, int, int]]:
    """The stretches between two seconds in which the zone keeps one distance from UTC, with that distance."""
    found, begins, offset = [], start, _offset(zone, start)
    for day in range(start + DAY, end + 1, DAY):
        if (later := _offset(zone, day)) == offset:
            continue
        low, high = day - DAY, day
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if _offset(zone, middle) == offset else (low, middle)
        found.append((begins, high, offset))
        begins, offset = high, later
    return [*found, (begins, end, offset)]


def _offset(zone: ZoneInfo, second: int) -> int:
    return int(datetime.fromtimestamp(second, zone).utcoffset().total_seconds())  # type: ignore[union-attr]
