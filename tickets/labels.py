"""The enums of the desk as they are drawn: each one's table made ready for pages."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from psa.looks import Look
from psa.web.labels import Label, Table
from psa.web.templatetags.ui import icon
from tickets.models import (
    HAND_OFF_KIND_LOOKS,
    HAND_OFF_LOOKS,
    HandOffKind,
    HandOffStatus,
    NoteKind,
    Priority,
    Resolution,
    Source,
    Status,
    TextKind,
)
from tickets.models.desk import PRIORITY_LOOKS
from tickets.models.status import STATUS_LOOKS
from tickets.models.text_modules import TEXT_KIND_LOOKS


def _table(enum: Any, looks: dict[Any, Look], wording: str = "") -> Table:
    return Table({code.value: Label(code.label, *looks.get(code, ("gray", ""))) for code in enum}, wording)


STATUSES = _table(Status, STATUS_LOOKS, "status")
PRIORITIES = _table(Priority, PRIORITY_LOOKS)
SOURCES = _table(Source, {})
RESOLUTIONS = _table(Resolution, {})
TEXT_KINDS = _table(TextKind, TEXT_KIND_LOOKS)
HAND_OFFS = _table(HandOffStatus, HAND_OFF_LOOKS)
HAND_OFF_KINDS = _table(HandOffKind, HAND_OFF_KIND_LOOKS)
NOTE_KINDS = _table(
    NoteKind,
    {
        NoteKind.QUESTION: Look("orange", "message-circle-question-mark"),
        NoteKind.CALL: Look("gray", "phone"),
        NoteKind.MAIL: Look("teal", "mail"),
    },
)


def brief_priority(code: int) -> SafeString:
    """A priority in a row: its icon, and its word where there is room."""
    return _brief(code, get_language())


@lru_cache(maxsize=64)
def _brief(code: int, language: str | None) -> SafeString:
    look = PRIORITIES[code]  # type: ignore[index]
    markup = '<span class="badge is-plain is-brief tone-{}" title="{}">{}<span class="brief">{}</span></span>'
    return format_html(markup, look.colour, look.label, icon(look.icon), look.label)
