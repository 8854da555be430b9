"""The reports *Outsourced* and *Received services and transactions*: a line a handover, sums, CSV (spec §8)."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal

import pytest

from outsourcing.models import PartnerInvoice
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import Pair, drain
from tests.outsourcing.test_pages_reading import at_most
from tests.outsourcing.test_statement import complete, example_a

BOTH = pytest.mark.parametrize(
    ("member", "url"),
    [("max", "/nordlicht/outsourcing/reports/outsourced/"), ("gunta", "/baltic/outsourcing/reports/received/")],
)


@pytest.fixture
def ended(pair: Pair) -> Pair:
    """Example A of §9, complete."""
    example_a(pair)
    complete(pair)
    drain()
    return pair


@BOTH
def test_a_report_sums_what_was_settled(ended: Pair, member: str, url: str) -> None:
    listing = sign_in(getattr(ended, member)).get(url).context["list"]
    (sums,) = listing.sums
    assert (sums["number"], sums["labour"], sums["charges"], sums["total"]) == (
        1,
        Decimal("255.00"),
        Decimal("40.00"),
        Decimal("295.00"),
    )
    assert listing.minutes == 255


@BOTH
def test_the_sheet_has_the_figures_as_numbers(ended: Pair, member: str, url: str) -> None:
    answer = sign_in(getattr(ended, member)).get(f"{url}?format=csv&cols=number,labour,charges,settlement,currency")
    sheet = b"".join(answer).decode("utf-8-sig").splitlines()  # type: ignore[call-overload]
    (head, row) = csv.reader(sheet, delimiter=";")
    assert {"255.00", "40.00", "295.00"} <= set(row) and len(head) == len(row)
    assert "95.00" not in row and "95,00" not in row


@BOTH
@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("", 1),
        ("status=complete", 1),
        ("status=returned", 0),
        ("answer=accepted", 1),
        ("answer=declined", 0),
        ("result=right", 1),
        ("result=rejected", 0),
        ("delivery=late", 0),
        ("worked_from=2026-03-02&worked_to=2026-03-02", 1),
        ("worked_from=2026-03-03", 0),
        ("sent_from=2200-01-01", 0),
        ("q=switch", 1),
        ("q=nothing+like+it", 0),
    ],
)
def test_filters_narrow_lines_and_sums_alike(ended: Pair, member: str, url: str, query: str, number: int) -> None:
    listing = sign_in(getattr(ended, member)).get(f"{url}?{query}").context["list"]
    assert len(listing.rows) == number
    assert sum(one["number"] for one in listing.sums) == number


def test_the_invoices_state_is_the_leads(ended: Pair) -> None:
    with acting(ended.max):
        PartnerInvoice.objects.create(
            handover=ended.handover, number="R-CANARY", date=date(2026, 3, 9), amount=Decimal(295)
        )
    client = sign_in(ended.max)
    at = "/nordlicht/outsourcing/reports/outsourced/"
    assert [len(client.get(f"{at}?invoice={one}").context["list"].rows) for one in ("expected", "received")] == [0, 1]
    assert "CANARY" not in sign_in(ended.gunta).get("/baltic/outsourcing/reports/received/").content.decode()


@BOTH
def test_a_report_takes_few_statements(ended: Pair, member: str, url: str) -> None:
    client = sign_in(getattr(ended, member))
    client.get(url)
    with at_most(13):
        client.get(url)


@BOTH
def test_filtering_in_place_brings_the_sums_along(ended: Pair, member: str, url: str) -> None:
    client = sign_in(getattr(ended, member))
    answer = client.get(f"{url}?status=returned", headers={"HX-Request": "true", "HX-Target": "list"})
    text = answer.content.decode()
    assert "<html" not in text and 'hx-swap-oob="true"' in text
