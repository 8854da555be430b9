"""An appointment as it is typed: a day and two clock times, who goes, where to, what goes along."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.services import addressing
from psa.directory.models import Contact, Location
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from psa.web import refusals
from tickets import spans
from tickets.forms.fields import Day, Line, Text
from tickets.forms.ticket import colleagues
from tickets.forms.time import Clock
from tickets.models import Appointment, Source, Ticket
from tickets.services import appointments


class ReasonForm(forms.Form):
    """Why, where a rule asks for it."""

    reason = Text(label=gettext_lazy("Why without a delivery note"), required=False, max_length=2000)

    def refuse(self, refused: Refused) -> None:
        """Show a service's no at the reason it asks for."""
        self.add_error("reason" if getattr(refused, "asks", ()) else None, refusals.explain(refused))


class AppointmentForm(forms.Form):
    """A plan. "Until" is the next time the clock shows it: over midnight too, and in the nights clocks are changed."""

    places = {
        "appointment_without_people": "people",
        "appointment_ends_before_it_begins": "ends",
        "visit_is_late": "late_reason",
        "appointment_place_elsewhere": "location",
        "appointment_without_place": "location",
    }

    title = Line(
        label=gettext_lazy("What for"),
        max_length=160,
        required=False,
        help_text=gettext_lazy("Stands in calendars; without it the ticket's title does."),
    )
    day = Day(label=gettext_lazy("Day"))
    begins = Clock(label=gettext_lazy("From"), required=True)
    ends = Clock(label=gettext_lazy("Until"), required=True)
    people = forms.ModelMultipleChoiceField(
        Membership.objects.none(), label=gettext_lazy("Who goes"), widget=forms.CheckboxSelectMultiple
    )
    is_on_site = forms.BooleanField(label=gettext_lazy("At the customer's"), required=False)
    location = forms.ModelChoiceField(
        Location.objects.none(), label=gettext_lazy("Location"), required=False, empty_label="–"
    )
    address = Line(
        label=gettext_lazy("Other address"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("Where they go if it is none of the customer's locations."),
    )
    contact = forms.ModelChoiceField(
        Contact.objects.none(), label=gettext_lazy("Who is there"), required=False, empty_label="–"
    )
    material = Text(
        label=gettext_lazy("Planned material"),
        required=False,
        max_length=5000,
        help_text=gettext_lazy("The office prepares the delivery note from it."),
    )
    note = Text(label=gettext_lazy("Note for who goes"), required=False, max_length=5000)
    late_reason = Text(label=gettext_lazy("Why at such short notice"), required=False, max_length=2000)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, ticket: Ticket, by: Actor, data: Any = None, *, row: Appointment | None = None) -> None:
        self.ticket, self.by, self.row = ticket, by, row
        super().__init__(data, initial=_kept(row) if row else _blank(ticket, by))
        fields: dict[str, Any] = self.fields
        going = appointments.people_of(row) if row else Membership.objects.none()
        fields["people"].queryset = self._choices(going)
        fields["location"].queryset = Location.objects.filter(company=ticket.company_id).order_by("name")
        rows = Contact.objects.filter(company=ticket.company_id, is_active=True)
        fields["contact"].queryset = rows.order_by("name")
        for name in ("material", "note", "late_reason"):
            fields[name].widget.attrs["rows"] = 2
        # The reason is asked for once it is needed; without scripts the page comes back with it.
        self.asks_why = bool(data and (data.get("late_reason") is not None))

    def _choices(self, going: Any) -> Any:
        rows = colleagues()
        if self.by.can(appointments.CAPABILITY) == "own":
            rows = rows.filter(pk=self.by.membership_id)
        return (rows | Membership.objects.filter(pk__in=going.values("pk"))).distinct()

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        day, begins, ends = (found.get(name) for name in ("day", "begins", "ends"))
        if day and self.row is None and day < timezone.localdate():
            self.add_error("day", _("This day is over. Choose today or a later day."))
        self._say_where(found)
        if begins and begins == ends:
            self.add_error("ends", _("It ends when it begins. Enter when it is over."))
        elif day and begins and ends:
            try:
                found["span"] = spans.moments(day, begins, ends, timezone.get_current_timezone())
            except spans.NoSuchTime as wrong:
                clock = time_format(wrong.clock, "TIME_FORMAT")
                said = _("The clock does not show %(time)s on this day: that hour is left out.") % {"time": clock}
                self.add_error("begins" if wrong.clock == begins else "ends", said)
        return found

    def _say_where(self, found: dict[str, Any]) -> None:
        """A visit has a place: one of the customer's, or a typed one."""
        places: Any = self.fields["location"]
        wrong = {"location", "address"} & set(self.errors)
        if wrong or not found.get("is_on_site") or found.get("location") or found.get("address"):
            return
        if places.queryset.exists():
            self.add_error("location", _("Choose where they go, or type another address."))
        else:
            self.add_error(
                "address",
                _("Type where they go. The customer has no location yet; one can be added on the customer's page."),
            )

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        clean = self.cleaned_data
        names = ("title", "is_on_site", "location", "address", "contact", "material", "note", "late_reason")
        starts_at, ends_at = clean["span"]
        given = {name: clean[name] for name in names}
        return {**given, "starts_at": starts_at, "ends_at": ends_at, "people": list(clean["people"])}

    def refuse(self, refused: Refused) -> None:
        """Show a service's no where it belongs; what was typed stays."""
        self.asks_why = self.asks_why or refused.code == "visit_is_late"
        self.add_error(self.places.get(refused.code), refusals.explain(refused))


def _blank(ticket: Ticket, by: Actor) -> dict[str, Any]:
    people: list[int | None] = [ticket.assignee_id] if ticket.assignee_id else []
    if by.can(appointments.CAPABILITY) == "own":
        people = [by.membership_id]
    location, address = _where(ticket)
    day = timezone.localdate() + timedelta(days=1)
    return {
        "day": day,
        "is_on_site": True,
        "people": people,
        "location": location,
        "address": address,
        "contact": ticket.contact_id,
    }


def _where(ticket: Ticket) -> tuple[int | None, str]:
    """Where a visit goes unless somebody says otherwise: the ticket's place, the contact's, the customer's first; for a
    lead partner to its customer, as the place was shared."""
    if ticket.source == Source.INSOURCED:
        _recipient, shared = addressing.of_ticket(ticket)
        return ticket.location_id, "" if ticket.location_id else ", ".join(shared.split("\n"))
    place = ticket.location_id or (ticket.contact.location_id if ticket.contact else None)
    if place is None:
        rows = Location.objects.filter(company=ticket.company_id).order_by("pk")
        place = rows.values_list("pk", flat=True).first()
    return place, ""


def _kept(row: Appointment) -> dict[str, Any]:
    begins, ends = (timezone.localtime(at) for at in (row.starts_at, row.ends_at))
    names = ("title", "is_on_site", "address", "material", "note", "version")
    found: dict[str, Any] = {name: getattr(row, name) for name in names}
    found |= {"location": row.location_id, "contact": row.contact_id, "day": begins.date()}
    found["people"] = list(appointments.people_of(row).values_list("pk", flat=True))
    return found | {"begins": _clock(begins), "ends": _clock(ends)}


def _clock(at: datetime) -> Any:
    return at.time().replace(second=0, microsecond=0)
