"""Trying a rule on past tickets changes nothing at all, and says what would have been done."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from psa.journal import journal
from psa.tenancy import scope
from psa.tenancy.errors import Denied
from psa.tenancy.models import Membership
from tests.conftest import acting, sign_in
from tests.workflows.conftest import HIGH, NOTE, if_all, letter, row, write
from tickets import services
from tickets.models import Ticket
from tickets.services import checklist_templates
from tickets.services.checklist_templates import ItemDraft
from workflows.models import Rule, RuleRun
from workflows.services import trying

pytestmark = pytest.mark.django_db
# Counters of the database itself, and what any page view of a signed-in person leaves.
NOT_COMPARED = {"sqlite_sequence", "django_session"}


def database() -> dict[str, list[Any]]:
    """Every row of every table."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table not in NOT_COMPARED:
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
                found[table] = sorted(map(repr, cursor.fetchall()))
    return found


@pytest.fixture
def busy(max: Membership, ticket: Ticket) -> Any:
    """A rule that does everything a rule can, switched on, and three tickets of the past."""
    with acting(max) as by:
        template = checklist_templates.save(None, "Backup", {}, [ItemDraft("Look")], by=by)
        for n in range(2):
            made = services.create(
                by=by, title=f"Old {n}", company=ticket.company, queue=ticket.queue, contact=ticket.contact
            )
            services.accept(made, by=by)
    sent = letter(max)
    steps = [
        HIGH,
        {"do": "set", "field": "title", "value": "{ticket.title}!"},
        {"do": "assign", "to": "role:creator"},
        {"do": "move", "move": "accept", "text": ""},
        {"do": "move", "move": "close", "text": "done"},
        NOTE,
        {"do": "mail", "template": sent.pk, "to": ["creator", "contact", "partners"]},
        {"do": "checklist", "template": template.pk},
        {"do": "watch", "who": "role:creator"},
        {"do": "offer", "partnership": 1},
    ]
    return write(max, "ticket.created", *steps, name="Everything")


def test_a_dry_run_changes_nothing_proved_by_every_row_of_the_database(
    max, ticket, busy, django_capture_on_commit_callbacks
):
    today = timezone.localdate()
    before = database()
    with acting(max) as by, django_capture_on_commit_callbacks() as callbacks:
        for trials in (
            trying.on_numbers(busy, [1, 2, 3, 99], by=by),
            trying.in_period(busy, today - timedelta(days=1), today, by=by),
        ):
            assert [one.matches for one in trials] == [True] * 3
            assert all(len(one.steps) == 10 for one in trials)
    assert database() == before
    assert callbacks == [], "nothing is nudged either"


def test_a_dry_run_on_the_page_changes_nothing_either(max, ticket, busy):
    browser = sign_in(max)
    with scope.platform("test: language"):
        max.user.language = "en"
        max.user.save()
    browser.get("/nordlicht/rules/")
    before = database()
    page = browser.get(f"/nordlicht/rules/{busy.pk}/try/?numbers=1,2").content.decode()
    assert database() == before
    assert "It would have run on 2 of 2 tickets" in page
    assert "set priority to High" in page and "wrote an internal note" in page and "wrote 1 mail" in page


def test_what_would_be_done_is_what_is_done_then(max, ticket, busy):
    """The same steps on the same ticket say the same, tried and run."""
    with acting(max) as by:
        fresh = Ticket.objects.get(pk=ticket.pk)
        (trial,) = trying.on_numbers(busy, [fresh.number], by=by)
        journal.record(fresh, "ticket.created", by=by, source="phone")
        Rule.objects.filter(pk=busy.pk).update(limit=1)
    while journal.work():
        pass
    with acting(max):
        run = RuleRun.objects.filter(ticket=ticket).order_by("pk").first()
        assert [{**one, "params": None} for one in run.steps] == [{**one, "params": None} for one in trial.steps]
        assert {one["outcome"] for one in run.steps} == {"done", "refused"}


def test_who_would_not_match_is_shown_with_why(max, ticket):
    made = write(max, "ticket.moved", NOTE, conditions=if_all(row("priority", "is", ["1"])))
    with acting(max) as by:
        one = services.create(by=by, title="Moved", company=ticket.company, queue=ticket.queue)
        services.accept(one, by=by)
        trials = trying.on_numbers(made, [ticket.number, one.number], by=by)
        told = {trial.ticket.number: (trial.happened is not None, trial.holds, trial.steps) for trial in trials}
        assert told == {ticket.number: (False, False, []), one.number: (True, False, [])}


def test_moments_are_tried_as_well(max, ticket):
    made = write(max, "time.quiet", NOTE, setting={"hours": 48})
    with acting(max) as by:
        today = timezone.localdate()
        assert not any(one.matches for one in trying.in_period(made, today, today, by=by))
        Ticket.objects.filter(pk=ticket.pk).update(last_activity=timezone.now() - timedelta(hours=49))
        assert [one.matches for one in trying.on_numbers(made, [ticket.number], by=by)] == [True]


def test_only_who_manages_rules_tries_them_and_only_on_tickets_they_see(max, ada, ticket, sam):
    made = write(max, "ticket.created", NOTE)
    with acting(ada) as by, pytest.raises(Denied):
        trying.on_numbers(made, [1], by=by)
    with acting(sam) as by:
        assert trying.on_numbers(made, [1], by=by) == [], "another company's tickets are not there"


def test_who_only_looks_in_sees_what_matches_and_nothing_is_even_tried(max, ticket, busy):
    with acting(max) as by, scope.reading():
        (trial,) = trying.on_numbers(busy, [1], by=by)
        assert (trial.matches, trial.is_tried, trial.steps) == (True, False, [])
