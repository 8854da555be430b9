"""The pages of invoices as a browser without scripts uses them: from what waits to what was paid."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from billing.models import BillingSettings, ContractLine, Invoice, InvoiceLine, Payment
from billing.services import billing_settings, papers
from psa.directory.models import Company, Contract
from psa.tenancy import scope
from psa.tenancy.models import Membership
from tests.billing import bills
from tests.conftest import acting, sign_in

pytestmark = pytest.mark.django_db
AT = "/nordlicht/invoices/"


@pytest.fixture
def browser(max: Membership) -> Client:
    """Max, signed in, reading English."""
    with scope.platform("test: language"):
        max.user.language = "en"
        max.user.save()
    with acting(max):
        Membership.objects.filter(pk=max.pk).update(language="en")
    return sign_in(max)


def text(answer: Any) -> str:
    return answer.content.decode()


def only(max: Membership) -> Invoice:
    with scope.tenant(max.tenant_id):
        return Invoice.objects.latest("pk")


def test_from_what_waits_to_what_was_paid(browser: Client, max: Membership, company: Company) -> None:
    with acting(max) as by:
        bills.settled(company, by)
        item = bills.posted(company, "95", "2")
    page = text(browser.get(AT + "waiting/"))
    assert "Reederei Hansen" in page and "€190.00" in page
    answer = browser.post(f"{AT}waiting/{company.pk}/?currency=EUR", {"item": item.pk})
    row = only(max)
    assert answer.url == f"{AT}{row.pk}/"
    line = {"name": "Travel", "quantity": "1", "unit_price": "10", "discount": "0", "vat_kind": "standard"}
    line |= {"supplied_on": "2026-03-02", "version": row.version}
    assert browser.post(f"{AT}{row.pk}/lines/new/", line).status_code == 302
    page = text(browser.get(f"{AT}{row.pk}/"))
    assert "Travel" in page and "€238.00" in page
    assert browser.get(f"{AT}{row.pk}/paper.pdf").content.startswith(b"%PDF")
    browser.post(f"{AT}{row.pk}/issue/", {"version": only(max).version})
    assert "The papers are being made" in text(browser.get(f"{AT}{row.pk}/"))
    papers.work()
    page = text(browser.get(f"{AT}{row.pk}/"))
    assert only(max).number in page and "office@hansen.example" in page
    assert browser.get(f"{AT}{row.pk}/paper.pdf")["Content-Disposition"].endswith(f'{only(max).number}.pdf"')
    browser.post(f"{AT}{row.pk}/pay/", {"amount": "238", "on": "2026-03-20"})
    assert only(max).status == "paid"
    with scope.tenant(max.tenant_id):
        payment = Payment.objects.get().pk
    browser.post(f"{AT}{row.pk}/payments/{payment}/take-back/")
    assert only(max).status == "issued"


def test_what_is_missing_is_said_before_anybody_presses(browser: Client, max: Membership, company: Company) -> None:
    with acting(max) as by:
        row = bills.draft(company, by)
    page = text(browser.get(f"{AT}{row.pk}/"))
    assert "Your own data is not complete" in page and "address is not complete" in page
    answer = browser.post(f"{AT}{row.pk}/issue/", {"version": row.version}, follow=True)
    assert "Add it under “Billing settings”" in text(answer) and only(max).status == "draft"


def test_a_late_press_changes_nothing_and_says_so(browser: Client, max: Membership, company: Company) -> None:
    with acting(max) as by:
        row = bills.draft(company, by)
    for verb in ("issue", "discard", "reckon"):
        answer = browser.post(f"{AT}{row.pk}/{verb}/", {"version": row.version + 7}, follow=True)
        assert "Somebody changed this meanwhile" in text(answer)
    assert only(max).version == row.version


def test_days_to_pay_and_the_day_of_a_payment_are_ones_somebody_means(
    browser: Client, max: Membership, company: Company
) -> None:
    with acting(max) as by:
        row = bills.draft(company, by)
        issued = bills.issued(company, by)
    edit = browser.post(f"{AT}{row.pk}/edit/", {"payment_days": "9999999", "version": row.version})
    assert edit.status_code == 422 and "365" in text(edit)
    for day in ("0001-01-01", "9999-12-31"):
        assert browser.post(f"{AT}{issued.pk}/pay/", {"amount": "1", "on": day}).status_code == 422
    browser.post(f"{AT}{issued.pk}/pay/", {"amount": "1,50", "on": "2026-03-20"})
    with scope.tenant(max.tenant_id):
        assert Payment.objects.get(invoice=issued).amount == Decimal("1.50")


def test_a_position_is_billed_every_ten_years_at_the_most(browser: Client, max: Membership, company: Company) -> None:
    with acting(max):
        contract = Contract.objects.create(company=company, name="Care", starts_on="2026-01-01")
    line = {
        "name": "Mailbox", "quantity": "1", "unit": "h", "unit_price": "1.234,56", "vat_kind": "standard",
        "starts_on": "2026-01-01", "months": "1",
    }  # fmt: skip
    at = f"/nordlicht/contracts/{contract.pk}/lines/new/"
    for wrong in ({"months": "121"}, {"months": "99999999999"}, {"starts_on": "0001-01-01"}):
        assert browser.post(at, line | wrong).status_code == 422
    assert browser.post(at, line).status_code == 302
    with scope.tenant(max.tenant_id):
        assert ContractLine.objects.get().unit_price == Decimal("1234.56")


def test_lines_change_places_and_go(browser: Client, max: Membership, company: Company) -> None:
    with acting(max) as by:
        row = bills.draft(company, by, bills.posted(company, name="First"), bills.posted(company, name="Second"))
        first, second = InvoiceLine.objects.filter(invoice=row)
    browser.post(f"{AT}{row.pk}/lines/{second.pk}/shift/", {"version": row.version, "to": "up"})
    page = text(browser.get(f"{AT}{row.pk}/"))
    assert page.index("Second") < page.index("First")
    browser.post(f"{AT}{row.pk}/lines/{first.pk}/drop/", {"version": only(max).version})
    assert only(max).net == Decimal("100.00")


def test_crediting_some_lines(browser: Client, max: Membership, company: Company) -> None:
    with acting(max) as by:
        row = bills.issued(company, by, bills.posted(company), bills.posted(company, "50"))
        line = InvoiceLine.objects.filter(invoice=row).latest("pk")
    answer = browser.post(f"{AT}{row.pk}/credit/", {"lines": line.pk, "reason": "Not ordered", "then": "again"})
    note = only(max)
    assert answer.url == f"{AT}{note.pk}/" and note.kind == "credit_note"
    assert row.number in text(browser.get(answer.url)) and note.number in text(browser.get(f"{AT}{row.pk}/"))


def test_a_letter_is_shown_before_it_goes(browser: Client, max: Membership, company: Company) -> None:
    with acting(max) as by:
        row = bills.issued(company, by)
        Invoice.objects.update(due_on=date(2026, 1, 1))
    assert row.number in text(browser.get(AT + "overdue/"))
    assert f"Erinnerung: Rechnung {row.number}" in text(browser.get(f"{AT}{row.pk}/dun/"))
    assert only(max).dunning_level == 0
    browser.post(AT + "overdue/all/")
    assert only(max).dunning_level == 1


def test_a_recurring_run_shows_what_is_due_and_bills_it(browser: Client, max: Membership, company: Company) -> None:
    with acting(max):
        contract = Contract.objects.create(company=company, name="Care", starts_on="2026-01-01")
        ContractLine.objects.create(
            contract=contract, name="Mailbox", unit_price=10, starts_on=date(2026, 1, 17), next_on=date(2026, 1, 17)
        )
    page = text(browser.get(AT + "recurring/?until=2026-02-01"))
    assert "15 of 31 days" in page and "Draw 1 draft" in page
    answer = browser.post(AT + "recurring/", {"until": "2026-02-01"}, follow=True)
    assert "Draft drawn" in text(answer)
    assert only(max).net == Decimal("14.84")


def test_settings_say_what_an_invoice_lacks(browser: Client, max: Membership) -> None:
    at = "/nordlicht/billing-settings/"
    page = text(browser.get(at))
    assert "An invoice cannot be issued yet" in page and re.search(r"R-\d{4}-00017", page)
    typed = {
        "legal_name": "Nordlicht IT", "street": "Kai 1", "postal_code": "24103", "city": "Kiel", "country": "de",
        "vat_id": "DE1", "iban": "DE02120300000000202051", "payment_days": 10, "endpoint_scheme": "EM",
        "cut_off": "15:00", "dunning_days": "5, 10, 20", "accounts": "S19 = 4400", "version": 1,
        "number_invoice": "RE{year}{number:04d}", "day_before_rule": "on",
    }  # fmt: skip
    for wrong in (
        {"iban": "DE03120300000000202051"},
        {"number_invoice": "R"},
        {"dunning_days": "9, 5, 1"},
        {"accounts": "x"},
        {"payment_days": 99_999},
    ):
        assert browser.post(at, typed | wrong).status_code == 422
    assert browser.post(at, typed).status_code == 302
    with scope.tenant(max.tenant_id):
        row = BillingSettings.objects.get()
        assert (row.country, row.payment_days, row.dunning_days) == ("DE", 10, [5, 10, 20])
        assert row.accounts == {"S19": "4400"} and row.number_patterns == {"invoice": "RE{year}{number:04d}"}


def test_a_customers_page_leads_to_its_billing(browser: Client, company: Company) -> None:
    page = text(browser.get(f"/nordlicht/companies/{company.pk}/"))
    assert f"/nordlicht/invoices/statements/{company.pk}/" in page
    assert f"/nordlicht/billing-settings/customers/{company.pk}/" in page
    answer = browser.post(
        f"/nordlicht/billing-settings/customers/{company.pk}/",
        {"name": "Hansen KG", "discount": "5", "rounding": "0.05", "format": "zugferd", "payment_days": "30"},
    )
    assert answer.status_code == 302
    with scope.tenant(company.tenant_id):
        assert billing_settings.profile_of(company).rounding == Decimal("0.05")


def test_a_statement_is_read_and_taken_along(browser: Client, max: Membership, company: Company) -> None:
    with acting(max) as by:
        row = bills.issued(company, by)
    assert row.number in text(browser.get(f"{AT}statements/{company.pk}/"))
    assert browser.get(f"{AT}statements/{company.pk}/paper.pdf").content.startswith(b"%PDF")


def test_x1_what_was_typed_is_inert(browser: Client, max: Membership, company: Company) -> None:
    evil = "<script>alert(1)</script>{{ 7 }}"
    with acting(max) as by:
        row = bills.issued(company, by, bills.posted(company, name=evil, text=evil), name=evil)
    for url in (f"{AT}{row.pk}/", AT, f"{AT}statements/{company.pk}/", f"{AT}{row.pk}/credit/"):
        assert "<script>alert" not in text(browser.get(url))


@pytest.mark.parametrize("url", ["", "waiting/", "overdue/"])
def test_the_lists_ask_no_more_for_more(browser: Client, max: Membership, company: Company, url: str) -> None:
    counts = []
    for more in (1, 8):
        with acting(max) as by:
            for place in range(more):
                other = Company.objects.create(name=f"Customer {more} {place}")
                bills.posted(other)
                bills.issued(other, by)
            Invoice.objects.exclude(status="draft").update(due_on=timezone.localdate().replace(year=2025))
        browser.get(AT + url)
        with CaptureQueriesContext(connection) as queries:
            browser.get(AT + url)
        counts.append(len(queries))
    assert counts[0] == counts[1], counts


def test_the_page_asks_no_more_for_more_lines(browser: Client, max: Membership, company: Company) -> None:
    with acting(max) as by:
        small = bills.issued(company, by)
        large = bills.issued(company, by, *(bills.posted(company) for _ in range(9)))
    counts = []
    for row in (small, large):
        browser.get(f"{AT}{row.pk}/")
        with CaptureQueriesContext(connection) as queries:
            browser.get(f"{AT}{row.pk}/")
        counts.append(len(queries))
    assert counts[0] == counts[1]
