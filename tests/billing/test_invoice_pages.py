"""The pages of invoices as a browser without scripts uses them: from what waits to what was paid."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.formats import date_format

from billing.models import BillingSettings, ContractLine, Invoice, InvoiceLine, Payment
from billing.services import billing_settings, drafts, issuing, papers
from psa.directory.models import Company, Contract
from psa.tenancy import scope
from psa.tenancy.models import Membership
from tests.billing import bills
from tests.conftest import acting, day_of, sign_in

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


def test_nothing_ticked_draws_nothing_and_says_so(browser: Client, max: Membership, company: Company) -> None:
    with acting(max):
        bills.posted(company, "95", "2")
    answer = browser.post(f"{AT}waiting/{company.pk}/?currency=EUR")
    page = text(answer)
    assert answer.status_code == 422 and "Tick at least one item." in page
    assert not re.search(r"""name="item"[^>]* checked""", page), "what was unticked stays so"
    with acting(max):
        assert not Invoice.objects.exists()
    answer = browser.post(f"{AT}waiting/{company.pk}/?currency=CHF")
    assert answer.url == f"{AT}{only(max).pk}/", "where nothing waits an empty draft was asked for"


@pytest.mark.parametrize(
    ("address", "said"), [("post@hansen.example", "goes to post@hansen.example"), ("", "no address")]
)
def test_why_no_mail_was_sent(browser: Client, max: Membership, company: Company, address: str, said: str) -> None:
    """The address of the customer stands in for one for invoices; only without both there is none."""
    with acting(max) as by:
        Company.objects.update(email=address)
        company.refresh_from_db()
        bills.settled(company, by, email="")
        row = bills.draft(company, by)
        issuing.issue(row, version=row.version, by=by, is_mailed=False)
        papers.work()
    page = text(browser.get(f"{AT}{row.pk}/"))
    assert said in page and ("Send by mail" in page) == bool(address)


def test_a_draft_is_taken_along_under_its_customers_name(browser: Client, max: Membership, company: Company) -> None:
    with acting(max) as by:
        Company.objects.update(name="Müller / Söhne")
        company.refresh_from_db()
        bills.settled(company, by)
        row = bills.draft(company, by)
    named = browser.get(f"{AT}{row.pk}/paper.pdf")["Content-Disposition"]
    assert unquote(named).endswith("Draft-Müller-Söhne.pdf")


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


STALE = ("issue/", "discard/", "reckon/", "edit/", "lines/new/", "lines/{line}/", "lines/{line}/drop/")


@pytest.mark.parametrize("verb", STALE)
def test_a_stale_page_of_a_draft_leads_to_what_became_of_it(
    browser: Client, max: Membership, company: Company, verb: str
) -> None:
    with acting(max) as by:
        issued = bills.issued(company, by)
        gone = bills.draft(company, by)
        line = InvoiceLine.objects.filter(invoice=issued).latest("pk").pk
        drafts.discard(gone, version=gone.version, by=by)
    version = only(max).version
    answer = browser.post(f"{AT}{issued.pk}/{verb.format(line=line)}", {"version": issued.version}, follow=True)
    assert answer.redirect_chain == [(f"{AT}{issued.pk}/", 302)]
    assert f"Issued already as {issued.number}." in text(answer) and only(max).version == version
    answer = browser.post(f"{AT}{gone.pk}/{verb.format(line=line)}", {"version": gone.version}, follow=True)
    assert answer.redirect_chain == [(AT, 302)] and "This draft was discarded meanwhile." in text(answer)
    assert browser.post(f"{AT}{gone.pk + 999}/{verb.format(line=line)}").status_code == 404, "never was"


def test_days_to_pay_and_the_day_of_a_payment_are_ones_somebody_means(
    browser: Client, max: Membership, company: Company
) -> None:
    with acting(max) as by:
        row = bills.draft(company, by)
        issued = bills.issued(company, by)
    edit = browser.post(f"{AT}{row.pk}/edit/", {"payment_days": "9999999", "version": row.version})
    assert edit.status_code == 422 and "365" in text(edit)
    tomorrow = (day_of(max) + timedelta(days=1)).isoformat()
    for day in ("0001-01-01", "9999-12-31", tomorrow):
        assert browser.post(f"{AT}{issued.pk}/pay/", {"amount": "1", "on": day}).status_code == 422
    browser.post(f"{AT}{issued.pk}/pay/", {"amount": "1,50", "on": "2026-03-20"})
    with scope.tenant(max.tenant_id):
        assert Payment.objects.get(invoice=issued).amount == Decimal("1.50")


@pytest.mark.parametrize("quantity", ["0", "0,0000"])
def test_a_line_of_nothing_is_refused_beside_its_field(
    browser: Client, max: Membership, company: Company, quantity: str
) -> None:
    with acting(max) as by:
        row = bills.draft(company, by)
    line = {"name": "Travel", "quantity": quantity, "unit_price": "10", "discount": "0", "vat_kind": "standard"}
    line |= {"supplied_on": "2026-03-02", "version": str(row.version)}
    answer = browser.post(f"{AT}{row.pk}/lines/new/", line)
    assert answer.status_code == 422
    assert "The quantity cannot be 0." in text(answer) and 'value="Travel"' in text(answer)
    assert browser.post(f"{AT}{row.pk}/lines/new/", line | {"quantity": "-1"}).status_code == 302


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


def test_a_position_begins_today_and_one_of_before_says_what_is_due(
    browser: Client, max: Membership, company: Company
) -> None:
    today = day_of(max)
    with acting(max):
        old = Contract.objects.create(company=company, name="Care", starts_on="2024-01-01")
        later = Contract.objects.create(company=company, name="Soon", starts_on=today + timedelta(days=40))
    for contract, day in ((old, today), (later, later.starts_on)):
        page = text(browser.get(f"/nordlicht/contracts/{contract.pk}/lines/new/"))
        assert f'value="{day.isoformat()}"' in page
    line = {"name": "Mailbox", "quantity": "1", "unit": "h", "unit_price": "5", "vat_kind": "standard", "months": "1"}
    begin = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    for day, said in ((today, False), (begin, True)):
        answer = browser.post(
            f"/nordlicht/contracts/{old.pk}/lines/new/", line | {"starts_on": day.isoformat()}, follow=True
        )
        assert ("2 periods that began before today are due for billing now." in text(answer)) is said


def test_lines_change_places_and_go(browser: Client, max: Membership, company: Company) -> None:
    with acting(max) as by:
        row = bills.draft(company, by, bills.posted(company, name="First"), bills.posted(company, name="Second"))
        first, second = InvoiceLine.objects.filter(invoice=row)
    browser.post(f"{AT}{row.pk}/lines/{second.pk}/shift/", {"version": row.version, "to": "up"})
    page = text(browser.get(f"{AT}{row.pk}/"))
    assert page.index("Second") < page.index("First")
    drop, seen = f"{AT}{row.pk}/lines/{first.pk}/drop/", {"version": only(max).version}
    browser.post(drop, seen)
    assert only(max).net == Decimal("100.00")
    again = browser.post(drop, seen, follow=True)
    assert again.redirect_chain == [(f"{AT}{row.pk}/", 302)] and "off the draft already" in text(again)


def test_crediting_some_lines(browser: Client, max: Membership, company: Company) -> None:
    with acting(max) as by:
        row = bills.issued(company, by, bills.posted(company), bills.posted(company, "50"))
        line = InvoiceLine.objects.filter(invoice=row).latest("pk")
    answer = browser.post(f"{AT}{row.pk}/credit/", {"lines": line.pk, "reason": "Not ordered"})
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


def test_the_next_letter_is_offered_once_the_last_ones_time_has_passed(
    browser: Client, max: Membership, company: Company
) -> None:
    with acting(max) as by:
        row = bills.issued(company, by)
        Invoice.objects.update(due_on=date(2026, 1, 1))
    letter = f"{AT}{row.pk}/dun/"
    assert letter in text(browser.get(f"{AT}{row.pk}/"))
    browser.post(letter)
    page, preview = text(browser.get(f"{AT}{row.pk}/")), text(browser.get(letter))
    day = date_format(day_of(max) + timedelta(days=7), "SHORT_DATE_FORMAT")
    assert letter not in page and f"from {day}" in page
    assert "Send the letter" not in preview and f"can go out from {day}" in preview
    assert f"can go out from {day}" in text(browser.post(letter, follow=True))
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
        "legal_name": "Nordlicht IT", "street": "Kai 1", "postal_code": "24103", "city": "Kiel", "country": "DE",
        "vat_id": "de 123 456 788", "iban": "DE02120300000000202051", "payment_days": 10, "endpoint_scheme": "EM",
        "cut_off": "15:00", "dunning_days": "5, 10, 20", "accounts": "S19 = 4400", "version": 1,
        "number_invoice": "RE{year}{number:04d}", "day_before_rule": "on",
    }  # fmt: skip
    for wrong in (
        {"iban": "DE03120300000000202051"},
        {"number_invoice": "R"},
        {"dunning_days": "9, 5, 1"},
        {"accounts": "x"},
        {"payment_days": 99_999},
        {"vat_id": "DE1"},
        {"country": "ZZ"},
        {"bic": "XXXXXXXX"},
        {"footer": "x" * 601},
        {"adviser_number": "1000"},
        {"client_number": "12a"},
        {"endpoint": "office@"},
        {"endpoint": "04011000-1-99", "endpoint_scheme": "0204"},
        {"endpoint_scheme": "1234"},
    ):
        answer = browser.post(at, typed | wrong)
        assert answer.status_code == 422, wrong
        for name, value in wrong.items():
            assert f'id="id_{name}_error"' in text(answer) or name == "endpoint_scheme", wrong
            assert str(value) in text(answer) or name == "country"
    assert browser.post(at, typed).status_code == 302
    with scope.tenant(max.tenant_id):
        row = BillingSettings.objects.get()
        assert (row.country, row.payment_days, row.dunning_days) == ("DE", 10, [5, 10, 20])
        assert (row.vat_id, row.iban) == ("DE123456788", "DE02120300000000202051")
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


@pytest.mark.parametrize(
    "wrong",
    [
        {"discount": "-5"},
        {"discount": "101"},
        {"country": "ZZ"},
        {"endpoint": "hansen", "endpoint_scheme": "EM"},
        {"endpoint": "1", "endpoint_scheme": "0088"},
        {"endpoint_scheme": "9999"},
    ],
)
def test_how_a_customer_is_billed_is_checked_beside_its_field(browser: Client, company: Company, wrong: Any) -> None:
    typed = {"name": "Hansen KG", "discount": "5", "rounding": "0"}
    answer = browser.post(f"/nordlicht/billing-settings/customers/{company.pk}/", typed | wrong)
    assert answer.status_code == 422 and 'value="Hansen KG"' in text(answer)
    with scope.tenant(company.tenant_id):
        assert billing_settings.profile_of(company).pk is None


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
