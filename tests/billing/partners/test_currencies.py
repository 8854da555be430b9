"""A partner's money is not the customer's: what the customer is billed is in the currency of its contract, at a price
or a rate that somebody entered (outsourcing spec §9)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse

from billing.models import BillingItem, ExchangeRate
from billing.services import approving, drafts, margins, posting
from outsourcing.links import links
from outsourcing.models import Handover
from psa.batches.models import BatchLine
from psa.directory.models import Contract, ContractKind
from psa.journal.models import Entry
from psa.tenancy.errors import Refused
from tests.billing.partners.reading import plain
from tests.conftest import sign_in
from tests.outsourcing.conftest import Pair, drain
from tests.outsourcing.test_statement import complete, log
from tickets.models import Charge, Ticket, TimeEntry


@pytest.fixture
def in_francs(pair: Pair) -> Pair:
    """Baltic logged 2 h and a cable for 40 in euros; Nordlicht's customer has a contract in francs."""
    with pair.lead():
        company = Ticket.objects.get(pk=pair.ticket.pk).company
        Contract.objects.create(
            company=company, name="Basel", kind=ContractKind.HOURLY, currency="CHF", starts_on="2026-01-01"
        )
    log(pair, minutes=120)
    log(pair, kind="charge", name="Cable", unit_price=Decimal(40), currency="EUR")
    drain()
    complete(pair)
    drain()
    return pair


def copies() -> tuple[TimeEntry, Charge]:
    """What the lead has of Baltic's, in the lead's scope."""
    entries = TimeEntry.objects.filter(received_at__isnull=False).select_related("ticket__tenant")
    charges = Charge.objects.filter(received_at__isnull=False, is_billable=True).select_related("ticket__tenant")
    return entries.get(), charges.get()


def test_other_money_is_approved_neither_alone_nor_in_bulk(in_francs: Pair) -> None:
    with in_francs.lead() as by:
        for thing in copies():
            with pytest.raises(Refused, match="price_in_other_currency") as refused:
                approving.approve(thing, by=by)
            assert refused.value.params == {"theirs": "EUR", "ours": "CHF"}
    client = sign_in(in_francs.max)
    client.post("/nordlicht/approve/charges/decide/", {"do": "approve", "all": "1"})
    with in_francs.lead():
        assert BatchLine.objects.get().code == "price_in_other_currency"
        assert not BillingItem.objects.exists()


def test_a_rate_changes_all_of_the_handover_and_is_kept_with_who_entered_it(in_francs: Pair) -> None:
    with in_francs.lead() as by:
        entry, charge = copies()
        item = approving.approve_exchanged(charge, Decimal("0.95"), by=by)
        assert (item.amount, item.currency) == (Decimal("38.00"), "CHF")
        hours = approving.approve(entry, by=by)
        assert (hours.currency, hours.unit_price) == ("CHF", Decimal("90.25")), "95 an hour at 0.95"
        assert hours.amount == Decimal("180.50")
        kept = ExchangeRate.objects.get()
        assert (kept.currency, kept.into, kept.by_name) == ("EUR", "CHF", by.name) and kept.at
        told = Entry.objects.get(kind="ticket.exchange_rate_entered").data
        assert (told["currency"], told["into"], told["rate"]) == ("EUR", "CHF", "0.95")


def test_a_price_in_the_customers_currency_counts_for_this_one_alone(in_francs: Pair) -> None:
    with in_francs.lead() as by:
        entry, charge = copies()
        item = approving.approve(charge, by=by, each=Decimal("50"))
        assert (item.amount, item.currency) == (Decimal("50.00"), "CHF")
        assert not ExchangeRate.objects.exists()
        with pytest.raises(Refused, match="price_in_other_currency"):
            approving.approve(entry, by=by)
        posting.post([item], by=by)
        drafts.draw(item.company, "CHF", [item.pk], by=by)


def test_one_invoice_has_one_currency(in_francs: Pair) -> None:
    with in_francs.lead() as by:
        item = approving.approve(copies()[1], by=by, each=Decimal("50"))
        posting.post([item], by=by)
        with pytest.raises(Refused, match="item_is_not_free"):
            drafts.draw(item.company, "EUR", [item.pk], by=by)


def test_there_is_a_margin_once_a_rate_was_entered(in_francs: Pair) -> None:
    """2 h at CHF 90.25 less EUR 120 at 0.95."""
    with in_francs.lead() as by:
        entry, charge = copies()
        ticket = Ticket.objects.get(pk=in_francs.ticket.pk)
        link = next(one for one in links(ticket) if one.handover == Handover.objects.get(pk=in_francs.handover.pk))
        approving.approve(charge, by=by, each=Decimal("50"))
        found = margins.of(link)
        assert found is not None and found.needs_rate and found.labour.margin is None
        approving.approve_exchanged(entry, Decimal("0.95"), by=by)
        found = margins.of(link)
        assert found is not None and found.labour.margin == Decimal("66.50") and found.currency == "CHF"


def test_in_one_currency_nothing_is_asked(pair: Pair) -> None:
    log(pair, kind="charge", name="Cable", unit_price=Decimal(40), currency="EUR")
    drain()
    complete(pair)
    drain()
    with pair.lead() as by:
        charge = Charge.objects.select_related("ticket__tenant").get(received_at__isnull=False, is_billable=True)
        for entered in (approving.approve_exchanged, lambda *a, **k: approving.approve(charge, by=by, each=Decimal(1))):
            with pytest.raises(Refused, match="no_exchange_needed|price_is_given"):
                entered(charge, Decimal("0.95"), by=by)
        assert approving.approve(charge, by=by).amount == Decimal("40.00")


def test_the_page_asks_for_a_price_or_the_rate(in_francs: Pair) -> None:
    client = sign_in(in_francs.max)
    with in_francs.lead():
        _entry, charge = copies()
    at = reverse("billing:give_price", args=["nordlicht", "charges", charge.pk])
    listed = client.get("/nordlicht/approve/charges/").content.decode()
    assert at in listed
    for typed in ({}, {"each": "50", "rate": "0.95"}, {"rate": "0"}, {"each": "-1"}):
        answer = client.post(at, typed)
        assert answer.status_code == 422
        assert "CHF" in plain(answer.content.decode())
    with in_francs.lead():
        assert not BillingItem.objects.exists()
    assert client.post(at, {"rate": "0,95"}).status_code == 302
    with in_francs.lead():
        assert BillingItem.objects.get().amount == Decimal("38.00")
    assert client.get(at).status_code == 302, "there is nothing to ask any more"
