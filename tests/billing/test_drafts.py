"""Drafts of invoices: from posted items, each on one invoice; worded, discounted, reckoned."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from billing import pricing
from billing.documents.invoices import amount_of
from billing.models import Article, BillingItem, Invoice, InvoiceLine, InvoiceVat
from billing.services import billing_settings, drafts
from billing.services.drafts import Wanted
from psa.directory.models import Company
from psa.tenancy import scope
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership, Tenant
from tests.billing import bills
from tests.conftest import acting
from tests.races import race

pytestmark = pytest.mark.django_db


def test_a_draft_is_drawn_from_posted_items(max: Membership, company: Company) -> None:
    with acting(max) as by:
        bills.settled(company, by, discount=Decimal(10))
        row = bills.draft(
            company, by, bills.posted(company, "95", "1.5"), bills.posted(company, "12", vat_kind="reduced")
        )
        lines = list(InvoiceLine.objects.filter(invoice=row))
        assert [(one.amount, one.vat_rate, one.discount) for one in lines] == [
            (Decimal("128.25"), 19, 10), (Decimal("10.80"), 7, 10),
        ]  # fmt: skip
        assert (row.net, row.vat, row.due) == (Decimal("139.05"), Decimal("25.13"), Decimal("164.18"))
        assert InvoiceVat.objects.filter(invoice=row).count() == 2
        assert drafts.free(BillingItem.objects.all()).count() == 0


def test_odd_minutes_stand_as_hours_at_their_rate(max: Membership, company: Company) -> None:
    """40 minutes at 107.00 are 71.33: the customer reads the time and the rate, not one piece at 71.33."""
    with acting(max) as by:
        for minutes, rate, amount in (
            (40, "107", "71.33"),
            (20, "92", "30.67"),
            (1, "95", "1.58"),
            (6001, "149.99", "15001.50"),
        ):
            item = bills.posted(company, rate, str(pricing.hours(minutes)), amount=Decimal(amount))
            line = InvoiceLine.objects.get(invoice=bills.draft(company, by, item))
            assert (line.unit_price, line.amount, line.unit_code) == (Decimal(rate), Decimal(amount), "HUR")
            assert amount_of(line) == f"{minutes // 60}:{minutes % 60:02d} h"


def test_n3_an_item_is_drawn_once(max: Membership, company: Company) -> None:
    with acting(max) as by:
        item = bills.posted(company)
        bills.draft(company, by, item)
        with pytest.raises(Refused, match="item_is_not_free"):
            bills.draft(company, by, item)
        assert (Invoice.objects.count(), InvoiceLine.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_n3_two_billers_at_once_make_one_line(nordlicht: Tenant, max: Membership, company: Company) -> None:
    with scope.tenant(nordlicht):
        item = bills.posted(company)

    def draw() -> Invoice:
        with acting(max) as by:
            return bills.draft(company, by, item)

    answers = race(draw, draw, draw)
    with scope.tenant(nordlicht):
        assert InvoiceLine.objects.count() == 1 and Invoice.objects.count() == 1
    assert sum(isinstance(one, Refused) for one in answers) == 2, answers


def test_items_of_two_customers_or_currencies_are_never_together(max: Membership, company: Company) -> None:
    with acting(max) as by:
        other = Company.objects.create(name="Other")
        for item in (bills.posted(other), bills.posted(company, currency="CHF")):
            with pytest.raises(Refused, match="item_is_not_free"):
                bills.draft(company, by, bills.posted(company), item)
        assert not Invoice.objects.exists()


def test_what_is_only_approved_is_not_drawn(max: Membership, company: Company) -> None:
    with acting(max) as by:
        item = BillingItem.objects.create(
            company=company, source="time", name="x", worked_on=bills.DAY, quantity=1, unit_price=1, amount=1
        )
        with pytest.raises(Refused, match="item_is_not_free"):
            bills.draft(company, by, item)


def test_a_covered_item_stands_as_nothing_and_says_how_much(max: Membership, company: Company) -> None:
    with acting(max) as by:
        row = bills.draft(company, by, bills.posted(company, "95", "2", amount=Decimal(0), covered="block"))
        line = InvoiceLine.objects.get(invoice=row)
        assert (line.quantity, line.unit_price, line.amount, line.text) == (1, 0, 0, "2:00 h")


def test_a_reversing_item_is_below_nothing(max: Membership, company: Company) -> None:
    with acting(max) as by:
        row = bills.draft(company, by, bills.posted(company, "100", "2"), bills.posted(company, "100", "-0.5"))
        assert row.net == Decimal("150.00")


def test_goods_and_services_abroad_are_taxed_by_themselves(max: Membership, company: Company) -> None:
    with acting(max) as by:
        bills.settled(company, by, country="LV")
        company.vat_id = "LV49999999918"
        company.save()
        thing = Article.objects.create(number="1", name="Switch", kind="goods", account="8125")
        row = bills.draft(company, by, bills.posted(company), bills.posted(company, source="delivery", article=thing))
        lines = InvoiceLine.objects.filter(invoice=row)
        assert [(one.vat_category, one.account) for one in lines] == [("AE", ""), ("K", "8125")]
        assert row.vat == 0


def test_the_rate_is_that_of_the_day_of_supply(max: Membership, company: Company) -> None:
    with acting(max) as by:
        bills.settled(company, by)
        billing_settings.put_rate("standard", Decimal(16), date(2026, 7, 1), by=by)
        row = bills.draft(company, by, bills.posted(company), bills.posted(company, worked_on=date(2026, 7, 2)))
        assert [one.vat_rate for one in InvoiceLine.objects.filter(invoice=row)] == [19, 16]


def test_lines_are_written_edited_moved_and_dropped(max: Membership, company: Company) -> None:
    with acting(max) as by:
        bills.settled(company, by)
        row = drafts.draw(company, "EUR", [], by=by)
        wanted = Wanted("Travel", Decimal(2), Decimal("25"))
        for name in ("Travel", "Parking"):
            row = drafts.add_line(row, replace(wanted, name=name), version=row.version, by=by)
        first, second = InvoiceLine.objects.filter(invoice=row)
        row = drafts.edit_line(first, {"discount": Decimal(50)}, version=row.version, by=by)
        assert row.net == Decimal("75.00")
        row = drafts.shift_line(second, True, version=row.version, by=by)
        assert [one.name for one in InvoiceLine.objects.filter(invoice=row)] == ["Parking", "Travel"]
        row = drafts.drop_line(first, version=row.version, by=by)
        assert row.net == Decimal("50.00")


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("Std.", "HUR"), ("stundas", "HUR"), ("hours", "HUR"), ("Tage", "DAY"), ("Mēneši", "MON"), ("Stück", "C62"),
        ("gab.", "C62"), ("km", "KMT"), ("m", "MTR"), (" KG ", "KGM"), ("l", "LTR"), ("Pauschale", "LS"),
        ("Karton", "C62"), ("", "C62"),
    ],
)  # fmt: skip
def test_a_unit_typed_by_hand_is_one_an_electronic_invoice_knows(
    max: Membership, company: Company, typed: str, code: str
) -> None:
    with acting(max) as by:
        row = drafts.draw(company, "EUR", [], by=by)
        wanted = Wanted("Travel", Decimal(2), Decimal(25), unit=typed)
        row = drafts.add_line(row, wanted, version=row.version, by=by)
        line = InvoiceLine.objects.get(invoice=row)
        assert (line.unit, line.unit_code) == (typed, code)
        drafts.edit_line(line, {"unit": "Std."}, version=row.version, by=by)
        assert InvoiceLine.objects.get(pk=line.pk).unit_code == "HUR"


def test_n2_a_line_of_a_posted_item_keeps_its_price(max: Membership, company: Company) -> None:
    with acting(max) as by:
        row = bills.draft(company, by)
        line = InvoiceLine.objects.get(invoice=row)
        drafts.edit_line(line, {"unit_price": Decimal(1), "quantity": Decimal(9), "name": "Work"}, version=1, by=by)
        line.refresh_from_db()
        assert (line.unit_price, line.quantity, line.name) == (100, 1, "Work")


def test_nobody_overwrites_anybody(max: Membership, company: Company) -> None:
    with acting(max) as by:
        row = bills.draft(company, by)
        drafts.reword(row, {"text": "Hello"}, version=1, by=by)
        for late in (
            lambda: drafts.reword(row, {"text": "Bye"}, version=1, by=by),
            lambda: drafts.discard(row, version=1, by=by),
            lambda: drafts.add_line(row, Wanted("x", Decimal(1), Decimal(1)), version=1, by=by),
        ):
            with pytest.raises(Refused, match="invoice_moved_on"):
                late()
        assert Invoice.objects.get().text == "Hello" and InvoiceLine.objects.count() == 1


def test_a_discarded_draft_gives_its_items_back(max: Membership, company: Company) -> None:
    with acting(max) as by:
        row = bills.draft(company, by)
        drafts.discard(row, version=row.version, by=by)
        assert not Invoice.objects.exists() and drafts.free(BillingItem.objects.all()).count() == 1


def test_a_technician_draws_nothing(ada: Membership, company: Company) -> None:
    with acting(ada) as by, pytest.raises(Denied):
        bills.draft(company, by)
    with scope.tenant(ada.tenant_id):
        assert not Invoice.objects.exists()
