"""Where a ticket's clocks stand, worked out without asking or writing anything (lifecycle spec, "Calendars and SLA").

What is spent is the sum of closed spans and of the open one; no moment is moved along. `services/clocks.py` fetches
what this takes and writes what it changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import Enum, auto
from typing import Any

from psa.calendars import business
from psa.calendars.models import Calendar, CalendarVersion
from psa.directory.service_levels import Promise
from tickets.models import Clock, ClockKind, Span, Ticket
from tickets.models.status import STATUS_LOOKS

WARN_AT = 0.75
Versions = Mapping[tuple[int, int], CalendarVersion]


class Beat(Enum):
    """What a ticket's status does to its clocks: they run, wait for the customer, or stop, met or not."""

    RUNS = auto()
    WAITS = auto()
    MET = auto()
    STOPS = auto()


# The states of the specification; one that is not here goes by whom its look says the ball is with.
BEATS = {
    "new": Beat.RUNS,
    "open": Beat.RUNS,
    "in_progress": Beat.RUNS,
    "estimated": Beat.WAITS,
    "estimate_accepted": Beat.RUNS,
    "waiting_clarification": Beat.WAITS,
    "waiting_solution_review": Beat.WAITS,
    "waiting_production_review": Beat.WAITS,
    "reopened_defect": Beat.RUNS,
    "reopened_objection": Beat.RUNS,
    "reopened_deploy_request": Beat.RUNS,
    "ready_for_deploy": Beat.RUNS,
    "invoice": Beat.MET,
    "closed": Beat.MET,
    "cancelled": Beat.STOPS,
}
BEAT_OF_GROUP = {"us": Beat.RUNS, "customer": Beat.WAITS}
# In these nobody has told the customer anything yet; a ticket leaves them by doing so, or by starting work.
UNANSWERED = {"new", "open", "cancelled"}
ESTIMATE_ACCEPTED = "estimate_accepted"
# Once the estimate is accepted, work has begun in these.
STARTED = {"in_progress", "waiting_solution_review", "waiting_production_review", "ready_for_deploy"}
# In these states the resolution is due at a moment the customer was told: the column of the ticket that has it.
AGREED = {ESTIMATE_ACCEPTED: "due_at", "ready_for_deploy": "deploy_until"}


def beat_of(ticket: Ticket) -> Beat:
    """What the ticket's present status does to its clocks."""
    if ticket.deleted_at is not None or ticket.merged_into_id is not None:
        return Beat.STOPS
    look: Any = STATUS_LOOKS.get(ticket.status)
    return BEATS.get(ticket.status) or BEAT_OF_GROUP.get(look.group if look else "", Beat.STOPS)


class Hands:
    """What moves the clocks of one ticket at one moment: its promise, and edited calendars as they stood.

    Afterwards `opened` and `closed` have the spans that are new and those that ended, `said` what is to be told.
    """

    def __init__(self, ticket: Ticket, promise: Promise | None, now: datetime, versions: Versions) -> None:
        self.ticket, self.beat, self.promise, self.now, self.versions = ticket, beat_of(ticket), promise, now, versions
        self.opened: list[Span] = []
        self.closed: list[Span] = []
        self.said: list[tuple[str, dict[str, Any]]] = []

    def begin(self, clocks: Iterable[Clock]) -> list[Clock]:
        """Clocks the ticket has not got yet and now needs: no response where somebody answered already."""
        there = {clock.kind for clock in clocks}
        wanted = {
            ClockKind.RESPONSE: self.ticket.status in UNANSWERED,
            ClockKind.START: self.ticket.status == ESTIMATE_ACCEPTED,
            ClockKind.RESOLUTION: True,
        }
        missing = [kind for kind, is_wanted in wanted.items() if is_wanted and kind not in there]
        return [Clock(ticket=self.ticket, kind=kind) for kind in missing if self._promised(kind)]

    def move(self, clock: Clock, span: Span | None, answered: bool) -> None:
        """Bring one clock to where the ticket stands: first what it counts by, then whether it runs."""
        span = self._recount(clock, span)
        self._look_ahead(clock, span)
        self._tell(clock)
        self._settle(clock, answered)
        mode = self._mode(clock)
        if span is not None and span.is_pause != mode:
            self._close(clock, span, self.now)
            span = None
        if span is None and mode is not None and self.promise is not None:
            span = self._open(clock, mode, self._begins(clock), self.promise.calendar)
        self._look_ahead(clock, span)
        self._tell(clock)
        clock.stale_since = None

    def _promised(self, kind: str) -> int | None:
        """Working seconds promised for one kind."""
        minutes = getattr(self.promise.minutes, kind) if self.promise else None
        return None if minutes is None else minutes * 60

    def _settle(self, clock: Clock, answered: bool) -> None:
        """Whether it is met. A response and a start stay met, a resolution for as long as the ticket is resolved."""
        status, stands = self.ticket.status, self.beat is not Beat.STOPS
        if clock.kind == ClockKind.RESOLUTION:
            is_met = self.beat is Beat.MET
        elif clock.kind == ClockKind.START:
            is_met = self.beat is Beat.MET or (stands and status in STARTED) or clock.met_at is not None
        else:
            is_met = answered or (stands and status not in UNANSWERED) or clock.met_at is not None
        clock.met_at = (clock.met_at or self.now) if is_met else None

    def _mode(self, clock: Clock) -> bool | None:
        """Whether the clock is to be paused; None where it neither runs nor waits."""
        if clock.met_at or clock.target_seconds is None:
            return None
        return {Beat.RUNS: False, Beat.WAITS: True}.get(self.beat)

    def _begins(self, clock: Clock) -> datetime:
        """A new ticket's clocks run from when it came in; whatever else begins, begins now."""
        return self.ticket.created_at if clock.pk is None and self.ticket.status == "new" else self.now

    def _recount(self, clock: Clock, span: Span | None) -> Span | None:
        """Another promise or calendar: what was counted stays, the rest is counted by what holds now. A calendar that
        was edited counts as it stood until then."""
        at = min(clock.stale_since or self.now, self.now)
        if span is not None and not span.is_pause:
            span = self._through_versions(clock, span)
            if self.promise is not None and span.calendar_id != self.promise.calendar.pk:
                span = self._change(clock, span, self.promise.calendar, at)
        target = self._target(clock, span)
        if target != clock.target_seconds:
            if span is not None and not span.is_pause and clock.target_seconds is not None:
                span = self._change(clock, span, span.calendar, at)
            spent = self._spent(clock, span)
            clock.target_seconds = target
            clock.breached_at = clock.breached_at if target and spent >= target else None
            clock.warned_at = clock.warned_at if target and spent >= target * WARN_AT else None
        clock.level = self.promise.level if self.promise else None
        return span

    def _target(self, clock: Clock, span: Span | None) -> int | None:
        """What is promised; for a resolution the customer agreed to, the working time until that moment."""
        promised = self._promised(clock.kind)
        if clock.kind != ClockKind.RESOLUTION or promised is None or self.promise is None:
            return promised
        until = getattr(self.ticket, AGREED.get(self.ticket.status, ""), None)
        if until is not None and until != clock.agreed_until:
            clock.agreed_until = until
            left = business.elapsed(self.promise.calendar.rules, self.now, until)
            return max(1, self._spent(clock, span) + left)
        return promised if clock.agreed_until is None else clock.target_seconds

    def _spent(self, clock: Clock, span: Span | None) -> int:
        """Working seconds until now, the open span's too."""
        if span is None or span.is_pause:
            return clock.spent_seconds
        return clock.spent_seconds + business.elapsed(self._rules(span), span.began_at, self.now)

    def _through_versions(self, clock: Clock, span: Span) -> Span:
        """Where its calendar was edited meanwhile, a span ends with each version it ran through."""
        if span.version == span.calendar.version:
            return span
        for number in range(span.version + 1, span.calendar.version + 1):
            version = self.versions[span.calendar.pk, number]
            span = self._change(clock, span, span.calendar, version.made_at, version.number)
        return span

    def _change(self, clock: Clock, span: Span, calendar: Calendar, at: datetime, version: int = 0) -> Span:
        """The open run ends, and another begins at the same moment."""
        at = min(max(at, span.began_at), self.now)
        self._close(clock, span, at)
        return self._open(clock, False, at, calendar, version)

    def _open(self, clock: Clock, is_pause: bool, at: datetime, calendar: Calendar, version: int = 0) -> Span:
        span = Span(
            clock=clock,
            is_pause=is_pause,
            why=self.ticket.status,
            calendar=calendar,
            version=version or calendar.version,
            began_at=at,
        )
        self.opened.append(span)
        return span

    def _close(self, clock: Clock, span: Span, at: datetime) -> None:
        """The span keeps what it counted."""
        span.ended_at = at
        if not span.is_pause:
            span.seconds = business.elapsed(self._rules(span), span.began_at, at)
            clock.spent_seconds += span.seconds
        if span.pk is not None:
            self.closed.append(span)

    def _rules(self, span: Span) -> business.Rules:
        """The span's calendar as it stood."""
        if span.version == span.calendar.version:
            return span.calendar.rules
        return self.versions[span.calendar.pk, span.version].rules

    def _when(self, clock: Clock, span: Span, seconds: int) -> datetime:
        """The moment at which so much is spent; where it is already, the beginning of the span stands for it."""
        return business.after(self._rules(span), span.began_at, seconds - clock.spent_seconds)

    def _look_ahead(self, clock: Clock, span: Span | None) -> None:
        """When three quarters and all of it will be spent, if it runs on. What was breached was due then, and what the
        customer was told is never due earlier."""
        clock.warn_at = clock.due_at = None
        if span is None or span.is_pause or clock.target_seconds is None or clock.met_at is not None:
            return
        try:
            warn = self._when(clock, span, int(clock.target_seconds * WARN_AT))
            due = self._when(clock, span, clock.target_seconds)
        except business.NeverWorked:  # a calendar whose days are all closed: nothing is ever due
            return
        clock.warn_at, clock.due_at = warn, clock.breached_at or max(due, clock.agreed_until or due)

    def _tell(self, clock: Clock) -> None:
        """Say once that three quarters are spent, or all; all, where both came together."""
        if clock.due_at is None or clock.warn_at is None:
            return
        said = {"clock": clock.kind, "minutes": (clock.target_seconds or 0) // 60, "due": clock.due_at.isoformat()}
        said["is_open"] = self.beat not in (Beat.MET, Beat.STOPS)
        if clock.due_at <= self.now and not clock.breached_at:
            clock.breached_at = clock.due_at
            clock.warned_at = clock.warned_at or clock.warn_at
            self.said.append(("ticket.clock_breached", said))
        elif clock.warn_at <= self.now and not clock.warned_at:
            clock.warned_at = clock.warn_at
            self.said.append(("ticket.clock_warned", said))
