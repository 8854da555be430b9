"""Taking a ticket, so that whoever comes second sees what the first one did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from psa.tenancy.prepared import Prepared
from tickets import guards
from tickets.models import Ticket

_LOCKED = Prepared(lambda pk: Ticket.objects.select_for_update(of=("self",), no_key=True).filter(pk=pk))


_PRESENT = Prepared(lambda pk: Ticket.objects.filter(pk=pk))


def present(pk: int) -> Ticket:
    """The ticket an entry speaks of, as it stands now, for whoever listens to the journal. Raises DoesNotExist."""
    found = _PRESENT(pk=pk)
    if not found:
        raise Ticket.DoesNotExist
    return found[0]


def lock(ticket: Ticket) -> Ticket:
    """The ticket's present row, locked until the transaction ends, and what goes with it."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("A ticket is locked in the transaction that changes it.")
    found = _LOCKED(pk=ticket.pk)
    if not found:
        raise Ticket.DoesNotExist
    locked = found[0]
    guards.lock_with(locked)
    return locked


def lock_all(tickets: Sequence[Ticket]) -> dict[int, Ticket]:
    """The present rows of several tickets by id, locked in the order of their ids, and then what goes with them."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("Tickets are locked in the transaction that changes them.")
    rows = Ticket.objects.filter(pk__in={ticket.pk for ticket in tickets}).order_by("pk")
    found = {ticket.pk: ticket for ticket in rows.select_for_update(of=("self",), no_key=True)}
    guards.lock_with(*found.values())
    return found


def save(ticket: Ticket, *fields: str) -> None:
    """Save these columns of a locked ticket; its version and last activity move with them, and with a new status the
    count of its stays."""
    ticket.version += 1
    ticket.last_activity = timezone.now()
    if "status" in fields:
        ticket.stay += 1
        ticket.status_since = ticket.last_activity
        fields = (*fields, "stay", "status_since")
    ticket.save(update_fields=[*fields, "version", "last_activity"])


def keep(ticket: Ticket, *fields: str) -> None:
    """Save these columns of a locked ticket, which nobody's form shows: its version stays."""
    ticket.save(update_fields=[*fields])


def touch(ticket: Ticket) -> None:
    """Something happened on the ticket that is not one of its own columns."""
    ticket.last_activity = timezone.now()
    ticket.save(update_fields=["last_activity"])


def snapshot(row: Any, fields: list[str]) -> dict[str, Any]:
    """The present values of these columns as plain data, for the journal's old and new."""
    return {name: _plain(getattr(row, row._meta.get_field(name).attname)) for name in fields}


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | str) else str(value)
