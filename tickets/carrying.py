"""What a ticket carries: whether there is anything of a kind to ask for, known with the ticket itself.

    carrying.register("watchers", lambda: Watcher.objects.filter(ticket=OuterRef("pk")))
    carrying.has(ticket, "watchers")

Most tickets have no charges, links or watchers; their page asks for none. A ticket fetched in another way may carry
everything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from tickets.models import Attachment, Charge, CoAssignee, Ticket, TicketLink, TimeEntry, Watcher

Rows = Callable[[], QuerySet[Any]]
_kinds: dict[str, Rows] = {}


def register(name: str, rows: Rows) -> None:
    """Name a kind by its rows about the ticket `OuterRef("pk")`. Called when an app starts."""
    _kinds[name] = rows


def annotated(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """The tickets with what they carry."""
    return tickets.annotate(**{f"has_{name}": Exists(rows()) for name, rows in _kinds.items()})


def has(ticket: Ticket, name: str) -> bool:
    """Whether the ticket carries anything of this kind; True where it was not asked."""
    return bool(getattr(ticket, f"has_{name}", True))


def _of(model: Any, name: str = "ticket", **fields: Any) -> Rows:
    return lambda: model.objects.filter(**{name: OuterRef("pk")}, **fields)


register("merged", _of(Ticket, "merged_into"))
register("helpers", _of(CoAssignee))
register("watchers", _of(Watcher))
register("links_out", _of(TicketLink, "first"))
register("links_in", _of(TicketLink, "second"))
register("time", _of(TimeEntry, removed_at=None))
register("charges", _of(Charge, removed_at=None))
register("files", _of(Attachment, removed_at=None))
