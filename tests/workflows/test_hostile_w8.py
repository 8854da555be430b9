"""W8, W9: silence counts as acceptance only for who was told, heard nothing of, and said nothing."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import transaction

from psa.calendars import services as calendars
from psa.directory.models import Contact
from psa.journal.models import Entry
from psa.tenancy import scope
from psa.timers import timers
from psa.timers.models import Timer
from tests.conftest import acting
from tests.workflows.reviews import BERLIN, MONDAY, PRODUCTION, UNTIL, Stage
from tickets import services
from tickets.models import DispatcherTask, Ticket
from workflows import working_days
from workflows.models import Review
from workflows.services import clock, reviews

GRACE = clock.GRACE


def tasks(stage: Stage) -> list[str]:
    with scope.tenant(stage.member.tenant_id):
        return list(DispatcherTask.objects.open().values_list("code", flat=True))


def test_a_notice_two_reminders_and_then_silence_counts(stage: Stage) -> None:
    stage.bring("submit")
    notice = stage.mails("review_notice")[-1]
    assert "9 March 2026, 10:00 (CET)" in notice.text and "Europe/Berlin" in notice.text
    assert "this counts as accepted and will be invoiced" in notice.text.replace("\n", " ")
    stage.days(7)
    assert stage.ticket.status == "waiting_solution_review"  # the moment itself still is the customer's
    assert stage.kinds() == ["notice", "half", "last"]
    stage.to(UNTIL + GRACE)
    ticket = stage.ticket
    assert (ticket.status, ticket.resolution) == ("closed", "auto_accepted")
    assert stage.mails("review_closed")[-1].to_address == "cleo@hansen.example"
    assert stage.armed() == []
    with scope.tenant(ticket.tenant_id):
        told = Entry.objects.get(kind="ticket.auto_accepted")
        assert told.data["until"] == UNTIL.astimezone(working_days.zone(ticket)).isoformat() or told.data["until"]


def test_reminders_go_out_at_half_time_and_a_working_day_before(stage: Stage) -> None:
    stage.bring("submit")
    stage.days(7)
    told = {mail.code: [] for mail in stage.mails()}
    for mail in stage.mails():
        told[mail.code].append(mail.created_at.astimezone(BERLIN))
    half, last = told["review_reminder"]
    assert half.date() == date(2026, 3, 5) and last == datetime(2026, 3, 6, 10, tzinfo=BERLIN)


def test_w8_a_reply_in_the_same_second_stops_it(stage: Stage) -> None:
    stage.bring("submit")
    stage.days(6)
    stage.at(UNTIL + GRACE)
    stage.wrote()
    stage.work()
    ticket = stage.ticket
    assert ticket.status == "waiting_solution_review" and ticket.answer_needed_since is not None
    assert stage.review.paused_why == "message" and stage.armed() == []


def test_w8_a_reply_sent_in_the_last_second_and_read_later_still_counts(stage: Stage) -> None:
    """The mail is fetched after the moment told, within the grace."""
    stage.bring("submit")
    stage.days(6)
    stage.to(UNTIL + GRACE - timedelta(seconds=1))
    stage.wrote()
    stage.to(UNTIL + GRACE + timedelta(days=1))
    assert stage.ticket.status == "waiting_solution_review"


def test_w8_a_reply_the_journal_did_not_see_is_seen_under_the_lock(stage: Stage) -> None:
    stage.bring("submit")
    stage.days(6)
    with scope.tenant(stage.member.tenant_id):
        Ticket.objects.filter(pk=stage.pk).update(answer_needed_since=UNTIL)
    stage.to(UNTIL + GRACE)
    assert (stage.ticket.status, stage.review.paused_why) == ("waiting_solution_review", "message")


@pytest.mark.parametrize("code", ["review_notice", "review_reminder"])
@pytest.mark.parametrize("bounced", [True, False])
def test_w8_a_mail_that_did_not_arrive_pauses_and_calls_a_dispatcher(stage: Stage, code: str, bounced: bool) -> None:
    if not bounced:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("psa.mail.sending.send_due", lambda: 0)
            stage.bring("submit")
            if code == "review_reminder":
                stage.to(datetime(2026, 3, 6, 10, tzinfo=BERLIN))
            stage.lose(code, bounced=False)
        stage.work()
    else:
        stage.bring("submit")
        if code == "review_reminder":
            stage.days(5)
        stage.lose(code)
    stage.days(12)
    assert stage.ticket.status == "waiting_solution_review"
    assert (stage.review.paused_why, tasks(stage)) == ("undelivered", ["review_undelivered"])


def test_w8_after_the_address_is_right_a_full_new_period_begins(stage: Stage) -> None:
    stage.bring("submit")
    stage.lose("review_notice")
    thursday = MONDAY + timedelta(days=3)
    stage.at(thursday)
    with acting(stage.member) as by:
        reviews.resume(stage.ticket, by=by)
    stage.work()
    assert tasks(stage) == []
    assert stage.review.until == datetime(2026, 3, 12, 10, tzinfo=BERLIN)
    stage.days(8)
    assert stage.ticket.resolution == "auto_accepted"


def test_w8_the_clocks_change_and_the_time_told_stays(stage: Stage) -> None:
    """In the night to 29 March 2026 an hour is missing: ten o'clock stays ten o'clock."""
    stage.at(datetime(2026, 3, 26, 10, tzinfo=BERLIN))
    stage.bring("submit")
    until = datetime(2026, 4, 2, 10, tzinfo=BERLIN)
    assert stage.review.until == until and until.utcoffset() == timedelta(hours=2)
    assert "2 April 2026, 10:00 (CEST)" in stage.mails("review_notice")[-1].text


def day_of_ones_own(stage: Stage, day: date, *, worked: bool) -> None:
    """What Nordlicht's calendar says of one day."""
    with acting(stage.member) as by:
        calendars.put_day(calendars.default(), day, by=by, windows=None if worked else ())


def test_w8_a_time_of_the_day_that_is_skipped_is_an_hour_later(stage: Stage) -> None:
    """Where people work on that Sunday, half past two does not come."""
    day_of_ones_own(stage, date(2026, 3, 29), worked=True)
    with acting(stage.member):
        found = working_days.after(stage.ticket, 1, datetime(2026, 3, 28, 2, 30, tzinfo=BERLIN))
    assert found == datetime(2026, 3, 29, 3, 30, tzinfo=BERLIN)


def test_w8_a_holiday_added_after_arming_moves_it_later_with_notice(stage: Stage) -> None:
    stage.bring("submit")
    day_of_ones_own(stage, date(2026, 3, 4), worked=False)
    stage.days(7)
    stage.to(UNTIL + GRACE)
    assert stage.ticket.status == "waiting_solution_review"
    assert stage.review.until == datetime(2026, 3, 10, 10, tzinfo=BERLIN)
    assert stage.kinds() == ["notice", "moved", "half", "last"]
    assert "10 March 2026" in stage.mails("review_notice")[-1].text
    stage.to(datetime(2026, 3, 10, 10, tzinfo=BERLIN) + GRACE)
    assert stage.ticket.resolution == "auto_accepted"


def test_w8_a_holiday_taken_away_moves_nothing_earlier(stage: Stage) -> None:
    day_of_ones_own(stage, date(2026, 3, 4), worked=False)
    stage.bring("submit")
    with acting(stage.member) as by:
        calendars.drop_day(calendars.default(), date(2026, 3, 4), by=by)
    told = stage.review.until
    stage.days(7)
    stage.to(UNTIL + GRACE)
    assert (stage.ticket.status, stage.review.until) == ("waiting_solution_review", told)


def test_w8_the_worker_is_down_for_three_days_and_it_fires_once_late(stage: Stage) -> None:
    """Everything was told before; the end was missed."""
    stage.bring("submit")
    stage.days(6)
    stage.to(UNTIL + timedelta(days=3))
    stage.work()
    assert stage.ticket.resolution == "auto_accepted"
    assert len(stage.mails("review_closed")) == 1


def test_w8_a_reminder_the_worker_missed_is_sent_first_with_a_later_date(stage: Stage) -> None:
    """Down from Wednesday until the Thursday after: nobody is taken at their silence without the last reminder."""
    stage.bring("submit")
    stage.days(1)
    thursday = UNTIL + timedelta(days=3)
    stage.to(thursday)
    assert stage.ticket.status == "waiting_solution_review"
    monday = datetime(2026, 3, 16, 10, tzinfo=BERLIN)
    assert (stage.review.until, stage.kinds()) == (monday, ["notice", "last"])
    assert "16 March 2026" in stage.mails("review_reminder")[-1].text
    stage.to(monday + GRACE)
    assert stage.ticket.resolution == "auto_accepted"


def test_w8_a_notice_that_left_late_moves_the_end(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("psa.mail.sending.send_due", lambda: 0)
        stage.bring("submit")
    stage.to(MONDAY + timedelta(days=2))
    stage.days(6)
    assert stage.review.until == datetime(2026, 3, 11, 10, tzinfo=BERLIN)
    assert stage.ticket.status == "waiting_solution_review"


def test_w8_two_sweepers_close_it_once(stage: Stage) -> None:
    stage.bring("submit")
    stage.days(6)
    stage.at(UNTIL + GRACE)
    review = stage.review
    for _ in range(2):
        with acting(stage.member), transaction.atomic():
            clock.step(review.pk)
    with scope.tenant(stage.member.tenant_id):
        assert Entry.objects.filter(kind="ticket.auto_accepted").count() == 1


def test_w8_a_clock_that_is_fast_closes_nothing_before_the_moment_told(stage: Stage) -> None:
    """A worker whose clock is ten minutes ahead comes at the moment told, not before."""
    stage.bring("submit")
    stage.days(6)
    stage.to(UNTIL - timedelta(seconds=1) + timedelta(minutes=10))
    assert stage.ticket.status == "waiting_solution_review"


def test_w8_a_timer_that_is_early_does_nothing(stage: Stage) -> None:
    stage.bring("submit")
    with acting(stage.member), transaction.atomic():
        clock.step(stage.review.pk)
    assert (stage.ticket.status, stage.kinds()) == ("waiting_solution_review", ["notice"])
    assert stage.armed() == [clock.STEP]


def test_w8_a_ticket_merged_meanwhile_is_left_alone(stage: Stage) -> None:
    stage.bring("submit")
    review = stage.review
    with acting(stage.member) as by:
        other = services.create(by=by, title="The same", company=stage.ticket.company, queue=stage.ticket.queue)
        services.merging.merge(stage.ticket, other, by=by)
    assert stage.armed() == []
    stage.at(UNTIL + timedelta(days=1))
    with acting(stage.member), transaction.atomic():
        clock.step(review.pk)
    assert (stage.ticket.resolution, stage.mails("review_closed")) == ("duplicate", [])


def test_w8_a_ticket_in_another_stay_is_left_alone(stage: Stage) -> None:
    stage.bring("submit")
    first = stage.review
    stage.bring("take_back", "submit")
    stage.at(UNTIL + GRACE)
    with acting(stage.member), transaction.atomic():
        clock.step(first.pk)
    assert stage.ticket.status == "waiting_solution_review"
    assert stage.mails("review_closed") == []


@pytest.mark.parametrize("weight", ["thanks", "automatic"])
def test_w9_thanks_and_out_of_office_do_not_stop_it(stage: Stage, weight: str) -> None:
    stage.bring("submit")
    stage.days(2)
    stage.wrote(weight)
    stage.days(5)
    stage.to(UNTIL + GRACE)
    assert stage.ticket.resolution == "auto_accepted"


def test_w9_a_one_word_no_stops_it_and_an_answer_is_owed(stage: Stage) -> None:
    stage.bring("submit")
    stage.days(2)
    stage.wrote("no")
    stage.days(10)
    assert stage.ticket.status == "waiting_solution_review" and stage.ticket.answer_needed_since is not None


def test_our_answer_arms_a_full_new_period_with_a_new_notice(stage: Stage) -> None:
    stage.bring("submit")
    stage.days(2)
    stage.wrote()
    stage.answer("internal")
    assert stage.review.paused_why == "message"
    stage.answer()
    assert (stage.ticket.answer_needed_since, stage.review.paused_why) == (None, "")
    assert stage.review.until == datetime(2026, 3, 11, 10, tzinfo=BERLIN)
    assert stage.kinds()[-1] == "notice" and "begins anew" in stage.mails("review_notice")[-1].text


def test_our_words_without_a_question_change_nothing(stage: Stage) -> None:
    stage.bring("submit")
    stage.days(2)
    stage.answer()
    assert (stage.review.until, stage.kinds()) == (UNTIL, ["notice"])


def test_production_is_reviewed_as_the_solution_was(stage: Stage) -> None:
    stage.bring(*PRODUCTION[2:])
    assert stage.ticket.status == "waiting_production_review"
    stage.days(8)
    assert stage.ticket.resolution == "auto_accepted"
    with scope.tenant(stage.member.tenant_id):
        assert Review.objects.filter(ended_at=None).count() == 0 and Timer.objects.count() == 0


def test_who_has_no_address_is_told_of_nothing_and_a_dispatcher_is(stage: Stage, accepter: Contact) -> None:
    with scope.tenant(accepter.tenant_id):
        Contact.objects.filter(pk=accepter.pk).update(email="")
    stage.bring("submit")
    stage.days(12)
    assert (stage.review.paused_why, tasks(stage)) == ("untold", ["review_untold"])
    assert stage.ticket.status == "waiting_solution_review"


def test_another_contact_is_told_and_has_a_full_period(stage: Stage, accepter: Contact) -> None:
    stage.bring("submit")
    stage.days(2)
    with acting(stage.member) as by:
        other = Contact.objects.create(company=stage.ticket.company, name="Jan", email="jan@hansen.example")
        services.edit(stage.ticket, by=by, version=stage.ticket.version, contact=other)
    stage.days(5)
    stage.to(UNTIL + GRACE)
    assert stage.ticket.status == "waiting_solution_review"
    assert stage.mails("review_notice")[-1].to_address == "jan@hansen.example"


def test_a_sweep_of_timers_runs_through(stage: Stage) -> None:
    """The real way of a timer: leased, fired in its tenant, settled."""
    stage.bring("submit")
    stage.at(UNTIL + timedelta(days=3))
    assert timers.sweep() == 1
    assert timers.sweep() == 0
