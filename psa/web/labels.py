"""An enum's one table (code → label, colour, icon, group) as ready markup, made once per language.

    STATUSES = labels.Table({
        "new": Label(_("New"), "blue", "circle-dashed", "open"),
        …
    })
    STATUSES.badge("new"); STATUSES.text("new"); STATUSES.choices(); STATUSES.of_group("open")

A list's row takes the string as it is: no tag and no translation per row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from psa.web.templatetags import ui


class Look(Protocol):
    """What a row of the table must say; an app below psa.web may bring a class of its own."""

    @property
    def label(self) -> Any: ...
    @property
    def colour(self) -> str: ...
    @property
    def icon(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Label:
    """How one code looks. Colours: gray, blue, teal, green, amber, orange, red, violet."""

    label: Any
    colour: str = "gray"
    icon: str = ""
    group: str = ""


UNKNOWN = Label("–")


class Table(Mapping[str, Look]):
    """The table of one enum. `say` may give a tenant's own label for a code; then nothing is kept."""

    def __init__(self, looks: Mapping[str, Look], say: Callable[[str], str] | None = None) -> None:
        self._looks = dict(looks)
        self._say = say
        self._kept: dict[tuple[str | None, bool], dict[str, SafeString]] = {}

    def __getitem__(self, code: str) -> Look:
        return self._looks[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._looks)

    def __len__(self) -> int:
        return len(self._looks)

    def text(self, code: Any) -> str:
        """The label in the reader's language; the code itself where the table has none."""
        look = self._looks.get(code)
        return (self._say(code) if self._say else "") or (str(look.label) if look else str(code or UNKNOWN.label))

    def badge(self, code: Any, plain: bool = False) -> SafeString:
        """The badge; `plain` (no box) for rows of a list."""
        if self._say:
            return self._badge(code, plain)
        kept = self._kept.setdefault((get_language(), plain), {})
        if code not in kept:
            made = self._badge(code, plain)
            if code not in self._looks:
                return made
            kept[code] = made
        return kept[code]

    def _badge(self, code: str, plain: bool) -> SafeString:
        look = self._looks.get(code, UNKNOWN)
        return mark_safe(ui.badge(self.text(code), look.colour, look.icon, plain))

    def choices(self) -> list[tuple[str, Any]]:
        """For a form field or a filter."""
        return [(code, look.label) for code, look in self._looks.items()]

    def of_group(self, *groups: str) -> list[str]:
        """The codes of these groups."""
        return [code for code, look in self._looks.items() if getattr(look, "group", "") in groups]
