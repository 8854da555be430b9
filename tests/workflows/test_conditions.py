"""On which tickets a rule runs, and which entries are its event."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from psa.directory.models import Company
from psa.mail.inbound.weighing import Weight
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tests.conftest import acting, try_rows
from tests.workflows.conftest import NOTE, if_all, if_any, row, runs, work, write
from tickets import services
from tickets.models import Category, Queue, Ticket, TicketType
from tickets.readers import readers
from tickets.services import customer_messages
from workflows.rules import conditions, events
from workflows.rules.case import Case
from workflows.services import rules

pytestmark = pytest.mark.django_db


def test_every_condition_on_a_ticket_holds_and_does_not(max, ada, ticket, queue, company):
    with acting(max) as by:
        other, category = Queue.objects.create(name="Other"), Category.objects.create(name="Network")
        kind = TicketType.objects.create(name="Wish")
        stranger = Company.objects.create(name="Somebody else")
        services.edit(Ticket.objects.get(pk=ticket.pk), by=by, description="Kühler Raum", category=category)
        Ticket.objects.filter(pk=ticket.pk).update(created_at=timezone.now() - timedelta(hours=5, minutes=30))
    table = [
        ("status", "is", ["new", "open"], True), ("status", "is", ["closed"], False),
        ("status", "is_not", ["closed"], True), ("status", "is_not", ["new"], False),
        ("priority", "is", ["3"], True), ("priority", "is", ["1"], False),
        ("queue", "is", [queue.pk], True), ("queue", "is_not", [queue.pk], False), ("queue", "is", [other.pk], False),
        ("category", "is", [category.pk], True), ("category", "empty", None, False),
        ("type", "empty", None, True), ("type", "is", [kind.pk], False), ("type", "is_not", [kind.pk], True),
        ("source", "is", ["phone"], True), ("source", "is_not", ["phone"], False),
        ("company", "is", [company.pk], True), ("company", "is", [stranger.pk], False),
        ("assignee", "empty", None, True), ("assignee", "is", [ada.pk], False), ("assignee", "is_not", [ada.pk], True),
        ("age", "over", 5, False), ("age", "over", 4, True), ("age", "under", 6, True), ("age", "under", 5, False),
        ("text", "contains", "KUHLER raum", True), ("text", "contains", "vpn", True), ("text", "contains", "x", False),
        ("text", "lacks", "vpn", False), ("text", "lacks", "printer", True),
        ("role", "is", ["none"], True), ("role", "is", ["outsourced"], False),
        ("handover_status", "is", ["assigned"], False), ("handover_status", "is_not", ["assigned"], False),
        ("partner", "is", [1], False), ("lead", "is_not", [1], False), ("hours_used", "over", 0, False),
        ("answer_by", "within", 999, False), ("complete_by", "within", 999, False),
        ("no_such_field", "is", ["1"], False), ("status", "contains", "new", False),
    ]  # fmt: skip

    def check(field: str, op: str, value: Any, expected: bool) -> None:
        with acting(max):
            case = Case(None, Ticket.objects.get(pk=ticket.pk))
            assert conditions.holds(if_all(row(field, op, value)), case) is expected

    try_rows(table, check)
    assert {one[0] for one in table} - {"no_such_field"} == set(conditions.FIELDS), "a condition nobody tries"


def test_where_there_is_no_ticket_nothing_about_one_holds(max):
    with acting(max):
        for field, one in conditions.FIELDS.items():
            for op in one.ops:
                if field != "role":
                    assert not conditions.row_holds(row(field, op, ["1"]), Case()), (field, op)


def test_groups_join_by_all_and_any_one_level_deep(max, ticket):
    yes, no = row("priority", "is", ["3"]), row("priority", "is", ["1"])
    table = [
        ({}, True), (if_all(), True), (if_all(yes, yes), True), (if_all(yes, no), False),
        (if_any(no, yes), True), (if_any(no, no), False),
        (if_all(yes, if_any(no, yes)), True), (if_all(yes, if_any(no, no)), False),
        (if_any(no, if_all(yes, yes)), True), (if_any(no, if_all(yes, no)), False),
    ]  # fmt: skip
    with acting(max) as by:
        case = Case(None, Ticket.objects.get(pk=ticket.pk))
        assert [conditions.holds(group, case) for group, _ in table] == [expected for _, expected in table]
        with pytest.raises(Refused, match="rule_incomplete"):
            deep = if_all(if_any(if_all(yes)))
            rules.save(None, rules.Wanted("x", "ticket.created", conditions=deep, steps=[NOTE]), by=by)


# Events ---------------------------------------------------------------------------------------------------------------
def happen(name: str, max: Any, ada: Any, ticket: Ticket) -> None:
    """Do to a ticket what an event is."""
    with acting(max) as by:
        now = Ticket.objects.get(pk=ticket.pk)
        match name:
            case "created":
                services.create(by=by, title="Another", company=now.company, queue=now.queue)
            case "start":
                services.start(services.accept(now, by=by), by=by)
            case "title":
                services.edit(now, by=by, title="New words")
            case "assigned":
                services.assign(now, ada, by=by)
            case "forwarded":
                services.forwarding.forward(now, services.forwarding.Forward(member=ada), by=by)
            case "queue only":
                other = Queue.objects.create(name="Other")
                services.forwarding.forward(now, services.forwarding.Forward(queue=other), by=by)
            case "note":
                services.items.add(now, "note", readers(now)[0], by=by, text="Ours")
            case "customer note":
                assert now.contact is not None
                cleo = Actor.customer(now.contact_id, "Cleo Hansen", "Reederei Hansen", channel="portal")
                customer_messages.receive(now, now.contact, "x", by=cleo, weight=Weight.MESSAGE)
            case "time":
                services.items.add(now, "timeentry", readers(now)[0], by=by, minutes=5, worked_on="2026-03-02")


@pytest.mark.parametrize(
    ("event", "setting", "happened", "times"),
    [
        ("ticket.created", {}, "created", 1),
        ("ticket.created", {}, "title", 0),
        ("ticket.moved", {}, "start", 2),
        ("ticket.moved", {"move": "start"}, "start", 1),
        ("ticket.moved", {"move": "close"}, "start", 0),
        ("ticket.moved", {}, "title", 0),
        ("ticket.edited", {}, "title", 1),
        ("ticket.edited", {"field": "title"}, "title", 1),
        ("ticket.edited", {"field": "priority"}, "title", 0),
        ("ticket.assigned", {}, "assigned", 1),
        ("ticket.assigned", {}, "forwarded", 1),
        ("ticket.assigned", {}, "queue only", 0),
        ("note.by_customer", {}, "customer note", 1),
        ("note.by_customer", {}, "note", 0),
        ("time.logged", {}, "time", 1),
        ("time.logged", {}, "note", 0),
    ],
)
def test_what_happens_to_a_ticket_is_the_event_it_is(max, ada, ticket, event, setting, happened, times):
    write(max, event, {"do": "set", "field": "planned_minutes", "value": 7}, setting=setting, name="R", limit=5)
    happen(happened, max, ada, ticket)
    work()
    done = [outcome for _name, outcome in runs(max)]
    if event == "ticket.edited" and times:
        done = done[:-1] if not setting else done
    assert done == ["done"] * times


def test_every_kind_an_event_names_is_one_somebody_records():
    """A typo in a kind would be a rule that never runs: each is written somewhere in the code."""
    code = "\n".join(
        path.read_text() for app in ("psa", "tickets", "outsourcing", "workflows")
        for path in Path(settings.BASE_DIR, app).rglob("*.py") if "/rules/events" not in str(path)
    )  # fmt: skip
    said = {kind.partition(".")[2] for event in events.EVENTS.values() for kind in event.kinds}
    parts = ("change_", "part_")
    missing = [
        verb for verb in sorted(said)
        if f'"{verb}"' not in code and f".{verb}" not in code
        and not any(verb.startswith(one) and f'"{verb.removeprefix(one)}"' in code for one in parts)
    ]  # fmt: skip
    assert missing == []
