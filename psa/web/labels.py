"""An enum's one table (code → label, colour, icon, group) as ready markup, made once per language.

    STATUSES = labels.Table({
        "new": Label(_("New"), "blue", "circle-dashed", "open"),
        …
    })
    STATUSES.badge("new"); STATUSES.text("new"); STATUSES.choices(); STATUSES.of_group("open")

A list's row takes the string as it is: no tag and no translation per row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.functional import lazy
from django.utils.safestring import SafeString, mark_safe

from psa.web import own_words
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
    """The table of one enum. `wording` names the kind of words a company may have of its own for its codes."""

    def __init__(self, looks: Mapping[str, Look], wording: str = "") -> None:
        self._looks = dict(looks)
        self.wording = wording

    def __getitem__(self, code: str) -> Look:
        return self._looks[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._looks)

    def __len__(self) -> int:
        return len(self._looks)

    def text(self, code: Any) -> str:
        """The label in the reader's language; the code itself where the table has none."""
        look = self._looks.get(code)
        said = own_words.own(self.wording, code) if self.wording else ""
        return said or (str(look.label) if look else str(code or UNKNOWN.label))

    def badge(self, code: Any, plain: bool = False) -> SafeString:
        """The badge; `plain` (no box) for rows of a list."""
        look = self._looks.get(code, UNKNOWN)
        return mark_safe(ui.badge(self.text(code), look.colour, look.icon, plain))

    def choices(self) -> list[tuple[str, Any]]:
        """For a form field or a filter."""
        if self.wording:
            return [(code, lazy(self.text, str)(code)) for code in self._looks]
        return [(code, look.label) for code, look in self._looks.items()]

    def of_group(self, *groups: str) -> list[str]:
        """The codes of these groups."""
        return [code for code, look in self._looks.items() if getattr(look, "group", "") in groups]
