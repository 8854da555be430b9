"""A work type as an administrator describes it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from psa.directory.models import VatKind, WorkType
from tickets.forms.fields import Line

DEFAULTS = {
    "billable": (gettext_lazy("Billable"), (True, False)),
    "free": (gettext_lazy("No charge"), (False, False)),
    "hidden": (gettext_lazy("Hidden from the customer"), (False, True)),
}


def default_of(kind: WorkType) -> str:
    """The code of what becomes of an hour of this work."""
    return next(code for code, (_label, means) in DEFAULTS.items() if means == (kind.is_billable, kind.is_hidden))


class WorkTypeForm(forms.Form):
    """Name, what becomes of its hours and how VAT takes them, and whether calls become it."""

    name = Line(label=gettext_lazy("Name"), max_length=80)
    default = forms.ChoiceField(
        label=gettext_lazy("Its hours are"),
        choices=[(code, label) for code, (label, _means) in DEFAULTS.items()],
        widget=forms.RadioSelect,
        initial="billable",
        help_text=gettext_lazy("Each time entry can say otherwise. What is logged already stays as it is."),
    )
    vat_kind = forms.ChoiceField(label=gettext_lazy("VAT"), choices=VatKind.choices, required=False)
    position = forms.IntegerField(label=gettext_lazy("Place in the list"), min_value=0, max_value=999, required=False)
    is_for_calls = forms.BooleanField(
        label=gettext_lazy("The minutes of call notes become this work type"), required=False
    )

    def __init__(self, data: Any = None, *, kind: WorkType | None = None) -> None:
        start: dict[str, Any] = {}
        if kind is not None:
            start = {"name": kind.name, "position": kind.position, "is_for_calls": kind.is_for_calls}
            start |= {"default": default_of(kind), "vat_kind": kind.vat_kind}
        super().__init__(data, initial=start)

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        clean = self.cleaned_data
        billable, hidden = DEFAULTS[clean["default"]][1]
        given = {name: clean[name] for name in ("position", "vat_kind") if clean[name] not in (None, "")}
        return {
            "name": clean["name"],
            "is_billable": billable,
            "is_hidden": hidden,
            "is_for_calls": clean["is_for_calls"],
            **given,
        }
