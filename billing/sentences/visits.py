"""What the timeline says of appointments, visits and licences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from psa.members import history
from psa.web.figures import moment
from tickets.timeline import sentence


def _at(data: Mapping[str, Any], name: str = "starts") -> str:
    at = parse_datetime(data[name])
    assert at is not None  # written by the service
    return moment(at)


def _planned(data: Mapping[str, Any]) -> str:
    said = _("planned an appointment for %(at)s: %(people)s")
    return said % {"at": _at(data), "people": ", ".join(data["people"])}


def _moved(data: Mapping[str, Any]) -> str:
    said = _("moved the appointment to %(at)s: %(people)s")
    return said % {"at": _at(data), "people": ", ".join(data["people"])}


def _licence(data: Mapping[str, Any]) -> dict[str, Any]:
    return {"quantity": data["quantity"], "product": data["product"]}


def _accepted(data: Mapping[str, Any]) -> str:
    day = parse_date(data["starts_on"])
    assert day is not None  # written by the service
    said = _("took %(quantity)s × %(product)s into the contract “%(contract)s”, from %(day)s")
    return said % {**_licence(data), "contract": data["contract"], "day": date_format(day, "SHORT_DATE_FORMAT")}


def register() -> None:
    """The sentences of this room's entries."""
    say = sentence
    say("appointment.planned", _planned, "calendar-clock", "blue")
    say("appointment.moved", _moved, "calendar-clock", "amber")
    say(
        "appointment.edited",
        lambda data: _("changed the appointment of %(at)s") % {"at": _at(data)},
        "calendar-clock",
        "gray",
    )
    say("appointment.started", lambda data: _("started the visit"), "map-pin", "amber")
    say("appointment.finished", lambda data: _("finished the visit"), "circle-check", "green")
    say(
        "appointment.cancelled",
        lambda data: _("cancelled the appointment of %(at)s") % {"at": _at(data)},
        "ban",
        "gray",
    )
    say(
        "visit.planned_late",
        lambda data: (
            _("planned the visit after the cut-off (%(due)s); sales and the dispatchers are told")
            % {"due": _at(data, "due")}
        ),
        "triangle-alert",
        "amber",
    )
    say(
        "visit.reminded",
        lambda data: _("No delivery note is prepared for the visit of %(at)s: sales are reminded") % {"at": _at(data)},
        "bell",
        "amber",
    )
    say(
        "visit.escalated",
        lambda data: _("Still no delivery note for the visit of %(at)s: the managers are told") % {"at": _at(data)},
        "triangle-alert",
        "red",
    )
    say(
        "licence.reported", lambda data: _("reported a licence: %(quantity)s × %(product)s") % _licence(data), "key",
        "violet",
    )  # fmt: skip
    say("licence.accepted", _accepted, "badge-check", "green")
    say(
        "licence.returned",
        lambda data: _("has a question about the licence %(quantity)s × %(product)s") % _licence(data),
        "undo-2",
        "orange",
    )
    say(
        "licence.reported_again",
        lambda data: _("answered the question about the licence %(quantity)s × %(product)s") % _licence(data),
        "key",
        "violet",
    )
    say(
        "licence.cancelled",
        lambda data: _("took the licence %(quantity)s × %(product)s back") % _licence(data),
        "ban",
        "gray",
    )
    say("licence.none_installed", lambda data: _("noted that no licence was installed"), "circle-check", "gray")
    history.say(
        "calendar_feed.renewed",
        gettext_lazy("Calendar feed opened"),
        lambda data: _("opened a new secret address for their calendar"),
    )
    history.say(
        "calendar_feed.stopped",
        gettext_lazy("Calendar feed stopped"),
        lambda data: _("stopped the feed of their calendar"),
    )
