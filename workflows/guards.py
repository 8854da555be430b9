"""What the life of a request forbids on the desk's own pages (lifecycle spec, move 22)."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets import guards
from tickets.models import Item, Status, Ticket
from workflows import policies, working_days

# The page that makes a follow-up ticket. Whoever refuses to reopen and names it lets the question go on there.
ASK_AGAIN = "workflows:ask_again"


@guards.register("ticket.reopen")
def within_the_window(ticket: Ticket, verb: str, items: Sequence[Item], by: Actor) -> guards.Refusals:
    """A closed request is opened again within its window; later a new one follows it, and nobody overrides that."""
    if ticket.status != Status.CLOSED or ticket.closed_at is None or ticket.merged_into_id is not None:
        return {}
    until = working_days.after(ticket, policies.of(ticket).reopen_days, ticket.closed_at)
    return {None: Refused("reopen_window_is_over", ASK_AGAIN, until=until)} if timezone.now() > until else {}
