"""The partner as a reader: while a handover runs, what is written for the partner goes to exactly that company."""

from __future__ import annotations

from outsourcing.links import running
from tickets import readers
from tickets.models import Audience, Ticket
from tickets.readers import Reader


@readers.register
def partner(ticket: Ticket) -> list[Reader]:
    """The partner of the running handover, by name."""
    link = running(ticket)
    return [Reader(Audience.PARTNER, link.partner, link.handover.key)] if link else []
