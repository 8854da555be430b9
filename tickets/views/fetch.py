"""What a page's address names, if its reader may see it; 404 otherwise."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse

from tickets import carrying
from tickets.models import Attachment, Item, Ticket
from tickets.models.items import KINDS


def ticket(request: Any, number: int) -> Ticket:
    """The ticket of this number, with everything its page names, and whether there is more to ask for.

    `opened_until` is how far the reader has read it. A page that is only looked at knows what the ticket carries, which
    spares it a statement for each thing that is not there; whoever changes something asks anew.
    """
    found = carrying.visible(number, request.actor, is_looked_at=request.method in ("GET", "HEAD"))
    if found is None:
        raise Http404
    found.tenant = request.tenant
    return found


def bare(request: Any, number: int) -> Ticket:
    """The ticket of this number as its row alone, for answers that name nothing of it."""
    return get_object_or_404(Ticket.objects.visible_to(request.actor), number=number)


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
