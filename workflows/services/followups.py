"""Asking again about a request that is over (lifecycle spec, moves 22, 23 and 29): it is opened again, or another one
follows it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from psa.directory.models import Contact
from psa.journal import journal
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets import guards, permissions
from tickets.models import LinkKind, Source, Status, Ticket, TicketLink
from tickets.services import lifecycle, linking, reserved
from tickets.services.locking import lock
from workflows.guards import ASK_AGAIN

# The same words again within this time are the same question.
TWICE = timedelta(minutes=10)
OVER = (Status.CLOSED, Status.INVOICE, Status.CANCELLED)


def opens_again(ticket: Ticket, by: Actor) -> bool:
    """Whether the request itself would be opened; else another one follows it. Raises the Refused that stands against
    both."""
    if ticket.status == Status.CANCELLED:
        return False
    refused = guards.refusals(ticket, "ticket.reopen", [], by).get(None)
    if refused is None:
        return True
    if refused.way_out != ASK_AGAIN:
        raise refused
    return False


@transaction.atomic
def ask_again(ticket: Ticket, text: str, *, contact: Contact | None, by: Actor) -> Ticket:
    """22, 29: it is not settled after all. Within the window, and while nothing is posted, the request is opened again;
    else a new one with these words follows it and is linked to it. A cancelled one is never opened again.

    Raises Refused("words_missing"), ("ticket_moved_on"), Denied.
    """
    ticket = lock(ticket)
    if not by.is_customer:
        permissions.require(ticket, "ticket.edit", by)
    if not text.strip():
        raise Refused("words_missing")
    if ticket.status not in OVER:
        raise Refused("ticket_moved_on", status=ticket.status)
    if not opens_again(ticket, by):
        return _follow(ticket, text.strip(), contact, by)
    if ticket.status == Status.INVOICE:
        return reserved.reopen_unbilled(ticket, text, by=by)
    if by.is_customer:
        return reserved.reopen_closed(ticket, text, by=by)
    return lifecycle.reopen(ticket, text, by=by)


def _follow(ticket: Ticket, text: str, contact: Contact | None, by: Actor) -> Ticket:
    known = TicketLink.objects.filter(kind=LinkKind.RELATED, first=ticket, second__description=text)
    if there := known.filter(made_at__gte=timezone.now() - TWICE).select_related("second").first():
        return there.second
    source = Source.PORTAL if by.is_customer else ticket.source
    kept: dict[str, Any] = {} if ticket.source == Source.INSOURCED else {"location": ticket.location}
    made = lifecycle.create(
        by=by,
        title=ticket.title,
        description=text,
        company=ticket.company,
        contact=contact or ticket.contact,
        queue=ticket.queue,
        category=ticket.category if ticket.category and ticket.category.is_active else None,
        type=ticket.type,
        priority=ticket.priority,
        source=Source.OTHER if source == Source.INSOURCED else source,
        **kept,
    )
    linking.add(ticket, made, LinkKind.RELATED, by=Actor.system(by.channel))
    journal.record(ticket, "ticket.followed_up", by=by, number=made.number, text=text)
    return made
