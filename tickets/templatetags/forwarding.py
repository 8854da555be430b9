"""Where a ticket can go from its page: on to somebody else, and to its customer by mail."""

from __future__ import annotations

from typing import Any

from django import template

from psa.tenancy import plans
from tickets import guards, permissions
from tickets.models import Source, Ticket
from tickets.services import forwarding

register = template.Library()


@register.inclusion_tag("tickets/forwarding/_ways.html", takes_context=True)
def ways_on(context: Any, ticket: Ticket) -> dict[str, Any]:
    """Forwarding, writing to the customer, and who helps. One query."""
    page = context["page"]
    actor = page.actor
    helps = forwarding.helpers(ticket)
    may_assign = permissions.may(ticket, "ticket.assign", actor) and plans.opens(page.tenant, "tickets:forward")
    has_contact = ticket.source != Source.INSOURCED and ticket.contact_id is not None
    may_write = has_contact and permissions.may(ticket, "note.publish_to_customer", actor)
    return {
        "page": page,
        "ticket": ticket,
        "helpers": helps,
        "may_forward": may_assign and not guards.refusals(ticket, "ticket.assign", [], actor).get(None),
        "may_release": may_assign,
        "may_write": may_write and plans.opens(page.tenant, "tickets:write_customer"),
        "csrf_token": context.get("csrf_token"),
    }
