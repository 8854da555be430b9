"""W1, A14: the table of the thirty moves, state by state and person by person, along every path there is.

On each path a move goes exactly where the table says and for whom it says; everywhere else nothing happened: not a row
of the company's is another, and the journal has no move more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from psa.batches import batches
from psa.directory.models import Company, Contact
from psa.journal import journal
from psa.mail import replies, sending
from psa.mail.inbound import taking, working
from psa.mail.models import Door
from psa.mail.replies import Purpose
from psa.tenancy import scope
from psa.tenancy.models import Membership
from psa.timers import timers
from psa.timers.models import Timer
from tests.conftest import acting, try_rows
from tests.mail.letters import letter
from tests.tickets.stages import asked_once
from tests.workflows import table_of_moves as table
from tests.workflows import table_stage
from tests.workflows.conftest import NOTE, work, write
from tests.workflows.portal.conftest import browser as at_the_door
from tests.workflows.reviews import MONDAY
from tests.workflows.table_of_moves import FOLLOWS, STATES
from tests.workflows.table_stage import CONTACTS, MEMBERS, World, everything, letters, told
from tickets.models import Queue, Status, Ticket
from tickets.services import MOVES_FOR_ALL, lifecycle
from workflows.models import RuleRun, ServicePolicy
from workflows.portal import door
from workflows.rules import steps

ANYBODY = (*MEMBERS, "customer", "approver", "nobody")


@pytest.fixture
def traveller() -> Any:
    with time_machine.travel(MONDAY, tick=False) as hands:
        yield hands


@pytest.fixture
def world(
    traveller: Any, max: Membership, queue: Queue, company: Company, cleo: Contact, monkeypatch: Any, settings: Any
) -> World:
    """The stage on a Monday at ten, with a browser for everybody."""
    monkeypatch.setattr(door, "STEADY", 0.0)
    settings.MAIL_IN, settings.MAIL_PER_SENDER = True, 1000
    made = table_stage.build(max, queue, company, cleo)
    table_stage.sign_in_all(made, at_the_door)
    made.browsers["nobody"] = Client()
    return made


def walk(world: World, ticket: Ticket, wanted: tuple[str, str] | None, do: Callable[[], Any], *, but: Any = ()) -> None:
    """Do it; then the ticket stands where the table says, by one move more, or nothing happened at all."""
    state, moves, before = ticket.status, told(world, ticket), everything(world, but=but)
    said = do()
    now, after = world.ticket_of(ticket), everything(world, but=but)
    if wanted is None:
        changed = [name for name in before if before[name] != after[name]]
        assert (now.status, changed) == (state, []), said
        return
    to, kind = wanted
    if to == FOLLOWS:
        assert now.status == state and told(world, ticket) == moves, said
        assert len(after["Ticket"]) == len(before["Ticket"]) + 1 and len(after["TicketLink"]) == 1, said
        return
    assert (now.status, told(world, ticket)) == (to, [*moves, kind]), said


def may(who: str, where: Any) -> frozenset[str]:
    """Who somebody is where they are somebody: the desk knows members, the portal contacts."""
    return letters(who) if who in where else frozenset()


# The desk's pages -----------------------------------------------------------------------------------------------------
def page(name: str, ticket: Ticket, path: str) -> str:
    return reverse(f"{name}", args=["nordlicht", ticket.number]) + path


def desk_post(world: World, name: str, ticket: Ticket) -> tuple[str, dict[str, Any]]:
    """The address of a way on the desk, and a form filled in as somebody would who means it."""
    known = {"text": "because", "resolution": "cancelled_by_us", "no_time": "on the house", **table_stage.window()}
    evidence = {"proof": "call", "text": "On the phone."}
    if name in table.NAMED:
        return reverse("tickets:move", args=["nordlicht", ticket.number, name]), known
    if name.startswith("record: estimate "):
        decision = {"contact": world.people["approver"].pk, "decision": name.rsplit(" ", 1)[1], **evidence}
        return reverse("workflows:record_decision", args=["nordlicht", ticket.number]), decision
    if name.startswith("record: "):
        word = {"contact": world.people["customer"].pk, "decision": name.rsplit(" ", 1)[1], **evidence}
        return reverse("workflows:record", args=["nordlicht", ticket.number]), word
    if name.startswith("deployments: "):
        form = {"do": name.rsplit(" ", 1)[1], "pick": [ticket.pk], **table_stage.window()}
        return reverse("workflows:deployments", args=["nordlicht"]), form
    place, form = {
        "estimate": ("workflows:estimate", table_stage.estimate_form()),
        "settle": ("billing:settle", {"do": "nothing", "reason": ""}),
        "ask again": ("workflows:ask_again", {"text": "Dead again."}),
        "to billing": ("workflows:to_billing", {}),
        "merge": ("tickets:merge", {"other": _number_of_survivor(world), "merge": "1"}),
    }[name]
    return reverse(place, args=["nordlicht", ticket.number]), form


def _number_of_survivor(world: World) -> int:
    with scope.tenant(world.max.tenant_id):
        return int(Ticket.objects.values_list("number", flat=True).get(pk=world.survivor))


def on_the_desk(world: World, name: str, state: str, who: str) -> None:
    ticket, ask = world.ticket(state), table.PAGES[name]
    if name == "refuse" and state in {"new", "open"}:
        with acting(world.max) as by:
            asked_once(ticket, by)
    url, form = desk_post(world, name, ticket)

    def post() -> str:
        answer = world.browser(who).post(url, form)
        assert answer.status_code < 500
        return f"{answer.status_code} {answer.content.decode()[-600:]}"

    walk(world, ticket, ask.after(state, may(who, MEMBERS)), post)


def rows(asks: Any, names: Any, people: Any, where: Any) -> Iterator[tuple[str, str, str]]:
    """Everybody who makes moves, from every state; who makes none is tried where the move would go."""
    for name in names:
        ways = {state for move in asks[name].moves for state in table.TABLE[move].ways}
        for state in STATES:
            yield from ((name, state, who) for who in people if may(who, where) or state in ways)


def parted(names: Any, count: int = 7) -> list[list[str]]:
    """So many names at a time: each part builds the stage once."""
    known = list(names)
    return [known[at : at + count] for at in range(0, len(known), count)]


@pytest.mark.parametrize("names", parted(table.PAGES), ids=", ".join)
def test_w1_on_the_desk_every_move_goes_where_the_table_says_and_for_whom(world: World, names: list[str]) -> None:
    try_rows(rows(table.PAGES, names, ANYBODY, MEMBERS), lambda *row: on_the_desk(world, *row))


# The portal -----------------------------------------------------------------------------------------------------------
VISITORS = (*CONTACTS, "administrator", "nobody")


def portal_post(world: World, name: str, ticket: Ticket) -> tuple[str, dict[str, Any]]:
    """The address of a way in the portal, and what the page that was read posts."""
    estimate = world.current(ticket)
    read = {"version": estimate.version, "sha256": estimate.sha256} if estimate else {"version": 1, "sha256": "a" * 64}
    stay = {"stay": ticket.stay}
    place, form = {
        "accept the estimate": ("estimate_accept", read),
        "decline the estimate": ("estimate_decline", {**read, "text": "Too much."}),
        "give the estimate back": ("estimate_give_back", {**read, "text": "Why two hours?"}),
        "accept": ("review_accept", stay),
        "defect": ("review_reopen", {**stay, "happened": "Dead.", "expected": "Alive.", "where": "Here."}),
        "objection": ("review_reopen", {**stay, "happened": "Dead.", "expected": "Alive.", "objection": "on"}),
        "deploy": ("review_deploy", {**stay, "text": "Please roll it out."}),
        "cancel": ("cancel", {"text": "Not needed."}),
        "message": ("write", {"text": "It still does it."}),
    }[name]
    return reverse(f"portal:{place}", args=["nordlicht", ticket.number]), form


def in_the_portal(world: World, name: str, state: str, who: str) -> None:
    ticket = world.ticket(state)
    if who == "customer without the right":
        table_stage.take_the_right(world)
    url, form = portal_post(world, name, ticket)

    def post() -> str:
        answer = world.browser(who).post(url, form)
        assert answer.status_code < 500
        return f"{answer.status_code} {answer.content.decode()[-600:]}"

    wanted = table.PORTAL[name].after(state, may(who, CONTACTS))
    if name == "message" and wanted is None and who.startswith("customer"):
        said(world, ticket, post)
    else:
        walk(world, ticket, wanted, post)


def said(world: World, ticket: Ticket, do: Callable[[], Any]) -> None:
    """The customer's words are kept as a note, and move nothing."""
    before, moves = everything(world), told(world, ticket)
    answer = do()
    assert (world.ticket_of(ticket).status, told(world, ticket)) == (ticket.status, moves), answer
    assert len(everything(world)["Note"]) == len(before["Note"]) + 1, answer


@pytest.mark.parametrize("names", parted(table.PORTAL, 3), ids=", ".join)
def test_w1_in_the_portal_every_word_goes_where_the_table_says_and_for_whom(world: World, names: list[str]) -> None:
    try_rows(rows(table.PORTAL, names, VISITORS, CONTACTS), lambda *row: in_the_portal(world, *row))


# Many at once ---------------------------------------------------------------------------------------------------------
def in_bulk(world: World, name: str, who: str) -> None:
    """One change for a ticket in every state: each goes where the table says, and the others stay."""
    chosen = {state: world.ticket(state) for state in STATES}
    moves, before = {state: told(world, one) for state, one in chosen.items()}, everything(world)
    form = {"view": "open", "query": "", "pick": list(world.tickets.values()), "step": "go", "what": "move"}
    answer = world.browser(who).post(reverse("tickets:bulk", args=["nordlicht"]), {**form, "move": name, "text": "So."})
    assert answer.status_code < 500
    batches.work()  # what was not done while the reader waited
    ask = table.IN_BULK.get(name)
    after = everything(world)
    stood = {row["id"]: row for row in before["Ticket"]}
    stands = {row["id"]: row for row in after["Ticket"]}
    for state, ticket in chosen.items():
        wanted = ask.after(state, may(who, MEMBERS)) if ask else None
        if wanted is None:
            assert (stands[ticket.pk], told(world, ticket)) == (stood[ticket.pk], moves[state]), state
        else:
            found = stands[ticket.pk]["status"], told(world, ticket)
            assert found == (wanted[0], [*moves[state], wanted[1]]), state
    if ask is None or not may(who, MEMBERS) & {"T", "D"}:
        assert [kind for kind in before if before[kind] != after[kind]] == []


def test_w1_in_bulk_every_move_goes_where_the_table_says_and_for_whom(world: World) -> None:
    try_rows([(name, who) for name in table.DESK for who in ANYBODY], lambda *row: in_bulk(world, *row))


def test_w1_in_bulk_a_reserved_move_cannot_even_be_named(world: World) -> None:
    try_rows([(name, "administrator") for name in table.RESERVED], lambda *row: in_bulk(world, *row))


# By a rule ------------------------------------------------------------------------------------------------------------
AROUND_A_RULE = ("Rule", "RuleRun", "Job", "Entry")


def by_a_rule(world: World, rule: Any, name: str, state: str) -> None:
    """A rule that is told of something on the ticket makes its move, or says in its log why not."""
    ticket = world.ticket(state)
    with acting(world.max) as by:
        rule.steps = [{"do": "move", "move": name, "text": "So."}]
        rule.save()
        Ticket.objects.filter(pk=ticket.pk).update(assignee=world.max)
        journal.record(ticket, "ticket.assigned", by=by, old=None, new=world.max.pk)
    ask = table.BY_A_RULE.get(name)
    wanted = ask.after(state, frozenset("TDS")) if ask else None
    walk(world, ticket, wanted, work, but=AROUND_A_RULE)
    with acting(world.max):
        (step,) = RuleRun.objects.latest("pk").steps
    assert (step["outcome"] == "done") == (wanted is not None), step
    assert ask is not None or step["code"] == "rule_move_is_gone"


def test_w1_a_rule_makes_the_moves_everybody_can_name_where_the_table_has_them(world: World) -> None:
    """Whatever its data says: a rule needs no right, and gets past no machine and no guard."""
    rule = write(world.max, "ticket.assigned", NOTE)
    work()
    named = [(name, state) for name in table.DESK for state in STATES]
    reserved = [(name, state) for name in table.RESERVED for state in table.TABLE[name].ways]
    try_rows([*named, *reserved], lambda *row: by_a_rule(world, rule, *row))


# By mail --------------------------------------------------------------------------------------------------------------
LETTERS = {
    "message": "It still does it.",
    "commands": "#close\r\nstatus: closed\r\nI accept the estimate. I accept the solution. Approved, please deploy.",
    "thanks": "Danke!",
    "automatic": "I am not there. No, nein, nē.",
}
SENDERS = {
    "customer": ("C", Purpose.CONTACT),
    "colleague": ("C", Purpose.CONTACT),
    "approver": ("C", Purpose.CONTACT),
    "other customer": ("", Purpose.CONTACT),
    "technician": ("", Purpose.COLLEAGUE),
    "technician elsewhere": ("", Purpose.COLLEAGUE),
    "read-only": ("", Purpose.COLLEAGUE),
}


def by_mail(world: World, kind: str, state: str, who: str) -> None:
    ticket, person = world.ticket(state), world.people[who]
    is_member = isinstance(person, Membership)
    with scope.tenant(world.max.tenant_id):
        to = replies.address(replies.seal(SENDERS[who][1], ticket.pk, person.pk))
    address = person.user.email if is_member else person.email
    headers = {"Auto_Submitted": "auto-replied"} if kind == "automatic" else {}
    raw = letter(LETTERS[kind], to=to, sender=f"Somebody <{address}>", message_id=f"<{who[:3]}@x.example>", **headers)

    def come() -> None:
        taking.take(raw, Door.PIPE, [to])
        working.take_in()

    counts = SENDERS[who][0] and kind in {"message", "commands"}
    wanted = table.MAIL.after(state, frozenset("C")) if counts else None
    if wanted is not None:
        walk(world, ticket, wanted, come)
        return
    moves, before = told(world, ticket), everything(world)
    come()
    assert (world.ticket_of(ticket).status, told(world, ticket)) == (ticket.status, moves)
    if who in {"other customer", "technician elsewhere", "read-only"}:
        assert everything(world)["Note"] == before["Note"], "and nobody's words stand on it"


def test_w1_a_mail_is_a_message_of_its_sender_and_never_more(world: World) -> None:
    """Who got a mail about it answers on the customer's side, whichever of their people; a colleague of ours writes a
    note."""
    hers = [(kind, state, "customer") for kind in LETTERS for state in STATES]
    others = [("commands", state, who) for state in STATES for who in SENDERS if who != "customer"]
    try_rows([*hers, *others], lambda *row: by_mail(world, *row))


# By the clock ---------------------------------------------------------------------------------------------------------
def nobody_does_anything(world: World, traveller: Any, days: int = 45) -> dict[str, str]:
    """A worker that is never away, for so many days; where every ticket stands then."""
    end = timezone.now() + timedelta(days=days)
    for _turn in range(500):
        timers.sweep()
        sending.send_due()
        with scope.tenant(world.max.tenant_id):
            coming = Timer.objects.filter(due__lte=end).order_by("due").values_list("due", flat=True).first()
        if coming is None:
            break
        traveller.move_to(coming if coming > timezone.now() else timezone.now())
    else:
        pytest.fail("The clocks never come to an end.")
    return {state: world.ticket(state).status for state in STATES}


def test_w1_silence_moves_what_the_table_says_and_nothing_else(world: World, traveller: Any) -> None:
    """11, 20; and what a company may have set: 11 cancels, 20 stops in invoice, 24."""
    moves = {state: told(world, world.ticket(state)) for state in STATES}
    assert nobody_does_anything(world, traveller) == {**{state: state for state in STATES}, **table.SILENCE}
    for state in STATES:
        assert len(told(world, world.ticket(state))) == len(moves[state]) + (state in table.SILENCE)


def test_w1_silence_ends_what_the_company_wants_ended_and_nothing_else(world: World, traveller: Any) -> None:
    with scope.tenant(world.max.tenant_id):
        ServicePolicy.objects.update(expiry_cancels=True, gives_up=True, stops_in_invoice=True)
    found = nobody_does_anything(world, traveller)
    assert found == {**{state: state for state in STATES}, **table.SILENCE_ENDS_ALL}


# The table itself -----------------------------------------------------------------------------------------------------
def test_the_table_has_all_thirty_moves_and_every_state() -> None:
    numbers = {number for one in table.ROWS for number in one.numbers}
    assert numbers | {1} == set(range(1, 31))
    assert set(STATES) == set(Status.values)
    assert set(table.DESK) == {move.name for move in MOVES_FOR_ALL}
    assert {one.told for one in table.ROWS} == set(lifecycle.MOVED)
    assert {name for name, _label in steps.moves()} == set(table.DESK) - {"plan"}


def test_every_move_of_the_table_can_be_asked_for_somewhere() -> None:
    """Else a row of it would never be seen to go."""
    asked = {name for ask in (*table.PAGES.values(), *table.PORTAL.values()) for name in ask.moves}
    by_silence = {"expire_estimate", "auto_accept", "give_up"}
    assert asked | by_silence == set(table.TABLE)
