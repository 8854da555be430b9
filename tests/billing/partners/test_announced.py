"""The partner's invoice, filled in at the lead by the partner's own papers (outsourcing spec §9): expected, announced,
received, paid; credited, differing, told twice, and torn apart in the middle."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from billing.models import BillingItem, Invoice, InvoiceLine
from billing.services import drafts, issuing
from outsourcing.models import AnnouncedInvoice, Handover, PartnerInvoice
from outsourcing.services import announcing
from psa.journal.models import Entry
from psa.lanes.models import Event
from tests.billing.partners.conftest import Start
from tests.billing.partners.desks import Desks
from tests.billing.partners.reading import plain
from tests.conftest import acting
from tests.outsourcing.conftest import drain
from tests.tickets.pages import Form


def announced(desks: Desks) -> list[tuple[str, Decimal]]:
    with acting(desks.pair.max):
        return list(AnnouncedInvoice.objects.order_by("pk").values_list("number", "amount"))


def receive(desks: Desks, **typed: str) -> Any:
    """The form as it opens, with what is typed over it."""
    at = f"/nordlicht/{desks.contract}invoice/"
    form = Form(desks.lead.get(at).content.decode(), "").fields
    return desks.lead.post(at, {**form, **typed})


def test_it_is_expected_then_announced_then_received_with_one_press_then_paid(started: Start) -> None:
    desks = started()
    desks.time("2:00")
    desks.approve_work()
    assert "Invoice expected" in desks.statements()[0]
    desks.check_partners_invoice("120.00")
    number = desks.theirs.last_invoice().number
    page = desks.lead.get(f"/nordlicht/{desks.contract}statement/").content.decode()
    assert "Invoice to check" in plain(page) and f"Invoice {number}," in plain(page)
    listed = plain(desks.lead.get("/nordlicht/outsourcing/?folder=ended").content.decode())
    assert "Invoice to check" in listed and "Check the invoice" in listed
    desks.press(desks.lead, f"/nordlicht/{desks.contract}invoice/", **Form(page, "/invoice/").fields)
    with acting(desks.pair.max):
        entered = PartnerInvoice.objects.get()
        assert (entered.number, entered.amount, entered.remark) == (number, Decimal("120.00"), "")
        assert entered.date == desks.theirs.last_invoice().issued_on
    assert "Invoice received" in desks.statements()[0]
    desks.press(desks.lead, f"/nordlicht/{desks.contract}paid/")
    assert "Invoice paid" in desks.statements()[0]


def test_both_companies_read_it_in_their_history(billed: Desks) -> None:
    number = billed.theirs.last_invoice().number
    assert f"issued invoice {number}" in plain(billed.lead.get(billed.here).content.decode())
    assert f"issued invoice {number} to Nordlicht IT" in plain(billed.service.get(billed.there).content.decode())
    assert number in plain(billed.service.get("/baltic/outsourcing/ledger/").content.decode())


def test_n8_only_number_day_and_the_amount_of_this_handover_travel(billed: Desks) -> None:
    with acting(billed.pair.gunta):
        event = Event.objects.filter(payload__move=announcing.ISSUED).get()
        assert set(event.payload["data"]) == {"paper", "number", "on", "amount", "corrects"}


def test_a_difference_is_shown_and_takes_a_word(billed: Desks) -> None:
    answer = receive(billed, amount="130.00")
    assert answer.status_code == 422
    assert "The amount is not the one of the statement. Say why it is another one." in plain(answer.content.decode())
    with acting(billed.pair.max):
        assert not PartnerInvoice.objects.exists()
    assert receive(billed, amount="130.00", remark="Parking, agreed by phone.").status_code == 302
    page = billed.statements()[0]
    assert "The invoice differs from the statement €10.00: Parking, agreed by phone." in page
    number = billed.theirs.last_invoice().number
    assert f"The partner's papers say something else than what is entered {number}: €120.00" in page
    assert "Parking" not in billed.statements()[1]


def test_what_the_partner_bills_too_little_is_checked_in_the_form(started: Start) -> None:
    """One of two lines is on the invoice: nothing is received with one press."""
    desks = started()
    desks.time("2:00")
    desks.time("1:00")
    desks.approve_work()
    desks.theirs.bill_work()
    with acting(desks.pair.gunta) as by:
        row = drafts.draw(*_one_item(desks), by=by)
        issuing.issue(row, version=row.version, by=by)
    drain()
    page = desks.statements()[0]
    assert "The invoice differs from the statement" in page and "Checked, received" not in page
    assert "Check the invoice" in page


def _one_item(desks: Desks) -> tuple[Any, str, list[int]]:
    item = BillingItem.objects.filter(status="posted").order_by("pk").select_related("company")[0]
    return item.company, item.currency, [item.pk]


def credit(desks: Desks) -> str:
    """Baltic takes its invoice back on the invoice's page: the credit note's number."""
    row = desks.theirs.last_invoice()
    at = f"/baltic/invoices/{row.pk}/credit/"
    with acting(desks.pair.gunta):
        lines = list(InvoiceLine.objects.filter(invoice=row).values_list("pk", flat=True))
    desks.press(desks.theirs.browser, at, lines=lines, reason="Wrong address", then="again")
    return desks.theirs.last_invoice().number


def test_a_credit_note_takes_the_prefilled_invoice_back(billed: Desks) -> None:
    first = billed.theirs.last_invoice().number
    note = credit(billed)
    assert announced(billed) == [(first, Decimal("120.00")), (note, Decimal("-120.00"))]
    page = billed.statements()[0]
    assert "Invoice expected" in page and f"Credit note {note} for {first}" in page
    assert "Checked, received" not in page
    billed.theirs.invoice()
    again = billed.theirs.last_invoice().number
    assert receive(billed).status_code == 302
    with acting(billed.pair.max):
        assert (PartnerInvoice.objects.get().number, again != first) == (again, True)


def test_what_was_credited_after_it_was_received_is_not_paid(billed: Desks) -> None:
    assert receive(billed).status_code == 302
    credit(billed)
    page = billed.statements()[0]
    assert "The partner's papers say something else than what is entered" in page and "Mark as paid" not in page
    assert billed.lead.post(f"/nordlicht/{billed.contract}paid/").status_code == 409
    with acting(billed.pair.max):
        assert PartnerInvoice.objects.get().paid_on is None
    billed.theirs.invoice()
    assert "something else than what is entered" in billed.statements()[0], "the same amount, another number"
    assert receive(billed).status_code == 302
    assert "something else" not in billed.statements()[0]
    billed.press(billed.lead, f"/nordlicht/{billed.contract}paid/")


def test_what_was_credited_a_moment_ago_is_not_received_from_a_page_that_was_open(billed: Desks) -> None:
    page = billed.lead.get(f"/nordlicht/{billed.contract}statement/").content.decode()
    credit(billed)
    answer = billed.lead.post(f"/nordlicht/{billed.contract}invoice/", Form(page, "/invoice/").fields)
    assert answer.status_code == 422
    assert "Baltic Service took this invoice back by a credit note." in plain(answer.content.decode())
    with acting(billed.pair.max):
        assert not PartnerInvoice.objects.exists()
    by_hand = {"number": "by hand 7", "date": "2026-03-10", "amount": "120.00"}
    assert billed.lead.post(f"/nordlicht/{billed.contract}invoice/", by_hand).status_code == 302
    billed.press(billed.lead, f"/nordlicht/{billed.contract}paid/")


def test_s1_told_twice_it_is_one(billed: Desks) -> None:
    with acting(billed.pair.max):
        announcing.keep(Entry.objects.get(kind=f"handover.{announcing.ISSUED}"))
    drain()
    assert len(announced(billed)) == 1


def test_s1_an_invoice_that_was_not_issued_after_all_is_told_to_nobody(
    started: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The news is part of the transaction that numbers the invoice: rolled back with it, and told once later."""
    desks = started()
    desks.time("2:00")
    desks.approve_work()
    desks.theirs.bill_work()
    with acting(desks.pair.gunta) as by:
        row = drafts.draw(*_one_item(desks), by=by)
        with monkeypatch.context() as torn:
            torn.setattr("outsourcing.services.history.told", _dies)
            with pytest.raises(RuntimeError, match="dead"):
                issuing.issue(row, version=row.version, by=by)
        assert Invoice.objects.get().status == "draft"
        assert not Event.objects.filter(payload__move=announcing.ISSUED).exists()
        issuing.issue(row, version=row.version, by=by)
    drain()
    assert [amount for _number, amount in announced(desks)] == [Decimal("120.00")]


def _dies(*args: Any, **more: Any) -> None:
    raise RuntimeError("dead")


def test_the_leads_own_invoice_is_announced_to_nobody(billed: Desks) -> None:
    billed.check_customers_invoice("190.00", "36.10", "226.10")
    with acting(billed.pair.max):
        assert not Event.objects.filter(source=billed.pair.max.tenant_id, payload__move=announcing.ISSUED).exists()
        assert Handover.objects.get().status == "complete"
