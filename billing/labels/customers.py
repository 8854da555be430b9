"""How an invoice stands, as its customer reads it: open, overdue, paid, credited; of a credit note whether it was set
off or is to be paid back. One table, beside no other."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.models import Invoice, InvoiceKind, InvoiceStatus
from psa.web.labels import Label, Table

STANDINGS = Table(
    {
        "open": Label(pgettext_lazy("invoice", "Open"), "blue", "hourglass"),
        "overdue": Label(_("Overdue"), "red", "circle-alert"),
        "paid": Label(_("Paid"), "green", "circle-check"),
        "credited": Label(_("Credited"), "gray", "undo-2"),
        "refund": Label(_("To be paid back"), "amber", "euro"),
        "settled": Label(_("Set off"), "green", "circle-check"),
    }
)


def standing(row: Invoice, today: date) -> str:
    """How it stands on this day: a code of the table."""
    if row.kind == InvoiceKind.CREDIT_NOTE:
        return "refund" if row.outstanding else "settled"
    if row.status in (InvoiceStatus.PAID, InvoiceStatus.CREDITED):
        return str(row.status)
    return "overdue" if row.due_on is not None and row.due_on < today else "open"
