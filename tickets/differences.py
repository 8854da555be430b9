"""Two versions of one item beside each other: which words differ, and which figures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

# Texts with more words than this are compared line by line: word by word would take too long.
MOST_WORDS = 3000
WORDS = re.compile(r"\s+|[^\s]+")
LINES = re.compile(r"[^\n]*\n|[^\n]+")
Pieces = Sequence[tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class Difference:
    """Both texts in pieces, each with whether the other one lacks it."""

    now: Pieces
    typed: Pieces


def between(now: str, typed: str) -> Difference | None:
    """What differs between two texts; None where neither says anything."""
    if not (now or typed):
        return None
    one, other = (text.replace("\r\n", "\n") for text in (now, typed))
    cut = WORDS if max(one.count(" "), other.count(" ")) < MOST_WORDS else LINES
    left, right = cut.findall(one), cut.findall(other)
    if max(len(left), len(right)) > MOST_WORDS * 2:
        return Difference([(one, one != other)], [(other, one != other)])
    found = SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
    return Difference(
        [("".join(left[a:b]), tag != "equal") for tag, a, b, _c, _d in found if b > a],
        [("".join(right[c:d]), tag != "equal") for tag, _a, _b, c, d in found if d > c],
    )


def figures(form: Any, now: Any) -> list[tuple[Any, Any, Any]]:
    """The form's other fields that say something else than the item does: label, as it stands, as it was typed."""
    fresh = type(form)(form.ticket, form.actor, item=now)
    return [
        (form[name].label, _said(fresh[name]), _said(form[name]))
        for name in form.fields
        if name not in {"text", "version", "reader"} and _plain(fresh[name]) != _plain(form[name])
    ]


def _plain(bound: Any) -> str:
    value = bound.value()
    try:
        value = bound.field.clean(value)
    except Exception:  # what cannot be read differs
        return str(value)
    return str(getattr(value, "pk", value) or "")


def _said(bound: Any) -> str:
    value = bound.value()
    choices = dict(getattr(bound.field, "choices", ()))
    if choices:
        value = next((label for code, label in choices.items() if str(code) == str(value or "")), value)
    return str(value if value not in (None, "") else "–")
