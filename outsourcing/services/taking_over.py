"""Taking over what the partner changed on its ticket: an edit of ours, by one of us (outsourcing spec §6)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from psa.journal.models import Entry
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets.models import Ticket
from tickets.services import fields

CHANGED = "handover.fields_changed"


def told(ticket: Ticket) -> dict[str, tuple[int, Any]]:
    """By field, the newest change the partner told of: its entry and the value it has there."""
    found: dict[str, tuple[int, Any]] = {}
    entries = Entry.objects.filter(subject_type="ticket", subject_id=ticket.pk, kind=CHANGED)
    for entry in entries.order_by("-pk")[:50]:
        for name, (_old, new) in entry.data["changes"].items():
            found.setdefault(name, (entry.pk, new))
    return found


def is_ours(ticket: Ticket, name: str, value: Any) -> bool:
    """Whether our ticket says so already."""
    return bool(getattr(ticket, name) == read(name, value))


def read(name: str, value: Any) -> Any:
    """A shared field's value from plain data."""
    if name == "due_at" and value:
        return datetime.fromisoformat(value)
    return value


@transaction.atomic
def take_over(ticket: Ticket, entry_id: int, name: str, *, by: Actor) -> Ticket:
    """Let our field say what the partner's says. Raises Denied, Refused("changed_meanwhile") on newer news."""
    newest = told(ticket).get(name)
    if newest is None or newest[0] != entry_id:
        raise Refused("changed_meanwhile")
    return fields.edit(ticket, by=by, **{name: read(name, newest[1])})
