"""The desk's pages of estimates, as a browser without scripts uses them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from psa.directory.models import Company, Contact, Contract, Rate
from psa.tenancy.models import Membership
from tests.conftest import acting, sign_in
from tests.tickets.conftest import put
from tests.tickets.pages import form_of, sign_in_english, statements, text_of
from tests.workflows.stage import accept, draft, log, sent, status
from tickets.models import Category, Ticket
from workflows.models import Approver, Decision, Deputy, Estimate, Mode, ServicePolicy
from workflows.services import approvers, estimates

DESK = "/nordlicht/tickets/1/"
ESTIMATE = f"{DESK}estimate/"


@pytest.fixture
def browser(max: Membership, clock: Any) -> Client:
    """Max, reading English."""
    return sign_in_english(max)


@pytest.fixture
def rated(max: Membership, company: Company) -> Contract:
    """The customer's contract with a price for every hour."""
    with acting(max):
        contract = Contract.objects.create(company=company, name="Care", starts_on="2026-01-01")
        Rate.objects.create(contract=contract, amount="95.50")
        return contract


def filled(browser: Client, **typed: str) -> dict[str, str]:
    given = {"minutes": "2:00", "proposed_due": "2026-03-13T15:00", "text": "A new switch."}
    return {**form_of(browser.get(ESTIMATE)), **given, **typed}


def test_the_form_opens_with_the_contracts_rate_the_policys_tolerance_and_the_countrys_vat(
    opened: Ticket, browser: Client, rated: Contract, boss: Approver
) -> None:
    form = form_of(browser.get(ESTIMATE))
    assert (form["rate"], form["tolerance"], form["vat_rate"], form["kind"]) == ("95.50", "10", "19", "hourly")


def test_it_is_worked_out_before_it_is_sent_and_says_who_decides(
    opened: Ticket, browser: Client, rated: Contract, boss: Approver, chief: Approver, max: Membership
) -> None:
    page = text_of(browser.post(ESTIMATE, filled(browser, do="preview")))
    for said in ("€191.00", "€36.29", "€227.29", "€210.10", "Hanna Hansen", "Lars Lund"):
        assert said in page, said
    with acting(max):
        assert (status(opened), Estimate.objects.count()) == ("open", 0)


def test_it_is_sent_and_stands_on_the_ticket(
    opened: Ticket, browser: Client, rated: Contract, boss: Approver, max: Membership
) -> None:
    assert browser.post(ESTIMATE, filled(browser, do="send")).status_code == 302
    with acting(max):
        made = Estimate.objects.get()
        assert (made.minutes, str(made.amount_net), made.text) == (120, "191.00", "A new switch.")
    page = text_of(browser.get(DESK))
    assert "Waits for" in page and "Hanna Hansen" in page and "€191.00" in page and "Revise the estimate" in page


def test_nobody_covers_it_and_the_page_says_who_could(
    opened: Ticket, browser: Client, chief: Approver, max: Membership
) -> None:
    answer = browser.post(ESTIMATE, filled(browser, minutes="10:00", rate="90", do="send"))
    assert answer.status_code == 422
    assert "Lars Lund up to €500.00" in text_of(answer) and "approvers/new/" in text_of(answer)
    with acting(max):
        assert (status(opened), Estimate.objects.count()) == ("open", 0)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"minutes": ""}, "minutes"),
        ({"minutes": "two"}, "minutes"),
        ({"rate": ""}, "rate"),
        ({"rate": "NaN"}, "rate"),
        ({"kind": "fixed", "amount": ""}, "amount"),
        ({"tolerance": "101"}, "tolerance"),
        ({"proposed_due": "2026-03-14T10:00"}, "proposed_due"),
        ({"proposed_due": "2026-02-27T10:00"}, "proposed_due"),
        ({"currency": "QQQ"}, "currency"),
        ({"vat_rate": "-1"}, "vat_rate"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    opened: Ticket, browser: Client, boss: Approver, max: Membership, typed: dict[str, str], field: str
) -> None:
    answer = browser.post(ESTIMATE, filled(browser, rate="90", do="send") | typed)
    assert answer.status_code == 422 and field in answer.context["form"].errors
    with acting(max):
        assert Estimate.objects.count() == 0


def test_start_leads_to_the_estimate(opened: Ticket, browser: Client, boss: Approver) -> None:
    """Expected minutes over the threshold: who may goes past it with a reason, anybody is shown the way."""
    answer = browser.post(f"{DESK}start/", {"expected": "3:00"})
    assert answer.status_code == 409 and "Send an estimate first" in text_of(answer)
    assert ESTIMATE in text_of(browser.get(DESK))


def test_a_decision_is_recorded_with_what_shows_it(
    opened: Ticket, browser: Client, boss: Approver, max: Membership
) -> None:
    sent(opened, max)
    url = f"{ESTIMATE}decision/"
    typed = form_of(browser.get(url)) | {"decision": "accepted", "proof": "mail", "text": "Mail of 2 March."}
    assert browser.post(url, typed).status_code == 302
    with acting(max):
        assert (status(opened), Decision.objects.get().evidence) == ("estimate_accepted", "mail")
    assert "On behalf" in text_of(browser.get(DESK))


def test_amounts_are_for_those_who_see_prices(
    opened: Ticket, in_queue: Membership, boss: Approver, max: Membership
) -> None:
    sent(opened, max)
    technician = sign_in_english(in_queue)
    page = text_of(technician.get(DESK))
    assert "Version 1" in page and "180" not in page
    assert technician.get(f"{ESTIMATE}1.pdf").status_code == 403


def test_a_version_is_taken_along_as_pdf(
    opened: Ticket, browser: Client, boss: Approver, max: Membership, hanna: Contact
) -> None:
    accept(sent(opened, max), hanna)
    answer = browser.get(f"{ESTIMATE}1.pdf")
    assert answer["Content-Type"] == "application/pdf" and answer.content.startswith(b"%PDF")
    assert browser.get(f"{ESTIMATE}2.pdf").status_code == 404


def test_the_banner_says_what_is_used_up(opened: Ticket, browser: Client, max: Membership) -> None:
    log(opened, max, 48)
    assert "80 % of the time without an estimate is used." in text_of(browser.get(DESK))
    log(opened, max, 20)
    page = text_of(browser.get(DESK))
    assert "The time without an estimate is used up." in page and "Not billed before the customer agrees" in page


# Approvers ----------------------------------------------------------------------------------------------------------
def test_approvers_are_kept_on_their_page(
    browser: Client, company: Company, hanna: Contact, lars: Contact, max: Membership
) -> None:
    home = f"/nordlicht/companies/{company.pk}/approvers/"
    browser.post(f"{home}new/", {"contact": hanna.pk, "limit": "1.500,00", "currency": "EUR", "position": "1"})
    with acting(max):
        row = Approver.objects.get()
        assert str(row.limit) == "1500.00"
    browser.post(f"{home}{row.pk}/", {"limit": "", "currency": "EUR", "position": "2"})
    browser.post(
        f"{home}{row.pk}/deputies/new/", {"contact": lars.pk, "starts_on": "2026-03-02", "ends_on": "2026-03-06"}
    )
    browser.post(f"{home}mode/", {"mode": "sequence"})
    page = text_of(browser.get(home))
    assert "without a limit" in page and "Lars Lund" in page
    with acting(max):
        assert approvers.mode_of(company.pk) == Mode.SEQUENCE
        deputy = Deputy.objects.get()
    browser.post(f"{home}{row.pk}/deputies/{deputy.pk}/dismiss/")
    browser.post(f"{home}{row.pk}/remove/")
    with acting(max):
        assert (Deputy.objects.count(), Approver.objects.count()) == (0, 0)


# Rules --------------------------------------------------------------------------------------------------------------
def test_a_rule_says_what_it_inherits_and_from_whom(
    asks: ServicePolicy, browser: Client, rated: Contract, company: Company, max: Membership
) -> None:
    rules = "/nordlicht/settings/requests/"
    assert browser.post(f"{rules}everybody/", {"threshold_minutes": "1:30", "tolerance": "5"}).status_code == 302
    assert browser.post(f"{rules}companies/{company.pk}/", {"threshold_minutes": "2:00"}).status_code == 302
    page = text_of(browser.get(f"{rules}contracts/{rated.pk}/"))
    assert "Empty: 2:00 h, as Reederei Hansen says" in page and "Empty: 5 %" in page
    assert browser.post(f"{rules}contracts/{rated.pk}/", {"asks_estimate": "no"}).status_code == 302
    with acting(max):
        rows = {str(row): row for row in ServicePolicy.objects.select_related("company", "contract", "tenant")}
        assert rows["Care"].asks_estimate is False and rows["Reederei Hansen"].threshold_minutes == 120
        assert rows["Nordlicht IT"].tolerance == 5
    assert "Care" in text_of(browser.get(rules))


def test_reminders_come_in_their_order(asks: ServicePolicy, browser: Client, max: Membership) -> None:
    typed = {"estimate_reminds": "5", "estimate_reminds_again": "5"}
    answer = browser.post("/nordlicht/settings/requests/everybody/", typed)
    assert answer.status_code == 422 and "estimate_reminds_again" in answer.context["form"].errors
    with acting(max):
        assert ServicePolicy.objects.get().estimate_reminds is None


# Budgets ------------------------------------------------------------------------------------------------------------
def test_the_ticket_page_keeps_its_budget_with_estimates_on_it(
    opened: Ticket, browser: Client, in_queue: Membership, boss: Approver, chief: Approver, max: Membership
) -> None:
    log(opened, max, 70)
    put(opened, "note", max)
    sent(opened, max)
    few = statements(browser, DESK)
    with acting(max) as by:
        for minutes in (130, 140, 150, 160):
            estimates.revise(opened, draft(minutes=minutes), by=by)
    assert (statements(browser, DESK), statements(sign_in(in_queue), DESK)) <= (few, 20)
    assert few <= 20


def test_the_other_pages_take_twelve_statements(
    opened: Ticket, browser: Client, rated: Contract, boss: Approver, company: Company, max: Membership, lars: Contact
) -> None:
    with acting(max) as by:
        category = Category.objects.create(name="Printers")
        ServicePolicy.objects.create(category=category, tolerance=3)
        ServicePolicy.objects.create(contract=rated, tolerance=3)
        approvers.appoint(boss, lars, opened.created_at.date(), opened.created_at.date(), by=by)
    approved = f"/nordlicht/companies/{company.pk}/approvers/"
    pages = (ESTIMATE, approved, f"{approved}new/", "/nordlicht/settings/requests/",
             f"/nordlicht/settings/requests/contracts/{rated.pk}/", f"/nordlicht/companies/{company.pk}/")  # fmt: skip
    found = {page: statements(browser, page) for page in pages}
    sent(opened, max)
    found[f"{ESTIMATE}decision/"] = statements(browser, f"{ESTIMATE}decision/")
    assert {page: count for page, count in found.items() if count > 12} == {}
