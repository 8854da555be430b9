"""An item and the one that reverses it balance each other where neither stands on an issued invoice: the customer was
told of neither, so neither is offered for billing (it-house spec, "Approve and post").

Both rows stay as they are, for the books: only their state says that they are settled. Locks: the drafts on which one
of them stands, then the items.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db.models import Q, QuerySet

from billing.models import BillingItem, BillingStatus, Invoice, InvoiceLine, InvoiceStatus
from billing.services import drafts
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused


def lock_drafts(items: Collection[int]) -> dict[int, Invoice]:
    """The drafts on which one of these items, or its counterpart, stands, locked and by id. To be called before the
    items are locked, as issuing locks."""
    reversed_by_them = BillingItem.objects.filter(pk__in=items, reverses__isnull=False).values("reverses")
    beside = BillingItem.objects.filter(Q(pk__in=items) | Q(reverses__in=items) | Q(pk__in=reversed_by_them))
    lines = InvoiceLine.objects.filter(item__in=beside, invoice__status=InvoiceStatus.DRAFT)
    rows = Invoice.objects.filter(pk__in=lines.values("invoice")).select_for_update(of=("self",), no_key=True)
    return {row.pk: row for row in rows.select_related("company").order_by("pk")}


def balance(items: Iterable[BillingItem], locked: dict[int, Invoice], *, by: Actor) -> list[BillingItem]:
    """Settle each of these items, locked, with the one that reverses it, or that it reverses, where both are posted;
    they come off the drafts they stand on. Gives back the rows that were settled. Raises Refused("invoice_moved_on")
    where one was put on a draft meanwhile."""
    settled: dict[int, BillingItem] = {}
    for item in items:
        other = None if item.pk in settled else _counterpart(item)
        if other is not None and {item.status, other.status} == {BillingStatus.POSTED}:
            settled |= {item.pk: item, other.pk: other}
    for one in settled.values():
        one.balance()
        one.save(update_fields=["status"])
    _take_off(settled, locked, by)
    return list(settled.values())


def _counterpart(item: BillingItem) -> BillingItem | None:
    rows: QuerySet[BillingItem] = BillingItem.objects.select_for_update(of=("self",), no_key=True)
    return rows.filter(pk=item.reverses_id).first() if item.reverses_id else rows.filter(reverses=item).first()


def _take_off(settled: Collection[int], locked: dict[int, Invoice], by: Actor) -> None:
    lines = InvoiceLine.objects.filter(item__in=settled, is_current=True)
    for pk, names in _names(lines).items():
        if pk not in locked:
            raise Refused("invoice_moved_on")
        drafts.take_off(locked[pk], lines.filter(invoice=pk), names, by=by)


def _names(lines: QuerySet[InvoiceLine]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for invoice, name in lines.order_by("invoice", "position").values_list("invoice", "name"):
        found.setdefault(invoice, []).append(name)
    return found
