"""What billing shows on a ticket's page while the ticket waits for its bill."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from billing.services import settling
from psa.tenancy import plans
from psa.web.components import PASSED_ON
from tickets.models import Status, Ticket

register = template.Library()


@register.inclusion_tag("billing/tickets/_settle.html", takes_context=True)
def settle_panel(context: Context, ticket: Ticket) -> dict[str, Any]:
    """What of it nobody decided on yet, and the way to close it."""
    made: dict[str, Any] = {**{name: context.get(name) for name in PASSED_ON}, "ticket": ticket}
    is_here = ticket.status == Status.INVOICE and plans.opens(context["page"].tenant, "billing:settle")
    if is_here and not ticket.deleted_at and context["request"].actor.can("billing.post"):
        made |= {"may_settle": True, "found": settling.billable(ticket)}
    return made
