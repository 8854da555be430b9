"""What a ticket's page shows of its order and of what was handed over: the same knowledge as the customer."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from billing.labels.orders import ORDERS
from billing.models import OrderDocument, OrderLine, OrderTicket
from billing.services import promises
from psa.tenancy import plans
from psa.web.components import PASSED_ON
from tickets import carrying
from tickets.labels import HAND_OFF_KINDS, HAND_OFFS
from tickets.models import HandOff, Ticket

register = template.Library()
HAND_OFFS_SHOWN = 10


def _shared(context: Context, ticket: Ticket) -> dict[str, Any]:
    return {**{name: context.get(name) for name in PASSED_ON}, "ticket": ticket}


@register.inclusion_tag("billing/orders/_panel.html", takes_context=True)
def order_panel(context: Context, ticket: Ticket) -> dict[str, Any]:
    """What was ordered, what the technician must know, and what was promised; nothing of it is changed here."""
    made = _shared(context, ticket)
    actor = context["request"].actor
    if not carrying.has(ticket, "order") or not plans.opens(context["page"].tenant, "billing:order"):
        return made
    row = OrderTicket.objects.filter(ticket=ticket).select_related("order").first()
    if row is None or not actor.can("order.view"):
        return made
    lines = [line for line in OrderLine.objects.filter(order=row.order_id) if str(line.key) in row.lines]
    threads = promises.of(row.order_id)
    base = None
    if not row.is_base:
        base = OrderTicket.objects.filter(order=row.order_id, is_base=True).select_related("ticket").first()
    return made | {
        "row": row,
        "order": row.order,
        "badge": ORDERS.badge(row.order.status),
        "lines": lines,
        "needs_appointment": any(line.needs_appointment for line in lines),
        "threads": threads,
        "base": base,
        "document": OrderDocument.objects.filter(order=row.order_id, is_the_order=True).select_related("file").first(),
    }


@register.inclusion_tag("billing/hand_offs/_panel.html", takes_context=True)
def hand_off_panel(context: Context, ticket: Ticket) -> dict[str, Any]:
    """What was handed to another role about this ticket, the newest first."""
    made = _shared(context, ticket)
    if not carrying.has(ticket, "hand_offs") or not plans.opens(context["page"].tenant, "billing:hand_off"):
        return made
    actor = context["request"].actor
    rows = HandOff.objects.filter(ticket=ticket).select_related("taken_by").order_by("-pk")[:HAND_OFFS_SHOWN]
    seen = set(HandOff.objects.visible_to(actor).filter(ticket=ticket).values_list("pk", flat=True))
    made["rows"] = [
        (row, HAND_OFF_KINDS.badge(row.kind, True), HAND_OFFS.badge(row.status, True), row.pk in seen) for row in rows
    ]
    return made


@register.inclusion_tag("billing/hand_offs/_button.html", takes_context=True)
def hand_off_button(context: Context, ticket: Ticket) -> dict[str, Any]:
    """The way to sales, for a wish that is not this ticket's work."""
    made = _shared(context, ticket)
    may = bool(context["request"].actor.can("order.view")) and ticket.is_open
    return made | {"may_hand": may and plans.opens(context["page"].tenant, "billing:hand_to_sales")}
