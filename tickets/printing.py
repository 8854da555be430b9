"""A ticket on paper: for ourselves with everything that stands on it, or for the customer with nothing but their own.

What the customer's paper holds is chosen by what each item was written for, and of checklists by what is visible to the
customer. What has no reader of its own – the description, the journal – was never said to be the customer's, and is not
on it; nor is any price.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from psa.journal.models import Entry as Told
from psa.paper.document import Block, Document, Entry, Fact, Facts, Heading, Text
from psa.tenancy.actor import Actor
from psa.web.audience import look_of
from psa.web.figures import hours, moment, money, size
from tickets import timeline
from tickets.cards import LABELS, NAMED, figures_of
from tickets.labels import PRIORITIES, SOURCES, STATUSES
from tickets.models import Audience, Charge, Checklist, ChecklistItem, Item, NoteKind, Source, Ticket
from tickets.models.items import KINDS
from tickets.readers import Reader
from tickets.services import mentions

# Of one kind of item, the newest; paper ends somewhere.
MOST = 500
NOTHING = "–"
SIGNS = {"done": "☑", "not_applicable": "☒"}


@dataclass(frozen=True, slots=True)
class Paper:
    """Who it is for, and as whom the reader of the screen asked for it."""

    ticket: Ticket
    by: Actor
    customer: Reader | None
    readers: Sequence[Reader]

    @property
    def is_ours(self) -> bool:
        return self.customer is None


def customer_of(found: Sequence[Reader]) -> Reader | None:
    """The customer among a ticket's readers, if it has one to print for."""
    return next((one for one in found if one.audience == Audience.CUSTOMER), None)


def document(ticket: Ticket, by: Actor, found: Sequence[Reader], customer: Reader | None = None) -> Document:
    """Ours in the active language, or with `customer` the one to be handed over; `found` are its readers."""
    blocks = list(_blocks(Paper(ticket, by, customer, found)))
    title = _("Ticket %(number)s") % {"number": ticket.number}
    return Document(ticket.tenant.name, title, ticket.title, get_language() or "en", blocks)


def _blocks(paper: Paper) -> Iterator[Block]:
    ticket, found = paper.ticket, _items(paper)
    if paper.customer:
        yield Text(_("For the customer: only what was written for %(who)s.") % {"who": paper.customer.name}, True)
    else:
        yield Text(_("Internal: only for people at %(who)s.") % {"who": ticket.tenant.name}, True)
    yield Facts(list(_facts(paper)))
    if paper.is_ours and ticket.description:
        yield Heading(_("Description"))
        yield Text(ticket.description)
    if ticket.checklist_total:
        yield from _checklists(paper)
    said = sorted([*_entries(paper, found), *(_journal(paper) if paper.is_ours else ())], key=lambda pair: pair[0])
    yield Heading(_("Timeline"))
    yield from (entry for _at, entry in said)
    if not said:
        yield Text(_("Nothing was written for the customer yet.") if paper.customer else _("Nothing here yet"), True)
    if any(len(rows) == MOST for rows in found.values()):
        yield Text(_("Only the newest %(most)s of each kind are printed.") % {"most": MOST}, True)
    if sums := list(_sums(paper, found)):
        yield Heading(_("Time and charges"))
        yield Facts(sums)
    if found["attachment"]:
        yield Heading(_("Files"))
        yield Facts([Fact(one.name, size(one.file.size)) for one in found["attachment"]])


def _items(paper: Paper) -> dict[str, list[Any]]:
    """What stands on the ticket, a query a kind; for the customer only what names the customer as its reader."""
    found: dict[str, list[Any]] = {}
    for kind, model in KINDS.items():
        rows: Any = model._default_manager.filter(ticket=paper.ticket, removed_at=None)
        if paper.customer:
            rows = rows.filter(audience=Audience.CUSTOMER)
        if paper.customer and kind == "timeentry":
            rows = rows.filter(is_hidden=False)
        if kind in NAMED:
            rows = rows.select_related(NAMED[kind])
        found[kind] = list(rows.order_by("-pk")[:MOST])[::-1]
    mentions.spoken(found["note"])
    return found


def _facts(paper: Paper) -> Iterator[Fact]:
    ticket = paper.ticket
    person = ticket.contact
    reached = "\n".join(filter(None, (person.name, person.phone, person.email))) if person else NOTHING
    yield Fact(_("Status"), STATUSES.text(ticket.status))
    yield Fact(_("Created"), moment(ticket.created_at))
    yield Fact(_("Customer"), ticket.company.name)
    yield Fact(_("Contact"), reached)
    if ticket.location:
        yield Fact(_("Location"), str(ticket.location))
    if not paper.is_ours:
        return
    yield Fact(_("Assignee"), ticket.assignee.name if ticket.assignee else _("Nobody"))
    yield Fact(_("Queue"), ticket.queue.name)
    yield Fact(_("Category"), ticket.category.name if ticket.category else NOTHING)
    if ticket.type:
        yield Fact(_("Type"), ticket.type.name)
    yield Fact(_("Priority"), PRIORITIES.text(ticket.priority))
    yield Fact(_("Due"), moment(ticket.due_at) if ticket.due_at else NOTHING)
    yield Fact(_("Planned time"), hours(ticket.planned_minutes) if ticket.planned_minutes else NOTHING)
    yield Fact(_("Came in by"), SOURCES.text(ticket.source))


def _checklists(paper: Paper) -> Iterator[Block]:
    rows = ChecklistItem.objects.filter(ticket=paper.ticket, removed_at=None).select_related("checklist")
    if paper.customer:
        rows = rows.filter(for_customer=True)
    lists: Any = groupby(rows.order_by("checklist", "position", "pk"), key=lambda item: item.checklist)
    checklist: Checklist
    for checklist, items in lists:
        yield Heading(checklist.said if paper.is_ours else _("Checklist"))
        yield Text("\n".join(_check(item, paper) for item in items))


def _check(item: ChecklistItem, paper: Paper) -> str:
    """What is to be done and whether it is; who did it and what shows it only for ourselves."""
    line = f"{SIGNS.get(item.state, '☐')} {item.said}"
    if paper.customer:
        return line
    settled = ", ".join(filter(None, (item.acted_by, moment(item.settled_at) if item.settled_at else "")))
    told = " · ".join(filter(None, (item.proof, item.reason, settled)))
    return f"{line} ({told})" if told else line


def _entries(paper: Paper, found: dict[str, list[Any]]) -> Iterator[tuple[datetime, Entry]]:
    """Each item as one entry: who, what, when, for whom, and its words."""
    names = {} if paper.customer else {(one.audience, one.handover): one.name for one in paper.readers}
    is_insourced = paper.ticket.source == Source.INSOURCED
    for kind, items in found.items():
        for item in items:
            mark = ""
            if paper.is_ours:
                named = "" if item.audience == Audience.INTERNAL else names.get((item.audience, item.handover), "")
                mark = look_of(item.audience, is_insourced).text(named)
            what = _label(item, kind, paper)
            head = " · ".join(filter(None, (item.author_name, what, moment(item.made_at))))
            yield item.made_at, Entry(head, _words(item, kind, paper), mark)


def _label(item: Any, kind: str, paper: Paper) -> str:
    if kind == "timeentry" and paper.customer:
        free = "" if item.is_to_bill else _("not billable")
        return " · ".join(filter(None, (date_format(item.worked_on, "SHORT_DATE_FORMAT"), _shown(item), free)))
    if kind == "note" and item.kind_of == NoteKind.CALL:
        return str(NoteKind.CALL.label)
    return str(LABELS[kind](item))


def _shown(entry: Any) -> str:
    """The time a customer is told: after the offset, as it is billed."""
    return hours(entry.minutes_to_bill)


def _words(item: Item, kind: str, paper: Paper) -> str:
    said = [item.name if kind == "attachment" else figures_of(item)]  # type: ignore[attr-defined]
    if isinstance(item, Charge) and paper.is_ours and paper.by.can("price.view"):
        said.append(money(item.amount, item.currency))
    said = [" · ".join(filter(None, said)), getattr(item, "text", "")]
    if paper.is_ours and (internal := getattr(item, "internal_text", "")):
        said.append(_("Internal") + f": {internal}")
    return "\n".join(filter(None, said))


def _journal(paper: Paper) -> Iterator[tuple[datetime, Entry]]:
    """What happened to the ticket, for ourselves."""
    rows = Told.objects.filter(subject_type="ticket", subject_id=paper.ticket.pk)
    skipped = [*timeline.SHOWN, *timeline.QUIET]
    for entry in reversed(rows.exclude(kind__in=skipped).order_by("-pk")[:MOST]):
        try:
            told = timeline.told(entry.kind, entry.data)
        except (KeyError, TypeError, ValueError, AttributeError):
            told = None
        if told:
            head = " · ".join(filter(None, (entry.by_name, str(told), moment(entry.at))))
            yield entry.at, Entry(head, "", "")


def _sums(paper: Paper, found: dict[str, list[Any]]) -> Iterator[Fact]:
    if times := found["timeentry"]:
        if paper.is_ours:
            yield Fact(_("Worked"), hours(sum(one.minutes for one in times)))
            yield Fact(_("To bill"), hours(sum(one.minutes_to_bill for one in times if one.is_to_bill)))
        else:
            yield Fact(_("Time"), hours(sum(one.minutes_to_bill for one in times)))
    if paper.is_ours and paper.by.can("price.view"):
        charges = sorted(found["charge"], key=lambda one: one.currency)
        for currency, of_it in groupby(charges, key=lambda one: one.currency):
            yield Fact(_("Charges"), money(sum(one.amount for one in of_it), currency))
