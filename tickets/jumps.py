"""Tickets in the palette: those with these words or this number, and the stopwatch on one of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from psa.tenancy import plans
from psa.web import palette
from psa.web.palette import Group, Hit
from tickets import permissions
from tickets.labels import STATUSES
from tickets.models import Ticket
from tickets.services import searching

# A short word alone would find half the desk.
SHORTEST = 2
# Of the first so many hits a stopwatch is offered.
RUN = 2


def tickets(request: Any, words: str) -> Iterable[Group]:
    """The reader's tickets: what was found, the latest first; before anything is typed, their own latest."""
    actor, slug = request.actor, request.tenant.slug
    rows = Ticket.objects.visible_to(actor).select_related("company").order_by("-last_activity", "-pk")
    if not words:
        rows = rows.filter(is_open=True, assignee_id=actor.membership_id)
    elif len(words) < SHORTEST and not words.isdecimal():
        return
    else:
        rows = searching.find(rows, words)
    found = list(rows[: palette.MOST])
    exact = [one for one in found if str(one.number) == words.removeprefix("#")]
    found = [*exact, *(one for one in found if one not in exact)]
    yield Group(
        _("Tickets"),
        tuple(
            Hit(
                f"{one.number} {one.title}",
                reverse("tickets:page", args=[slug, one.number]),
                "ticket",
                f"{one.company.name} · {STATUSES.text(one.status)}",
            )
            for one in found
        ),
    )
    if not plans.opens(request.tenant, "tickets:start_stopwatch"):
        return
    ready = [one for one in found[:RUN] if one.is_open and permissions.may(one, "time.log", actor)]
    yield Group(
        _("Stopwatch"),
        tuple(
            Hit(
                _("Start stopwatch on %(number)s") % {"number": one.number},
                reverse("tickets:start_stopwatch", args=[slug, one.number]),
                "timer",
                one.title,
                is_post=True,
            )
            for one in ready
        ),
    )


def register() -> None:
    """Offer them."""
    palette.source(tickets)
