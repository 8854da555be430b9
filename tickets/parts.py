"""What other apps add to an item's form: sub-forms saved in its transaction, and values a new one opens with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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


Start = Callable[[Ticket], Mapping[str, Any]]
_starts: dict[str, list[Start]] = {}


def opens_with(kind: str) -> Callable[[Start], Start]:
    """Let `start(ticket)` say what the form of a new item of `kind` opens with."""

    def remember(start: Start) -> Start:
        _starts.setdefault(kind, []).append(start)
        return start

    return remember


def start(kind: str, ticket: Ticket) -> dict[str, Any]:
    """The values the other apps give a new item's form."""
    found: dict[str, Any] = {}
    for one in _starts.get(kind, ()):
        found |= one(ticket)
    return found
