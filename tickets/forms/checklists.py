"""Checklists as they are typed: a list or an item for a ticket, and a template with its items in every language."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from psa.tenancy.errors import Refused
from psa.web import refusals
from tickets.forms.fields import Line
from tickets.models import ChecklistTemplate, Evidence
from tickets.services.checklist_templates import MOST, ItemDraft

LANGUAGES = [code for code, _name in settings.LANGUAGES]


class AddListForm(forms.Form):
    """Which checklist to put on a ticket. `key` makes a second press the same list."""

    template = forms.ModelChoiceField(
        ChecklistTemplate.objects.none(), label=gettext_lazy("Checklist"), empty_label=gettext_lazy("Choose …")
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, templates: Any) -> None:
        super().__init__(data, initial={"key": uuid.uuid4()}, auto_id="list-%s")
        self.fields["template"].queryset = templates  # type: ignore[attr-defined]


class AddItemForm(forms.Form):
    """One item of somebody's own. `key` makes a second press the same item."""

    text = Line(label=gettext_lazy("What is to be done"), max_length=300)
    evidence = forms.ChoiceField(
        label=gettext_lazy("Evidence"), choices=Evidence.choices, initial=Evidence.NONE, required=False
    )
    unit = Line(label=gettext_lazy("Unit"), max_length=20, required=False)
    is_required = forms.BooleanField(label=gettext_lazy("Required"), required=False)
    for_partner = forms.BooleanField(label=gettext_lazy("For the partner"), required=False)
    for_customer = forms.BooleanField(label=gettext_lazy("Visible to the customer"), required=False)
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, is_insourced: bool = False) -> None:
        super().__init__(data, initial={"key": uuid.uuid4()}, auto_id="item-%s")
        if is_insourced:
            del self.fields["for_partner"], self.fields["for_customer"]

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        clean = self.cleaned_data
        return {**clean, "evidence": clean["evidence"] or Evidence.NONE}


class RowForm(forms.Form):
    """One item of a template: its text in each language, and what has to be shown for it."""

    is_required = forms.BooleanField(label=gettext_lazy("Required"), required=False, initial=True)
    evidence = forms.ChoiceField(label=gettext_lazy("Evidence"), choices=Evidence.choices, initial=Evidence.NONE)
    unit = Line(label=gettext_lazy("Unit"), max_length=20, required=False)
    for_customer = forms.BooleanField(label=gettext_lazy("Visible to the customer"), required=False)
    for_partner = forms.BooleanField(label=gettext_lazy("For the partner"), required=False)

    def __init__(self, data: Any = None, *, main: str, **kwargs: Any) -> None:
        super().__init__(data, use_required_attribute=False, **kwargs)
        self.main = main
        for code, name in settings.LANGUAGES:
            label = _("Text") if code == main else name
            self.fields[f"text_{code}"] = Line(label=label, max_length=300, required=False)

    @property
    def text(self) -> forms.BoundField:
        """The text in the company's own language."""
        return self[f"text_{self.main}"]

    @property
    def others(self) -> list[forms.BoundField]:
        """The text in the other languages."""
        return [self[f"text_{code}"] for code in LANGUAGES if code != self.main]

    @property
    def is_translated(self) -> bool:
        return any(bound.value() for bound in self.others)

    @property
    def is_blank(self) -> bool:
        return not any(str(self[f"text_{code}"].value() or "").strip() for code in LANGUAGES)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if not self.is_blank and not found.get(f"text_{self.main}") and f"text_{self.main}" not in self.errors:
            self.add_error(f"text_{self.main}", _("Write the text in your company's own language too."))
        return found

    def typed(self) -> dict[str, Any]:
        """What stands in the row, readable or not, for the same row at another place."""
        return {name: self[name].value() for name in self.fields}

    def draft(self) -> ItemDraft:
        """The item as it is kept."""
        clean = self.cleaned_data
        texts = {code: clean[f"text_{code}"] for code in LANGUAGES if clean[f"text_{code}"]}
        kept = {name: clean[name] for name in ("is_required", "evidence", "unit", "for_customer", "for_partner")}
        kept["unit"] = clean["unit"] if clean["evidence"] == Evidence.VALUE else ""
        return ItemDraft(clean[f"text_{self.main}"], texts, **kept)


class TemplateForm(forms.Form):
    """A template: its name in each language, and its rows. Rows come, go and move with buttons that save nothing."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False, initial=0)

    def __init__(
        self,
        main: str,
        data: Any = None,
        *,
        names: dict[str, str] | None = None,
        items: Sequence[ItemDraft] = (),
        version: int = 0,
    ) -> None:
        start = {f"name_{code}": text for code, text in (names or {}).items()}
        super().__init__(data, initial={**start, "version": version}, use_required_attribute=False)
        self.main = main
        for code, name in settings.LANGUAGES:
            label = _("Name") if code == main else _("Name (%(language)s)") % {"language": name}
            self.fields[f"name_{code}"] = Line(label=label, max_length=120, required=code == main)
        if data is None:
            self.rows = [self._row(number, initial=_initial(one)) for number, one in enumerate(items)]
            self.rows = self.rows or [self._row(0)]
        else:
            self.rows = [self._row(number, data) for number in range(_size(data.get("rows", "")))]

    @property
    def name(self) -> forms.BoundField:
        return self[f"name_{self.main}"]

    @property
    def other_names(self) -> list[forms.BoundField]:
        return [self[f"name_{code}"] for code in LANGUAGES if code != self.main]

    def rearrange(self, verb: str, place: int) -> None:
        """A row more, one less, or two rows changed over; everything typed goes with its row."""
        typed = [row.typed() for row in self.rows]
        if verb == "add" and len(typed) < MOST:
            typed.append({"is_required": True})
        elif 0 <= place < len(typed):
            if verb == "remove":
                del typed[place]
            other = place + {"up": -1, "down": 1}.get(verb, 0)
            if other != place and 0 <= other < len(typed):
                typed[place], typed[other] = typed[other], typed[place]
        self.rows = [self._row(number, initial=one) for number, one in enumerate(typed or [{"is_required": True}])]

    def is_valid(self) -> bool:
        """The name, and every row in which something is written."""
        rows = [row.is_valid() for row in self.rows if not row.is_blank]
        return super().is_valid() and all(rows)

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        names = {code: self.cleaned_data[f"name_{code}"] for code in LANGUAGES if self.cleaned_data[f"name_{code}"]}
        return {
            "name": names[self.main],
            "names": names,
            "items": [row.draft() for row in self.rows if not row.is_blank],
            "version": self.cleaned_data["version"] or 0,
        }

    def refuse(self, refused: Refused) -> None:
        """Show a service's no; what was typed stays."""
        self.add_error(None, refusals.explain(refused))

    def _row(self, number: int, data: Any = None, initial: dict[str, Any] | None = None) -> RowForm:
        return RowForm(data, main=self.main, prefix=f"row{number}", initial=initial)


def _size(typed: str) -> int:
    return min(int(typed), MOST) if typed.isdecimal() and len(typed) < 4 else 0


def _initial(draft: ItemDraft) -> dict[str, Any]:
    texts = {f"text_{code}": text for code, text in draft.texts.items()}
    names = ("is_required", "evidence", "unit", "for_customer", "for_partner")
    return {**texts, **{name: getattr(draft, name) for name in names}}
