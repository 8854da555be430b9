"""The moves of a ticket (lifecycle spec, "Moves"): lock, ask the guards, ask for the right, move, save, record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from psa.fsm import can_proceed
from psa.journal import journal
from psa.journal.models import Entry
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from tickets import guards, permissions
from tickets.models import NumberRange, Queue, Resolution, Source, Status, Ticket
from tickets.models.ticket import NO_DEADLINE
from tickets.services import checklists, linking, searching
from tickets.services.desk import defaults_of
from tickets.services.fields import check_belongings, check_required
from tickets.services.locking import lock, save
from tickets.services.text_modules import finished


@dataclass(frozen=True, slots=True)
class Move:
    """A move as a button shows it: its verb, label, icon, the transition that must be open, and what it asks for."""

    name: str
    label: Any
    icon: str
    transition: str
    capability: str = "ticket.edit"
    asks: str = ""
    of_a_customer: bool = False


# The moves anybody with the right may make, on a page, in bulk or by a rule. Reserved moves are not among them.
MOVES_FOR_ALL = (
    Move("accept", _("Accept for work"), "user-round", "accept"),
    Move("start", _("Start work"), "play", "start"),
    Move("ask", _("Ask the customer"), "circle-question-mark", "ask", asks="text", of_a_customer=True),
    Move("answer", _("Answered"), "message-square", "resume_open", asks="text"),
    Move("close", _("Close"), "circle-check", "close", asks="text"),
    Move("reopen", _("Reopen"), "rotate-ccw", "reopen", asks="text"),
)

_RESUME: dict[str, Callable[[Ticket], None]] = {
    Status.NEW: Ticket.resume_new,
    Status.OPEN: Ticket.resume_open,
    Status.IN_PROGRESS: Ticket.resume_in_progress,
    Status.REOPENED: Ticket.resume_reopened,
}


@dataclass(frozen=True, slots=True)
class Button:
    """A move on a page: open, or closed with the reason."""

    move: Move
    refusal: Refused | None = None


def buttons(ticket: Ticket, by: Actor) -> list[Button]:
    """The moves the machine allows from here and this member may make; a guard's no stands beside its button."""
    drawn = []
    for move in MOVES_FOR_ALL:
        if move.of_a_customer and ticket.source == Source.INSOURCED:
            continue
        if can_proceed(getattr(ticket, move.transition)) and permissions.may(ticket, move.capability, by):
            refusal = guards.refusals(ticket, f"ticket.{move.name}", [], by).get(None)
            drawn.append(Button(move, refusal))
    return drawn


@transaction.atomic
def create(*, by: Actor, **fields: Any) -> Ticket:
    """1: a new ticket with the next number, in the default queue unless one is named. Raises Denied, Refused."""
    by.require("ticket.create")
    fields = {**defaults_of(fields.get("category")), **fields}
    fields.setdefault("queue", Queue.objects.filter(is_default=True).first() or Queue.objects.first())
    ticket = Ticket(number=NumberRange.next("ticket"), created_by_id=by.membership_id, **fields)
    guards.check(ticket, "ticket.create", by)
    check_belongings(ticket)
    check_required(ticket, by)
    ticket.description = finished(ticket.description, by)
    ticket.next_deadline = ticket.due_at or NO_DEADLINE
    ticket.save(force_insert=True)
    searching.index(ticket)
    journal.record(ticket, "ticket.created", by=by, source=ticket.source)
    return ticket


@transaction.atomic
def accept(ticket: Ticket, *, by: Actor, assignee: Membership | None = None) -> Ticket:
    """2: new → open; somebody is responsible, whoever accepts unless another is named."""
    ticket = _ready(ticket, "accept", by)
    if assignee is not None or ticket.assignee_id is None:
        ticket.assignee_id = assignee.pk if assignee else by.membership_id
    if ticket.assignee_id is None:
        raise Refused("assignee_missing")
    ticket.accept()
    save(ticket, "status", "assignee")
    journal.record(ticket, "ticket.accepted", by=by, assignee=ticket.assignee_id)
    checklists.attach_usual(ticket, by=by)
    return ticket


@transaction.atomic
def start(ticket: Ticket, *, by: Actor) -> Ticket:
    """5: open, reopened → in progress."""
    ticket = _ready(ticket, "start", by)
    ticket.start()
    save(ticket, "status")
    journal.record(ticket, "ticket.started", by=by)
    return ticket


@transaction.atomic
def ask(ticket: Ticket, text: str, *, by: Actor) -> Ticket:
    """3: the customer has to answer; the state before is kept. Refused on an insourced ticket: there is none."""
    ticket = _ready(ticket, "ask", by)
    if ticket.source == Source.INSOURCED:
        raise Refused("no_customer_here")
    ticket.ask(resume_to=ticket.status)
    save(ticket, "status", "resume_to")
    journal.record(ticket, "ticket.asked", by=by, text=text)
    return ticket


@transaction.atomic
def answer(ticket: Ticket, text: str, *, by: Actor) -> Ticket:
    """14: the customer answered; back to the state before."""
    ticket = _ready(ticket, "answer", by, "resume_open")
    _RESUME[ticket.resume_to](ticket)
    save(ticket, "status", "resume_to")
    journal.record(ticket, "ticket.answered", by=by, text=text)
    return ticket


@transaction.atomic
def close(
    ticket: Ticket, text: str, *, by: Actor, resolution: str = Resolution.DONE, confirmed: bool = False
) -> Ticket:
    """25: open, in progress, reopened → closed. Refused while a partner still works on it.

    A parent whose children are open takes `confirmed`. Raises Refused("children_are_open")."""
    ticket = _ready(ticket, "close", by)
    if not confirmed and (children := linking.open_children(ticket)):
        raise Refused("children_are_open", numbers=children)
    ticket.close(resolution, timezone.now())
    save(ticket, "status", "resolution", "closed_at", "is_open")
    journal.record(ticket, "ticket.closed", by=by, text=text, resolution=resolution)
    return ticket


@transaction.atomic
def reopen(ticket: Ticket, text: str, *, by: Actor) -> Ticket:
    """22: closed → reopened, with what is still wrong."""
    ticket = _ready(ticket, "reopen", by)
    ticket.reopen()
    save(ticket, "status", "resolution", "closed_at", "is_open")
    journal.record(ticket, "ticket.reopened", by=by, text=text)
    return ticket


_VERBS: dict[str, Callable[..., Ticket]] = {
    "accept": accept,
    "start": start,
    "ask": ask,
    "answer": answer,
    "close": close,
    "reopen": reopen,
}


# What the journal calls each move that was made.
_TOLD = {
    "accept": "ticket.accepted",
    "start": "ticket.started",
    "ask": "ticket.asked",
    "answer": "ticket.answered",
    "close": "ticket.closed",
    "reopen": "ticket.reopened",
}


def move(ticket: Ticket, name: str, text: str = "", *, by: Actor, confirmed: bool = False) -> Ticket:
    """Make the move of this name (MOVES_FOR_ALL), with the text it asks for. Raises Refused, Denied."""
    wanted = next(one for one in MOVES_FOR_ALL if one.name == name)
    text = finished(text, by)
    if name == "close":
        return close(ticket, text, by=by, confirmed=confirmed)
    return _VERBS[name](ticket, text, by=by) if wanted.asks else _VERBS[name](ticket, by=by)


def _ready(ticket: Ticket, verb: str, by: Actor, transition: str = "") -> Ticket:
    """Locked, and nothing against it: the state first, then the guards, then the right."""
    ticket = lock(ticket)
    if not can_proceed(getattr(ticket, transition or verb)):
        raise _moved_on(ticket, verb, by)
    guards.check(ticket, f"ticket.{verb}", by)
    permissions.require(ticket, "ticket.edit", by)
    return ticket


def _moved_on(ticket: Ticket, verb: str, by: Actor) -> Refused:
    """The no to whoever came second. `own` where that is somebody who pressed twice, and `said` what they said then."""
    moves = Entry.objects.filter(subject_type="ticket", subject_id=ticket.pk, kind__in=_TOLD.values())
    last = moves.order_by("-pk").first()
    if last is None or by.membership_id is None or (last.kind, last.by_id) != (_TOLD[verb], by.membership_id):
        return Refused("ticket_moved_on", status=ticket.status)
    return Refused("ticket_moved_on", status=ticket.status, own=True, said=last.data.get("text", ""))
