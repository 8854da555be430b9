"""The journal: every fact once, in the same breath or not at all; who listens afterwards cannot undo the author."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.utils import timezone

from psa import leases
from psa.directory.models import Company
from psa.journal import journal
from psa.journal.models import Entry, Job
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from tests.conftest import acting


@pytest.fixture(autouse=True)
def nobody_else_listens(monkeypatch):
    for registry in ("_subscribers", "_listeners", "_listening"):
        monkeypatch.setattr(journal, registry, {})


@pytest.fixture
def by(ada):
    with acting(ada) as actor:
        yield actor


@pytest.fixture
def company(by) -> Company:
    return Company.objects.create(name="Reederei")


def kinds() -> list[str]:
    return list(Entry.objects.order_by("pk").values_list("kind", flat=True))


def test_an_entry_says_what_who_and_because_of_what(company, by, ada):
    first = journal.record(company, "company.renamed", by=by, old="Reederei", subject="kept", kind="kept too")
    second = journal.record(company, "company.noticed", by=by.because(first))
    assert (first.subject_type, first.subject_id, first.by_id, first.by_name) == (
        "company",
        company.pk,
        ada.pk,
        "Ada Brandt",
    )
    assert first.data == {"old": "Reederei", "subject": "kept", "kind": "kept too"}
    assert (first.cause_id, second.cause_id) == (None, first.pk)


@pytest.mark.django_db(transaction=True)
def test_a_fact_outside_a_transaction_is_refused(company, by):
    with pytest.raises(RuntimeError):
        journal.record(company, "company.renamed", by=by)
    assert kinds() == []


def test_nobody_acts_in_another_tenant(company, by, baltic):
    with scope.tenant(baltic), pytest.raises(scope.WrongScope):
        journal.record(company, "company.renamed", by=by)


def test_the_partner_is_named_with_its_company(company, by):
    entry = journal.record(company, "company.renamed", by=Actor.partner("Gunta", "Baltic Service"))
    assert (entry.by_id, entry.by_name, entry.by_kind) == (None, "Gunta (Baltic Service)", "partner")


def test_an_entry_is_never_changed_nor_removed(company, by):
    entry = journal.record(company, "company.renamed", by=by)
    entry.kind = "company.praised"
    for change in (
        entry.save,
        entry.delete,
        Entry.objects.all().delete,
        lambda: Entry.objects.update(kind="company.praised"),
        lambda: Entry.objects.bulk_update([entry], ["kind"]),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert kinds() == ["company.renamed"]


# In the same breath -----------------------------------------------------------------------------------------------


def test_subscribers_hear_their_kind_their_noun_or_all(company, by):
    heard = []
    journal.subscribe("company.renamed", lambda entry: heard.append("kind"))
    journal.subscribe("company.*", lambda entry: heard.append("noun"))
    journal.subscribe("*", lambda entry: heard.append("all"))
    journal.subscribe("ticket.*", lambda entry: heard.append("never"))
    journal.record(company, "company.renamed", by=by)
    assert heard == ["kind", "noun", "all"]


def test_what_fails_in_a_subscriber_takes_the_author_along(company, by):
    def refuse(entry):
        Company.objects.create(name="written by the subscriber")
        raise KeyError

    journal.subscribe("company.renamed", refuse)
    with pytest.raises(KeyError), transaction.atomic():
        Company.objects.update(name="Werft")
        journal.record(company, "company.renamed", by=by)
    assert [c.name for c in Company.objects.all()] == ["Reederei"]
    assert (kinds(), Job.objects.count()) == ([], 0)
    journal._subscribers.clear()
    journal.record(company, "company.renamed", by=by)
    assert kinds() == ["company.renamed"], "nothing of the failed telling waits in the next one"


def test_consequences_are_told_breadth_first(company, by):
    told = []

    def cause(*kinds):
        def listener(entry):
            told.append(f"{entry.kind}>{'+'.join(kinds)}")
            for kind in kinds:
                journal.record(company, kind, by=by.because(entry))

        return listener

    journal.subscribe("a.done", cause("b.done", "c.done"))
    journal.subscribe("b.done", cause("d.done"))
    journal.subscribe("c.done", cause("e.done"))
    journal.subscribe("*", lambda entry: told.append(entry.kind))
    journal.record(company, "a.done", by=by)
    assert [one for one in told if ">" not in one] == ["a.done", "b.done", "c.done", "d.done", "e.done"]
    by_kind = {entry.kind: entry for entry in Entry.objects.all()}
    assert by_kind["e.done"].cause_id == by_kind["c.done"].pk
    assert by_kind["c.done"].cause_id == by_kind["a.done"].pk


def test_a_consequence_that_was_taken_back_is_not_told(company, by):
    heard = []

    def try_and_give_up(entry):
        try:
            with transaction.atomic():
                journal.record(company, "company.tried", by=by.because(entry))
                raise KeyError
        except KeyError:
            pass

    journal.subscribe("company.renamed", try_and_give_up)
    journal.subscribe("company.tried", heard.append)
    journal.afterwards("company.tried", heard.append)
    journal.record(company, "company.renamed", by=by)
    assert (heard, kinds(), Job.objects.count()) == ([], ["company.renamed"], 0)


def test_who_answers_its_own_news_is_stopped_and_nothing_remains(company, by):
    journal.subscribe("company.renamed", lambda entry: journal.record(company, "company.renamed", by=by.because(entry)))
    with pytest.raises(journal.TooDeep), transaction.atomic():
        journal.record(company, "company.renamed", by=by)
    assert kinds() == []


def test_eight_consequences_in_a_row_are_fine(company, by):
    def next_one(entry):
        step = entry.data["step"]
        if step < journal.DEPTH:
            journal.record(company, "company.renamed", by=by.because(entry), step=step + 1)

    journal.subscribe("company.renamed", next_one)
    journal.record(company, "company.renamed", by=by, step=1)
    assert len(kinds()) == journal.DEPTH


# Afterwards -------------------------------------------------------------------------------------------------------


def remember(entry: Entry) -> None:
    Company.objects.create(name=f"heard {entry.kind}")


def fail(entry: Entry) -> None:
    Company.objects.create(name="half-done")
    raise leases.Temporary("not_now")


def names() -> list[str]:
    return list(Company.objects.exclude(name="Reederei").order_by("pk").values_list("name", flat=True))


def test_afterwards_the_worker_tells_each_listener_once(company, by):
    journal.afterwards("company.renamed", remember)
    journal.record(company, "company.renamed", by=by)
    assert names() == [], "not with the author"
    assert journal.work() == 1
    assert journal.work() == 0
    assert names() == ["heard company.renamed"]
    assert not Job.objects.exists()


def test_one_listener_may_listen_to_two_kinds(company, by):
    journal.afterwards("company.renamed", remember)
    journal.afterwards("company.removed", remember)
    for kind in ("company.renamed", "company.removed"):
        journal.record(company, kind, by=by)
    journal.work()
    assert sorted(names()) == ["heard company.removed", "heard company.renamed"]


def test_a_listener_named_twice_hears_once(company, by):
    journal.afterwards("company.renamed", remember)
    journal.afterwards("company.*", remember)
    journal.record(company, "company.renamed", by=by)
    assert journal.work() == 1


def test_the_authors_rollback_leaves_no_job(company, by):
    journal.afterwards("company.renamed", remember)
    with pytest.raises(KeyError), transaction.atomic():
        journal.record(company, "company.renamed", by=by)
        raise KeyError
    assert (journal.work(), names()) == (0, [])


def test_a_failing_listener_leaves_nothing_and_is_tried_again_without_delaying_others(company, by):
    journal.afterwards("company.renamed", fail)
    journal.afterwards("company.renamed", remember)
    journal.record(company, "company.renamed", by=by)
    assert journal.work() == 1
    assert names() == ["heard company.renamed"]
    job = Job.objects.get()
    assert (job.attempts, job.error, job.is_parked) == (1, "not_now", False)
    for _ in range(leases.Leased.tries):
        Job.objects.filter(parked_at=None).update(due=timezone.now())
        journal.work()
    assert Job.objects.get().is_parked
    assert kinds() == ["company.renamed"], "it cannot undo the author"


def test_o3_a_listener_from_tomorrow_waits_without_an_attempt(company, by):
    journal.afterwards("company.renamed", remember)
    journal.record(company, "company.renamed", by=by)
    known = dict(journal._listeners)
    journal._listeners.clear()
    assert journal.work() == 0
    assert (Job.objects.get().attempts, Job.objects.get().error) == (0, "not_yet")
    journal._listeners.update(known)
    with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=True):
        assert journal.work() == 1


def test_o1_a_stalled_listener_leaves_nothing(company, by):
    journal.afterwards("company.renamed", remember)
    journal.record(company, "company.renamed", by=by)
    stalled = leases.claim(Job, Job.objects.get().pk)
    with time_machine.travel(timezone.now() + leases.LEASE * 2, tick=True):
        assert journal.work() == 1
        with pytest.raises(leases.Overtaken):
            journal._tell_later(stalled)
    assert names() == ["heard company.renamed"]
