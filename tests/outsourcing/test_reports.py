"""The reports *Outsourced* and *Received services and transactions*: a line a handover, sums, CSV (spec §8)."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal

import pytest

from outsourcing.models import Fee, PartnerInvoice
from psa.directory.models import Company
from tests.conftest import acting, sign_in, try_rows
from tests.outsourcing.conftest import Pair, drain
from tests.outsourcing.test_pages_reading import at_most
from tests.outsourcing.test_statement import complete, example_a
from tests.tickets.conftest import internal
from tickets.services import items, lifecycle

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
    assert {"255,00", "40,00", "295,00"} <= set(row) and len(head) == len(row)
    assert "95,00" not in row


FOUND = (
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
)


@BOTH
def test_filters_narrow_lines_and_sums_alike(ended: Pair, member: str, url: str) -> None:
    client = sign_in(getattr(ended, member))

    def narrowed(query: str, number: int) -> None:
        listing = client.get(f"{url}?{query}").context["list"]
        assert len(listing.rows) == number
        assert sum(one["number"] for one in listing.sums) == number

    try_rows(FOUND, narrowed)


def test_the_invoices_state_is_the_leads(ended: Pair) -> None:
    with acting(ended.max):
        PartnerInvoice.objects.create(
            handover=ended.handover, number="R-CANARY", date=date(2026, 3, 9), amount=Decimal(295)
        )
    client = sign_in(ended.max)
    at = "/nordlicht/outsourcing/reports/outsourced/"
    assert [len(client.get(f"{at}?invoice={one}").context["list"].rows) for one in ("expected", "received")] == [0, 1]
    assert "CANARY" not in sign_in(ended.gunta).get("/baltic/outsourcing/reports/received/").content.decode()


def test_the_lead_reads_the_transaction_fee_and_opens_its_list(ended: Pair) -> None:
    with acting(ended.max):
        Fee.objects.create(handover=ended.handover, amount=Decimal("2.50"), currency="CHF")
    client, at = sign_in(ended.max), "/nordlicht/outsourcing/reports/outsourced/"
    listing = client.get(at).context["list"]
    assert [(one["number"], one["sum"], one["currency"]) for one in listing.fees] == [(1, Decimal("2.50"), "CHF")]
    for url, many in ((listing.fees[0]["url"], 1), (listing.sums[0]["url"], 1), (f"{at}?settled=CHF", 0)):
        assert len(client.get(url).context["list"].rows) == many, url
    narrowed = client.get(f"{at}?status=returned").context["list"]
    assert narrowed.fees == [] and narrowed.sums == []
    sheet = b"".join(client.get(f"{at}?format=csv")).decode("utf-8-sig").splitlines()  # type: ignore[call-overload]
    (head, row) = csv.reader(sheet, delimiter=";")
    assert row[head.index("Transaktionsgebühr")] == "2,50"
    theirs = sign_in(ended.gunta).get("/baltic/outsourcing/reports/received/?cols=number,fee")
    assert theirs.context["list"].fees == [] and "2.50" not in theirs.content.decode()


@BOTH
def test_the_sums_of_everything_are_those_of_a_filter_that_lets_everything_pass(
    ended: Pair, member: str, url: str
) -> None:
    reader = ended.lead if member == "max" else ended.service
    other = ended.service if member == "max" else ended.lead
    for side in (reader, other):
        with side() as by:
            ticket = lifecycle.create(by=by, title="Of no handover", company=Company.objects.all()[0])
            items.add(ticket, "timeentry", internal(ticket), by=by, worked_on=date(2026, 3, 2), minutes=777)
    client = sign_in(getattr(ended, member))
    whole, narrowed = (client.get(f"{url}{query}").context["list"] for query in ("", "?sent_from=2000-01-01"))
    assert narrowed.is_narrowed and not whole.is_narrowed
    plain = [[{**one, "url": ""} for one in listing.sums] for listing in (whole, narrowed)]
    assert plain[0] == plain[1] != []
    assert whole.minutes == narrowed.minutes == 255


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
