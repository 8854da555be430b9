"""The pages of money between partners: margin, the settlement as a bill, what the customer pays (spec §9)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from billing.models import BillingItem, ExchangeRate
from outsourcing.models import Handover, LeadSide
from psa.directory.models import Contract, ContractKind, Rate
from psa.tenancy.models import Membership
from tests.billing.partners.reading import in_english, plain
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import Pair, drain
from tests.outsourcing.test_statement import approve, complete, example_a, log
from tickets.models import Ticket


def statement(pair: Pair, member: Membership) -> str:
    in_english()
    slug = "nordlicht" if member.tenant_id == pair.max.tenant_id else "baltic"
    answer = sign_in(member).get(f"/{slug}/handovers/{pair.handover.key}/statement/")
    assert answer.status_code == 200
    return plain(answer.content.decode())


def settle(pair: Pair) -> None:
    example_a(pair)
    approve(pair)
    drain()


def test_a_the_margin_stands_on_the_settlement_for_the_level_all(pair: Pair) -> None:
    """Example A: 403.75 less 255.00 is 148.75; the cable costs what it is billed at."""
    settle(pair)
    page = statement(pair, pair.max)
    for words in ("Our margin", "€403.75", "Labour margin €148.75", "Charges margin €0.00", "Margin €148.75"):
        assert words in page
    assert "3 lines are not approved yet" in page


def test_n8_neither_the_other_side_nor_a_lower_level_sees_the_margin(pair: Pair, rita: Membership) -> None:
    settle(pair)
    for level in ("outsource", "partners"):
        with acting(pair.max):
            Membership.objects.filter(pk=rita.pk).update(outsourcing_level=level)
        assert "Our margin" not in statement(pair, rita)
    page = statement(pair, pair.gunta)
    assert "Our margin" not in page and "403.75" not in page and "148.75" not in page


def test_there_is_no_margin_before_the_settlement(pair: Pair) -> None:
    example_a(pair)
    assert "Our margin" not in statement(pair, pair.max)


def test_where_an_estimate_pays_there_is_no_margin_to_tell(pair: Pair) -> None:
    with pair.lead():
        row = Ticket.objects.get(pk=pair.ticket.pk)
        Ticket.objects.filter(pk=row.pk).update(
            agreed_at=row.created_at, agreed_minutes=300, agreed_amount=Decimal(900), agreed_currency="EUR"
        )
    settle(pair)
    page = statement(pair, pair.max)
    assert "The customer pays by the accepted estimate" in page and "Labour margin" not in page


@pytest.fixture
def in_francs(pair: Pair) -> Pair:
    """Nordlicht's customer has a contract in francs and no rate of its own is entered."""
    with pair.lead():
        LeadSide.objects.filter(handover=pair.handover).update(bill_rate=None)
        company = Ticket.objects.get(pk=pair.ticket.pk).company
        contract = Contract.objects.create(
            company=company, name="Basel", kind=ContractKind.HOURLY, currency="CHF", starts_on="2026-01-01"
        )
        Rate.objects.create(contract=contract, amount=Decimal(100))
    log(pair, minutes=120)
    drain()
    complete(pair)
    drain()
    return pair


def test_two_currencies_have_a_margin_once_somebody_entered_the_rate(in_francs: Pair) -> None:
    """2 h at CHF 100 less EUR 120 at 0.95."""
    assert "Enter the exchange rate to see the margin" in statement(in_francs, in_francs.max)
    client = sign_in(in_francs.max)
    address = reverse("billing:exchange_rate", args=["nordlicht", in_francs.handover.key])
    assert client.get(address).status_code == 200
    assert client.post(address, {"rate": "-1"}).status_code == 422
    with in_francs.lead():
        assert not ExchangeRate.objects.exists()
    assert client.post(address, {"rate": "0.95"}).status_code == 302
    page = statement(in_francs, in_francs.max)
    assert "Labour margin CHF86.00" in page


def test_the_service_partner_posts_the_settlement_with_one_button(pair: Pair) -> None:
    settle(pair)
    assert "Post the settlement" in statement(pair, pair.gunta)
    assert "Post the settlement" not in statement(pair, pair.max)
    client = sign_in(pair.gunta)
    address = reverse("billing:post_settlement", args=["baltic", pair.handover.key])
    for _twice in range(2):
        assert client.post(address).status_code == 302
    with pair.service():
        assert BillingItem.objects.count() == 3
    page = statement(pair, pair.gunta)
    assert "Post the settlement" not in page and "€295.00" in page


def test_before_the_end_nothing_is_posted(pair: Pair) -> None:
    example_a(pair)
    client = sign_in(pair.gunta)
    answer = client.post(reverse("billing:post_settlement", args=["baltic", pair.handover.key]))
    assert answer.status_code == 409
    with pair.service():
        assert not BillingItem.objects.exists()


def test_the_lead_has_no_settlement_to_post(pair: Pair) -> None:
    settle(pair)
    answer = sign_in(pair.max).post(reverse("billing:post_settlement", args=["nordlicht", pair.handover.key]))
    assert answer.status_code == 409
    with pair.lead():
        assert not BillingItem.objects.exists()


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("rate", "Your customer is billed at €95.00 an hour for this work."),
        ("estimate", "Your customer is billed by the accepted estimate. The €95.00 an hour you entered do not count."),
        ("contract", "Your customer is billed by the contract “Care”, which covers this work."),
    ],
)
def test_the_offer_page_says_what_the_customer_is_billed_by(
    ticket: Ticket, max: Membership, partnership: Any, case: str, words: str
) -> None:
    with acting(max):
        if case == "estimate":
            Ticket.objects.filter(pk=ticket.pk).update(agreed_at=ticket.created_at, agreed_minutes=60)
        elif case == "contract":
            Contract.objects.create(
                company=ticket.company, name="Care", kind=ContractKind.RECURRING, starts_on="2026-01-01"
            )
    in_english()
    typed = {
        "partner": str(partnership.key), "rate_type": "hourly", "currency": "EUR", "cost_rate": "60",
        "bill_rate": "95", "authorised_hours": "5", "authorised_charges": "0", "answer_hours": "24", "detail": "site",
    }  # fmt: skip
    answer = sign_in(max).post(f"/nordlicht/tickets/{ticket.number}/outsource/preview/", typed)
    assert words in plain(answer.content.decode())


def test_n8_the_offer_the_partner_reads_does_not_say_it(offered: Handover, gunta: Membership) -> None:
    in_english()
    page = plain(sign_in(gunta).get(f"/baltic/handovers/{offered.key}/").content.decode())
    assert "Your customer" not in page and "95.00" not in page
