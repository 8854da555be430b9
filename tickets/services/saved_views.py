"""Keeping a view of a list under a name, for oneself, a team or everybody: saved, renamed, deleted.

Everybody keeps views of their own. A view for others is made, renamed and deleted by whoever may manage categories
(desk spec, "Ticket list"), a team's by one who works in that team: nobody reads the name of another team's view.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.prepared import Prepared
from tickets.models import Queue, QueueMember, SavedView

MOST = 50
FOR_OTHERS = "category.manage"


@dataclass(frozen=True, slots=True)
class Audience:
    """Whose a view is: the member's who saves it, a queue's, or everybody's."""

    queue_id: int | None = None
    is_everybodys: bool = False

    def of(self, by: Actor) -> dict[str, Any]:
        """The columns that say it."""
        is_mine = self.queue_id is None and not self.is_everybodys
        return {"member_id": by.membership_id if is_mine else None, "queue_id": self.queue_id}


MINE, EVERYBODY = Audience(), Audience(is_everybodys=True)


def of(by: Actor) -> QuerySet[SavedView]:
    """Every view the actor may open: their own, their teams', the company's."""
    return SavedView.objects.visible_to(by).order_by("name")


def listed(by: Actor, name: str) -> list[tuple[int, str, str, str, int | None, str | None]]:
    """Those of one list as values: id, name, view, query, whose, and of which queue."""
    return _LISTED(name=name, member=by.membership_id)


_LISTED: Prepared[Any] = Prepared(
    lambda name, member: (
        SavedView.objects.seen_by(member)
        .filter(list=name)
        .order_by("name")
        .values_list("pk", "name", "view", "query", "member_id", "queue__name")
    )
)


def changeable(by: Actor) -> QuerySet[SavedView]:
    """Those the actor may rename and delete."""
    found = of(by)
    return found if by.can(FOR_OTHERS) else found.filter(member=by.membership_id)


def teams(by: Actor) -> list[tuple[int, str]]:
    """The queues the actor may keep views for, by name; none without the right."""
    if not by.can(FOR_OTHERS):
        return []
    worked = QueueMember.objects.filter(member_id=by.membership_id).values("queue_id")
    return list(Queue.objects.filter(pk__in=worked).order_by("name").values_list("pk", "name"))


@transaction.atomic
def save(list_name: str, name: str, query: str, *, by: Actor, view: str = "", audience: Audience = MINE) -> SavedView:
    """Keep this view; the same name again replaces it. Raises Denied, Refused("too_many_views", "not_your_team")."""
    assert by.membership_id is not None  # views are people's
    if audience != MINE:
        by.require(FOR_OTHERS)
        if audience.queue_id and audience.queue_id not in dict(teams(by)):
            raise Refused("not_your_team")
    whose = audience.of(by)
    same = SavedView.objects.filter(list=list_name, **whose)
    if not same.filter(name=name).exists():
        if same.count() >= MOST:
            raise Refused("too_many_views", most=MOST)
        try:
            with transaction.atomic():
                return SavedView.objects.create(list=list_name, name=name, view=view, query=query, **whose)
        except IntegrityError:
            pass  # saved twice at the same moment: the later one counts
    found: SavedView = same.get(name=name)
    found.view, found.query = view, query
    found.save(update_fields=["view", "query"])
    return found


@transaction.atomic
def rename(view: SavedView, name: str, *, by: Actor) -> SavedView:
    """Give a view another name. Raises Denied, Refused("view_name_taken")."""
    view = _locked(view, by)
    view.name = name
    try:
        with transaction.atomic():
            view.save(update_fields=["name"])
    except IntegrityError:
        raise Refused("view_name_taken", name=name) from None
    return view


@transaction.atomic
def delete(view: SavedView, *, by: Actor) -> None:
    """Forget a view. Raises Denied."""
    _locked(view, by).delete()


def _locked(view: SavedView, by: Actor) -> SavedView:
    locked: SavedView = of(by).select_for_update(of=("self",), no_key=True).get(pk=view.pk)
    if not locked.is_personal:
        by.require(FOR_OTHERS)
    return locked
