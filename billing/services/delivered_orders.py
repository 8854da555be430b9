"""What an order hears of its delivery notes: how much of each line went out, and how far that brings the order."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from billing.models import DeliveryLine, DeliveryNote, Order, OrderLine, OrderStatus
from billing.services import delivery_lines
from billing.services.delivery_locks import locked_order
from psa.journal import journal
from psa.tenancy.actor import Actor


def count_on_order(row: DeliveryNote, by: Actor, sign: int = 1) -> None:
    """Count the lines of a note that went out (or, with `sign` -1, came back) on the lines of their order, which is
    locked, and move the order to where that brings it."""
    lines = list(DeliveryLine.objects.filter(note=row, order_line__isnull=False))
    if not lines:
        return
    back = delivery_lines.returned([line.pk for line in lines]) if sign > 0 else {}
    ordered = OrderLine.objects.in_bulk({line.order_line_id for line in lines})
    for line in lines:
        there = ordered[line.order_line_id]
        there.delivered += sign * (line.quantity - back.get(line.pk, Decimal(0)))
    for there in ordered.values():
        there.save(update_fields=["delivered"])
    for pk in sorted({one.order_id for one in ordered.values()}):
        _follow(locked_order(pk), list(OrderLine.objects.filter(order=pk)), by)


def _follow(order: Order, lines: Sequence[OrderLine], by: Actor) -> None:
    """Move the order to what its lines say; one that is invoiced waits for its credit note."""
    before = order.status
    if before not in {OrderStatus.CONFIRMED, OrderStatus.PARTLY_DELIVERED, OrderStatus.DELIVERED}:
        return
    if all(line.delivered >= line.quantity for line in lines):
        wanted = OrderStatus.DELIVERED
    else:
        some = any(line.delivered > 0 for line in lines)
        wanted = OrderStatus.PARTLY_DELIVERED if some else OrderStatus.CONFIRMED
    if wanted == before:
        return
    moves = {
        OrderStatus.DELIVERED: order.deliver,
        OrderStatus.PARTLY_DELIVERED: order.take_part_back if before == OrderStatus.DELIVERED else order.deliver_part,
        OrderStatus.CONFIRMED: order.take_back,
    }
    moves[wanted]()
    order.version += 1
    order.save(update_fields=["status", "version"])
    journal.record(order, "order.goods_counted", by=by, status=str(order.status), number=order.number)
