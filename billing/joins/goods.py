"""Joins material, stock, delivery notes and goods requests to the desk, the clock and the pages."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef
from django.utils.translation import gettext_lazy as _

from billing.forms import material
from billing.models import DeliveryNote, GoodsRequest
from billing.notifications import papers
from billing.refusals import goods as refusals
from billing.sentences import goods as sentences
from billing.services import (  # noqa: F401  (the guard registers itself)
    freezing,
    goods_billing,
    goods_requests,
    materials,
)
from psa.journal import journal
from psa.web import nav
from tickets import carrying, parts
from tickets.services import merging


def connect() -> None:
    """Called once, when the app starts."""
    parts.register("timeentry", material.part)
    journal.subscribe("charge.edited", materials.charge_changed)
    journal.subscribe("charge.removed", materials.charge_removed)
    journal.subscribe("timeentry.removed", materials.entry_removed)
    for move in ("returned", "sent_again", "cancelled", "finished"):
        journal.subscribe(f"handoff.{move}", goods_requests.heard)
    for kind in ("invoice.issued", "invoice.credited"):
        journal.afterwards(kind, goods_billing.on_invoiced)
    papers.connect()
    merging.follow(materials.follow)
    carrying.register("delivery_notes", lambda: DeliveryNote.objects.filter(ticket=OuterRef("pk")))
    carrying.register("goods_requests", lambda: GoodsRequest.objects.filter(ticket=OuterRef("pk")).open())
    sentences.register()
    refusals.register()
    for label, icon, url_name, capability, order in (
        (_("Delivery notes"), "truck", "billing:delivery_notes", "ticket.view", 30),
        (_("Goods requests"), "package", "billing:goods", "goods.book", 40),
        (_("Stock"), "box", "billing:stock", "order.view", 50),
    ):
        nav.register(label, icon, url_name, capability=capability, group="sales", order=order, needs=_has_a_full_desk)
    nav.count("goods-open", lambda actor: nav.capped(GoodsRequest.objects.visible_to(actor).open()))


def _has_a_full_desk(request: Any) -> bool:
    return not request.tenant.is_portal
