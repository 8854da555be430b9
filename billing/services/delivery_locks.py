"""Taking a delivery note in the one order of locks – its ticket, its order, itself, the range of numbers
(architecture.md, "Locks") – and what every move of one does."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from billing.models import DeliveryNote, Order
from billing.services import numbers
from psa.fsm import can_proceed
from psa.journal import journal
from psa.journal.models import Entry
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets.models import Ticket
from tickets.services.locking import lock


def held(note: DeliveryNote) -> DeliveryNote:
    """The note's present row, locked behind its ticket and its order."""
    if note.ticket_id is not None:
        note.ticket = lock(Ticket(pk=note.ticket_id))
    if note.order_id is not None:
        note.order = locked_order(note.order_id)
    row: Any = DeliveryNote.objects.select_for_update(of=("self",), no_key=True).get(pk=note.pk)
    if row.ticket_id is not None and row.ticket_id == note.ticket_id:
        row.ticket = note.ticket
    if row.order_id is not None and row.order_id == note.order_id:
        row.order = note.order
    return row


def locked_order(pk: int) -> Order:
    """The order's present row, locked."""
    found: Order = Order.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
    return found


def record(note: DeliveryNote, kind: str, *, by: Actor, **facts: Any) -> Entry:
    """One fact about a note: on its ticket, where it has one, else on itself."""
    told = {"note": str(note.key), "number": note.number, "paper": note.kind}
    subject: Any = note.ticket if note.ticket_id is not None else note
    return journal.record(subject, kind, by=by, **told, **facts)


def number_it(row: DeliveryNote, by: Actor) -> None:
    """Give a locked draft its number and freeze it."""
    now = timezone.now()
    kind = "return_note" if row.is_return else "delivery_note"
    row.prepare(now, numbers.take(kind, timezone.localdate(now)), by.name)
    row.version += 1
    row.save(update_fields=["status", "prepared_at", "number", "prepared_by_name", "version"])


def still(row: DeliveryNote, move: str) -> None:
    """Raise Refused("delivery_note_moved_on") where somebody was quicker."""
    if not can_proceed(getattr(row, move)):
        raise Refused("delivery_note_moved_on", status=row.status, number=row.number)
