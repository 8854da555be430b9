"""A14: role × what is done × whose ticket × where it stands, against the desk spec's table ("Roles and permissions").

The table here is the specification's, cell for cell, for what the desk can do today; the handovers' is in
tests/outsourcing/test_rights_matrix.py. A no leaves every row as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from django.db import transaction

from psa.journal.models import Entry
from psa.tenancy.actor import Actor
from psa.tenancy.capabilities import ALIASES, DEFAULTS
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from tests import held
from tests.conftest import acting, try_rows
from tests.tickets.conftest import customer, internal
from tests.tickets.stages import WAYS, bring, make
from tests.tickets.test_lifecycle import TABLE as TABLE_OF_MOVES
from tickets import services
from tickets.models import Note, Queue, QueueMember, Status, Ticket, TimeEntry, Watcher
from tickets.models.status import REOPENED, RESOLVED, UNRESOLVED
from tickets.services import checklists, deleting, forwarding, items, linking, merging, stopwatches, watching

ROLES = ("administrator", "dispatcher", "technician", "sales", "billing", "read-only")
# Cells: all · queues · mine · own · – none, in the order of ROLES.
SPECIFIED = """
ticket.view             all  all  queues  mine  all   all
ticket.create           all  all  all     all   –     –
ticket.edit             all  all  queues  mine  –     –
ticket.assign           all  all  queues  mine  –     –
ticket.forward          all  all  queues  mine  –     –
ticket.override         all  all  –       –     –     –
ticket.merge            all  all  queues  –     –     –
ticket.split            all  all  queues  –     –     –
ticket.delete           all  –    –       –     –     –
ticket.bulk             all  all  queues  –     –     –
note.write              all  all  queues  mine  all   –
attachment.add          all  all  queues  mine  all   –
note.edit               all  own  own     own   own   –
attachment.edit         all  own  own     own   own   –
note.publish_to_customer all all  queues  mine  –     –
checklist.tick          all  all  mine    –     –     –
checklist.manage        all  all  –       –     –     –
textmodule.manage       all  all  –       –     –     –
category.manage         all  all  –       –     –     –
time.log                all  own  own     own   own   –
time.edit               all  all  own     own   all   –
charge.add              all  all  queues  mine  all   –
price.view              all  all  –       all   all   –
company.view            all  all  all     all   all   all
company.manage          all  all  –       all   all   –
export.csv              all  all  queues  mine  all   –
"""
TABLE = {line.split()[0]: dict(zip(ROLES, line.split()[1:], strict=True)) for line in SPECIFIED.strip().splitlines()}
OPEN = UNRESOLVED
ANY = (*OPEN, *RESOLVED)
IN_REVIEW = (Status.WAITING_SOLUTION_REVIEW, Status.WAITING_PRODUCTION_REVIEW)
NOT_IN_REVIEW = tuple(status for status in OPEN if status not in IN_REVIEW)
TO_BEGIN = (Status.OPEN, Status.ESTIMATE_ACCEPTED, *REOPENED)
WORKED = (Status.OPEN, Status.IN_PROGRESS, *REOPENED)
ACTIVE = (*WORKED, Status.ESTIMATE_ACCEPTED, Status.READY_FOR_DEPLOY)


@dataclass(frozen=True)
class Act:
    """Something that is done: the right it takes, the states in which the machine has it, and doing it."""

    needs: tuple[str, ...]
    states: tuple[str, ...]
    do: Callable[[Ticket, Any, Actor], Any]
    on_own: bool = False


def add(kind: str, **fields: Any) -> Callable[[Ticket, Any, Actor], Any]:
    return lambda ticket, w, by: items.add(ticket, kind, internal(ticket), by=by, **fields)


ACTS = {
    "accept": Act(("ticket.edit",), (Status.NEW,), lambda t, w, by: services.accept(t, by=by)),
    "start": Act(("ticket.edit",), TO_BEGIN, lambda t, w, by: services.start(t, by=by)),
    "ask": Act(
        ("ticket.edit",),
        (Status.NEW, *WORKED, Status.ESTIMATE_ACCEPTED),
        lambda t, w, by: services.ask(t, "Which?", by=by),
    ),
    "answer": Act(
        ("ticket.edit",), (Status.WAITING_CLARIFICATION,), lambda t, w, by: services.answer(t, "This.", by=by)
    ),
    "close": Act(("ticket.edit",), WORKED, lambda t, w, by: services.close(t, "Done.", by=by)),
    "reopen": Act(("ticket.edit",), (Status.CLOSED,), lambda t, w, by: services.reopen(t, "Not so.", by=by)),
    "submit": Act(
        ("ticket.edit",), (Status.IN_PROGRESS,), lambda t, w, by: services.submit(t, "Look.", no_time="none", by=by)
    ),
    "plan": Act(
        ("ticket.edit",),
        (Status.REOPENED_DEPLOY_REQUEST, Status.READY_FOR_DEPLOY),
        lambda t, w, by: make(t, "plan", by),
    ),
    "deployed": Act(("ticket.edit",), (Status.READY_FOR_DEPLOY,), lambda t, w, by: services.deployed(t, by=by)),
    "stand down": Act(
        ("ticket.edit",), (Status.READY_FOR_DEPLOY,), lambda t, w, by: services.stand_down(t, "Not now.", by=by)
    ),
    "take back": Act(("ticket.edit",), IN_REVIEW, lambda t, w, by: services.take_back(t, by=by)),
    "refuse": Act(
        ("ticket.override",),
        (Status.WAITING_CLARIFICATION,),
        lambda t, w, by: services.refuse(t, "Never came.", by=by),
    ),
    "cancel": Act(("ticket.override",), OPEN, lambda t, w, by: services.cancel(t, "No more.", by=by)),
    "edit": Act(("ticket.edit",), ANY, lambda t, w, by: services.edit(t, by=by, title="Another")),
    "assign": Act(("ticket.assign",), ANY, lambda t, w, by: services.assign(t, w["max"], by=by)),
    "forward": Act(
        ("ticket.assign",),
        ANY,
        lambda t, w, by: forwarding.forward(t, forwarding.Forward(queue=w["away"], note="Yours."), by=by),
    ),
    "bulk": Act(
        ("ticket.bulk", "ticket.edit"),
        ANY,
        lambda t, w, by: services.bulk.make(
            services.bulk.visible(by, t.pk), {"field": "priority", "value": 1 if t.priority != 1 else 2}, by=by
        ),
    ),
    "merge": Act(("ticket.merge",), (*OPEN, Status.CLOSED), lambda t, w, by: merging.merge(t, w["other"], by=by)),
    "split": Act(
        ("ticket.split", "ticket.create"),
        ANY,
        lambda t, w, by: merging.split(t, "Off", [("note", w["notes"][t.pk].key)], by=by),
    ),
    "link": Act(("ticket.edit",), ANY, lambda t, w, by: linking.add(t, w["other"], "related", by=by)),
    "delete": Act(("ticket.delete",), ANY, lambda t, w, by: deleting.delete(t, "Twice.", by=by)),
    "note": Act(("note.write",), ANY, add("note", text="Words.")),
    "publish": Act(
        ("note.write", "note.publish_to_customer"),
        ANY,
        lambda t, w, by: items.add(t, "note", customer(t), by=by, text="For you."),
    ),
    "charge": Act(("charge.add",), ANY, add("charge", name="Cable")),
    "time": Act(("time.log",), ANY, add("timeentry", minutes=5, worked_on=date(2026, 3, 2))),
    "stopwatch": Act(("time.log",), ANY, lambda t, w, by: stopwatches.start(t, by=by)),
    "tick": Act(("checklist.tick",), ACTIVE, lambda t, w, by: checklists.tick(w["checks"][t.pk], by=by)),
    "add an item": Act(("checklist.tick",), NOT_IN_REVIEW, lambda t, w, by: checklists.add_item(t, "One more", by=by)),
    "edit a colleague's note": Act(
        ("note.edit",), ANY, lambda t, w, by: items.edit(w["notes"][t.pk], by=by, text="New"), on_own=True
    ),
    "edit a colleague's time": Act(
        ("time.edit",), ANY, lambda t, w, by: items.edit(w["times"][t.pk], by=by, minutes=9), on_own=True
    ),
    "watch": Act(
        ("ticket.view",), ANY, lambda t, w, by: watching.add(t, Membership.objects.get(pk=by.membership_id), by=by)
    ),
}
# Whose ticket it is to whoever acts, and which reaches cover it. A watched one is one they see, in their queue.
WHOSE = {
    "nobody's": ("all",),
    "in their queue": ("all", "queues"),
    "assigned": ("all", "queues", "mine"),
    "created": ("all", "queues", "mine"),
    "watched": ("all", "queues", "watched"),
}


def covers(role: str, capability: str, whose: str, on_own: bool) -> bool:
    """What the table says of this role, right and ticket."""
    reach = TABLE[capability][role]
    if reach == "own":
        if on_own:
            return False  # what a colleague wrote
        reach = TABLE["ticket.view"][role]
    if reach == "mine" and whose == "watched":
        return TABLE["ticket.view"][role] in {"all", "queues"}
    return reach in WHOSE[whose]


def test_a14_the_roles_come_as_the_specification_says() -> None:
    for capability, cells in TABLE.items():
        stored = ALIASES.get(capability, capability)
        for role, cell in cells.items():
            assert DEFAULTS[role].get(stored, "–") == cell, (capability, role)


@pytest.fixture
def stage(ticket: Ticket, max: Membership, people: Callable[[str], Membership]) -> dict[str, Any]:
    """A ticket in each state, each with somebody else's note, time and checklist item; and people of every role."""
    made: dict[str, Any] = {"max": max, "notes": {}, "times": {}, "checks": {}, "tickets": {}}
    made["people"] = {role: people(role) for role in ROLES}
    with acting(max) as by:
        made["away"] = Queue.objects.create(name="Away")
        made["theirs"] = Queue.objects.create(name="Theirs")
        for member in made["people"].values():
            QueueMember.objects.create(queue=made["theirs"], member=member)
        made["other"] = services.create(by=by, title="Other", company=ticket.company, queue=made["theirs"])
        for status in ANY:
            one = services.create(
                by=by, title=status, company=ticket.company, contact=ticket.contact, queue=ticket.queue
            )
            made["checks"][one.pk] = checklists.add_item(one, "Door", by=by)
            made["notes"][one.pk] = items.add(one, "note", internal(one), by=by, text="Max's")
            fields = {"minutes": 5, "worked_on": date(2026, 3, 2)}
            made["times"][one.pk] = items.add(one, "timeentry", internal(one), by=by, **fields)
            one = bring(Ticket.objects.get(pk=one.pk), WAYS[status], by)
            assert one.status == status
            made["tickets"][status] = one.pk
    return made


def place(stage: dict[str, Any], ticket: Ticket, whose: str, member: Membership) -> None:
    """Make the ticket nobody's they know, or theirs in this way."""
    rows = Ticket.objects.filter(pk=ticket.pk)
    rows.update(assignee=None, created_by=stage["max"])
    Ticket.objects.filter(pk=stage["other"].pk).update(assignee=member)
    match whose:
        case "in their queue":
            rows.update(queue=stage["theirs"])
        case "assigned":
            rows.update(assignee=member)
        case "created":
            rows.update(created_by=member)
        case "watched":
            rows.update(queue=stage["theirs"])
            Watcher.objects.create(ticket=ticket, member=member)


def traces() -> list[Any]:
    return [held.number(Entry), *(held.rows(model) for model in (Ticket, Note, TimeEntry))]


def attempt(stage: dict[str, Any], role: str, name: str, whose: str, status: str) -> None:
    act, member = ACTS[name], stage["people"][role]
    with acting(stage["max"]):
        ticket = Ticket.objects.get(pk=stage["tickets"][status])
        place(stage, ticket, whose, member)
    allowed = all(covers(role, capability, whose, act.on_own) for capability in act.needs)
    with acting(member) as by:
        ticket = Ticket.objects.select_related("tenant").get(pk=ticket.pk)
        before = traces()
        try:
            with transaction.atomic():
                act.do(ticket, stage, by)
            happened = True
        except (Denied, Refused):
            happened = False
        assert happened == (allowed and status in act.states), f"{'did' if happened else 'did not'} happen"
        assert happened or traces() == before, "a no leaves everything as it was"


def test_a14_every_role_does_on_whose_ticket_what_the_table_says(stage: dict[str, Any]) -> None:
    """Role × act × whose ticket, each in a state in which the machine has it."""
    rows = [(role, name, whose) for role in ROLES for name in ACTS for whose in WHOSE]
    try_rows(rows, lambda role, name, whose: attempt(stage, role, name, whose, ACTS[name].states[0]))


def test_a14_every_role_does_in_which_state_what_the_table_says(stage: dict[str, Any]) -> None:
    """Role × act × state, on a ticket that is theirs: no right opens a state, no state gives a right."""
    rows = [(role, name, status) for role in ROLES for name in ACTS for status in ANY]
    try_rows(rows, lambda role, name, status: attempt(stage, role, name, "assigned", status))


def test_a14_buttons_are_what_the_machine_and_the_table_allow(stage: dict[str, Any]) -> None:
    """A page draws a move exactly where making it would go."""
    moves = {one.name for one in services.MOVES_FOR_ALL}

    def drawn(role: str, whose: str, status: str) -> None:
        with acting(stage["max"]):
            place(stage, Ticket.objects.get(pk=stage["tickets"][status]), whose, stage["people"][role])
        with acting(stage["people"][role]) as by:
            ticket = Ticket.objects.get(pk=stage["tickets"][status])
            found = {button.move.name for button in services.buttons(ticket, by)}
        wanted = {name for name in moves if covers(role, services.BY_NAME[name].capability, whose, False)}
        assert found == {name for name in wanted if status in TABLE_OF_MOVES[name]}

    try_rows([(role, whose, status) for role in ROLES for whose in WHOSE for status in ANY], drawn)
