"""A handover's page for either side: the offer to answer, the terms in force, its history; accepting and declining."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from outsourcing import dealings, moves, offers, readings, receipts, sentences
from outsourcing.forms.answers import AcceptForm, DeclineForm, SkipForm
from outsourcing.labels import statuses
from outsourcing.models import Handover, HandoverStatus, Side, Terms
from outsourcing.services import answering, mapping, sync, trouble
from outsourcing.views.fetching import after, done_before, handover_of, is_too_late, linked, ticket_url
from psa.tenancy.errors import Refused
from psa.web.access import for_members, needs
from psa.web.views import safe_next
from tickets.models import Ticket


@require_safe
@for_members
def handover(request: Any, key: Any) -> HttpResponse:
    """The page of a handover. Looking decides nothing."""
    found, ticket = handover_of(request, key)
    return render(request, "outsourcing/handover.html", _context(request, found, ticket))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("outsource.partners")
def accept(request: Any, key: Any) -> HttpResponse:
    """The new ticket an offer becomes (T5). Leaving the page leaves the offer open."""
    found, ticket = _to_answer(request, key)
    if ticket is not None:
        return HttpResponseRedirect(ticket_url(request, ticket))
    terms = readings.terms_of(found)
    assert terms is not None  # what_is_sent_has_terms_and_an_answer_by
    form = AcceptForm(found, terms, readings.setup_of(found), request.actor, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            name, values = form.cleaned_data.get("new_company", ""), form.fields_for_service()
            ticket = mapping.accept(found, form.lead_company, name, by=request.actor, **values)
            messages.success(request, _("Accepted. This is your ticket for it."))
            return HttpResponseRedirect(ticket_url(request, ticket))
        except Refused as refused:
            form.refuse(refused)
    context = {**_context(request, found, None, terms), "form": form}
    return render(request, "outsourcing/accept.html", context, status=409 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("outsource.partners")
def decline(request: Any, key: Any) -> HttpResponse:
    """No, and why (T4)."""
    found, _ticket = _to_answer(request, key)
    form, url = (
        DeclineForm(request.POST or None),
        reverse("outsourcing:handover", args=[request.tenant.slug, found.key]),
    )
    if request.method == "POST" and form.is_valid():
        try:
            answering.decline(found, form.cleaned_data["reason"], by=request.actor)
            messages.success(request, _("Declined. %(lead)s was told why.") % {"lead": found.lead_name})
            return HttpResponseRedirect(url)
        except Refused as refused:
            if answer := done_before(request, refused, form.cleaned_data["reason"], url):
                return answer
            form.refuse(refused)
    context = {**_context(request, found, None), "form": form}
    return render(request, "outsourcing/decline.html", context, status=409 if form.errors else 200)


@require_POST
@needs("outsource.partners")
def retry(request: Any, key: Any) -> HttpResponse:
    """Let a link that hangs try again now."""
    found, ticket = handover_of(request, key)
    ticket, link = linked(found, ticket)
    trouble.retry(ticket, link, by=request.actor)
    messages.success(request, _("Trying again now."))
    return after(request, ticket)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("outsource.partners")
def skip(request: Any, key: Any) -> HttpResponse:
    """Give up the item our link hangs on, with a reason both companies read."""
    found, ticket = handover_of(request, key)
    ticket, link = linked(found, ticket)
    form = SkipForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        trouble.skip(ticket, link, form.cleaned_data["reason"], by=request.actor)
        messages.success(request, _("Given up. Both companies see what was lost, and why."))
        return after(request, ticket)
    stuck = next((one for one in receipts.hanging(trouble.parked(link), request.tenant.pk) if one.is_ours), None)
    context = {"form": form, "ticket": ticket, "link": link, "ticket_url": ticket_url(request, ticket)}
    context |= {"stuck": stuck, "next": safe_next(request, "")}
    return render(request, "outsourcing/skip.html", context, status=422 if form.errors else 200)


@require_POST
@needs("ticket.view")
def keep(request: Any, key: Any, item: Any) -> HttpResponse:
    """Keep a held item on our side, or share it after all."""
    found, ticket = handover_of(request, key)
    ticket, _link = linked(found, ticket)
    sync.keep_local(ticket, item, request.POST.get("keep") == "1", by=request.actor)
    return after(request, ticket)


def _to_answer(request: Any, key: Any) -> tuple[Handover, Ticket | None]:
    found, ticket = handover_of(request, key)
    if found.side_of(request.tenant.pk) != Side.SERVICE:
        raise Refused("handover_moved_on", status=found.status)
    return found, ticket


def _context(request: Any, found: Handover, ticket: Ticket | None, terms: Terms | None = None) -> dict[str, Any]:
    side = found.side_of(request.tenant.pk)
    terms = terms or readings.terms_of(found)
    reading = readings.of_link(*linked(found, ticket), request.actor) if ticket else None
    is_offer = side == Side.SERVICE and found.status == HandoverStatus.ASSIGNED
    return {
        "handover": found,
        "side": side,
        "is_lead": side == Side.LEAD,
        "partner": found.partner_name(request.tenant.pk),
        "badge": statuses(side).badge(found.status),
        "ticket": ticket,
        "ticket_url": ticket_url(request, ticket) if ticket else "",
        "terms": terms,
        "offer": offers.of_terms(found, terms) if terms else None,
        "shows_money": bool(request.actor.can("outsource.view_terms")),
        "reading": reading,
        "buttons": moves.buttons(reading) if reading else [],
        "history": sentences.history(found, side),
        "statement_url": readings.statement_url(reading) if reading else "",
        "statement_label": _("Settlement") if found.is_ended else _("So far"),
        "fee_currency": settings.OPERATOR_CURRENCY,
        "is_offer": is_offer,
        "answered": found.status != HandoverStatus.ASSIGNED,
        "is_late": is_offer and is_too_late(found),
        **dealings.context(found, terms, ticket, request.actor),
    }
