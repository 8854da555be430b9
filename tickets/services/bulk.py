"""One change for many tickets: what it is, and making it for one of them (desk spec, "Ticket list").

A change is kept as data, so that the worker makes the same one a page showed: {"field", "value"}, {"move", "text"} or
{"note"}. What forbids it on a ticket's own page forbids it here: guards, rights and machine are asked each time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from tickets import permissions
from tickets.models import Category, Queue, Ticket
from tickets.readers import readers
from tickets.services import fields, items, lifecycle

Change = Mapping[str, Any]
# Columns many tickets can share a value of. The status has moves; audience and customer are a ticket's own.
FIELDS = ("assignee", "queue", "category", "priority", "due_at")
REFERENCES: dict[str, Any] = {"assignee": Membership, "queue": Queue, "category": Category}


class _Back(Exception):
    """Ends an attempt: nothing of it stays."""


def visible(by: Actor, pk: int) -> Ticket:
    """A ticket the actor sees and may change together with others. Raises Refused("ticket_is_gone"), Denied."""
    ticket = Ticket.objects.visible_to(by).select_related("company").filter(pk=pk).first()
    if ticket is None:
        raise Refused("ticket_is_gone")
    permissions.require(ticket, "ticket.bulk", by)
    return ticket


def make(ticket: Ticket, change: Change, *, by: Actor) -> None:
    """Make the change of one ticket. Raises Refused, Denied."""
    match change:
        case {"note": text}:
            items.add(ticket, "note", readers(ticket)[0], by=by, text=text)
        case {"move": name, **words}:
            _move(ticket, name, words, by)
        case {"field": "assignee", "value": value}:
            fields.assign(ticket, value_of("assignee", value), by=by)
        case {"field": name, "value": value}:
            fields.edit(ticket, version=ticket.version, by=by, **{name: value_of(name, value)})
        case _:
            raise ValueError("No such change.")


def _move(ticket: Ticket, name: str, words: Mapping[str, Any], by: Actor) -> None:
    """Of many tickets chosen together nobody was faster: from where some of them stand this does not go."""
    try:
        lifecycle.move(ticket, name, words.get("text", ""), by=by)
    except Refused as refused:
        if refused.code != "ticket_moved_on":
            raise
        raise Refused("not_from_here", status=refused.params["status"], move=name) from refused


def would(ticket: Ticket, change: Change, *, by: Actor) -> Refused | Denied | None:
    """What making the change would say now; nothing of it stays."""
    try:
        with transaction.atomic():
            make(ticket, change, by=by)
            raise _Back
    except _Back:
        return None
    except (Refused, Denied) as no:
        return no


def value_of(name: str, kept: Any) -> Any:
    """The value of a column as the services take it, from what was kept. Raises Refused("choice_is_gone")."""
    if name not in FIELDS:
        raise ValueError("No such column.")
    if kept is None:
        return None
    if name in REFERENCES:
        found = REFERENCES[name].objects.filter(pk=kept, is_active=True).first()
        if found is None:
            raise Refused("choice_is_gone")
        return found
    return datetime.fromisoformat(kept) if name == "due_at" else int(kept)


def kept(value: Any) -> Any:
    """A column's value as it is kept."""
    return value.isoformat() if isinstance(value, datetime) else getattr(value, "pk", value)
