"""Whom at the customer's a ticket's clocks are told to: its contact, and whoever else may decide about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.urls import reverse

from psa.directory.models import Contact
from psa.mail.mail import Recipient
from psa.tenancy import doors, scope
from tickets.models import Ticket

Source = Callable[[Ticket], Iterable[Contact]]
_sources: list[Source] = []


def also(source: Source) -> Source:
    """Tell these people, too: whoever approves for the customer. Each of them has to see the ticket in the portal."""
    _sources.append(source)
    return source


def of(ticket: Ticket) -> list[Contact]:
    """The contact first, then the others, each once and only with an address mail can go to."""
    found = [ticket.contact] if ticket.contact is not None else []
    for source in _sources:
        found.extend(source(ticket))
    known: dict[str, Contact] = {}
    for contact in found:
        if contact.is_active and contact.email.strip():
            known.setdefault(contact.email.strip().casefold(), contact)
    return list(known.values())


def recipient(contact: Contact) -> Recipient:
    """The contact, in their language or their company's."""
    return Recipient(contact.name, contact.email, contact.language or contact.company.language)


def page(ticket: Ticket, name: str = "") -> str:
    """The address of the customer's page of this ticket; `name` is a page below it."""
    home = reverse("home", args=[doors.slug(scope.tenant_id())])
    return f"{home}portal/requests/{ticket.number}/" + (f"{name}/" if name else "")
