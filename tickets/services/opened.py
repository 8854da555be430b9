"""What of a ticket a member has read: kept as the page is shown, asked for by the list."""

from __future__ import annotations

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When

from psa.tenancy.actor import Actor
from tickets.models import Opened, Ticket


def mark(ticket: Ticket, *, by: Actor) -> None:
    """The member sees the ticket as it is now. Writes only where it has changed since, and never backwards.

    A page has fetched how far they had read (`opened_until`). No journal: it is nobody's business but the reader's."""
    if not by.membership_id:
        return
    mine = Opened.objects.filter(ticket=ticket, member=by.membership_id)
    until = ticket.opened_until if hasattr(ticket, "opened_until") else mine.values_list("until", flat=True).first()
    if until is None:
        row = Opened(ticket=ticket, member_id=by.membership_id, until=ticket.last_activity)
        Opened.objects.bulk_create([row], ignore_conflicts=True)
    elif until < ticket.last_activity:
        mine.filter(until__lt=ticket.last_activity).update(until=ticket.last_activity)


def unread(rows: QuerySet[Ticket], by: Actor) -> QuerySet[Ticket]:
    """Those that changed since the member last had them open, and those given to them that they never opened."""
    return rows.filter(_is_unread(by))


def told(rows: QuerySet[Ticket], by: Actor) -> QuerySet[Ticket]:
    """The rows, each saying whether it is unread (`is_unread`): asked in the same statement, for the page alone."""
    return rows.annotate(is_unread=Case(When(_is_unread(by), then=Value(True)), default=Value(False)))


def _is_unread(by: Actor) -> Q:
    mine = Opened.objects.filter(ticket=OuterRef("pk"), member=by.membership_id)
    changed = Exists(mine.filter(until__lt=OuterRef("last_activity")))
    return Q(changed) | Q(~Exists(mine), assignee=by.membership_id or 0, is_open=True)
