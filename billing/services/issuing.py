"""Issuing invoices and credit notes: one transaction gives number and date, the papers are made after it.

Locks: invoice, then its items, then the number range. What stands on the paper is frozen in the invoice's own row.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from billing import electronic
from billing.models import (
    BillingItem,
    EInvoiceFormat,
    Invoice,
    InvoiceKind,
    InvoiceLine,
    InvoiceVat,
    PaperWanted,
    VatCategory,
)
from billing.services import billing_settings, drafts, numbers
from psa.journal import journal
from psa.nudge import Nudge
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused

nudge = Nudge("billing.papers")


@transaction.atomic
def issue(invoice: Invoice, *, version: int, by: Actor, is_mailed: bool = True) -> Invoice:
    """Give a draft its number and today's date; from then on nothing on it changes. Papers and mail follow.

    Raises Denied, Refused("invoice_moved_on"), ("invoice_is_empty"), ("seller_incomplete"), ("buyer_incomplete"),
    ("einvoice_incomplete"), ("invoice_sums_changed"), ("invoice_is_negative"), ("vat_rates_unknown"),
    ("outside_vat_stands_alone").
    """
    row = drafts.locked(invoice, version, by)
    lines = list(InvoiceLine.objects.filter(invoice=row).select_related("item").order_by("position"))
    _check(row, lines)
    items = _locked_items(lines)
    return _numbered(row, InvoiceKind.INVOICE, items, is_mailed, by)


def freeze(row: Invoice) -> None:
    """What stands on the paper of both parties, as of now."""
    settings, profile = billing_settings.of_tenant(), billing_settings.profile_of(row.company)
    row.seller, row.buyer = drafts.seller_of(settings), drafts.buyer_of(row.company, profile)


def _check(row: Invoice, lines: Sequence[InvoiceLine]) -> None:
    if not lines:
        raise Refused("invoice_is_empty")
    if drafts.reckon(row):
        raise Refused("invoice_sums_changed")
    if row.due < 0:
        raise Refused("invoice_is_negative")
    if not billing_settings.rates_are_known():
        raise Refused("vat_rates_unknown", way_out="billing:billing_settings")
    if lacking := billing_settings.missing(billing_settings.of_tenant(), row.format):
        raise Refused("seller_incomplete", way_out="billing:billing_settings", missing=lacking)
    vats = list(InvoiceVat.objects.filter(invoice=row))
    if len(vats) > 1 and any(one.category == VatCategory.OUTSIDE for one in vats):
        raise Refused("outside_vat_stands_alone")
    freeze(row)
    if lacking := [name for name in ("name", "street", "city") if not row.buyer[name]]:
        raise Refused("buyer_incomplete", missing=lacking, company=row.buyer["name"])
    electronic.check(row, lines, vats)
    if found := electronic.missing(row):
        raise Refused("einvoice_incomplete", missing=[f"{party}.{name}" for party, name in found])


def _locked_items(lines: Sequence[InvoiceLine]) -> list[BillingItem]:
    wanted = [line.item_id for line in lines if line.item_id]
    rows = BillingItem.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=wanted, status="posted")
    found = list(rows.order_by("pk"))
    if len(found) != len(wanted):
        raise Refused("item_is_not_free")
    return found


def _numbered(row: Invoice, kind: str, items: Sequence[BillingItem], is_mailed: bool, by: Actor) -> Invoice:
    today = timezone.localdate()
    for item in items:
        item.invoice()
        item.save(update_fields=["status"])
    give_number(row, kind, today, is_mailed)
    journal.record(row, "invoice.issued", by=by, number=row.number, due=str(row.due), currency=row.currency)
    return row


def give_number(row: Invoice, kind: str, today: date, is_mailed: bool) -> None:
    """The number, last of all, and the wish for papers. Called in the transaction that locked everything else."""
    want_papers(row, is_mailed)
    due_on = today + timedelta(days=row.payment_days) if row.kind == InvoiceKind.INVOICE else None
    row.issue(numbers.take(kind, today), today, due_on, timezone.now())
    row.version += 1
    row.save()


def want_papers(row: Invoice, is_mailed: bool) -> None:
    """Have the worker make PDF and electronic invoice, and send them."""
    PaperWanted.objects.create(invoice_id=row.pk, is_mailed=is_mailed)
    nudge.on_commit()


def needs_xml(invoice: Any) -> bool:
    """Whether there is an electronic invoice beside the paper, or in it."""
    return invoice.format != EInvoiceFormat.NONE
