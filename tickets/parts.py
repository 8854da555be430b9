"""Sub-forms other apps add to an item's form; they are saved in the item's transaction (material on a time entry)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from psa.tenancy.actor import Actor
from tickets.models import Item, Ticket


class Part(Protocol):
    """A prefixed form that saves itself onto the item, in the transaction that saved the item.

    `template` draws it in the composer; "" where there is nothing to draw.
    """

    template: str

    def is_valid(self) -> bool: ...

    def save(self, item: Item, *, by: Actor) -> None: ...


Maker = Callable[[Ticket, Item | None, Any, Any], Part | None]
_makers: dict[str, list[Maker]] = {}


def register(kind: str, maker: Maker) -> None:
    """Add a part to the form of items of `kind`; `maker(ticket, item, data, files)` builds it, or None for no part."""
    _makers.setdefault(kind, []).append(maker)


def parts(kind: str, ticket: Ticket, item: Item | None = None, data: Any = None, files: Any = None) -> list[Part]:
    """The parts of one item's form."""
    made = [maker(ticket, item, data, files) for maker in _makers.get(kind, ())]
    return [part for part in made if part is not None]
