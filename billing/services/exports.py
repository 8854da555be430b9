"""Issued invoices for the books: a plain sheet, and a booking batch as DATEV reads it (EXTF 700, category 21).

A booking is one invoice's share of one revenue account: gross amount, the customer's account, the revenue account. The
accounts of SKR 03 count where neither the article nor the settings name another. What begins like a formula gets an
apostrophe (hostile test B6's rule for sheets).
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.models import BillingSettings, Invoice, InvoiceKind, InvoiceLine, InvoiceStatus, InvoiceVat
from billing.pricing import cents
from billing.services import billing_settings
from psa.journal import journal
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.web import sheets

CSV, DATEV = "csv", "datev"
# Revenue accounts of SKR 03 by category and rate.
ACCOUNTS = {
    "S19": "8400", "S16": "8400", "S7": "8300", "S": "8200", "Z": "8200", "E": "8195", "AE": "8336", "K": "8125",
    "G": "8120", "O": "8338",
}  # fmt: skip
FIRST_DEBTOR = 10_000
MOST = 20_000
HEADS = (
    "Umsatz (ohne Soll/Haben-Kz)", "Soll/Haben-Kennzeichen", "WKZ Umsatz", "Kurs", "Basis-Umsatz", "WKZ Basis-Umsatz",
    "Konto", "Gegenkonto (ohne BU-Schlüssel)", "BU-Schlüssel", "Belegdatum", "Belegfeld 1", "Belegfeld 2", "Skonto",
    "Buchungstext",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Booking:
    """One invoice's share of a revenue account; amounts in the invoice's currency, below nothing for credit notes."""

    invoice: Invoice
    account: str
    category: str
    rate: Decimal
    net: Decimal
    vat: Decimal

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat


@dataclass(frozen=True, slots=True)
class Export:
    """A file for the books: its name, its type, its bytes, and how many invoices are in it."""

    name: str
    content_type: str
    content: bytes
    count: int


@transaction.atomic
def export(begins: date, ends: date, format: str, *, by: Actor, only_new: bool = False) -> Export:
    """The invoices and credit notes issued in these days; they are marked as exported.

    Raises Denied, Refused("nothing_to_export"), ("export_too_long"), ("datev_numbers_missing")."""
    by.require("invoice.manage")
    settings = billing_settings.of_tenant()
    if format == DATEV and not (settings.adviser_number and settings.client_number):
        raise Refused("datev_numbers_missing")
    rows = Invoice.objects.visible_to(by).exclude(status=InvoiceStatus.DRAFT)
    rows = rows.filter(issued_on__range=(begins, ends)).select_related("company").order_by("issued_on", "pk")
    if only_new:
        rows = rows.filter(exported_at=None)
    found = list(rows[: MOST + 1])
    if not found:
        raise Refused("nothing_to_export")
    if len(found) > MOST:
        raise Refused("export_too_long", most=MOST)
    booked = list(bookings(found, settings))
    now = timezone.now()
    Invoice.objects.filter(pk__in=[row.pk for row in found], exported_at=None).update(exported_at=now)
    journal.record(settings, "billing.exported", by=by, begins=begins.isoformat(), ends=ends.isoformat(),
                   format=format, count=len(found))  # fmt: skip
    if format == DATEV:
        content = _ansi("\r\n".join(batch(booked, settings, begins, ends)) + "\r\n")
        name = f"EXTF_{begins:%Y%m%d}-{ends:%Y%m%d}.csv"
        return Export(name, "text/csv; charset=windows-1252", content, len(found))
    sheet = "\ufeff" + _sheet(booked)
    return Export(f"{begins:%Y%m%d}-{ends:%Y%m%d}.csv", "text/csv; charset=utf-8", sheet.encode(), len(found))


def bookings(rows: Sequence[Invoice], settings: BillingSettings) -> Iterator[Booking]:
    """Each invoice by revenue account. VAT of a rate is split by net, what is left over goes to the last. Two
    statements."""
    wanted = [row.pk for row in rows]
    lines: dict[int, list[InvoiceLine]] = {}
    for line in InvoiceLine.objects.filter(invoice__in=wanted).order_by("position"):
        lines.setdefault(line.invoice_id, []).append(line)
    vats: dict[int, list[InvoiceVat]] = {}
    for one in InvoiceVat.objects.filter(invoice__in=wanted).order_by("pk"):
        vats.setdefault(one.invoice_id, []).append(one)
    for row in rows:
        sign = -1 if row.kind == InvoiceKind.CREDIT_NOTE else 1
        for group in vats.get(row.pk, []):
            inside = [one for one in lines[row.pk] if (one.vat_category, one.vat_rate) == (group.category, group.rate)]
            yield from _shares(row, group, inside, settings, sign)


def _shares(
    row: Invoice, group: InvoiceVat, lines: Iterable[InvoiceLine], settings: BillingSettings, sign: int
) -> Iterator[Booking]:
    nets: dict[str, Decimal] = {}
    for line in lines:
        account = line.account or account_of(settings, group.category, group.rate)
        nets[account] = nets.get(account, Decimal(0)) + line.amount
    left = group.amount
    for place, (account, net) in enumerate(nets.items(), 1):
        tax = left if place == len(nets) else cents(net * group.rate / 100)
        left -= tax
        yield Booking(row, account, group.category, group.rate, sign * net, sign * tax)


def account_of(settings: BillingSettings, category: str, rate: Decimal) -> str:
    """The revenue account of a category and rate: the settings', else that of SKR 03."""
    keys = (f"{category}{rate.normalize():f}", category)
    own = next((settings.accounts[key] for key in keys if settings.accounts.get(key)), "")
    return own or next(ACCOUNTS[key] for key in (*keys, "S") if key in ACCOUNTS)


def debtor(company: Any) -> str:
    """The customer's account: its number where that is one, else counted from 10000."""
    number = company.number.strip()
    return (
        number if number.isdecimal() and number.isascii() and 5 <= len(number) <= 9 else str(FIRST_DEBTOR + company.pk)
    )


def batch(booked: Sequence[Booking], settings: BillingSettings, begins: date, ends: date) -> Iterator[str]:
    """The booking batch line by line: DATEV's own head, the heads of the columns, the bookings."""
    made = timezone.now().strftime("%Y%m%d%H%M%S000")
    year = date(begins.year, 1, 1)
    head = [
        '"EXTF"', "700", "21", '"Buchungsstapel"', "13", made, "", '"RE"', '""', '""',
        settings.adviser_number, settings.client_number, f"{year:%Y%m%d}", "4",
        f"{begins:%Y%m%d}", f"{ends:%Y%m%d}", _quoted(f"Rechnungen {begins:%m/%Y}"), '""', "1", "0", "0", '"EUR"',
        "", '""', "", "", '""', "", "", '""', '""',
    ]  # fmt: skip
    yield ";".join(head)
    yield ";".join(HEADS)
    for one in booked:
        if not one.gross:
            continue
        side = "S" if one.gross > 0 else "H"
        row = one.invoice
        assert row.issued_on is not None  # issued
        yield ";".join(
            [
                f"{abs(one.gross):.2f}".replace(".", ","), f'"{side}"', f'"{row.currency}"', "", "", '""',
                debtor(row.company), one.account, '""', f"{row.issued_on:%d%m}", _quoted(row.number[:36]),
                _quoted(f"{row.due_on:%d%m%y}" if row.due_on else ""), "", _quoted(row.buyer.get("name", "")[:60]),
            ]
        )  # fmt: skip


def _quoted(text: str) -> str:
    plain = " ".join(str(sheets.safe_cell(text)).split())
    return '"' + plain.replace('"', '""') + '"'


def _ansi(text: str) -> bytes:
    """In Windows' western letters; what is not among them loses its marks, as DATEV asks for."""
    found = bytearray()
    for sign in text:
        try:
            found += sign.encode("cp1252")
        except UnicodeEncodeError:
            bare = unicodedata.normalize("NFKD", sign).encode("cp1252", "ignore")
            found += bare or b"?"
    return bytes(found)


def _sheet(booked: Sequence[Booking]) -> str:
    """The plain sheet: a line for each booking, numbers as the company writes them, without groups."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=sheets.delimiter())
    writer.writerow(
        [
            _("Number"), _("Type"), _("Date"), _("Due"), _("Customer no."), _("Customer"), _("VAT id"), _("Currency"),
            _("Account"), _("VAT"), _("VAT in per cent"), _("Net"), _("VAT amount"), _("Gross"),
        ]
    )  # fmt: skip
    for one in booked:
        row = one.invoice
        cells = (
            row.number, row.get_kind_display(), str(row.issued_on), str(row.due_on or ""), debtor(row.company),
            row.buyer.get("name", ""), row.buyer.get("vat_id", ""), row.currency, one.account, one.category, one.rate,
            one.net, one.vat, one.gross,
        )  # fmt: skip
        writer.writerow([sheets.written_cell(cell) for cell in cells])
    return buffer.getvalue()
