"""Orders of Nordlicht's customer, as sales enter them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from billing.models import Article, Order, OrderLine, ServiceTemplate
from billing.services import articles, confirming, orders
from psa.directory.models import Company
from psa.tenancy.actor import Actor
from tickets.models import ChecklistTemplate
from tickets.services import checklist_templates


def line(name: str = "Switch 48 ports", quantity: str = "2", **more: Any) -> orders.LineDraft:
    """A line as it was typed."""
    return orders.LineDraft(name=name, quantity=Decimal(quantity), **{"unit_price": Decimal("90.00"), **more})


def draft(company: Company, *lines: orders.LineDraft, **more: Any) -> orders.Draft:
    """An order as it was typed."""
    start = {"title": "Network for the new office", "company": company, "ordered_on": date(2026, 3, 2)}
    return orders.Draft(**{**start, "lines": lines or (line(),), **more})


def again(order: Order, *lines: orders.LineDraft, **more: Any) -> orders.Draft:
    """The order as its form shows it, with these lines if any."""
    kept = lines or tuple(
        orders.LineDraft(
            one.name,
            one.quantity,
            key=one.key,
            article=one.article,
            packaging=one.packaging,
            unit=one.unit,
            unit_price=one.unit_price,
            vat_kind=one.vat_kind,
            text=one.text,
            is_installable=one.is_installable,
            needs_appointment=one.needs_appointment,
        )
        for one in OrderLine.objects.filter(order=order.pk).order_by("position")
    )
    names = (
        "title",
        "company",
        "ordered_on",
        "contact",
        "location",
        "owner",
        "wanted_on",
        "customer_reference",
        "note",
    )
    return replace(orders.Draft(**{name: getattr(order, name) for name in names}, lines=kept), **more)


def checklist(by: Actor, name: str = "Installation") -> ChecklistTemplate:
    """A checklist of two items."""
    items = [checklist_templates.ItemDraft("Label it"), checklist_templates.ItemDraft("Test it")]
    return checklist_templates.save(None, name, {}, items, by=by)


def service(by: Actor, name: str, *lists: ChecklistTemplate, **more: Any) -> ServiceTemplate:
    """A service template with its checklists."""
    return articles.add_service({"name": name, "title": name, **more}, lists, by=by)


def article(by: Actor, number: str, **more: Any) -> Article:
    """An article that costs 90 each."""
    return articles.add({"number": number, "name": f"Article {number}", "price": Decimal(90), **more}, by=by)


def nothing_beyond(order: Order) -> dict[str, confirming.Said]:
    """Nothing to know, for every ticket of the plan."""
    return {one.code: confirming.Said(nothing_beyond=True) for one in confirming.plan(order)}


def confirmed(order: Order, by: Actor) -> list[Any]:
    """The order's tickets, made as the plan proposes them."""
    planned = confirming.plan(order)
    base = next(one.code for one in planned if one.is_base)
    return confirming.confirm(order, nothing_beyond(order), base=base, version=order.version, by=by)
