"""Working time (lifecycle spec, "Calendars and SLA"; hostile tests W8, N7): two ways to count it come to the same."""

from __future__ import annotations

import random
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from psa.calendars import business, days_off, windows
from tests.calendars import reference
from tests.calendars.cases import STATES, calendar, moment

RIGA, BERLIN = ZoneInfo("Europe/Riga"), ZoneInfo("Europe/Berlin")
OFFICE = (((480, 1020),),) * 5 + ((), ())
ROUND_THE_CLOCK = (((0, 1440),),) * 7
CASES = 2_200


def rules(week: Any = OFFICE, zone: str = "Europe/Berlin", country: str = "", region: str = "", **own: Any) -> Any:
    days = tuple(sorted((date.fromisoformat(day.strip("_").replace("_", "-")), one) for day, one in own.items()))
    return business.rules(zone, country, region, week, days)


def at(text: str, zone: ZoneInfo = BERLIN, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


def hours(kept: Any, start: datetime, end: datetime) -> float:
    return business.elapsed(kept, start, end) / 3600


def test_two_thousand_random_cases_equal_the_minute_by_minute_reference() -> None:
    """Elapsed, and the way back; from seed 2026, so that what fails once fails again."""
    dice = random.Random(2026)
    wrong = []
    for number in range(CASES):
        case, start = calendar(dice), moment(dice)
        end = start + timedelta(minutes=dice.choice((dice.randrange(1, 1440), dice.randrange(1, 2 * 1440))))
        slow = reference.elapsed(case.wall, start, end)
        if business.elapsed(case.rules, start, end) != slow:
            wrong.append((number, "elapsed", start, end, slow))
        if slow and business.after(case.rules, start, slow) != reference.after(case.wall, start, slow):
            wrong.append((number, "after", start, slow))
    assert not wrong


def test_the_way_there_and_back_agree_over_years() -> None:
    """Longer than the slow way can be asked for: what `after` finds has just that much behind it."""
    dice = random.Random(7)
    for _ in range(500):
        case, start = calendar(dice), moment(dice)
        seconds = dice.randrange(1, 3_000 * 3600)
        end = business.after(case.rules, start, seconds)
        assert business.elapsed(case.rules, start, end) == seconds
        assert business.elapsed(case.rules, start, end - timedelta(seconds=1)) == seconds - 1


def test_what_is_worked_in_pieces_is_what_is_worked_in_all() -> None:
    """True pauses can be summed: the parts of a stretch come to the whole, on every second."""
    dice = random.Random(11)
    for _ in range(500):
        case, first = calendar(dice), moment(dice)
        cuts = sorted(first + timedelta(seconds=dice.randrange(30 * 86_400)) for _ in range(6))
        parts = sum(business.elapsed(case.rules, *pair) for pair in zip(cuts, cuts[1:], strict=False))
        assert parts == business.elapsed(case.rules, cuts[0], cuts[-1])


@pytest.mark.parametrize("state", STATES)
def test_the_intervals_of_a_year_of_a_german_state_are_what_is_elapsed(state: str) -> None:
    kept = rules(country="DE", region=state)
    start, end = at("2026-01-01T00:00"), at("2027-01-01T00:00")
    pieces = list(business.intervals(kept, start, end))
    assert sum((over - begins).total_seconds() for begins, over in pieces) == business.elapsed(kept, start, end)
    assert all(earlier[1] < later[0] for earlier, later in zip(pieces, pieces[1:], strict=False))
    days = {begins.astimezone(BERLIN).date() for begins, _over in pieces}
    assert not days & set(days_off.year("DE", state, 2026).holidays)


@pytest.mark.parametrize(
    ("state", "day", "is_worked"),
    [
        ("BY", "2026-01-06", False),
        ("HH", "2026-01-06", True),
        ("HH", "2025-10-31", False),
        ("BY", "2025-10-31", True),
        ("SN", "2026-11-18", False),
        ("NW", "2026-11-18", True),
        ("", "2026-12-24", True),
        ("", "2026-12-25", False),
    ],
)
def test_holidays_are_those_of_the_state(state: str, day: str, is_worked: bool) -> None:
    """Epiphany in Bavaria, Reformation Day in Hamburg, repentance in Saxony; the eve of Christmas is no holiday."""
    assert business.is_working_day(rules(country="DE", region=state), date.fromisoformat(day)) is is_worked


def test_latvia_moves_working_days_and_a_company_may_do_otherwise() -> None:
    """2 January 2026 is off and Saturday, 17 January, is worked for it; own days count before both."""
    kept = rules(zone="Europe/Riga", country="LV")
    assert not business.is_working_day(kept, date(2026, 1, 2)) and business.is_working_day(kept, date(2026, 1, 17))
    assert kept.windows(date(2026, 1, 17)) == ((480, 1020),)
    own = rules(zone="Europe/Riga", country="LV", _2026_01_02=None, _2026_01_17=(), _2026_01_24=((600, 720),))
    assert business.is_working_day(own, date(2026, 1, 2)) and not business.is_working_day(own, date(2026, 1, 17))
    assert own.windows(date(2026, 1, 24)) == ((600, 720),)


def test_a_country_nobody_knows_has_no_holidays_and_a_region_of_another_none_of_its_own() -> None:
    assert not days_off.year("XX", "", 2026).holidays
    assert days_off.year("LV", "BY", 2026) == days_off.year("LV", "", 2026)


# The clocks are changed ---------------------------------------------------------------------------------------------
def test_n7_around_the_clock_is_to_the_next_midnight_over_23_and_25_hours() -> None:
    kept = rules(ROUND_THE_CLOCK)
    assert hours(kept, at("2026-03-29T00:00"), at("2026-03-30T00:00")) == 23
    assert hours(kept, at("2026-10-25T00:00"), at("2026-10-26T00:00")) == 25
    noon = at("2026-10-24T12:00").astimezone(UTC)
    assert hours(kept, noon, noon + timedelta(days=400)) == 400 * 24
    assert business.after(kept, at("2026-10-25T00:00"), 25 * 3600) == at("2026-10-26T00:00")


def test_n7_a_night_shift_loses_the_hour_that_is_skipped_and_gains_the_one_that_comes_twice() -> None:
    night = (*OFFICE[:5], ((1320, 1440),), ((0, 360),))
    assert hours(rules(night), at("2026-03-28T22:00"), at("2026-03-29T06:00")) == 7
    assert hours(rules(night), at("2026-10-24T22:00"), at("2026-10-25T06:00")) == 9


def test_n7_a_window_that_begins_in_the_skipped_hour_begins_when_it_is_over() -> None:
    odd = (*OFFICE[:6], ((150, 300),))
    assert list(business.intervals(rules(odd), at("2026-03-29T00:00"), at("2026-03-29T12:00"))) == [
        (at("2026-03-29T03:00"), at("2026-03-29T05:00"))
    ]


def test_n7_a_window_inside_the_hour_that_comes_twice_is_worked_twice() -> None:
    odd = (*OFFICE[:6], ((120, 150),))
    first, second = (at("2026-10-25T02:00", fold=fold).astimezone(UTC) for fold in (0, 1))
    half = timedelta(minutes=30)
    found = list(business.intervals(rules(odd), at("2026-10-25T00:00"), at("2026-10-25T12:00")))
    assert found == [(first, first + half), (second, second + half)]
    assert hours(rules(odd), second, second + half) == 0.5


def test_a_zone_that_lost_a_whole_day_loses_its_work() -> None:
    """Samoa had no 30 December 2011, a Friday."""
    kept = rules(zone="Pacific/Apia")
    there = ZoneInfo("Pacific/Apia")
    assert hours(kept, at("2011-12-29T00:00", there), at("2012-01-01T00:00", there)) == 9


# Working days ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-03-06T10:00", 1, "2026-03-09T10:00"),
        ("2026-03-09T10:00", -1, "2026-03-06T10:00"),
        ("2026-03-07T10:00", 1, "2026-03-09T10:00"),
        ("2026-03-27T10:00", 1, "2026-03-30T10:00"),
        ("2026-04-02T16:30", 1, "2026-04-07T16:30"),
        ("2026-04-30T09:00", 2, "2026-05-06T09:00"),
        ("2026-01-16T09:00", 1, "2026-01-17T09:00"),
        ("2026-12-23T09:00", 2, "2026-12-29T09:00"),
        ("2026-03-02T10:00", 0, "2026-03-02T10:00"),
    ],
)
def test_so_many_working_days_later_is_the_same_time_of_day(start: str, days: int, end: str) -> None:
    """Over weekends, Easter, the May days, a Saturday that is worked, Christmas, and the change of the clock."""
    kept = rules(zone="Europe/Riga", country="LV")
    assert business.add_days(kept, at(start, RIGA).astimezone(UTC), days) == at(end, RIGA)


def test_a_time_of_day_that_is_skipped_is_an_hour_later() -> None:
    kept = rules(ROUND_THE_CLOCK)
    found = business.add_days(kept, at("2026-03-28T02:30"), 1)
    assert (found.day, found.hour, found.minute) == (29, 3, 30)


def test_a_holiday_added_after_arming_moves_the_date_later_and_never_earlier() -> None:
    """W8, "holiday added after arming": asked again with the day closed, the deadline is a day later."""
    before = business.add_days(rules(), at("2026-03-02T10:00"), 5)
    assert business.add_days(rules(_2026_03_04=()), at("2026-03-02T10:00"), 5) == before + timedelta(days=1)


def test_who_never_works_is_told_so() -> None:
    with pytest.raises(business.NeverWorked):
        business.after(rules(((),) * 7), at("2026-01-01T00:00"), 1)
    with pytest.raises(business.NeverWorked):
        business.add_days(rules(((),) * 7), at("2026-01-01T00:00"), 1)


def test_nothing_is_worked_backwards_and_no_time_is_now() -> None:
    moment = at("2026-03-02T10:00")
    assert business.elapsed(rules(), moment, moment - timedelta(days=3)) == 0
    assert business.after(rules(), moment, 0) == moment


def test_asking_costs_the_same_however_long_it_was() -> None:
    """A year is worked out once; then ten thousand questions over ten years are answered in well under a second."""
    kept = rules(country="DE", region="BY")
    start = at("2020-01-01T00:00")
    business.elapsed(kept, start, at("2030-01-01T00:00"))
    begun = time.perf_counter()
    for hour in range(10_000):
        business.elapsed(kept, start, start + timedelta(hours=hour))
    assert time.perf_counter() - begun < 1


# Hours as they are typed ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("8:00–12:00, 13:00–17:00", ((480, 720), (780, 1020))),
        ("13-17; 8-12", ((480, 720), (780, 1020))),
        ("8.30 bis 12.00", ((510, 720),)),
        ("8:00 līdz 12:00", ((480, 720),)),
        ("0:00–24:00", ((0, 1440),)),
        ("8-12, 12-17", ((480, 1020),)),
        ("", ()),
    ],
)
def test_hours_are_read_as_people_write_them(typed: str, read: Any) -> None:
    assert windows.read(typed) == read
    assert windows.read(windows.write(read)) == read


@pytest.mark.parametrize("typed", ["8", "12-8", "8-8", "8-25", "8:60-9", "8-12, 11-13", "x", ",".join(["1-2"] * 2)])
def test_hours_that_are_none_are_refused(typed: str) -> None:
    with pytest.raises(windows.Unreadable):
        windows.read(typed)
