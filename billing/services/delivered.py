"""What went out and is on no invoice: the rows of the report *delivered, not invoiced*."""

from __future__ import annotations

from typing import Any

from django.db.models import DecimalField, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from billing.models import BillingItem, BillingStatus, DeliveryLine, DeliveryNote, DeliveryStatus
from psa.tenancy.actor import Actor

# What is settled: on an invoice, or given up.
SETTLED = (BillingStatus.INVOICED, BillingStatus.WRITTEN_OFF)


def not_invoiced(by: Actor) -> QuerySet[DeliveryLine]:
    """The chargeable lines of delivery notes that are there, that did not come back in full and that no issued invoice
    has. `left` is how much of the line stayed; `note__delivered_at` tells its age. Net, in the tenant's currency."""
    notes = DeliveryNote.objects.visible_to(by).filter(
        kind="delivery", status__in=[DeliveryStatus.DELIVERED, DeliveryStatus.SIGNED]
    )
    return left_over(DeliveryLine.objects.filter(note__in=notes))


def left_over(lines: QuerySet[DeliveryLine]) -> QuerySet[DeliveryLine]:
    """Of these the chargeable lines that stayed with the customer, `left` of each, and are on no issued invoice."""
    rows = lines.filter(is_chargeable=True).annotate(left=F("quantity") - _came_back())
    items = BillingItem.objects.filter(reverses=None, status__in=SETTLED)
    of_line = items.filter(Q(delivery_line=OuterRef("pk")) | Q(charge=OuterRef("material__charge")))
    return rows.filter(left__gt=0).exclude(Exists(of_line))


def _came_back() -> Any:
    back = DeliveryLine.objects.filter(corrects=OuterRef("pk")).exclude(note__status=DeliveryStatus.CANCELLED)
    summed = back.order_by().values("corrects").annotate(sum=Sum("quantity")).values("sum")
    field = DecimalField(max_digits=10, decimal_places=2)
    return Coalesce(Subquery(summed, output_field=field), Value(0, output_field=field))
