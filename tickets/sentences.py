"""What the timeline says of the moves of a customer's request: estimate, review, deployment, the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from psa.tenancy.capabilities import ROLE_NAMES
from psa.web.figures import hours, moment
from tickets.labels import RESOLUTIONS
from tickets.models import AcceptedBy
from tickets.timeline import sentence


def _planned(data: Mapping[str, Any]) -> str:
    said = _("moved the deployment to %(window)s") if data.get("again") else _("planned the deployment: %(window)s")
    begins, ends = parse_datetime(data["begins"]), parse_datetime(data["ends"])
    assert begins is not None and ends is not None  # written by the service
    return said % {"window": f"{moment(begins)} – {moment(ends)}"}


def _cancelled(data: Mapping[str, Any]) -> str:
    return _("cancelled the ticket: %(resolution)s") % {"resolution": RESOLUTIONS.text(data.get("resolution", ""))}


def _estimated(data: Mapping[str, Any]) -> str:
    return _("sent the estimate, version %(version)s") % {"version": data.get("version", 1)}


def _estimate_over(data: Mapping[str, Any]) -> str:
    if data.get("cancelled"):
        return _("The estimate ran out without an answer: the request is over")
    return _("The estimate ran out without an answer")


def _accepted_by_customer(data: Mapping[str, Any]) -> str:
    if data.get("kind") == AcceptedBy.ON_BEHALF:
        return _("recorded that %(name)s accepted the solution") % {"name": data["name"]}
    return _("accepted the solution")


def _auto_accepted(data: Mapping[str, Any]) -> str:
    until = parse_datetime(data["until"])
    assert until is not None  # written by the service
    said = _("Accepted without an answer: the customer was told that the time ends on %(until)s")
    return said % {"until": moment(until)}


def _settled(data: Mapping[str, Any]) -> str:
    return (
        _("closed the ticket and wrote it off") if data.get("written_off") else _("closed the ticket: nothing to bill")
    )


def _handed(data: Mapping[str, Any], said: str) -> str:
    return said % {"title": data["title"]}


def _sent(data: Mapping[str, Any]) -> str:
    role = str(ROLE_NAMES.get(data["role"], data["role"]))
    return _("handed over to %(role)s: %(title)s") % {"role": role, "title": data["title"]}


def _hand_offs() -> None:
    """What happens to what one role hands to another."""
    sentence("handoff.sent", _sent, "send", "blue")
    sentence("handoff.accepted", lambda data: _handed(data, _("took on: %(title)s")), "hand", "blue")
    sentence("handoff.returned", lambda data: _handed(data, _("gave back: %(title)s")), "undo-2", "amber")
    sentence("handoff.sent_again", lambda data: _handed(data, _("handed over again: %(title)s")), "send", "blue")
    sentence("handoff.finished", lambda data: _handed(data, _("settled: %(title)s")), "circle-check", "green")
    sentence("handoff.cancelled", lambda data: _handed(data, _("no longer needed: %(title)s")), "ban", "gray")


def register() -> None:
    """The moves of a customer's request, before and after the work, and what is handed over."""
    _hand_offs()
    sentence("ticket.expected", lambda data: _("expects %(time)s") % {"time": hours(data["minutes"])}, "timer")
    sentence("ticket.submitted", lambda data: _("submitted the solution for review"), "clipboard-check", "amber")
    sentence("ticket.planned", _planned, "calendar-clock", "teal")
    sentence("ticket.deployed", lambda data: _("deployed it; the customer reviews it in production"), "rocket", "teal")
    sentence("ticket.stood_down", lambda data: _("called the deployment off"), "pause", "amber")
    sentence("ticket.taken_back", lambda data: _("took the solution back to work on it"), "undo-2", "amber")
    sentence("ticket.refused", lambda data: _("refused the request: information was missing"), "circle-slash", "gray")
    sentence("ticket.cancelled", _cancelled, "ban", "gray")
    sentence("ticket.estimated", _estimated, "calculator", "amber")
    sentence("ticket.revised", _estimated, "calculator", "amber")
    sentence("ticket.estimate_accepted", lambda data: _("accepted the estimate"), "badge-check", "green")
    sentence("ticket.estimate_declined", lambda data: _("declined the estimate: the request is over"), "ban", "gray")
    sentence("ticket.estimate_returned", lambda data: _("gave the estimate back"), "undo-2", "amber")
    sentence("ticket.estimate_expired", _estimate_over, "hourglass", "amber")
    sentence("ticket.accepted_by_customer", _accepted_by_customer, "user-check", "green")
    sentence("ticket.defect_found", lambda data: _("found a defect and reopened the ticket"), "rotate-ccw", "red")
    sentence("ticket.objected", lambda data: _("objected and reopened the ticket"), "rotate-ccw", "red")
    sentence(
        "ticket.deployment_requested",
        lambda data: _("accepted the solution and asked for its deployment"),
        "rocket",
        "green",
    )
    sentence("ticket.auto_accepted", _auto_accepted, "timer", "green")
    sentence("ticket.to_billing", lambda data: _("passed the ticket on to billing"), "receipt", "green")
    sentence("ticket.settled", _settled, "circle-check", "green")
    sentence(
        "ticket.reopened_unbilled", lambda data: _("reopened the ticket before it was billed"), "rotate-ccw", "red"
    )
    sentence("ticket.given_up", lambda data: _("Closed: the customer never answered"), "circle-slash", "gray")
