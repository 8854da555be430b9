"""A ticket that went on as another one, or was deleted, stays as it was: nothing is written on it any more."""

from __future__ import annotations

from collections.abc import Sequence

from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets import guards
from tickets.models import Item, Ticket


@guards.register(*(verb for verb in guards.VERBS if verb != "ticket.create"))
def it_is_over(ticket: Ticket, verb: str, items: Sequence[Item], by: Actor) -> guards.Refusals:
    """The no to a stale form: what it was typed for is another ticket now, or none."""
    if ticket.merged_into_id is not None:
        assert ticket.merged_into is not None
        return {None: Refused("ticket_is_merged", number=ticket.merged_into.number)}
    return {None: Refused("ticket_is_deleted")} if ticket.deleted_at else {}
