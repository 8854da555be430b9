"""What a dispatcher has to decide: raising it, and settling it (lifecycle spec, moves 11, 15, 20)."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from psa.journal import journal
from psa.journal.models import Entry
from psa.tenancy.actor import Actor
from tickets import permissions
from tickets.models import DispatcherTask, Ticket
from tickets.services.locking import lock

# After these nobody has anything to decide about the ticket any more.
OVER = (
    "ticket.closed",
    "ticket.cancelled",
    "ticket.refused",
    "ticket.merged",
    "ticket.accepted_by_customer",
    "ticket.auto_accepted",
    "ticket.to_billing",
    "ticket.given_up",
    "ticket.estimate_declined",
)


@transaction.atomic
def need(ticket: Ticket, code: str, *, by: Actor, **params: Any) -> DispatcherTask:
    """Ask the dispatchers for a decision; the same one is asked for once. `code` is said by a refusal's sentence."""
    ticket = lock(ticket)
    found = DispatcherTask.objects.filter(ticket=ticket, code=code).open().first()
    if found is not None:
        return found
    made = DispatcherTask.objects.create(ticket=ticket, code=code, params=params)
    journal.record(ticket, "ticket.decision_needed", by=by, task=made.pk, code=code, params=params)
    return made


@transaction.atomic
def settle(task: DispatcherTask, *, by: Actor) -> None:
    """Somebody decided it. Twice is once. Raises Denied."""
    ticket = lock(task.ticket)
    permissions.require(ticket, "ticket.override", by)
    _settle(ticket, DispatcherTask.objects.filter(pk=task.pk).open(), by)


@transaction.atomic
def done(ticket: Ticket, *codes: str, by: Actor) -> None:
    """What was asked under these codes, or under any, has been decided by what happened."""
    rows = DispatcherTask.objects.filter(ticket=ticket).open()
    _settle(ticket, rows.filter(code__in=codes) if codes else rows, by)


def _settle(ticket: Ticket, rows: Any, by: Actor) -> None:
    for task in rows:
        task.settled_at, task.settled_by_id = timezone.now(), by.membership_id
        task.save(update_fields=["settled_at", "settled_by"])
        journal.record(ticket, "ticket.decision_settled", by=by, task=task.pk, code=task.code, params=task.params)


def on_over(entry: Entry) -> None:
    """A ticket that is over has nothing left to decide."""
    ticket = Ticket(pk=entry.subject_id)
    if DispatcherTask.objects.filter(ticket=ticket).open().exists():
        done(ticket, by=Actor.system(entry.channel).because(entry))


def connect() -> None:
    """Listen to what ends a ticket."""
    for kind in OVER:
        journal.subscribe(kind, on_over)
