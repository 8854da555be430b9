"""Keeping a view of a list under a name: saved, renamed, deleted; everybody's own."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets.models import SavedView

MOST = 50


def of(by: Actor, name: str = "") -> QuerySet[SavedView]:
    """The actor's own views, of one list if it is named, by name."""
    mine = SavedView.objects.filter(member=by.membership_id)
    return (mine.filter(list=name) if name else mine).order_by("name")


@transaction.atomic
def save(list_name: str, name: str, query: str, *, by: Actor) -> SavedView:
    """Keep this view; the same name again replaces it. Raises Refused("too_many_views")."""
    assert by.membership_id is not None  # views are people's
    view = of(by, list_name).filter(name=name).first()
    if view is None:
        if of(by, list_name).count() >= MOST:
            raise Refused("too_many_views", most=MOST)
        view = SavedView(member_id=by.membership_id, list=list_name, name=name)
    view.query = query
    view.save()
    return view


@transaction.atomic
def rename(view: SavedView, name: str, *, by: Actor) -> SavedView:
    """Give a view of the actor's another name. Raises Refused("view_name_taken")."""
    view = of(by).select_for_update(of=("self",), no_key=True).get(pk=view.pk)
    view.name = name
    try:
        with transaction.atomic():
            view.save(update_fields=["name"])
    except IntegrityError:
        raise Refused("view_name_taken", name=name) from None
    return view


@transaction.atomic
def delete(view: SavedView, *, by: Actor) -> None:
    """Forget a view of the actor's."""
    of(by).filter(pk=view.pk).delete()
