"""What the timeline says of estimates: who was asked, who agreed, what was recorded for somebody, what is used up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from psa.web.figures import hours
from tickets import timeline


def _said(own: Any, recorded: Any) -> timeline.Say:
    """In the words of whoever pressed, or of whoever recorded it for them."""

    def say(data: Mapping[str, Any]) -> str:
        return str(recorded()) % {"name": data["name"]} if data.get("proof") else str(own())

    return say


def _agreed(data: Mapping[str, Any]) -> str:
    said = (
        _("recorded that %(name)s agreed; still missing: %(waiting)s")
        if data.get("proof")
        else _("agreed to the estimate; still missing: %(waiting)s")
    )
    return said % {"name": data["name"], "waiting": ", ".join(data["waiting"])}


def _used(said: str, data: Mapping[str, Any]) -> str:
    figures = {"minutes": hours(data["minutes"]), "limit": hours(data["limit"]), "percent": data["percent"]}
    return said % figures


def _near(data: Mapping[str, Any]) -> str:
    if data["agreed"]:
        return _used(_("%(percent)s %% of the agreed time is used: %(minutes)s of %(limit)s"), data)
    return _used(_("%(percent)s %% of the time without an estimate is used: %(minutes)s of %(limit)s"), data)


def _used_up(data: Mapping[str, Any]) -> str:
    if data["agreed"]:
        return _used(_("The agreed time is used up: %(minutes)s of %(limit)s"), data)
    return _used(_("The time without an estimate is used up: %(minutes)s of %(limit)s"), data)


def register() -> None:
    """Tell the timeline."""
    say = timeline.sentence
    say(
        "ticket.estimate_accepted",
        _said(lambda: _("accepted the estimate"), lambda: _("recorded that %(name)s accepted the estimate")),
        "badge-check",
        "green",
    )
    say(
        "ticket.estimate_declined",
        _said(
            lambda: _("declined the estimate: the request is over"),
            lambda: _("recorded that %(name)s declined the estimate: the request is over"),
        ),
        "ban",
        "gray",
    )
    say(
        "ticket.estimate_returned",
        _said(lambda: _("gave the estimate back"), lambda: _("recorded that %(name)s gave the estimate back")),
        "undo-2",
        "amber",
    )
    say("ticket.estimate_agreed", _agreed, "badge-check", "teal")
    say(
        "ticket.estimate_passed",
        lambda data: _("passed the estimate on to %(to)s") % {"to": data["to"]},
        "forward",
        "amber",
    )
    say("ticket.estimate_reminded", lambda data: _("Reminded the approvers of the estimate"), "bell", "gray")
    say("ticket.allowance_near", _near, "timer", "amber")
    say("ticket.allowance_used_up", _used_up, "timer", "red")
    say(
        "ticket.decision_disowned",
        lambda data: _("%(name)s says that the recorded decision was not theirs") % {"name": data["name"]},
        "triangle-alert",
        "red",
    )
