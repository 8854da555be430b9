"""Placeholders of mails and rules: `{ticket.number}`, a name from a closed list, replaced by a word. Pure.

A placeholder is looked up in a table of ready words, once: no attribute is read, nothing is called, no format is
understood, and what a value says is never looked at again (hostile tests, X4).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

# No line of a value is longer; what somebody wrote in a note may have many.
LONGEST_VALUE = 10_000

_FOUND = re.compile(r"\{([^{}\n]{0,80})\}")


def named(text: str) -> list[str]:
    """Every placeholder of a text, each once, as it was typed."""
    return list(dict.fromkeys(name.strip() for name in _FOUND.findall(text)))


def unknown(text: str, known: Collection[str]) -> list[str]:
    """What stands in braces and is no placeholder there, each once."""
    return [name for name in named(text) if name not in known]


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders replaced; what is none stays as it was typed."""

    def word(found: re.Match[str]) -> str:
        name = found[1].strip()
        return tame(values[name]) if name in values else found[0]

    return _FOUND.sub(word, text)


def tame(value: str) -> str:
    """A value as it may stand in a text that is filled once more, by a text module's words: braces and brackets in it
    are only signs."""
    said = value[:LONGEST_VALUE]
    for double, apart in (("{{", "{ {"), ("}}", "} }"), ("[[", "[ ["), ("]]", "] ]")):
        while double in said:
            said = said.replace(double, apart)
    return said
