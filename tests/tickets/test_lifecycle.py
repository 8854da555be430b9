"""The ticket's own lifecycle as a table: every state × every move, and who may make it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from psa.journal.models import Entry
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from tests.conftest import acting
from tests.tickets.stages import WAYS, asked_once, bring, make
from tickets import services
from tickets.models import Status, Ticket
from tickets.models.status import REOPENED, RESOLVED, UNRESOLVED

# Where each move leads from each state; what is not named is refused (lifecycle spec, "Moves").
WAIT, REVIEW, PRODUCTION = "waiting_clarification", "waiting_solution_review", "waiting_production_review"
TABLE = {
    "accept": {"new": "open"},
    "start": dict.fromkeys(("open", "estimate_accepted", *REOPENED), "in_progress"),
    "submit": {"in_progress": REVIEW},
    "plan": dict.fromkeys(("reopened_deploy_request", "ready_for_deploy"), "ready_for_deploy"),
    "deployed": {"ready_for_deploy": PRODUCTION},
    "stand_down": {"ready_for_deploy": "in_progress"},
    "take_back": dict.fromkeys((REVIEW, PRODUCTION), "in_progress"),
    "ask": dict.fromkeys(("new", "open", "in_progress", "estimate_accepted", *REOPENED), WAIT),
    "answer": {WAIT: "in_progress"},
    "close": dict.fromkeys(("open", "in_progress", *REOPENED), "closed"),
    "reopen": {"closed": "reopened_defect"},
    "refuse": dict.fromkeys(("new", "open", WAIT), "cancelled"),
    "cancel": dict.fromkeys(UNRESOLVED, "cancelled"),
}
CELLS = [(status, move, TABLE[move].get(status, "-")) for move in TABLE for status in WAYS]


def told() -> int:
    """What people did; what follows from that names its cause."""
    return Entry.objects.filter(cause_id=None).count()


def test_the_table_names_every_state_and_every_move() -> None:
    assert set(WAYS) == set(Status.values)
    assert list(TABLE) == [move.name for move in services.MOVES_FOR_ALL]


@pytest.mark.parametrize(("status", "move", "after"), CELLS)
def test_a_move_leads_where_the_table_says(ticket: Ticket, max: Membership, status: str, move: str, after: str) -> None:
    """W1: every state × every move; what is not defined is refused and leaves nothing."""
    with acting(max) as by:
        ticket = bring(ticket, WAYS[status], by)
        if move == "refuse" and after != "-" and status != WAIT:
            asked_once(ticket, by)
        before = told()
        if after == "-":
            with pytest.raises(Refused, match="ticket_moved_on"):
                make(ticket, move, by)
            assert (Ticket.objects.get().status, told()) == (status, before)
        else:
            make(ticket, move, by)
            found = Ticket.objects.get()
            assert (found.status, told()) == (after, before + 1)
            assert found.is_open == (after not in RESOLVED)


@pytest.mark.parametrize("status", WAYS)
def test_the_buttons_are_the_moves_the_table_allows(ticket: Ticket, max: Membership, status: str) -> None:
    with acting(max) as by:
        ticket = bring(ticket, WAYS[status], by)
        drawn = {button.move.name for button in services.buttons(ticket, by)}
    assert drawn == {move for state, move, after in CELLS if state == status and after != "-"}


@pytest.mark.parametrize("status", TABLE["ask"])
def test_an_answer_brings_back_the_state_before(ticket: Ticket, max: Membership, status: str) -> None:
    with acting(max) as by:
        ticket = services.ask(bring(ticket, WAYS[status], by), "Which router?", by=by)
        assert services.answer(ticket, "The grey one.", by=by).status == status
        assert Ticket.objects.get().resume_to == ""


def test_closing_and_reopening_keep_the_book(ticket: Ticket, max: Membership) -> None:
    with acting(max) as by:
        closed = services.close(bring(ticket, WAYS["open"], by), "Done.", by=by)
        assert (closed.is_open, closed.resolution, closed.closed_at is not None) == (False, "done", True)
        again = services.reopen(closed, "Still dead.", by=by)
        assert (again.is_open, again.resolution, again.closed_at) == (True, "", None)


@pytest.mark.parametrize("move", [move.name for move in services.MOVES_FOR_ALL])
@pytest.mark.parametrize("role", ["billing", "read-only", "contact", "sales"])
def test_a_move_takes_the_right_to_edit(
    ticket: Ticket, max: Membership, people: Callable[[str], Membership], role: str, move: str
) -> None:
    """Sales reaches its own tickets only; this one is nobody's."""
    status = next(state for state, name, after in CELLS if name == move and after != "-")
    with acting(max) as by:
        ticket = bring(ticket, WAYS[status], by)
        before = told()
    with acting(people(role)) as by, pytest.raises(Denied, match=services.BY_NAME[move].capability):
        make(ticket, move, by)
    with acting(max):
        assert (Ticket.objects.get().status, told()) == (status, before)


def test_a_technician_moves_the_tickets_of_the_queues_they_work(ticket: Ticket, in_queue: Membership) -> None:
    with acting(in_queue) as by:
        assert services.accept(ticket, by=by).assignee_id == in_queue.pk


def test_a_technician_of_another_queue_does_not(ticket: Ticket, ada: Membership) -> None:
    with acting(ada) as by:
        with pytest.raises(Denied):
            services.accept(ticket, by=by)
        assert Ticket.objects.get().status == "new"


def test_the_status_cannot_be_set(ticket: Ticket, max: Membership) -> None:
    with acting(max):
        with pytest.raises(AttributeError):
            ticket.status = "closed"
        with pytest.raises(AttributeError):
            Ticket.objects.update(status="closed")
