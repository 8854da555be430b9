"""The tickets of a view as a board and as a week: the same filters, the same saved views."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from psa.web.access import needs
from tickets import ways
from tickets.boards import Agenda, Board
from tickets.lists import address, listing, saved, tabs


@require_safe
@needs("ticket.view")
def board(request: Any, view: str = "open") -> HttpResponseBase:
    """A column for each status; a card is moved by its menu, or drawn to another column."""
    found = _opened(request, view, "board")
    shown = Board(found, reverse("tickets:list", args=[request.tenant.slug]), bool(request.actor.can("ticket.edit")))
    return _answer(request, found, "board", {"board": shown})


@require_safe
@needs("ticket.view")
def agenda(request: Any, view: str = "open") -> HttpResponseBase:
    """What is overdue, then a column for each day of a week."""
    found = _opened(request, view, "agenda")
    base, may_move = reverse("tickets:list", args=[request.tenant.slug]), bool(request.actor.can("ticket.edit"))
    shown = Agenda(found, base, may_move, _day(request.GET.get("day", "")), request.tenant.week_starts)
    turns = {
        name: found.url(day=(shown.first + timedelta(days=days)).isoformat())
        for name, days in (("before", -7), ("after", 7))
    }
    return _answer(request, found, "agenda", {"board": shown, "turns": turns, "now_url": found.url()})


def _opened(request: Any, view: str, shape: str) -> Any:
    if view not in ways.views(request.actor):
        raise Http404
    return listing(request, view, shape)


def _answer(request: Any, found: Any, shape: str, context: dict[str, Any]) -> HttpResponseBase:
    context |= {
        "view": ways.named(found.place, request.actor),
        "code": found.place,
        "tabs": tabs(request, found.place, found.query, shape),
        "saved": saved(request, found, shape),
        "all_url": address(request, found.place),
    }
    return found.answer("tickets/board.html", context)


def _day(text: str) -> date:
    """The day that is asked for, today where it is none."""
    try:
        found = date.fromisoformat(text[:10])
    except ValueError:
        return timezone.localdate()
    return found if 1970 <= found.year <= 2200 else timezone.localdate()
