"""Working hours as they are typed and shown: `8:00–12:00, 13:00–17:00`. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from psa.calendars.business import Windows

MOST = 6
MIDNIGHT = 1440
_ONE = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*(?:-|–|—|bis|līdz|to)\s*(\d{1,2})(?:[:.](\d{2}))?", re.I)


class Unreadable(ValueError):
    """This is not a list of hours, or they overlap."""


def read(text: str) -> Windows:
    """The windows somebody typed, in order, those that touch joined. Raises Unreadable."""
    found = sorted(_window(part) for part in re.split(r"[,;\n]+", text) if part.strip())
    joined: list[tuple[int, int]] = []
    for opens, closes in found:
        if joined and opens < joined[-1][1]:
            raise Unreadable
        if joined and opens == joined[-1][1]:
            joined[-1] = (joined[-1][0], closes)
        else:
            joined.append((opens, closes))
    if len(joined) > MOST:
        raise Unreadable
    return tuple(joined)


def write(windows: Sequence[Sequence[int]]) -> str:
    """The windows as a person writes them."""
    return ", ".join(f"{_clock(opens)}–{_clock(closes)}" for opens, closes in windows)


def plain(value: Sequence[Sequence[int]]) -> Windows:
    """Windows as the database keeps them, as the calculation takes them."""
    return tuple((int(opens), int(closes)) for opens, closes in value)


def _window(part: str) -> tuple[int, int]:
    found = _ONE.fullmatch(part.strip())
    if found is None:
        raise Unreadable
    hour, minute, until, last = (int(one or 0) for one in found.groups())
    opens, closes = hour * 60 + minute, until * 60 + last
    if minute > 59 or last > 59 or not opens < closes <= MIDNIGHT:
        raise Unreadable
    return opens, closes


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02d}"
