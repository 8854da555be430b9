"""Crediting says of each line what becomes of what it billed, and it is found afterwards."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from billing.models import BillingItem, Invoice, InvoiceLine
from billing.services import credit_notes, payments
from psa.directory.models import Company
from psa.tenancy.models import Membership
from tests.billing import bills
from tests.conftest import acting
from tests.tickets.pages import sign_in_english

pytestmark = pytest.mark.django_db
AT = "/nordlicht/invoices/"


@pytest.fixture
def issued(max: Membership, company: Company) -> Invoice:
    """Two items of 100.00 and 50.00 on one invoice."""
    with acting(max) as by:
        return bills.issued(company, by, bills.posted(company), bills.posted(company, "50", name="Travel"))


def lines(max: Membership, invoice: Invoice) -> list[int]:
    with acting(max):
        return list(InvoiceLine.objects.filter(invoice=invoice).order_by("position").values_list("pk", flat=True))


def test_each_line_is_billed_again_or_written_off(max: Membership, issued: Invoice) -> None:
    browser, (first, second) = sign_in_english(max), lines(max, issued)
    page = browser.get(f"{AT}{issued.pk}/credit/").content.decode()
    assert page.count('value="again" selected') == 2 or page.count("Bill it again") == 2
    typed = {"lines": [first, second], "reason": "Goodwill", f"then-{first}": "again", f"then-{second}": "off"}
    assert browser.post(f"{AT}{issued.pk}/credit/", typed).status_code == 302
    with acting(max):
        assert list(BillingItem.objects.order_by("pk").values_list("status", flat=True)) == ["posted", "written_off"]


def test_a_credit_note_wholly_set_off_says_so_and_one_paid_back_does_not(
    max: Membership, company: Company, issued: Invoice
) -> None:
    browser, (first, second) = sign_in_english(max), lines(max, issued)
    with acting(max) as by:
        off = credit_notes.credit(issued, [first], "Goodwill", by=by)
        rest = Invoice.objects.get(pk=issued.pk)
        payments.pay(rest, rest.outstanding, bills.DAY, by=by)
        back = credit_notes.credit(rest, [second], "Goodwill", by=by)
        payments.pay(back, back.due, bills.DAY, by=by)
    heads = [browser.get(f"{AT}{note.pk}/").content.decode().split("</h1>")[1][:400] for note in (off, back)]
    assert "Set off" in heads[0] and "Paid" not in heads[0]
    assert "Paid" in heads[1] and "Set off" not in heads[1]
    assert "Set off" in browser.get(f"{AT}?kind=credit_note").content.decode()


def test_what_was_chosen_is_there_after_an_error(max: Membership, issued: Invoice) -> None:
    browser, (first, second) = sign_in_english(max), lines(max, issued)
    answer = browser.post(f"{AT}{issued.pk}/credit/", {"lines": [second], "reason": "", f"then-{second}": "off"})
    page = answer.content.decode()
    assert answer.status_code == 422 and page.count('value="off" selected') == 1
    assert f'value="{first}" checked' not in page.replace("\n", " ")
    with acting(max):
        assert not Invoice.objects.filter(kind="credit_note").exists()


def test_a_line_that_was_credited_meanwhile_is_named_with_its_note(max: Membership, issued: Invoice) -> None:
    browser, (first, second) = sign_in_english(max), lines(max, issued)
    browser.post(f"{AT}{issued.pk}/credit/", {"lines": [second], "reason": "Not ordered"})
    with acting(max):
        note = Invoice.objects.get(kind="credit_note")
    stale = browser.post(f"{AT}{issued.pk}/credit/", {"lines": [first, second], "reason": "Goodwill"})
    page = stale.content.decode()
    assert stale.status_code == 422 and f"Travel was credited already ({note.number})." in page
    assert "Goodwill" in page and f'value="{first}"' in page
    with acting(max):
        assert Invoice.objects.filter(kind="credit_note").count() == 1


def test_who_may_not_write_off_reads_why_and_cannot(
    people: Callable[[str], Membership], max: Membership, issued: Invoice
) -> None:
    browser, (first, _second) = sign_in_english(people("billing")), lines(max, issued)
    page = browser.get(f"{AT}{issued.pk}/credit/").content.decode()
    assert "is offered for billing again" in page and "Only administrators write off." in page
    assert "Write it off" not in page
    browser.post(f"{AT}{issued.pk}/credit/", {"lines": first, "reason": "Wrong", f"then-{first}": "off"})
    with acting(max):
        assert BillingItem.objects.earliest("pk").status == "posted", "it is offered again, as the page said"


def test_the_item_and_the_next_draft_say_which_credit_note_took_it_back(max: Membership, issued: Invoice) -> None:
    browser, (first, _second) = sign_in_english(max), lines(max, issued)
    browser.post(f"{AT}{issued.pk}/credit/", {"lines": first, "reason": "Wrong"})
    with acting(max):
        note, item = Invoice.objects.get(kind="credit_note"), BillingItem.objects.earliest("pk")
    page = browser.get(f"/nordlicht/posted/{item.pk}/").content.decode()
    assert "Credited by" in page and note.number in page and issued.number in page
    page = browser.get(f"{AT}waiting/{issued.company_id}/?currency=EUR").content.decode()
    assert f"credited by {note.number}" in page


def test_what_is_drawn_is_summed_up(max: Membership, company: Company) -> None:
    with acting(max):
        bills.posted(company, "95", "2")
        bills.posted(company, "12.5", name="Travel")
        bills.posted(company, "7", currency="CHF")
    page = sign_in_english(max).get(f"{AT}waiting/{company.pk}/?currency=EUR").content.decode()
    assert "In all: 2 items, €202.50 net" in page
    assert 'data-amount="190.00"' in page and 'data-currency="EUR"' in page and "js/sums.js" in page
