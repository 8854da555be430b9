"""The first page inside a company: apps register panels, and each reader gets those that have something for them.

home.panel("my-day", "tickets/home/my_day.html", my_day, capability="ticket.view", order=40)

`fill(request)` reads what the panel shows, in as few statements as it can and never more rows than it draws, and
answers None where there is nothing to say to this reader. Its template finds the answer as `panel`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# Rows a panel draws; the list behind it has the rest.
SHOWN = 6
MAIN, BESIDE = "main", "beside"


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel: for whom, where it stands, and what fills it."""

    name: str
    template: str
    fill: Callable[[Any], Any]
    capability: str = ""
    order: int = 100
    place: str = MAIN


@dataclass(frozen=True, slots=True)
class Filled:
    """A panel with what it says to one reader."""

    template: str
    content: Any
    place: str


_panels: dict[str, Panel] = {}


def panel(name: str, template: str, fill: Callable[[Any], Any], **fields: Any) -> None:
    """Add a panel: capability (who gets it), order, place. In `AppConfig.ready`."""
    _panels[name] = Panel(name, template, fill, **fields)


def panels(request: Any) -> list[Filled]:
    """The panels of this reader, in order."""
    wanted = sorted(_panels.values(), key=lambda one: (one.order, one.name))
    wanted = [one for one in wanted if not one.capability or request.actor.can(one.capability)]
    filled = ((one, one.fill(request)) for one in wanted)
    return [Filled(one.template, content, one.place) for one, content in filled if content is not None]
