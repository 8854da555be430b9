"""Kinds of input: a line, a text, a length of time, a moment, an amount; cleaned the same way everywhere."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy

from psa.web.figures import hours
from psa.web.inputs import Amount, Day, within_reason

__all__ = ["Amount", "Day", "Line", "Minutes", "Moment", "Text", "clean_line", "parse_minutes", "within_reason"]

LONGEST_TEXT = 50_000
LONGEST_WORK = 24 * 60
# Characters that turn the direction of what follows: in a line of its own they can only mislead.
TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C])


def clean_line(text: str) -> str:
    """One line as it is kept: no control characters, nothing that turns the writing round."""
    plain = "".join(" " if unicodedata.category(char) == "Cc" else char for char in text)
    return " ".join(plain.translate(TURNING).encode("utf-8", "ignore").decode().split())


class Line(forms.CharField):
    """One line of text."""

    def to_python(self, value: Any) -> str:
        return clean_line(super().to_python(value) or "")


class Text(forms.CharField):
    """Several lines of plain text."""

    widget = forms.Textarea

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": LONGEST_TEXT, **kwargs})

    def to_python(self, value: Any) -> str:
        text = (super().to_python(value) or "").replace("\r\n", "\n").replace("\r", "\n")
        kept = "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cs"})
        return kept.strip()

    def widget_attrs(self, widget: Any) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "rows": 5}


class Minutes(forms.Field):
    """A length of time: 1:30, 1.5 h, 1,5 or plain minutes. Cleaned to whole minutes."""

    default_error_messages = {
        "unreadable": gettext_lazy("Enter a time like 1:30, 1.5 h or 90 (minutes)."),
        "too_long": gettext_lazy("At most 24 hours fit into one entry."),
        "too_short": gettext_lazy("Enter at least one minute."),
    }

    def __init__(self, *, signed: bool = False, longest: int = LONGEST_WORK, **kwargs: Any) -> None:
        self.signed, self.longest = signed, longest
        super().__init__(**kwargs)

    def widget_attrs(self, widget: Any) -> dict[str, Any]:
        return {"maxlength": 12, "autocomplete": "off"}

    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip().replace("−", "-").lower()
        if not text:
            return None
        minutes = parse_minutes(text)
        if minutes is None or (minutes < 0 and not self.signed):
            raise forms.ValidationError(self.error_messages["unreadable"], code="unreadable")
        if abs(minutes) > self.longest:
            raise forms.ValidationError(self.error_messages["too_long"], code="too_long")
        if not minutes and not self.signed:
            raise forms.ValidationError(self.error_messages["too_short"], code="too_short")
        return minutes

    def prepare_value(self, value: Any) -> Any:
        return hours(value).removesuffix(" h") if isinstance(value, int) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        read = parse_minutes(str(data or ""))
        return read != (parse_minutes(str(initial)) if isinstance(initial, str) else initial)


def parse_minutes(text: str) -> int | None:
    """1:30 → 90, 1.5 h → 90, 1,5 → 90, 90 min → 90, 90 → 90; None for anything else."""
    text = text.strip().lower().replace("−", "-")
    if found := re.fullmatch(r"(-?)(\d{1,3}):([0-5]\d)\s*h?", text):
        size = int(found[2]) * 60 + int(found[3])
    elif found := re.fullmatch(r"(-?)(\d{1,3})(?:[.,](\d{1,2}))?\s*(?:h|std\.?|st\.?)", text):
        size = round(Decimal(f"{found[2]}.{found[3] or 0}") * 60)
    elif found := re.fullmatch(r"(-?)(\d{1,3})[.,](\d{1,2})", text):
        size = round(Decimal(f"{found[2]}.{found[3]}") * 60)
    elif found := re.fullmatch(r"(-?)(\d{1,5})\s*(?:m|min\.?)?", text):
        size = int(found[2])
    else:
        return None
    return -size if found[1] else size


class Moment(forms.DateTimeField):
    """Date and time, to the minute, in the reader's zone. Of the hour that comes twice in autumn the first is meant."""

    def to_python(self, value: Any) -> Any:
        typed = parse_datetime(value.strip()) if isinstance(value, str) and value.strip().isprintable() else None
        if typed is None or timezone.is_aware(typed):
            return super().to_python(value)
        within_reason(typed)
        return timezone.make_aware(typed).astimezone(UTC).astimezone(timezone.get_current_timezone())

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{"widget": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"), **kwargs}
        )

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(initial.replace(second=0, microsecond=0) if initial else initial, data)
