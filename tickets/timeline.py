"""The ticket's one stream: a page of journal entries, with the items they brought fetched at once, one query a kind.

Other apps give their own entries a sentence, and marks to items:

    timeline.sentence("handover.rejected", lambda data: _("sent the work back"), "undo-2", "red", quote="reason")
    timeline.marks(lambda ticket, items, by: {item.key: [Mark(_("Held"), "gray", "circle-pause")], …})
    timeline.links(lambda ticket, items, by: {item.key: [Link(_("Publish …"), "send", url)], …})
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from psa.journal.models import Entry
from psa.mail import troubles
from psa.members import audit
from psa.tenancy.actor import Actor
from psa.tenancy.prepared import Prepared
from psa.web.figures import hours, moment, number
from psa.web.templatetags import ui
from tickets import carrying, guards, permissions
from tickets.cards import NAMED, Card, Link, Mark
from tickets.labels import PRIORITIES, RESOLUTIONS, SOURCES
from tickets.models import ClockKind, Evidence, Item, Source, Ticket
from tickets.models.checklists import in_language
from tickets.models.items import KINDS
from tickets.services import mentions
from tickets.services.items import KINDS as RIGHTS

PAGE = 30
LATEST = 2**62
Say = Callable[[Mapping[str, Any]], str]


# What is told ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Sentence:
    """What an entry says behind its author's name, and which part of its data is quoted below."""

    say: Say
    icon: str = ""
    colour: str = "gray"
    quote: str = "text"


@dataclass(frozen=True, slots=True)
class Act:
    """Something that can be done about a line with one press: its label, and the address the press is sent to."""

    label: Any
    url: str


Acts = Callable[[Ticket, Entry, Actor], Sequence[Act]]
Marker = Callable[[Ticket, Sequence[Item], Actor], Mapping[UUID, list[Mark]]]
Linker = Callable[[Ticket, Sequence[Item], Actor], Mapping[UUID, list[Link]]]
_sentences: dict[str, Sentence] = {}
_markers: list[Marker] = []
_acts: dict[str, Acts] = {}
_linkers: list[Linker] = []
_quiet: set[str] = set()


def sentence(kind: str, say: Say, icon: str = "", colour: str = "gray", quote: str = "text") -> None:
    """Tell entries of this kind; `say(data)` is called in the reader's language and speaks of whoever did it."""
    _sentences[kind] = Sentence(say, icon, colour, quote)


def told(kind: str, data: Mapping[str, Any]) -> str | None:
    """What an entry of this kind says, for pages that are not a ticket's; None where nobody tells it."""
    return _sentences[kind].say(data) if kind in _sentences else None


def quiet(kind: str) -> None:
    """Keep entries of this kind out of the stream; they are notes for the system itself."""
    _quiet.add(kind)


def acts(kind: str, offered: Acts) -> None:
    """Put buttons at entries of this kind; `offered` says which, for one entry and its reader."""
    _acts[kind] = offered


def marks(marker: Marker) -> Marker:
    """Let `marker` put words at a page's items; it is asked once a page."""
    _markers.append(marker)
    return marker


def links(linker: Linker) -> Linker:
    """Let `linker` offer pages for a page's items, in each item's menu; it is asked once a page."""
    _linkers.append(linker)
    return linker


# What is shown --------------------------------------------------------------------------------------------------------
class LineFace(NamedTuple):
    """Everything a line's template writes, as values."""

    id: int
    colour: str
    mark: str
    author: str
    text: str
    when: str
    quote: str


@dataclass(slots=True)
class Line:
    """Something that happened."""

    id: int
    at: datetime
    author: str
    text: str
    icon: str
    colour: str
    quote: str = ""
    acts: Sequence[Act] = ()
    undo: None = None

    @property
    def is_item(self) -> bool:
        """Not something that stands on the ticket."""
        return False

    @property
    def face(self) -> LineFace:
        """What the template writes."""
        return LineFace(self.id, self.colour, self.mark, self.author, str(self.text), self.when, self.quote)

    @property
    def mark(self) -> str:
        """Its icon."""
        return ui.icon(self.icon, "s") or ui.dot()

    @property
    def when(self) -> str:
        return ui.ago(self.at)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the stream, newest first, and where the next begins."""

    told: list[Line | Card]
    older: int | None


ADDED = {kind: (f"{kind}.added", f"{kind}.received", f"{kind}.moved") for kind in KINDS}
SHOWN = tuple(name for names in ADDED.values() for name in names)
# The item itself says that it was edited, withdrawn or deleted; only the history repeats it.
QUIET = tuple(f"{kind}.{verb}" for kind in KINDS for verb in ("edited", "removed", "changed_by_partner", "withdrawn"))
VIEWS: dict[str, tuple[Any, str]] = {
    "all": (gettext_lazy("All"), ""),
    "notes": (gettext_lazy("Notes"), "note"),
    "time": (gettext_lazy("Time"), "timeentry"),
    "charges": (gettext_lazy("Charges"), "charge"),
    "files": (gettext_lazy("Files"), "attachment"),
    "history": (gettext_lazy("History"), ""),
}


def page(ticket: Ticket, by: Actor, view: str = "all", before: int | None = None) -> Page:
    """The stream of a ticket as this member sees it: `view` is one of VIEWS, `before` the entry it goes on behind."""
    merged = tuple([pk for pk, _number, _title in merged_into(ticket)])
    found = _ENTRIES(view, merged, ticket=ticket.pk, before=before or LATEST)
    cards = _cards(ticket, found[:PAGE], by)
    told = [
        cards.get(entry.pk) or _line(entry, ticket, by)
        for entry in found[:PAGE]
        if entry.pk in cards or entry.kind not in SHOWN
    ]
    return Page(told, found[PAGE - 1].pk if len(found) > PAGE else None)


def _entries(view: str, merged: tuple[int, ...], ticket: int, before: int) -> QuerySet[Entry]:
    """What is told of a ticket: its own entries, and of tickets that were merged into it those of their items."""
    own = Q(subject_id=ticket)
    about = own | Q(subject_id__in=merged, kind__in=SHOWN) if merged else own
    entries = Entry.objects.filter(about, subject_type="ticket", pk__lt=before)
    if kind := VIEWS[view][1]:
        entries = entries.filter(kind__in=ADDED[kind])
    else:
        entries = entries.exclude(kind__in=[*(SHOWN if view == "history" else QUIET), *_quiet])
    return entries.order_by("-pk")[: PAGE + 1]


_ENTRIES = Prepared(_entries)


def merged_into(ticket: Ticket) -> list[tuple[int, int, str]]:
    """Id, number and title of the tickets that went on as this one; asked once a page."""
    if "_merged" not in ticket.__dict__:
        rows = Ticket.objects.filter(merged_into=ticket).order_by("number")
        are_some = carrying.has(ticket, "merged")
        ticket.__dict__["_merged"] = list(rows.values_list("pk", "number", "title")) if are_some else []
    return ticket.__dict__["_merged"]


def _cards(ticket: Ticket, entries: Sequence[Entry], by: Actor) -> dict[int, Card]:
    wanted: dict[str, dict[int, int]] = {}
    for entry in entries:
        if entry.kind in SHOWN and "id" in entry.data:
            wanted.setdefault(entry.kind.partition(".")[0], {})[entry.data["id"]] = entry.pk
    made: dict[int, Card] = {}
    for kind, ids in wanted.items():
        rows = [one for one in _ITEMS(kind, ticket=ticket.pk, first=min(ids), last=max(ids)) if one.pk in ids]
        is_insourced = ticket.source == Source.INSOURCED
        made |= {ids[item.pk]: Card(ids[item.pk], item, kind, is_insourced=is_insourced) for item in rows}
    mentions.spoken(card.item for card in made.values() if card.kind == "note")
    _ask_rights(ticket, list(made.values()), by)
    found = [card.item for card in made.values()]
    for marker in _markers if found else ():
        said = marker(ticket, found, by)
        for card in made.values():
            card.marks += said.get(card.item.key, [])
    for linker in _linkers if found else ():
        offered = linker(ticket, found, by)
        for card in made.values():
            card.links = [*card.links, *offered.get(card.item.key, [])]
    return made


def _items(kind: str, ticket: int, first: int, last: int) -> QuerySet[Any]:
    """A ticket's items of one kind by their numbers; what entries name lies close together."""
    rows: Any = KINDS[kind]._default_manager.filter(ticket_id=ticket, pk__gte=first, pk__lte=last)
    return rows.select_related(NAMED[kind]) if kind in NAMED else rows


_ITEMS: Prepared[Any] = Prepared(_items)


def _ask_rights(ticket: Ticket, cards: Sequence[Card], by: Actor) -> None:
    """Rights from the role and every guard's word, asked once a kind and verb."""
    for kind in {card.kind for card in cards}:
        of_kind = [card for card in cards if card.kind == kind and not card.item.is_removed]
        items = [card.item for card in of_kind]
        edits = guards.refusals(ticket, f"{kind}.edit", items, by) if items else {}
        removes = guards.refusals(ticket, f"{kind}.remove", items, by) if items else {}
        for card in of_kind:
            allowed = permissions.may_item(ticket, card.item, RIGHTS[kind].edit, by)
            card.may_edit = card.may_remove = allowed
            card.refused_edit = edits.get(None) or edits.get(card.item)
            card.refused_remove = removes.get(None) or removes.get(card.item)


def _line(entry: Entry, ticket: Ticket, by: Actor) -> Line:
    told = _sentences.get(entry.kind) or Sentence(lambda data: entry.kind.replace(".", " ").replace("_", " "))
    try:
        text = told.say(entry.data)
    except (KeyError, TypeError, ValueError, AttributeError):
        text = entry.kind
    quote = str(entry.data.get(told.quote) or "")
    offered = _acts[entry.kind](ticket, entry, by) if entry.kind in _acts else ()
    return Line(entry.pk, entry.at, entry.by_name, text, told.icon, told.colour, quote, offered)


# The desk's own sentences ---------------------------------------------------------------------------------------------
FIELDS = {
    "title": gettext_lazy("title"),
    "description": gettext_lazy("description"),
    "company": gettext_lazy("customer"),
    "contact": gettext_lazy("contact"),
    "location": gettext_lazy("location"),
    "queue": gettext_lazy("queue"),
    "category": gettext_lazy("category"),
    "type": gettext_lazy("type"),
    "priority": gettext_lazy("priority"),
    "due_at": gettext_lazy("due date"),
    "planned_minutes": gettext_lazy("planned time"),
}


def _value(name: str, data: Mapping[str, Any], which: int) -> str:
    if name in data.get("names", {}):
        return data["names"][name][which]
    value = data[("old", "new")[which]].get(name)
    if value is None or value == "":
        return ""
    if name == "priority":
        return PRIORITIES.text(int(value))
    if name == "due_at":
        at = parse_datetime(value)
        return moment(at) if at else ""
    return hours(value) if name == "planned_minutes" else str(value)


def _edited(data: Mapping[str, Any]) -> str:
    said = []
    for name in data["new"]:
        label = FIELDS.get(name, name)
        if name == "description":
            said.append(_("changed the description"))
        elif not (new := _value(name, data, 1)):
            said.append(_("cleared the %(field)s (%(old)s)") % {"field": label, "old": _value(name, data, 0)})
        elif old := _value(name, data, 0):
            said.append(_("changed the %(field)s: %(old)s → %(new)s") % {"field": label, "old": old, "new": new})
        else:
            said.append(_("set the %(field)s: %(new)s") % {"field": label, "new": new})
    return ", ".join(said)


def _assigned(data: Mapping[str, Any]) -> str:
    old, new = data.get("names", ["", ""])
    if not new:
        return _("took the ticket off %(old)s") % {"old": old}
    return _("made %(new)s responsible") % {"new": new}


def _forwarded(data: Mapping[str, Any]) -> str:
    (old_queue, queue), (old, new) = data["names"]["queue"], data["names"]["assignee"]
    said = []
    if new != old:
        said.append(_("to %(new)s instead of %(old)s") % {"new": new, "old": old} if old and new else "")
        said.append(_("to %(new)s") % {"new": new} if new and not old else "")
        said.append(_("away from %(old)s") % {"old": old} if not new else "")
    if data.get("added"):
        said.append(_("to %(name)s, too") % {"name": data["added"]})
    if queue != old_queue:
        said.append(_("to the queue %(queue)s") % {"queue": queue})
    told = _("forwarded the ticket: %(where)s") % {"where": ", ".join(filter(None, said))}
    by_mail = _("told by mail")
    return f"{told} · {by_mail}" if data.get("told") else told


def _closed(data: Mapping[str, Any]) -> str:
    return _("closed the ticket: %(resolution)s") % {"resolution": RESOLUTIONS.text(data.get("resolution", ""))}


def _clock(words: Any) -> Say:
    return lambda data: str(words) % {"target": ClockKind(data["clock"]).label}


def _bounced(data: Mapping[str, Any]) -> str:
    return _("The mail to %(name)s came back: %(why)s") % {"name": data["to"], "why": troubles.explain(data["code"])}


def _created(data: Mapping[str, Any]) -> str:
    return _("created the ticket (%(source)s)") % {"source": SOURCES.text(data.get("source", ""))}


ITEM_WORDS = {
    "note": gettext_lazy("a note"),
    "attachment": gettext_lazy("a file"),
    "timeentry": gettext_lazy("a time entry"),
    "charge": gettext_lazy("a charge"),
}


def _of(words: Any, item: Any) -> Say:
    """A sentence about one kind of item, said in the reader's language when it is asked for."""
    return lambda data: str(words) % {"item": item}


def _checked(words: Any, show: str = "") -> Say:
    """A sentence about an item of a checklist, with what shows it."""

    def say(data: Mapping[str, Any]) -> str:
        told = str(words) % {"text": in_language(data["text"], data["texts"])}
        proof = data.get(show, "")
        if proof and data["evidence"] == Evidence.VALUE:
            proof = f"{number(Decimal(proof))} {data['unit']}".strip()
        return f"{told}: {proof}" if proof else told

    return say


def _by_partner(data: Mapping[str, Any]) -> str:
    return TICKED[data["state"]].say(data)


def _listed(words: Any) -> Say:
    return lambda data: str(words) % {"name": in_language(data["name"], data["names"]) or _("Checklist")}


TICKED = {
    "done": Sentence(_checked(gettext_lazy("ticked “%(text)s”"), "proof"), "square-check", "green"),
    "not_applicable": Sentence(_checked(gettext_lazy("marked “%(text)s” as not applicable")), "circle-slash"),
    "open": Sentence(_checked(gettext_lazy("opened “%(text)s” again")), "rotate-ccw", "amber"),
}


def _register_checklists() -> None:
    for verb, state in (("ticked", "done"), ("skipped", "not_applicable"), ("unticked", "open")):
        told = TICKED[state]
        sentence(f"checklistitem.{verb}", told.say, told.icon, told.colour, quote="reason")
    sentence("checklistitem.changed_by_partner", _by_partner, "list-checks", "violet", quote="reason")
    sentence("checklistitem.withdrawn", lambda data: _("withdrew a checklist item"), "undo-2")
    sentence("checklist.added", _listed(gettext_lazy("added the checklist “%(name)s”")), "list-checks")
    sentence("checklist.received", _listed(gettext_lazy("sent the checklist “%(name)s”")), "list-checks", "violet")
    sentence("checklist.removed", _listed(gettext_lazy("took the checklist “%(name)s” off")), "list-checks")
    sentence("checklist.extended", _checked(gettext_lazy("added the checklist item “%(text)s”")), "list-checks")
    for verb in ("added", "removed", "received"):
        quiet(f"checklistitem.{verb}")


def register() -> None:
    """The sentences of the desk's own entries."""
    _register_checklists()
    audit.teller(told)
    sentence("ticket.created", _created, "plus")
    sentence("ticket.edited", _edited, "pencil")
    sentence("ticket.assigned", _assigned, "user-round")
    sentence("ticket.forwarded", _forwarded, "forward", "blue")
    sentence("ticket.released", lambda data: _("took %(name)s off the ticket") % {"name": data["name"]}, "user-round")
    sentence("ticket.accepted", lambda data: _("accepted the ticket for work"), "user-round", "blue")
    sentence("ticket.started", lambda data: _("started the work"), "circle-play", "teal")
    sentence("ticket.asked", lambda data: _("asked the customer"), "hourglass", "amber")
    sentence("ticket.answered", lambda data: _("noted the customer's answer"), "message-square", "blue")
    sentence("mail.bounced", _bounced, "undo-2", "red")
    sentence("ticket.customer_wrote", lambda data: _("wrote as the customer"), "message-square", "blue")
    quiet("ticket.customer_wrote")
    sentence("ticket.closed", _closed, "circle-check", "green")
    three_quarters = gettext_lazy("noted that three quarters of the promised time are over (%(target)s)")
    sentence("ticket.clock_warned", _clock(three_quarters), "timer", "amber")
    all_of_it = gettext_lazy("noted that the promised time is over (%(target)s)")
    sentence("ticket.clock_breached", _clock(all_of_it), "timer", "red")
    sentence("ticket.person_erased", lambda data: _("took an erased person out of this ticket"), "user-round", "gray")
    sentence("ticket.reopened", lambda data: _("reopened the ticket"), "rotate-ccw", "red")
    for kind, word in ITEM_WORDS.items():
        sentence(f"{kind}.edited", _of(gettext_lazy("edited %(item)s"), word), "pencil")
        sentence(f"{kind}.removed", _of(gettext_lazy("deleted %(item)s"), word), "trash-2")
        sentence(f"{kind}.changed_by_partner", _of(gettext_lazy("changed %(item)s"), word), "pencil")
        sentence(f"{kind}.withdrawn", _of(gettext_lazy("withdrew %(item)s"), word), "undo-2")
