"""What is payable, to the cent: examples A–E of outsourcing spec §9, and what holds whatever is logged."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outsourcing.settlement import Charge, Entry, Lost, Settlement, Version, document, fingerprint, in_force, settle

DAY = date(2026, 3, 2)
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def version(number: int = 1, **values: Any) -> Version:
    made = {"sha256": "x", "since": DAY, "currency": "EUR", "cost_rate": Decimal(60), **values}
    if "flat_amount" in values:
        made["cost_rate"] = None
    return Version(number, **made)


def entry(minutes: int, offset: int = 0, day: date = DAY, number: int = 1) -> Entry:
    return Entry(UUID(int=number), day, AT, minutes, offset, "Did it", "Gunta (Baltic Service)")


def charge(price: str, quantity: str = "1", currency: str = "EUR", number: int = 1) -> Charge:
    return Charge(UUID(int=number), AT, "Cable", Decimal(quantity), "pcs", Decimal(price), currency, "Gunta")


def sums(found: Settlement) -> dict[str, str]:
    return {name: str(getattr(found, name)) for name in ("labour", "charges", "payable", "over_the_cap")}


A = version(authorised_minutes=300, authorised_charges=Decimal(50))
B = version(flat_amount=Decimal(400))
C = version(authorised_minutes=180, authorised_charges=Decimal(50), not_to_exceed=True)


@pytest.mark.parametrize(
    ("terms", "entries", "charges", "end", "minutes", "expected"),
    [
        pytest.param(A, [(180, 0), (90, -15)], ["40"], {}, 255, ("255.00", "40.00", "295.00", "0.00"), id="A"),
        pytest.param(B, [(360, 0)], [], {}, 360, ("400.00", "0.00", "400.00", "0.00"), id="B"),
        pytest.param(C, [(270, 0)], ["30"], {}, 270, ("180.00", "30.00", "210.00", "90.00"), id="C"),
        pytest.param(
            version(), [(120, 0)], [], {"is_whole": False}, 120, ("120.00", "0.00", "120.00", "0.00"), id="D hourly"
        ),
        pytest.param(
            B,
            [(60, 0)],
            [],
            {"is_whole": False, "part": 50, "is_agreed": True},
            60,
            ("200.00", "0.00", "200.00", "0.00"),
            id="D flat, half of it agreed",
        ),
        pytest.param(
            version(step_minutes=15), [(20, 0), (31, 0)], [], {}, 75, ("75.00", "0.00", "75.00", "0.00"), id="E"
        ),
    ],
)
def test_the_examples_of_the_specification_to_the_cent(
    terms: Version,
    entries: list[tuple[int, int]],
    charges: list[str],
    end: dict[str, Any],
    minutes: int,
    expected: tuple[str, ...],
) -> None:
    logged = [entry(*one, number=at) for at, one in enumerate(entries)]
    found = settle([terms], logged, [charge(price, number=at) for at, price in enumerate(charges)], **end)
    assert found.minutes == minutes
    assert tuple(sums(found).values()) == expected
    assert found.open_difference == 0


def test_a_the_authorised_total_is_not_reached_and_nothing_is_flagged() -> None:
    found = settle([A], [entry(180), entry(90, -15, number=2)], [charge("40")])
    assert found.authorised_labour + found.authorised_charges == Decimal("350.00")
    assert found.over_the_authorised == 0


def test_without_a_cap_everything_is_paid_and_what_is_above_the_authorised_is_flagged() -> None:
    found = settle([version(authorised_minutes=180, authorised_charges=Decimal(50))], [entry(270)], [charge("80")])
    assert sums(found) == {"labour": "270.00", "charges": "80.00", "payable": "350.00", "over_the_cap": "0.00"}
    assert found.over_the_authorised == Decimal("120.00")


def test_a_cap_on_charges_counts_on_its_own_and_is_never_made_up_by_labour() -> None:
    found = settle([C], [entry(60)], [charge("80")])
    assert sums(found) == {"labour": "60.00", "charges": "50.00", "payable": "110.00", "over_the_cap": "30.00"}


@pytest.mark.parametrize(
    ("part", "labour", "open_difference"), [(50, "200.00", "200.00"), (0, "0.00", "400.00"), (None, "0.00", "400.00")]
)
def test_t15_a_part_nobody_agreed_to_yet_leaves_the_rest_open(
    part: int | None, labour: str, open_difference: str
) -> None:
    found = settle([B], [], [], is_whole=False, part=part)
    assert (str(found.labour), str(found.open_difference)) == (labour, open_difference)


def test_each_entry_counts_under_the_terms_in_force_on_its_day() -> None:
    """T16: 60 until the 9th, 72 with a step of 15 minutes from the 10th; what is authorised is what was agreed last."""
    second = version(2, since=date(2026, 3, 10), cost_rate=Decimal(72), step_minutes=15, authorised_minutes=600)
    days = [DAY - timedelta(days=3), date(2026, 3, 9), date(2026, 3, 10), date(2026, 4, 1)]
    found = settle([version(), second], [entry(50, day=day, number=at) for at, day in enumerate(days)], [])
    assert [line.version for line in found.lines] == [1, 1, 2, 2]
    assert [line.to_bill for line in found.lines] == [50, 50, 60, 60]
    assert [str(one.amount) for one in found.rates] == ["100.00", "144.00"]
    assert found.authorised_labour == Decimal("720.00")


def test_a_charge_in_another_currency_is_named_and_not_added() -> None:
    found = settle([A], [], [charge("40"), charge("10", currency="USD", number=2)])
    assert found.charges == Decimal("40.00")
    assert [one.currency for one in found.foreign] == ["USD"]


def test_what_was_given_up_stands_in_the_document_with_its_reason() -> None:
    made = document({}, [A], settle([A], [], [], [Lost(7, "timeentry", "skipped", "Twice the same")]))
    assert made["lost"] == [{"seq": 7, "kind": "timeentry", "outcome": "skipped", "reason": "Twice the same"}]


# Whatever is logged ---------------------------------------------------------------------------------------------------
DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))
ENTRIES = st.lists(
    st.builds(
        lambda key, day, minutes, off: Entry(key, day, AT, minutes, -min(off, minutes), "", ""),
        st.uuids(),
        DAYS,
        st.integers(1, 900),
        st.integers(0, 900),
    ),
    max_size=12,
)
PRICES = st.decimals(0, 5000, places=2)
CHARGES = st.lists(
    st.builds(
        lambda key, quantity, price: Charge(key, AT, "", quantity, "", price, "EUR", ""),
        st.uuids(),
        st.decimals(Decimal("0.01"), 50, places=2),
        PRICES,
    ),
    max_size=6,
)
VERSIONS = st.builds(
    lambda rate, flat, step, minutes, spend, cap: version(
        **({"flat_amount": rate} if flat else {"cost_rate": rate}),
        step_minutes=step,
        authorised_minutes=minutes,
        authorised_charges=spend,
        not_to_exceed=cap,
    ),
    PRICES,
    st.booleans(),
    st.sampled_from([0, 5, 6, 10, 15, 30, 60]),
    st.integers(0, 6000),
    PRICES,
    st.booleans(),
)


@given(VERSIONS, ENTRIES, CHARGES)
def test_payable_is_what_was_logged_less_what_is_over_the_cap(
    terms: Version, entries: list[Entry], charges: list[Charge]
) -> None:
    found = settle([terms], entries, charges)
    assert found.payable == found.labour + found.charges == found.payable.quantize(Decimal("0.01"))
    assert found.payable + found.over_the_cap == found.logged_labour + found.logged_charges
    assert found.payable >= 0 and found.over_the_cap >= 0


@given(VERSIONS, ENTRIES, CHARGES)
def test_not_to_exceed_is_never_exceeded(terms: Version, entries: list[Entry], charges: list[Charge]) -> None:
    found = settle([terms], entries, charges)
    if terms.not_to_exceed:
        assert found.labour <= found.authorised_labour and found.charges <= found.authorised_charges
        assert found.over_the_authorised == 0


@given(VERSIONS, ENTRIES)
def test_rounding_goes_up_by_entry_less_than_a_step_and_only_with_a_step(terms: Version, entries: list[Entry]) -> None:
    for line in settle([terms], entries, []).lines:
        worked = line.entry.minutes + line.entry.offset
        assert worked <= line.to_bill < worked + max(terms.step_minutes, 1)
        assert not terms.step_minutes or line.to_bill % terms.step_minutes == 0


@given(VERSIONS, ENTRIES, CHARGES, st.randoms())
def test_the_order_rows_come_in_changes_no_byte_of_the_document(
    terms: Version, entries: list[Entry], charges: list[Charge], random: Any
) -> None:
    before = fingerprint(document({}, [terms], settle([terms], entries, charges)))
    random.shuffle(entries)
    random.shuffle(charges)
    assert fingerprint(document({}, [terms], settle([terms], entries, charges))) == before


@given(PRICES, st.integers(0, 100), st.booleans())
def test_a_part_of_a_flat_amount_and_what_stands_open_are_the_whole(
    amount: Decimal, part: int, is_agreed: bool
) -> None:
    terms = version(flat_amount=amount)
    found = settle([terms], [], [], is_whole=False, part=part, is_agreed=is_agreed)
    assert 0 <= found.labour <= amount
    assert found.open_difference == (0 if is_agreed else amount - found.labour)


@given(st.lists(DAYS, min_size=1, max_size=5, unique=True), DAYS)
def test_the_terms_in_force_are_the_newest_that_had_begun(days: list[date], day: date) -> None:
    versions = [version(at, since=since) for at, since in enumerate(sorted(days), 1)]
    begun = [one for one in versions if one.since <= day]
    assert in_force(versions, day) == (begun[-1] if begun else versions[0])
