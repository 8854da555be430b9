"""Stopwatches (IT house spec, "Time entries"): one runs, nothing is lost or doubled, whatever is clicked twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client

from psa.directory.models import Company
from psa.journal.models import Entry
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from tests.conftest import acting, needs_postgres, sign_in
from tests.races import race
from tests.tickets.conftest import internal
from tests.tickets.test_pages import DESK, form_of, statements, text_of
from tickets import services
from tickets.composing import LoggedStopwatch
from tickets.models import Stopwatch, Ticket, TimeEntry
from tickets.services import items, stopwatches

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def other(ticket: Ticket, max: Membership) -> Ticket:
    """A second ticket of Max's."""
    with acting(max) as by:
        return services.create(by=by, title="Printer", company=Company.objects.get(), queue=ticket.queue)


def only() -> Stopwatch:
    return Stopwatch.objects.get()


def log(ticket: Ticket, value: str, by: Any, minutes: int = 10) -> Any:
    """A time entry that ends the stopwatch named `value`."""
    part = LoggedStopwatch({"stopwatch": value})
    day = NOON.date()
    return items.add(ticket, "timeentry", internal(ticket), by=by, parts=(part,), minutes=minutes, worked_on=day)


def test_time_adds_up_over_pauses_and_is_rounded_up_to_the_minute(ticket: Ticket, max: Membership) -> None:
    with acting(max) as by, time_machine.travel(NOON, tick=False) as clock:
        found = stopwatches.start(ticket, by=by).stopwatch
        for seconds, expected in ((0, 1), (60, 1), (1, 2)):
            clock.shift(seconds)
            assert only().minutes(datetime.now(UTC)) == expected
        stopwatches.pause(found, by=by)
        clock.shift(3600)
        assert only().elapsed(datetime.now(UTC)) == 61
        stopwatches.resume(found, by=by)
        clock.shift(59)
        assert only().minutes(datetime.now(UTC)) == 2


def test_switching_pauses_the_other_and_keeps_its_time(ticket: Ticket, other: Ticket, max: Membership) -> None:
    with acting(max) as by, time_machine.travel(NOON, tick=False) as clock:
        stopwatches.start(ticket, by=by)
        clock.shift(600)
        started = stopwatches.start(other, by=by)
        assert started.paused is not None and started.paused.ticket_id == ticket.pk
        clock.shift(60)
        shown = [(one.ticket_id, one.is_running, one.elapsed(datetime.now(UTC))) for one in stopwatches.of(by)]
        assert shown == [(other.pk, True, 60), (ticket.pk, False, 600)]


def test_a_click_made_twice_changes_nothing(ticket: Ticket, max: Membership) -> None:
    with acting(max) as by, time_machine.travel(NOON, tick=False) as clock:
        found = stopwatches.start(ticket, by=by).stopwatch
        clock.shift(60)
        for verb in (lambda: stopwatches.start(ticket, by=by), lambda: stopwatches.resume(found, by=by)):
            verb()
            assert (only().seconds, only().running_since) == (0, NOON)
        for _ in range(2):
            stopwatches.pause(found, by=by)
            clock.shift(60)
        assert (only().seconds, only().is_running) == (60, False)
        assert list(
            Entry.objects.filter(kind__startswith="stopwatch").order_by("pk").values_list("kind", flat=True)
        ) == [
            "stopwatch.started",
            "stopwatch.paused",
        ]


def test_one_running_stopwatch_a_member_is_held_by_the_database(ticket: Ticket, other: Ticket, max: Membership) -> None:
    with acting(max) as by:
        stopwatches.start(ticket, by=by)
        with pytest.raises(IntegrityError), transaction.atomic():
            Stopwatch.objects.create(ticket=other, member=max, first_started_at=NOON, running_since=NOON)


def test_it_ends_with_its_entry_and_counts_once(ticket: Ticket, max: Membership) -> None:
    with acting(max) as by, time_machine.travel(NOON, tick=False) as clock:
        found = stopwatches.start(ticket, by=by).stopwatch
        clock.shift(601)
        found = stopwatches.pause(found, by=by)
        entry = log(ticket, f"{found.pk}:{found.version}", by, 11)
        entry.refresh_from_db()
        assert (entry.started_at, entry.ended_at) == (NOON, NOON + timedelta(seconds=601))
        assert not Stopwatch.objects.exists()
        with pytest.raises(Refused, match="stopwatch_is_gone"):
            log(ticket, f"{found.pk}:{found.version}", by, 11)
        assert TimeEntry.objects.count() == 1


def test_what_ran_on_on_another_device_is_not_lost(ticket: Ticket, max: Membership) -> None:
    """Stopped here, run on there, saved here: refused with the time it shows now; discarding likewise."""
    with acting(max) as by, time_machine.travel(NOON, tick=False) as clock:
        stopped = stopwatches.pause(stopwatches.start(ticket, by=by).stopwatch, by=by)
        stopwatches.resume(stopped, by=by)
        clock.shift(1200)
        with pytest.raises(Refused, match="stopwatch_went_on") as refused:
            log(ticket, f"{stopped.pk}:{stopped.version}", by)
        assert refused.value.params["minutes"] == 20
        with pytest.raises(Refused, match="stopwatch_went_on"):
            stopwatches.discard(stopped, stopped.version, by=by)
        assert only().is_running and not TimeEntry.objects.exists()
        stopwatches.discard(only(), only().version, by=by)
        assert not Stopwatch.objects.exists()
        assert Entry.objects.get(kind="stopwatch.discarded").data["seconds"] == 1200


def test_nobody_touches_a_colleagues(ticket: Ticket, max: Membership, in_queue: Membership) -> None:
    with acting(max) as by:
        theirs = stopwatches.start(ticket, by=by).stopwatch
    with acting(in_queue) as by:
        assert stopwatches.of(by) == [] and stopwatches.on(ticket, by) is None
        for verb in (
            lambda: stopwatches.pause(theirs, by=by),
            lambda: stopwatches.resume(theirs, by=by),
            lambda: stopwatches.discard(theirs, theirs.version, by=by),
            lambda: log(ticket, f"{theirs.pk}:{theirs.version}", by),
        ):
            with pytest.raises(Refused, match="stopwatch_is_gone"):
                verb()
        assert not TimeEntry.objects.exists()
    client = sign_in(in_queue)
    for verb in ("pause", "resume", "stop", "discard"):
        assert client.post(f"{DESK}time/stopwatches/{theirs.pk}/{verb}/").status_code == 404
    with acting(max):
        assert only().is_running and only().version == theirs.version


def test_who_cannot_log_time_has_none(ticket: Ticket, people: Callable[[str], Membership]) -> None:
    reader = people("read-only")
    with acting(reader) as by, pytest.raises(Denied):
        stopwatches.start(ticket, by=by)
    assert sign_in(reader).post(f"{DESK}1/stopwatch/").status_code == 403
    with acting(reader):
        assert not Stopwatch.objects.exists()


def test_the_way_of_a_stopwatch_through_the_pages(
    browser: Client, ticket: Ticket, other: Ticket, max: Membership
) -> None:
    """Start, badge on every page, switch, stop, the form with the minutes, saved; and what is discarded asks first."""
    with time_machine.travel(NOON, tick=False) as clock:
        assert 'id="stopwatch"' not in text_of(browser.get(DESK))
        assert browser.post(f"{DESK}1/stopwatch/")["Location"] == f"{DESK}1/"
        clock.shift(25 * 60 + 1)
        for page in (DESK, f"{DESK}2/", "/nordlicht/companies/", "/nordlicht/people/"):
            assert 'data-ticking="1501">0:25<' in text_of(browser.get(page)), page
        answer = browser.post(f"{DESK}2/stopwatch/", {"next": "https://evil.example/"}, follow=True)
        assert answer.redirect_chain[0][0] == f"{DESK}2/"
        assert "The stopwatch on ticket 1 was paused at 0:26 h. Nothing is lost." in text_of(answer)
        with acting(max) as by:
            first = stopwatches.on(ticket, by)
            assert first is not None
        at = browser.post(f"{DESK}time/stopwatches/{first.pk}/stop/")["Location"]
        assert at == f"{DESK}1/?compose=time#composer"
        form = form_of(browser.get(at), "/time/add/")
        assert (form["minutes"], form["stopwatch"]) == ("0:26", f"{first.pk}:{first.version}")
        assert browser.post(f"{DESK}1/time/add/", form | {"minutes": "0:30", "text": "Router"}).status_code == 302
        again = browser.post(f"{DESK}1/time/add/", form | {"minutes": "0:30", "text": "Router and kept"})
        assert again.status_code == 422 and "Router and kept" in text_of(again)
        assert "logged or discarded already" in text_of(again)
        with acting(max):
            assert TimeEntry.objects.get().minutes == 30 and only().ticket_id == other.pk
            second = only().pk
        asked = browser.get(f"{DESK}time/stopwatches/{second}/discard/")
        stale = form_of(asked)
        browser.post(f"{DESK}time/stopwatches/{second}/pause/")
        refused = browser.post(f"{DESK}time/stopwatches/{second}/discard/", stale)
        assert refused.status_code == 409
        assert browser.post(f"{DESK}time/stopwatches/{second}/discard/", form_of(refused)).status_code == 302
        with acting(max):
            assert not Stopwatch.objects.exists()


def test_an_unticked_stopwatch_stays(browser: Client, ticket: Ticket, max: Membership) -> None:
    browser.post(f"{DESK}1/stopwatch/")
    form = form_of(browser.get(f"{DESK}1/?compose=time"), "/time/add/")
    del form["stopwatch"]
    assert browser.post(f"{DESK}1/time/add/", form | {"minutes": "5"}).status_code == 302
    with acting(max):
        assert only().is_running and TimeEntry.objects.get().minutes == 5


def test_one_left_running_over_the_weekend_is_asked_about(browser: Client, ticket: Ticket) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        browser.post(f"{DESK}1/stopwatch/")
        clock.shift(3 * 24 * 3600)
        page = browser.get(f"{DESK}1/?compose=time")
        assert "It was started on" in text_of(page)
        assert form_of(page, "/time/add/")["minutes"] == "24:00"


def test_the_badge_costs_no_statement_however_many_there_are(
    browser: Client, ticket: Ticket, other: Ticket, max: Membership
) -> None:
    none = statements(browser, DESK)
    for one in (ticket, other):
        with acting(max) as by:
            stopwatches.start(one, by=by)
        assert statements(browser, DESK) == none


def test_the_badge_follows_the_tickets_title(browser: Client, ticket: Ticket, max: Membership) -> None:
    with acting(max) as by:
        stopwatches.start(ticket, by=by)
        services.edit(ticket, by=by, title="Renamed meanwhile")
    assert "Renamed meanwhile" in text_of(browser.get("/nordlicht/companies/"))


# At the same moment ---------------------------------------------------------------------------------------------------
def _answers(member: Membership, *calls: Callable[[Any], Any]) -> list[Any]:
    def run(call: Callable[[Any], Any]) -> Callable[[], Any]:
        def one() -> Any:
            with acting(member) as by:
                return call(by)

        return one

    answers = race(*[run(call) for call in calls])
    assert all(not isinstance(answer, Exception) or isinstance(answer, Refused) for answer in answers), answers
    return answers


@needs_postgres
@pytest.mark.django_db(transaction=True)
def test_two_devices_start_at_once_and_one_runs(ticket: Ticket, other: Ticket, max: Membership) -> None:
    calls = [lambda by, at=at: stopwatches.start(at, by=by) for at in (ticket, other) * 4]
    _answers(max, *calls)
    with acting(max):
        assert Stopwatch.objects.count() == 2
        assert Stopwatch.objects.filter(running_since__isnull=False).count() == 1


@needs_postgres
@pytest.mark.django_db(transaction=True)
def test_logged_in_two_tabs_at_once_it_counts_once(ticket: Ticket, max: Membership) -> None:
    with acting(max) as by:
        found = stopwatches.start(ticket, by=by).stopwatch
    answers = _answers(max, *[lambda by: log(ticket, f"{found.pk}:{found.version}", by)] * 6)
    assert [answer.code for answer in answers if isinstance(answer, Refused)] == ["stopwatch_is_gone"] * 5
    with acting(max):
        assert TimeEntry.objects.count() == 1 and not Stopwatch.objects.exists()


@needs_postgres
@pytest.mark.django_db(transaction=True)
def test_logging_and_running_on_at_once_lose_nothing(ticket: Ticket, max: Membership) -> None:
    """Either the entry was made and there is no stopwatch, or it runs on and there is no entry."""
    for _ in range(4):
        with acting(max) as by:
            found = stopwatches.pause(stopwatches.start(ticket, by=by).stopwatch, by=by)
            before = TimeEntry.objects.count()
        value = f"{found.pk}:{found.version}"
        _answers(max, lambda by, at=value: log(ticket, at, by), lambda by, one=found: stopwatches.resume(one, by=by))
        with acting(max) as by:
            assert (TimeEntry.objects.count() - before) + Stopwatch.objects.count() == 1
            for left in stopwatches.of(by):
                stopwatches.discard(left, left.version, by=by)
