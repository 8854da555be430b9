"""Who will read it, by name: said above the composer's button, posted back with the form, asked again on saving."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from psa.tenancy.errors import Refused
from tickets.models import Audience, Ticket


@dataclass(frozen=True, slots=True)
class Reader:
    """One audience a ticket's item can have: who it is by name, and for a partner which handover it goes to."""

    audience: Audience
    name: str
    handover: UUID | None = None

    @property
    def value(self) -> str:
        """What the form posts back."""
        return f"{self.audience}:{self.handover or ''}:{self.name}"


Finder = Callable[[Ticket], list[Reader]]
_finders: list[Finder] = []


def register(finder: Finder) -> Finder:
    """Let `finder` add readers of its own, a running handover's partner for one."""
    _finders.append(finder)
    return finder


def readers(ticket: Ticket) -> list[Reader]:
    """Everybody an item on this ticket can be written for, ourselves first."""
    found = [Reader(Audience.INTERNAL, ticket.tenant.name)]
    if ticket.source != "insourced" and ticket.contact_id:
        found.append(Reader(Audience.CUSTOMER, f"{ticket.contact} ({ticket.company})"))
    for finder in _finders:
        found += finder(ticket)
    return found


def chosen(ticket: Ticket, value: str, found: Sequence[Reader] | None = None) -> Reader:
    """The reader the form named, if it still reads this ticket under this name; raises Refused otherwise.

    `found` are the ticket's readers where they were asked for in the same request."""
    for reader in readers(ticket) if found is None else found:
        if reader.value == value:
            return reader
    raise Refused("readers_changed")
