"""What is payable for a handover: from the terms, the time and the charges to the cent (outsourcing spec §9). Pure.

Both companies compute it from rows of their own, so nothing in here may depend on who asks, on a language or on a time
zone: days are days of UTC, order is by day, time and key, amounts are Decimals rounded half up to the cent.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

SCHEMA = 1
NOTHING = Decimal("0.00")


def cents(value: Decimal) -> Decimal:
    """An amount to the cent, halves up."""
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


# What goes in ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Version:
    """One version of the terms and the first day it is in force. Minutes; money net in `currency`."""

    number: int
    sha256: str
    since: date
    currency: str
    cost_rate: Decimal | None = None
    flat_amount: Decimal | None = None
    step_minutes: int = 0
    authorised_minutes: int = 0
    authorised_charges: Decimal = NOTHING
    not_to_exceed: bool = False

    @property
    def is_flat(self) -> bool:
        return self.flat_amount is not None

    @property
    def authorised_labour(self) -> Decimal:
        """What labour may cost under this version."""
        if self.flat_amount is not None:
            return cents(self.flat_amount)
        return cents(Decimal(self.authorised_minutes) * (self.cost_rate or NOTHING) / 60)


@dataclass(frozen=True, slots=True)
class Entry:
    """Time the service partner logged: the day, the minutes, and the offset that is added to or taken off them."""

    key: UUID
    day: date
    made_at: datetime
    minutes: int
    offset: int
    text: str
    by: str


@dataclass(frozen=True, slots=True)
class Charge:
    """A charge of the service partner's."""

    key: UUID
    made_at: datetime
    name: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    currency: str
    by: str
    category: str = "other"

    @property
    def amount(self) -> Decimal:
        return cents(self.quantity * self.unit_price)


@dataclass(frozen=True, slots=True)
class Lost:
    """An item that never got to the lead: given up with a reason, or refused there with a code (§6 "Boundary")."""

    seq: int
    kind: str
    outcome: str
    reason: str


# What comes out -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Line:
    """An entry with the version in force on its day and the minutes to bill."""

    entry: Entry
    version: int
    to_bill: int


@dataclass(frozen=True, slots=True)
class Rate:
    """The labour of one version: its minutes to bill at its rate."""

    version: int
    rate: Decimal
    minutes: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Settlement:
    """Everything a statement says. `labour` and `charges` are payable; `logged_…` is before any cap."""

    currency: str
    is_flat: bool
    lines: tuple[Line, ...]
    rates: tuple[Rate, ...]
    charge_lines: tuple[Charge, ...]
    foreign: tuple[Charge, ...]
    lost: tuple[Lost, ...]
    minutes: int
    logged_labour: Decimal
    logged_charges: Decimal
    labour: Decimal
    charges: Decimal
    authorised_labour: Decimal
    authorised_charges: Decimal
    not_to_exceed: bool
    part: int | None
    open_difference: Decimal

    @property
    def payable(self) -> Decimal:
        return self.labour + self.charges

    @property
    def over_the_cap(self) -> Decimal:
        """What was logged and is not paid because of *not to exceed*."""
        if not self.not_to_exceed:
            return NOTHING
        return max(self.logged_labour - self.authorised_labour, NOTHING) + self.logged_charges - self.charges

    @property
    def over_the_authorised(self) -> Decimal:
        """What is paid although it is more than was authorised: a flag, where nothing caps it."""
        labour = max(self.labour - self.authorised_labour, NOTHING)
        return labour + max(self.charges - self.authorised_charges, NOTHING)


def to_bill(minutes: int, offset: int, step: int) -> int:
    """Minutes to bill of one entry: after the offset, never below nothing, rounded up only if there is a step."""
    found = max(minutes + offset, 0)
    return -(-found // step) * step if step else found


def in_force(versions: Sequence[Version], day: date) -> Version:
    """The version of the terms for a day: the newest that had begun; the first one for the days before it."""
    return next((one for one in reversed(versions) if one.since <= day), versions[0])


def settle(
    versions: Sequence[Version],
    entries: Sequence[Entry],
    charges: Sequence[Charge],
    lost: Sequence[Lost] = (),
    *,
    is_whole: bool = True,
    part: int | None = None,
    is_agreed: bool = False,
) -> Settlement:
    """What is payable: min(labour, authorised if *not to exceed*) + min(charges, authorised if *not to exceed*).

    The newest version says how it is paid and what is authorised. A flat amount that was not earned whole (`is_whole`
    false: returned, taken back) is paid by `part` per cent; until that is agreed the rest stands open.
    """
    versions = sorted(versions, key=lambda one: one.number)
    last = versions[-1]
    lines = []
    for entry in sorted(entries, key=lambda one: (one.day, one.made_at, str(one.key))):
        version = in_force(versions, entry.day)
        lines.append(Line(entry, version.number, to_bill(entry.minutes, entry.offset, version.step_minutes)))
    rates: list[Rate] = []
    if last.flat_amount is not None:
        share = Decimal(100 if is_whole else part or 0)
        labour = logged = cents(last.flat_amount * share / 100)
        difference = NOTHING if is_whole or is_agreed else cents(last.flat_amount) - labour
    else:
        rates = _rates(versions, last, lines)
        logged = sum((one.amount for one in rates), NOTHING)
        labour = min(logged, last.authorised_labour) if last.not_to_exceed else logged
        difference = NOTHING
    mine = sorted(charges, key=lambda one: (one.made_at, str(one.key)))
    ours = [one for one in mine if one.currency == last.currency]
    spent = sum((one.amount for one in ours), NOTHING)
    return Settlement(
        currency=last.currency,
        is_flat=last.is_flat,
        lines=tuple(lines),
        rates=tuple(rates),
        charge_lines=tuple(ours),
        foreign=tuple(one for one in mine if one.currency != last.currency),
        lost=tuple(sorted(lost, key=lambda one: one.seq)),
        minutes=sum(line.to_bill for line in lines),
        logged_labour=logged,
        logged_charges=spent,
        labour=labour,
        charges=min(spent, cents(last.authorised_charges)) if last.not_to_exceed else spent,
        authorised_labour=last.authorised_labour,
        authorised_charges=cents(last.authorised_charges),
        not_to_exceed=last.not_to_exceed,
        part=None if is_whole or not last.is_flat else part or 0,
        open_difference=difference,
    )


def _rates(versions: Sequence[Version], last: Version, lines: Sequence[Line]) -> list[Rate]:
    """Labour by version: hours to bill × rate, rounded once. Days of a flat version count at the rate agreed last."""
    found = []
    for version in versions:
        minutes = sum(line.to_bill for line in lines if line.version == version.number)
        rate = cents(version.cost_rate if version.cost_rate is not None else last.cost_rate or NOTHING)
        if minutes:
            found.append(Rate(version.number, rate, minutes, cents(Decimal(minutes) * rate / 60)))
    return found


# The document ---------------------------------------------------------------------------------------------------------
def document(head: dict[str, Any], versions: Sequence[Version], found: Settlement) -> dict[str, Any]:
    """The statement as plain data: `head` (whose handover it is), the terms, the lines, the sums. No words of ours."""
    return {
        "schema": SCHEMA,
        **head,
        "currency": found.currency,
        "terms": [_version(one) for one in versions],
        "entries": [
            {
                "key": str(line.entry.key),
                "day": line.entry.day.isoformat(),
                "by": line.entry.by,
                "text": line.entry.text,
                "version": line.version,
                "minutes": line.entry.minutes,
                "offset": line.entry.offset,
                "to_bill": line.to_bill,
            }
            for line in found.lines
        ],
        "rates": [
            {"version": one.version, "rate": str(one.rate), "minutes": one.minutes, "amount": str(one.amount)}
            for one in found.rates
        ],
        "charges": [_charge(one) for one in found.charge_lines],
        "other_currencies": [_charge(one) for one in found.foreign],
        "lost": [
            {"seq": one.seq, "kind": one.kind, "outcome": one.outcome, "reason": one.reason} for one in found.lost
        ],
        "part": found.part,
        "sums": {name: str(getattr(found, name)) for name in SUMS} | {"minutes": found.minutes},
    }


SUMS = (
    "logged_labour",
    "logged_charges",
    "authorised_labour",
    "authorised_charges",
    "labour",
    "charges",
    "over_the_cap",
    "over_the_authorised",
    "open_difference",
    "payable",
)


def fingerprint(found: dict[str, Any]) -> str:
    """The hash of a document: the same rows give the same hash on both sides."""
    text = json.dumps(found, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _version(one: Version) -> dict[str, Any]:
    return {
        "version": one.number,
        "sha256": one.sha256,
        "since": one.since.isoformat(),
        "cost_rate": None if one.cost_rate is None else str(cents(one.cost_rate)),
        "flat_amount": None if one.flat_amount is None else str(cents(one.flat_amount)),
        "step_minutes": one.step_minutes,
        "authorised_minutes": one.authorised_minutes,
        "authorised_charges": str(cents(one.authorised_charges)),
        "not_to_exceed": one.not_to_exceed,
    }


def _charge(one: Charge) -> dict[str, Any]:
    return {
        "key": str(one.key),
        "by": one.by,
        "category": one.category,
        "name": one.name,
        "quantity": str(cents(one.quantity)),
        "unit": one.unit,
        "unit_price": str(cents(one.unit_price)),
        "currency": one.currency,
        "amount": str(one.amount),
    }
