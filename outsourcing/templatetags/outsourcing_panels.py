"""What outsourcing shows on a ticket's page: the information bar, the menu, the panel."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from outsourcing import menu, moves, readings, worklists
from outsourcing.forms import MoveForm
from outsourcing.models import HandoverStatus, Partnership, PartnershipStatus
from outsourcing.readings import Reading
from psa.web.components import PASSED_ON
from tickets import permissions
from tickets.models import Ticket

register = template.Library()
RECENT = 10


def _shared(context: Context) -> dict[str, Any]:
    return {name: context.get(name) for name in PASSED_ON}


def _title(reading: Reading) -> str:
    partner = {"partner": reading.link.partner}
    if not reading.is_lead:
        return _("Insourced from %(partner)s") % partner
    if reading.status == HandoverStatus.UNSENT:
        return _("Offer to %(partner)s, not sent") % partner
    if reading.handover.is_active:
        return _("Outsourced to %(partner)s") % partner
    return _("Was outsourced to %(partner)s") % partner


@register.inclusion_tag("outsourcing/_bar.html", takes_context=True)
def outsourcing_bar(context: Context, ticket: Ticket) -> dict[str, Any]:
    """The line of the ticket's handover: with whom, how far, until when, what is wrong, what to do now."""
    actor = context["request"].actor
    reading = readings.of(ticket, actor)
    made = {**_shared(context), "ticket": ticket, "reading": reading}
    if reading is None:
        return made
    drawn = moves.buttons(reading)
    made["buttons"] = drawn
    made["dialogs"] = [(one, MoveForm(one.move, one.move.fields(reading))) for one in drawn if not one.refusal]
    made["title"] = _title(reading)
    made["may_keep"] = _may_send(ticket, actor) if reading.is_lead else permissions.may(ticket, "ticket.edit", actor)
    made["may_repair"] = bool(actor.can("outsource.partners"))
    made["may_send"] = _may_send(ticket, actor)
    made["is_draft"] = reading.status == HandoverStatus.UNSENT
    return made


@register.inclusion_tag("outsourcing/_menu.html", takes_context=True)
def outsourcing_menu(context: Context, ticket: Ticket) -> dict[str, Any]:
    """The ticket's own Outsource menu, by status; nothing for those who may not outsource."""
    request = context["request"]
    reading = readings.of(ticket, request.actor)
    may_send = _may_send(ticket, request.actor)
    made = {**_shared(context), "ticket": ticket, "reading": reading}
    made["buttons"] = moves.buttons(reading) if reading else []
    made["may_hand_over"] = may_send and readings.may_outsource(ticket)
    made["partners"] = _recent(request) if made["may_hand_over"] and menu.is_sender(request) else []
    made["is_draft"] = may_send and reading is not None and reading.status == HandoverStatus.UNSENT
    made["former"] = reading if made["may_hand_over"] and reading and reading.is_lead else None
    made["may_see_terms"] = reading is not None and reading.may_see_terms and reading.terms is not None
    made["may_close"] = may_send and reading is not None and reading.is_lead and reading.handover.is_active
    made["is_shown"] = made["buttons"] or made["may_hand_over"] or made["may_see_terms"]
    return made


@register.inclusion_tag("outsourcing/_information.html", takes_context=True)
def insource_information(context: Context, ticket: Ticket) -> dict[str, Any]:
    """What the lead said about an insourced ticket, read-only; money with the right only."""
    reading = readings.of(ticket, context["request"].actor)
    is_shown = reading is not None and not reading.is_lead and reading.terms is not None
    made = {**_shared(context), "ticket": ticket, "reading": reading if is_shown else None}
    if is_shown and reading is not None and reading.terms is not None:
        made |= {"terms": reading.terms, "handover": reading.handover, "shows_money": reading.may_see_terms}
    return made


@register.simple_tag
def countdown(handover: Any) -> SafeString:
    """How long an offer may still be answered."""
    return worklists.countdown(handover.sent_at, handover.answer_by)


def _may_send(ticket: Ticket, actor: Any) -> bool:
    return bool(actor.can("outsource.send")) and permissions.may(ticket, "ticket.edit", actor)


def _recent(request: Any) -> list[Partnership]:
    mine = Partnership.objects.filter(lead_id=request.tenant.pk, status=PartnershipStatus.ACTIVE)
    return list(mine.order_by("-since")[:RECENT])
