"""What came in for an invoice, or went back for a credit note: only ever added, corrected by taking back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from billing.models import Invoice, InvoiceStatus, Payment
from billing.services import credit_notes
from psa.journal import journal
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused


@transaction.atomic
def pay(invoice: Invoice, amount: Decimal, on: date, note: str = "", *, by: Actor) -> Payment:
    """Write down a payment, in the invoice's currency. Raises Denied, Refused("invoice_moved_on"),
    ("payment_is_nothing"), ("payment_too_much")."""
    by.require("invoice.manage")
    row = credit_notes.locked(invoice, by)
    if row.status not in {InvoiceStatus.ISSUED, InvoiceStatus.PARTLY_PAID}:
        raise Refused("invoice_moved_on")
    if amount <= 0:
        raise Refused("payment_is_nothing")
    if amount > row.outstanding:
        raise Refused("payment_too_much", open=str(row.outstanding), currency=row.currency)
    made = Payment.objects.create(invoice=row, on=on, amount=amount, note=note, by_id=by.membership_id, by_name=by.name)
    paid = _paid(row)
    row.pay(paid) if row.due - row.credited == paid else row.pay_part(paid)
    row.save(update_fields=["status", "paid"])
    journal.record(row, "invoice.paid", by=by, amount=str(amount), currency=row.currency, on=on.isoformat())
    return made


@transaction.atomic
def take_back(payment: Payment, note: str = "", *, by: Actor) -> Payment:
    """A payment was wrong, or bounced. Raises Denied, Refused("payment_is_reversed"), ("invoice_moved_on")."""
    by.require("invoice.manage")
    row = credit_notes.locked(payment.invoice, by)
    if payment.amount < 0 or Payment.objects.filter(reverses=payment).exists():
        raise Refused("payment_is_reversed")
    if row.status not in {InvoiceStatus.PARTLY_PAID, InvoiceStatus.PAID}:
        raise Refused("invoice_moved_on")
    made = Payment.objects.create(
        invoice=row, on=payment.on, amount=-payment.amount, note=note, reverses=payment,
        by_id=by.membership_id, by_name=by.name,
    )  # fmt: skip
    paid = _paid(row)
    row.unpay_part(paid) if paid or row.credited else row.unpay()
    row.save(update_fields=["status", "paid"])
    journal.record(row, "invoice.payment_reversed", by=by, amount=str(payment.amount), currency=row.currency, text=note)
    return made


def _paid(row: Invoice) -> Decimal:
    return Payment.objects.filter(invoice=row).aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
