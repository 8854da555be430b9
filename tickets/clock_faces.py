"""The clocks as a ticket's page shows them: what was promised, what is left of it, and why it was paused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from psa.calendars import business
from psa.calendars.models import CalendarVersion
from psa.looks import Look
from psa.tenancy.prepared import Prepared
from psa.web.figures import hours, moment
from tickets.models import Clock, ClockKind, Span, Ticket

MET, LATE = Look("green", "circle-check"), Look("red", "circle-alert")
RUNNING, SOON, PAUSED, STOPPED = (
    Look("blue", "timer"),
    Look("amber", "timer"),
    Look("gray", "circle-pause"),
    Look("gray", "ban"),
)
ORDER = list(ClockKind)

# Why the customer had the ball, by the ticket's status then.
WHY = {
    "estimated": gettext_lazy("the estimate is with the customer"),
    "waiting_clarification": gettext_lazy("waiting for the customer's answer"),
    "waiting_solution_review": gettext_lazy("the customer looks at the solution"),
    "waiting_production_review": gettext_lazy("the customer looks at it in production"),
}
OTHERWISE = gettext_lazy("waiting for the customer")

_CLOCKS = Prepared(lambda ticket: Clock.objects.filter(ticket_id=ticket).select_related("level"))
_SPANS = Prepared(
    lambda ticket: Span.objects.filter(clock__ticket_id=ticket).select_related("calendar").order_by("began_at", "pk")
)


@dataclass(frozen=True, slots=True)
class Face:
    """One clock in words. `due_at` while it runs."""

    label: str
    state: str
    look: Look
    words: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Panel:
    """The clocks, every pause in a sentence, and by whose promise and hours they go."""

    faces: list[Face]
    pauses: list[str]
    source: str


def panel(ticket: Ticket) -> Panel | None:
    """What the page says of a ticket's clocks; None where it has none. Two statements."""
    clocks = sorted(_CLOCKS(ticket=ticket.pk), key=lambda clock: ORDER.index(ClockKind(clock.kind)))
    if not clocks:
        return None
    spans = _SPANS(ticket=ticket.pk)
    now = timezone.now()
    faces = [_face(clock, [span for span in spans if span.clock_id == clock.pk], now) for clock in clocks]
    return Panel(faces, _pauses(spans), _source(clocks, spans))


def _face(clock: Clock, spans: Sequence[Span], now: datetime) -> Face:
    still = next((span for span in spans if span.ended_at is None), None)
    spent = clock.spent_seconds
    if still is not None and not still.is_pause:
        spent += business.elapsed(_rules(still), still.began_at, now)
    state, look = _state(clock, still)
    return Face(str(ClockKind(clock.kind).label), state, look, _words(clock, spent), clock.due_at)


def _state(clock: Clock, still: Span | None) -> tuple[str, Look]:
    if clock.met_at:
        return (_("Met late"), LATE) if clock.breached_at else (_("Met"), MET)
    if clock.breached_at:
        return _("Missed"), LATE
    if still is None:
        return _("Ended"), STOPPED
    if still.is_pause:
        return _("Paused"), PAUSED
    return _("Running"), SOON if clock.warned_at else RUNNING


def _words(clock: Clock, spent: int) -> str:
    """How much of what was promised is left, or by how much it was missed, in working time."""
    if clock.target_seconds is None:
        return _("Nothing is promised any more; %(spent)s were counted.") % {"spent": hours(spent // 60)}
    facts = {"target": hours(clock.target_seconds // 60), "spent": hours(spent // 60)}
    if clock.met_at:
        return _("%(at)s, after %(spent)s of %(target)s") % {**facts, "at": moment(clock.met_at)}
    left = clock.target_seconds - spent
    if left < 0:
        return _("%(over)s over the promised %(target)s") % {**facts, "over": hours(-left // 60)}
    return _("%(left)s of %(target)s left") % {**facts, "left": hours(left // 60)}


def _pauses(spans: Sequence[Span]) -> list[str]:
    """Each pause once, however many clocks stood still in it."""
    found = {(span.began_at, span.ended_at, span.why) for span in spans if span.is_pause}
    said = []
    for began, ended, why in sorted(found, key=lambda one: one[0]):
        facts = {"from": moment(began), "to": moment(ended) if ended else "", "why": WHY.get(why, OTHERWISE)}
        words = _("Paused from %(from)s to %(to)s: %(why)s.") if ended else _("Paused since %(from)s: %(why)s.")
        said.append(words % facts)
    return said


def _source(clocks: Sequence[Clock], spans: Sequence[Span]) -> str:
    level = next((clock.level for clock in clocks if clock.level), None)
    if level is None or not spans:
        return ""
    return _("Service level “%(level)s”, in the hours of “%(calendar)s”.") % {
        "level": level.name,
        "calendar": spans[-1].calendar.name,
    }


def _rules(span: Span) -> business.Rules:
    """The calendar a run goes by; right after it was edited, as it stood when the run began."""
    if span.version == span.calendar.version:
        return span.calendar.rules
    return CalendarVersion.objects.get(calendar=span.calendar_id, number=span.version).rules
