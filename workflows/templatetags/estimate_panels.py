"""What a ticket's and a company's page show of estimates: the button, the banner, the panel, the approvers."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from psa.fsm import can_proceed
from psa.tenancy import plans
from psa.web.components import PASSED_ON
from tickets import carrying, permissions
from tickets.models import Source, Status, Ticket
from workflows.labels import CHANGED, ESTIMATES, SAID
from workflows.models import Estimate
from workflows.services import allowance, estimates

register = template.Library()


def _shared(context: Context) -> dict[str, Any]:
    return {name: context.get(name) for name in PASSED_ON}


def _may_send(context: Context, ticket: Ticket) -> bool:
    request = context["request"]
    if ticket.source == Source.INSOURCED or not plans.opens(request.tenant, "workflows:estimate"):
        return False
    is_possible = can_proceed(ticket.estimate) or can_proceed(ticket.revise)
    return is_possible and permissions.may(ticket, "estimate.send", request.actor)


@register.inclusion_tag("workflows/estimates/_button.html", takes_context=True)
def estimate_button(context: Context, ticket: Ticket) -> dict[str, Any]:
    """Send an estimate, revise it, or record what was decided; for those who may."""
    actor = context["request"].actor
    is_out = ticket.status == Status.ESTIMATED
    may_record = is_out and permissions.may(ticket, "ticket.override", actor)
    made = {**_shared(context), "ticket": ticket, "is_out": is_out, "may_record": may_record}
    return made | {"may_send": _may_send(context, ticket)}


@register.inclusion_tag("workflows/estimates/_bar.html", takes_context=True)
def estimate_bar(context: Context, ticket: Ticket) -> dict[str, Any]:
    """How much of what may be done without asking is used, from 80 per cent on."""
    made = {**_shared(context), "ticket": ticket, "allowance": None}
    is_worked_on = ticket.is_open and ticket.status != Status.ESTIMATED and carrying.has(ticket, "time")
    if is_worked_on and (found := allowance.read(ticket)) is not None and found.is_near:
        made |= {"allowance": found, "may_send": _may_send(context, ticket)}
    return made


@register.inclusion_tag("workflows/estimates/_panel.html", takes_context=True)
def estimate_panel(context: Context, ticket: Ticket) -> dict[str, Any]:
    """The versions of the ticket's estimate, the newest in full."""
    made = {**_shared(context), "ticket": ticket, "row": None}
    if not carrying.has(ticket, "estimates"):
        return made
    rows = list(Estimate.objects.filter(ticket=ticket).order_by("-version").prefetch_related("decisions"))
    if not rows:
        return made
    row = rows[0]
    ticket.tenant = context["request"].tenant
    row.ticket = ticket
    said = [(SAID.text(one.said), one) for one in row.decisions.all()]
    return made | {
        "row": row,
        "badge": ESTIMATES.badge(row.status),
        "older": [(one, ESTIMATES.badge(one.status, True)) for one in rows[1:]],
        "said": said,
        "changes": [CHANGED[one["field"]] for one in estimates.changes(row, rows[1])] if len(rows) > 1 else [],
        "waits_for": [one.name for one in estimates.waits_for(row)] if row.is_current else [],
        "may_see_prices": bool(context["request"].actor.can("price.view")),
    }


@register.inclusion_tag("workflows/approvers/_panel.html", takes_context=True)
def approvers_panel(context: Context, company: Any) -> dict[str, Any]:
    """The ways to a company's approvers and to its rules."""
    may_rule = bool(context["request"].actor.can("rule.manage"))
    return {**_shared(context), "company": company, "may_rule": may_rule}
