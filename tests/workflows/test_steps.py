"""What rules do: by the services everybody uses, past no guard, to the right people and in the right words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from outsourcing import notifications
from psa.directory.models import Company, Contact
from psa.mail.models import OutgoingMail
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from psa.tenancy.services import add_member
from tests.conftest import acting, try_rows
from tests.workflows.conftest import NOTE, letter, runs, steps_of, work, write
from tickets import guards, services
from tickets.models import (
    Audience,
    Checklist,
    Note,
    NoteKind,
    Queue,
    QueueMember,
    Status,
    Ticket,
    Watcher,
)
from tickets.services import EDITABLE, MOVED, MOVES_FOR_ALL, checklist_templates
from tickets.services.checklist_templates import ItemDraft
from workflows.models import RuleRun
from workflows.rules import events, steps, variables
from workflows.rules.case import Case
from workflows.rules.variables import Eyes
from workflows.services import acting as doing
from workflows.services import rules

pytestmark = pytest.mark.django_db


def fresh(ticket: Ticket) -> Ticket:
    with scope.tenant(ticket.tenant_id):
        return Ticket.objects.get(pk=ticket.pk)


def do(member: Membership, ticket: Ticket, *wanted: dict[str, Any]) -> list[dict[str, Any]]:
    """What a rule of these steps says after somebody became responsible."""
    write(member, "ticket.assigned", *wanted)
    with acting(member) as by:
        now = Ticket.objects.get(pk=ticket.pk)
        services.assign(now, None if now.assignee_id else member, by=by)
    work()
    return steps_of(member)


# W1 -------------------------------------------------------------------------------------------------------------------
def test_w1_every_undefined_move_is_refused_to_a_rule_and_changes_nothing(max, ticket):
    """Every move × every state: what the machine does not have from there is refused, with the reason in the log."""
    with acting(max) as by:
        where = {Status.NEW: ticket}
        for state, path in (
            (Status.OPEN, ("accept",)),
            (Status.IN_PROGRESS, ("accept", "start")),
            (Status.WAITING_CLARIFICATION, ("accept", "ask")),
            (Status.CLOSED, ("accept", "close")),
            (Status.REOPENED_DEFECT, ("accept", "close", "reopen")),
        ):
            made = services.create(by=by, title=state, company=ticket.company, queue=ticket.queue)
            for name in path:
                made = services.move(made, name, "said", by=by)
            where[state] = made
        for one in where.values():
            if one.assignee_id is None:
                services.assign(one, max, by=by)

    def check(state: str, move: str) -> None:
        one = fresh(where[state])
        transition = next(two.transition for two in MOVES_FOR_ALL if two.name == move)
        with acting(max) as by:
            is_open = transition in {found.name for found in one.get_available_status_transitions()}
            before = Ticket.objects.filter(pk=one.pk).values().get()
            case = Case(None, one)
            system = Actor.system("rule", "Pushy")
            step = {"do": "move", "move": move, "text": "because"}
            if is_open:
                try:
                    assert doing.perform(step, case, "Pushy", by=system)["said"] == "moved"
                except Refused as refused:  # what a person says on the form of these, no rule can say
                    assert (move, refused.code) in {("submit", "no_time_logged"), ("refuse", "nobody_asked")}
                return
            with pytest.raises(Refused, match="ticket_moved_on"):
                doing.perform(step, case, "Pushy", by=system)
            assert Ticket.objects.filter(pk=one.pk).values().get() == before
            assert by.is_person

    try_rows([(state, move.name) for state in where for move in MOVES_FOR_ALL if "window" not in move.asks], check)


@pytest.mark.parametrize("move", ["merge", "resume_open", "handover_ended", "__class__", "", "delete"])
def test_w1_only_the_moves_for_all_can_be_named_whatever_the_data_says(max, ticket, move):
    told = do(max, ticket, {"do": "move", "move": move, "text": "x"})
    assert (told[0]["outcome"], told[0]["code"]) == ("refused", "rule_move_is_gone")
    assert fresh(ticket).status == Status.NEW


def test_w1_no_step_sets_a_status_a_customer_or_anything_that_is_not_editable(max, ticket):
    for name in ("status", "company", "contact", "is_open", "assignee", "deleted_at", "tenant"):
        case = Case(None, fresh(ticket))
        with acting(max), pytest.raises(Refused):
            doing.perform({"do": "set", "field": name, "value": "1"}, case, "x", by=Actor.system("rule", "x"))
    assert set(steps.SETTABLE) | set(steps.NOT_SET) == set(EDITABLE), (
        "say of a new field how a rule sets it, or why not"
    )


def test_w1_a_guard_stops_a_rule_as_it_stops_everybody(max, ticket, monkeypatch):
    kept: list[Any] = []
    monkeypatch.setattr(guards, "_guards", kept)
    guards.register(*guards.VERBS)(lambda *_: {None: Refused("insourced_ticket_is_running", partner="Baltic")})
    case_steps = [
        {"do": "set", "field": "priority", "value": 1},
        {"do": "assign", "to": "role:nobody"},
        {"do": "move", "move": "accept"},
        NOTE,
    ]
    with acting(max):
        for step in case_steps:
            now = fresh(ticket)
            now_step = {**step, "to": f"member:{max.pk}"} if step["do"] == "assign" else step
            with pytest.raises(Refused, match="insourced_ticket_is_running"):
                doing.perform(now_step, Case(None, now), "x", by=Actor.system("rule", "x"))
        assert not Note.objects.exists()


def test_new_moves_of_the_desk_are_events_and_steps_by_themselves():
    assert set(MOVED) >= {one.told for one in MOVES_FOR_ALL}
    assert events.EVENTS["ticket.moved"].kinds == MOVED
    without_a_window = [one.name for one in MOVES_FOR_ALL if "window" not in one.asks]
    assert [code for code, _label in steps.moves()] == without_a_window


# Fields and people ----------------------------------------------------------------------------------------------------
def test_fields_are_set_through_the_service(max, ticket, queue):
    with acting(max):
        other = Queue.objects.create(name="Second line")
    before = timezone.now()
    told = do(
        max,
        ticket,
        {"do": "set", "field": "queue", "value": other.pk},
        {"do": "set", "field": "priority", "value": 1},
        {"do": "set", "field": "due_at", "value": 6},
        {"do": "set", "field": "planned_minutes", "value": 45},
        {"do": "set", "field": "title", "value": "{customer}: {ticket.title}"},
        {"do": "set", "field": "priority", "value": 1},
    )
    now = fresh(ticket)
    assert (now.queue_id, now.priority, now.planned_minutes) == (other.pk, 1, 45)
    assert now.title == "Reederei Hansen: VPN drops every morning"
    assert timedelta(hours=5, minutes=59) < now.due_at - before < timedelta(hours=6, minutes=1)
    assert [one["said"] for one in told] == ["set"] * 5 + ["nothing"]


def test_what_was_retired_or_belongs_to_another_company_is_refused(max, ticket, sam, atlas):
    with acting(sam):
        foreign = Queue.objects.create(name="Atlas desk")
    with acting(max):
        retired = Queue.objects.create(name="Old", is_active=False)
    told = do(
        max,
        ticket,
        {"do": "set", "field": "queue", "value": foreign.pk},
        {"do": "set", "field": "queue", "value": retired.pk},
        {"do": "assign", "to": f"member:{sam.pk}"},
        {"do": "watch", "who": f"member:{sam.pk}"},
        {"do": "checklist", "template": 999},
        {"do": "offer", "partnership": 999},
    )
    assert {(one["outcome"], one["code"]) for one in told} == {("refused", "choice_is_gone")}
    assert runs(max)[-1][1] == "refused"


def test_somebody_becomes_responsible_by_name_by_queue_or_by_role(max, ada, ticket, queue):
    with acting(max) as by:
        for member in (max, ada):
            QueueMember.objects.create(queue=queue, member=member)
        services.create(by=by, title="Max is busy", company=ticket.company, queue=queue)
        services.assign(Ticket.objects.latest("pk"), max, by=by)
    wanted = [{"do": "assign", "to": to} for to in ("role:least", "role:creator", f"queue:{queue.pk}", "role:nobody")]
    write(max, "ticket.edited", *wanted)
    with acting(max) as by:
        services.edit(fresh(ticket), by=by, planned_minutes=5)
    work()
    told = steps_of(max)
    assert [(one["said"], one.get("name")) for one in told] == [
        ("assigned", "Ada Brandt"),
        ("assigned", "Max Petersen"),
        ("nothing", None),
        ("unassigned", None),
    ]
    assert fresh(ticket).assignee_id is None


def test_a_checklist_is_added_once_and_a_watcher_is_somebody_who_sees_the_ticket(max, ada, ticket):
    with acting(max) as by:
        template = checklist_templates.save(None, "Backup", {}, [ItemDraft("Look")], by=by)
    told = do(
        max,
        ticket,
        {"do": "checklist", "template": template.pk},
        {"do": "checklist", "template": template.pk},
        {"do": "watch", "who": f"member:{ada.pk}"},
        {"do": "watch", "who": "role:creator"},
    )
    assert [one.get("said") or one["code"] for one in told] == ["listed", "nothing", "cannot_see_ticket", "watching"]
    with acting(max):
        assert Checklist.objects.filter(ticket=ticket).count() == 1
        assert list(Watcher.objects.values_list("member", flat=True)) == [max.pk]


# Mails ----------------------------------------------------------------------------------------------------------------
def mails(member: Membership) -> list[tuple[str, str]]:
    with acting(member):
        found = OutgoingMail.objects.filter(code="rule_mail").order_by("pk")
        return [(one.to_address, one.subject) for one in found]


def test_a_mail_goes_to_roles_each_once_in_their_language(max, ada, dora, ticket, queue):
    with acting(max):
        QueueMember.objects.create(queue=queue, member=ada)
        QueueMember.objects.create(queue=queue, member=dora)
        Membership.objects.filter(pk=ada.pk).update(language="en")
    sent = letter(max, "Take {ticket.number}", "{assignee} at {customer}: {ticket.title}")
    told = do(max, ticket, {"do": "mail", "template": sent.pk, "to": ["queue", "dispatchers", "creator"]})
    assert told[0] == {"do": "mail", "outcome": "done", "said": "mailed", "count": 3}
    assert sorted(mails(max)) == [
        ("ada@nordlicht.example", "Take 1"),
        ("dora@nordlicht.example", "DE Take 1"),
        ("max@nordlicht.example", "DE Take 1"),
    ]
    with acting(max):
        one = OutgoingMail.objects.get(to_address="ada@nordlicht.example", code="rule_mail")
        assert "Max Petersen at Reederei Hansen: VPN drops every morning" in one.text
        assert one.headers["Auto-Submitted"] == "auto-generated"
        assert "has a rule for it" in one.reason


def test_a7_who_lost_sight_of_the_ticket_or_left_hears_nothing(max, ada, dora, ticket, queue):
    with acting(max):
        QueueMember.objects.create(queue=queue, member=dora)
        Watcher.objects.create(ticket=ticket, member=ada)  # a technician outside the queue: sees it no more
        Membership.objects.filter(pk=dora.pk).update(is_active=False)
    sent = letter(max)
    told = do(max, ticket, {"do": "mail", "template": sent.pk, "to": ["queue", "watchers", "dispatchers"]})
    assert (told[0]["outcome"], told[0]["code"], mails(max)) == ("refused", "rule_nobody", [])


def test_the_customer_s_contact_gets_a_mail_that_stands_on_the_ticket(max, ticket, cleo):
    with acting(max):
        Contact.objects.filter(pk=cleo.pk).update(email="cleo@hansen.example", language="en")
    sent = letter(max, "Subject", "Dear {contact}, ticket {ticket.number}. {ticket.url}{handover.partner}{by}")
    told = do(max, ticket, {"do": "mail", "template": sent.pk, "to": ["contact"]})
    assert told[0]["outcome"] == "done"
    with acting(max):
        note = Note.objects.get()
        assert (note.kind_of, note.audience, note.author_name) == (NoteKind.MAIL, Audience.CUSTOMER, "ticket.assigned")
        assert note.text == "Dear Cleo Hansen, ticket 1."
        posted = OutgoingMail.objects.get(code="public_note")
        assert (posted.to_address, posted.language) == ("cleo@hansen.example", "en")


def test_without_an_address_the_customer_is_not_written_to_and_the_log_says_so(max, ticket):
    told = do(max, ticket, {"do": "mail", "template": letter(max).pk, "to": ["contact"]})
    assert (told[0]["outcome"], told[0]["code"]) == ("refused", "mail_without_address")


def test_a_mail_that_was_deleted_is_refused_and_never_another_company_s(max, ticket, sam):
    foreign = letter(sam)
    told = do(max, ticket, {"do": "mail", "template": foreign.pk, "to": ["creator"]})
    assert (told[0]["code"], mails(max)) == ("rule_mail_is_gone", [])


# Words ----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "word",
    [
        "{ticket.__class__}", "{ticket.tenant.name}", "{settings.SECRET_KEY}", "{0}", "{ticket!r}", "{ticket.title!r}",
        "{ticket.number:>99999999}", "{}", "{company.notes}", "{handover.lead.slug}", "{self}", "{ticket.objects}",
    ],
)  # fmt: skip
def test_x4_no_text_reads_attributes_settings_or_other_companies(max, ticket, word):
    with acting(max) as by, pytest.raises(Refused, match="mail_placeholder_unknown"):
        rules.save(None, rules.Wanted("x", "ticket.created", steps=[{"do": "note", "text": word}]), by=by)
    with acting(max), pytest.raises(Refused, match="mail_placeholder_unknown"):
        step = {"do": "note", "text": word}
        doing.perform(step, Case(None, fresh(ticket)), "x", by=Actor.system("rule", "x"))
    with acting(max):
        assert not Note.objects.exists()


def test_x4_what_a_value_says_is_never_read_again(max, company, queue):
    with acting(max) as by:
        title = "{customer} {{me.email}} [[now*]] {ticket.number} <b>"
        evil = services.create(by=by, title=title, company=company, queue=queue)
    do(max, evil, {"do": "note", "text": "About {ticket.title}"})
    with acting(max):
        assert Note.objects.get().text == "About {customer} { {me.email} } [ [now*] ] {ticket.number} <b>"


def test_every_variable_says_something_or_nothing_and_never_fails(max, ticket):
    with acting(max):
        for eyes in Eyes:
            for case in (Case(None, fresh(ticket)), Case()):
                assert set(variables.values(case, eyes)) == set(variables.known())
        customer = variables.values(Case(None, fresh(ticket)), Eyes.CUSTOMER)
        assert not any(customer[name] for name in customer if name.startswith("handover.") or name.endswith(".url"))


def test_partner_managers_and_administrators_are_asked_by_their_level(max, ada, nordlicht, ticket):
    add_member(nordlicht, "p@nordlicht.example", "Paul", "technician", outsourcing_level="partners")
    with acting(max):
        assert {one.name for one in notifications.partner_managers()} == {"Max Petersen", "Paul"}
    sent = letter(max)
    do(max, ticket, {"do": "mail", "template": sent.pk, "to": ["partners"]})
    assert {to for to, _subject in mails(max)} == {"max@nordlicht.example"}, "Paul does not see this ticket"
    with acting(max):
        assert RuleRun.objects.count() == 1 and Company.objects.exists()
