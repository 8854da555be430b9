"""An item and its reversal of which the customer was told nothing settle each other (it-house spec, "posted entries are
immutable; corrections are reversing entries")."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from billing.models import BillingItem, ContractLine, Invoice, InvoiceLine
from billing.services import credit_notes, drafts, issuing, posting, recurring, settling
from psa.directory.models import Company, Contract
from psa.journal.models import Entry
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from tests.billing import bills
from tests.conftest import acting
from tickets.models import Ticket

pytestmark = pytest.mark.django_db
HALF = posting.Instead(Decimal("0.5"), Decimal(100), "Half an hour.")


def offered() -> list[Decimal]:
    """The amounts of what an invoice can be drawn from."""
    return list(drafts.free(BillingItem.objects.all()).order_by("pk").values_list("amount", flat=True))


def states() -> list[str]:
    return list(BillingItem.objects.order_by("pk").values_list("status", flat=True))


def test_only_the_correction_goes_out_where_nothing_was_invoiced(max: Membership, company: Company) -> None:
    with acting(max) as by:
        posting.correct(bills.posted(company), HALF, "It took half an hour.", by=by)
        assert offered() == [Decimal("50.00")]
        assert states() == ["balanced", "balanced", "posted"]
        assert sum(one.amount for one in BillingItem.objects.all()) == Decimal("50.00"), "the books add up"


def test_what_was_balanced_is_neither_drawn_nor_taken_back_again(max: Membership, company: Company) -> None:
    with acting(max) as by:
        item = bills.posted(company)
        made = posting.reverse(item, "Not theirs", by=by)
        for one in (item, made):
            with pytest.raises(Refused, match="item_is_not_free"):
                bills.draft(company, by, one)
            with pytest.raises(Refused, match="reversed_already"):
                posting.reverse(one, "Again", by=by)
        assert BillingItem.objects.count() == 2 and not Invoice.objects.exists()


def test_what_was_invoiced_is_taken_back_on_the_next_invoice(max: Membership, company: Company) -> None:
    with acting(max) as by:
        item = bills.posted(company)
        bills.issued(company, by, item)
        posting.correct(item, HALF, "It took half an hour.", by=by)
        assert offered() == [Decimal("-100.00"), Decimal("50.00")]
        assert states() == ["invoiced", "posted", "posted"]


def test_what_is_taken_back_comes_off_its_draft(max: Membership, company: Company) -> None:
    with acting(max) as by:
        bills.settled(company, by)
        item, other = bills.posted(company), bills.posted(company, "20")
        row = bills.draft(company, by, item, other)
        posting.reverse(item, "Not theirs", by=by)
        row.refresh_from_db()
        assert row.net == Decimal("20.00") and InvoiceLine.objects.get(invoice=row).item_id == other.pk
        with pytest.raises(Refused, match="invoice_moved_on"):
            issuing.issue(row, version=row.version - 1, by=by)
        told = Entry.objects.filter(kind="invoice.edited", subject_id=row.pk).latest("pk")
        assert told.data["what"] == "balanced" and told.data["name"] == "On-site support"
        issuing.issue(row, version=row.version, by=by)


def test_a_reversal_on_a_draft_goes_once_the_invoice_is_credited(max: Membership, company: Company) -> None:
    with acting(max) as by:
        item = bills.posted(company)
        row = bills.issued(company, by, item)
        back = posting.reverse(item, "Not theirs", by=by)
        draft = bills.draft(company, by, back, bills.posted(company, "20"))
        credit_notes.credit(row, [], "Not theirs", by=by)
        draft.refresh_from_db()
        assert draft.net == Decimal("20.00")
        assert states() == ["balanced", "balanced", "posted"] and offered() == []


def test_two_that_stand_on_one_invoice_are_credited_together(max: Membership, company: Company) -> None:
    with acting(max) as by:
        item = bills.posted(company)
        first = bills.issued(company, by, item)
        back = posting.reverse(item, "Not theirs", by=by)
        second = bills.issued(company, by, back, bills.posted(company, "300"))
        credit_notes.credit(first, [], "Wrong", by=by)
        assert offered() == [Decimal("100.00")], "its reversal was invoiced: it is owed again"
        third = bills.issued(company, by, item)
        credit_notes.credit(second, [], "Wrong", by=by)
        assert offered() == [Decimal("-100.00"), Decimal("300.00")]
        credit_notes.credit(third, [], "Wrong", by=by)
        assert offered() == [Decimal("300.00")]


def test_written_off_is_only_what_was_not_balanced(max: Membership, company: Company) -> None:
    with acting(max) as by:
        item = bills.posted(company)
        row = bills.issued(company, by, item, bills.posted(company, "20"))
        posting.reverse(item, "Not theirs", by=by)
        lines = list(InvoiceLine.objects.filter(invoice=row).values_list("pk", flat=True))
        credit_notes.credit(row, [], "Goodwill", by=by, written_off=lines)
        assert states() == ["balanced", "written_off", "balanced"]


def test_a_request_whose_work_was_taken_back_has_nothing_to_bill(
    max: Membership, company: Company, job: Ticket
) -> None:
    with acting(max) as by:
        posting.reverse(bills.posted(company, ticket=job), "Not theirs", by=by)
        open_ones = BillingItem.objects.filter(ticket=job).exclude(status__in=settling.ENDED)
        assert not open_ones.exists()


def test_a_period_can_be_corrected(max: Membership, company: Company, contract: Contract) -> None:
    with acting(max) as by:
        ContractLine.objects.create(
            contract=contract, name="Server care", unit_price=75, starts_on=bills.DAY, next_on=date(2026, 3, 1)
        )
        recurring.bill(company, date(2026, 3, 31), by=by)
        item = BillingItem.objects.get()
        made = posting.correct(item, HALF, "Half of it.", by=by)
        assert (made.amount, made.period_from, states()) == (
            Decimal("50.00"),
            item.period_from,
            ["balanced"] * 2 + ["posted"],
        )
