"""What the life of a request shows on a ticket's page: what waits for a decision, the review, what comes next."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from psa.mail.models import DELIVERY_LOOKS, DeliveryState
from psa.tenancy import plans
from psa.web import refusals
from psa.web.components import PASSED_ON
from psa.web.labels import Label, Table
from tickets import carrying, permissions
from tickets.models import DispatcherTask, Source, Status, Ticket
from tickets.models.status import IN_REVIEW
from workflows.services import customer_words, reviews, settling

register = template.Library()
DELIVERIES = Table({code.value: Label(code.label, *DELIVERY_LOOKS[code]) for code in DeliveryState})
BILLED_WITHOUT_REVIEW = (
    Status.OPEN, Status.IN_PROGRESS, Status.WAITING_CLARIFICATION, Status.REOPENED_DEFECT, Status.REOPENED_OBJECTION,
    Status.REOPENED_DEPLOY_REQUEST,
)  # fmt: skip


def _shared(context: Context, ticket: Ticket) -> dict[str, Any]:
    return {**{name: context.get(name) for name in PASSED_ON}, "ticket": ticket}


@register.inclusion_tag("workflows/reviews/_decisions.html", takes_context=True)
def decisions_bar(context: Context, ticket: Ticket) -> dict[str, Any]:
    """What of this ticket waits for a dispatcher, and the button that settles it."""
    made = _shared(context, ticket)
    if carrying.has(ticket, "decisions"):
        rows = DispatcherTask.objects.filter(ticket=ticket).open().order_by("raised_at")
        made["tasks"] = [(one, refusals.sentence(one.code, one.params)) for one in rows]
        made["may_settle"] = permissions.may(ticket, "ticket.override", context["request"].actor)
    return made


@register.inclusion_tag("workflows/reviews/_panel.html", takes_context=True)
def review_panel(context: Context, ticket: Ticket) -> dict[str, Any]:
    """The review a ticket is in: until when, who was told, what stands in the way."""
    made, actor = _shared(context, ticket), context["request"].actor
    if ticket.status in IN_REVIEW and plans.opens(context["page"].tenant, "workflows:pause"):
        made["facts"] = facts = reviews.facts(ticket)
        made["told"] = [(one, DELIVERIES.badge(one.state, True)) for one in facts.told] if facts else []
        made["may_edit"] = permissions.may(ticket, "ticket.edit", actor)
        made["may_override"] = permissions.may(ticket, "ticket.override", actor)
    return made


@register.inclusion_tag("workflows/reviews/_next.html", takes_context=True)
def next_steps(context: Context, ticket: Ticket) -> dict[str, Any]:
    """What is left of a request that waits for its bill, is over, or was somebody else's."""
    made, actor = _shared(context, ticket), context["request"].actor
    if not plans.opens(context["page"].tenant, "workflows:ask_again") or ticket.merged_into_id or ticket.deleted_at:
        return made
    may_edit = permissions.may(ticket, "ticket.edit", actor)
    made["may_ask_again"] = ticket.status in (Status.INVOICE, Status.CANCELLED) and may_edit
    is_ours = ticket.source == Source.INSOURCED and ticket.status in BILLED_WITHOUT_REVIEW and may_edit
    made["may_bill"] = is_ours and settling.ended(ticket) is not None and settling.is_free(ticket)
    return made


@register.inclusion_tag("workflows/access/_sight.html", takes_context=True)
def portal_sight(context: Context, ticket: Ticket) -> dict[str, Any]:
    """Who at the customer's reads the request in the portal, and the way to change it."""
    made, actor = _shared(context, ticket), context["request"].actor
    is_theirs = ticket.source != Source.INSOURCED and ticket.contact_id is not None and ticket.merged_into_id is None
    made["shows"] = is_theirs and plans.opens(context["page"].tenant, "workflows:share")
    if made["shows"]:
        made["is_shared"] = carrying.has(ticket, "shared") and customer_words.is_shared(ticket)
        made["may_edit"] = ticket.deleted_at is None and permissions.may(ticket, "ticket.edit", actor)
    return made
