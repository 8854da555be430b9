"""Recurring runs and exports: each period once, by days where it begins or ends in the middle; files for the books."""

from __future__ import annotations

import csv
import io
import threading
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import override

from billing.kinds.invoices import RUN
from billing.models import BillingItem, BillingSettings, ContractLine, Invoice
from billing.services import billing_settings, credit_notes, exports, recurring
from psa.batches import batches
from psa.batches.models import BatchLine
from psa.directory.models import Company, Contract
from psa.tenancy import scope
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership, Tenant
from psa.web.figures import numbers_as
from tests.billing import bills
from tests.conftest import acting
from tests.races import race

pytestmark = pytest.mark.django_db


def position(company: Company, **more: object) -> ContractLine:
    contract = Contract.objects.create(company=company, name="Care", starts_on="2026-01-01")
    values: dict[str, object] = {
        "name": "Mailbox", "quantity": Decimal(10), "unit_price": Decimal("7.50"), "starts_on": date(2026, 1, 1),
    }  # fmt: skip
    values |= more
    return ContractLine.objects.create(contract=contract, **{"next_on": values["starts_on"], **values})


# months, starts, ends, until → the periods: begins, ends, days of days
PERIODS = [
    (1, date(2026, 1, 1), None, date(2026, 2, 1), [("01-01", "01-31", 31, 31), ("02-01", "02-28", 28, 28)]),
    (1, date(2026, 2, 15), None, date(2026, 2, 28), [("02-15", "02-28", 14, 28)]),
    (1, date(2026, 1, 1), date(2026, 1, 10), date(2026, 3, 1), [("01-01", "01-10", 10, 31)]),
    (3, date(2026, 2, 1), None, date(2026, 4, 1), [("02-01", "03-31", 59, 90), ("04-01", "06-30", 91, 91)]),
    (12, date(2026, 7, 2), None, date(2026, 12, 31), [("07-02", "12-31", 183, 365)]),
    (1, date(2026, 5, 1), None, date(2026, 4, 30), []),
]


@pytest.mark.parametrize(("months", "starts", "ends", "until", "wanted"), PERIODS)
def test_periods_follow_the_calendar(
    company: Company, months: int, starts: date, ends: date | None, until: date, wanted: list[tuple[str, str, int, int]]
) -> None:
    with scope.tenant(company.tenant_id):
        line = position(company, months=months, starts_on=starts, ends_on=ends)
        found = [
            (f"{one.begins:%m-%d}", f"{one.ends:%m-%d}", one.days, one.of_days)
            for one in recurring.periods(line, until)
        ]
    assert found == wanted


def test_a_backlog_is_one_draft_with_a_line_for_each_period(max: Membership, company: Company) -> None:
    with acting(max) as by:
        line = position(company, starts_on=date(2026, 1, 17))
        (row,) = recurring.bill(company, date(2026, 3, 31), by=by)
        items = list(BillingItem.objects.order_by("period_from"))
        assert [one.amount for one in items] == [Decimal("36.29"), Decimal("75.00"), Decimal("75.00")]
        assert "15 von 31 Tagen" in items[0].text
        assert row.net == Decimal("186.29") and {one.status for one in items} == {"posted"}
        line.refresh_from_db()
        assert line.next_on == date(2026, 4, 1)
        assert recurring.bill(company, date(2026, 3, 31), by=by) == []
        assert Invoice.objects.count() == 1


def test_a_run_pressed_twice_bills_once(max: Membership, company: Company) -> None:
    with acting(max) as by:
        position(company)
        for _press in range(2):
            lines = [BatchLine(subject_id=company.pk, label=company.name)]
            batch = batches.start(RUN, by=by, lines=lines, params={"until": "2026-01-31"})
            batches.go_on(batch, 30)
        said = list(BatchLine.objects.order_by("pk").values_list("state", "code"))
        assert said == [("done", "draft_was_drawn"), ("done", "nothing_was_due")]
        assert (Invoice.objects.count(), BillingItem.objects.count()) == (1, 1)


def test_a_run_that_dies_within_a_customer_leaves_nothing_of_it(
    max: Membership, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    with acting(max) as by:
        line = position(company)
        with monkeypatch.context() as broken:
            broken.setattr(recurring.drafts, "draw", lambda *a, **k: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                recurring.bill(company, date(2026, 1, 31), by=by)
        line.refresh_from_db()
        assert line.next_on == date(2026, 1, 1) and not BillingItem.objects.exists()
        assert len(recurring.bill(company, date(2026, 1, 31), by=by)) == 1


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_bill_a_period_once(
    nordlicht: Tenant, max: Membership, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each run stops before its first item until the other one is there as well: only where neither holds the position
    do they meet, and the second would run into `a_period_is_billed_once`."""
    with scope.tenant(nordlicht):
        position(company)
        billing_settings.of_tenant()  # made by whoever asks first, who would hold up the other one
    meeting, bill_one = threading.Barrier(2), recurring._item

    def together(*of: Any) -> BillingItem:
        with suppress(threading.BrokenBarrierError):
            meeting.wait(2)
        return bill_one(*of)

    monkeypatch.setattr(recurring, "_item", together)

    def run() -> list[Invoice]:
        with acting(max) as by:
            return recurring.bill(company, date(2026, 1, 31), by=by)

    answers = race(run, run)
    assert not any(isinstance(one, Exception) for one in answers), answers
    assert sorted(len(one) for one in answers) == [0, 1], answers
    assert meeting.broken, "they met: the position was not held"
    with scope.tenant(nordlicht):
        assert (Invoice.objects.count(), BillingItem.objects.count()) == (1, 1)


# Exports --------------------------------------------------------------------------------------------------------------
def test_a_booking_batch_says_account_customer_and_amount(max: Membership, company: Company) -> None:
    with acting(max) as by:
        company.number = "10077"
        company.save()
        row = bills.issued(company, by, bills.posted(company), bills.posted(company, "10", vat_kind="reduced"))
        with pytest.raises(Refused, match="datev_numbers_missing"):
            exports.export(row.issued_on, row.issued_on, exports.DATEV, by=by)
        assert Invoice.objects.get().exported_at is None
        BillingSettings.objects.update(adviser_number="1002", client_number="17")
        made = exports.export(row.issued_on, row.issued_on, exports.DATEV, by=by)
        lines = made.content.decode("cp1252").split("\r\n")
        assert (
            lines[0].startswith('"EXTF";700;21;"Buchungsstapel";13;')
            and ";1002;17;" in lines[0]
            and len(lines[0].split(";")) == 31
        )
        booked = [line.split(";") for line in lines[2:] if line]
        assert [(one[0], one[1], one[6], one[7]) for one in booked] == [
            ("10,70", '"S"', "10077", "8300"), ("119,00", '"S"', "10077", "8400"),
        ]  # fmt: skip
        assert Invoice.objects.get().exported_at is not None
        with pytest.raises(Refused, match="nothing_to_export"):
            exports.export(row.issued_on, row.issued_on, exports.DATEV, only_new=True, by=by)


@pytest.mark.parametrize(
    ("language", "numbers", "delimiter", "net"),
    [("de", "", ";", "1234,50"), ("lv", "", ";", "1234,50"), ("en", "", ",", "1234.50"), ("en", "de", ";", "1234,50")],
)
def test_the_sheet_is_written_as_the_company_writes_numbers(
    max: Membership, company: Company, language: str, numbers: str, delimiter: str, net: str
) -> None:
    with acting(max) as by:
        row = bills.issued(company, by, bills.posted(company, "1234.50"))
        note = credit_notes.credit(row, [], "Wrong", by=by)
        with override(language), numbers_as(numbers):
            text = exports.export(row.issued_on, row.issued_on, exports.CSV, by=by).content.decode("utf-8-sig")
        head, *rows = csv.reader(io.StringIO(text), delimiter=delimiter)
        assert [len(one) for one in rows] == [len(head)] * 2
        assert [one[11] for one in rows] == [net, f"-{net}"]
        assert [(one[0], bool(one[3])) for one in rows] == [(row.number, True), (note.number, False)]


@pytest.mark.parametrize("name", ['=HYPERLINK("http://x")', "+49", "@SUM(A1)", "-1"])
def test_a_sheet_holds_no_formula(max: Membership, company: Company, name: str) -> None:
    with acting(max) as by:
        row = bills.issued(company, by, name=name)
        BillingSettings.objects.update(adviser_number="1002", client_number="17")
        for format in (exports.CSV, exports.DATEV):
            text = exports.export(row.issued_on, row.issued_on, format, by=by).content.decode("cp1252", "replace")
            assert "'" + name[0] in text
            assert f';"{name[0]}' not in text and f";{name[0]}" not in text
