"""The lead's page of an offer: terms, what they come to, what the partner will see; saved or sent."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from outsourcing import links, offers, readings
from outsourcing.forms.offers import OfferForm
from outsourcing.forms.partners import TermsForm
from outsourcing.models import Handover, HandoverStatus, LeadSide, Release
from outsourcing.services import (
    agreement,
    fees,
    keeping,
    limits,
    open_releases,
    partners,
    releases,
    ruling,
    sending,
)
from outsourcing.terms import Draft
from outsourcing.views.fetching import after, ticket_named, ticket_url
from psa.tenancy.errors import Refused
from psa.web.access import needs
from tickets import permissions
from tickets.models import Source, Ticket


@require_http_methods(["GET", "HEAD", "POST"])
@needs("outsource.send")
def offer(request: Any, number: int) -> HttpResponse:
    """Fill in, look at, save or send an offer (T1, T2). A refusal keeps what was typed; over a colleague's version both
    are shown."""
    ticket = _ours(request, number)
    gone = _gone(ticket)
    if gone is not None and request.method != "POST":
        raise gone
    items = offers.enclosable(ticket)
    form = OfferForm(ticket, items, request.POST or None, *_start(request, ticket))
    status = 200
    if request.POST.get("do") == "usual":
        chosen = request.POST.get("partner", "")
        form = OfferForm(ticket, items, None, None, chosen, {**form.typed(), **_usual_terms(chosen)})
    over: list[Any] = []
    if gone is not None:
        form.is_valid()
        form, over, status = _over(request, ticket, form, gone)
    elif form.is_bound and form.is_valid() and request.POST.get("do") in {"save", "send", "release"}:
        try:
            _keep(request, ticket, form)
            return after(request, ticket)
        except Refused as refused:
            form, over, status = _over(request, ticket, form, refused)
    context = {**_context(request, ticket, form, items), "over": over, "is_gone": gone is not None}
    return render(request, "outsourcing/offer.html", context, status=422 if form.errors and status == 200 else status)


@require_POST
@needs("outsource.send")
def preview(request: Any, number: int) -> HttpResponse:
    """What the partner will see of what is typed so far, and what it comes to; nothing once the offer is out."""
    ticket = _ours(request, number)
    if _gone(ticket) is not None:
        return HttpResponse(status=204)
    items = offers.enclosable(ticket)
    form = OfferForm(ticket, items, request.POST)
    form.is_valid()
    return render(request, "outsourcing/_offer_preview.html", _context(request, ticket, form, items))


def _ours(request: Any, number: int) -> Ticket:
    """The ticket, for somebody who may outsource it. Raises Denied."""
    ticket = ticket_named(request, number)
    permissions.require(ticket, "ticket.edit", request.actor)
    return ticket


def _gone(ticket: Ticket) -> Refused | None:
    """Why it cannot be offered now, None where it can."""
    try:
        _require_open(ticket)
    except Refused as refused:
        return refused
    return None


def _require_open(ticket: Ticket) -> None:
    if ticket.source == Source.INSOURCED:
        raise Refused("insourced_ticket_is_not_passed_on")
    if not ticket.is_open:
        raise Refused("ticket_is_resolved")
    link = links.active(ticket)
    if link is not None and link.handover.status != HandoverStatus.UNSENT:
        raise Refused("handover_is_active", partner=link.partner)
    if referral := links.referral_of(ticket):
        raise Refused("referral_is_active", network=referral.network.name)
    ruling.not_never(ticket)


def _over(request: Any, ticket: Ticket, form: OfferForm, refused: Refused) -> tuple[OfferForm, list[Any], int]:
    """The same typing, over what stands there now; pressing the button again means it. With the differences."""
    over: list[Any] = []
    link = links.active(ticket)
    if refused.code == "draft_moved_on":
        typed = request.POST.copy()
        typed["seen"] = sending.standing(link)
        form = OfferForm(ticket, form.offerable, typed)
        form.is_valid()
    if link is not None and refused.code in {"draft_moved_on", "handover_is_active"}:
        over = form.beside(readings.draft_of(link), link.partner)
    form.refuse(refused)
    return form, over, 409


def _start(request: Any, ticket: Ticket) -> tuple[Draft | None, str, dict[str, Any]]:
    """What the form opens with: the kept draft, the terms of the handover that is to be sent again, or the default
    terms of the partner that was chosen."""
    link = links.active(ticket)
    if link is not None and isinstance(link.own, LeadSide):
        return Draft.from_json(link.own.draft), str(link.handover.partnership.key), {}
    wanted = request.GET.get("again", "")
    former = next((one for one in links.links(ticket) if str(one.handover.key) == wanted and one.is_lead), None)
    terms = readings.terms_of(former.handover) if former else None
    if former is None or terms is None:
        chosen = request.GET.get("partner", "")
        return None, chosen, _usual_terms(chosen)
    draft = Draft.of_terms(terms, former.own.bill_rate)  # type: ignore[union-attr]
    if request.GET.get("rework") and former.handover.is_ended:
        draft = draft.as_rework(str(former.handover.key))
    return draft, str(former.handover.partnership.key), {}


def _usual_terms(chosen: str) -> dict[str, Any]:
    """The default terms of the partner of this key as the form takes them, none where nothing is kept."""
    partnership = next((one for one in partners.offerable() if str(one.key) == chosen), None)
    draft = keeping.default_terms(partnership) if partnership else None
    return TermsForm.start(draft) if draft else {}


def _keep(request: Any, ticket: Ticket, form: OfferForm) -> Handover | Release:
    partnership, draft = form.cleaned_data["partner"], form.draft()
    if form.data["do"] == "release":
        asked = releases.ask_to_send(ticket, partnership, draft, by=request.actor, seen=form.written_over)
        messages.success(request, _("The release is requested. You get a mail when somebody decides."))
        return asked
    if form.is_for_sending:
        made = sending.send(ticket, partnership, draft, by=request.actor, seen=form.written_over)
        messages.success(
            request, _("The offer is out. %(partner)s has it now.") % {"partner": partnership.service_name}
        )
        return made
    made = sending.prepare(ticket, partnership, draft, by=request.actor, seen=form.written_over)
    messages.success(request, _("Saved. Nothing has reached the partner yet."))
    return made


def _reworked(ticket: Ticket, draft: Draft) -> Handover | None:
    """The handover an offer as rework refers to."""
    return next((one.handover for one in links.links(ticket) if str(one.handover.key) == draft.rework_of), None)


def _context(request: Any, ticket: Ticket, form: OfferForm, items: Any) -> dict[str, Any]:
    draft, link = form.draft(), links.active(ticket)
    return {
        "is_over_limit": not limits.suffices(draft.total, request.actor),
        "limit": request.actor.amount_limit,
        "asked": open_releases.of(link.handover).first() if link else None,
        "ticket": ticket,
        "ticket_url": ticket_url(request, ticket),
        "form": form,
        "draft": draft,
        "offer": offers.of_draft(ticket, draft, request.member, items),
        "warnings": form.warnings(),
        "fee": fees.quoted(form.chosen),
        "fee_currency": settings.OPERATOR_CURRENCY,
        "is_agreed": agreement.accepted() is not None,
        "shows_money": True,
        "has_draft": link is not None,
        "reworked": _reworked(ticket, draft),
    }
