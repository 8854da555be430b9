"""On which past tickets a rule is tried."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from tickets.forms.fields import Day, Line
from workflows.services.trying import MOST_TICKETS

_NUMBER = re.compile(r"\d{1,9}")


class TryForm(forms.Form):
    """Some numbers, or the days between two."""

    numbers = Line(
        label=gettext_lazy("Ticket numbers"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("Several with commas; then the days do not count."),
    )
    first = Day(label=pgettext_lazy("days", "From"), required=False)
    last = Day(label=pgettext_lazy("days", "To"), required=False)

    def clean_numbers(self) -> list[int]:
        return [int(one) for one in _NUMBER.findall(self.cleaned_data["numbers"])][:MOST_TICKETS]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if not found.get("numbers") and not (found.get("first") and found.get("last")) and not self.errors:
            raise forms.ValidationError(_("Name ticket numbers, or the first and the last day."))
        if found.get("first") and found.get("last") and found["last"] < found["first"]:
            self.add_error("last", _("The last day lies before the first."))
        return found


class KeepForm(forms.Form):
    """How long runs are kept."""

    days = forms.IntegerField(label=gettext_lazy("Keep runs for so many days"), min_value=1, max_value=730)
