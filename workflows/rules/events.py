"""When a rule runs: every event there is, which entries of the journal are it, and what it asks for besides.

What happens to tickets, each row of outsourcing spec §4 and §11, and two moments that come by themselves: no news for
some hours, and a deadline that is so near. Moves are those of the desk, by their own table: a new one is there too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from psa.journal.models import Entry
from tickets.models import Ticket
from tickets.models.ticket import NO_DEADLINE
from tickets.services import BY_NAME, EDITABLE, MOVED, MOVES_FOR_ALL
from workflows.rules.case import CLOCK
from workflows.rules.names import field_name

Data = Mapping[str, Any]
Fits = Callable[[Entry, Data], bool]

QUIET, DEADLINE, STUCK = "time.quiet", "time.deadline", "handover.link_trouble"
FEWEST_HOURS, MOST_HOURS = 1, 24 * 90


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its words, its group in the list, the kinds of entries that are it, and what it takes: "move",
    "field" or "hours". `fits` looks closer at an entry."""

    label: Any
    group: str
    kinds: tuple[str, ...]
    takes: str = ""
    fits: Fits | None = None

    @property
    def is_timed(self) -> bool:
        """Whether it comes by the clock."""
        return self.takes == "hours"


GROUPS = {
    "ticket": pgettext_lazy("events of a rule", "Tickets"),
    "time": pgettext_lazy("events of a rule", "Moments"),
    "moves": pgettext_lazy("events of a rule", "Moves of a handover"),
    "notices": pgettext_lazy("events of a rule", "Notices between partners"),
}
FIELDS = {name: field_name(name) for name in EDITABLE}


def _moved(entry: Entry, data: Data) -> bool:
    wanted = data.get("move") or ""
    return not wanted or (wanted in BY_NAME and BY_NAME[wanted].told == entry.kind)


def _edited(entry: Entry, data: Data) -> bool:
    wanted = data.get("field") or ""
    return not wanted or wanted in entry.data.get("new", {})


def _assigned(entry: Entry, _data: Data) -> bool:
    """Somebody else is responsible now."""
    if entry.kind != "ticket.forwarded":
        return True
    return entry.data["old"].get("assignee") != entry.data["new"].get("assignee")


def _of_this_clock(_entry: Entry, _data: Data) -> bool:
    """Which rule's clock it is stands in the entry's subject; `concerns` asks."""
    return True


_H = "handover."
EVENTS: dict[str, Event] = {
    "ticket.created": Event(_("a ticket is created"), "ticket", ("ticket.created",)),
    "ticket.moved": Event(_("a ticket is moved to another status"), "ticket", MOVED, "move", _moved),
    "ticket.edited": Event(_("a field of a ticket is changed"), "ticket", ("ticket.edited",), "field", _edited),
    "ticket.assigned": Event(
        _("somebody else becomes responsible"), "ticket", ("ticket.assigned", "ticket.forwarded"), fits=_assigned
    ),
    "note.by_customer": Event(_("the customer writes"), "ticket", ("ticket.customer_wrote",)),
    # What the customer decides, or their silence.
    "estimate.sent": Event(_("an estimate is sent or revised"), "ticket", ("ticket.estimated", "ticket.revised")),
    "estimate.accepted": Event(_("the estimate is accepted"), "ticket", ("ticket.estimate_accepted",)),
    "estimate.returned": Event(
        _("the estimate is given back, declined or runs out"),
        "ticket",
        ("ticket.estimate_returned", "ticket.estimate_declined", "ticket.estimate_expired"),
    ),
    "solution.accepted": Event(
        _("the solution is accepted"),
        "ticket",
        ("ticket.accepted_by_customer", "ticket.deployment_requested", "ticket.auto_accepted"),
    ),
    "solution.refused": Event(
        _("the customer opens the work again"), "ticket", ("ticket.defect_found", "ticket.objected")
    ),
    "time.logged": Event(_("time is logged"), "ticket", ("timeentry.added",)),
    QUIET: Event(_("nothing was heard of an open ticket for some hours"), "time", (CLOCK,), "hours", _of_this_clock),
    DEADLINE: Event(_("the deadline of an open ticket is some hours away"), "time", (CLOCK,), "hours", _of_this_clock),
    # The moves T0–T15, each as both sides hear of it in their own journal.
    "handover.prepared": Event(_("an offer is prepared"), "moves", (_H + "prepared",)),
    "handover.discarded": Event(_("a prepared offer is discarded"), "moves", (_H + "discarded",)),
    "handover.sent": Event(_("an offer is sent"), "moves", (_H + "sent",)),
    "handover.canceled": Event(_("an offer is canceled"), "moves", (_H + "canceled",)),
    "handover.declined": Event(_("an offer is declined"), "moves", (_H + "declined",)),
    "handover.accepted": Event(_("an offer is accepted"), "moves", (_H + "accepted",)),
    "handover.expired": Event(_("an offer expires"), "moves", (_H + "expired",)),
    "handover.begun": Event(_("the service partner begins"), "moves", (_H + "begun",)),
    "handover.submitted": Event(_("the work is submitted for approval"), "moves", (_H + "submitted",)),
    "handover.rejected": Event(_("the submitted work is rejected"), "moves", (_H + "rejected",)),
    "handover.recalled": Event(_("the submission is recalled"), "moves", (_H + "recalled",)),
    "handover.completed": Event(_("a handover is complete"), "moves", (_H + "completed",)),
    "handover.returned": Event(_("the work is returned"), "moves", (_H + "returned",)),
    "handover.taken_back": Event(_("the work is taken back"), "moves", (_H + "taken_back",)),
    "handover.change_accepted": Event(_("a change of the terms is agreed"), "moves", (_H + "change_accepted",)),
    # What is told beside the moves (§11).
    "partnership.answered": Event(
        _("a partner accepts our invitation, or we theirs"), "notices", ("partnership.accepted",)
    ),
    "handover.extended": Event(_("the time to answer is extended"), "notices", (_H + "extended",)),
    "handover.release_requested": Event(_("a release is requested"), "notices", (_H + "release_requested",)),
    "handover.release_given": Event(
        _("a release is given or refused"), "notices", (_H + "release_given", _H + "release_refused")
    ),
    "handover.change_proposed": Event(
        _("a change of the terms is proposed"), "notices", (_H + "change_proposed", _H + "part_proposed")
    ),
    "handover.change_answered": Event(
        _("a proposed change is answered"),
        "notices",
        tuple(
            f"{_H}{what}_{answer}"
            for what in ("change", "part")
            for answer in ("accepted", "refused", "withdrawn", "lapsed")
        ),
    ),
    "handover.offer_reminded": Event(_("the time to answer runs out soon"), "notices", (_H + "offer_reminded",)),
    "handover.completion_due": Event(_("“complete by” is near or over"), "notices", (_H + "completion_due",)),
    "handover.item_arrived": Event(
        _("something of the partner's arrives or changes"),
        "notices",
        tuple(
            f"{kind}.{verb}"
            for kind in ("note", "attachment", "timeentry", "charge", "checklistitem")
            for verb in ("received", "changed_by_partner", "withdrawn")
        ),
    ),
    "handover.fields_changed": Event(_("the partner changes fields"), "notices", (_H + "fields_changed",)),
    "handover.question_asked": Event(_("a question is asked"), "notices", (_H + "question_asked",)),
    "handover.question_answered": Event(_("a question is answered"), "notices", (_H + "question_answered",)),
    "handover.approval_waiting": Event(
        _("a submission was not answered for some days"), "notices", (_H + "approval_waiting",)
    ),
    "handover.hours_used": Event(_("80 or 100 per cent of the hours are used"), "notices", (_H + "hours_used",)),
    STUCK: Event(_("the link to a partner hangs"), "notices", (CLOCK,), fits=_of_this_clock),
    "partnership.paused": Event(_("a partnership is paused"), "notices", ("partnership.paused",)),
}
# What puts a deadline within reach at once, so that no clock has to come for it.
_NEARER = ("ticket.created", "ticket.edited")


def kinds() -> list[str]:
    """Every kind of entry a rule may listen to."""
    return sorted({kind for event in EVENTS.values() for kind in event.kinds} | set(_NEARER))


def codes_of(kind: str) -> list[str]:
    """The events an entry of this kind can be."""
    found = [code for code, event in EVENTS.items() if kind in event.kinds]
    return [*found, DEADLINE] if kind in _NEARER else found


def concerns(rule: Any, entry: Entry, ticket: Ticket | None, now: datetime) -> bool:
    """Whether this entry is the event this rule waits for."""
    event = EVENTS.get(rule.event)
    if event is None:
        return False
    if entry.kind == CLOCK:
        return CLOCK in event.kinds and entry.subject_id == rule.pk
    if rule.event == DEADLINE:
        return _is_nearer(entry) and ticket is not None and is_near(ticket, rule.setting, now)
    return entry.kind in event.kinds and (event.fits is None or event.fits(entry, rule.setting))


def _is_nearer(entry: Entry) -> bool:
    return entry.kind == "ticket.created" or (entry.kind == "ticket.edited" and "due_at" in entry.data.get("new", {}))


def is_near(ticket: Ticket, setting: Data, now: datetime) -> bool:
    """Whether the deadline of an open ticket is ahead and within the rule's hours."""
    hours = timedelta(hours=setting.get("hours") or FEWEST_HOURS)
    return ticket.is_open and ticket.next_deadline != NO_DEADLINE and now < ticket.next_deadline <= now + hours


def move_label(name: str) -> Any:
    """What a move's button says; the name itself where there is no such move any more."""
    return next((one.label for one in MOVES_FOR_ALL if one.name == name), name)
