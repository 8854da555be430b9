"""Deleting a ticket: it is out of everybody's sight, stays in the audit, and can be brought back for a while.

Other apps hang things of their own on a ticket that must not outlive it: `end_first` ends them in its transaction.
"""

from __future__ import annotations

from collections.abc import Callable
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
# Ends what hangs on the locked ticket; with no actor it only says what that would be, as a code and its params.
Ending = Callable[[Ticket, Actor | None], tuple[str, dict[str, str]] | None]
_endings: list[Ending] = []


def end_first(ending: Ending) -> Ending:
    """Call `ending(ticket, by)` before a ticket is deleted, and `ending(ticket, None)` for the page that asks."""
    _endings.append(ending)
    return ending


def goes_along(ticket: Ticket) -> list[tuple[str, dict[str, str]]]:
    """What else ends when this ticket is deleted: codes and params of sentences. Nothing is changed."""
    return [told for ending in _endings if (told := ending(ticket, None))]


@transaction.atomic
def delete(ticket: Ticket, reason: str, *, by: Actor) -> Ticket:
    """Take a ticket out of sight, with a reason; an offer that is out is cancelled with it, and it stays once a partner
    had it (outsourcing spec §4). Raises Refused, Denied."""
    ticket = lock(ticket)
    guards.check(ticket, "ticket.delete", by)
    permissions.require(ticket, "ticket.delete", by)
    if not reason.strip():
        raise Refused("reason_missing")
    if Ticket.objects.filter(merged_into=ticket).exists():
        raise Refused("others_were_merged_here")
    if Stopwatch.objects.filter(ticket=ticket).exists():
        raise Refused("stopwatch_is_on_ticket")
    for ending in _endings:
        ending(ticket, by)
    ticket.refresh_from_db()
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
