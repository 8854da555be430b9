"""What a ticket's page shows of goods: the rows of material in the time entry, its delivery notes and requests."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from billing.lists.goods import DELIVERY, GOODS, PAPERS
from billing.models import DeliveryNote, GoodsRequest
from psa.web import figures
from psa.web.components import PASSED_ON
from tickets import carrying, permissions
from tickets.models import Ticket

register = template.Library()
SHOWN = 10


@register.simple_tag(takes_context=True)
def may_log_material(context: Context, ticket: Ticket) -> bool:
    """Whether the reader logs material on this ticket."""
    request = context["request"]
    return not request.tenant.is_portal and permissions.may(ticket, "material.log", request.actor)


@register.simple_tag
def quantity(value: Any, unit: str = "") -> str:
    """How much of a unit, as the reader writes numbers."""
    return figures.quantity(value, unit)


@register.inclusion_tag("billing/goods/_panel.html", takes_context=True)
def goods_panel(context: Context, ticket: Ticket) -> dict[str, Any]:
    """The ticket's delivery notes, the requests that wait, and the way to the office."""
    request = context["request"]
    made = {name: context.get(name) for name in PASSED_ON} | {"ticket": ticket}
    if request.tenant.is_portal:
        return made
    notes: list[Any] = []
    if carrying.has(ticket, "delivery_notes"):
        rows = DeliveryNote.objects.visible_to(request.actor).filter(ticket=ticket).order_by("-pk")
        notes = [(one, DELIVERY.badge(one.status), PAPERS.text(one.kind)) for one in rows[:SHOWN]]
    asked: list[Any] = []
    if carrying.has(ticket, "goods_requests"):
        rows = GoodsRequest.objects.visible_to(request.actor).filter(ticket=ticket).open().order_by("pk")
        asked = [(one, GOODS.badge(one.status)) for one in rows[:SHOWN]]
    may_ask = ticket.is_open and permissions.may(ticket, "material.log", request.actor)
    return made | {"notes": notes, "asked": asked, "may_ask": may_ask, "is_shown": bool(notes or asked or may_ask)}
