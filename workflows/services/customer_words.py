"""What a customer's contact does with their requests in the portal: asks, writes, shares, cancels (lifecycle spec,
moves 1, 14, 23). Who sees the request was asked before; the words are theirs and are never refused because
work is locked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from psa.directory.models import Company, Contact
from psa.journal import journal
from psa.mail import mail
from psa.tenancy import doors
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied, Refused
from tickets import permissions
from tickets import services as tickets
from tickets.models import Category, Source, Status, Ticket, TicketType, TimeEntry
from tickets.services import customer_messages
from tickets.services.locking import lock
from workflows import links
from workflows.models import SharedRequest

# A contact calls their request off themselves in these states, as long as nobody began to work.
BEFORE_WORK = (Status.NEW, Status.OPEN)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it was typed: for which company, about what, and whether its colleagues read it."""

    company: Company
    title: str
    text: str
    category: Category | None = None
    type: TicketType | None = None
    is_shared: bool = False


@transaction.atomic
def open_request(contact: Contact, asked: Asked, uploads: Sequence[Any] = (), *, by: Actor) -> Ticket:
    """1: a new request with its number. Raises Refused("file_too_large"), ("not_of_this_company"), Denied."""
    words: dict[str, Any] = {
        name: value for name, value in (("category", asked.category), ("type", asked.type)) if value
    }
    ticket = customer_messages.open_request(
        contact, asked.title, asked.text, uploads, by=by, company=asked.company, **words
    )
    if asked.is_shared:
        SharedRequest.objects.create(ticket=ticket)
        journal.record(ticket, "ticket.shared", by=by, shared=True)
    return ticket


@transaction.atomic
def acknowledge(ticket: Ticket, contact: Contact, *, by: Actor) -> None:
    """Tell the contact that their request came in, by its number. How often is for whoever calls to count."""
    slug = doors.slug(by.tenant_id)
    url = links.page("request", slug, ticket.number, contact)
    mail.post("request_received", [mail.Recipient.of(contact)], ticket, ticket=str(ticket.number), url=url)


@transaction.atomic
def share(ticket: Ticket, shared: bool, *, by: Actor) -> None:
    """Let the colleagues of the request's company read it, or its contact alone. A contact says it of their own
    requests, the desk with the right to edit. Raises Refused("no_customer_here"), Denied."""
    ticket = lock(ticket)
    if by.is_customer and ticket.contact_id != by.contact_id:
        raise Denied("ticket.edit")
    if not by.is_customer:
        permissions.require(ticket, "ticket.edit", by)
    if ticket.source == Source.INSOURCED:
        raise Refused("no_customer_here")
    rows = SharedRequest.objects.filter(ticket=ticket)
    if rows.exists() == shared:
        return
    if shared:
        SharedRequest.objects.create(ticket=ticket)
    else:
        rows.delete()
    journal.record(ticket, "ticket.shared", by=by, shared=shared)


def is_shared(ticket: Ticket) -> bool:
    """Whether the colleagues of the request's company read it."""
    return bool(SharedRequest.objects.filter(ticket=ticket).exists())


def why_not_cancel(ticket: Ticket) -> Refused | None:
    """Why its contact cannot call a request off by themselves: work began, or it is over."""
    if ticket.status not in BEFORE_WORK or TimeEntry.objects.filter(ticket=ticket, removed_at=None).exists():
        return Refused("work_has_begun")
    return None


@transaction.atomic
def cancel(ticket: Ticket, text: str, contact: Contact, *, by: Actor) -> Ticket:
    """23: the request's contact calls it off before anybody worked on it; what a partner was offered ends with it.

    Raises Refused("work_has_begun"), Denied and what tickets.cancel raises."""
    ticket = lock(ticket)
    if ticket.contact_id != contact.pk or by.contact_id != contact.pk:
        raise Denied("ticket.edit")
    if refused := why_not_cancel(ticket):
        raise refused
    entry = journal.record(ticket, "ticket.cancel_asked", by=by, text=text)
    system = Actor.system(by.channel, by.name).because(entry)
    return tickets.cancel(ticket, text or by.name, by=system, resolution="cancelled_by_customer")


def narrowed(merged: Ticket, survivor: Ticket) -> None:
    """A merge widens nobody's sight: the one that goes on is shared only where both were."""
    if not SharedRequest.objects.filter(ticket=merged).exists():
        SharedRequest.objects.filter(ticket=survivor).delete()
    SharedRequest.objects.filter(ticket=merged).delete()
