"""A request for release: what is asked, for how much, by whom; given, refused or withdrawn."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from outsourcing import dealings, links, offers, readings
from outsourcing.forms.answers import RefuseReleaseForm
from outsourcing.labels import RELEASES
from outsourcing.models import Release, ReleaseAction
from outsourcing.services import limits, releases
from outsourcing.terms import Draft
from outsourcing.views.fetching import after, ticket_url
from psa.tenancy.errors import Refused
from psa.web import refusals
from psa.web.access import needs
from psa.web.views import safe_next
from tickets import permissions
from tickets.models import Ticket


@require_safe
@needs("outsource.send")
def release(request: Any, pk: int) -> HttpResponse:
    """The request with the terms it is about. Looking decides nothing."""
    found, ticket = _named(request, pk)
    return render(request, "outsourcing/release.html", _context(request, found, ticket, RefuseReleaseForm()))


@require_POST
@needs("outsource.send")
def give(request: Any, pk: int) -> HttpResponse:
    """Do what was asked for. A refusal is shown on the request's page."""
    found, ticket = _named(request, pk)
    permissions.require(ticket, "ticket.edit", request.actor)
    try:
        releases.give(found, by=request.actor)
    except Refused as refused:
        found, ticket = _named(request, pk)
        context = {**_context(request, found, ticket, RefuseReleaseForm()), "refused": refusals.explain(refused)}
        return render(request, "outsourcing/release.html", context, status=409)
    messages.success(request, _("Released. It is done, and %(name)s was told.") % {"name": found.requested_by})
    return after(request, ticket)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("outsource.send")
def refuse(request: Any, pk: int) -> HttpResponse:
    """No, and why."""
    found, ticket = _named(request, pk)
    permissions.require(ticket, "ticket.edit", request.actor)
    form = RefuseReleaseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            releases.refuse(found, form.cleaned_data["reason"], by=request.actor)
            messages.success(request, _("Refused. %(name)s was told why.") % {"name": found.requested_by})
            return after(request, ticket)
        except Refused as refused:
            form.refuse(refused)
            found, ticket = _named(request, pk)
    context = {**_context(request, found, ticket, form), "asks_reason": True}
    return render(request, "outsourcing/release.html", context, status=409 if form.errors else 200)


@require_POST
@needs("outsource.send")
def withdraw(request: Any, pk: int) -> HttpResponse:
    """Take the request back."""
    found, ticket = _named(request, pk)
    releases.withdraw(found, by=request.actor)
    messages.success(request, _("The request was withdrawn."))
    return after(request, ticket)


def _named(request: Any, pk: int) -> tuple[Release, Ticket]:
    try:
        return readings.release_named(pk, request.actor)
    except Release.DoesNotExist:
        raise Http404 from None


def _context(request: Any, found: Release, ticket: Ticket, form: RefuseReleaseForm) -> dict[str, Any]:
    link = next(one for one in links.links(ticket) if one.handover.pk == found.handover_id)
    terms = readings.terms_of(link.handover)
    if terms:
        offer = offers.of_terms(link.handover, terms)
    else:
        draft = Draft.from_json(link.lead_side.draft)
        offer = offers.of_draft(ticket, draft, found.requested_by, offers.enclosable(ticket))
    may = permissions.may(ticket, "ticket.edit", request.actor)
    return {
        "release": found,
        "action": ReleaseAction(found.action).label,
        "badge": RELEASES.badge(found.status),
        "ticket": ticket,
        "ticket_url": ticket_url(request, ticket),
        "link": link,
        "offer": offer,
        "changed": dealings.compared(found, terms, found.currency) if found.is_open and terms else [],
        "form": form,
        "next": safe_next(request, ""),
        "may_decide": found.is_open and may and limits.suffices(found.amount, request.actor),
        "may_withdraw": found.is_open and may,
        "deciders": limits.who_may(ticket, found.amount, but=found.requested_by_id) if found.is_open else [],
        "limit": request.actor.amount_limit,
    }
