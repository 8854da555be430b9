"""Who decides: limits, deputies with dates, any one, all, one after the other, passed on, recorded on behalf."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from psa.directory import erasing
from psa.directory.models import Contact
from psa.journal.models import Entry
from psa.mail.models import OutgoingMail
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from tests.conftest import acting
from tests.workflows.stage import accept, as_contact, decline, draft, mails, sent, status
from tickets.models import DispatcherTask, Ticket
from workflows.models import Approver, Decision, Deputy, Estimate
from workflows.services import approvers, estimates

TODAY, TOMORROW, NEXT_WEEK = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 9)


def rule(member: Membership, contact: Contact, mode: str) -> None:
    with acting(member) as by:
        approvers.set_mode(contact.company, mode, by=by)


def test_any_one_of_them_decides(
    opened: Ticket, max: Membership, boss: Approver, chief: Approver, lars: Contact
) -> None:
    made = sent(opened, max)
    with acting(max):
        assert [to for to, _ in mails("estimate_sent")] == ["hanna@hansen.example", "lars@hansen.example"]
    assert accept(made, lars).status == "estimate_accepted"


def test_only_those_whose_limit_covers_it_are_asked(
    opened: Ticket, max: Membership, boss: Approver, chief: Approver, lars: Contact
) -> None:
    made = sent(opened, max, minutes=600)
    with acting(max):
        assert [to for to, _ in mails("estimate_sent")] == ["hanna@hansen.example"]
        assert estimates.why_not(made, lars).code == "estimate_over_limit"  # type: ignore[union-attr]


def test_a_limit_says_nothing_about_another_currency(opened: Ticket, max: Membership, chief: Approver) -> None:
    with acting(max) as by, pytest.raises(Refused, match="nobody_may_approve"):
        estimates.send(opened, draft(currency="CHF"), by=by)


def test_where_all_have_to_agree_the_last_one_moves_the_ticket(
    opened: Ticket, max: Membership, boss: Approver, chief: Approver, hanna: Contact, lars: Contact
) -> None:
    rule(max, hanna, "all")
    made = sent(opened, max)
    assert accept(made, lars).status == "estimated"
    with acting(max):
        assert Entry.objects.get(kind="ticket.estimate_agreed").data["waiting"] == ["Hanna Hansen"]
        assert estimates.why_not(made, lars).code == "agreed_already"  # type: ignore[union-attr]
    with pytest.raises(Refused, match="agreed_already"):
        accept(made, lars)
    assert accept(made, hanna).status == "estimate_accepted"


def test_where_all_have_to_agree_one_no_is_enough(
    opened: Ticket, max: Membership, boss: Approver, chief: Approver, hanna: Contact, lars: Contact
) -> None:
    rule(max, hanna, "all")
    made = sent(opened, max)
    accept(made, lars)
    assert decline(made, hanna).status == "cancelled"


def test_a_yes_to_an_older_version_does_not_count_for_the_newer_one(
    opened: Ticket, max: Membership, boss: Approver, chief: Approver, hanna: Contact, lars: Contact
) -> None:
    rule(max, hanna, "all")
    accept(sent(opened, max), lars)
    with acting(max) as by:
        second = estimates.revise(opened, draft(minutes=180), by=by)
    assert accept(second, hanna).status == "estimated"
    assert accept(second, lars).status == "estimate_accepted"


def test_one_after_the_other_each_is_asked_in_turn(
    opened: Ticket, max: Membership, chief: Approver, boss: Approver, hanna: Contact, lars: Contact
) -> None:
    rule(max, hanna, "sequence")  # Lars was added first
    made = sent(opened, max)
    with acting(max):
        assert [to for to, _ in mails("estimate_sent")] == ["lars@hansen.example"]
    with pytest.raises(Refused, match="not_your_turn") as no:
        accept(made, hanna)
    assert no.value.params["name"] == "Lars Lund"
    assert accept(made, lars).status == "estimated"
    with acting(max):
        assert [to for to, _ in mails("estimate_sent")] == ["lars@hansen.example", "hanna@hansen.example"]
    assert accept(made, hanna).status == "estimate_accepted"


def test_a_deputy_decides_on_their_days_with_the_approvers_limit(
    opened: Ticket, max: Membership, boss: Approver, cleo: Contact, clock: Any
) -> None:
    with acting(max) as by:
        approvers.appoint(boss, cleo, TOMORROW, NEXT_WEEK, by=by)
    made = sent(opened, max)
    with pytest.raises(Refused, match="not_an_approver"):
        accept(made, cleo)
    clock.move_to("2026-03-03T10:00:00+00:00")
    assert accept(made, cleo).status == "estimate_accepted"
    with acting(max):
        assert Decision.objects.get().stands_for == [boss.pk]


def test_the_last_day_of_a_deputy_is_theirs_and_the_next_one_is_not(
    opened: Ticket, max: Membership, boss: Approver, cleo: Contact, clock: Any
) -> None:
    with acting(max) as by:
        approvers.appoint(boss, cleo, TODAY, TOMORROW, by=by)
    made = sent(opened, max)
    clock.move_to("2026-03-03T22:59:00+00:00")  # one minute to midnight in Berlin
    with acting(max):
        assert estimates.why_not(made, cleo) is None
    clock.move_to("2026-03-03T23:01:00+00:00")
    with acting(max):
        assert estimates.why_not(made, cleo).code == "not_an_approver"  # type: ignore[union-attr]


def test_a_contact_that_left_decides_nothing(opened: Ticket, max: Membership, boss: Approver, hanna: Contact) -> None:
    made = sent(opened, max)
    with acting(max):
        Contact.objects.filter(pk=hanna.pk).update(is_active=False)
    with pytest.raises(Refused, match="not_an_approver"):
        accept(made, hanna)


def test_passed_on_it_is_the_others_to_decide_on_record(
    opened: Ticket, max: Membership, boss: Approver, chief: Approver, hanna: Contact, lars: Contact
) -> None:
    rule(max, hanna, "all")
    made = sent(opened, max)
    with as_contact(lars) as who:
        estimates.pass_to(made, hanna, "You know the budget.", **who)
    with acting(max):
        said = Decision.objects.get()
        assert (said.said, said.name, said.passed_to_id) == ("passed", "Lars Lund", hanna.pk)
        assert mails("estimate_sent")[-1][0] == "hanna@hansen.example"
        assert "You know the budget." in OutgoingMail.objects.latest("pk").text
    assert accept(made, hanna).status == "estimate_accepted"


def test_it_is_passed_on_to_those_alone_who_may_decide_it(
    opened: Ticket, max: Membership, boss: Approver, chief: Approver, hanna: Contact, lars: Contact, cleo: Contact
) -> None:
    made = sent(opened, max, minutes=600)
    with as_contact(hanna) as who:
        for to, code in ((lars, "cannot_decide_either"), (cleo, "cannot_decide_either"), (hanna, "passed_to_oneself")):
            with pytest.raises(Refused, match=code):
                estimates.pass_to(made, to, "", **who)
    with acting(max):
        assert Decision.objects.count() == 0


# Recorded on behalf -------------------------------------------------------------------------------------------------
def recorded(estimate: Estimate, member: Membership, contact: Contact, decision: str = "accepted", **more: Any) -> Any:
    given = {"proof": "call", "text": "Called at 10:15.", **more}
    with acting(member) as by:
        return estimates.record(estimate, decision, contact=contact, by=by, **given)


def test_a_recorded_decision_is_marked_and_its_contact_is_told(
    opened: Ticket, max: Membership, boss: Approver, hanna: Contact
) -> None:
    assert recorded(sent(opened, max), max, hanna).status == "estimate_accepted"
    with acting(max):
        said = Decision.objects.get()
        assert (said.is_on_behalf, said.by_name, said.evidence, said.text) == (
            True, "Max Petersen", "call", "Called at 10:15.",
        )  # fmt: skip
        assert [to for to, _ in mails("estimate_recorded")] == ["hanna@hansen.example"]


@pytest.mark.parametrize("missing", [{"proof": ""}, {"text": "  "}])
def test_without_what_shows_it_nothing_is_recorded(
    opened: Ticket, max: Membership, boss: Approver, hanna: Contact, missing: dict[str, str]
) -> None:
    made = sent(opened, max)
    with pytest.raises(Refused, match="proof_missing"):
        recorded(made, max, hanna, **missing)
    with acting(max):
        assert (status(opened), Decision.objects.count()) == ("estimated", 0)


def test_a_technician_records_nothing(
    opened: Ticket, max: Membership, in_queue: Membership, boss: Any, hanna: Contact
) -> None:
    made = sent(opened, max)
    with pytest.raises(Denied):
        recorded(made, in_queue, hanna)


def test_on_behalf_of_somebody_without_the_right_nothing_is_recorded(
    opened: Ticket, max: Membership, boss: Approver, cleo: Contact
) -> None:
    with pytest.raises(Refused, match="not_an_approver"):
        recorded(sent(opened, max), max, cleo)


def test_this_was_not_me_calls_a_dispatcher_once_and_looking_does_not(
    opened: Ticket, max: Membership, boss: Approver, hanna: Contact, client: Client
) -> None:
    recorded(sent(opened, max), max, hanna)
    with acting(max):
        text = OutgoingMail.objects.get(code="estimate_recorded").text
    url = next(line for line in text.splitlines() if "/estimates/not-me/" in line).strip()
    path = url[url.index("/estimates/") :]
    assert client.get(path).status_code == 200
    with acting(max):
        assert DispatcherTask.objects.count() == 0
    for _ in range(2):
        assert client.post(path).status_code == 200
    with acting(max):
        task = DispatcherTask.objects.get()
        assert (task.code, task.params["name"], task.params["recorded_by"]) == (
            "decision_was_not_theirs", "Hanna Hansen", "Max Petersen",
        )  # fmt: skip
        assert status(opened) == "estimate_accepted"
    assert client.post("/estimates/not-me/forged/").status_code == 404


# Keeping them -------------------------------------------------------------------------------------------------------
def test_approvers_are_kept_by_those_who_manage_companies(ada: Membership, boss: Approver, lars: Contact) -> None:
    with acting(ada) as by:
        for call in (
            lambda: approvers.add(lars.company, lars, by=by),
            lambda: approvers.edit(boss, by=by, limit=Decimal(1)),
            lambda: approvers.remove(boss, by=by),
            lambda: approvers.set_mode(lars.company, "all", by=by),
            lambda: approvers.appoint(boss, lars, TODAY, TOMORROW, by=by),
        ):
            with pytest.raises(Denied):
                call()
        assert (Approver.objects.count(), Deputy.objects.count()) == (1, 0)


def test_a_contact_of_another_company_approves_nothing_here(max: Membership, boss: Approver, company: Any) -> None:
    with acting(max) as by:
        other = type(company).objects.create(name="Somebody else")
        stranger = Contact.objects.create(company=other, name="Stranger")
        with pytest.raises(Refused, match="contact_is_elsewhere"):
            approvers.add(company, stranger, by=by)
        with pytest.raises(Refused, match="contact_is_elsewhere"):
            approvers.appoint(boss, stranger, TODAY, TOMORROW, by=by)


def test_a_removed_approver_is_gone_with_their_deputies_and_decided_things_stay(
    opened: Ticket, max: Membership, boss: Approver, hanna: Contact, lars: Contact
) -> None:
    accept(sent(opened, max), hanna)
    with acting(max) as by:
        approvers.appoint(boss, lars, TODAY, TOMORROW, by=by)
        approvers.remove(boss, by=by)
        assert (Approver.objects.count(), Deputy.objects.count(), Decision.objects.count()) == (0, 0, 1)


def test_an_erased_approver_leaves_the_decision_without_a_name(
    opened: Ticket, max: Membership, boss: Approver, hanna: Contact
) -> None:
    made = sent(opened, max)
    accept(made, hanna)
    with acting(max) as by:
        erasing.anonymise(hanna, by=by)
        said = Decision.objects.get()
        assert (said.name, said.address, said.sha256) == ("–", "", made.sha256)


def test_nobody_is_erased_whose_request_waits_for_a_decision(
    opened: Ticket, max: Membership, boss: Approver, cleo: Contact
) -> None:
    sent(opened, max)
    with acting(max) as by, pytest.raises(Refused, match="contact_has_estimate"):
        erasing.anonymise(cleo, by=by)
