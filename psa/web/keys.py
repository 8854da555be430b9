"""The single keys of a ticket's page: each is said once, and the page and the list behind `?` both read it here.

keys.register("forward", "f", _("Forward"))              # in AppConfig.ready
{% hotkey "forward" %}                                   # data-key="f", for static/js/app.js
{% button _("Forward") key="forward" %}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

# What static/js/app.js does by itself on every page: go, the rows of a list, search, the list of keys.
OF_THE_SHELL = frozenset("gjk/?")


@dataclass(frozen=True, slots=True)
class Key:
    """One key and what it does, in words; one without words is listed by the shell itself."""

    letter: str
    label: Any = ""


_keys: dict[str, Key] = {}


def register(name: str, letter: str, label: Any = "") -> None:
    """Give a letter to what a page calls `name`. Raises ValueError for a letter that does something else."""
    taken = {one.letter for other, one in _keys.items() if other != name} | OF_THE_SHELL
    if letter in taken:
        raise ValueError(f"The key {letter} does something else already.")
    _keys[name] = Key(letter, label)


def letter(name: str) -> str:
    """The letter of this name. Raises KeyError for one nobody registered."""
    return _keys[name].letter


def listed() -> list[Key]:
    """The keys with their words, in the order they were registered."""
    return [one for one in _keys.values() if one.label]
