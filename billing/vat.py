"""What VAT an invoice shows, and its sums: pure, without database (it-house spec, "Contracts, approve and post").

What is sold (rate, goods or service) meets who buys it (domestic, EU business with a VAT id, consumer, third country)
and gives a category of UNCL5305 with its rate. Sums are Decimals to the cent; totals are the sums of lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from billing.electronic import amount
from billing.models import InvoiceLine, VatCategory, VatKind
from billing.pricing import cents

EU = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # fmt: skip
)
VAT_ID = re.compile(r"([A-Z]{2})[A-Z0-9+*]{2,12}")
NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Seller:
    """Who sells: country as ISO 3166-1, and whether it is a small business that shows no VAT."""

    country: str
    is_small_business: bool = False


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who buys. Without a country it sits where the seller does."""

    country: str = ""
    vat_id: str = ""
    is_business: bool = True


@dataclass(frozen=True, slots=True)
class Sold:
    """What is sold: its kind of VAT, that kind's rate on the day of supply in per cent, and whether it is goods."""

    kind: str
    percent: Decimal
    is_goods: bool = False


@dataclass(frozen=True, slots=True)
class Treatment:
    """What the line says: category, rate in per cent, and why there is no VAT ("" where there is, or the rate is 0)."""

    category: VatCategory
    rate: Decimal
    reason: str = ""


def treatment(sold: Sold, seller: Seller, buyer: Buyer) -> Treatment:
    """How a line is taxed. `reason` is a code: small_business, exempt, reverse_charge, intra_community, export,
    outside."""
    here, there = _country(seller.country), _country(buyer.country) or _country(seller.country)
    if seller.is_small_business:
        return Treatment(VatCategory.EXEMPT, NOTHING, "small_business")
    if here == there:
        return _domestic(sold)
    if here in EU and there in EU:
        if not buyer.is_business or not _is_of_another_country(buyer.vat_id, here):
            return _domestic(sold)
        if sold.kind == VatKind.EXEMPT:
            return _domestic(sold)
        if sold.is_goods:
            return Treatment(VatCategory.INTRA_COMMUNITY, NOTHING, "intra_community")
        return Treatment(VatCategory.REVERSE_CHARGE, NOTHING, "reverse_charge")
    if sold.is_goods:
        return Treatment(VatCategory.EXPORT, NOTHING, "export")
    if buyer.is_business:
        return Treatment(VatCategory.OUTSIDE, NOTHING, "outside")
    return _domestic(sold)


def _domestic(sold: Sold) -> Treatment:
    if sold.kind == VatKind.EXEMPT:
        return Treatment(VatCategory.EXEMPT, NOTHING, "exempt")
    if sold.kind == VatKind.ZERO or not sold.percent:
        return Treatment(VatCategory.ZERO, NOTHING)
    return Treatment(VatCategory.STANDARD, sold.percent)


def _country(code: str) -> str:
    """Greece writes EL in its VAT ids."""
    return {"EL": "GR"}.get(code.strip().upper(), code.strip().upper())


def _is_of_another_country(vat_id: str, here: str) -> bool:
    """Whether this is the shape of a VAT id of an EU country that is not the seller's."""
    found = VAT_ID.fullmatch(re.sub(r"[\s.-]", "", vat_id).upper())
    return found is not None and _country(found[1]) in EU - {here}


# Sums -----------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Group:
    """The VAT of one category and rate: base and tax to the cent."""

    category: str
    rate: Decimal
    base: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Sums:
    """What an invoice comes to, in its currency, to the cent. `due` = gross + rounding."""

    net: Decimal
    vat: Decimal
    gross: Decimal
    rounding: Decimal
    due: Decimal
    groups: tuple[Group, ...]

    @property
    def columns(self) -> Mapping[str, Any]:
        """The sums by the columns of Invoice."""
        return {name: getattr(self, name) for name in ("net", "vat", "gross", "rounding", "due")}


def sums(lines: Iterable[InvoiceLine], step: Decimal = NOTHING) -> Sums:
    """Net is the sum of the lines, VAT is worked out once for each rate, and the total is rounded to a `step` of cash
    (0.05) where there is one."""
    bases: dict[tuple[str, Decimal], Decimal] = {}
    for line in lines:
        group = (str(line.vat_category), line.vat_rate)
        bases[group] = bases.get(group, NOTHING) + amount(line)
    groups = tuple(
        Group(category, rate, base, cents(base * rate / 100)) for (category, rate), base in sorted(bases.items())
    )
    net, vat = sum((one.base for one in groups), NOTHING), sum((one.amount for one in groups), NOTHING)
    due = rounded(net + vat, step)
    return Sums(net, vat, net + vat, due - net - vat, due, groups)


def rounded(value: Decimal, step: Decimal) -> Decimal:
    """To the nearest step of cash, halves up; without a step as it is."""
    return (value / step).quantize(Decimal(1), ROUND_HALF_UP) * step if step else value
