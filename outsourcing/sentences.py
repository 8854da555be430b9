"""What the timeline and a handover's history say of each move, in the words of the side that reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outsourcing import receipts
from outsourcing.models import Handover, Move, ReleaseAction, Side
from outsourcing.services import passing, taking_over
from psa.journal.models import Entry
from psa.members import history as changes
from psa.tenancy.actor import Actor
from psa.web.figures import hours, moment, money
from tickets import permissions, timeline
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
        is_lead = data.get("side", Side.LEAD) == Side.LEAD
        text = str(self.lead if is_lead else self.service) % _words(data)
        said = [_change(name, old, new) for name, (old, new) in data.get("changes", {}).items()]
        return f"{text}: {', '.join(said)}" if said else text


def _words(data: Data) -> dict[str, Any]:
    """What a sentence may name; moments as the reader writes them."""
    found = {"number": "", "part": "", "corrects": "", **data}
    at = parse_datetime(data["answer_by"]) if data.get("answer_by") else None
    return {**found, "answer_by": moment(at) if at else ""}


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
    "invoice_issued": Told(
        gettext_lazy("issued invoice %(number)s"),
        gettext_lazy("issued invoice %(number)s to %(partner)s"),
        "receipt",
        "blue",
    ),
    "invoice_credited": Told(
        gettext_lazy("took invoice %(corrects)s back by credit note %(number)s"),
        gettext_lazy("took invoice %(corrects)s to %(partner)s back by credit note %(number)s"),
        "undo-2",
        "amber",
    ),
    "invoice_received": Told(gettext_lazy("entered invoice %(number)s of %(partner)s"), "", "receipt", "green"),
    "invoice_paid": Told(gettext_lazy("marked invoice %(number)s of %(partner)s as paid"), "", "circle-check", "green"),
    "billed": Told("", gettext_lazy("marked the work as billed to %(partner)s"), "receipt", "green"),
    "not_billed": Told("", gettext_lazy("marked the work as not billed to %(partner)s after all"), "receipt"),
    "settled": Told(
        gettext_lazy("wrote settlement statement %(number)s with %(partner)s"),
        gettext_lazy("wrote settlement statement %(number)s with %(partner)s"),
        "calculator",
        "green",
    ),
    "kept_ourselves": Told(gettext_lazy("decided that we do it ourselves, without %(partner)s"), "", "user-round"),
    "items_told": Told(
        gettext_lazy("sent a mail about what arrived"), gettext_lazy("sent a mail about what arrived"), "mail"
    ),
}

# A referral has one side only, the lead's.
REFERRED = {
    "prepared": Told(gettext_lazy("prepared a referral to %(network)s"), "", "pencil"),
    "sent": Told(gettext_lazy("passed the ticket on to %(network)s"), "", "send", "violet"),
    "completed": Told(gettext_lazy("completed the referral to %(network)s"), "", "circle-check", "green"),
    "canceled": Told(gettext_lazy("canceled the referral to %(network)s"), "", "ban"),
}


def _alike(text: Any, icon: str, colour: str = "gray") -> Told:
    return Told(text, text, icon, colour)


# What both sides say the same way; some of it is of a handover's history, all of it of the timeline.
ALIKE = {
    "change_proposed": _alike(gettext_lazy("proposed other terms"), "pencil", "amber"),
    "change_accepted": _alike(gettext_lazy("agreed to other terms"), "handshake", "teal"),
    "change_refused": _alike(gettext_lazy("did not agree to the proposed terms"), "circle-x", "red"),
    "change_withdrawn": _alike(gettext_lazy("withdrew the proposed terms"), "undo-2"),
    "part_proposed": _alike(gettext_lazy("proposed %(part)s %% of the flat amount"), "receipt", "amber"),
    "part_accepted": _alike(gettext_lazy("agreed to %(part)s %% of the flat amount"), "handshake", "teal"),
    "part_refused": _alike(gettext_lazy("objected to %(part)s %% of the flat amount"), "circle-x", "red"),
    "part_withdrawn": _alike(gettext_lazy("withdrew the proposed %(part)s %% of the flat amount"), "undo-2"),
    "part_lapsed": _alike(
        gettext_lazy("noted that nobody answered the proposed %(part)s %% in time"), "clock", "amber"
    ),
    "extended": Told(
        gettext_lazy("gave %(partner)s until %(answer_by)s to answer"),
        gettext_lazy("gave more time to answer, until %(answer_by)s"),
        "hourglass",
        "amber",
    ),
}
ASKED = {
    "question_asked": _alike(gettext_lazy("asked a question"), "message-square", "amber"),
    "question_answered": _alike(gettext_lazy("answered the question"), "message-square", "teal"),
}
MOVED |= ALIKE
QUIET = ("items_told", "offer_reminded", "completion_due", "approval_waiting", "hours_used")

TERMS = {
    "authorised_minutes": gettext_lazy("authorised hours"),
    "authorised_charges": gettext_lazy("authorised charges"),
    "cost_rate": gettext_lazy("rate per hour"),
    "flat_amount": gettext_lazy("flat amount"),
    "complete_by": gettext_lazy("complete by"),
    "answer_by": gettext_lazy("answer by"),
    "instructions": gettext_lazy("instructions"),
}
MONEY = ("authorised_charges", "cost_rate", "flat_amount")
DATES = ("complete_by", "answer_by")


def _change(name: str, old: Any, new: Any) -> str:
    """A change of the terms for everybody who reads the ticket: hours and amounts are not for everybody."""
    label = TERMS.get(name, name)
    if name not in DATES:
        return str(label)
    return _("%(field)s %(old)s → %(new)s") % {"field": label, "old": term(name, old), "new": term(name, new)}


def term(name: str, value: Any, currency: str = "") -> str:
    """One value of the terms, from plain data or as a version holds it, as the reader writes it."""
    if value is None or value == "":
        return "–"
    if name == "authorised_minutes":
        return hours(value)
    if name in MONEY:
        return money(value, currency)
    if name in DATES:
        at = parse_datetime(value) if isinstance(value, str) else value
        return moment(at) if at else ""
    return str(value)


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


def _papers_arrived(data: Data) -> str:
    return _("sent the papers of %(number)s") % data


def _value(name: str, value: Any) -> str:
    if value in (None, ""):
        return "–"
    if name == "priority":
        return str(Priority(int(value)).label)
    at = parse_datetime(value) if name == "due_at" else None
    return moment(at) if at else str(value)


RELEASES = {
    "requested": (gettext_lazy("asked for a release: %(what)s"), "lock", "amber"),
    "given": (gettext_lazy("released what %(asked_by)s asked for: %(what)s"), "check", "green"),
    "refused": (gettext_lazy("refused what %(asked_by)s asked for: %(what)s"), "circle-x", "red"),
    "withdrawn": (gettext_lazy("withdrew the request for release: %(what)s"), "undo-2", "gray"),
}


def _release(said: Any, data: Data) -> str:
    """A request for release and what became of it: what was asked, for how much."""
    what = str(ReleaseAction(data["action"]).label)
    if data.get("amount"):
        what += f", {money(Decimal(data['amount']), data['currency'])}"
    return str(said) % {"asked_by": data.get("asked_by", ""), "what": what}


def _second_person(data: Data) -> str:
    return _("Sender and approver must differ") if data["new"] else _("Sender and approver may be the same person")


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
    for name, told in ASKED.items():
        timeline.sentence(f"handover.{name}", told.say, told.icon, told.colour)
    for name in QUIET:
        timeline.quiet(f"handover.{name}")
    timeline.sentence("handover.fields_changed", fields_changed, "pencil", "violet")
    for name, told in REFERRED.items():
        quote = "note" if name == "sent" else "reason"
        timeline.sentence(f"referral.{name}", told.say, told.icon, told.colour, quote=quote)
    timeline.acts("handover.fields_changed", _take_over)
    timeline.sentence("handover.event_skipped", event_skipped, "unlink", "red", quote="reason")
    timeline.sentence("handover.kept", _kept, "eye-off")
    timeline.sentence("handover.let_go", _let_go, "send")
    timeline.sentence("handover.published", _published, "send", "green")
    timeline.sentence("handover.passed_on", _passed_on, "send", "violet")
    timeline.sentence("handover.papers_arrived", _papers_arrived, "file-check")
    timeline.marks(_marks)
    timeline.links(_links)
    changes.say("outsourcing.second_person_changed", gettext_lazy("Sender and approver"), _second_person)
    for verb, (said, icon, colour) in RELEASES.items():
        timeline.sentence(f"handover.release_{verb}", partial(_release, said), icon, colour, quote="reason")


def _take_over(ticket: Ticket, entry: Entry, by: Actor) -> list[timeline.Act]:
    """*Take over* beside each field the partner changed, while it is the newest news of it and ours differs (§6)."""
    if not permissions.may(ticket, "ticket.edit", by):
        return []
    known = ticket.__dict__
    if "_told_fields" not in known:
        known["_told_fields"] = taking_over.told(ticket)
    newest = known["_told_fields"]
    return [
        timeline.Act(
            _("Take over: %(field)s") % {"field": FIELDS[name]},
            reverse("outsourcing:take_over", args=[ticket.tenant.slug, ticket.number, entry.pk, name]),
        )
        for name, (_old, new) in entry.data["changes"].items()
        if name in FIELDS and newest.get(name) == (entry.pk, new) and not taking_over.is_ours(ticket, name, new)
    ]


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
