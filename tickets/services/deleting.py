"""Deleting a ticket: it is out of everybody's sight, stays in the audit, and can be brought back for a while."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from psa.journal import journal
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets import guards, permissions
from tickets.models import Stopwatch, Ticket
from tickets.services.locking import lock, save

KEPT = timedelta(days=30)


@transaction.atomic
def delete(ticket: Ticket, reason: str, *, by: Actor) -> Ticket:
    """Take a ticket out of sight, with a reason; refused once a partner had it. Raises Refused, Denied."""
    ticket = lock(ticket)
    guards.check(ticket, "ticket.delete", by)
    permissions.require(ticket, "ticket.delete", by)
    if not reason.strip():
        raise Refused("reason_missing")
    if Ticket.objects.filter(merged_into=ticket).exists():
        raise Refused("others_were_merged_here")
    if Stopwatch.objects.filter(ticket=ticket).exists():
        raise Refused("stopwatch_is_on_ticket")
    ticket.deleted_at, ticket.deleted_reason = timezone.now(), reason.strip()
    save(ticket, "deleted_at", "deleted_reason")
    journal.record(ticket, "ticket.deleted", by=by, number=ticket.number, reason=ticket.deleted_reason)
    return ticket


@transaction.atomic
def restore(ticket: Ticket, *, by: Actor) -> Ticket:
    """Bring a deleted ticket back as it was, within thirty days. Raises Refused, Denied."""
    by.require("tenant.manage")
    ticket = lock(ticket)
    if ticket.deleted_at is None:
        return ticket
    if timezone.now() > ticket.deleted_at + KEPT:
        raise Refused("deleted_too_long_ago", days=KEPT.days)
    ticket.deleted_at, ticket.deleted_reason = None, ""
    save(ticket, "deleted_at", "deleted_reason")
    journal.record(ticket, "ticket.restored", by=by, number=ticket.number)
    return ticket
