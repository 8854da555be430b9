"""What a page's address names, if its reader may see it; 404 otherwise."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse

from psa.tenancy.prepared import Prepared
from tickets import carrying
from tickets.models import Attachment, Item, Opened, Ticket
from tickets.models.items import KINDS

PARTS = ("company", "contact", "location", "queue", "category", "type", "assignee")


def _ticket(reach: str, is_looked_at: bool, number: int, member: int | None) -> QuerySet[Ticket]:
    mine = Opened.objects.filter(ticket=OuterRef("pk"), member_id=member)
    rows = Ticket.objects.filter(deleted_at=None, number=number).reached_by(member, reach).select_related(*PARTS)
    rows = rows.annotate(opened_until=Subquery(mine.values("until")[:1]))
    return carrying.annotated(rows) if is_looked_at else rows


_TICKET = Prepared(_ticket)


def ticket(request: Any, number: int) -> Ticket:
    """The ticket of this number, with everything its page names, and whether there is more to ask for.

    `opened_until` is how far the reader has read it. A page that is only looked at knows what the ticket carries, which
    spares it a statement for each thing that is not there; whoever changes something asks anew.
    """
    member, reach = request.actor.membership_id, request.actor.can("ticket.view")
    is_looked_at = request.method in ("GET", "HEAD")
    rows = _TICKET(reach, is_looked_at, number=number, member=member)
    if not rows:
        raise Http404
    found = rows[0]
    found.tenant = request.tenant
    return found


def item(found: Ticket, kind: str, key: UUID) -> Item:
    """One item of a ticket, removed ones too."""
    rows: Any = KINDS[kind]._default_manager.filter(ticket=found)
    if kind == Attachment.kind():
        rows = rows.select_related("file")
    one = get_object_or_404(rows, key=key)
    one.ticket = found
    return one


def address(request: Any, found: Ticket, name: str = "page", *args: Any) -> str:
    """The address of a page of this ticket."""
    return reverse(f"tickets:{name}", args=[request.tenant.slug, found.number, *args])
