"""The clocks of service levels (lifecycle spec, "Calendars and SLA"): they follow the ticket, nobody sets them.

`follow` reads where the ticket stands now and brings its clocks there; called twice it does nothing the second time.
It is called with every move (`MOVES`), when a timer says that a quarter is left or nothing, and when what a clock
counts by has changed. What comes of it is worked out in `tickets/reckoning.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from psa.calendars.models import CalendarVersion
from psa.directory import service_levels
from psa.journal import journal
from psa.journal.models import Entry
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.prepared import Prepared
from psa.timers import timers
from tickets.models import Audience, Clock, ClockKind, Span, Ticket
from tickets.models.ticket import NO_DEADLINE
from tickets.reckoning import Beat, Hands, beat_of
from tickets.services.lifecycle import MOVED
from tickets.services.locking import lock, lock_all, present

TIMER, STALE = "ticket.clock", "clocks.stale"
AT_ONCE = 50


# After these a ticket may stand elsewhere (the moves of the specification by what the journal calls them); the first
# three can bring it under a service level.
BEGINNINGS = ("ticket.created", "ticket.edited", "ticket.restored")
MOVES = (*BEGINNINGS, *MOVED, "ticket.deleted")
# Of an edit, what makes a difference.
FOLLOWED = {"priority", "company", "due_at"}

_CLOCKS = Prepared(
    lambda ticket: Clock.objects.select_for_update(of=("self",), no_key=True).filter(ticket_id=ticket).order_by("pk")
)


def connect() -> None:
    """Listen to what happens to tickets and to what is promised. Called once, when the app starts."""
    for kind in MOVES:
        journal.subscribe(kind, on_move)
    for kind in ("note.added", "note.edited"):
        journal.subscribe(kind, on_note)
    for kind in ("calendar.*", "servicelevel.*", "company.edited"):
        journal.subscribe(kind, on_rules)
    timers.on(TIMER, fire)
    timers.on(STALE, catch_up)


def on_move(entry: Entry) -> None:
    """A ticket may stand elsewhere."""
    if entry.kind == "ticket.edited" and not FOLLOWED & set(entry.data["new"]):
        return
    if entry.kind in BEGINNINGS or _CLOCKS(ticket=entry.subject_id):
        follow(present(entry.subject_id))


def on_note(entry: Entry) -> None:
    """A person wrote to the customer: that is the response."""
    if entry.by_kind == "person" and entry.data.get("audience") == Audience.CUSTOMER:
        if any(clock.kind == ClockKind.RESPONSE and not clock.met_at for clock in _CLOCKS(ticket=entry.subject_id)):
            follow(present(entry.subject_id), answered=True)


def on_rules(entry: Entry) -> None:
    """What clocks count by was changed: those it may concern are marked, and brought up to date by the worker."""
    running = Span.objects.filter(ended_at=None)
    clocks = Clock.objects.filter(stale_since=None)
    if entry.kind == "company.edited":
        if "calendar" not in entry.data["new"]:
            return
        clocks = clocks.filter(ticket__in=Ticket.objects.filter(company=entry.subject_id, is_open=True))
    elif entry.kind.startswith("calendar.") and entry.kind != "calendar.made_default":
        running = running.filter(calendar=entry.subject_id)
    if clocks.filter(pk__in=running.values("clock")).update(stale_since=entry.at):
        timers.arm_once(STALE, scope.tenant_id(), timezone.now())


def catch_up(tenant_id: int) -> None:
    """Bring clocks up to date that count by something else now, some at a time. Fired by a timer."""
    stale = Clock.objects.exclude(stale_since=None)
    ids = list(stale.order_by("ticket").values_list("ticket", flat=True).distinct()[:AT_ONCE])
    for ticket in lock_all([Ticket(pk=pk) for pk in ids]).values():
        follow(ticket)
    if stale.exists():
        timers.arm(STALE, tenant_id, timezone.now())


def fire(ticket_id: int) -> None:
    """Ask whether a clock has come to three quarters or to its end. Fired by a timer; the clock is read under the
    lock, so a timer that comes late tells once and one that was overtaken tells nothing."""
    follow(lock(Ticket(pk=ticket_id)))


def follow(ticket: Ticket, *, answered: bool = False) -> None:
    """Bring the clocks of a ticket, locked by the caller, to where it stands; `answered`: a person wrote to the
    customer just now. Tells of three quarters and of the end, arms the next timer, keeps the nearest deadline."""
    clocks = _CLOCKS(ticket=ticket.pk)
    if not clocks and beat_of(ticket) not in (Beat.RUNS, Beat.WAITS):
        return
    promise = service_levels.promised(ticket.company_id, ticket.priority, ticket.created_at.date())
    if not clocks and promise is None:
        return
    spans = {span.clock_id: span for span in _open_spans(clocks)}
    hands = Hands(ticket, promise, timezone.now(), _versions(spans.values()))
    clocks = [*clocks, *hands.begin(clocks)]
    for clock in clocks:
        before = _state(clock)
        hands.move(clock, spans.get(clock.pk), answered)
        if _state(clock) != before:
            clock.save()
    _write(ticket, hands)
    _arm(ticket, clocks)
    nearest = min([at for at in (ticket.due_at, *(clock.due_at for clock in clocks)) if at], default=NO_DEADLINE)
    if nearest != ticket.next_deadline:
        ticket.next_deadline = nearest
        Ticket.objects.filter(pk=ticket.pk).update(next_deadline=nearest)


def _write(ticket: Ticket, hands: Hands) -> None:
    """The spans that ended, those that began, and what is to be told."""
    for span in hands.closed:
        span.save(update_fields=["ended_at", "seconds"])
    for span in hands.opened:
        span.clock_id = span.clock.pk  # a clock that was new has its number now
    Span.objects.bulk_create(hands.opened)
    for kind, facts in hands.said:
        journal.record(ticket, kind, by=Actor.system("timer"), **facts)


def _versions(spans: Iterable[Span]) -> dict[tuple[int, int], CalendarVersion]:
    """The calendars that were edited since a span began, as they stood then and since."""
    edited = [span for span in spans if span.version != span.calendar.version]
    if not edited:
        return {}
    rows = CalendarVersion.objects.filter(
        calendar__in={span.calendar_id for span in edited}, number__gte=min(span.version for span in edited)
    )
    return {(row.calendar_id, row.number): row for row in rows}


def _open_spans(clocks: Iterable[Clock]) -> list[Span]:
    rows = Span.objects.filter(clock__in=[clock.pk for clock in clocks], ended_at=None)
    return list(rows.select_related("calendar"))


def _arm(ticket: Ticket, clocks: Iterable[Clock]) -> None:
    """One timer a ticket, at the next moment there is something to tell."""
    coming = [
        clock.due_at if clock.warned_at else clock.warn_at for clock in clocks if clock.due_at and not clock.breached_at
    ]
    if coming:
        timers.arm(TIMER, ticket.pk, min(at for at in coming if at))
    else:
        timers.disarm(ticket.pk, TIMER)


def _state(clock: Clock) -> tuple[Any, ...]:
    return tuple([getattr(clock, one.attname) for one in clock._meta.concrete_fields])
