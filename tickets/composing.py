"""What the desk itself adds to the form of an item: the stopwatch a time entry is made from."""

from __future__ import annotations

from typing import Any

from tickets import parts
from tickets.models import Item, Ticket, TimeEntry
from tickets.services import stopwatches


class LoggedStopwatch:
    """The stopwatch that ends with the entry, named by the form as `id:version`; unticked, it stays as it is."""

    template = "tickets/_stopwatch_part.html"

    def __init__(self, data: Any) -> None:
        pk, _, version = str((data or {}).get("stopwatch", "")).partition(":")
        self.named = (int(pk), int(version)) if _is_number(pk) and _is_number(version) else None

    def is_valid(self) -> bool:
        return True

    def save(self, item: Item, *, by: Any) -> None:
        if self.named is not None and isinstance(item, TimeEntry):
            stopwatches.log(*self.named, item, by=by)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10


def register() -> None:
    """Put it into the form of every new time entry."""
    parts.register("timeentry", _stopwatch)


def _stopwatch(ticket: Ticket, item: Item | None, data: Any, files: Any) -> LoggedStopwatch | None:
    return LoggedStopwatch(data) if item is None else None
