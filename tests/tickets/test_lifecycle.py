"""The ticket's own lifecycle as a table: every state × every move, and who may make it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from psa.journal.models import Entry
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from tests.conftest import acting
from tickets import services
from tickets.models import Status, Ticket

# How a ticket gets into a state.
WAYS: dict[str, tuple[str, ...]] = {
    "new": (),
    "open": ("accept",),
    "in_progress": ("accept", "start"),
    "waiting_clarification": ("accept", "start", "ask"),
    "reopened": ("accept", "close", "reopen"),
    "closed": ("accept", "close"),
}
# Where each move leads from each state; what is not named is refused (lifecycle spec, "Moves").
TABLE = """
                       accept start        ask                    answer       close   reopen
new                    open   -            waiting_clarification  -            -       -
open                   -      in_progress  waiting_clarification  -            closed  -
in_progress            -      -            waiting_clarification  -            closed  -
waiting_clarification  -      -            -                      in_progress  -       -
reopened               -      in_progress  waiting_clarification  -            closed  -
closed                 -      -            -                      -            -       reopened
"""
LINES = [line.split() for line in TABLE.split("\n") if line.strip()]
CELLS = [(line[0], move, after) for line in LINES[1:] for move, after in zip(LINES[0], line[1:], strict=True)]


def bring(ticket: Ticket, status: str, by: Any) -> Ticket:
    """The ticket in this state."""
    for move in WAYS[status]:
        ticket = services.move(ticket, move, "because", by=by)
    return ticket


def test_the_table_names_every_state_and_every_move() -> None:
    assert {line[0] for line in LINES[1:]} == set(Status.values) == set(WAYS)
    assert LINES[0] == [move.name for move in services.MOVES_FOR_ALL]


@pytest.mark.parametrize(("status", "move", "after"), CELLS)
def test_a_move_leads_where_the_table_says(ticket: Ticket, max: Membership, status: str, move: str, after: str) -> None:
    with acting(max) as by:
        ticket = bring(ticket, status, by)
        before = Entry.objects.count()
        if after == "-":
            with pytest.raises(Refused, match="ticket_moved_on"):
                services.move(ticket, move, "because", by=by)
            assert (Ticket.objects.get().status, Entry.objects.count()) == (status, before)
        else:
            services.move(ticket, move, "because", by=by)
            assert (Ticket.objects.get().status, Entry.objects.count()) == (after, before + 1)


@pytest.mark.parametrize("status", WAYS)
def test_the_buttons_are_the_moves_the_table_allows(ticket: Ticket, max: Membership, status: str) -> None:
    with acting(max) as by:
        ticket = bring(ticket, status, by)
        drawn = {button.move.name for button in services.buttons(ticket, by)}
    assert drawn == {move for state, move, after in CELLS if state == status and after != "-"}


@pytest.mark.parametrize("status", ["new", "open", "in_progress", "reopened"])
def test_an_answer_brings_back_the_state_before(ticket: Ticket, max: Membership, status: str) -> None:
    with acting(max) as by:
        ticket = services.ask(bring(ticket, status, by), "Which router?", by=by)
        assert services.answer(ticket, "The grey one.", by=by).status == status
        assert Ticket.objects.get().resume_to == ""


def test_closing_and_reopening_keep_the_book(ticket: Ticket, max: Membership) -> None:
    with acting(max) as by:
        closed = services.close(bring(ticket, "open", by), "Done.", by=by)
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
        ticket = bring(ticket, status, by)
        before = Entry.objects.count()
    with acting(people(role)) as by, pytest.raises(Denied, match="ticket.edit"):
        services.move(ticket, move, "because", by=by)
    with acting(max):
        assert (Ticket.objects.get().status, Entry.objects.count()) == (status, before)


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
