"""The table of the thirty moves as the specification has it (lifecycle spec, "Moves"), and every way to ask for one.

Who: C the customer's person who asked, CR the same with the right to accept, CA an approver whose limit covers the
estimate, CL one whose limit does not, T a technician of the queue, D a dispatcher or administrator, B billing, S the
system. Whoever else asks is nobody. `tests/workflows/test_table_of_moves.py` walks it along every path.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tests.tickets.stages import WAYS

STATES = tuple(WAYS)
WAIT, SOLUTION, PRODUCTION = "waiting_clarification", "waiting_solution_review", "waiting_production_review"
DEFECT, OBJECTION, DEPLOY = "reopened_defect", "reopened_objection", "reopened_deploy_request"
REOPENED, REVIEWS = (DEFECT, OBJECTION, DEPLOY), (SOLUTION, PRODUCTION)
UNRESOLVED = STATES[:-3]
# What stays as it is while a linked ticket begins with these words (moves 22, 23, 29).
FOLLOWS = "another ticket follows"


@dataclass(frozen=True, slots=True)
class Row:
    """One move: its numbers in the specification, from where to where, who may, and what the journal calls it."""

    numbers: tuple[int, ...]
    name: str
    ways: Mapping[str, str]
    who: frozenset[str]
    told: str


def row(numbers: int | tuple[int, ...], name: str, states: Iterable[str], to: str, who: str, told: str) -> Row:
    known = numbers if isinstance(numbers, tuple) else (numbers,)
    return Row(known, name, dict.fromkeys(states, to), frozenset(who.split()), f"ticket.{told}")


# 1 is no move of a ticket that is there: see test_1_… in tests/workflows/test_table_of_moves.py.
ROWS = (
    row(2, "accept", ["new"], "open", "T D", "accepted"),
    row(3, "ask", ["new", "open", "in_progress", "estimate_accepted", *REOPENED], WAIT, "T D", "asked"),
    row(4, "refuse", ["new", "open", WAIT], "cancelled", "D", "refused"),
    row(5, "start", ["open", "estimate_accepted", *REOPENED], "in_progress", "T D", "started"),
    row((6, 12), "estimate", ["open", "in_progress", "estimate_accepted", *REOPENED], "estimated", "T D", "estimated"),
    row(7, "revise", ["estimated"], "estimated", "T D", "revised"),
    row(8, "accept_estimate", ["estimated"], "estimate_accepted", "CA", "estimate_accepted"),
    row(9, "decline_estimate", ["estimated"], "cancelled", "CA CL", "estimate_declined"),
    row(10, "return_estimate", ["estimated"], "open", "CA CL", "estimate_returned"),
    row(11, "expire_estimate", ["estimated"], "open", "S", "estimate_expired"),
    row(13, "submit", ["in_progress"], SOLUTION, "T D", "submitted"),
    row(14, "answer", [WAIT], "in_progress", "C T D S", "answered"),
    row(15, "accept_solution", REVIEWS, "invoice", "CR", "accepted_by_customer"),
    row(16, "find_defect", REVIEWS, DEFECT, "C", "defect_found"),
    row(16, "object", REVIEWS, OBJECTION, "C", "objected"),
    row(17, "request_deployment", [SOLUTION], DEPLOY, "CR", "deployment_requested"),
    row(18, "plan", [DEPLOY, "ready_for_deploy"], "ready_for_deploy", "T D", "planned"),
    row(19, "deployed", ["ready_for_deploy"], PRODUCTION, "T D", "deployed"),
    row(20, "auto_accept", REVIEWS, "closed", "S", "auto_accepted"),
    row(21, "settle", ["invoice"], "closed", "B S", "settled"),
    row(22, "reopen", ["closed"], DEFECT, "C T D", "reopened"),
    row(23, "cancel", UNRESOLVED, "cancelled", "D", "cancelled"),
    row(24, "give_up", [WAIT], "closed", "S", "given_up"),
    row(25, "close", ["open", "in_progress", *REOPENED], "closed", "T D", "closed"),
    row(26, "to_billing", ["open", "in_progress", WAIT, *REOPENED], "invoice", "T D", "to_billing"),
    row(27, "take_back", REVIEWS, "in_progress", "T D", "taken_back"),
    row(28, "stand_down", ["ready_for_deploy"], "in_progress", "T D", "stood_down"),
    row(29, "reopen_unbilled", ["invoice"], DEFECT, "C T D", "reopened_unbilled"),
    row(30, "merge", [*UNRESOLVED, "closed"], "closed", "T D", "merged"),
)
TABLE = {one.name: one for one in ROWS}


@dataclass(frozen=True, slots=True)
class Ask:
    """A way to ask for moves on a path: which of them, and, where the path is narrower than the table, from which
    states or by whom alone. `follows` are the states from which another ticket follows."""

    moves: tuple[str, ...]
    states: tuple[str, ...] = STATES
    who: frozenset[str] = frozenset()
    follows: tuple[str, ...] = ()

    def after(self, state: str, letters: frozenset[str]) -> tuple[str, str] | None:
        """The status the table leads to from here for whoever is all of these, and what the journal calls it; None
        where it says no."""
        for name in self.moves:
            found = TABLE[name]
            if state in found.ways and state in self.states and letters & (self.who or found.who):
                return found.ways[state], found.told
        if state in self.follows and letters & (self.who or TABLE[self.moves[0]].who):
            return FOLLOWS, ""
        return None


def ask(*moves: str, states: Iterable[str] = STATES, who: str = "", follows: Iterable[str] = ()) -> Ask:
    return Ask(moves, tuple(states), frozenset(who.split()), tuple(follows))


# What anybody with the right makes by its name, and what only a proof or the clock makes.
DESK = ("accept", "start", "submit", "plan", "deployed", "stand_down", "take_back", "ask", "answer", "close", "reopen")
DESK += ("refuse", "cancel")
NAMED = {name: ask(name) for name in DESK}
RESERVED = tuple(name for name in TABLE if name not in NAMED)

# The desk's pages: the moves by name, and the pages that hold a proof. What a customer said elsewhere is recorded by D.
PAGES = {
    **NAMED,
    "estimate": ask("estimate", "revise"),
    "record: estimate accepted": ask("accept_estimate", who="D"),
    "record: estimate declined": ask("decline_estimate", who="D"),
    "record: estimate returned": ask("return_estimate", who="D"),
    "record: accept": ask("accept_solution", who="D"),
    "record: defect": ask("find_defect", who="D"),
    "record: objection": ask("object", who="D"),
    "record: deploy": ask("request_deployment", who="D"),
    "deployments: plan": ask("plan"),
    "deployments: deployed": ask("deployed"),
    "settle": ask("settle"),
    "ask again": ask("reopen", "reopen_unbilled", follows=["cancelled"]),
    # None of these tickets came from a partner: see test_26_….
    "to billing": ask("to_billing", states=()),
    "merge": ask("merge"),
}
# The portal: what its pages post. A customer's own word calls a request off only before work; a message is an answer,
# opens again what is over, and is a note everywhere else.
PORTAL = {
    "accept the estimate": ask("accept_estimate"),
    "decline the estimate": ask("decline_estimate"),
    "give the estimate back": ask("return_estimate"),
    "accept": ask("accept_solution"),
    "defect": ask("find_defect"),
    "objection": ask("object"),
    "deploy": ask("request_deployment"),
    "cancel": ask("cancel", states=["new", "open"], who="C"),
    "message": ask("answer", "reopen", "reopen_unbilled", follows=["cancelled"], who="C"),
}
# A mail is a message of whoever its key is for, and never more.
MAIL = PORTAL["message"]
# By a list and by a rule nobody says when a window begins, nor why no time was logged; there it is. And where something
# is missing the customer was asked once.
IN_BULK = {name: ask(name) for name in DESK if name not in {"plan", "refuse"}}
IN_BULK |= {"refuse": ask("refuse", states=[WAIT])}
BY_A_RULE = {**IN_BULK, "plan": ask("plan", states=())}
# The clock: what every state becomes when nobody does anything, as the company is set.
SILENCE = {"estimated": "open", SOLUTION: "closed", PRODUCTION: "closed"}
SILENCE_ENDS_ALL = {"estimated": "cancelled", SOLUTION: "invoice", PRODUCTION: "invoice", WAIT: "closed"}
