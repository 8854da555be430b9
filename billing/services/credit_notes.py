"""Taking back what was invoiced: a credit note with a number of its own, for the whole invoice or some of its lines.

An issued invoice is never void. What a credited line billed can be billed again, or is written off; of goods that came
back meanwhile what stayed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from billing import vat
from billing.models import BillingItem, Invoice, InvoiceKind, InvoiceLine, InvoiceStatus, InvoiceVat
from billing.services import balancing, issuing, returned_billing
from psa.journal import journal
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused

OPEN = (InvoiceStatus.ISSUED, InvoiceStatus.PARTLY_PAID, InvoiceStatus.PAID)
COPIED = (
    "item_id", "name", "text", "quantity", "unit", "unit_code", "unit_price", "discount", "amount", "supplied_on",
    "vat_kind", "is_goods", "vat_category", "vat_rate", "account",
)  # fmt: skip
TAKEN_OVER = (
    "company", "contract", "handover", "language", "currency", "format", "reference", "order_reference", "buyer",
    "period_from", "period_until", "rounding_step", "payment_days",
)  # fmt: skip


@transaction.atomic
def credit(
    invoice: Invoice,
    lines: Sequence[int],
    reason: str,
    *,
    by: Actor,
    written_off: Collection[int] = (),
    is_mailed: bool = True,
) -> Invoice:
    """Take these lines of an issued invoice back (by id; all that are left for none). Gives back the credit note.

    What is open of the invoice is set off at once; what was paid already is to be paid back. What the lines billed is
    offered for billing again, but for those of `written_off` (ids of lines, tenant.manage): nobody is billed for it
    then. Raises Denied, Refused("invoice_moved_on"), ("line_is_credited").
    """
    by.require("invoice.manage")
    if written_off:
        by.require("tenant.manage")
    returned_billing.held_notes(_items_of(InvoiceLine.objects.filter(invoice=invoice, is_current=True)))
    row = locked(invoice, by)
    if row.kind != InvoiceKind.INVOICE or row.status not in OPEN:
        raise Refused("invoice_moved_on")
    left = list(InvoiceLine.objects.filter(invoice=row, is_current=True).order_by("position"))
    chosen = [line for line in left if line.pk in lines] if lines else left
    if not chosen or (lines and len(chosen) != len(set(lines))):
        raise Refused("line_is_credited")
    note = _note(row, chosen, reason, is_whole=len(chosen) == len(_all(row)))
    if note.due < 0:
        raise Refused("invoice_is_negative")
    _release(chosen, reason, written_off, by)
    _set_off(row, note, is_last=len(chosen) == len(left))
    entry = journal.record(row, "invoice.credited", by=by, number=row.number, amount=str(note.due),
                           currency=row.currency, text=reason, lines=len(chosen))  # fmt: skip
    returned_billing.follow_release(_items_of(chosen), entry)
    issuing.give_number(note, InvoiceKind.CREDIT_NOTE, timezone.localdate(), is_mailed)
    _settle(note)
    journal.record(note, "invoice.issued", by=by, number=note.number, due=str(note.due), currency=note.currency)
    return note


def locked(invoice: Invoice, by: Actor) -> Invoice:
    """The issued invoice with its row locked. Raises Refused("invoice_moved_on")."""
    rows = Invoice.objects.visible_to(by).select_for_update(of=("self",), no_key=True).select_related("company")
    row: Invoice | None = rows.filter(pk=invoice.pk).first()
    if row is None:
        raise Refused("invoice_moved_on")
    return row


def _all(row: Invoice) -> list[int]:
    return list(InvoiceLine.objects.filter(invoice=row).values_list("pk", flat=True))


def _note(row: Invoice, lines: Sequence[InvoiceLine], reason: str, *, is_whole: bool) -> Invoice:
    """The credit note as a draft: amounts as on the invoice, above nothing; the same customer, the seller of today."""
    note = Invoice(kind=InvoiceKind.CREDIT_NOTE, corrects=row, text=reason)
    for name in TAKEN_OVER:
        setattr(note, name, getattr(row, name))
    issuing.freeze(note)
    note.buyer = row.buyer
    copies = [InvoiceLine(position=place, is_current=False) for place, _line in enumerate(lines, 1)]
    for line, copy in zip(lines, copies, strict=True):
        for name in COPIED:
            setattr(copy, name, getattr(line, name))
    found = vat.sums(copies, row.rounding_step)
    values = dict(found.columns)
    if is_whole:  # to the cent what the invoice said
        values = {name: getattr(row, name) for name in values}
    for name, value in values.items():
        setattr(note, name, value)
    note.save()
    for copy in copies:
        copy.invoice = note
    InvoiceLine.objects.bulk_create(copies)
    why = {(one.category, one.rate): one.reason for one in InvoiceVat.objects.filter(invoice=row)}
    InvoiceVat.objects.bulk_create(
        InvoiceVat(
            invoice=note,
            category=one.category,
            rate=one.rate,
            base=one.base,
            amount=one.amount,
            reason=why.get((one.category, one.rate), ""),
        )
        for one in found.groups
    )
    return note


def _release(lines: Sequence[InvoiceLine], reason: str, written_off: Collection[int], by: Actor) -> None:
    """The lines do not stand any more, and what they billed is posted again, or written off. What was taken back
    meanwhile is neither: it and its reversal settle each other."""
    InvoiceLine.objects.filter(pk__in=[line.pk for line in lines]).update(is_current=False)
    wanted = _items_of(lines)
    held = balancing.lock_drafts(wanted)
    rows = BillingItem.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=wanted)
    items = list(rows.order_by("pk"))
    for item in items:
        item.uninvoice()
        item.save(update_fields=["status"])
    settled = {one.pk for one in balancing.balance(items, held, by=by)}
    given_up = {line.item_id for line in lines if line.pk in written_off}
    for item in items:
        if item.pk in given_up - settled:
            item.write_off(reason)
            item.save(update_fields=["status", "reason"])


def _items_of(lines: Iterable[InvoiceLine]) -> list[int]:
    return [line.item_id for line in lines if line.item_id]


def _set_off(row: Invoice, note: Invoice, *, is_last: bool) -> None:
    """What is open of the invoice is paid by the credit note."""
    part = max(Decimal(0), min(row.outstanding, note.due))
    row.credited += part
    note.credited = part
    if is_last:
        row.credit()
    elif not row.outstanding and row.status != InvoiceStatus.PAID:
        row.pay(row.paid)
    row.version += 1
    row.save(update_fields=["status", "credited", "paid", "version"])


def _settle(note: Invoice) -> None:
    """A credit note that was set off wholly, or in part, says so."""
    if not note.outstanding:
        note.pay(note.paid)
    elif note.credited:
        note.pay_part(note.paid)
    else:
        return
    note.save(update_fields=["status", "paid"])
