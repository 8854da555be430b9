"""VAT by what is sold and who buys it, and the sums of invoices."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing import vat
from billing.models import InvoiceLine
from billing.vat import Buyer, Seller, Sold

DE, LV, CH = Seller("DE"), Seller("LV"), Seller("CH")
SMALL = Seller("DE", is_small_business=True)
HERE, NOWHERE = Buyer("DE"), Buyer()
RIGA = Buyer("LV", "LV 49999999918")
RIGA_WITHOUT, RIGA_PRIVATE = Buyer("LV"), Buyer("LV", "LV49999999918", is_business=False)
ATHENS, OWN_ID = Buyer("GR", "EL123456789"), Buyer("LV", "DE123456788")
ZURICH, ZURICH_PRIVATE = Buyer("CH"), Buyer("CH", is_business=False)


# what, seller, buyer → category, rate, why
TABLE = [
    ("service", "standard", DE, HERE, "S", "19", ""),
    ("service", "standard", DE, NOWHERE, "S", "19", ""),
    ("goods", "reduced", DE, HERE, "S", "7", ""),
    ("service", "zero", DE, HERE, "Z", "0", ""),
    ("service", "exempt", DE, HERE, "E", "0", "exempt"),
    ("service", "standard", SMALL, HERE, "E", "0", "small_business"),
    ("goods", "standard", SMALL, RIGA, "E", "0", "small_business"),
    ("service", "standard", DE, RIGA, "AE", "0", "reverse_charge"),
    ("goods", "standard", DE, RIGA, "K", "0", "intra_community"),
    ("service", "standard", DE, ATHENS, "AE", "0", "reverse_charge"),
    ("service", "exempt", DE, RIGA, "E", "0", "exempt"),
    ("service", "standard", DE, RIGA_WITHOUT, "S", "19", ""),
    ("goods", "standard", DE, RIGA_PRIVATE, "S", "19", ""),
    ("service", "standard", DE, OWN_ID, "S", "19", ""),
    ("goods", "standard", DE, ZURICH, "G", "0", "export"),
    ("goods", "standard", DE, ZURICH_PRIVATE, "G", "0", "export"),
    ("service", "standard", DE, ZURICH, "O", "0", "outside"),
    ("service", "standard", DE, ZURICH_PRIVATE, "S", "19", ""),
    ("service", "standard", LV, Buyer("DE", "DE136695976"), "AE", "0", "reverse_charge"),
    ("service", "standard", CH, Buyer("DE", "DE136695976"), "O", "0", "outside"),
    ("goods", "standard", CH, ZURICH, "S", "19", ""),
]


@pytest.mark.parametrize(("what", "kind", "seller", "buyer", "category", "rate", "reason"), TABLE)
def test_vat_is_what_the_table_says(
    what: str, kind: str, seller: Seller, buyer: Buyer, category: str, rate: str, reason: str
) -> None:
    percent = {"standard": Decimal(19), "reduced": Decimal(7)}.get(kind, Decimal(0))
    found = vat.treatment(Sold(kind, percent, what == "goods"), seller, buyer)
    assert (found.category, found.rate, found.reason) == (category, Decimal(rate), reason)


def line(quantity: str, price: str, rate: str = "19", discount: str = "0", category: str = "S") -> InvoiceLine:
    return InvoiceLine(
        quantity=Decimal(quantity), unit_price=Decimal(price), vat_rate=Decimal(rate), vat_category=category,
        discount=Decimal(discount), tenant_id=1,
    )  # fmt: skip


def test_vat_is_worked_out_once_for_each_rate() -> None:
    found = vat.sums([line("1", "0.10"), line("1", "0.10"), line("1", "0.10"), line("2", "10", "7")])
    assert [(one.rate, one.base, one.amount) for one in found.groups] == [
        (Decimal(7), Decimal("20.00"), Decimal("1.40")),
        (Decimal(19), Decimal("0.30"), Decimal("0.06")),
    ]
    assert (found.net, found.vat, found.gross, found.due) == tuple(map(Decimal, ("20.30", "1.46", "21.76", "21.76")))


def test_the_total_is_rounded_to_five_cents_where_cash_is() -> None:
    found = vat.sums([line("1", "99.99", "8.1")], Decimal("0.05"))
    assert (found.gross, found.rounding, found.due) == tuple(map(Decimal, ("108.09", "0.01", "108.10")))


def test_a_discount_is_rounded_on_each_line() -> None:
    assert vat.sums([line("10", "33.33", discount="10"), line("3", "9.99", discount="2.5")]).net == Decimal("329.19")


money = st.decimals("-9999", "9999", places=2)
LINES = st.lists(
    st.builds(
        line,
        st.decimals("-99", "99", places=4).map(str),
        money.map(str),
        st.sampled_from(["19", "7", "0", "8.1"]),
        st.decimals(0, 100, places=2).map(str),
    ),
    max_size=12,
)


@given(LINES, st.sampled_from([Decimal(0), Decimal("0.05")]))
def test_n1_totals_equal_the_sums_of_lines(lines: list[InvoiceLine], step: Decimal) -> None:
    found = vat.sums(lines, step)
    assert found.net == sum((vat.amount(one) for one in lines), Decimal(0))
    assert found.vat == sum((one.amount for one in found.groups), Decimal(0))
    assert found.gross == found.net + found.vat and found.due == found.gross + found.rounding
    assert not step or (found.due % step == 0 and abs(found.rounding) <= step / 2)
