"""A calendar, and a day of one's own, as they are typed. The week is a line of hours for each weekday."""

from __future__ import annotations

from typing import Any

from babel import Locale
from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from psa.calendars import days_off, windows
from psa.calendars.models import Calendar, office_week
from psa.web.zones import zones

CLOSED, USUAL, HOURS = "closed", "usual", "hours"
UNREADABLE = _("Write hours as 8:00–12:00, 13:00–17:00. They must not overlap; the day ends at 24:00.")


class HoursField(forms.CharField):
    """Windows of a day as text."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=120, required=False, **kwargs)

    def clean(self, value: Any) -> windows.Windows:
        try:
            return windows.read(super().clean(value))
        except windows.Unreadable:
            raise forms.ValidationError(UNREADABLE) from None


def countries() -> list[tuple[str, Any]]:
    """The countries whose holidays are known, by their names in the reader's language."""
    names = Locale.parse((get_language() or "en").partition("-")[0]).territories
    pairs = [(code, str(names.get(code, code))) for code in days_off.countries()]
    return [("", _("No public holidays")), *sorted(pairs, key=lambda pair: pair[1].casefold())]


class CalendarForm(forms.Form):
    """Name, zone, whose holidays, and the week. The regions offered are those of the country that is chosen."""

    name = forms.CharField(label=_("Name"), max_length=80)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zones)
    country = forms.ChoiceField(label=_("Holidays of"), choices=countries, required=False)
    region = forms.ChoiceField(label=_("Region"), required=False)

    def __init__(self, data: Any = None, *, calendar: Calendar | None = None, usual: Calendar | None = None) -> None:
        start = calendar or usual or Calendar(week=office_week())
        given = {name: getattr(start, name) for name in ("time_zone", "country", "region")}
        given["name"] = calendar.name if calendar else ""
        days = {f"day_{at}": windows.write(found) for at, found in enumerate(start.week)}
        super().__init__(data, initial={**given, **days})
        country = data.get("country", "") if data is not None else start.country
        fields: dict[str, Any] = self.fields
        fields["region"].choices = [("", _("Whole country")), *days_off.regions(country)]
        for at in range(7):
            fields[f"day_{at}"] = HoursField(label=str(WEEKDAYS[at]).capitalize())

    @property
    def week(self) -> list[Any]:
        """The lines of the week, for the page."""
        return [self[f"day_{at}"] for at in range(7)]

    def clean(self) -> None:
        """Somebody works on some day."""
        if not self.errors and not any(self.cleaned_data[f"day_{at}"] for at in range(7)):
            self.add_error("day_0", _("Working hours are needed on one day at least."))

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        clean = self.cleaned_data
        week = [[list(one) for one in clean[f"day_{at}"]] for at in range(7)]
        return {**{name: clean[name] for name in ("name", "time_zone", "country", "region")}, "week": week}


class DayForm(forms.Form):
    """One day that is not as the week and the holidays have it."""

    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    what = forms.ChoiceField(
        label=_("On this day"),
        choices=[(CLOSED, _("closed")), (USUAL, _("worked as usual")), (HOURS, _("worked in these hours"))],
        initial=CLOSED,
    )
    hours = HoursField(label=_("Hours"))
    label = forms.CharField(label=_("What it is"), max_length=80, required=False)

    def clean(self) -> None:
        """Hours where they are asked for."""
        if self.cleaned_data.get("what") == HOURS and not self.cleaned_data.get("hours") and not self.errors:
            self.add_error("hours", UNREADABLE)

    def values(self) -> dict[str, Any]:
        """What the service takes beside the day."""
        clean = self.cleaned_data
        found = {CLOSED: (), USUAL: None, HOURS: clean["hours"]}[clean["what"]]
        return {"windows": found, "label": clean["label"]}
