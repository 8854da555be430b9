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
    for own in _sides(parts):
        amount = sign * parts[own.handover.key]
        paper = announcing.Paper(row.key, row.number, row.issued_on, amount, corrects)
        announcing.announce(own.handover, paper, by=by)


def on_papers_made(entry: Entry) -> None:
    """The papers are kept: the lead gets them beside what it was told of, in the same transaction. Not where work for
    two leads stands on one paper: neither may read what the other pays (hostile test A4)."""
    sides = _sides(_parts(entry.subject_id))
    if len({own.handover.lead_id for own in sides}) != 1:
        return
    row = Invoice.objects.select_related("file", "xml").get(pk=entry.subject_id)
    assert row.file is not None  # kept before this is told
    for own in sides:
        announcing.hand_over(own.handover, row.key, pdf=row.file, xml=row.xml)


def _sides(parts: dict[UUID, Decimal]) -> list[ServiceSide]:
    found = ServiceSide.objects.filter(handover__key__in=parts)
    return list(found.select_related("handover").order_by("handover"))


def _parts(invoice: int) -> dict[UUID, Decimal]:
    """What of a paper is for each handover, net, after discounts."""
    lines = InvoiceLine.objects.filter(invoice=invoice, item__handover__isnull=False).order_by()
    return dict(lines.values_list("item__handover").annotate(Sum("amount")))
