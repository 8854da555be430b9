"""Who may do what to a ticket, as far as the role goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psa.tenancy.errors import Denied

if TYPE_CHECKING:
    from psa.tenancy.actor import Actor
    from tickets.models import Item, Ticket


def require(ticket: Ticket, capability: str, by: Actor) -> None:
    """Raise Denied unless the right reaches this ticket."""
    if not may(ticket, capability, by):
        raise Denied(capability)


def may(ticket: Ticket, capability: str, by: Actor) -> bool:
    """Whether the right reaches this ticket. "own" covers any ticket one may see: it is about what one writes there."""
    reach = by.can(capability)
    if reach == "own":
        reach = by.can("ticket.view")
    if reach in {"all", ""}:
        return bool(reach)
    return _reaches(ticket, reach, by)


def require_item(ticket: Ticket, item: Item, capability: str, by: Actor) -> None:
    """Raise Denied unless the right reaches this item of the ticket."""
    if not may_item(ticket, item, capability, by):
        raise Denied(capability)


def may_item(ticket: Ticket, item: Item, capability: str, by: Actor) -> bool:
    """Whether the right reaches this item: everybody's where it reaches the ticket, or what one wrote oneself."""
    if by.can(capability) == "own" and item.author_id != by.membership_id:
        return False
    return may(ticket, capability, by)


def _reaches(ticket: Ticket, reach: str, by: Actor) -> bool:
    """Asked once for a fetched or locked ticket: a page draws a dozen buttons from it."""
    known: dict[tuple[str, int | None], bool] = ticket.__dict__.setdefault("_reached", {})
    key = (reach, by.membership_id)
    if key not in known:
        mine = by.membership_id is not None and by.membership_id in {ticket.assignee_id, ticket.created_by_id}
        rows = type(ticket)._default_manager.filter(pk=ticket.pk)
        known[key] = mine or rows.reached_by(by, reach).exists()
    return known[key]
