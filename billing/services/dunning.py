"""Invoices nobody has paid: which letter is due when, sending it, and what a customer's account says.

Three letters: a reminder, a first and a second dunning letter, each so many days past due as the settings say. A
customer that is never dunned gets none; nobody gets the next one before the term of the last has passed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from billing.documents.invoices import iban
from billing.models import BillingProfile, Invoice, InvoiceKind, InvoiceStatus, Payment
from billing.services import billing_settings, credit_notes, papers, recipients
from psa.directory.models import Company
from psa.journal import journal
from psa.mail import mail
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused

LETTERS = 3
# Days in which the first dunning letter asks for the money; the second waits at least as long.
TERM = 7
UNPAID = (InvoiceStatus.ISSUED, InvoiceStatus.PARTLY_PAID)


def overdue(rows: Any, on: date) -> Any:
    """Of these invoices those that should have been paid before this day and were not."""
    return rows.filter(kind=InvoiceKind.INVOICE, status__in=UNPAID, due_on__lt=on)


def to_dun(rows: Any, on: date) -> Any:
    """Of these invoices those whose next letter may go out on this day."""
    ripe = Q()
    for level, (past_due, after_last) in enumerate(_waits()):
        term = Q(dunned_on=None) | Q(dunned_on__lte=on - timedelta(days=after_last))
        ripe |= Q(dunning_level=level, due_on__lte=on - timedelta(days=past_due)) & term
    never = BillingProfile.objects.filter(company=OuterRef("company"), no_dunning=True)
    return overdue(rows, on).filter(ripe, ~Exists(never))


def next_on(invoice: Invoice) -> date | None:
    """The day from which the next letter may go out; None where none is left, nothing is to be paid, or never."""
    if invoice.dunning_level >= LETTERS or invoice.due_on is None or invoice.status not in UNPAID:
        return None
    if BillingProfile.objects.filter(company=invoice.company_id, no_dunning=True).exists():
        return None
    past_due, after_last = _waits()[invoice.dunning_level]
    found = invoice.due_on + timedelta(days=max(past_due, 1))
    return max(found, invoice.dunned_on + timedelta(days=after_last)) if invoice.dunned_on else found


def check(invoice: Invoice, on: date) -> None:
    """That the next letter may go out on this day. Raises Refused("not_to_be_dunned") with the first `day` it may."""
    day = next_on(invoice)
    if day is None or day > on:
        raise Refused("not_to_be_dunned", day=day.isoformat() if day else "")


def _waits() -> list[tuple[int, int]]:
    """Of each letter: how many days past due it may go out, and how many days after the letter before it."""
    days = [int(day) for day in [*billing_settings.of_tenant().dunning_days, *[0] * LETTERS][:LETTERS]]
    terms = [0, max(days[1] - days[0], 1), max(days[2] - days[1], TERM)]
    return list(zip(days, terms, strict=True))


@transaction.atomic
def dun(invoice: Invoice, *, by: Actor) -> Invoice:
    """Send the next letter. Raises Denied, Refused("not_to_be_dunned") where none is due, with the first `day` it may
    go out, ("invoice_has_no_address"), ("papers_are_being_made")."""
    by.require("invoice.manage")
    row, today = credit_notes.locked(invoice, by), timezone.localdate()
    check(row, today)
    if not row.buyer.get("email"):
        raise Refused("invoice_has_no_address")
    if row.file_id is None:
        raise Refused("papers_are_being_made")
    row.dunning_level += 1
    row.dunned_on = today
    row.save(update_fields=["dunning_level", "dunned_on"])
    written = mail.post("invoice_overdue", [recipients.recipient(row)], row, **facts(row, row.dunning_level))
    papers.enclose(written, row)
    journal.record(row, "invoice.dunned", by=by, level=row.dunning_level, open=str(row.outstanding),
                   currency=row.currency, number=row.number)  # fmt: skip
    return row


def facts(row: Invoice, level: int) -> dict[str, Any]:
    """What a letter of this level says, for its mail and for its preview: what came in already, and what is open."""
    return {
        "number": row.number,
        "level": level,
        "paid": row.paid,
        "open": row.outstanding,
        "currency": row.currency,
        "issued_on": row.issued_on,
        "due_on": row.due_on,
        "iban": iban(row.seller.get("iban", "")),
    }


# A customer's account -------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Line:
    """An entry of an account: what was billed is above nothing, what was paid or credited below. `balance` is what is
    open after it, in its currency."""

    on: date
    kind: str
    number: str
    amount: Decimal
    currency: str
    balance: Decimal
    invoice: int


def statement(company: Company, by: Actor) -> list[Line]:
    """Every invoice, credit note and payment of a customer in their order. Two statements."""
    rows = list(
        Invoice.objects.visible_to(by).filter(company=company).exclude(status=InvoiceStatus.DRAFT).order_by("pk")
    )
    paid = Payment.objects.filter(invoice__in=[row.pk for row in rows]).order_by("pk")
    signs = {row.pk: -1 if row.kind == InvoiceKind.CREDIT_NOTE else 1 for row in rows}
    by_id = {row.pk: row for row in rows}
    found: list[tuple[Any, ...]] = [
        (row.issued_on, 0, row.kind, row.number, signs[row.pk] * row.due, row.currency, row.pk) for row in rows
    ]
    for one in paid:
        row = by_id[one.invoice_id]
        kind = "payment" if one.amount > 0 else "reversal"
        found.append((one.on, 1, kind, row.number, -signs[row.pk] * one.amount, row.currency, row.pk))
    lines, open_by = [], dict[str, Decimal]()
    for on, _order, kind, number, amount, currency, pk in sorted(found, key=lambda one: one[:2]):
        open_by[currency] = open_by.get(currency, Decimal(0)) + amount
        lines.append(Line(on, kind, number, amount, currency, open_by[currency], pk))
    return lines


def totals(lines: Iterable[Any]) -> dict[str, Decimal]:
    """What is open in each currency after all of it."""
    return {line.currency: line.balance for line in lines}
