"""What time entries have of their own: what a new one inherits, and what it overlaps."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet

from psa.directory import contracts
from psa.tenancy.actor import Actor
from tickets.models import Ticket, TimeEntry


def complete(entry: TimeEntry, given: dict[str, Any]) -> None:
    """Fill what a new entry was not told: billing from its work type, the contract from its customer."""
    kind = entry.work_type
    if kind is not None and not {"is_billable", "is_hidden"} & given.keys():
        entry.is_billable, entry.is_hidden = kind.is_billable, kind.is_hidden
    if "contract" not in given:
        entry.contract = contracts.in_force(entry.ticket.company_id, entry.worked_on)


def overlapping(entry: TimeEntry) -> QuerySet[TimeEntry]:
    """The author's other entries that share time with this one, whatever ticket they stand on, in order."""
    if entry.started_at is None or entry.ended_at is None or entry.author_id is None:
        return TimeEntry.objects.none()
    day = timedelta(days=1)
    near = TimeEntry.objects.filter(author_id=entry.author_id, removed_at=None, received_at=None)
    near = near.filter(worked_on__range=(entry.worked_on - day, entry.worked_on + day)).exclude(pk=entry.pk)
    sharing = near.filter(started_at__lt=entry.ended_at, ended_at__gt=entry.started_at)
    return sharing.select_related("ticket").order_by("started_at", "pk")


def of(by: Actor) -> QuerySet[TimeEntry]:
    """The entries this member may look through: everybody's of ours with the right to edit them all, else their own."""
    ours = TimeEntry.objects.filter(received_at=None)
    if by.can("time.edit") != "all":
        return ours.filter(author_id=by.membership_id) if by.membership_id else ours.none()
    return ours.filter(ticket__in=Ticket.objects.visible_to(by))
