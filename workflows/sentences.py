"""What the timeline says of reviews, decisions and follow-ups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from psa.web import refusals
from psa.web.figures import moment
from tickets.timeline import sentence
from workflows.models import Pause, Word


def _until(data: Mapping[str, Any]) -> str:
    at = parse_datetime(data["until"])
    assert at is not None  # written by the service
    return moment(at)


def _paused(data: Mapping[str, Any]) -> str:
    why = _("stopped the time for the customer's review: %(why)s") % {"why": Pause(data["why"]).label}
    return f"{why} ({_until(data)})" if "until" in data else why


def _switched(data: Mapping[str, Any]) -> str:
    if data["on"]:
        return _("switched on again that silence counts as acceptance")
    return _("switched off that silence counts as acceptance")


def _recorded(data: Mapping[str, Any]) -> str:
    said = _("recorded a decision of %(name)s: %(word)s")
    return said % {"name": data["name"], "word": Word(data["word"]).label}


def _needed(data: Mapping[str, Any]) -> str:
    return _("Needs a decision: %(what)s") % {"what": refusals.sentence(data["code"], data["params"])}


def register() -> None:
    """The sentences of this app's entries."""
    sentence("ticket.review_paused", _paused, "circle-pause", "amber")
    sentence("ticket.review_resumed", lambda data: _("The time for the customer's review begins anew"), "play", "teal")
    sentence("ticket.review_switched", _switched, "timer", "amber")
    sentence(
        "ticket.review_extended",
        lambda data: _("asked for more time to review, until %(until)s") % {"until": _until(data)},
        "calendar-clock",
        "blue",
    )
    sentence("ticket.decision_recorded", _recorded, "signature", "amber")
    sentence(
        "ticket.accepted_ahead",
        lambda data: _("accepted the solution; it counts once the partner's work has ended"),
        "user-check",
        "green",
    )
    sentence("ticket.decision_needed", _needed, "triangle-alert", "amber")
    sentence("ticket.decision_settled", lambda data: _("settled what needed a decision"), "circle-check", "gray")
    sentence(
        "ticket.followed_up",
        lambda data: _("asked again: ticket %(number)s follows this one") % data,
        "rotate-ccw",
        "blue",
    )
