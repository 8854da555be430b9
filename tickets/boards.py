"""The tickets of a view as a board (a column for each status) and as a week (a column for each day)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import Any

from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from psa.fsm import can_proceed
from psa.web import lists, nav
from psa.web.templatetags import ui
from tickets import spans
from tickets.labels import STATUSES, brief_priority
from tickets.models import Source, Status, Ticket
from tickets.models.status import RESOLVED
from tickets.models.ticket import NO_DEADLINE
from tickets.services import MOVES_FOR_ALL, Move

CARDS = 25
# The columns an open board has whether something is in them or not; the other states have one while they are taken.
ALWAYS = (Status.NEW, Status.OPEN, Status.IN_PROGRESS, Status.WAITING_CLARIFICATION, Status.REOPENED_DEFECT)
IN_A_WEEK = 200
FIELDS = (
    "number", "title", "company__name", "status", "priority", "assignee__name", "next_deadline", "source", "resume_to",
)  # fmt: skip


@dataclass(slots=True)
class Card:
    """A ticket as a card; `base` is the address of the list it belongs to."""

    base: str
    number: int
    title: str
    company: str
    status: str
    priority: int
    assignee: str | None
    next_deadline: datetime
    source: str
    resume_to: str
    moves: Sequence[tuple[Move, str]] = ()

    @property
    def href(self) -> str:
        return f"{self.base}{self.number}/"

    @property
    def due(self) -> SafeString | str:
        is_done = self.status in RESOLVED
        return ui.deadline(self.next_deadline, is_done) if self.next_deadline < NO_DEADLINE else ""

    @property
    def urgency(self) -> SafeString:
        return brief_priority(self.priority)

    @property
    def badge(self) -> SafeString:
        return STATUSES.badge(self.status)


@lru_cache(maxsize=64)
def moves_from(status: str, resume_to: str) -> tuple[tuple[Move, str], ...]:
    """The moves the machine has from a status, each with where it leads. Guards are asked when it is made."""
    ticket, found = Ticket(status=status), []
    for move in MOVES_FOR_ALL:
        method = getattr(ticket, move.transition)
        if can_proceed(method):
            target = method._django_fsm.get_transition(status).target
            found.append((move, resume_to if move.name == "answer" and resume_to else str(target)))
    return tuple(found)


def cards(rows: QuerySet, base: str, may_move: bool) -> list[Card]:
    """The rows as cards, with the moves their reader may try."""
    made = [Card(base, *values) for values in rows.values_list(*FIELDS)]
    for card in made if may_move else ():
        is_insourced = card.source == Source.INSOURCED
        card.moves = [
            (move, target)
            for move, target in moves_from(card.status, card.resume_to)
            if not (move.of_a_customer and is_insourced)
        ]
    return made


@dataclass(slots=True)
class Column:
    """One column: its code, head, cards, how many there are, and where all of them stand."""

    code: str
    head: Any
    cards: list[Card]
    count: str
    more: str = ""
    is_today: bool = False
    note: str = ""


@dataclass
class Board:
    """A column for each status the view can have, the most urgent first."""

    listing: lists.Listing
    base: str
    may_move: bool

    @cached_property
    def columns(self) -> list[Column]:
        asked = self.listing.asked.get("status")
        shown = [status for status in Status if (status in asked if asked else self._has(status))]
        return [self._column(status) for status in shown]

    @cached_property
    def _found(self) -> dict[str, list[Card]]:
        """The first cards of each state, of all of them in one statement."""
        place = Window(RowNumber(), partition_by=[F("status")], order_by=[F("next_deadline"), F("pk")])
        rows = self.listing.filtered.order_by().annotate(place=place).filter(place__lte=CARDS + 1).order_by("place")
        found: dict[str, list[Card]] = {}
        for card in cards(rows, self.base, self.may_move):
            found.setdefault(card.status, []).append(card)
        return found

    def _has(self, status: Status) -> bool:
        """Open views have no resolved tickets, and the closed view no others; what work seldom passes through has a
        column while something is in it."""
        if (status in RESOLVED) != (self.listing.place == "closed"):
            return False
        return status in RESOLVED or status in ALWAYS or status in self._found

    def _column(self, status: Status) -> Column:
        rows = self.listing.filtered.filter(status=status)
        if status in RESOLVED:  # years of them: each column by its index
            found = cards(rows.order_by("next_deadline", "pk")[: CARDS + 1], self.base, self.may_move)
        else:
            found = self._found.get(status, [])
        is_more = len(found) > CARDS
        count = nav.capped(rows) if is_more else len(found)
        more = self.listing.params(status=status.value) if is_more else []
        return Column(status.value, STATUSES.badge(status), found[:CARDS], nav.shown(count) or "0", _query(more))


@dataclass
class Agenda:
    """A week by deadline: what is overdue, then the seven days. `day` is any day of the week asked for, `starts` the
    weekday it begins with (psa.tenancy.models.Weekday)."""

    listing: lists.Listing
    base: str
    may_move: bool
    day: date
    starts: int
    now: datetime = field(default_factory=timezone.now)

    @property
    def first(self) -> date:
        return spans.first_day(self.day, self.starts)

    @property
    def title(self) -> str:
        last = self.first + timedelta(days=6)
        return f"{date_format(self.first, 'SHORT_DATE_FORMAT')} – {date_format(last, 'SHORT_DATE_FORMAT')}"

    @cached_property
    def columns(self) -> list[Column]:
        rows = self.listing.filtered.filter(is_open=True).order_by("next_deadline", "pk")
        late = rows.filter(next_deadline__lt=self.now)
        found = cards(late[: CARDS + 1], self.base, self.may_move)
        is_more = len(found) > CARDS
        count = nav.shown(nav.capped(late) if is_more else len(found)) or "0"
        more = self.listing.params(late="1") if is_more else []
        overdue = Column("overdue", _("Overdue"), found[:CARDS], count, _query(more))
        return [overdue, *self._days(rows)]

    def _days(self, rows: QuerySet) -> Iterable[Column]:
        first, end = _midnight(self.first), _midnight(self.first + timedelta(days=7))
        planned = rows.filter(next_deadline__gte=max(first, self.now), next_deadline__lt=end)[: IN_A_WEEK + 1]
        found = cards(planned, self.base, self.may_move)
        by_day: dict[date, list[Card]] = {}
        for card in found[:IN_A_WEEK]:
            by_day.setdefault(timezone.localdate(card.next_deadline), []).append(card)
        today = timezone.localdate(self.now)
        for number in range(7):
            day = self.first + timedelta(days=number)
            here = by_day.get(day, [])
            text = {"due_from": day.isoformat(), "due_to": day.isoformat()}
            more = _query(self.listing.params(**text)) if len(found) > IN_A_WEEK or len(here) > CARDS else ""
            head = date_format(day, "D j")
            yield Column(f"day-{number}", head, here[:CARDS], str(len(here)), more, day == today)


def _query(params: list[tuple[str, str]]) -> str:
    return "?" + lists.urlencode(params) if params else ""


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
