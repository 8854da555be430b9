"""Rules run after the author, once for an entry, as they are then; never too deep and never too often."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import OperationalError
from django.utils import timezone

from psa import leases
from psa.directory.models import Company
from psa.journal import journal
from psa.journal.models import Entry, Job
from psa.mail.models import OutgoingMail
from psa.tenancy import scope
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from psa.timers import timers
from psa.timers.models import Timer
from tests.conftest import acting
from tests.workflows.conftest import HIGH, NOTE, if_all, row, runs, steps_of, waiting, work, write
from tickets import services
from tickets.models import Note, Queue, Ticket
from workflows.models import Rule, RuleRun
from workflows.services import acting as doing
from workflows.services import rules, running

pytestmark = pytest.mark.django_db


def edit(ticket: Ticket, member: Membership, **changes: Any) -> None:
    with acting(member) as by:
        services.edit(Ticket.objects.get(pk=ticket.pk), by=by, **changes)


def fresh(ticket: Ticket) -> Ticket:
    with scope.tenant(ticket.tenant_id):
        return Ticket.objects.get(pk=ticket.pk)


# Afterwards, once -----------------------------------------------------------------------------------------------------
def test_a_rule_runs_after_the_author_and_says_who_and_because_of_what(max, ticket):
    write(max, "ticket.assigned", HIGH, NOTE, name="Louder")
    with acting(max) as by:
        services.assign(ticket, max, by=by)
    assert fresh(ticket).priority == 3, "not with the author"
    work()
    assert fresh(ticket).priority == 2
    assert runs(max)[0] == ("Louder", "done")
    with acting(max):
        made = Entry.objects.filter(subject_type="ticket", kind="note.added").get()
        cause = Entry.objects.get(kind="ticket.assigned")
        assert (made.by_kind, made.by_name, made.channel, made.cause_id) == ("system", "Louder", "rule", cause.pk)
        run = RuleRun.objects.order_by("pk").first()
        assert (run.ticket_id, run.entry_id, run.version, run.depth) == (ticket.pk, cause.pk, 2, 0)
        assert [(one["do"], one["outcome"]) for one in run.steps] == [("set", "done"), ("note", "done")]


def test_without_a_rule_that_waits_the_worker_is_not_bothered(max, ticket):
    edit(ticket, max, title="Nobody waits")
    write(max, "ticket.created")
    edit(ticket, max, title="Nobody waits for this")
    assert waiting() == 0


def test_a_rule_that_fails_undoes_nobody_and_the_next_one_runs(max, ticket, monkeypatch):
    def explode(*_: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setitem(doing._STEPS, "note", explode)
    write(max, "ticket.edited", NOTE, HIGH, name="Broken")
    write(max, "ticket.edited", {"do": "set", "field": "planned_minutes", "value": 30}, name="Sound")
    edit(ticket, max, title="Still here")
    work()
    now = fresh(ticket)
    assert (now.title, now.priority, now.planned_minutes) == ("Still here", 2, 30)
    assert ("Broken", "failed") in runs(max) and ("Sound", "done") in runs(max)
    with acting(max):
        told = RuleRun.objects.filter(rule_name="Broken").order_by("pk").first()
        assert told.steps[0] == {"do": "note", "outcome": "failed", "code": "ZeroDivisionError"}


def test_o1_a_worker_that_dies_between_two_steps_leaves_nothing_and_the_next_does_all(max, ticket, monkeypatch):
    write(max, "ticket.edited", HIGH, NOTE, conditions=if_all(row("text", "contains", "once")))
    edit(ticket, max, title="Just once")
    real = doing._STEPS["note"]

    def dies(*_: Any) -> Any:
        raise OperationalError("the connection is gone")

    monkeypatch.setitem(doing._STEPS, "note", dies)
    journal.work()
    assert (fresh(ticket).priority, runs(max)) == (3, [])
    monkeypatch.setitem(doing._STEPS, "note", real)
    with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=True):
        work()
    with acting(max):
        assert fresh(ticket).priority == 2
        assert Note.objects.filter(ticket=ticket).count() == RuleRun.objects.count()
        first = RuleRun.objects.order_by("pk").first()
        assert RuleRun.objects.filter(entry_id=first.entry_id).count() == 1


def test_o1_two_workers_with_the_same_job_run_the_rule_once(max, ticket):
    write(max, "ticket.assigned")
    with acting(max) as by:
        services.assign(ticket, max, by=by)
        job = leases.claim(Job, Job.objects.get().pk)
    with time_machine.travel(timezone.now() + leases.LEASE * 2, tick=True):
        work()
        with acting(max), pytest.raises(leases.Overtaken):
            journal._tell_later(job)
    assert runs(max) == [("ticket.assigned", "done")]
    with acting(max):
        assert Note.objects.filter(ticket=ticket).count() == 1


def test_a11_the_worker_runs_two_companies_jobs_one_after_the_other_without_leaking(max, ticket, sam, atlas):
    with acting(sam) as by:
        Queue.objects.create(name="Atlas desk", is_default=True)
        theirs = services.create(by=by, title="Atlas ticket", company=Company.objects.create(name="Acme"))
    write(max, "ticket.assigned", {"do": "note", "text": "{us}: {ticket.title}"}, name="Ours")
    write(sam, "ticket.assigned", {"do": "note", "text": "{us}: {ticket.title}"}, name="Theirs")
    for member, one in ((max, ticket), (sam, theirs)):
        with acting(member) as by:
            services.assign(Ticket.objects.get(pk=one.pk), member, by=by)
    work()
    assert scope.current() is None
    assert (runs(max), runs(sam)) == ([("Ours", "done")], [("Theirs", "done")])
    with acting(max):
        assert list(Note.objects.values_list("text", flat=True)) == ["Nordlicht IT: VPN drops every morning"]
    with acting(sam):
        assert list(Note.objects.values_list("text", flat=True)) == ["Atlas Support: Atlas ticket"]


# As it is then --------------------------------------------------------------------------------------------------------
def test_a_rule_switched_off_between_the_event_and_its_turn_does_nothing(max, ticket):
    made = write(max, "ticket.edited")
    edit(ticket, max, title="Too late")
    with acting(max) as by:
        rules.switch(made, False, by=by)
    work()
    assert runs(max) == []


def test_a_rule_changed_between_the_event_and_its_turn_does_the_new_thing(max, ticket):
    made = write(max, "ticket.assigned")
    with acting(max) as by:
        services.assign(ticket, max, by=by)
        wanted = rules.Wanted(made.name, made.event, steps=[HIGH])
        rules.save(made, wanted, by=by, version=made.version)
    work()
    assert fresh(ticket).priority == 2
    with acting(max):
        assert RuleRun.objects.get().version == 3
        assert not Note.objects.exists()


def test_a_rule_deleted_meanwhile_does_nothing_and_what_is_deleted_can_be_taken_back(max, ticket):
    made = write(max, "ticket.edited")
    edit(ticket, max, title="Gone")
    with acting(max) as by:
        rules.delete(made, by=by)
    work()
    assert runs(max) == []
    with acting(max) as by:
        back = rules.restore(made, by=by)
        assert (back.deleted_at, back.is_active) == (None, False)


def test_rules_are_tried_in_their_order_and_see_what_the_former_did(max, ticket):
    write(max, "ticket.assigned", HIGH, name="First")
    second = write(max, "ticket.assigned", NOTE, name="Second", conditions=if_all(row("priority", "is", ["2"])))
    with acting(max) as by:
        services.assign(ticket, max, by=by)
    work()
    assert runs(max) == [("First", "done"), ("Second", "done")]
    with acting(max) as by:
        rules.shift(second, True, by=by)
        assert list(Rule.objects.order_by("position").values_list("name", flat=True)) == ["Second", "First"]


# Loops ----------------------------------------------------------------------------------------------------------------
def test_a_rule_that_triggers_itself_stops_at_a_depth_and_says_so(max, ticket):
    write(max, "ticket.edited", {"do": "set", "field": "title", "value": "{ticket.title}!"}, name="Excited")
    edit(ticket, max, title="Hello")
    work()
    assert runs(max) == [("Excited", "done")] * running.DEEPEST + [("Excited", "loop")]
    assert fresh(ticket).title == "Hello" + "!" * running.DEEPEST
    with acting(max):
        last = RuleRun.objects.order_by("-pk").first()
        assert (last.depth, last.steps) == (running.DEEPEST, [])


def test_two_rules_that_trigger_each_other_stop_as_well(max, ticket):
    one = {"do": "set", "field": "title", "value": "{ticket.title}a"}
    two = {"do": "set", "field": "description", "value": "{ticket.title}b"}
    write(max, "ticket.edited", one, name="Ping", setting={"field": "description"})
    write(max, "ticket.edited", two, name="Pong", setting={"field": "title"})
    edit(ticket, max, title="Go")
    work()
    names = [name for name, outcome in runs(max)]
    assert names == ["Pong", "Ping"] * 3
    assert [outcome for _name, outcome in runs(max)] == ["done"] * running.DEEPEST + ["loop"]


def test_a_rule_that_sets_what_is_so_already_ends_by_itself(max, ticket):
    write(max, "ticket.edited", HIGH)
    edit(ticket, max, title="Quiet")
    work()
    assert [outcome for _name, outcome in runs(max)] == ["done", "done"]
    assert steps_of(max)[0]["said"] == "nothing"


# Limits and switches --------------------------------------------------------------------------------------------------
def test_beyond_its_limit_a_rule_pauses_itself_and_tells_the_administrators_once(max, ticket):
    made = write(max, "ticket.edited", NOTE, name="Chatty", limit=2)
    for n in range(4):
        edit(ticket, max, title=f"Title {n}")
        work()
    assert runs(max) == [("Chatty", "done"), ("Chatty", "done"), ("Chatty", "limit")]
    with acting(max) as by:
        made.refresh_from_db()
        assert made.paused_at is not None
        told = OutgoingMail.objects.filter(code="rule_paused")
        assert [one.to_address for one in told] == ["max@nordlicht.example"]
        assert "Chatty" in told[0].subject and "/nordlicht/rules/" in told[0].text
        rules.switch(made, True, by=by)
    edit(ticket, max, title="Once more")
    work()
    assert runs(max)[-1] == ("Chatty", "done"), "who switches it on again means it"


def test_the_limit_counts_an_hour(max, ticket):
    write(max, "ticket.edited", NOTE, name="Steady", limit=1)
    edit(ticket, max, title="Now")
    work()
    with time_machine.travel(timezone.now() + timedelta(minutes=61), tick=True):
        edit(ticket, max, title="Later")
        work()
    assert runs(max) == [("Steady", "done"), ("Steady", "done")]


def test_the_company_s_switch_stops_all_its_rules_and_no_other_s(max, ticket, sam):
    write(max, "ticket.edited")
    with acting(max) as by:
        rules.stop_all(True, by=by)
    edit(ticket, max, title="Nothing happens")
    work()
    assert (runs(max), waiting()) == ([], 0)
    with acting(sam):
        assert not running.is_off()
    with acting(max) as by:
        rules.stop_all(False, by=by)
    work()
    assert runs(max) == [], "what happened meanwhile is not made up for"
    edit(ticket, max, title="Again")
    work()
    assert len(runs(max)) == 1


def test_the_installation_s_switch_stops_everybody_s(max, ticket, settings):
    write(max, "ticket.edited")
    edit(ticket, max, title="Queued before")
    settings.RULES = False
    edit(ticket, max, title="Nothing happens")
    assert waiting() == 1
    work()
    assert (runs(max), waiting()) == ([], 0)


# Moments --------------------------------------------------------------------------------------------------------------
def tick(after: timedelta) -> Any:
    """The clock's and the worker's turn at a later moment."""
    moved = time_machine.travel(timezone.now() + after, tick=False)
    moved.start()
    try:
        timers.sweep()
        work()
    finally:
        moved.stop()


def test_no_news_for_some_hours_is_an_event_once(max, ticket):
    write(max, "time.quiet", HIGH, name="Silence", setting={"hours": 48})
    tick(timedelta(hours=47))
    assert runs(max) == []
    tick(timedelta(hours=49))
    assert runs(max) == [("Silence", "done")]
    tick(timedelta(hours=50))
    assert len(runs(max)) == 1
    assert fresh(ticket).priority == 2


def test_a_moment_that_passed_while_the_worker_was_down_comes_late_and_once(max, ticket):
    edit(ticket, max, due_at=timezone.now() + timedelta(hours=10))
    write(max, "time.deadline", NOTE, name="Soon", setting={"hours": 4})
    tick(timedelta(days=3))
    tick(timedelta(days=3, minutes=6))
    assert runs(max) == [("Soon", "done")]


def test_what_lay_before_a_rule_was_switched_on_is_not_its_business(max, ticket):
    edit(ticket, max, due_at=timezone.now() + timedelta(hours=1))
    write(max, "time.deadline", NOTE, setting={"hours": 4})
    tick(timedelta(minutes=6))
    assert runs(max) == []


def test_a_deadline_that_is_set_within_the_hours_counts_at_once(max, ticket):
    write(max, "time.deadline", NOTE, name="Soon", setting={"hours": 4})
    edit(ticket, max, due_at=timezone.now() + timedelta(hours=30))
    work()
    assert runs(max) == []
    edit(ticket, max, due_at=timezone.now() + timedelta(hours=2))
    work()
    assert runs(max) == [("Soon", "done")]


def test_the_clock_of_a_rule_stops_with_it(max, ticket):
    made = write(max, "time.quiet", setting={"hours": 1})
    with acting(max) as by:
        assert Timer.objects.filter(kind=running.TICK, subject_id=made.pk).exists()
        rules.switch(made, False, by=by)
        assert not Timer.objects.filter(kind=running.TICK).exists()


# The log --------------------------------------------------------------------------------------------------------------
def test_runs_are_kept_for_the_time_the_company_says(max, ticket):
    write(max, "ticket.edited")
    edit(ticket, max, title="Remember me")
    work()
    with acting(max) as by:
        rules.keep_runs(30, by=by)
    tick(timedelta(days=29))
    assert len(runs(max)) == 1
    tick(timedelta(days=31))
    assert runs(max) == []


def test_who_does_not_manage_rules_writes_and_switches_none(max, ada, ticket):
    made = write(max, "ticket.edited", on=False)
    with acting(ada) as by:
        for verb in (
            lambda: rules.save(None, rules.Wanted("x", "ticket.edited", steps=[NOTE]), by=by),
            lambda: rules.switch(made, True, by=by),
            lambda: rules.delete(made, by=by),
            lambda: rules.duplicate(made, by=by),
            lambda: rules.stop_all(True, by=by),
            lambda: rules.shift(made, True, by=by),
        ):
            with pytest.raises(Denied):
                verb()
        assert Rule.objects.count() == 1 and not Rule.objects.filter(is_active=True).exists()


def test_a_version_that_is_not_the_present_one_is_refused(max):
    made = write(max, "ticket.edited", on=False)
    with acting(max) as by, pytest.raises(Refused, match="rule_changed_meanwhile"):
        rules.save(made, rules.Wanted("Other", "ticket.edited", steps=[NOTE]), by=by, version=made.version + 1)


def test_every_change_of_a_rule_is_in_the_audit_with_before_and_after(max):
    made = write(max, "ticket.edited", NOTE, name="Old")
    with acting(max) as by:
        rules.save(made, rules.Wanted("New", "ticket.edited", steps=[NOTE]), by=by, version=made.version)
        rules.delete(made, by=by)
        kinds = list(Entry.objects.filter(subject_type="rule").order_by("pk").values_list("kind", flat=True))
        assert kinds == ["rule.added", "rule.switched_on", "rule.changed", "rule.deleted"]
        changed = Entry.objects.get(kind="rule.changed")
        assert (changed.data["old"], changed.data["new"], changed.by_id) == ({"name": "Old"}, {"name": "New"}, max.pk)
