"""Time as it is typed: how long, or from when until when; from a stopwatch it opens with the minutes on it."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import cached_property
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from psa.directory.models import Contract, WorkType
from psa.tenancy.errors import Refused
from psa.web import refusals
from psa.web.figures import hours
from tickets import spans
from tickets.forms.fields import LONGEST_WORK, Day, Line, Minutes, Text
from tickets.forms.items import WorkForm
from tickets.models import Stopwatch
from tickets.services import stopwatches

BILLING = {
    "": (gettext_lazy("As the work type says"), None),
    "billable": (gettext_lazy("Billable"), (True, False)),
    "free": (gettext_lazy("No charge"), (False, False)),
    "hidden": (gettext_lazy("Hidden from the customer"), (False, True)),
}


class Clock(forms.TimeField):
    """A time of day, to the minute."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
        super().__init__(**{"widget": widget, "required": False, **kwargs})

    def to_python(self, value: Any) -> time | None:
        found = super().to_python(value)
        return found.replace(second=0, microsecond=0) if found else None


class TimeForm(WorkForm):
    """Time somebody worked."""

    kind, icon, label = "timeentry", "timer", gettext_lazy("Time")
    names = (
        "worked_on",
        "minutes",
        "offset_minutes",
        "offset_reason",
        "work_type",
        "contract",
        "text",
        "internal_text",
    )

    takes_texts = True
    carries = ("move",)

    text = Text(label=gettext_lazy("What was done"), required=False)
    minutes = Minutes(
        label=gettext_lazy("Time worked"), required=False, help_text=gettext_lazy("1:30, 1.5 h or 90 (minutes)")
    )
    worked_on = Day(label=gettext_lazy("Day"))
    begins = Clock(label=gettext_lazy("From"))
    ends = Clock(label=gettext_lazy("Until"))
    work_type = forms.ModelChoiceField(
        WorkType.objects.none(), label=gettext_lazy("Work type"), required=False, empty_label="–"
    )
    billing = forms.ChoiceField(
        label=gettext_lazy("Billing"), required=False, choices=[(code, label) for code, (label, _v) in BILLING.items()]
    )
    contract = forms.ModelChoiceField(
        Contract.objects.none(), label=gettext_lazy("Contract"), required=False, empty_label=gettext_lazy("No contract")
    )
    offset_minutes = Minutes(
        label=gettext_lazy("Offset for billing"),
        signed=True,
        required=False,
        help_text=gettext_lazy("−0:15 takes a quarter of an hour off"),
    )
    offset_reason = Line(label=gettext_lazy("Reason for the offset"), max_length=200, required=False)
    internal_text = Text(
        label=gettext_lazy("Internal remark"), required=False, help_text=gettext_lazy("Never leaves our company.")
    )

    @cached_property
    def stopwatch(self) -> Stopwatch | None:
        """The writer's stopwatch on this ticket, which a new entry ends."""
        return stopwatches.on(self.ticket, self.actor) if self.item is None else None

    @property
    def stopwatch_value(self) -> str:
        """What the form posts back of it as it is shown."""
        return f"{self.stopwatch.pk}:{self.stopwatch.version}" if self.stopwatch else ""

    @property
    def logs_stopwatch(self) -> bool:
        return not self.is_bound or bool(self.data.get("stopwatch"))

    @property
    def stopwatch_minutes(self) -> int:
        return self.stopwatch.minutes(timezone.now()) if self.stopwatch else 0

    @property
    def is_long(self) -> bool:
        """Whether the stopwatch was perhaps forgotten: it began on another day, or shows more than ten hours."""
        began = self.stopwatch and timezone.localdate(self.stopwatch.first_started_at)
        return bool(self.stopwatch) and (began != timezone.localdate() or self.stopwatch_minutes > 600)

    def blank(self) -> dict[str, Any]:
        if self.stopwatch is None:
            return {"worked_on": timezone.localdate()}
        day = timezone.localdate(self.stopwatch.first_started_at)
        return {"worked_on": day, "minutes": min(self.stopwatch_minutes, LONGEST_WORK)}

    def start(self) -> dict[str, Any]:
        found = super().start()
        if self.item is not None:
            for name, at in (("begins", self.item.started_at), ("ends", self.item.ended_at)):
                found[name] = timezone.localtime(at).time().replace(second=0, microsecond=0) if at else None
            said = (self.item.is_billable, self.item.is_hidden)
            found["billing"] = next(code for code, (_label, means) in BILLING.items() if means == said)
        return found

    def narrow(self) -> None:
        kept = getattr(self.item, "work_type_id", None)
        rows = WorkType.objects.filter(is_active=True)
        self.fields["work_type"].queryset = rows | WorkType.objects.filter(pk=kept) if kept else rows  # type: ignore[attr-defined]
        self.fields["minutes"].widget.attrs["data-key"] = "t"
        self.fields["internal_text"].widget.attrs["rows"] = 2
        if self.item is None or not self.actor.can("contract.view"):
            del self.fields["contract"]
        else:
            ours = Q(company=self.ticket.company_id) | Q(pk=self.item.contract_id)
            self.fields["contract"].queryset = Contract.objects.filter(ours).order_by("-starts_on")  # type: ignore[attr-defined]
        if self.item is not None:
            self.fields["billing"].choices = [(code, label) for code, (label, _v) in BILLING.items() if code]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self._clean_span(cleaned)
        cleaned["offset_minutes"] = cleaned.get("offset_minutes") or 0
        if cleaned["offset_minutes"] < -(cleaned.get("minutes") or LONGEST_WORK):
            self.add_error("offset_minutes", _("This takes off more than was worked."))
        offset = cleaned.get("offset_minutes")
        if offset and not cleaned.get("offset_reason") and (self.item is None or self.item.offset_minutes != offset):
            self.add_error("offset_reason", _("Say why: whoever bills this will ask."))
        if (day := cleaned.get("worked_on")) and (day - timezone.localdate()).days > 1:
            self.add_error("worked_on", _("This day is still to come."))
        return cleaned

    def _clean_span(self, cleaned: dict[str, Any]) -> None:
        """From and until as moments; they say how long it took, unless a shorter time is given (a break in between)."""
        begins, ends, day = cleaned.get("begins"), cleaned.get("ends"), cleaned.get("worked_on")
        if self.errors.keys() & {"begins", "ends", "worked_on", "minutes"} or day is None:
            return
        if self._is_untouched():
            cleaned["started_at"], cleaned["ended_at"] = self.item.started_at, self.item.ended_at
            return
        if ends is not None and begins is None:
            self.add_error("begins", _("Say from when, too."))
        elif begins is not None and ends is None and not cleaned.get("minutes"):
            self.add_error("ends", _("Say until when, or how long."))
        elif begins is None:
            cleaned["started_at"] = cleaned["ended_at"] = None
            if not cleaned.get("minutes"):
                self.add_error("minutes", _("Say how long it took, or from when until when."))
        else:
            self._between(cleaned, day, begins, ends)

    def _between(self, cleaned: dict[str, Any], day: Any, begins: time, ends: time | None) -> None:
        if begins == ends:
            self.add_error("ends", _("No time passed between these two."))
            return
        zone = timezone.get_current_timezone()
        try:
            first = spans.began(day, begins, zone)
            last = spans.moments(day, begins, ends, zone)[1] if ends else first + timedelta(minutes=cleaned["minutes"])
        except spans.NoSuchTime as wrong:
            named = "begins" if wrong.clock == begins else "ends"
            said = {"time": time_format(wrong.clock, "TIME_FORMAT")}
            self.add_error(named, _("The clock did not show %(time)s then: it was put forward that night.") % said)
            return
        passed = spans.minutes(first, last)
        given = cleaned.get("minutes")
        if given is None:
            given = passed
        elif self._is_moved_only(given):
            given += passed - spans.minutes(_to_minute(self.item.started_at), _to_minute(self.item.ended_at))
        if given > passed:
            fits = {"span": hours(passed)}
            self.add_error(
                "minutes", _("Between these two lie only %(span)s. A break makes it less, never more.") % fits
            )
        elif given < 1:
            self.add_error("minutes", _("Enter at least one minute."))
        cleaned["minutes"], cleaned["started_at"], cleaned["ended_at"] = given, first, last

    def _is_moved_only(self, given: int) -> bool:
        """Whether an entry's from and until were changed and its time was left alone: then it follows them."""
        item = self.item
        return item is not None and item.started_at and item.ended_at and given == item.minutes

    def _is_untouched(self) -> bool:
        """Whether an entry keeps its moments: seconds and the second of two equal hours are not in the form."""
        return self.item is not None and not {"begins", "ends", "worked_on", "minutes"} & set(self.changed_data)

    def values(self) -> dict[str, Any]:
        found = super().values()
        found |= {name: self.cleaned_data[name] for name in ("started_at", "ended_at") if name in self.cleaned_data}
        means = BILLING[self.cleaned_data.get("billing") or ""][1]
        return found if means is None else {**found, "is_billable": means[0], "is_hidden": means[1]}

    def refuse(self, refused: Refused) -> None:
        if refused.code == "stopwatch_went_on":
            self.add_error("minutes", refusals.explain(refused))
        else:
            super().refuse(refused)


def _to_minute(at: datetime) -> datetime:
    """A moment as the form shows it."""
    return at.replace(second=0, microsecond=0)
