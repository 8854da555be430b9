"""Hostile test N8: what one side pays or earns is invisible to the other, on every page and in every sheet."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from billing.services import margins
from outsourcing.models import LeadSide, Terms
from psa.lanes.models import Event
from psa.tenancy.models import Membership
from tests.conftest import sign_in
from tests.outsourcing.conftest import Pair, drain
from tests.outsourcing.test_statement import approve, log

# Figures nobody else can come to by chance: our rate, what the customer pays for 2 h, the margin, the exchange rate.
BILL_RATE, BILLED, MARGIN, EXCHANGE = "93.17", "186.34", "66.34", "1.373731"
SECRETS = (BILL_RATE, BILLED, MARGIN, EXCHANGE)
SHEETS = ("", "format=csv")


def addresses(patterns: Any = None, prefix: str = "") -> list[str]:
    """Every named address."""
    found: list[str] = []
    for one in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(one, URLResolver):
            inner = f"{prefix}{one.namespace}:" if one.namespace else prefix
            found += addresses(one.url_patterns, inner)
        elif isinstance(one, URLPattern) and one.name:
            found.append(f"{prefix}{one.name}")
    return found


def read(client: Client, known: dict[str, Any], slug: str) -> dict[str, str]:
    """What every address says that can be made of these arguments: pages and sheets, compressed and streamed alike."""
    said: dict[str, str] = {}
    for name in addresses():
        for given in ({"tenant": slug}, *({"tenant": slug, key: value} for key, value in known.items())):
            try:
                url = reverse(name, kwargs=given)
            except NoReverseMatch:
                continue
            for query in SHEETS:
                answer = client.get(f"{url}?{query}")
                content = b"".join(answer) if answer.streaming else answer.content  # type: ignore[arg-type]
                said[f"{url}?{query}"] = content.decode(errors="replace")
    return said


def shows(text: str, figure: str) -> bool:
    """Whether a figure stands there in any way of writing it."""
    whole, _point, rest = figure.partition(".")
    return re.search(rf"(?<!\d){whole}[.,]{rest}(?!\d)", text) is not None


@pytest.fixture
def told(pair: Pair) -> Pair:
    """Two hours at 60, billed to the customer at 93.17; approved, settled, and a rate entered."""
    with pair.lead():
        LeadSide.objects.filter(handover=pair.handover).update(bill_rate=Decimal(BILL_RATE))
    log(pair, minutes=120)
    drain()
    approve(pair)
    drain()
    with pair.lead() as by:
        margins.enter_rate(pair.ticket, pair.handover, Decimal(EXCHANGE), by=by)
    drain()
    return pair


def known_to(pair: Pair, member: Membership) -> dict[str, Any]:
    ticket = pair.ticket if member is pair.max else pair.insourced
    with pair.lead():
        partnership = pair.handover.partnership.key
    return {"number": ticket.number, "key": pair.handover.key, "pk": ticket.company_id, "partner": partnership}


def test_n8_no_page_and_no_sheet_of_the_service_partner_shows_what_the_lead_earns(told: Pair) -> None:
    said = read(sign_in(told.gunta), known_to(told, told.gunta), "baltic")
    assert len(said) > 100 and any("format=csv" in url and "120" in text for url, text in said.items())
    leaks = [
        (url, one) for url, text in said.items() for one in (BILL_RATE, BILLED, MARGIN, EXCHANGE) if shows(text, one)
    ]
    assert leaks == []


def test_n8_the_lead_itself_reads_them_so_the_test_above_would_find_them(told: Pair) -> None:
    page = sign_in(told.max).get(f"/nordlicht/handovers/{told.handover.key}/statement/").content.decode()
    assert all(shows(page, one) for one in (BILLED, MARGIN))


def test_n8_nothing_that_travels_or_is_shared_holds_them(told: Pair) -> None:
    with told.service():
        rows = [str(event.payload) for event in Event.objects.all()]
        rows += [str(values) for values in Terms.objects.values()]
        assert rows
        for text in rows:
            assert not any(shows(text, one) for one in SECRETS)


def test_n8_the_service_partners_own_money_stays_with_it(told: Pair) -> None:
    """What Baltic writes internally on its ticket, time and prices included, the lead reads nowhere."""
    with told.service():
        number = told.insourced.number
    page = sign_in(told.max).get(f"/nordlicht/tickets/{told.ticket.number}/").content.decode()
    assert f"/baltic/tickets/{number}/" not in page
