"""A ticket is found by the partner's number and name too."""

from __future__ import annotations

from outsourcing.links import links
from tickets import words
from tickets.models import Ticket


@words.register
def partners_words(ticket: Ticket) -> str:
    """The other side's number and company of every handover of the ticket."""
    found = []
    for link in links(ticket) if ticket.pk else []:
        number = link.handover.service_number if link.is_lead else link.handover.lead_number
        found.append(f"{number or ''} {link.partner}")
    return " ".join(found)
