"""What outsourcing shows on a ticket's page: the information bar, the menu, the panel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template
from django.template import Context
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from outsourcing import dealings, links, menu, moves, portal, readings
from outsourcing.dashboards import cells
from outsourcing.forms.answers import MoveForm
from outsourcing.forms.partners import RuleForm
from outsourcing.labels import PERMISSIONS, REFERRALS
from outsourcing.models import (
    HandoverStatus,
    NetworkAction,
    Partnership,
    PartnershipStatus,
    ReferralStatus,
    ReleaseAction,
)
from outsourcing.readings import Reading
from outsourcing.services import limits, questions, referring, ruling
from psa.directory.models import Company
from psa.fsm import can_proceed
from psa.tenancy.errors import Refused
from psa.web import refusals
from psa.web.components import PASSED_ON
from psa.web.figures import money
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


def _releases(reading: Reading) -> list[dict[str, Any]]:
    """The requests for release that wait, and whether the reader may decide."""
    return [
        {
            "release": one,
            "title": _("%(name)s asks for a release") % {"name": one.requested_by.name},
            "text": f"{ReleaseAction(one.action).label}: {money(one.amount, one.currency)}.",
            "may_decide": limits.suffices(one.amount, reading.by),
        }
        for one in reading.releases
    ]


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
    made["unavailable_since"] = readings.unavailable_since(reading)
    made["dialogs"] = [(one, MoveForm(one.move, one.move.fields(reading))) for one in drawn if not one.refusal]
    made["title"] = _title(reading)
    made["statement_url"] = readings.statement_url(reading)
    made["releases"] = _releases(reading) if _may_send(ticket, actor) else []
    made["may_keep"] = _may_send(ticket, actor) if reading.is_lead else permissions.may(ticket, "ticket.edit", actor)
    made["may_repair"] = bool(actor.can("outsource.partners"))
    made["may_send"] = _may_send(ticket, actor)
    made["is_draft"] = reading.status == HandoverStatus.UNSENT
    made["never"] = _never(ticket) if made["may_send"] and (made["is_draft"] or reading.needs_a_partner) else ""
    made["waiting"] = dealings.waiting(reading.handover, reading.link.side)
    made["may_deal"] = dealings.may_deal(reading.handover, ticket, actor)
    made["may_ask"] = not questions.missing(reading.handover, ticket, actor)
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
    made["is_draft"] = may_send and reading is not None and reading.status == HandoverStatus.UNSENT
    made["never"] = _never(ticket) if made["may_hand_over"] or made["is_draft"] else ""
    is_open = made["may_hand_over"] and not made["never"]
    made["networks"] = referring.networks_in_use() if is_open and menu.is_sender(request) else []
    made["partners"] = _recent(request) if is_open and menu.is_sender(request) else []
    made["former"] = _former(ticket, request.actor) if is_open else None
    made["steps"] = dealings.steps(reading.handover, ticket, request.actor) if reading else []
    made["may_see_terms"] = reading is not None and reading.may_see_terms and reading.terms is not None
    closable = can_proceed(ticket.close) or can_proceed(ticket.accept)
    made["may_close"] = may_send and closable and reading is not None and reading.is_lead and reading.handover.is_active
    is_ours = reading is not None and not reading.is_lead
    made["name"] = _("Notify lead partner") if is_ours else _("Outsource")
    shown = (is_ours, made["buttons"], made["may_hand_over"], made["may_see_terms"], made["steps"])
    made["is_shown"] = any(shown)
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


@register.inclusion_tag("outsourcing/_referral.html", takes_context=True)
def referral_bar(context: Context, ticket: Ticket) -> dict[str, Any]:
    """The line of the ticket's referral: to whom it was passed on, the link to open, what to do now."""
    actor = context["request"].actor
    referral = readings.referral_of(ticket)
    made = {**_shared(context), "ticket": ticket, "referral": referral}
    if referral is not None:
        is_link = referral.status == ReferralStatus.SENT and referral.network.action == NetworkAction.LINK
        made["badge"] = REFERRALS.badge(referral.status)
        made["link"] = referral.network.address if is_link else ""
        made["may_send"] = _may_send(ticket, actor)
        made["may_see_cost"] = bool(actor.can("outsource.view_terms"))
    return made


@register.inclusion_tag("outsourcing/_rule_panel.html", takes_context=True)
def outsourcing_rule(context: Context, company: Company) -> dict[str, Any]:
    """What this customer says of outsourcing, on its page in the address book, and the form to change it."""
    actor = context["request"].actor
    may_rule = actor.can("company.manage") == "all"
    form = RuleForm(company, actor) if may_rule else None
    return {**_shared(context), "company": company, "rules": ruling.of_company(company), "form": form}


@register.inclusion_tag("outsourcing/_rule_lines.html", takes_context=True)
def rule_lines(context: Context, rules: Sequence[tuple[Any, str]]) -> dict[str, Any]:
    """Who says what, in words."""
    return {**_shared(context), "lines": [(str(subject), PERMISSIONS.badge(rule)) for subject, rule in rules]}


@register.simple_tag
def lead_time(handover: Any) -> SafeString | str:
    """The lead's reading of *complete by* in brackets, where its clock differs from ours."""
    theirs = readings.lead_time(handover)
    if theirs is None:
        return ""
    said = f"{date_format(theirs, 'SHORT_DATETIME_FORMAT', use_l10n=True)} {theirs.tzinfo}"
    return format_html('<span class="muted">({}: {})</span>', handover.lead_name, said)


@register.simple_tag(takes_context=True)
def portal_help(context: Context) -> Any:
    """What this page of the small plan is for, in a sentence or two."""
    match = context["request"].resolver_match
    return portal.HELP.get(match.view_name, "") if match else ""


@register.simple_tag
def countdown(handover: Any) -> SafeString:
    """How long an offer may still be answered."""
    return cells.countdown(handover.sent_at, handover.answer_by)


def _may_send(ticket: Ticket, actor: Any) -> bool:
    return bool(actor.can("outsource.send")) and permissions.may(ticket, "ticket.edit", actor)


def _never(ticket: Ticket) -> str:
    """Why this customer's work is never outsourced, in words; "" where it may be. Asked once a page."""
    known = ticket.__dict__
    if "_never" not in known:
        try:
            ruling.not_never(ticket)
            known["_never"] = ""
        except Refused as refused:
            known["_never"] = refusals.explain(refused)
    found: str = known["_never"]
    return found


def _former(ticket: Ticket, actor: Any) -> Reading | None:
    """The last handover that left the house, canceled ones too: it can be sent once more on the same terms."""
    sent = (one for one in links.links(ticket) if one.is_lead and one.handover.terms_version)
    link = next(sent, None)
    return Reading(ticket, link, actor) if link else None


def _recent(request: Any) -> list[Partnership]:
    mine = Partnership.objects.filter(lead_id=request.tenant.pk, status=PartnershipStatus.ACTIVE)
    return list(mine.order_by("-since")[:RECENT])
