"""What work costs: rounding, rates, surcharges, blocks and what a contract covers (it-house spec, "Contracts"). Pure.

Minutes are whole and to be billed, never below 0. Money is net Decimals in the contract's currency, to the cent, halves
up, in every currency alike. Moments are aware; a surcharge's window is on the clocks of `zone`, and what was worked in
it is counted in minutes that really passed: so a night in which the clocks change has 7 or 9 hours (N7).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

NOTHING = Decimal("0.00")
CENT = Decimal("0.01")
DAY = 24 * 60
# UN/ECE recommendation 20
HOUR = "HUR"


class NoRate(Exception):
    """The contract has no price for an hour of this work on this day."""


# What goes in ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Rate:
    """An hour's price from a day on; for one work type (its id) or all, for one role (its code) or everybody."""

    amount: Decimal
    since: date = date.min
    work_type: int | None = None
    role: str = ""


@dataclass(frozen=True, slots=True)
class Surcharge:
    """More per hour, in per cent of the rate: from minute `starts` to `ends` of the day, beyond 1440 on into the next
    one, on these weekdays (Monday = 0) and, where `on_holidays`, on holidays. With neither it is every day's."""

    name: str
    percent: Decimal
    starts: int = 0
    ends: int = DAY
    weekdays: tuple[int, ...] = ()
    on_holidays: bool = False
    work_type: int | None = None

    def counts_on(self, day: date, holidays: frozenset[date]) -> bool:
        """Whether its window is on this day."""
        if self.on_holidays and day in holidays:
            return True
        if self.weekdays:
            return day.weekday() in self.weekdays
        return not self.on_holidays


@dataclass(frozen=True, slots=True)
class Block:
    """Hours bought ahead: minutes left, when they were bought and until when they are good."""

    id: int
    left: int
    bought_on: date
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """Time somebody worked. `offset` is added to what is billed or taken off it."""

    worked_on: date
    minutes: int
    offset: int = 0
    started_at: datetime | None = None
    ended_at: datetime | None = None
    work_type: int | None = None
    role: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a contract says of the price of work. `covered` says what pays all of it: a fixed price, a recurring
    contract, an accepted estimate; "" for nothing."""

    rates: Sequence[Rate] = ()
    step: int = 0
    surcharges: Sequence[Surcharge] = ()
    blocks: Sequence[Block] = ()
    covered: str = ""
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    holidays: frozenset[date] = frozenset()


# What comes out -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Line:
    """A part of the price: minutes × an hour's price. `percent` and `name` are of a surcharge; `covered` says what pays
    it, `block` which block it is drawn from."""

    minutes: int
    unit_price: Decimal
    amount: Decimal
    name: str = ""
    percent: Decimal = NOTHING
    covered: str = ""
    block: int | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """What work costs, line by line; the first lines are the work itself, surcharges follow."""

    minutes: int
    lines: tuple[Line, ...]

    @property
    def amount(self) -> Decimal:
        """The sum of the lines, and nothing else."""
        return sum((line.amount for line in self.lines), NOTHING)


def cents(value: Decimal) -> Decimal:
    """An amount to the cent, halves up."""
    return value.quantize(CENT, ROUND_HALF_UP)


def of_minutes(minutes: int, hourly: Decimal) -> Decimal:
    """What so many minutes cost at an hour's price."""
    return cents(Decimal(minutes) * hourly / 60)


def hours(minutes: int) -> Decimal:
    """Minutes as the hours a line says: exact enough for hours × rate to come to what the minutes cost."""
    return (Decimal(minutes) / 60).quantize(Decimal("0.000001"), ROUND_HALF_UP)


def of_quantity(quantity: Decimal, each: Decimal) -> Decimal:
    """What a quantity costs at a price each."""
    return cents(quantity * each)


def to_bill(minutes: int, offset: int = 0, step: int = 0) -> int:
    """The minutes that are billed: with the offset, at least none, rounded up to full steps of the contract."""
    bare = max(minutes + offset, 0)
    return -(-bare // step) * step if step else bare


def rate_on(rates: Sequence[Rate], on: date, work_type: int | None, role: str) -> Decimal:
    """An hour's price on a day: the narrowest that had begun by then – work type before role –, of these the newest.
    So a rate of later never changes what was worked before (N6). Raises NoRate."""
    fitting = [
        one for one in rates if one.since <= on and one.work_type in {None, work_type} and one.role in {"", role}
    ]
    if not fitting:
        raise NoRate
    return max(fitting, key=lambda one: (one.work_type is not None, bool(one.role), one.since)).amount


def price(work: Work, rules: Rules) -> Price:
    """What this work costs under these rules.

    Covered work is written down at 0. Blocks are drawn oldest first, the rest is billed at the rate; surcharges are on
    what is not covered, in the share of the time that was worked in their windows. Raises NoRate.
    """
    minutes = to_bill(work.minutes, work.offset, rules.step)
    if rules.covered:
        return Price(minutes, (Line(minutes, NOTHING, NOTHING, covered=rules.covered),))
    drawn = list(_drawn(minutes, work.worked_on, rules.blocks))
    left = minutes - sum(line.minutes for line in drawn)
    if not left:
        return Price(minutes, tuple(drawn) or (Line(0, NOTHING, NOTHING),))
    hourly = rate_on(rules.rates, work.worked_on, work.work_type, work.role)
    lines = [Line(left, hourly, of_minutes(left, hourly)), *drawn]
    return Price(minutes, (*lines, *_surcharges(work, left, hourly, rules)))


def _drawn(minutes: int, on: date, blocks: Sequence[Block]) -> Iterator[Line]:
    """What is taken from blocks, the one bought first before the next; not from one that was over by then."""
    usable = [one for one in blocks if one.left > 0 and (one.expires_on is None or one.expires_on >= on)]
    for block in sorted(usable, key=lambda one: (one.bought_on, one.id)):
        taken = min(minutes, block.left)
        if taken <= 0:
            return
        minutes -= taken
        yield Line(taken, NOTHING, NOTHING, covered="block", block=block.id)


def _surcharges(work: Work, billed: int, hourly: Decimal, rules: Rules) -> Iterator[Line]:
    """A line for each surcharge whose window the work was in. Where several overlap each counts."""
    for one in rules.surcharges:
        if one.work_type not in {None, work.work_type}:
            continue
        inside = share(work, one, rules.zone, rules.holidays)
        minutes = int((billed * inside).quantize(Decimal(1), ROUND_HALF_UP))
        each = cents(hourly * one.percent / 100)
        if minutes and each:
            yield Line(minutes, each, of_minutes(minutes, each), name=one.name, percent=one.percent)


def share(work: Work, surcharge: Surcharge, zone: ZoneInfo, holidays: frozenset[date]) -> Decimal:
    """The part of the work that lay in the window, from 0 to 1. Work without from and until counts by its day, and only
    for windows that are whole days: nobody knows at which hour it was done."""
    if work.started_at is None or work.ended_at is None or work.ended_at <= work.started_at:
        is_whole_day = (surcharge.starts, surcharge.ends) == (0, DAY)
        return Decimal(is_whole_day and surcharge.counts_on(work.worked_on, holidays))
    first, last = work.started_at.astimezone(UTC), work.ended_at.astimezone(UTC)
    inside = timedelta()
    evening = work.started_at.astimezone(zone).date() - timedelta(days=1)  # whose window may go on after midnight
    for day in _days(evening, work.ended_at.astimezone(zone).date()):
        if surcharge.counts_on(day, holidays):
            opens, closes = _at(day, surcharge.starts, zone), _at(day, surcharge.ends, zone)
            inside += max(min(last, closes) - max(first, opens), timedelta())
    return Decimal(int(inside.total_seconds())) / Decimal(int((last - first).total_seconds()) or 1)


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)


def _at(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """The moment at which the clocks of a zone show this minute of a day; 1440 is the next midnight."""
    days, rest = divmod(minute, DAY)
    return datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60), zone).astimezone(UTC)
