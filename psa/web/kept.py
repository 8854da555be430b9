"""The saved views of a list, and who keeps them: an app above the engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SavedViews:
    """The reader's saved views of a list: name, address and whether it is this view; where to save, and to manage; for
    whom else than oneself a view may be saved (value, label)."""

    views: Sequence[tuple[str, str, bool]]
    save_url: str
    manage_url: str
    audiences: Sequence[tuple[str, Any]] = ()


# Who keeps saved views gives them by (listing); registered once, when its app starts.
_keepers: list[Callable[[Any], SavedViews]] = []


def keep_views(keeper: Callable[[Any], SavedViews]) -> None:
    """Let this app keep the saved views of the lists that say `saved_as`."""
    _keepers[:] = [keeper]


def kept(listing: Any) -> SavedViews | None:
    """The saved views of a list as its keeper knows them; None where nobody keeps any."""
    return _keepers[0](listing) if _keepers else None
