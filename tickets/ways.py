"""The ways to look at the tickets that are always there: mine, my queues, overdue, and what the apps above add."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from psa.tenancy.actor import Actor
from tickets import columns
from tickets.labels import STATUSES
from tickets.models import QueueMember, Ticket
from tickets.services import forwarding


@dataclass(frozen=True, slots=True)
class View:
    """One of the ways to look at the tickets: the rows it shows of those the member may see, and its first order."""

    label: Any
    icon: str
    rows: Callable[[Any, Actor], QuerySet]
    sort: str = "deadline"
    is_counted: bool = True


def _my_queues(rows: QuerySet, actor: Actor) -> QuerySet:
    worked = QueueMember.objects.filter(member_id=actor.membership_id).values("queue_id")
    return rows.filter(is_open=True, queue_id__in=worked)


def _mine(rows: QuerySet, actor: Actor) -> QuerySet:
    """Those one is the assignee of, and those one helps on: named by id, so that an index finds either."""
    mine = Q(assignee_id=actor.membership_id)
    if helped := forwarding.helped_by(actor.membership_id):
        mine |= Q(pk__in=helped)
    return rows.filter(mine, is_open=True)


def _waiting(rows: QuerySet, actor: Actor) -> QuerySet:
    return rows.filter(is_open=True, status__in=STATUSES.of_group("customer"))


def _overdue(rows: QuerySet, actor: Actor) -> QuerySet:
    return rows.filter(is_open=True, next_deadline__lt=timezone.now())


_VIEWS: dict[str, View] = {
    "open": View(_("All open"), "inbox", lambda rows, actor: rows.filter(is_open=True)),
    "mine": View(_("Mine"), "circle-user", _mine),
    "queues": View(_("My queues"), "users", _my_queues),
    "unassigned": View(_("Unassigned"), "user-plus", lambda rows, actor: rows.filter(is_open=True, assignee=None)),
    "overdue": View(_("Overdue"), "circle-alert", _overdue),
    "waiting": View(_("Waiting for customer"), "hourglass", _waiting),
}  # fmt: skip
_CLOSED = View(
    _("Closed"), "circle-check", lambda rows, actor: rows.filter(is_open=False), sort="updated", is_counted=False
)
_SEARCH = View(_("All tickets"), "ticket", lambda rows, actor: rows, sort="updated", is_counted=False)


def views(actor: Actor) -> dict[str, View]:
    """The views this member is offered, in their order; those of the apps above stand before the closed ones."""
    extra = {one.code: View(one.label, one.icon, one.rows) for one in columns.views() if one.is_for(actor)}
    return _VIEWS | extra | {"closed": _CLOSED}


def named(code: str, actor: Actor) -> View | None:
    """A view by its code, the search among them; None where there is none for this member."""
    return _SEARCH if code == "search" else views(actor).get(code)


def rows(code: str, actor: Actor) -> QuerySet:
    """The tickets of a view, of those the member may see at this moment."""
    view = named(code, actor)
    assert view is not None
    return view.rows(Ticket.objects.visible_to(actor), actor)
