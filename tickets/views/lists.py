"""The ticket list, its views and its search."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from psa.batches import batches
from psa.tenancy import plans
from psa.web import sheets, throttle
from psa.web.access import needs
from psa.web.nav import COUNTS_KEPT
from tickets import ways
from tickets.kinds import BIG, EXPORT
from tickets.lists import counts_key, counts_of, listing, may_change, saved, tabs
from tickets.models import Ticket


@require_safe
@needs("ticket.view")
def tickets(request: Any, view: str = "open") -> HttpResponseBase:
    """The tickets of one view, as this member may see them."""
    if view not in ways.views(request.actor):
        raise Http404
    return _answer(request, view)


@require_safe
@needs("ticket.view")
def search(request: Any) -> HttpResponseBase:
    """Everything that is found, closed tickets too; a ticket's own number opens it."""
    number = request.GET.get("q", "").strip().removeprefix("#")
    if number.isascii() and number.isdecimal() and len(number) <= 9 and len(request.GET) == 1:
        if Ticket.objects.visible_to(request.actor).filter(number=int(number)).exists():
            return redirect("tickets:page", request.tenant.slug, int(number))
    return _answer(request, "search")


@require_safe
@never_cache
@needs("ticket.view")
def counts(request: HttpRequest) -> HttpResponse:
    """How many each view has, up to 99+: one fragment after the page."""
    key = counts_key(request)
    if (found := cache.get(key)) is None:
        found = counts_of(request)
        cache.set(key, found, COUNTS_KEPT)
    return render(request, "tickets/_counts.html", {"counts": found})


def _answer(request: Any, code: str) -> HttpResponseBase:
    found = listing(request, code)
    if request.GET.get("format") == "csv" and plans.opens(request.tenant, "batches:page"):
        request.actor.require("export.csv")
        total = found.filtered.order_by()[: sheets.LIMIT].count()
        if total > BIG:
            throttle.spend("export", request)
            params = {"view": code, "query": found.query}
            return redirect(batches.start(EXPORT, by=request.actor, total=total, params=params))
    context = {
        "view": ways.named(code, request.actor),
        "code": code,
        "tabs": tabs(request, code, found.query),
        "saved": saved(request, found),
        "may_create": bool(request.actor.can("ticket.create")) and plans.opens(request.tenant, "tickets:new"),
        "may_change": may_change(request),
    }
    return found.answer("tickets/list.html", context)
