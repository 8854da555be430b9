"""Clock times as they are typed, as moments: over midnight and in the nights the clocks are changed. Pure.

One definition for every night: work begins at the first moment of its day at which the clock shows "from", and ends at
the first moment after that, within 24 hours, at which it shows "until". All moments given back are in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

DAY = timedelta(days=1)
MONDAY = 1
# A pause shorter than this is no gap worth a word.
LEAST_GAP = timedelta(minutes=15)


class NoSuchTime(ValueError):
    """The clock does not show this time there: the hour that is left out in spring, or nothing within 24 hours."""

    def __init__(self, clock: time) -> None:
        super().__init__(clock.isoformat())
        self.clock = clock


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From one moment until another, and what it belongs to."""

    start: datetime
    end: datetime
    key: int = 0


def moments(day: date, start: time, end: time, zone: tzinfo) -> tuple[datetime, datetime]:
    """When work began and ended that was typed as a day and two clock times. Raises NoSuchTime."""
    first = began(day, start, zone)
    for on in (day, day + DAY):
        for moment in _shown(on, end, zone):
            if first < moment <= first + DAY:
                return first, moment
    raise NoSuchTime(end)


def began(day: date, start: time, zone: tzinfo) -> datetime:
    """The first moment of that day at which the clock shows this time. Raises NoSuchTime."""
    first = next(_shown(day, start, zone), None)
    if first is None:
        raise NoSuchTime(start)
    return first


def minutes(start: datetime, end: datetime) -> int:
    """Whole minutes that really passed."""
    return int((end - start).total_seconds()) // 60


def _shown(day: date, clock: time, zone: tzinfo) -> Iterator[datetime]:
    """The moments of that day at which the clock shows this time: one, two in autumn, none in spring."""
    plain = datetime.combine(day, clock)
    last = None
    for fold in (0, 1):
        moment = plain.replace(tzinfo=zone, fold=fold).astimezone(UTC)
        if moment != last and moment.astimezone(zone).replace(tzinfo=None, fold=0) == plain:
            last = moment
            yield moment


def overlaps(spans: Iterable[Span]) -> list[tuple[Span, Span]]:
    """Every two that share time; one that ends when the next begins does not."""
    found: list[tuple[Span, Span]] = []
    open_ones: list[Span] = []
    for span in sorted(spans):
        open_ones = [one for one in open_ones if one.end > span.start]
        found += [(one, span) for one in open_ones]
        open_ones.append(span)
    return found


def gaps(spans: Sequence[Span], least: timedelta = LEAST_GAP) -> list[tuple[datetime, datetime]]:
    """What nothing was logged for between the first and the last of them."""
    found = []
    until: datetime | None = None
    for span in sorted(spans):
        if until is not None and span.start - until >= least:
            found.append((until, span.start))
        until = span.end if until is None else max(until, span.end)
    return found


def first_day(day: date, starts: int = MONDAY) -> date:
    """The day the week of `day` begins with; `starts` is that weekday as ISO 8601 counts it (1 Monday … 7 Sunday)."""
    return day - timedelta(days=(day.isoweekday() - starts) % 7)


def week_of(text: str, today: date, starts: int = MONDAY) -> date:
    """The first day of a week written as 2026-W12; of this week where that is no week.

    A week that begins on another weekday has the name of the Monday in it.
    """
    try:
        found = datetime.strptime(f"{text}-1", "%G-W%V-%u").date() if len(text) == 8 else None
    except ValueError:
        found = None
    if found is None or not 2000 <= found.year <= 2100:
        return first_day(today, starts)
    return first_day(found, starts)


def week_name(first: date) -> str:
    """A week, by its first day, as addresses write it."""
    monday = first + timedelta(days=(MONDAY - first.isoweekday()) % 7)
    return f"{monday:%G-W%V}"
