"""What apps above show a customer's contact: a line of the portal's navigation, and a word on its first page.

    rooms.register(_("Invoices"), "receipt", "billing:customer_invoices",
                   opens=lambda eyes: eyes.access.sees_invoices, template="billing/customers/home.html", fill=due)

`opens` reads nothing. `fill(request)` reads what the first page says, and answers None where there is nothing to say;
its template finds the answer as `panel`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from workflows.portal.sight import Eyes


@dataclass(frozen=True, slots=True)
class Room:
    """One line of the navigation: for whom, where it leads, and what the first page says of it."""

    label: Any
    icon: str
    url_name: str
    opens: Callable[[Eyes], bool]
    template: str
    fill: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Panel:
    """What a room says to one reader."""

    template: str
    content: Any


_rooms: list[Room] = []


def register(label: Any, icon: str, url_name: str, **fields: Any) -> None:
    """Add a room: opens, template, fill. In `AppConfig.ready`."""
    _rooms.append(Room(label, icon, url_name, **fields))


def open_to(eyes: Eyes) -> list[Room]:
    """The rooms of this contact."""
    return [room for room in _rooms if room.opens(eyes)]


def panels(request: Any) -> list[Panel]:
    """What they have to say on the first page."""
    filled = ((room.template, room.fill(request)) for room in request.rooms)
    return [Panel(template, content) for template, content in filled if content is not None]
