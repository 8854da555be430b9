"""What the page of an invoice shows: its lines, sums, papers, mails, payments, and what can be done with it."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from billing.models import (
    BillingItem,
    Invoice,
    InvoiceKind,
    InvoiceLine,
    InvoiceStatus,
    InvoiceVat,
    PaperWanted,
    Payment,
)
from billing.services import billing_settings, credit_notes, dunning, issuing, returned_billing
from psa.mail.models import Delivery
from psa.tenancy.actor import Actor

MOST_MAILS = 20


def shown(row: Invoice, by: Actor) -> dict[str, Any]:
    """The page's context. The number of statements does not grow with lines, payments or mails."""
    if row.status == InvoiceStatus.DRAFT:
        issuing.freeze(row)
    settings = billing_settings.of_tenant()
    may, is_draft = bool(by.can("invoice.manage")), row.status == InvoiceStatus.DRAFT
    is_open = row.status in dunning.UNPAID
    next_letter = dunning.next_on(row) if row.kind == InvoiceKind.INVOICE else None
    return {
        "invoice": row,
        "lines": list(
            InvoiceLine.objects.filter(invoice=row).select_related("item__ticket").order_by("position")
        ),
        "vats": list(InvoiceVat.objects.filter(invoice=row).order_by("pk")),
        "payments": list(paid(row)),
        "mails": list(mails(row)),
        "came_back": returned_billing.returns_to_credit(row, by),
        "notes": list(Invoice.objects.visible_to(by).filter(corrects=row).order_by("pk")),
        "may": may,
        "may_edit": may and is_draft,
        "may_pay": may and is_open and row.outstanding > 0,
        "next_letter": next_letter,
        "may_dun": may and next_letter is not None and next_letter <= timezone.localdate(),
        "may_credit": may and row.kind == InvoiceKind.INVOICE and row.status in credit_notes.OPEN,
        "is_being_made": not is_draft and row.file_id is None,
        "trouble": trouble(row),
        "lacking": billing_settings.lacking(settings, row.format) if is_draft else [],
        "lacks_address": is_draft and not (row.buyer["street"] and row.buyer["city"]),
    }  # fmt: skip


def paid(row: Invoice) -> Any:
    """The payments, and whether each was taken back."""
    reversed_by = Payment.objects.filter(reverses=OuterRef("pk"))
    return Payment.objects.filter(invoice=row).annotate(is_reversed=Exists(reversed_by)).order_by("pk")


def mails(row: Invoice) -> Any:
    """The mails about it with their way out of the house, the newest first."""
    rows = Delivery.objects.filter(mail__subject_type="invoice", mail__subject_id=row.pk).select_related("mail")
    return rows.order_by("-pk")[:MOST_MAILS]


def trouble(row: Invoice) -> str:
    """Why the papers are not made, where nobody tries any more ("" where all is well)."""
    if row.status == InvoiceStatus.DRAFT or row.file_id is not None:
        return ""
    found = PaperWanted.objects.filter(invoice_id=row.pk, parked_at__isnull=False).values_list("error", flat=True)
    return found.first() or ""


def bearing(items: QuerySet[BillingItem], by: Actor) -> QuerySet[Invoice]:
    """The invoices and credit notes on which one of these items stands, drafts among them; none for who sees none."""
    lines = InvoiceLine.objects.filter(item__in=items)
    found: QuerySet[Invoice] = Invoice.objects.visible_to(by).filter(pk__in=lines.values("invoice")).order_by("pk")
    return found


def credited(row: Invoice) -> dict[int, tuple[str, str]]:
    """The lines that were credited already, by id: each one's name and the number of the credit note; of lines that
    say the same, those of all notes they stand on. Two statements."""
    gone = list(InvoiceLine.objects.filter(invoice=row, is_current=False).order_by("position"))
    numbers: dict[Any, list[str]] = {}
    copies = InvoiceLine.objects.filter(invoice__corrects=row).select_related("invoice").order_by("pk") if gone else ()
    for copy in copies:
        found = numbers.setdefault(_says(copy), [])
        if copy.invoice.number not in found:
            found.append(copy.invoice.number)
    return {line.pk: (line.name, ", ".join(numbers.get(_says(line), ()))) for line in gone}


def _says(line: InvoiceLine) -> tuple[Any, ...]:
    return line.item_id, line.name, line.text, line.quantity, line.unit_price, line.discount


def creditable(row: Invoice) -> list[InvoiceLine]:
    """The lines that were not credited yet."""
    return list(InvoiceLine.objects.filter(invoice=row, is_current=True).order_by("position"))
