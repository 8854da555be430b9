"""The tabs above the pages of invoices, and a customer's billing on its own page."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from billing.documents import invoices
from billing.kinds import invoices as kinds
from psa.tenancy import plans

register = template.Library()

TABS = (
    ("waiting", _("To invoice"), "billing:to_invoice", ("invoice.view", "price.view")),
    ("all", _("All invoices"), "billing:invoices", ("invoice.view",)),
    ("overdue", _("Overdue"), "billing:overdue", ("invoice.view",)),
    ("recurring", _("Recurring"), "billing:recurring", ("invoice.manage",)),
    ("export", _("Export"), "billing:export_invoices", ("invoice.manage",)),
)


@register.simple_tag
def amount_of(line: Any) -> str:
    """How much of it, as on the paper."""
    return invoices.amount_of(line)


@register.simple_tag
def letter_name(level: int) -> str:
    """What a letter of this level is called."""
    return kinds.letter_name(level)


@register.inclusion_tag("billing/invoices/_tabs.html", takes_context=True)
def invoice_tabs(context: Any, at: str) -> dict[str, Any]:
    """The pages of invoices this reader may open."""
    request = context["request"]
    found = [
        (label, reverse(name, args=[request.tenant.slug]), code == at)
        for code, label, name, rights in TABS
        if all(request.actor.can(right) for right in rights)
    ]
    return {"tabs": found}


@register.inclusion_tag("billing/invoices/_company.html", takes_context=True)
def billing_panel(context: Any, company: Any) -> dict[str, Any]:
    """How a customer is billed and what it owes: two ways on, for who may see them."""
    request = context["request"]
    slug, found = request.tenant.slug, {}
    if plans.opens(request.tenant, "billing:statement"):
        if request.actor.can("invoice.view"):
            found["statement_url"] = reverse("billing:statement", args=[slug, company.pk])
        if request.actor.can("invoice.manage"):
            found["profile_url"] = reverse("billing:profile", args=[slug, company.pk])
            found["draw_url"] = reverse("billing:draw", args=[slug, company.pk])
    return found
