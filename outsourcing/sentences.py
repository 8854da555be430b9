"""What the timeline and a handover's history say of each move, in the words of the side that reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outsourcing import receipts
from outsourcing.models import Handover, Move, Side
from outsourcing.services import passing
from psa.tenancy.actor import Actor
from psa.web.figures import moment
from tickets import timeline
from tickets.cards import Link
from tickets.models import Item, Priority, Ticket

Data = Mapping[str, Any]
Say = Callable[[Data], str]


@dataclass(frozen=True, slots=True)
class Told:
    """One kind of move: what it says to the lead and to the service side, its icon and colour."""

    lead: Any
    service: Any
    icon: str
    colour: str = "gray"

    def say(self, data: Data) -> str:
        """The sentence behind the author's name; `partner` is the other company."""
        return str(self.lead if data["side"] == Side.LEAD else self.service) % {"number": "", "part": "", **data}


MOVED = {
    "prepared": Told(gettext_lazy("prepared an offer to %(partner)s"), "", "pencil"),
    "sent": Told(
        gettext_lazy("outsourced the ticket to %(partner)s"), gettext_lazy("offered this work"), "send", "violet"
    ),
    "discarded": Told(gettext_lazy("discarded the draft to %(partner)s"), "", "trash-2"),
    "canceled": Told(gettext_lazy("canceled the offer to %(partner)s"), gettext_lazy("canceled the offer"), "ban"),
    "declined": Told(
        gettext_lazy("declined the offer"), gettext_lazy("declined the offer of %(partner)s"), "circle-x", "red"
    ),
    "accepted": Told(
        gettext_lazy("accepted the offer, as number %(number)s there"),
        gettext_lazy("accepted the offer of %(partner)s"),
        "handshake",
        "teal",
    ),
    "expired": Told(
        gettext_lazy("let the offer to %(partner)s expire: nobody answered in time"),
        gettext_lazy("let the offer of %(partner)s expire: nobody answered in time"),
        "clock",
        "amber",
    ),
    "begun": Told(gettext_lazy("began to work"), gettext_lazy("began the insourced work"), "circle-play", "teal"),
    "submitted": Told(
        gettext_lazy("submitted the work for approval"),
        gettext_lazy("submitted the work to %(partner)s for approval"),
        "signature",
        "violet",
    ),
    "recalled": Told(
        gettext_lazy("recalled the submission and goes on"), gettext_lazy("recalled the submission"), "rotate-ccw"
    ),
    "rejected": Told(
        gettext_lazy("sent the work back to %(partner)s"), gettext_lazy("rejected the work"), "undo-2", "red"
    ),
    "completed": Told(
        gettext_lazy("completed the handover to %(partner)s"),
        gettext_lazy("approved the work: the handover is complete"),
        "circle-check",
        "green",
    ),
    "returned": Told(
        gettext_lazy("returned the work"), gettext_lazy("returned the work to %(partner)s"), "undo-2", "amber"
    ),
    "taken_back": Told(
        gettext_lazy("took the work back from %(partner)s"), gettext_lazy("took the work back"), "undo-2", "amber"
    ),
    "items_told": Told(
        gettext_lazy("sent a mail about what arrived"), gettext_lazy("sent a mail about what arrived"), "mail"
    ),
}

FIELDS = {
    "title": gettext_lazy("title"),
    "description": gettext_lazy("description"),
    "due_at": gettext_lazy("due date"),
    "priority": gettext_lazy("priority"),
}


def fields_changed(data: Data) -> str:
    """The partner changed what its ticket says; ours stays as it is."""
    said = []
    for name, (old, new) in data["changes"].items():
        if name == "description":
            said.append(_("the description"))
        else:
            values = {"field": FIELDS.get(name, name), "old": _value(name, old), "new": _value(name, new)}
            said.append(_("the %(field)s: %(old)s → %(new)s") % values)
    return _("changed on their ticket %(changes)s") % {"changes": ", ".join(said)}


def event_skipped(data: Data) -> str:
    """Something that could not be delivered was given up: what the partner does not have, or we do not."""
    what = receipts.thing(data.get("kind", ""), {"made_as": data.get("what", "")})
    said = _("gave up what could not be delivered: %(thing)s") % {"thing": what}
    return f"{said} “{data['called']}”" if data.get("called") else said


def _kept(data: Data) -> str:
    return _("keeps an item on our side that was held for %(partner)s") % data


def _let_go(data: Data) -> str:
    return _("shares an item after all that was kept from %(partner)s") % data


def _published(data: Data) -> str:
    return _("published to the customer what %(author)s wrote") % data


def _passed_on(data: Data) -> str:
    return _("passed on to %(partner)s what stands between us and the customer") % data


def _value(name: str, value: Any) -> str:
    if value in (None, ""):
        return "–"
    if name == "priority":
        return str(Priority(int(value)).label)
    at = parse_datetime(value) if name == "due_at" else None
    return moment(at) if at else str(value)


@dataclass(frozen=True, slots=True)
class Past:
    """One move of a handover's history as a side reads it."""

    move: Move
    text: str
    icon: str
    colour: str
    company: str


def history(handover: Handover, side: str) -> list[Past]:
    """Every move this side may know: who, from which company, what, why, when."""
    companies = {Side.LEAD: handover.lead_name, Side.SERVICE: handover.service_name}
    partner = handover.service_name if side == Side.LEAD else handover.lead_name
    made = []
    for move in Move.objects.filter(handover=handover):
        told, data = MOVED[move.name], {**move.data, "side": side, "partner": partner}
        company = companies[Side(move.side)] if move.side else ""
        made.append(Past(move, told.say(data), told.icon, told.colour, company))
    return made


def register() -> None:
    """Tell the timeline of handovers, and mark the items the partner does not have."""
    for name, told in MOVED.items():
        timeline.sentence(f"handover.{name}", told.say, told.icon, told.colour, quote="reason")
    timeline.quiet("handover.items_told")
    timeline.sentence("handover.fields_changed", fields_changed, "pencil", "violet")
    timeline.sentence("handover.event_skipped", event_skipped, "unlink", "red", quote="reason")
    timeline.sentence("handover.kept", _kept, "eye-off")
    timeline.sentence("handover.let_go", _let_go, "send")
    timeline.sentence("handover.published", _published, "send", "green")
    timeline.sentence("handover.passed_on", _passed_on, "send", "violet")
    timeline.marks(_marks)
    timeline.links(_links)


def _marks(ticket: Any, items: Any, by: Any) -> dict[Any, list[timeline.Mark]]:
    found = receipts.badges(ticket, items, by)
    return {
        key: [timeline.Mark(one.label, one.colour, one.icon, one.title) for one in badges]
        for key, badges in found.items()
    }


def _links(ticket: Ticket, items: Sequence[Item], by: Actor) -> dict[UUID, list[Link]]:
    """What may be done with the items of a page: publish a partner's, pass on the customer's."""
    made: dict[UUID, list[Link]] = {}
    offered = (
        ("publish", _("Publish to the customer …"), passing.publishable(ticket, items, by)),
        ("pass_on", _("Pass on to the partner …"), passing.passable(ticket, items, by)),
    )
    for name, label, keys in offered:
        for key in keys:
            url = reverse(f"outsourcing:{name}", args=[ticket.tenant.slug, ticket.number, key])
            made.setdefault(key, []).append(Link(label, "send", url))
    return made
