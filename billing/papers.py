"""What pages show of an order, made ready: its lines with what became of them, its tickets, documents and history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from billing.labels.orders import ORDERS, PROMISES, VAT_KINDS
from billing.models import Order, OrderDocument, OrderLine, OrderTicket
from billing.planning import Planned
from billing.services import promises
from psa.journal.models import Entry
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets import timeline
from tickets.labels import STATUSES
from tickets.models import Ticket

HISTORY = 30


@dataclass(frozen=True, slots=True)
class Became:
    """A ticket of the order as its page shows it; `url_number` is empty where the reader does not see the ticket."""

    row: OrderTicket
    badge: Any
    is_seen: bool
    needs_appointment: bool


def of_order(order: Order, by: Actor) -> dict[str, Any]:
    """Everything on an order's page. The number of statements does not grow with the lines."""
    lines = list(OrderLine.objects.filter(order=order).select_related("article", "packaging"))
    entries = Entry.objects.filter(subject_type="order", subject_id=order.pk).order_by("-pk")[:HISTORY]
    return {
        "order": order,
        "badge": ORDERS.badge(order.status),
        "lines": [(line, VAT_KINDS.text(line.vat_kind)) for line in lines],
        "total": sum((line.amount for line in lines), Decimal(0)),
        "delivered": sum(line.delivered >= line.quantity for line in lines),
        "invoiced": sum(line.invoiced >= line.quantity for line in lines),
        "tickets": became(order, lines, by),
        "threads": [(one, PROMISES.badge(one.now.change, True)) for one in promises.of(order.pk)],
        "documents": list(documents_of(order).order_by("pk")),
        "history": [(timeline.told(one.kind, one.data) or one.kind, one) for one in entries],
    }


def became(order: Order, lines: Sequence[OrderLine], by: Actor) -> list[Became]:
    """The tickets an order became, the base installation first."""
    rows = list(OrderTicket.objects.filter(order=order).select_related("ticket").order_by("-is_base", "pk"))
    if not rows:
        return []
    seen = set(
        Ticket.objects.visible_to(by).filter(pk__in=[row.ticket_id for row in rows]).values_list("pk", flat=True)
    )
    needing = {str(line.key) for line in lines if line.needs_appointment}
    return [
        Became(row, STATUSES.badge(row.ticket.status), row.ticket_id in seen, bool(needing & set(row.lines)))
        for row in rows
    ]


def documents_of(order: Order) -> QuerySet[OrderDocument]:
    """The documents of an order its reader may see, with their files."""
    return OrderDocument.objects.filter(order=order).select_related("file", "order")


def lines_of_plan(order: Order, planned: Sequence[Planned]) -> dict[str, list[OrderLine]]:
    """The lines each ticket of the plan is made for, by the plan's codes."""
    by_key = {line.key: line for line in OrderLine.objects.filter(order=order)}
    return {one.code: [by_key[key] for key in one.lines if key in by_key] for one in planned}


def now_beside(order: Order | None, refused: Refused, form: Any) -> dict[str, Any] | None:
    """The order as it is now, beside what was typed, where somebody was faster; saving again then means it."""
    if order is None or refused.code != "order_changed_meanwhile":
        return None
    now = Order.objects.select_related("company", "contact", "location", "owner").get(pk=order.pk)
    form.data = form.data.copy()
    form.data["version"] = str(now.version)
    lines = list(OrderLine.objects.filter(order=now))
    return {"order": now, "lines": lines, "at": timezone.now()}
