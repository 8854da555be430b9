"""What a customer says of finished work (lifecycle moves 15–17), and what the desk does with the clock of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from psa.directory.models import Company, Contact
from psa.journal.models import Entry
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from tests.conftest import acting
from tests.workflows.reviews import BERLIN, MONDAY, PRODUCTION, UNTIL, Stage, says
from tickets import services
from tickets.models import Acceptance
from tickets.services import customer_mails, deleting
from workflows.models import Approver, Deputy, PortalAccess, ServedCompany, ServicePolicy, SharedRequest, Word
from workflows.services import clock, reviews

LEADS = {
    Word.ACCEPT: "invoice",
    Word.DEPLOY: "reopened_deploy_request",
    Word.DEFECT: "reopened_defect",
    Word.OBJECTION: "reopened_objection",
}


@pytest.mark.parametrize("word", LEADS)
def test_the_customers_word_leads_where_the_table_says(stage: Stage, accepter: Contact, word: str) -> None:
    stage.bring("submit")
    assert says(stage, word, accepter).status == LEADS[word]
    assert stage.armed() == []
    with scope.tenant(accepter.tenant_id):
        found = Acceptance.objects.values_list("kind", "name", "address")
        expected = [("person", "Cleo Hansen", "192.0.2.7")] if word in {"accept", "deploy"} else []
        assert list(found) == expected


def test_production_is_accepted_and_not_deployed_again(stage: Stage, accepter: Contact) -> None:
    stage.bring(*PRODUCTION[2:])
    with pytest.raises(Refused, match="ticket_moved_on"):
        says(stage, Word.DEPLOY, accepter)
    assert says(stage, Word.ACCEPT, accepter).resolution == "deployed_accepted"


def test_the_technician_responsible_hears_the_word(stage: Stage, accepter: Contact, ada: Membership) -> None:
    with acting(stage.member) as by:
        services.assign(stage.ticket, ada, by=by)
    stage.bring("submit")
    says(stage, Word.DEFECT, accepter)
    mail = stage.mails("customer_answered")[-1]
    assert mail.to_address == "ada@nordlicht.example" and "Port 3 is dead." in mail.text
    assert stage.ticket.assignee_id == ada.pk


@pytest.mark.parametrize("word", LEADS)
def test_w3_a_second_word_of_the_same_page_is_refused(stage: Stage, accepter: Contact, word: str) -> None:
    stage.bring("submit")
    stay = stage.ticket.stay
    says(stage, Word.DEFECT, accepter)
    with pytest.raises(Refused, match="ticket_moved_on"):
        says(stage, word, accepter, stay)
    stage.bring("start", "submit")
    with pytest.raises(Refused, match="ticket_moved_on"):
        says(stage, word, accepter, stay)  # the page of the first review, with the ticket in review again


def test_who_may_accept(stage: Stage, accepter: Contact, company: Company) -> None:
    """The right, and whose request it is."""
    stage.bring("submit")
    with scope.tenant(company.tenant_id):
        other = Company.objects.create(name="Werft Süd")
        people = {
            "own": accepter,
            "no access": Contact.objects.create(company=company, name="N"),
            "own only": Contact.objects.create(company=company, name="O"),
            "company": Contact.objects.create(company=company, name="C"),
            "looks": Contact.objects.create(company=company, name="L"),
            "gone": Contact.objects.create(company=company, name="G", is_active=False),
            "stranger": Contact.objects.create(company=other, name="S"),
            "serves": Contact.objects.create(company=other, name="V"),
        }
        PortalAccess.objects.create(contact=people["own only"])
        PortalAccess.objects.create(contact=people["company"], sees="company")
        PortalAccess.objects.create(contact=people["looks"], sees="company", accepts=False)
        PortalAccess.objects.create(contact=people["gone"], sees="company")
        PortalAccess.objects.create(contact=people["stranger"], sees="company")
        served = PortalAccess.objects.create(contact=people["serves"])
        ServedCompany.objects.create(access=served, company=company, sees="company")
        ticket = stage.ticket
        alone = {name: getattr(reviews.why_not(ticket, one), "code", "") for name, one in people.items()}
        assert {name for name, why in alone.items() if not why} == {"own"}, "nothing is shared yet (A6)"
        SharedRequest.objects.create(ticket=ticket)
        found = {name: getattr(reviews.why_not(ticket, one), "code", "") for name, one in people.items()}
    assert found == {
        "own": "",
        "no access": "not_your_request",
        "own only": "not_your_request",
        "company": "",
        "looks": "not_an_accepter",
        "gone": "not_your_request",
        "stranger": "not_your_request",
        "serves": "",
    }
    with pytest.raises(Refused, match="not_an_accepter"):
        says(stage, Word.ACCEPT, people["looks"])
    with pytest.raises(Refused, match="not_your_request"):
        says(stage, Word.DEFECT, people["stranger"])
    assert says(stage, Word.DEFECT, people["looks"]).status == "reopened_defect"


def test_more_time_once_and_at_most_ten_working_days(stage: Stage, accepter: Contact) -> None:
    stage.bring("submit")

    def until(day: date) -> Any:
        with acting(stage.member):
            by = Actor.customer(accepter.pk, accepter.name, "Reederei Hansen", channel="portal")
            return reviews.need_until(stage.ticket, day, contact=accepter, by=by).until

    for day, code in ((date(2026, 3, 6), "not_later"), (date(2026, 3, 24), "too_late")):
        with pytest.raises(Refused, match=code):
            until(day)
    assert until(date(2026, 3, 14)) == datetime(2026, 3, 16, 23, 59, tzinfo=BERLIN)  # a Saturday
    assert "16 March 2026, 23:59 (CET)" in stage.mails("review_notice")[-1].text
    with pytest.raises(Refused, match="extended_already"):
        until(date(2026, 3, 17))
    stage.days(8)
    assert stage.ticket.status == "waiting_solution_review"
    stage.days(8)
    assert stage.ticket.resolution == "auto_accepted"
    with acting(stage.member):
        assert reviews.facts(stage.ticket) is None


def test_a_decision_on_behalf_names_what_shows_it_and_is_mailed(stage: Stage, accepter: Contact) -> None:
    stage.bring("submit")
    with acting(stage.member) as by:
        with pytest.raises(Refused, match="proof_missing"):
            reviews.record(stage.ticket, "accept", contact=accepter, proof="call", text=" ", by=by)
        reviews.record(stage.ticket, "accept", contact=accepter, proof="call", text="Phone, 3 March.", by=by)
        made = Acceptance.objects.get()
        assert (made.kind, made.evidence, made.by_id) == ("on_behalf", "call", stage.member.pk)
    mail = stage.mails("review_recorded")[-1]
    assert (mail.to_address, "This was not you?" in mail.text) == ("cleo@hansen.example", True)


@pytest.mark.parametrize("word", LEADS)
def test_a_recorded_word_leads_where_the_customers_does(stage: Stage, accepter: Contact, word: str) -> None:
    stage.bring("submit")
    with acting(stage.member) as by:
        found = reviews.record(stage.ticket, word, contact=accepter, proof="mail", text="In a mail.", by=by)
        assert found.status == LEADS[word]
        assert Entry.objects.filter(kind="ticket.decision_recorded").count() == 1


@pytest.mark.parametrize("role", ["technician", "sales", "billing", "read-only", "contact"])
def test_only_who_may_override_records_for_a_customer(
    stage: Stage, accepter: Contact, people: Callable[[str], Membership], role: str
) -> None:
    stage.bring("submit")
    with acting(people(role)) as by:
        with pytest.raises(Denied, match="ticket.override"):
            reviews.record(stage.ticket, "accept", contact=accepter, proof="call", text="Phone.", by=by)
        assert not Acceptance.objects.exists()


def test_nobody_of_another_company_decides(stage: Stage, accepter: Contact) -> None:
    stage.bring("submit")
    with acting(stage.member) as by:
        other = Company.objects.create(name="Werft Süd")
        stranger = Contact.objects.create(company=other, name="S", email="s@werft.example")
        with pytest.raises(Refused, match="not_of_this_company"):
            reviews.record(stage.ticket, "accept", contact=stranger, proof="call", text="Phone.", by=by)


def test_a_pause_ends_by_itself_with_a_full_new_period(stage: Stage) -> None:
    stage.bring("submit")
    with acting(stage.member) as by:
        reviews.pause(stage.ticket, datetime(2026, 3, 11, 9, tzinfo=BERLIN), by=by)
        with pytest.raises(Refused, match="review_does_not_run"):
            reviews.pause(stage.ticket, None, by=by)
    stage.days(10)
    assert stage.ticket.status == "waiting_solution_review"
    assert stage.review.until == datetime(2026, 3, 18, 9, tzinfo=BERLIN)
    stage.days(9)
    assert stage.ticket.resolution == "auto_accepted"


def test_a_message_outlives_a_pause_that_ends_by_itself(stage: Stage) -> None:
    stage.bring("submit")
    with acting(stage.member) as by:
        reviews.pause(stage.ticket, datetime(2026, 3, 4, 9, tzinfo=BERLIN), by=by)
    stage.wrote()
    stage.days(20)
    assert (stage.ticket.status, stage.review.paused_why) == ("waiting_solution_review", "message")


def test_switched_off_nothing_happens_by_itself(stage: Stage) -> None:
    stage.bring("submit")
    with acting(stage.member) as by:
        reviews.switch(stage.ticket, False, by=by)
    stage.days(20)
    assert (stage.ticket.status, stage.kinds()) == ("waiting_solution_review", ["notice"])
    with acting(stage.member) as by:
        reviews.switch(stage.ticket, True, by=by)
    stage.days(8)
    assert stage.ticket.resolution == "auto_accepted"


def test_switched_off_for_the_customer_no_moment_is_told(stage: Stage) -> None:
    with acting(stage.member):
        ServicePolicy.objects.create(company=stage.ticket.company, auto_accepts=False)
    stage.bring("submit")
    stage.days(20)
    assert stage.ticket.status == "waiting_solution_review"
    assert "Nothing happens without your answer." in stage.mails("review_notice")[-1].text.replace("\n", " ")


def test_switched_off_for_the_customer_meanwhile_it_does_not_close(stage: Stage) -> None:
    stage.bring("submit")
    stage.days(6)
    with acting(stage.member):
        ServicePolicy.objects.create(company=stage.ticket.company, auto_accepts=False)
    stage.days(6)
    assert stage.ticket.status == "waiting_solution_review"


def test_it_can_stop_in_invoice(stage: Stage) -> None:
    with acting(stage.member):
        ServicePolicy.objects.create(company=stage.ticket.company, stops_in_invoice=True, acceptance_days=2)
    stage.bring("submit")
    assert stage.review.until == MONDAY + timedelta(days=2)
    stage.days(4)
    assert (stage.ticket.status, stage.ticket.resolution) == ("invoice", "auto_accepted")


@pytest.mark.parametrize("days", [1, 2, 10])
def test_a_period_of_any_length_has_its_last_reminder(stage: Stage, days: int) -> None:
    with acting(stage.member):
        ServicePolicy.objects.create(company=stage.ticket.company, acceptance_days=days)
    stage.bring("submit")
    until = stage.review.until
    stage.days(20)
    assert stage.ticket.resolution == "auto_accepted" and stage.review.until == until
    assert stage.mails("review_reminder")[-1].created_at < until


def test_a6_approvers_are_told_too_as_far_as_they_see_the_request(
    stage: Stage, accepter: Contact, hanna: Contact, lars: Contact, boss: Approver, chief: Approver
) -> None:
    """Hanna sees the company's requests, Lars only his own; his deputy sees as much as she does."""
    with scope.tenant(accepter.tenant_id):
        eva = Contact.objects.create(company=hanna.company, name="Eva", email="eva@hansen.example", language="en")
        Deputy.objects.create(approver=chief, contact=eva, starts_on=MONDAY, ends_on=MONDAY + timedelta(days=9))
        PortalAccess.objects.create(contact=lars)
        for one in (hanna, eva):
            PortalAccess.objects.create(contact=one, sees="company")
    stage.bring("submit")
    assert told_of(stage, "review_notice") == [accepter.email], "nothing is shared yet"
    stage.bring("take_back")
    with scope.tenant(accepter.tenant_id):
        SharedRequest.objects.create(ticket=stage.ticket)
    stage.bring("submit")
    everybody = [accepter.email, hanna.email, eva.email]
    assert told_of(stage, "review_notice")[1:] == everybody
    assert "weil Sie" in stage.mails("review_notice")[2].reason  # Hanna's, in German
    stage.days(10)
    for code, rounds in (("review_reminder", 2), ("review_closed", 1)):
        assert told_of(stage, code) == everybody * rounds
    reasons = {mail.to_address: mail.reason for mail in stage.mails("review_closed")}
    assert "you are the contact" in reasons[accepter.email] and "you decide on estimates" in reasons[eva.email]


def told_of(stage: Stage, code: str) -> list[str]:
    return [mail.to_address for mail in stage.mails(code)]


def test_taken_back_the_customer_is_told_and_nothing_runs(stage: Stage) -> None:
    stage.bring("submit", "take_back")
    assert stage.armed() == []
    assert "no time runs" in stage.mails("request_news")[-1].text


def test_an_answer_taken_back_before_it_left_was_none(stage: Stage) -> None:
    stage.bring("submit")
    stage.wrote()
    with acting(stage.member) as by:
        note = customer_mails.send(stage.ticket, "It was the cable.", by=by)
        assert stage.review.paused_why == ""
        customer_mails.undo(note, by=by)
    assert stage.review.paused_why == "message" and stage.ticket.answer_needed_since is not None
    stage.days(10)
    assert stage.ticket.status == "waiting_solution_review"


def test_a_deleted_ticket_has_no_clock_and_a_restored_one_a_new_one(stage: Stage) -> None:
    stage.bring("submit")
    with acting(stage.member) as by:
        deleting.delete(stage.ticket, "By mistake.", by=by)
        assert stage.armed() == []
        stage.at(MONDAY + timedelta(days=2))
        deleting.restore(stage.ticket, by=by)
    assert (stage.review.until, stage.armed()) == (UNTIL + timedelta(days=2), [clock.STEP])


def test_where_nobody_can_be_reminded_any_more_a_dispatcher_is_asked(stage: Stage, accepter: Contact) -> None:
    stage.bring("submit")
    with scope.tenant(accepter.tenant_id):
        Contact.objects.filter(pk=accepter.pk).update(is_active=False)
    stage.days(20)
    assert (stage.ticket.status, stage.review.paused_why) == ("waiting_solution_review", "untold")
    assert stage.armed() == []
