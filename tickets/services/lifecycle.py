"""The moves of a ticket that its own desk makes (lifecycle spec, "Moves"): lock, ask the guards, ask for the right,
move, save, record. What needs a proof – an approver's yes, an acceptance, a bill – is in `reserved`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from psa.fsm import can_proceed
from psa.journal import journal
from psa.journal.models import Entry
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Asks, Refused
from psa.tenancy.models import Membership
from tickets import guards, permissions
from tickets.models import NumberRange, Queue, Resolution, Source, Status, Stopwatch, Ticket, TimeEntry
from tickets.models.ticket import NO_DEADLINE
from tickets.services import checklists, linking, searching
from tickets.services.desk import defaults_of
from tickets.services.fields import check_belongings, check_required
from tickets.services.locking import lock, save
from tickets.services.text_modules import finished

RESUMED = ("status", "resume_to")
RESOLVED = ("status", "resume_to", "resolution", "closed_at", "is_open", "answer_needed_since")
UNRESOLVED = (*RESOLVED, "acceptance")


@dataclass(frozen=True, slots=True)
class Move:
    """A move as a button shows it: its verb, label, icon, the transition that must be open, and what it asks for.

    `asks` names the fields of its form (tickets.forms.MoveForm). A move of a customer does not exist on an insourced
    ticket: there the lead partner decides. `told` is what the journal calls it once it is made.
    """

    name: str
    label: Any
    icon: str
    transition: str
    capability: str = "ticket.edit"
    asks: tuple[str, ...] = ()
    of_a_customer: bool = False
    told: str = ""


TEXT = ("text",)
RESERVED = (
    "ticket.estimated",
    "ticket.revised",
    "ticket.estimate_accepted",
    "ticket.estimate_declined",
    "ticket.estimate_returned",
    "ticket.estimate_expired",
    "ticket.accepted_by_customer",
    "ticket.defect_found",
    "ticket.objected",
    "ticket.deployment_requested",
    "ticket.auto_accepted",
    "ticket.to_billing",
    "ticket.settled",
    "ticket.reopened_unbilled",
    "ticket.given_up",
    "ticket.merged",
)
# The moves anybody with the right may make, on a page, in bulk or by a rule. Reserved moves are not among them.
# Whoever may override is a dispatcher or an administrator: they end what the customer did not end.
MOVES_FOR_ALL = (
    Move("accept", _("Accept for work"), "user-round", "accept", told="ticket.accepted"),
    Move("start", _("Start work"), "play", "start", told="ticket.started"),
    Move("submit", _("Submit for review"), "clipboard-check", "submit", asks=TEXT, of_a_customer=True,
         told="ticket.submitted"),
    Move("plan", _("Plan the deployment"), "calendar-clock", "plan", asks=("window",), of_a_customer=True,
         told="ticket.planned"),
    Move("deployed", _("Deployed"), "rocket", "deployed", of_a_customer=True, told="ticket.deployed"),
    Move("stand_down", _("Not now"), "pause", "stand_down", asks=TEXT, of_a_customer=True, told="ticket.stood_down"),
    Move("take_back", _("Take back"), "undo-2", "take_back", of_a_customer=True, told="ticket.taken_back"),
    Move("ask", _("Ask the customer"), "circle-question-mark", "ask", asks=TEXT, of_a_customer=True,
         told="ticket.asked"),
    Move("answer", _("Answered"), "message-square", "resume_open", asks=TEXT, told="ticket.answered"),
    Move("close", _("Close"), "circle-check", "close", asks=TEXT, told="ticket.closed"),
    Move("reopen", _("Reopen"), "rotate-ccw", "reopen", asks=TEXT, told="ticket.reopened"),
    Move("refuse", _("Refuse"), "circle-slash", "refuse", "ticket.override", asks=TEXT, of_a_customer=True,
         told="ticket.refused"),
    Move("cancel", _("Cancel"), "ban", "cancel", "ticket.override", asks=("resolution", "text"), of_a_customer=True,
         told="ticket.cancelled"),
)  # fmt: skip
# What the journal calls the moves, those with a proof too: after one of these the ticket stands somewhere else.
MOVED = (*(move.told for move in MOVES_FOR_ALL), *RESERVED)
BY_NAME = {move.name: move for move in MOVES_FOR_ALL}
CANCELLED = (Resolution.CANCELLED_BY_CUSTOMER, Resolution.CANCELLED_BY_US)

_RESUME: dict[str, Callable[[Ticket], None]] = {
    Status.NEW: Ticket.resume_new,
    Status.OPEN: Ticket.resume_open,
    Status.IN_PROGRESS: Ticket.resume_in_progress,
    Status.ESTIMATE_ACCEPTED: Ticket.resume_estimate_accepted,
    Status.REOPENED_DEFECT: Ticket.resume_reopened_defect,
    Status.REOPENED_OBJECTION: Ticket.resume_reopened_objection,
    Status.REOPENED_DEPLOY_REQUEST: Ticket.resume_reopened_deploy_request,
}

Ending = Callable[[Ticket, Actor, str], None]
_endings: list[Ending] = []


def ends_with_it(ending: Ending) -> Ending:
    """Let this end what hangs on a ticket that is cancelled – an offer, a partner's work – in the same transaction,
    before the ticket is. It gets the ticket, who cancels and why; it may raise Refused."""
    _endings.append(ending)
    return ending


def end_what_hangs(ticket: Ticket, by: Actor, reason: str) -> None:
    """End what hangs on a ticket that is being cancelled."""
    for ending in _endings:
        ending(ticket, by, reason)


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


@dataclass(frozen=True, slots=True)
class Words:
    """What is typed for a move: its text, and what some moves ask for besides.

    `expected` are the minutes the whole work takes, `begins` and `ends` the window of a deployment (aware moments),
    `override` the reason to go against a guard that can be overridden, `no_time` why no time was logged; `confirmed`
    closes a parent above its open children.
    """

    text: str = ""
    resolution: str = ""
    expected: int | None = None
    begins: datetime | None = None
    ends: datetime | None = None
    override: str = ""
    no_time: str = ""
    confirmed: bool = False


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
    ticket = ready(ticket, "accept", by)
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
def start(ticket: Ticket, *, by: Actor, expected: int | None = None, override: str = "") -> Ticket:
    """5: open, reopened, estimate accepted → in progress.

    `expected` (minutes for the whole work) becomes the planned time. Whoever may override begins with a reason although
    the customer has to be asked first; the reason stays in the journal. Raises Refused, Denied."""
    ticket = lock(ticket)
    if expected is not None and expected != ticket.planned_minutes:
        permissions.require(ticket, "ticket.edit", by)
        ticket.planned_minutes = expected
        save(ticket, "planned_minutes")
        journal.record(ticket, "ticket.expected", by=by, minutes=expected)
    if override := override.strip():
        permissions.require(ticket, "ticket.override", by)
    ticket = ready(ticket, "start", by, overrides=bool(override))
    ticket.start()
    save(ticket, "status")
    journal.record(ticket, "ticket.started", by=by, **({"override": override} if override else {}))
    return ticket


@transaction.atomic
def ask(ticket: Ticket, text: str, *, by: Actor) -> Ticket:
    """3: the customer has to answer; the state before is kept. Refused on an insourced ticket: there is none."""
    ticket = ready(ticket, "ask", by)
    ticket.ask(resume_to=ticket.status)
    save(ticket, *RESUMED)
    journal.record(ticket, "ticket.asked", by=by, text=text)
    return ticket


@transaction.atomic
def answer(ticket: Ticket, text: str, *, by: Actor) -> Ticket:
    """14: the customer answered; back to the state before."""
    ticket = ready(ticket, "answer", by)
    _RESUME[ticket.resume_to](ticket)
    save(ticket, *RESUMED)
    journal.record(ticket, "ticket.answered", by=by, text=text)
    return ticket


@transaction.atomic
def submit(ticket: Ticket, text: str, *, by: Actor, no_time: str = "", override: str = "") -> Ticket:
    """13: in progress → waiting (solution review): the text says what the customer looks at.

    Required checklist items are done, no stopwatch runs, a partner's work is over or somebody overrides that with a
    reason; time is logged, or `no_time` says why there is none. Raises Refused("words_missing"), ("no_time_logged"),
    ("stopwatch_runs")."""
    if override := override.strip():
        permissions.require(ticket, "ticket.override", by)
    ticket = ready(ticket, "submit", by, overrides=bool(override))
    if not text.strip():
        raise Refused("words_missing")
    if names := [watch.member.name for watch in Stopwatch.objects.filter(ticket=ticket).select_related("member")]:
        raise Refused("stopwatch_runs", names=names)
    if not (no_time := no_time.strip()) and not TimeEntry.objects.filter(ticket=ticket, removed_at=None).exists():
        raise Asks("no_time_logged", "no_time")
    ticket.submit()
    save(ticket, "status")
    more = {name: said for name, said in (("no_time", no_time), ("override", override)) if said}
    journal.record(ticket, "ticket.submitted", by=by, text=text, **more)
    return ticket


@transaction.atomic
def plan(ticket: Ticket, begins: datetime, ends: datetime, *, by: Actor) -> Ticket:
    """18: when it goes into production; planned again, the customer is told again. Raises Refused("window_is_past"),
    ("window_is_empty")."""
    ticket = ready(ticket, "plan", by)
    if ends <= begins:
        raise Refused("window_is_empty")
    if begins <= timezone.now():
        raise Refused("window_is_past")
    is_again = ticket.deploy_from is not None
    ticket.plan(begins, ends)
    save(ticket, "status", "deploy_from", "deploy_until")
    window = {"begins": begins.isoformat(), "ends": ends.isoformat()}
    journal.record(ticket, "ticket.planned", by=by, again=is_again, **window)
    return ticket


@transaction.atomic
def deployed(ticket: Ticket, *, by: Actor) -> Ticket:
    """19: ready for deploy → waiting (production review)."""
    ticket = ready(ticket, "deployed", by)
    ticket.deployed()
    save(ticket, "status")
    journal.record(ticket, "ticket.deployed", by=by)
    return ticket


@transaction.atomic
def stand_down(ticket: Ticket, text: str, *, by: Actor) -> Ticket:
    """28: ready for deploy → in progress: not now, or it failed, and why."""
    ticket = ready(ticket, "stand_down", by)
    if not text.strip():
        raise Refused("reason_missing")
    ticket.stand_down()
    save(ticket, "status", "deploy_from", "deploy_until")
    journal.record(ticket, "ticket.stood_down", by=by, text=text)
    return ticket


@transaction.atomic
def take_back(ticket: Ticket, *, by: Actor) -> Ticket:
    """27: waiting for the customer's review → in progress."""
    ticket = ready(ticket, "take_back", by)
    ticket.take_back()
    ticket.answer_needed_since = None
    save(ticket, "status", "answer_needed_since")
    journal.record(ticket, "ticket.taken_back", by=by)
    return ticket


@transaction.atomic
def close(
    ticket: Ticket, text: str, *, by: Actor, resolution: str = Resolution.DONE, confirmed: bool = False
) -> Ticket:
    """25: open, in progress, reopened → closed. Refused while a partner still works on it, and where the category asks
    for the customer's acceptance.

    A parent whose children are open takes `confirmed`. Raises Refused("children_are_open"),
    ("acceptance_is_needed")."""
    ticket = ready(ticket, "close", by)
    if ticket.source != Source.INSOURCED and ticket.category and ticket.category.needs_acceptance:
        raise Refused("acceptance_is_needed", category=ticket.category.name)
    if not confirmed and (children := linking.open_children(ticket)):
        raise Refused("children_are_open", numbers=children)
    ticket.close(resolution, timezone.now())
    save(ticket, *RESOLVED)
    journal.record(ticket, "ticket.closed", by=by, text=text, resolution=resolution)
    return ticket


@transaction.atomic
def refuse(ticket: Ticket, text: str, *, by: Actor) -> Ticket:
    """4: new, open, waiting for clarification → cancelled: what is missing was asked for once and never came.

    Raises Refused("reason_missing"), ("nobody_asked")."""
    ticket = ready(ticket, "refuse", by)
    if not text.strip():
        raise Refused("reason_missing")
    if not _was_asked(ticket):
        raise Refused("nobody_asked")
    ticket.refuse(timezone.now())
    save(ticket, *RESOLVED)
    journal.record(ticket, "ticket.refused", by=by, text=text)
    return ticket


def _was_asked(ticket: Ticket) -> bool:
    """Whether the last question to the customer is still without an answer."""
    told = Entry.objects.filter(
        subject_type="ticket", subject_id=ticket.pk, kind__in=("ticket.asked", "ticket.answered")
    )
    last = told.order_by("-pk").values_list("kind", flat=True).first()
    return last == "ticket.asked"


@transaction.atomic
def cancel(ticket: Ticket, text: str, *, by: Actor, resolution: str = Resolution.CANCELLED_BY_US) -> Ticket:
    """23: unresolved → cancelled, never reopened. What a partner has of it ends in the same transaction.

    Raises Refused("reason_missing"), and what ending the partner's work raises."""
    ticket = ready(ticket, "cancel", by)
    if not text.strip():
        raise Refused("reason_missing")
    if resolution not in CANCELLED:
        raise ValueError("Cancelled by the customer or by us.")
    end_what_hangs(ticket, by, text)
    ticket = lock(ticket)
    ticket.cancel(resolution, timezone.now())
    save(ticket, *RESOLVED)
    journal.record(ticket, "ticket.cancelled", by=by, text=text, resolution=resolution)
    return ticket


@transaction.atomic
def reopen(ticket: Ticket, text: str, *, by: Actor) -> Ticket:
    """22: closed → reopened, with what is still wrong."""
    ticket = ready(ticket, "reopen", by)
    ticket.reopen()
    save(ticket, *UNRESOLVED)
    journal.record(ticket, "ticket.reopened", by=by, text=text)
    return ticket


_MADE: dict[str, Callable[[Ticket, Words, Actor], Ticket]] = {
    "accept": lambda ticket, words, by: accept(ticket, by=by),
    "start": lambda ticket, words, by: start(ticket, by=by, expected=words.expected, override=words.override),
    "submit": lambda ticket, words, by: submit(
        ticket, words.text, by=by, no_time=words.no_time, override=words.override
    ),
    "plan": lambda ticket, words, by: plan(ticket, *_window(words), by=by),
    "deployed": lambda ticket, words, by: deployed(ticket, by=by),
    "stand_down": lambda ticket, words, by: stand_down(ticket, words.text, by=by),
    "take_back": lambda ticket, words, by: take_back(ticket, by=by),
    "ask": lambda ticket, words, by: ask(ticket, words.text, by=by),
    "answer": lambda ticket, words, by: answer(ticket, words.text, by=by),
    "close": lambda ticket, words, by: close(ticket, words.text, by=by, confirmed=words.confirmed),
    "reopen": lambda ticket, words, by: reopen(ticket, words.text, by=by),
    "refuse": lambda ticket, words, by: refuse(ticket, words.text, by=by),
    "cancel": lambda ticket, words, by: cancel(
        ticket, words.text, by=by, resolution=words.resolution or Resolution.CANCELLED_BY_US
    ),
}


def _window(words: Words) -> tuple[datetime, datetime]:
    if words.begins is None or words.ends is None:
        raise Refused("window_missing")
    return words.begins, words.ends


def move(ticket: Ticket, name: str, text: str = "", *, by: Actor, confirmed: bool = False, **more: Any) -> Ticket:
    """Make the move of this name (MOVES_FOR_ALL), with the words it asks for (`Words`). Raises Refused, Denied."""
    words = Words(text=finished(text, by), confirmed=confirmed, **more)
    return _MADE[name](ticket, words, by)


def ready(ticket: Ticket, name: str, by: Actor, *, overrides: bool = False) -> Ticket:
    """Locked, and nothing against it: the state first, then the guards, then the right. An Overridable does not stand
    where somebody who may `overrides`."""
    ticket, wanted = lock(ticket), BY_NAME[name]
    if not can_proceed(getattr(ticket, wanted.transition)):
        raise moved_on(ticket, wanted.told, by)
    if wanted.of_a_customer and ticket.source == Source.INSOURCED:
        raise Refused("no_customer_here")
    guards.check(ticket, f"ticket.{name}", by, overrides=overrides)
    permissions.require(ticket, wanted.capability, by)
    return ticket


def moved_on(ticket: Ticket, told: str, by: Actor) -> Refused:
    """The no to whoever came second. `own` where that is somebody who pressed twice, and `said` what they said then."""
    moves = Entry.objects.filter(subject_type="ticket", subject_id=ticket.pk, kind__in=MOVED)
    last = moves.order_by("-pk").first()
    if last is None or by.membership_id is None or (last.kind, last.by_id) != (told, by.membership_id):
        return Refused("ticket_moved_on", status=ticket.status)
    return Refused("ticket_moved_on", status=ticket.status, own=True, said=last.data.get("text", ""))
