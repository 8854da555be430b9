"""What a ticket is found by: its own words and those other apps know it under, folded so that search forgives."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from tickets.models import Ticket

Source = Callable[[Ticket], str]
_sources: list[Source] = []


def register(source: Source) -> Source:
    """Let a ticket be found by these words too: the partner's number, an order's."""
    _sources.append(source)
    return source


def fold(text: str) -> str:
    """Lower case without accents, so that "muller" finds Müller and "rezekne" finds Rēzekne."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    return "".join(char for char in plain if not unicodedata.combining(char)).casefold()


def of(ticket: Ticket) -> str:
    """All words of a ticket, folded."""
    own = [str(ticket.number), ticket.title, ticket.description[:2000], str(ticket.company), str(ticket.contact or "")]
    return fold(" ".join(filter(None, [*own, *(source(ticket) for source in _sources)])))
