"""The end of a request that waits for its bill (lifecycle moves 21, 22, 29; W12)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from billing.models import BillingItem, BillingSettings
from billing.services import approving, posting, settling
from psa.directory.models import Company, Contact
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from tests.billing import bills
from tests.conftest import acting
from tests.tickets.pages import sign_in_english
from tests.tickets.stages import WAYS, bring
from tests.workflows.conftest import work
from tickets import guards
from tickets.models import Charge, Ticket, TimeEntry

Log = Callable[..., TimeEntry]
Waits = Callable[[], Ticket]


@pytest.fixture
def waits(job: Ticket, company: Company, max: Membership) -> Waits:
    """Bring the job to where it waits for its bill."""

    def brought() -> Ticket:
        with acting(max) as by:
            contact = Contact.objects.create(company=company, name="Cleo", email="cleo@hansen.example")
            Ticket.objects.filter(pk=job.pk).update(contact=contact)
            return bring(Ticket.objects.get(pk=job.pk), WAYS["invoice"], by)

    return brought


def settle(ticket: Ticket, member: Membership, reason: str = "", write_off: bool = False) -> Any:
    with acting(member) as by:
        return settling.settle(Ticket.objects.get(pk=ticket.pk), reason, write_off=write_off, by=by)


def test_21_nothing_to_bill_closes_it(waits: Waits, bea: Membership) -> None:
    closed = settle(waits(), bea)
    assert (closed.status, closed.resolution) == ("closed", "accepted")


def test_21_all_of_it_approved_closes_it(
    waits: Waits, log: Log, charge: Callable[..., Charge], bea: Membership
) -> None:
    things = [log(), charge()]
    ticket = waits()
    with pytest.raises(Refused, match="something_to_bill"):
        settle(ticket, bea)
    with acting(bea) as by:
        for thing in things:
            approving.approve(type(thing).objects.get(pk=thing.pk), by=by)
    assert settle(ticket, bea).status == "closed"


def test_21_an_administrator_writes_the_rest_off_item_by_item(
    waits: Waits, log: Log, charge: Callable[..., Charge], bea: Membership, max: Membership
) -> None:
    log(), charge()
    ticket = waits()
    with pytest.raises(Denied, match=r"tenant\.manage"):
        settle(ticket, bea, "Goodwill.", write_off=True)
    with pytest.raises(Refused, match="reason_missing"):
        settle(ticket, max, " ", write_off=True)
    with acting(max):
        assert not BillingItem.objects.exists()
    assert settle(ticket, max, "Goodwill.", write_off=True).status == "closed"
    with acting(max):
        rows = BillingItem.objects.order_by("source").values_list("source", "status", "reason")
        assert list(rows) == [("charge", "written_off", "Goodwill."), ("time", "written_off", "Goodwill.")]


@pytest.mark.parametrize("role", ["technician", "sales", "dispatcher", "read-only", "contact"])
def test_settling_is_for_billing(waits: Waits, people: Callable[[str], Membership], role: str) -> None:
    ticket = waits()
    with pytest.raises(Denied, match=r"billing\.post|time\.approve"):
        settle(ticket, people(role))


@pytest.mark.parametrize(("settles", "status"), [(True, "closed"), (False, "invoice")])
def test_21_the_last_invoice_closes_it_by_itself(
    waits: Waits, log: Log, charge: Callable[..., Charge], max: Membership, settles: bool, status: str
) -> None:
    log(), charge()
    ticket = waits()
    with acting(max) as by:
        things = [TimeEntry.objects.get(), Charge.objects.get()]
        first, last = posting.post([approving.approve(thing, by=by) for thing in things], by=by)
        bills.issued(ticket.company, by, first)
    work()
    with acting(max) as by:
        assert Ticket.objects.get(pk=ticket.pk).status == "invoice"
        BillingSettings.objects.update(settles_tickets=settles)
        bills.issued(ticket.company, by, last)
    work()
    with acting(max):
        assert Ticket.objects.get(pk=ticket.pk).status == status


def test_21_issuing_the_last_invoice_closes_it_once_the_worker_had_its_turn(
    waits: Waits, log: Log, company: Company, max: Membership, bea: Membership
) -> None:
    entry = log()
    ticket = waits()
    with acting(bea) as by:
        item = approving.approve(TimeEntry.objects.get(pk=entry.pk), by=by)
        posting.post([item], by=by)
    with acting(max) as by:
        bills.issued(company, by, item)
    work()
    with acting(max):
        assert Ticket.objects.get(pk=ticket.pk).status == "closed"


def test_w12_a_request_of_which_something_is_posted_is_followed_and_not_opened(
    waits: Waits, log: Log, bea: Membership, max: Membership
) -> None:
    entry = log()
    ticket = waits()
    with acting(bea) as by:
        item = approving.approve(TimeEntry.objects.get(pk=entry.pk), by=by)
        assert not guards.refusals(Ticket.objects.get(pk=ticket.pk), "ticket.reopen", [], by)
        posting.post([item], by=by)
        refused = guards.refusals(Ticket.objects.get(pk=ticket.pk), "ticket.reopen", [], by)[None]
        assert (refused.code, refused.way_out) == ("ticket_is_posted", "workflows:ask_again")


def test_settling_from_the_page(waits: Waits, charge: Callable[..., Charge], max: Membership) -> None:
    charge()
    ticket, browser = waits(), sign_in_english(max)
    at = f"/nordlicht/requests/{ticket.number}/settle/"
    assert "Settle the bill" in browser.get(f"/nordlicht/tickets/{ticket.number}/").content.decode()
    assert "Write it off" in browser.get(at).content.decode()
    assert browser.post(at, {"do": "nothing"}).status_code == 422
    assert browser.post(at, {"do": "write_off", "reason": ""}).status_code == 422
    assert browser.post(at, {"do": "write_off", "reason": "Goodwill."}).status_code == 302
    with acting(max):
        assert Ticket.objects.get(pk=ticket.pk).status == "closed"
