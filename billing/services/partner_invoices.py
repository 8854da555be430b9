"""The lead partner is told of the papers its work stands on and finds our invoice filled in (outsourcing spec §9)."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from django.db.models import Sum

from billing.models import Invoice, InvoiceKind, InvoiceLine
from outsourcing.models import ServiceSide
from outsourcing.services import announcing
from psa.journal.models import Entry
from psa.tenancy.actor import Actor


def on_issued(entry: Entry) -> None:
    """An invoice or a credit note got its number: every handover on it is told of its own part, in the author's
    transaction. What else stands on it is nobody's there."""
    parts = _parts(entry.subject_id)
    if not parts:
        return
    row = Invoice.objects.select_related("corrects").get(pk=entry.subject_id)
    sign, corrects = (-1, row.corrects.number) if row.kind == InvoiceKind.CREDIT_NOTE else (1, "")
    by = Actor.author(entry)
    sides = ServiceSide.objects.filter(handover__key__in=parts).select_related("handover").order_by("handover")
    for own in sides:
        amount = sign * parts[own.handover.key]
        paper = announcing.Paper(row.key, row.number, row.issued_on, amount, corrects)
        announcing.announce(own.handover, paper, by=by)


def _parts(invoice: int) -> dict[UUID, Decimal]:
    """What of a paper is for each handover, net, after discounts."""
    lines = InvoiceLine.objects.filter(invoice=invoice, item__handover__isnull=False).order_by()
    return dict(lines.values_list("item__handover").annotate(Sum("amount")))
