"""Several deployments at once (lifecycle spec, moves 18 and 19): each ticket is a transaction of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied, Refused
from tickets.models import Ticket
from tickets.services import lifecycle


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one ticket: the reason why not, if it did not move."""

    ticket: Ticket
    refused: Refused | Denied | None = None


def plan(tickets: Iterable[Ticket], begins: datetime, ends: datetime, *, by: Actor) -> list[Result]:
    """18: the same window for all of them; who cannot be planned says why."""
    return [_each(ticket, "plan", by, begins=begins, ends=ends) for ticket in tickets]


def deployed(tickets: Iterable[Ticket], *, by: Actor) -> list[Result]:
    """19: all of them run; each customer reviews theirs."""
    return [_each(ticket, "deployed", by) for ticket in tickets]


def _each(ticket: Ticket, move: str, by: Actor, **words: Any) -> Result:
    try:
        return Result(lifecycle.move(ticket, move, by=by, **words))
    except (Refused, Denied) as no:
        return Result(ticket, no)
