"""The saved views of any list, as the list engine shows them."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from psa.web import lists
from tickets.services import saved_views


def of(listing: Any) -> lists.SavedViews:
    """The reader's own views of this list, one query."""
    request, here = listing.request, listing.query
    slug = request.tenant.slug
    found = saved_views.of(request.actor, listing.list.saved_as).values_list("name", "query")
    return lists.SavedViews(
        [(name, f"{listing.path}?{query}", query == here) for name, query in found],
        reverse("tickets:save_view", args=[slug]),
        reverse("tickets:saved_views", args=[slug]),
    )


def register() -> None:
    """Keep the saved views of every list that wants them."""
    lists.keep_views(of)
