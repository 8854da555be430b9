"""What a customer's people see of what their company was billed (desk spec, roles: invoice.view, "portal: if allowed").

Every query of the portal's pages about money begins here: issued invoices and credit notes of the reader's own company
and what stands on their papers. No draft, no other customer, nothing of cost or margin, no remark of ours.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, Sum
from django.db.models.functions import Coalesce

from billing.models import DeliveryNote, Invoice, InvoiceKind, InvoiceLine, InvoiceStatus, InvoiceVat, PaperKind
from billing.services import dunning
from tickets.models import Source
from workflows.portal.sight import Eyes


def invoices(eyes: Eyes) -> Any:
    """The invoices and credit notes of their own company, for who sees invoices."""
    if not eyes.access.sees_invoices:
        return Invoice.objects.none()
    return Invoice.objects.filter(company=eyes.contact.company_id).exclude(status=InvoiceStatus.DRAFT)


def invoice(eyes: Eyes, key: UUID) -> Invoice | None:
    """One of them, with its papers and what it corrects."""
    found: Invoice | None = invoices(eyes).select_related("corrects", "file", "xml").filter(key=key).first()
    return found


def shown(eyes: Eyes, row: Invoice) -> dict[str, Any]:
    """What the page of one shows: what its paper says. Three statements."""
    return {
        "lines": list(InvoiceLine.objects.filter(invoice=row).order_by("position")),
        "vats": list(InvoiceVat.objects.filter(invoice=row).order_by("pk")),
        "notes": list(invoices(eyes).filter(corrects=row).order_by("pk")),
    }


def due(eyes: Eyes, today: date) -> list[dict[str, Any]]:
    """What is open, by currency: how many, how much, and how many of them should have been paid. One statement."""
    rows = invoices(eyes).filter(kind=InvoiceKind.INVOICE, status__in=dunning.UNPAID).order_by()
    late = Count("pk", filter=Q(due_on__lt=today))
    sums = rows.values("currency").annotate(count=Count("pk"), late=late, sum=Sum(F("due") - F("credited") - F("paid")))
    return [one for one in sums.order_by("currency") if one["sum"] > Decimal(0)]


def delivery_notes(eyes: Eyes) -> Any:
    """What was delivered to their own company and signed for, and what of it came back, for who sees invoices. What
    goes to a partner's customer is the partner's to show. `some_came_back` is said of delivery notes, `done_at` is when
    they were signed or, of return notes, made."""
    if not eyes.access.sees_invoices:
        return DeliveryNote.objects.none()
    signed = Q(signed_file__isnull=False)
    returned = Q(kind=PaperKind.RETURN, file__isnull=False, corrects__signed_file__isnull=False)
    rows = DeliveryNote.objects.filter(signed | returned, company=eyes.contact.company_id)
    rows = rows.exclude(status="cancelled").exclude(ticket__source=Source.INSOURCED)
    return rows.select_related("signed_file", "file", "corrects").annotate(
        some_came_back=Exists(DeliveryNote.objects.filter(corrects=OuterRef("pk"))),
        done_at=Coalesce("signed_at", "prepared_at"),
    )
