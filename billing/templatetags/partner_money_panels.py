"""What billing shows on the pages of outsourcing: the margin, the settlement as a bill, and what the customer pays."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import template
from django.template import Context
from django.utils import timezone

from billing.forms.partners import RateForm
from billing.models import BillingStatus
from billing.services import margins, partner_billing, partner_money
from outsourcing.links import Link
from psa.web.components import PASSED_ON
from tickets.models import Ticket

register = template.Library()


def _shared(context: Context) -> dict[str, Any]:
    return {name: context.get(name) for name in PASSED_ON}


@register.inclusion_tag("billing/partners/_margin.html", takes_context=True)
def partner_margin(context: Context, link: Link) -> dict[str, Any]:
    """What is left to us of this work; for holders of the level All alone (N8)."""
    made: dict[str, Any] = {**_shared(context), "margin": None}
    if link.is_lead and context["request"].actor.can("outsource.all"):
        margin = margins.of(link)
        made |= {"margin": margin, "handover": link.handover}
        if margin is not None and margin.currency != margin.cost_currency:
            made["form"] = RateForm(margin)
    return made


@register.inclusion_tag("billing/partners/_settled.html", takes_context=True)
def settlement_bill(context: Context, link: Link) -> dict[str, Any]:
    """How far we, the service partner, have billed the settlement, and the next step."""
    made: dict[str, Any] = {**_shared(context), "statement": None}
    actor = context["request"].actor
    if link.is_lead or not actor.can("invoice.manage"):
        return made
    statement = partner_billing.statement_of(link.handover)
    if statement is None:
        return made
    items = list(partner_billing.live(link.handover.key))
    made |= {"statement": statement, "handover": link.handover, "is_posted": bool(items)}
    made["billed"] = sum((one.amount for one in items), Decimal(0))
    made["is_all"] = made["billed"] == statement.total and not any(
        one.status == BillingStatus.APPROVED for one in items
    )
    return made


@register.inclusion_tag("billing/partners/_customer_pays.html", takes_context=True)
def customer_pays(context: Context, ticket: Ticket, bill_rate: Decimal | None, currency: str) -> dict[str, Any]:
    """What the customer will be billed by for the partner's work; the partner never reads it."""
    book = partner_money.book_of_ticket(ticket)
    today = timezone.localdate()
    made = {**_shared(context), "basis": book.basis(ticket, bill_rate, today).value}
    return made | {"contract": book.contract(ticket, today), "bill_rate": bill_rate, "currency": currency}
