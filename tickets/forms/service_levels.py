"""A service level as an administrator describes it: for whom, in which hours, and how long for each priority."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from psa.calendars.models import Calendar
from psa.directory.models import Company, Contract, ServiceLevel
from psa.directory.service_levels import Minutes
from tickets.forms.fields import Line
from tickets.labels import PRIORITIES
from tickets.models.desk import Priority

EVERYBODY, COMPANY, CONTRACT = "", "company", "contract"
KINDS = ("response", "start", "resolution")
LABELS = {
    "response": gettext_lazy("Response"),
    "start": gettext_lazy("Start of work"),
    "resolution": gettext_lazy("Resolution"),
}
UNREADABLE = gettext_lazy("Write hours and minutes as 4:00, or hours as 4 or 1.5.")
MOST = 10_000 * 60
_CLOCK, _HOURS = re.compile(r"(\d{1,5}):([0-5]\d)"), re.compile(r"\d{1,5}([.,]\d{1,2})?")


class HoursField(forms.CharField):
    """Working hours as `4:00`, `4` or `1,5`, in minutes; empty for no promise."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=9, required=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return f"{value // 60}:{value % 60:02d}" if isinstance(value, int) else value

    def clean(self, value: Any) -> int | None:
        typed = super().clean(value).strip()
        if not typed:
            return None
        if found := _CLOCK.fullmatch(typed):
            minutes = int(found[1]) * 60 + int(found[2])
        elif _HOURS.fullmatch(typed):
            minutes = round(float(typed.replace(",", ".")) * 60)
        else:
            raise forms.ValidationError(UNREADABLE)
        if not 0 < minutes <= MOST:
            raise forms.ValidationError(UNREADABLE)
        return minutes


class ServiceLevelForm(forms.Form):
    """Name, for whom, calendar, and three targets a priority."""

    name = Line(label=gettext_lazy("Name"), max_length=80)
    company = forms.ModelChoiceField(
        label=gettext_lazy("Customer"), queryset=Company.objects.none(), required=False, empty_label="–"
    )
    contract = forms.ModelChoiceField(
        label=gettext_lazy("Contract"),
        queryset=Contract.objects.none(),
        required=False,
        empty_label="–",
        help_text=gettext_lazy("Customer and contract empty: for everybody who has no service level of their own."),
    )
    calendar = forms.ModelChoiceField(
        label=gettext_lazy("Calendar"),
        queryset=Calendar.objects.none(),
        required=False,
        empty_label=gettext_lazy("The customer's, else ours"),
    )

    def __init__(
        self, data: Any = None, *, level: ServiceLevel | None = None, targets: Mapping[int, Minutes] | None = None
    ) -> None:
        start: dict[str, Any] = {}
        if level is not None:
            names = ("name", "company_id", "contract_id", "calendar_id")
            start = {name.removesuffix("_id"): getattr(level, name) for name in names}
        for priority, minutes in (targets or {}).items():
            start |= {f"{kind}_{priority}": getattr(minutes, kind) for kind in KINDS}
        super().__init__(data, initial=start)
        fields: dict[str, Any] = self.fields
        fields["company"].queryset = Company.objects.filter(is_active=True).order_by("name")
        fields["contract"].queryset = Contract.objects.select_related("company").order_by("company__name", "-starts_on")
        fields["contract"].label_from_instance = lambda one: f"{one.company.name} – {one.name}"
        fields["calendar"].queryset = Calendar.objects.all()
        for priority in Priority:
            for kind in KINDS:
                label = f"{PRIORITIES.text(priority)}: {LABELS[kind]}"
                fields[f"{kind}_{priority.value}"] = HoursField(label=label)

    @property
    def rows(self) -> list[tuple[str, list[Any]]]:
        """For the page: each priority with its three fields, the most urgent first."""
        return [
            (PRIORITIES.badge(priority, True), [self[f"{kind}_{priority.value}"] for kind in KINDS])
            for priority in Priority
        ]

    def clean(self) -> None:
        """For one company or one contract, not for both."""
        if self.cleaned_data.get("company") and self.cleaned_data.get("contract"):
            self.add_error("contract", gettext_lazy("Choose a customer or a contract; a contract names its customer."))

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        clean = self.cleaned_data
        targets = {
            priority.value: Minutes(**{kind: clean[f"{kind}_{priority.value}"] for kind in KINDS})
            for priority in Priority
        }
        return {**{name: clean[name] for name in ("name", "company", "contract", "calendar")}, "targets": targets}
