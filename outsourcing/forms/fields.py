"""Fields and the base the forms of the exchange share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from psa.tenancy.errors import Refused
from psa.web import refusals
from psa.web.figures import hours

STEPS = (0, 5, 6, 10, 15, 30, 60)
LONGEST_HOURS = 10_000
NOTHING = Decimal(0)


class HoursField(forms.Field):
    """Hours as people write them: 5, 1.5, 1,5 or 1:30. Cleaned to whole minutes."""

    default_error_messages = {
        "unreadable": gettext_lazy("Enter hours like 5, 1.5 or 1:30."),
        "too_long": gettext_lazy("That is more than anybody can work."),
    }

    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip().lower().removesuffix("h").strip()
        if not text:
            return None
        if (minutes := read_hours(text)) is None:
            raise forms.ValidationError(self.error_messages["unreadable"], code="unreadable")
        if minutes > LONGEST_HOURS * 60:
            raise forms.ValidationError(self.error_messages["too_long"], code="too_long")
        return minutes

    def prepare_value(self, value: Any) -> Any:
        return hours(value).removesuffix(" h") if isinstance(value, int) else value

    def widget_attrs(self, widget: Any) -> dict[str, Any]:
        return {"inputmode": "decimal", "autocomplete": "off", "maxlength": "12"}


def read_hours(text: str) -> int | None:
    """1:30 → 90, 1.5 → 90, 1,5 → 90, 5 → 300; None for anything else."""
    if found := re.fullmatch(r"(\d{1,5}):([0-5]\d)", text):
        return int(found[1]) * 60 + int(found[2])
    if found := re.fullmatch(r"(\d{1,5})(?:[.,](\d{1,2}))?", text):
        return round(Decimal(f"{found[1]}.{found[2] or 0}") * 60)
    return None


class Refusable(forms.Form):
    """A form that can show a service's no where it belongs; what was typed stays."""

    places: Mapping[str, str] = {}

    def refuse(self, refused: Refused) -> None:
        place = self.places.get(refused.code)
        self.add_error(place if place in self.fields else None, refusals.explain(refused))


# The offer ------------------------------------------------------------------------------------------------------------
