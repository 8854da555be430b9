"""The ticket list, its views and its search."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from psa.batches import batches
from psa.tenancy import plans
from psa.web import sheets
from psa.web.access import needs
from psa.web.nav import capped, shown
from tickets.kinds import BIG, EXPORT
from tickets.lists import VIEWS, VIEWS_AND_SEARCH, address, listing, may_change
from tickets.models import Ticket


@require_safe
@needs("ticket.view")
def tickets(request: HttpRequest, view: str = "open") -> HttpResponseBase:
    """The tickets of one view, as this member may see them."""
    if view not in VIEWS:
        raise Http404
    return _answer(request, view)


@require_safe
@needs("ticket.view")
def search(request: Any) -> HttpResponseBase:
    """Everything that is found, closed tickets too; a ticket's own number opens it."""
    number = request.GET.get("q", "").strip().removeprefix("#")
    if number.isdecimal() and len(number) <= 9 and len(request.GET) == 1:
        if Ticket.objects.visible_to(request.actor).filter(number=int(number)).exists():
            return redirect("tickets:page", request.tenant.slug, int(number))
    return _answer(request, "search")


@require_safe
@never_cache
@needs("ticket.view")
def counts(request: Any) -> HttpResponse:
    """How many each view has, up to 99+: one fragment after the page."""
    rows = Ticket.objects.visible_to(request.actor)
    found = {code: shown(capped(view.rows(rows, request.actor))) for code, view in VIEWS.items() if code != "closed"}
    return render(request, "tickets/_counts.html", {"counts": found})


def _answer(request: Any, code: str) -> HttpResponseBase:
    found = listing(request, code)
    if request.GET.get("format") == "csv" and plans.opens(request.tenant, "batches:page"):
        request.actor.require("export.csv")
        total = found.filtered.order_by()[: sheets.LIMIT].count()
        if total > BIG:
            params = {"view": code, "query": found.query}
            return redirect(batches.start(EXPORT, by=request.actor, total=total, params=params))
    context = {
        "view": VIEWS_AND_SEARCH[code],
        "code": code,
        "tabs": [(key, one, address(request, key), key == code) for key, one in VIEWS.items()],
        "may_create": bool(request.actor.can("ticket.create")) and plans.opens(request.tenant, "tickets:new"),
        "may_change": may_change(request),
    }
    return found.answer("tickets/list.html", context)
