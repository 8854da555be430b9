"""What a ticket's page shows of its order and of what was handed over – the same knowledge as the customer –, and what
an order's page shows of what became of it."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from billing.labels.orders import ORDERS
from billing.lists.goods import DELIVERY
from billing.lists.invoices import standing
from billing.models import BillingItem, DeliveryNote, Order, OrderDocument, OrderLine, OrderTicket
from billing.services import goods_billing, promises, returned_billing, showing
from billing.services.delivery_lines import DELIVERABLE
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


@register.inclusion_tag("billing/orders/_deliveries.html", takes_context=True)
def deliveries_panel(context: Context, order: Order) -> dict[str, Any]:
    """What went out of an order, and the way to what is still to go."""
    made = {name: context.get(name) for name in PASSED_ON} | {"order": order}
    actor = context["request"].actor
    rows = list(DeliveryNote.objects.visible_to(actor).filter(order=order).order_by("pk"))
    made["notes"] = [(row, DELIVERY.badge(row.status, plain=True)) for row in rows]
    may = actor.can("delivery.prepare") == "all" and order.status in DELIVERABLE
    return made | {"may_open": may and not any(row.is_draft for row in rows)}


@register.inclusion_tag("billing/invoices/_panel.html", takes_context=True)
def invoices_panel(context: Context, thing: Order | DeliveryNote) -> dict[str, Any]:
    """The invoices on which something of an order or of a delivery note stands."""
    made = {name: context.get(name) for name in PASSED_ON}
    if isinstance(thing, Order):
        items = BillingItem.objects.filter(order_line__order=thing)
    else:
        billed = returned_billing if thing.is_return else goods_billing
        items = billed.items_of(thing)
    rows = showing.bearing(items, context["request"].actor)
    return made | {"rows": [(row, standing(row, plain=True)) for row in rows]}


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


@register.inclusion_tag("billing/goods/_credit.html", takes_context=True)
def credit_panel(context: Context, note: DeliveryNote) -> dict[str, Any]:
    """What billing was told of a return note, and how far it is."""
    made = {name: context.get(name) for name in PASSED_ON}
    row = returned_billing.hand_off_of(note)
    if row is None:
        return made
    sees = HandOff.objects.visible_to(context["request"].actor).filter(pk=row.pk).exists()
    return made | {"hand_off": row, "state": HAND_OFFS.badge(row.status, plain=True), "sees": sees}
