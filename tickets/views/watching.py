"""Watching a ticket, letting a colleague watch it, and the people who can be named on it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from psa.web import refusals, throttle
from psa.web.access import needs
from tickets import services, sight
from tickets.views import fetch
from tickets.words import fold

SHOWN = 8


@require_POST
@needs("ticket.view")
def watch(request: Any, number: int, act: str) -> HttpResponse:
    """Follow or unfollow oneself; add or remove a colleague."""
    if act not in {"follow", "unfollow", "add", "remove"}:
        raise Http404
    ticket = fetch.ticket(request, number)
    try:
        person = _person(request, act)
        change = services.watching.add if act in {"follow", "add"} else services.watching.remove
        change(ticket, person, by=request.actor)
    except Refused as refused:
        messages.warning(request, refusals.explain(refused))
    return redirect(f"{fetch.address(request, ticket)}#relations")


def _person(request: Any, act: str) -> Membership:
    """The reader, or the colleague named: a name is typed, a number comes from the list."""
    if act in {"follow", "unfollow"}:
        return request.member
    given, name = request.POST.get("member", ""), request.POST.get("name", "").strip()[:200]
    found = services.watching.colleague(given, name)
    if found is None:
        raise Refused("no_such_colleague", name=name or given[:20])
    return found


@require_safe
@needs("ticket.view")
@throttle.limited("search")
def people(request: Any, number: int) -> HttpResponse:
    """The colleagues who may see this ticket and whose name fits what is typed behind @."""
    ticket = fetch.ticket(request, number)
    asked = fold(request.GET.get("q", "")[:60].strip())
    found = [one for one in sight.who_see(ticket, sight.members()) if asked in fold(one.name)]
    return render(request, "tickets/_people.html", {"people": found[:SHOWN]})
