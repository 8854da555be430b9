"""What a ticket carries: whether there is anything of a kind to ask for, known with the ticket itself.

    carrying.register("watchers", lambda: Watcher.objects.filter(ticket=OuterRef("pk")))
    carrying.has(ticket, "watchers")

Most tickets have no charges, links or watchers; their page asks for none. A ticket fetched in another way may carry
everything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from psa.tenancy.actor import Actor
from psa.tenancy.prepared import Prepared
from tickets.models import (
    Appointment,
    Attachment,
    Charge,
    Clock,
    CoAssignee,
    Opened,
    Ticket,
    TicketLink,
    TimeEntry,
    Watcher,
)

PARTS = ("company", "contact", "location", "queue", "category", "type", "assignee")
Rows = Callable[[], QuerySet[Any]]
_kinds: dict[str, Rows] = {}


def register(name: str, rows: Rows) -> None:
    """Name a kind by its rows about the ticket `OuterRef("pk")`. Called when an app starts."""
    _kinds[name] = rows


def visible(number: int, by: Actor, is_looked_at: bool) -> Ticket | None:
    """The ticket of this number with everything its page names, if the member may see it. `opened_until` is how far
    they have read it; one that is only looked at knows what it carries, one that is about to be changed asks anew."""
    found = _TICKET(by.can("ticket.view"), is_looked_at, number=number, member=by.membership_id)
    return found[0] if found else None


def _ticket(reach: str, is_looked_at: bool, number: int, member: int | None) -> QuerySet[Ticket]:
    read = Opened.objects.filter(ticket=OuterRef("pk"), member_id=member)
    rows = Ticket.objects.seen_by(member, reach).filter(number=number).select_related(*PARTS)
    rows = rows.annotate(opened_until=Subquery(read.values("until")[:1]))
    return rows.annotate(**{f"has_{name}": Exists(rows()) for name, rows in _kinds.items()}) if is_looked_at else rows


_TICKET = Prepared(_ticket)


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
register("clocks", _of(Clock))
register("files", _of(Attachment, removed_at=None))
register("appointments", _of(Appointment))
