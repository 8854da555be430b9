"""The saved views of any list, as the list engine shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from psa.web import lists
from tickets.services import saved_views

ICONS = {"mine": "bookmark", "team": "users", "company": "building-2"}


@dataclass(frozen=True, slots=True)
class Kept:
    """A saved view as a page shows it."""

    id: int
    name: str
    view: str
    query: str
    member_id: int | None
    queue: str | None

    @property
    def icon(self) -> str:
        """Whose it is, as an icon."""
        return ICONS["mine" if self.member_id else "team" if self.queue else "company"]


def views(request: Any, list_name: str) -> list[Kept]:
    """The saved views of a list this reader may open at this moment: own, then team's, then the company's. One query,
    once a request."""
    kept: dict[str, list[Kept]] = request.__dict__.setdefault("_saved_views", {})
    if list_name not in kept:
        found = [Kept(*row) for row in saved_views.listed(request.actor, list_name)]
        kept[list_name] = sorted(found, key=lambda one: (not one.member_id, not one.queue, one.name))
    return kept[list_name]


def of(listing: Any) -> lists.SavedViews:
    """The views of this list its reader may open, and for whom they may save it."""
    request, here = listing.request, listing.query
    slug = request.tenant.slug
    url, place = listing.list.place_url, listing.place
    return lists.SavedViews(
        [
            (
                one.name,
                f"{url(request, one.view) if url else listing.path}?{one.query}",
                (one.view, one.query) == (place, here),
            )
            for one in views(request, listing.list.saved_as)
        ],
        reverse("tickets:save_view", args=[slug]),
        reverse("tickets:saved_views", args=[slug]),
        listing.list.keeps_for(request) if listing.list.keeps_for else (),
    )


def register() -> None:
    """Keep the saved views of every list that wants them."""
    lists.keep_views(of)
