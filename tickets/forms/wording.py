"""The company's own words for the states of a ticket, a field for each state and language."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.utils import translation

from tickets.forms.fields import Line
from tickets.models import Status
from tickets.services.wording import LONGEST


class WordsForm(forms.Form):
    """`now` are the words there are; what the form showed comes back with it as `seen`."""

    def __init__(self, now: Mapping[str, Any], data: Any = None) -> None:
        super().__init__(data)
        self.now = dict(now)
        for status in Status:
            for language, name in settings.LANGUAGES:
                with translation.override(language):
                    ours = str(status.label)
                self.fields[f"{status.value}-{language}"] = Line(
                    label=f"{ours} ({name})",
                    required=False,
                    max_length=LONGEST,
                    initial=self.now.get(status.value, {}).get(language, ""),
                    widget=forms.TextInput(attrs={"placeholder": ours}),
                )

    @property
    def seen(self) -> dict[str, Any]:
        """What the form showed when it was opened; what stands there now where that cannot be read."""
        try:
            found = json.loads(self.data.get("seen", "")) if self.is_bound else self.now
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def rows(self) -> list[tuple[Status, list[Any]]]:
        """Each state with its bound fields, in the order of the languages."""
        return [(status, [self[f"{status.value}-{code}"] for code, _name in settings.LANGUAGES]) for status in Status]

    @property
    def languages(self) -> list[str]:
        return [name for _code, name in settings.LANGUAGES]

    @property
    def words(self) -> dict[str, dict[str, str]]:
        """State → language → word, as typed."""
        clean = self.cleaned_data
        codes = [code for code, _name in settings.LANGUAGES]
        return {status.value: {code: clean[f"{status.value}-{code}"] for code in codes} for status in Status}
