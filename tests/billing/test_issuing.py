"""Issuing, crediting, paying and dunning invoices: numbers, papers, mails and what is open."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.db import connection, transaction
from django.utils import timezone
from pypdf import PdfReader

from billing import electronic
from billing.models import BillingItem, BillingSettings, Invoice, InvoiceLine, PaperWanted, Payment
from billing.services import accounts, billing_settings, credit_notes, drafts, dunning, issuing, papers, payments
from billing.services.drafts import Wanted
from psa.directory.models import Company
from psa.mail.models import Enclosure, OutgoingMail
from psa.tenancy import scope
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership, Tenant
from tests import paper
from tests.billing import bills
from tests.conftest import acting
from tests.races import race
from tickets.models import NumberRange
from tickets.services.files import bytes_of

pytestmark = pytest.mark.django_db


# Issuing --------------------------------------------------------------------------------------------------------------
def test_an_issued_invoice_has_number_date_and_papers(max: Membership, company: Company) -> None:
    with acting(max) as by:
        row = bills.issued(company, by)
        today = timezone.localdate()
        assert (row.status, row.number, row.issued_on) == ("issued", f"R-{today.year}-00001", today)
        assert row.due_on == today + timedelta(days=14)
        assert BillingItem.objects.get().status == "invoiced"
        assert row.seller["iban"] == bills.SELLER["iban"] and row.buyer["city"] == "Kiel"
        content = bytes_of(row.file)
        assert row.sha256 == hashlib.sha256(content).hexdigest()
        said = paper.text(content)
        for words in (row.number, "Reederei Hansen", "On-site support", "119,00", "DE123456788", "Rechnung"):
            assert words in said, said
        letter = OutgoingMail.objects.get(code="invoice_sent")
        assert (letter.to_address, letter.subject_id) == ("office@hansen.example", row.pk)
        assert [one.name for one in Enclosure.objects.filter(mail=letter)] == [f"{row.number}.pdf"]


def test_papers_are_made_once_however_often_they_are_wanted(max: Membership, company: Company) -> None:
    with acting(max) as by:
        row = bills.issued(company, by)
        issuing.want_papers(row, False)
        papers.work()
        assert Invoice.objects.get().file_id == row.file_id
        assert OutgoingMail.objects.filter(code="invoice_sent").count() == 1 and not PaperWanted.objects.exists()


def test_a_failure_between_drawing_and_keeping_begins_anew(
    max: Membership, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    with acting(max) as by:
        bills.settled(company, by)
        row = bills.draft(company, by)
        issuing.issue(row, version=row.version, by=by)
        with monkeypatch.context() as broken:
            broken.setattr(papers, "_send", lambda row: 1 / 0)
            papers.work()
        assert Invoice.objects.get().file_id is None and not OutgoingMail.objects.exists()
        PaperWanted.objects.update(due=timezone.now())
        papers.work()
        assert Invoice.objects.get().file_id is not None
        assert OutgoingMail.objects.filter(code="invoice_sent").count() == 1


@pytest.mark.parametrize("format", ["zugferd", "xrechnung", "peppol"])
def test_the_electronic_invoice_goes_along(max: Membership, company: Company, format: str) -> None:
    with acting(max) as by:
        row = bills.issued(company, by, format=format)
        assert row.xml is not None and row.number.encode() in bytes_of(row.xml)
        letter = OutgoingMail.objects.get(code="invoice_sent")
        kinds = list(Enclosure.objects.filter(mail=letter).order_by("pk").values_list("content_type", flat=True))
        assert kinds == ["application/pdf", "application/xml"]
        inside = PdfReader(BytesIO(bytes_of(row.file))).attachments
        assert list(inside) == (["factur-x.xml"] if format == "zugferd" else [])


def test_an_invoice_is_issued_once(max: Membership, company: Company) -> None:
    with acting(max) as by:
        row = bills.issued(company, by)
        with pytest.raises(Refused, match="invoice_moved_on"):
            issuing.issue(row, version=row.version, by=by)
        assert NumberRange.objects.get(kind__startswith="invoice").last == 1


def test_an_issued_invoice_is_never_void(max: Membership, company: Company) -> None:
    """It-house spec: an issued invoice is paid or credited. Nothing of it is discarded, changed or made a draft again,
    and what was paid leads back to issued at most."""
    with acting(max) as by:
        row = bills.issued(company, by)
        line = InvoiceLine.objects.get()
        wanted = Wanted("Travel", Decimal(1), Decimal(1))
        for verb in (
            lambda: drafts.discard(row, version=row.version, by=by),
            lambda: drafts.add_line(row, wanted, version=row.version, by=by),
            lambda: drafts.edit_line(line, {"discount": Decimal(100)}, version=row.version, by=by),
            lambda: drafts.drop_line(line, version=row.version, by=by),
        ):
            with pytest.raises(Refused, match="invoice_moved_on"):
                verb()
        assert Invoice.objects.get().number == row.number and InvoiceLine.objects.get().amount == line.amount
    moves = {(one.source, one.target) for one in Invoice._meta.get_field("status").get_all_transitions(Invoice)}
    assert {target for source, target in moves if source != "draft"} == {"issued", "partly_paid", "paid", "credited"}
    assert not [source for source, _target in moves if source == "credited"]


REFUSED = [
    ("seller_incomplete", lambda row, by: BillingSettings.objects.update(vat_id="", tax_number="")),
    ("buyer_incomplete", lambda row, by: billing_settings.agree(row.company, {"street": "", "city": ""}, by=by)),
    ("invoice_is_empty", lambda row, by: InvoiceLine.objects.all().delete()),
    ("invoice_sums_changed", lambda row, by: billing_settings.put_rate("standard", Decimal(20), bills.DAY, by=by)),
    ("einvoice_incomplete", lambda row, by: Invoice.objects.update(format="xrechnung", reference="")),
    ("item_is_not_free", lambda row, by: BillingItem.objects.get().pk and _write_off()),
]


def _write_off() -> None:
    item = BillingItem.objects.get()
    item.write_off("never mind")
    item.save()


@pytest.mark.parametrize(("code", "spoil"), REFUSED, ids=[code for code, _ in REFUSED])
def test_what_is_not_complete_gets_no_number(max: Membership, company: Company, code: str, spoil: object) -> None:
    with acting(max) as by:
        bills.settled(company, by)
        row = bills.draft(company, by)
        spoil(row, by)  # type: ignore[operator]
        with pytest.raises(Refused, match=code):
            issuing.issue(row, version=row.version, by=by)
        assert Invoice.objects.get().status == "draft"
        assert not NumberRange.objects.filter(kind__startswith="invoice").exists() and not PaperWanted.objects.exists()


def test_what_is_below_nothing_is_no_invoice(max: Membership, company: Company) -> None:
    with acting(max) as by:
        bills.settled(company, by)
        row = bills.draft(company, by, bills.posted(company, "100", "-1"))
        with pytest.raises(Refused, match="invoice_is_negative"):
            issuing.issue(row, version=row.version, by=by)


def test_services_outside_vat_stand_alone(max: Membership, company: Company) -> None:
    with acting(max) as by:
        bills.settled(company, by, country="CH")
        row = bills.draft(company, by, bills.posted(company), bills.posted(company, source="delivery"))
        with pytest.raises(Refused, match="outside_vat_stands_alone"):
            issuing.issue(row, version=row.version, by=by)


def test_a_technician_issues_nothing(max: Membership, ada: Membership, company: Company) -> None:
    with acting(max) as by:
        bills.settled(company, by)
        row = bills.draft(company, by)
    with acting(ada) as by, pytest.raises(Denied):
        issuing.issue(row, version=row.version, by=by)
    with scope.tenant(max.tenant_id):
        assert Invoice.objects.get().status == "draft"


def test_cash_is_rounded_to_five_cents(max: Membership, company: Company) -> None:
    with acting(max) as by:
        row = bills.issued(company, by, bills.posted(company, "99.99"), rounding=Decimal("0.05"))
        assert (row.gross, row.rounding, row.due) == tuple(map(Decimal, ("118.99", "0.01", "119.00")))


def test_rates_and_discounts_are_written_as_numbers_are(max: Membership, company: Company) -> None:
    with acting(max) as by:
        billing_settings.put_rate("standard", Decimal("8.10"), date(2026, 1, 1), by=by)
        row = bills.issued(company, by, discount=Decimal("2.5"))
        said = " ".join(paper.text(bytes_of(row.file)).split())
        assert "8,1 %" in said and "2,5 %" in said and "8.1" not in said, said


@pytest.mark.parametrize(
    ("country", "language", "law"),
    [
        ("DE", "de", "Kleinunternehmer (§ 19 UStG)"),
        ("AT", "de", "Kleinunternehmer (§ 6 Abs. 1 Z 27 UStG)"),
        ("LV", "lv", "PVN likuma 59. pants"),
        ("DE", "lv", "§ 19 UStG"),
        ("EE", "en", "exempt as a small business."),
    ],
)
def test_a_small_business_shows_no_vat_and_says_why(
    max: Membership, company: Company, country: str, language: str, law: str
) -> None:
    with acting(max) as by:
        bills.settled(company, by, country=country, format="zugferd")
        BillingSettings.objects.update(is_small_business=True, country=country)
        if country == "EE":
            billing_settings.put_rate("standard", Decimal(24), date(2026, 1, 1), by=by)
        Company.objects.update(language=language)
        company.refresh_from_db()
        row = bills.issued(company, by, country=country, format="zugferd")
        said = " ".join(paper.text(bytes_of(row.file)).split())
        assert row.vat == 0 and law in said, said
        assert ("UStG" in said) == (country in {"DE", "AT"}) and "0 %" not in said
        assert law in bytes_of(row.xml).decode()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
@pytest.mark.django_db(transaction=True)
def test_n4_fifty_finalisations_at_once_leave_no_gap_and_no_double(
    nordlicht: Tenant, max: Membership, company: Company
) -> None:
    class Back(Exception):
        pass

    with acting(max) as by:
        bills.settled(company, by)
        rows = [bills.draft(company, by) for _ in range(50)]

    def finish(place: int) -> str:
        with acting(max) as by, transaction.atomic():
            made = issuing.issue(rows[place], version=rows[place].version, by=by)
            if place % 5 == 0:
                raise Back
            return made.number

    answers = race(*(lambda place=place: finish(place) for place in range(50)))
    numbers = sorted(one for one in answers if isinstance(one, str))
    assert sum(isinstance(one, Back) for one in answers) == 10, answers
    year = timezone.localdate().year
    assert numbers == [f"R-{year}-{number:05d}" for number in range(1, 41)]
    with scope.tenant(nordlicht):
        assert Invoice.objects.filter(status="draft").count() == 10
        assert BillingItem.objects.filter(status="posted").count() == 10


@pytest.mark.django_db(transaction=True)
def test_n3_issuing_twice_at_once_gives_one_number(nordlicht: Tenant, max: Membership, company: Company) -> None:
    with acting(max) as by:
        bills.settled(company, by)
        row = bills.draft(company, by)

    def finish() -> Invoice:
        with acting(max) as by:
            return issuing.issue(row, version=row.version, by=by)

    answers = race(finish, finish)
    assert sum(isinstance(one, Refused) for one in answers) == 1, answers
    with scope.tenant(nordlicht):
        assert NumberRange.objects.get(kind__startswith="invoice").last == 1


# Credit notes ---------------------------------------------------------------------------------------------------------
def test_a_credit_note_takes_all_of_it_back(max: Membership, company: Company) -> None:
    with acting(max) as by:
        row = bills.issued(company, by)
        note = credit_notes.credit(row, [], "Wrong customer", by=by)
        papers.work()
        row.refresh_from_db()
        note.refresh_from_db()
        assert note.number.startswith("G-") and (note.kind, note.status, note.due) == ("credit_note", "paid", row.due)
        assert (row.status, row.outstanding, note.outstanding) == ("credited", 0, 0)
        assert BillingItem.objects.get().status == "posted"
        assert drafts.free(BillingItem.objects.all()).count() == 1
        said = paper.text(bytes_of(note.file))
        assert row.number in said and "verrechnet" in said and "zahlbar bis" not in said.lower()
        assert note.due_on is None
        again = bills.draft(company, by, BillingItem.objects.get())
        assert again.due == row.due


def test_a_line_is_credited_once_and_the_rest_stays(max: Membership, company: Company) -> None:
    with acting(max) as by:
        row = bills.issued(company, by, bills.posted(company), bills.posted(company, "50"))
        first = InvoiceLine.objects.filter(invoice=row).earliest("position")
        note = credit_notes.credit(row, [first.pk], "Not ordered", by=by)
        row.refresh_from_db()
        assert (note.due, row.status, row.outstanding) == (Decimal("119.00"), "issued", Decimal("59.50"))
        with pytest.raises(Refused, match="line_is_credited"):
            credit_notes.credit(row, [first.pk], "Again", by=by)
        credit_notes.credit(row, [], "The rest", by=by)
        row.refresh_from_db()
        assert (row.status, row.outstanding) == ("credited", 0)
        assert Invoice.objects.filter(kind="credit_note").count() == 2


def test_what_was_paid_already_is_to_be_paid_back(max: Membership, company: Company) -> None:
    with acting(max) as by:
        row = bills.issued(company, by)
        payments.pay(row, Decimal("40"), bills.DAY, by=by)
        note = credit_notes.credit(row, [], "Returned", by=by)
        assert (note.status, note.outstanding) == ("partly_paid", Decimal("40.00"))
        papers.work()
        note.refresh_from_db()
        said = " ".join(paper.text(bytes_of(note.file)).split())
        assert "79,00" in said and "40,00" in said and "zurückgezahlt" in said
        payments.pay(note, Decimal("40"), bills.DAY, by=by)
        note.refresh_from_db()
        assert (note.status, note.outstanding) == ("paid", 0)


def ids(row: Invoice) -> list[int]:
    """The lines of an invoice."""
    return list(InvoiceLine.objects.filter(invoice=row).values_list("pk", flat=True))


def test_writing_off_takes_an_administrator(max: Membership, company: Company, people: object) -> None:
    with acting(max) as by:
        row = bills.issued(company, by)
    with acting(people("billing")) as by, pytest.raises(Denied):  # type: ignore[operator]
        credit_notes.credit(row, [], "Never mind", by=by, written_off=ids(row))
    with acting(max) as by:
        assert not Invoice.objects.filter(kind="credit_note").exists()
        credit_notes.credit(row, [], "Never mind", by=by, written_off=ids(row))
        item = BillingItem.objects.get()
        assert (item.status, item.reason) == ("written_off", "Never mind")


@pytest.mark.parametrize("format", ["zugferd", "xrechnung"])
def test_a_credit_note_of_some_lines_is_electronic_too(max: Membership, company: Company, format: str) -> None:
    with acting(max) as by:
        row = bills.issued(
            company, by, bills.posted(company, "33.33", "3"), bills.posted(company, "0.99"), format=format
        )
        note = credit_notes.credit(row, [InvoiceLine.objects.filter(invoice=row).latest("pk").pk], "One", by=by)
        papers.work()
        note.refresh_from_db()
        lines = list(InvoiceLine.objects.filter(invoice=note))
        electronic.check(note, lines, list(note_vats(note)))
        written = bytes_of(note.xml)
        assert b"381" in written and b"verrechnet" in written
        assert b"DueDate" not in written and bills.SELLER["iban"].encode() not in written


def note_vats(note: Invoice) -> object:
    return issuing.InvoiceVat.objects.filter(invoice=note)


# Payments -------------------------------------------------------------------------------------------------------------
def test_an_invoice_is_paid_in_parts_and_payments_are_taken_back(max: Membership, company: Company) -> None:
    with acting(max) as by:
        row = bills.issued(company, by)
        part = payments.pay(row, Decimal("19"), bills.DAY, by=by)
        rest = payments.pay(row, Decimal("100"), bills.DAY, "Bank", by=by)
        row.refresh_from_db()
        assert (row.status, row.outstanding) == ("paid", 0)
        payments.take_back(rest, "Bounced", by=by)
        row.refresh_from_db()
        assert (row.status, row.outstanding) == ("partly_paid", Decimal(100))
        payments.take_back(part, by=by)
        row.refresh_from_db()
        assert (row.status, row.paid) == ("issued", 0)
        with pytest.raises(Refused, match="payment_is_reversed"):
            payments.take_back(part, by=by)
        assert Payment.objects.count() == 4


@pytest.mark.parametrize(
    ("amount", "code"), [("0", "payment_is_nothing"), ("-5", "payment_is_nothing"), ("119.01", "payment_too_much")]
)
def test_a_payment_is_some_money_and_no_more_than_is_open(
    max: Membership, company: Company, amount: str, code: str
) -> None:
    with acting(max) as by:
        row = bills.issued(company, by)
        with pytest.raises(Refused, match=code):
            payments.pay(row, Decimal(amount), bills.DAY, by=by)
        assert not Payment.objects.exists()


# Dunning --------------------------------------------------------------------------------------------------------------
def late(row: Invoice, days: int) -> Invoice:
    Invoice.objects.filter(pk=row.pk).update(due_on=timezone.localdate() - timedelta(days=days))
    return Invoice.objects.get(pk=row.pk)


@pytest.mark.parametrize(
    ("days", "level", "sent", "left"),
    [
        ([7, 14, 28], 0, None, 0),
        ([7, 14, 28], 1, 0, 7),
        ([7, 14, 28], 1, 6, 1),
        ([7, 14, 28], 1, 7, 0),
        ([7, 14, 28], 2, 13, 1),
        ([7, 14, 28], 2, 14, 0),
        ([7, 8, 9], 1, 0, 1),
        ([7, 8, 9], 2, 6, 1),
        ([0, 0, 0], 1, 0, 1),
        ([7, 14, 90], 2, 40, 36),
        ([7, 14, 28], 3, 40, None),
    ],
)
def test_a_letter_waits_for_the_term_of_the_one_before(
    max: Membership, company: Company, days: list[int], level: int, sent: int | None, left: int | None
) -> None:
    """The list and the page say the same; `left` is in how many days the next one may go out."""
    with acting(max) as by:
        row, today = late(bills.issued(company, by), 60), timezone.localdate()
        BillingSettings.objects.update(dunning_days=days)
        dunned_on = None if sent is None else today - timedelta(days=sent)
        Invoice.objects.update(dunning_level=level, dunned_on=dunned_on)
        found = dunning.next_on(Invoice.objects.get(pk=row.pk))
        is_ripe = dunning.to_dun(Invoice.objects.all(), today).exists()
        assert is_ripe == (found is not None and found <= today) == (left == 0)
        if left:
            assert found == today + timedelta(days=left)
        assert (found is None) == (left is None)


def test_letters_go_out_one_after_the_other_and_one_a_day(max: Membership, company: Company) -> None:
    with acting(max) as by:
        row = late(bills.issued(company, by), 6)
        with pytest.raises(Refused, match="not_to_be_dunned"):
            dunning.dun(row, by=by)
        row = dunning.dun(late(row, 30), by=by)
        assert row.dunning_level == 1
        with pytest.raises(Refused, match="not_to_be_dunned"):
            dunning.dun(row, by=by)
        for level in (2, 3):
            Invoice.objects.update(dunned_on=date(2026, 1, 1))
            assert dunning.dun(row, by=by).dunning_level == level
        Invoice.objects.update(dunned_on=date(2026, 1, 1))
        with pytest.raises(Refused, match="not_to_be_dunned"):
            dunning.dun(row, by=by)
        letters = OutgoingMail.objects.filter(code="invoice_overdue")
        assert letters.count() == 3 and all(row.number in one.text for one in letters)
        assert all("DE02 1203 0000 0000 2020 51" in one.text for one in letters), "an account is read in fours"


def test_a_letter_about_a_part_that_is_open_names_what_came_in(max: Membership, company: Company) -> None:
    with acting(max) as by:
        Company.objects.update(language="en")
        company.refresh_from_db()
        row = late(bills.issued(company, by), 60)
        payments.pay(row, Decimal(19), bills.DAY, by=by)
        for level, words in enumerate(("Perhaps it escaped you", "Despite our reminder", "In spite of our letters"), 1):
            row = Invoice.objects.get(pk=row.pk)
            _subject, said = accounts.letter(row, level)
            said = " ".join(said.split())
            assert words in said and "€19.00" in said and "€100.00" in said
            assert "we have not received" not in said
            Invoice.objects.filter(pk=row.pk).update(dunned_on=date(2026, 1, 1))
            dunning.dun(row, by=by)
            assert "€19.00" in OutgoingMail.objects.filter(code="invoice_overdue").latest("pk").text


def test_who_is_never_dunned_gets_no_letter(max: Membership, company: Company) -> None:
    with acting(max) as by:
        row = late(bills.issued(company, by, no_dunning=True), 60)
        with pytest.raises(Refused, match="not_to_be_dunned"):
            dunning.dun(row, by=by)
        assert not OutgoingMail.objects.filter(code="invoice_overdue").exists()


def test_what_is_paid_is_not_dunned(max: Membership, company: Company) -> None:
    with acting(max) as by:
        row = late(bills.issued(company, by), 60)
        payments.pay(row, row.due, bills.DAY, by=by)
        assert not dunning.to_dun(Invoice.objects.all(), timezone.localdate()).exists()


def test_a_customers_account_says_what_is_open(max: Membership, company: Company) -> None:
    with acting(max) as by:
        row = bills.issued(company, by, bills.posted(company), bills.posted(company, "50"))
        payments.pay(row, Decimal("19"), timezone.localdate(), by=by)
        credit_notes.credit(row, [InvoiceLine.objects.filter(invoice=row).latest("pk").pk], "x", by=by)
        drafts.add_line(drafts.draw(company, "EUR", [], by=by), Wanted("x", Decimal(1), Decimal(1)), version=1, by=by)
        lines = dunning.statement(company, by)
        assert [(one.kind, one.amount) for one in lines] == [
            ("invoice", Decimal("178.50")), ("credit_note", Decimal("-59.50")), ("payment", Decimal("-19.00")),
        ]  # fmt: skip
        assert dunning.totals(lines) == {"EUR": Decimal("100.00")}
