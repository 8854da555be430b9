"""What work costs (it-house spec, "Contracts"): rounding, rates, surcharges, blocks, and who pays already.

N1: Decimals, no negative or NaN minutes, sums of lines are totals, in every currency to the cent. N6: a rate is not
retroactive. N7: the night the clocks change, work over midnight, the day of 25 hours.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing import pricing
from billing.pricing import Block, NoRate, Rate, Rules, Surcharge, Work

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = date(2026, 3, 2)
NIGHT = Surcharge("Night", Decimal(25), 22 * 60, 30 * 60)
HOUR = Rate(Decimal(95))


def at(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold)


def shift(begins: datetime, ends: datetime) -> Work:
    """Work without a break, its minutes those that really passed."""
    return Work(begins.date(), int(ends.timestamp() - begins.timestamp()) // 60, 0, begins, ends)


def cost(work: Work, **rules: object) -> pricing.Price:
    return pricing.price(work, Rules(**{"rates": [HOUR], "zone": BERLIN, **rules}))  # type: ignore[arg-type]


# Minutes to bill --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("minutes", "offset", "step", "billed"),
    [
        (20, 0, 15, 30),
        (31, 0, 15, 45),
        (30, 0, 15, 30),
        (90, -15, 0, 75),
        (10, -10, 15, 0),
        (10, -30, 15, 0),
        (7, 0, 0, 7),
    ],
)
def test_time_is_rounded_up_to_full_steps_entry_by_entry(minutes: int, offset: int, step: int, billed: int) -> None:
    assert pricing.to_bill(minutes, offset, step) == billed


def test_example_a_of_the_outsourcing_spec() -> None:
    assert cost(Work(MONDAY, 180)).amount == Decimal("285.00")
    assert cost(Work(MONDAY, 90, -15)).amount == Decimal("118.75")


# Rates ------------------------------------------------------------------------------------------------------------
def test_the_narrower_rate_counts() -> None:
    rates = [Rate(Decimal(90)), Rate(Decimal(80), role="junior"), Rate(Decimal(120), work_type=7)]
    rates.append(Rate(Decimal(130), work_type=7, role="senior"))
    assert pricing.rate_on(rates, MONDAY, None, "") == 90
    assert pricing.rate_on(rates, MONDAY, 3, "junior") == 80
    assert pricing.rate_on(rates, MONDAY, 7, "junior") == 120
    assert pricing.rate_on(rates, MONDAY, 7, "senior") == 130


def test_n6_a_new_rate_does_not_change_what_was_worked_before() -> None:
    rates = [Rate(Decimal(90)), Rate(Decimal(110), since=date(2026, 3, 1))]
    assert pricing.rate_on(rates, date(2026, 2, 28), None, "") == 90
    assert pricing.rate_on(rates, date(2026, 3, 1), None, "") == 110


def test_work_without_a_price_is_not_billed_at_any() -> None:
    with pytest.raises(NoRate):
        cost(Work(MONDAY, 60), rates=[Rate(Decimal(90), since=date(2026, 3, 3))])
    with pytest.raises(NoRate):
        cost(Work(MONDAY, 60, work_type=3), rates=[Rate(Decimal(90), work_type=7)])


# Surcharges -------------------------------------------------------------------------------------------------------
def test_n7_work_over_midnight_is_split_by_the_hours_in_the_window() -> None:
    made = cost(shift(at("2026-03-02T21:00"), at("2026-03-03T01:00")), surcharges=[NIGHT])
    assert [(line.minutes, line.amount) for line in made.lines] == [(240, Decimal("380.00")), (180, Decimal("71.25"))]
    assert made.amount == Decimal("451.25")


def test_n7_work_after_midnight_is_in_the_window_of_the_evening_before() -> None:
    made = cost(shift(at("2026-03-03T01:00"), at("2026-03-03T03:00")), surcharges=[NIGHT])
    assert made.lines[1].minutes == 120


@pytest.mark.parametrize(
    ("evening", "morning", "hours"), [("2026-03-28", "2026-03-29", 7), ("2026-10-24", "2026-10-25", 9)]
)
def test_n7_a_night_shift_has_the_hours_that_passed_when_the_clocks_change(
    evening: str, morning: str, hours: int
) -> None:
    made = cost(shift(at(f"{evening}T22:00"), at(f"{morning}T06:00")), surcharges=[NIGHT])
    assert [line.minutes for line in made.lines] == [hours * 60, hours * 60]


def test_n7_the_day_of_25_hours_is_all_sunday() -> None:
    sunday = Surcharge("Sunday", Decimal(50), weekdays=(6,))
    made = cost(shift(at("2026-10-25T00:00"), at("2026-10-26T00:00")), surcharges=[sunday])
    assert [line.minutes for line in made.lines] == [25 * 60, 25 * 60]


def test_a_break_is_spread_over_the_time_between() -> None:
    work = Work(MONDAY, 120, 0, at("2026-03-02T20:00"), at("2026-03-03T00:00"))
    assert cost(work, surcharges=[NIGHT]).lines[1].minutes == 60


def test_holidays_and_weekdays() -> None:
    feast = Surcharge("Holiday", Decimal(100), on_holidays=True)
    weekend = Surcharge("Weekend", Decimal(50), weekdays=(5, 6))
    good_friday = frozenset({date(2026, 4, 3)})
    friday = Work(date(2026, 4, 3), 60)
    assert cost(friday, surcharges=[feast, weekend], holidays=good_friday).amount == Decimal("190.00")
    assert cost(Work(date(2026, 4, 4), 60), surcharges=[feast, weekend], holidays=good_friday).amount == Decimal(
        "142.50"
    )
    assert cost(Work(MONDAY, 60), surcharges=[feast, weekend], holidays=good_friday).amount == Decimal("95.00")


def test_time_without_from_and_until_is_in_no_window_of_hours() -> None:
    assert len(cost(Work(MONDAY, 60), surcharges=[NIGHT]).lines) == 1


def test_a_surcharge_is_for_its_work_type() -> None:
    on_site = Surcharge("On site", Decimal(10), work_type=4)
    assert len(cost(Work(MONDAY, 60, work_type=3), surcharges=[on_site]).lines) == 1
    assert len(cost(Work(MONDAY, 60, work_type=4), surcharges=[on_site]).lines) == 2


# What is paid already ---------------------------------------------------------------------------------------------
def test_covered_work_is_written_down_and_billed_at_nothing() -> None:
    made = cost(Work(MONDAY, 61), covered="fixed", step=15, surcharges=[NIGHT])
    assert [(line.minutes, line.amount, line.covered) for line in made.lines] == [(75, Decimal(0), "fixed")]


def test_blocks_are_drawn_oldest_first_and_the_rest_is_billed() -> None:
    blocks = [
        Block(2, 30, date(2026, 2, 1)),
        Block(1, 45, date(2026, 1, 1)),
        Block(3, 600, date(2026, 1, 1), MONDAY - timedelta(1)),
    ]
    made = cost(Work(MONDAY, 120), blocks=blocks)
    assert [(line.block, line.minutes) for line in made.lines] == [(None, 45), (1, 45), (2, 30)]
    assert made.amount == Decimal("71.25")


def test_what_a_block_pays_needs_no_rate() -> None:
    made = pricing.price(Work(MONDAY, 60), Rules(blocks=[Block(1, 60, MONDAY)]))
    assert [(line.block, line.minutes) for line in made.lines] == [(1, 60)]


# N1 ---------------------------------------------------------------------------------------------------------------
MONEY = st.decimals(min_value=0, max_value=Decimal("9999.99"), places=2)
WINDOWS = st.tuples(st.integers(0, 1439), st.integers(1, 1440)).map(lambda pair: (pair[0], pair[0] + pair[1]))
SURCHARGES = st.builds(
    lambda percent, window, days, feast: Surcharge("x", percent, *window, tuple(days), feast),
    st.decimals(min_value=Decimal("0.01"), max_value=300, places=2),
    WINDOWS,
    st.sets(st.integers(0, 6)),
    st.booleans(),
)
BLOCKS = st.builds(lambda number, left: Block(number, left, MONDAY), st.integers(1, 9), st.integers(0, 300))


@given(
    minutes=st.integers(1, 6000),
    offset=st.integers(-6000, 6000),
    step=st.integers(0, 120),
    rate=MONEY,
    surcharges=st.lists(SURCHARGES, max_size=4),
    blocks=st.lists(BLOCKS, max_size=4, unique_by=lambda one: one.id),
    begins=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)),
    is_timed=st.booleans(),
)
def test_n1_sums_are_those_of_the_lines_and_nothing_is_negative_or_no_number(
    minutes: int, offset: int, step: int, rate: Decimal, surcharges: list[Surcharge], blocks: list[Block],
    begins: datetime, is_timed: bool,
) -> None:  # fmt: skip
    start = begins.replace(tzinfo=BERLIN)
    span = (start, datetime.fromtimestamp(start.timestamp() + minutes * 60, BERLIN)) if is_timed else (None, None)
    made = cost(
        Work(start.date(), minutes, offset, *span), rates=[Rate(rate)], step=step, surcharges=surcharges, blocks=blocks
    )
    assert made.amount == sum(line.amount for line in made.lines)
    assert all(line.minutes >= 0 and line.amount.is_finite() and line.amount >= 0 for line in made.lines)
    assert all(line.amount == line.amount.quantize(Decimal("0.01")) for line in made.lines)
    work = [line for line in made.lines if not line.percent]
    assert sum(line.minutes for line in work) == made.minutes >= max(minutes + offset, 0)
    assert not step or made.minutes % step == 0
    assert all(line.minutes <= made.minutes for line in made.lines)
