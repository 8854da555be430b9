"""Clock times as moments: against a clock that is watched minute by minute (hostile test N7)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tickets import spans
from tickets.spans import Span

BERLIN, RIGA, HOWE = ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/Riga"), ZoneInfo("Australia/Lord_Howe")
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
MINUTE = timedelta(minutes=1)


def watched(day: date, start: time, end: time, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """The same by looking at the clock every minute."""
    moment = datetime.combine(day, time(12), tzinfo=UTC) - timedelta(hours=40)
    shown = [(moment + number * MINUTE, (moment + number * MINUTE).astimezone(zone)) for number in range(80 * 60)]
    first = next((at for at, clock in shown if (clock.date(), clock.time()) == (day, start)), None)
    if first is None:
        return None
    later = (at for at, clock in shown if first < at <= first + timedelta(days=1) and clock.time() == end)
    last = next(later, None)
    return None if last is None else (first, last)


clocks = st.builds(time, st.integers(0, 23), st.integers(0, 59))
nights = st.sampled_from([SPRING, AUTUMN, date(2026, 4, 5), date(2026, 10, 4)])
days = st.builds(lambda night, off: night + timedelta(days=off), nights, st.integers(-2, 2))


@settings(max_examples=120, deadline=None)
@given(day=days, start=clocks, end=clocks, zone=st.sampled_from([BERLIN, RIGA, HOWE]))
@example(day=SPRING - timedelta(days=1), start=time(22), end=time(6), zone=BERLIN)
@example(day=SPRING, start=time(2, 30), end=time(4), zone=BERLIN)
@example(day=SPRING, start=time(0, 30), end=time(2, 30), zone=BERLIN)
@example(day=AUTUMN, start=time(2, 45), end=time(2, 15), zone=BERLIN)
@example(day=AUTUMN, start=time(12), end=time(11, 59), zone=RIGA)
@example(day=AUTUMN - timedelta(days=1), start=time(12), end=time(12), zone=RIGA)
def test_n7_from_and_until_are_what_somebody_watching_the_clock_saw(
    day: date, start: time, end: time, zone: ZoneInfo
) -> None:
    try:
        found = spans.moments(day, start, end, zone)
    except spans.NoSuchTime:
        found = None
    assert found == watched(day, start, end, zone)


def test_n7_nights_by_hand() -> None:
    """Day, from, until, minutes: an ordinary night, the short one, the long one, both hours of autumn."""
    table = (
        (date(2026, 3, 2), "22:00", "02:00", 240),
        (SPRING - timedelta(days=1), "22:00", "06:00", 7 * 60),
        (AUTUMN - timedelta(days=1), "22:00", "06:00", 9 * 60),
        (AUTUMN, "02:30", "03:30", 120),
        (AUTUMN, "02:45", "02:15", 30),
        (AUTUMN, "00:00", "12:00", 13 * 60),
        (date(2026, 3, 2), "23:59", "00:00", 1),
    )
    for day, start, end, expected in table:
        first, last = spans.moments(day, time.fromisoformat(start), time.fromisoformat(end), BERLIN)
        assert spans.minutes(first, last) == expected, (day, start, end)


def span(first: int, last: int, key: int = 0) -> Span:
    day = datetime(2026, 3, 2, tzinfo=UTC)
    return Span(day + first * MINUTE, day + last * MINUTE, key)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 30)), max_size=7))
def test_n7_overlaps_and_gaps_are_those_of_the_minutes(pairs: list[tuple[int, int]]) -> None:
    """Two overlap that share a minute; a gap is a run of fifteen minutes or more between them that nobody has."""
    all_of = [span(first, first + length, key) for key, (first, length) in enumerate(pairs)]
    minutes = [set(range(first, first + length)) for first, length in pairs]
    shared = {frozenset((a, b)) for a in range(len(pairs)) for b in range(a) if minutes[a] & minutes[b]}
    assert {frozenset((one.key, other.key)) for one, other in spans.overlaps(all_of)} == shared
    taken = set().union(*minutes) if minutes else set()
    free = [n for n in range(min(taken), max(taken)) if n not in taken] if taken else []
    runs: list[list[int]] = []
    for number in free:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    day = datetime(2026, 3, 2, tzinfo=UTC)
    expected = [(day + run[0] * MINUTE, day + (run[-1] + 1) * MINUTE) for run in runs if len(run) >= 15]
    assert spans.gaps(all_of) == expected


@pytest.mark.parametrize("starts", [1, 6, 7])
def test_a_week_begins_where_the_company_says_and_keeps_its_name(starts: int) -> None:
    for number in range(800):
        day = date(2025, 12, 20) + timedelta(days=number)
        first = spans.first_day(day, starts)
        assert first.isoweekday() == starts and 0 <= (day - first).days < 7
        assert spans.week_of(spans.week_name(first), date(2030, 1, 1), starts) == first
        assert spans.week_of("", day, starts) == first
    assert spans.week_of("2026-W12", day, 7) == date(2026, 3, 15)
    assert spans.week_of("2026-W12", day, 6) == date(2026, 3, 14)


def test_a_week_is_read_from_its_address_or_is_this_one() -> None:
    today = date(2026, 11, 22)
    assert spans.week_of("2026-W12", today) == date(2026, 3, 16)
    assert spans.week_name(date(2026, 12, 28)) == "2026-W53"
    for wrong in ("", "2026-W54", "2026-W00", "0001-W01", "9999-W01", "x" * 8, "2026-W1", "2026-W٣٣", "' OR 1=1"):
        assert spans.week_of(wrong, today) == date(2026, 11, 16), wrong
