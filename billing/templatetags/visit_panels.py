"""What a ticket's page shows of its appointments and its licences."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from billing.lists import visits as lists
from billing.models import Licence, LicenceChange
from billing.services import licences
from psa.tenancy import plans
from psa.web.components import PASSED_ON
from tickets import carrying, permissions
from tickets.models import Appointment, Ticket
from tickets.services import appointments

register = template.Library()
SHOWN = 5


def _shared(context: Context, ticket: Ticket) -> dict[str, Any]:
    return {**{name: context.get(name) for name in PASSED_ON}, "ticket": ticket}


@register.inclusion_tag("billing/visits/_panel.html", takes_context=True)
def appointments_panel(context: Context, ticket: Ticket) -> dict[str, Any]:
    """The ticket's appointments, what is still to come first, and the button that plans one."""
    made, actor = _shared(context, ticket), context["request"].actor
    if not plans.opens(context["page"].tenant, "billing:plan_appointment"):
        return made
    is_there = ticket.is_open and ticket.deleted_at is None
    made["may_plan"] = is_there and appointments.may(ticket, actor)
    if carrying.has(ticket, "appointments"):
        rows = list(Appointment.objects.filter(ticket=ticket).order_by("-starts_at")[: SHOWN + 1])
        made["more"] = len(rows) > SHOWN
        names = appointments.names_of(rows)
        made["rows"] = [
            (
                row,
                lists.span(row.starts_at, row.ends_at),
                lists.APPOINTMENT_STATES.badge(row.status, plain=True),
                names.get(row.pk, []),
            )
            for row in rows[:SHOWN]
        ]
    return made


@register.inclusion_tag("billing/licences/_panel.html", takes_context=True)
def licences_panel(context: Context, ticket: Ticket) -> dict[str, Any]:
    """The licences reported on the ticket, and at an installation the question whether there were any."""
    made, actor = _shared(context, ticket), context["request"].actor
    if not plans.opens(context["page"].tenant, "billing:licences") or not actor.can("order.view"):
        return made
    made["may_report"] = ticket.deleted_at is None and bool(actor.can(licences.CREATE))
    if carrying.has(ticket, licences.LISTED):
        rows = Licence.objects.filter(ticket=ticket).order_by("-pk")
        made["rows"] = [
            (row, LicenceChange(row.change).label, lists.LICENCE_STATES.badge(row.status, plain=True)) for row in rows
        ]
    if carrying.has(ticket, licences.ORDERED) and ticket.is_open:
        made["asks"] = licences.unanswered(ticket)
        made["may_edit"] = permissions.may(ticket, "ticket.edit", actor)
    return made
