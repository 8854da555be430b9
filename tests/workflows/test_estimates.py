"""Estimates from being sent to being decided: rows 6 to 11 of the lifecycle, one after the other."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import ProgrammingError, transaction
from django.utils import timezone

from psa.directory.models import Contact
from psa.fsm import TransitionNotAllowed
from psa.journal import journal
from psa.journal.models import Entry
from psa.mail.models import Enclosure, OutgoingMail
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from psa.timers import timers
from psa.timers.models import Timer
from tests.conftest import acting
from tests.workflows.stage import FRIDAY, accept, approver, as_contact, decline, draft, log, mails, over, sent, status
from tickets import services
from tickets.models import DispatcherTask, Stopwatch, Ticket
from tickets.services import stopwatches
from workflows.models import Approver, Decision, Estimate, EstimateStatus, ServicePolicy
from workflows.services import estimates


def armed() -> dict[str, Any]:
    return dict(Timer.objects.filter(kind__startswith="estimate.").order_by("kind").values_list("kind", "due"))


# 6 ------------------------------------------------------------------------------------------------------------------
def test_6_an_estimate_goes_to_everybody_who_may_decide(opened: Ticket, max: Membership, boss: Approver) -> None:
    made = sent(opened, max, text="The switch is dead.")
    with acting(max):
        assert status(opened) == "estimated"
        assert (made.version, made.amount_net, made.most_net) == (1, Decimal("180.00"), Decimal("198.00"))
        assert (made.vat, made.gross) == (Decimal("34.20"), Decimal("214.20"))
        assert made.sha256 == Estimate.objects.get().digest()
        (to, subject), *more = mails("estimate_sent")
        assert (to, more) == ("hanna@hansen.example", []) and str(opened.number) in subject
        text = OutgoingMail.objects.get(code="estimate_sent").text
        for said in ("180,00", "34,20", "214,20", "198,00", "The switch is dead.", f"/requests/{opened.number}/"):
            assert said in text, said


def test_6_reminders_and_the_end_are_working_days_away(opened: Ticket, max: Membership, boss: Approver) -> None:
    sent(opened, max)
    with acting(max):
        days = {kind: timezone.localtime(due).isoformat()[:10] for kind, due in armed().items()}
    assert days == {
        "estimate.expire": "2026-03-16",
        "estimate.remind": "2026-03-04",
        "estimate.remind_again": "2026-03-09",
    }


def test_6_nobody_whose_limit_covers_it_is_told_with_those_who_approve_less(
    opened: Ticket, max: Membership, chief: Approver
) -> None:
    with acting(max) as by, pytest.raises(Refused, match="nobody_may_approve") as no:
        estimates.send(opened, draft(minutes=334), by=by)  # 501.00, and 551.10 with the tolerance
    assert [(one["name"], one["limit"]) for one in no.value.params["known"]] == [("Lars Lund", "500.00")]
    with acting(max):
        assert (status(opened), Estimate.objects.count(), mails("estimate_sent")) == ("open", 0, [])


def test_6_the_tolerance_counts_within_the_limit(opened: Ticket, max: Membership, chief: Approver) -> None:
    with acting(max) as by, pytest.raises(Refused, match="nobody_may_approve"):
        estimates.send(opened, draft(minutes=304), by=by)  # 456.00 net, at most 501.60
    assert sent(opened, max, minutes=303).most_net == Decimal("499.95")


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"proposed_due": FRIDAY - timedelta(days=14)}, "deadline_is_past"),
        ({"proposed_due": FRIDAY + timedelta(days=1)}, "deadline_is_no_working_day"),
        ({"rate": None}, "price_missing"),
        ({"kind": "fixed", "rate": None}, "price_missing"),
        ({"rate": Decimal(-1)}, "price_missing"),
        ({"rate": Decimal("99999999.99"), "minutes": 60 * 11}, "amount_too_large"),
    ],
)
def test_6_what_cannot_be_proposed(
    opened: Ticket, max: Membership, boss: Approver, wanted: dict[str, Any], code: str
) -> None:
    with acting(max) as by, pytest.raises(Refused, match=code):
        estimates.send(opened, draft(**wanted), by=by)
    with acting(max):
        assert (status(opened), Estimate.objects.count()) == ("open", 0)


def test_6_a_fixed_price_has_no_tolerance(opened: Ticket, max: Membership, boss: Approver) -> None:
    made = sent(opened, max, kind="fixed", amount=Decimal("450"), tolerance=30)
    assert (made.amount_net, made.tolerance, made.most_net, made.rate) == (Decimal(450), 0, Decimal(450), None)


def test_6_a_running_stopwatch_stands_and_keeps_its_time(
    opened: Ticket, max: Membership, boss: Approver, clock: Any
) -> None:
    with acting(max) as by:
        stopwatches.start(opened, by=by)
    clock.shift(timedelta(minutes=25))
    sent(opened, max)
    with acting(max):
        watch = Stopwatch.objects.get()
        assert (watch.is_running, watch.seconds) == (False, 1500)


def test_6_without_the_right_nothing_is_sent(opened: Ticket, ada: Membership, boss: Approver) -> None:
    with acting(ada) as by, pytest.raises(Denied):
        estimates.send(opened, draft(), by=by)
    with acting(ada):
        assert (status(opened), Estimate.objects.count()) == ("open", 0)


# 7 ------------------------------------------------------------------------------------------------------------------
def test_7_a_newer_version_takes_the_place_of_the_older_one(
    opened: Ticket, max: Membership, boss: Approver, hanna: Contact, clock: Any
) -> None:
    first = sent(opened, max)
    clock.shift(timedelta(days=1))
    with acting(max) as by:
        second = estimates.revise(opened, draft(minutes=180, text="And the cable."), by=by)
        assert (second.version, status(opened)) == (2, "estimated")
        assert Estimate.objects.get(pk=first.pk).status == EstimateStatus.SUPERSEDED
        assert [one["field"] for one in estimates.changes(second, first)] == ["minutes", "amount_net", "text"]
        assert {timer.subject_id for timer in Timer.objects.filter(kind__startswith="estimate.")} == {second.pk}
        assert armed()["estimate.expire"] == second.expires_at > first.expires_at
        text = OutgoingMail.objects.filter(code="estimate_sent").latest("pk").text
        assert "2 h → 3 h" in text and "180,00 € → 270,00 €" in text.replace("\xa0", " ")
    with pytest.raises(Refused, match="estimate_is_outdated"):
        accept(first, hanna)


# 8 ------------------------------------------------------------------------------------------------------------------
def test_8_an_accepted_estimate_stands_on_the_ticket_and_on_record(
    opened: Ticket, max: Membership, boss: Approver, hanna: Contact
) -> None:
    made = sent(opened, max)
    ticket = accept(made, hanna)
    assert (ticket.status, ticket.due_at, ticket.next_deadline) == ("estimate_accepted", FRIDAY, FRIDAY)
    assert (ticket.agreed_minutes, ticket.agreed_amount, ticket.agreed_tolerance) == (120, Decimal("180.00"), 10)
    with acting(max):
        assert armed() == {}
        said = Decision.objects.get()
        assert (said.said, said.name, said.address, said.version) == ("accepted", "Hanna Hansen", "192.0.2.7", 1)
        assert (said.amount_net, said.amount_gross, said.deadline) == (Decimal(180), Decimal("214.20"), FRIDAY)
        assert said.sha256 == made.sha256 and not said.is_on_behalf


def test_8_the_approver_gets_it_as_a_document(opened: Ticket, max: Membership, boss: Approver, hanna: Contact) -> None:
    accept(sent(opened, max), hanna)
    journal.work()
    with acting(max):
        enclosed = Enclosure.objects.select_related("mail").get()
        assert (enclosed.mail.to_address, enclosed.name) == ("hanna@hansen.example", f"{opened.number}-estimate-1.pdf")
        assert bytes(enclosed.content).startswith(b"%PDF")


def test_8_who_works_on_it_is_told(opened: Ticket, max: Membership, boss: Approver, hanna: Contact) -> None:
    accept(sent(opened, max), hanna)
    with acting(max):
        assert [to for to, _subject in mails("estimate_answered")] == ["max@nordlicht.example"]


def test_8_a_contact_speaks_for_themselves_alone(
    opened: Ticket, max: Membership, boss: Approver, hanna: Contact, lars: Contact
) -> None:
    made = sent(opened, max)
    with as_contact(lars) as who, pytest.raises(Denied):
        estimates.accept(made, version=1, sha256=made.sha256, contact=hanna, by=who["by"])
    with acting(max) as by, pytest.raises(Denied):
        estimates.accept(made, version=1, sha256=made.sha256, contact=hanna, by=by)
    with acting(max):
        assert (status(opened), Decision.objects.count()) == ("estimated", 0)


# 9, 10 --------------------------------------------------------------------------------------------------------------
def test_9_the_customer_cancels_the_request(opened: Ticket, max: Membership, boss: Approver, hanna: Contact) -> None:
    ticket = decline(sent(opened, max), hanna)
    assert (ticket.status, ticket.resolution, ticket.is_open) == ("cancelled", "cancelled_by_customer", False)
    with acting(max):
        assert (estimates.current(ticket).status, armed()) == ("declined", {})  # type: ignore[union-attr]


def test_9_the_page_can_say_what_was_worked_and_what_is_charged(opened: Ticket, max: Membership, asks: Any) -> None:
    log(opened, max, 50)
    log(opened, max, 20)
    with acting(max):
        assert estimates.so_far(opened) == (70, 50)


def test_10_a_question_brings_the_request_back(opened: Ticket, max: Membership, boss: Approver, hanna: Contact) -> None:
    made = sent(opened, max)
    with as_contact(hanna) as who:
        with pytest.raises(Refused, match="words_missing"):
            estimates.give_back(made, "  ", **who)
        ticket = estimates.give_back(made, "Why two hours?", **who)
    assert ticket.status == "open"
    with acting(max) as by:
        assert (estimates.current(ticket).status, armed()) == ("returned", {})  # type: ignore[union-attr]
        assert Entry.objects.get(kind="ticket.estimate_returned").data["text"] == "Why two hours?"
        assert estimates.send(ticket, draft(minutes=60), by=by).version == 2


# 11 -----------------------------------------------------------------------------------------------------------------
def test_11_silence_never_accepts(opened: Ticket, max: Membership, boss: Approver, clock: Any) -> None:
    made = sent(opened, max)
    clock.move_to(made.expires_at - timedelta(seconds=1))
    timers.sweep()
    with acting(max):
        assert status(opened) == "estimated"
    clock.move_to(made.expires_at)
    timers.sweep()
    with acting(max):
        ticket = Ticket.objects.get(pk=opened.pk)
        assert (ticket.status, ticket.agreed_at) == ("open", None)
        assert (Estimate.objects.get().status, armed()) == ("expired", {})
        assert DispatcherTask.objects.get().code == "estimate_expired"


def test_11_a_company_may_let_requests_end_with_their_estimate(
    opened: Ticket, max: Membership, boss: Approver, clock: Any
) -> None:
    with acting(max):
        ServicePolicy.objects.update(expiry_cancels=True)
    clock.move_to(sent(opened, max).expires_at)
    timers.sweep()
    with acting(max):
        ticket = Ticket.objects.get(pk=opened.pk)
        assert (ticket.status, ticket.resolution) == ("cancelled", "estimate_expired")
        assert DispatcherTask.objects.count() == 0


def test_11_a_worker_that_was_down_reminds_nobody_late_and_expires_once(
    opened: Ticket, max: Membership, boss: Approver, clock: Any
) -> None:
    made = sent(opened, max)
    clock.move_to(made.expires_at + timedelta(days=3))
    timers.sweep()
    timers.sweep()
    with acting(max):
        assert len(mails("estimate_sent")) == 1
        assert Entry.objects.filter(kind="ticket.estimate_expired").count() == 1


def test_reminders_come_once_each_and_late_ones_once(
    opened: Ticket, max: Membership, boss: Approver, clock: Any
) -> None:
    made = sent(opened, max)
    clock.move_to(made.sent_at + timedelta(days=2))
    timers.sweep()
    timers.sweep()
    with acting(max):
        assert len(mails("estimate_sent")) == 2
    clock.move_to(made.sent_at + timedelta(days=8))  # the second one is a day late
    timers.sweep()
    with acting(max):
        assert len(mails("estimate_sent")) == 3
        assert Entry.objects.filter(kind="ticket.estimate_reminded").count() == 2


def test_of_two_reminders_that_are_both_late_one_is_sent(
    opened: Ticket, max: Membership, boss: Approver, clock: Any
) -> None:
    made = sent(opened, max)
    clock.move_to(made.sent_at + timedelta(days=8))
    timers.sweep()
    with acting(max):
        assert len(mails("estimate_sent")) == 2


# And besides --------------------------------------------------------------------------------------------------------
def test_a_request_the_desk_cancels_takes_its_estimate_along(
    opened: Ticket, max: Membership, boss: Approver, hanna: Contact
) -> None:
    made = sent(opened, max)
    with acting(max) as by:
        services.cancel(opened, "The customer called.", by=by)
        assert (Estimate.objects.get().status, armed()) == ("withdrawn", {})
    with pytest.raises(Refused, match="estimate_is_decided"):
        accept(made, hanna)


def test_a_version_never_changes_once_it_is_sent(opened: Ticket, max: Membership, boss: Approver) -> None:
    made = sent(opened, max)
    with acting(max):
        with pytest.raises(ProgrammingError):
            Estimate.objects.filter(pk=made.pk).update(minutes=60)
        made.text = "Something else."
        with pytest.raises(ProgrammingError), transaction.atomic():
            made.save()
        assert Estimate.objects.get().digest() == made.sha256


def test_an_accepted_one_moves_no_more(opened: Ticket, max: Membership, boss: Approver, hanna: Contact) -> None:
    made = sent(opened, max)
    accept(made, hanna)
    with acting(max):
        row = Estimate.objects.get(pk=made.pk)
        for move in (row.accept, row.decline, row.give_back, row.expire, row.supersede, row.withdraw):
            with pytest.raises(TransitionNotAllowed):
                move()


def test_what_was_over_is_part_of_the_amount_and_is_freed(
    opened: Ticket, max: Membership, boss: Approver, hanna: Contact
) -> None:
    log(opened, max, 50)
    log(opened, max, 30)
    with acting(max):
        assert over(opened) == [30]
    made = sent(opened, max)
    assert (made.worked, made.waiting, made.amount_net) == (80, 30, Decimal("225.00"))
    log(opened, max, 45)  # while the customer thinks it over: that is of the two hours to come
    accept(made, hanna)
    with acting(max):
        ticket = Ticket.objects.get(pk=opened.pk)
        assert (over(opened), ticket.agreed_logged, ticket.planned_minutes) == ([], 80, 200)
    log(opened, max, 87)
    with acting(max):
        assert over(opened) == []
    log(opened, max, 1)  # 45 + 87 + 1 of 132
    with acting(max):
        assert over(opened) == [1]


def test_what_is_not_billed_is_no_part_of_the_amount(opened: Ticket, max: Membership, boss: Approver) -> None:
    log(opened, max, 61)
    with acting(max) as by:
        entry = log(opened, max, 40)
        services.items.edit(entry, by=by, is_billable=False)
        entry = log(opened, max, 30)
        services.items.edit(entry, by=by, offset_minutes=-15, offset_reason="A break.")
        assert over(opened) == [61, 40, 30]
    made = sent(opened, max)
    assert (made.worked, made.waiting, made.amount_net) == (131, 76, Decimal("294.00"))


def test_while_approvers_decide_the_customer_of_the_ticket_stays(
    opened: Ticket, max: Membership, boss: Approver, company: Any
) -> None:
    sent(opened, max)
    with acting(max) as by:
        other = type(company).objects.create(name="Somebody else")
        with pytest.raises(Refused, match="estimate_is_out"):
            services.edit(Ticket.objects.get(pk=opened.pk), by=by, company=other, contact=None)


def test_a_second_approver_of_the_same_contact_is_refused(max: Membership, boss: Approver, hanna: Contact) -> None:
    with pytest.raises(Refused, match="is_an_approver"):
        approver(max, hanna)
