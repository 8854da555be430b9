"""The life of a ticket as a picture and a table, both read from the machine itself: what it draws is what it does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from tickets.labels import STATUSES
from tickets.models import Status, Ticket
from tickets.services import BY_NAME

WIDE, HIGH, ACROSS, DOWN, EDGE = 132, 40, 176, 92, 24
# Where each state stands: column and row.
PLACES: dict[str, tuple[int, float]] = {
    Status.NEW: (0, 1),
    Status.OPEN: (1, 1),
    Status.ESTIMATED: (1, 0),
    Status.ESTIMATE_ACCEPTED: (2, 0),
    Status.IN_PROGRESS: (2, 1),
    Status.WAITING_CLARIFICATION: (1, 2),
    Status.WAITING_SOLUTION_REVIEW: (3, 1),
    Status.REOPENED_DEFECT: (2, 2),
    Status.REOPENED_OBJECTION: (3, 2),
    Status.REOPENED_DEPLOY_REQUEST: (3, 0),
    Status.READY_FOR_DEPLOY: (4, 0),
    Status.WAITING_PRODUCTION_REVIEW: (4, 1),
    Status.INVOICE: (5, 1),
    Status.CLOSED: (5, 2),
    Status.CANCELLED: (5, 0),
}
# What the moves that are no buttons of the desk are called, by their transition.
SAID = {
    "estimate": _("Send estimate"),
    "revise": _("Revise the estimate"),
    "accept_estimate": _("The approvers accept the estimate"),
    "decline_estimate": _("The customer cancels the request"),
    "return_estimate": _("The customer asks or proposes something else"),
    "expire_estimate": _("The estimate runs out without an answer"),
    "lapse_estimate": _("The request ends with its estimate"),
    "accept_solution": _("The customer accepts the solution"),
    "find_defect": _("The customer finds a defect"),
    "object": _("The customer objects"),
    "request_deployment": _("The customer asks for the deployment"),
    "auto_accept": _("The time to review is over"),
    "auto_accept_to_invoice": _("The time to review is over, billing comes first"),
    "settle": _("Billed, or nothing to bill"),
    "to_billing": _("To billing, once the partner's handover has ended"),
    "give_up": _("The customer never answered"),
    "merge": _("Merge into another ticket"),
    "reopen_unbilled": _("Reopen before it is billed"),
}
# What ends a ticket from almost anywhere would hide everything else: the picture has it for the chosen state alone.
FROM_ANYWHERE = frozenset({"cancel", "merge"})


@dataclass(frozen=True, slots=True)
class Step:
    """One move from one state to another."""

    name: str
    number: str
    label: Any
    icon: str
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Box:
    """A state in the picture."""

    code: str
    label: str
    tone: str
    x: int
    y: int
    is_chosen: bool
    is_near: bool


def steps() -> Iterator[Step]:
    """Every move of the machine, from each of its states, in the order of the specification."""
    found = []
    for transition in Ticket(status=Status.NEW).get_all_status_transitions():  # type: ignore[attr-defined]
        number = (transition.method.__doc__ or "").partition(":")[0]
        button = next((one for one in BY_NAME.values() if one.transition == transition.name), None)
        label = button.label if button else SAID.get(transition.name, _("Answered"))
        icon = button.icon if button else "corner-down-right"
        found.append(Step(transition.name, number, label, icon, transition.source, transition.target))
    return iter(sorted(found, key=lambda step: (int(step.number.split(",")[0]), step.name)))


@dataclass(frozen=True)
class Chart:
    """The picture, with one state chosen: its own moves are drawn strongly, the others faintly."""

    chosen: str

    width = EDGE * 2 + 5 * ACROSS + WIDE
    height = EDGE * 2 + 2 * DOWN + HIGH

    @cached_property
    def steps(self) -> list[Step]:
        return list(steps())

    @cached_property
    def boxes(self) -> list[Box]:
        near = {step.target for step in self.steps if step.source == self.chosen}
        return [self._box(code, near) for code in PLACES]

    def _box(self, code: str, near: set[str]) -> Box:
        x, y = _corner(code)
        return Box(code, STATUSES.text(code), STATUSES[code].colour, x, y, code == self.chosen, code in near)

    @cached_property
    def lines(self) -> list[tuple[str, str]]:
        """The way of each line, and "strong" for those that leave the chosen state."""
        seen: dict[tuple[str, str], str] = {}
        for step in self.steps:
            is_own = step.source == self.chosen
            if step.source == step.target or (step.name in FROM_ANYWHERE and not is_own):
                continue
            if is_own or (step.source, step.target) not in seen:
                seen[(step.source, step.target)] = "strong" if is_own else ""
        faint = [(_way(*ends), how) for ends, how in seen.items() if not how]
        return faint + [(_way(*ends), how) for ends, how in seen.items() if how]

    @cached_property
    def moves(self) -> list[tuple[Step, SafeString]]:
        """What can be done in the chosen state, each with where it leads."""
        return [(step, STATUSES.badge(step.target)) for step in self.steps if step.source == self.chosen]


def _corner(code: str) -> tuple[int, int]:
    column, row = PLACES[code]
    return EDGE + column * ACROSS, EDGE + int(row * DOWN)


def _way(source: str, target: str) -> str:
    """A line from box to box: it leaves and enters at the sides that face each other, a little apart for both ways."""
    (x1, y1), (x2, y2) = _corner(source), _corner(target)
    column = PLACES[target][0] - PLACES[source][0]
    if column == 0:
        shift = 12 if y2 > y1 else -12
        x = x1 + WIDE // 2 + shift
        begin, end = (y1 + HIGH, y2) if y2 > y1 else (y1, y2 + HIGH)
        if abs(y2 - y1) <= DOWN:
            return f"M{x} {begin}L{x} {end}"
        out = x1 + WIDE + 22
        return f"M{x1 + WIDE} {y1 + HIGH // 2}Q{out} {(y1 + y2 + HIGH) // 2} {x2 + WIDE} {y2 + HIGH // 2}"
    shift = 6 if column > 0 else -6
    begin, end = (x1 + WIDE, x2) if column > 0 else (x1, x2 + WIDE)
    if y1 == y2 and abs(column) > 1:  # over the boxes between
        lift = y1 - 22 if column > 0 else y1 + HIGH + 22
        edge = y1 if column > 0 else y1 + HIGH
        return f"M{x1 + WIDE // 2} {edge}Q{(x1 + x2 + WIDE) // 2} {lift} {x2 + WIDE // 2} {edge}"
    middle = (begin + end) // 2
    y1, y2 = y1 + HIGH // 2 + shift, y2 + HIGH // 2 + shift
    return f"M{begin} {y1}C{middle} {y1} {middle} {y2} {end} {y2}"
