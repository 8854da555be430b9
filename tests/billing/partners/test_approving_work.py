"""Approving work with a partner on its pages: what waits and why, row by row, what was posted and then sent back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils import timezone

from billing.models import BillingItem
from outsourcing.models import Handover
from psa.directory.models import Company, Contact
from tests.billing.partners.conftest import Start
from tests.billing.partners.reading import plain
from tests.conftest import acting, sign_in
from tests.tickets.pages import form_of
from tests.workflows.stage import approver
from tickets.models import Ticket, TimeEntry
from workflows import working_days


def test_insourced_work_waits_for_insourcing_complete(started: Start) -> None:
    desks = started()
    desks.time("2:00")
    assert "Not yet This work for Nordlicht IT is still under way." in desks.theirs.page("approve/partners/")
    assert "is still under way" in desks.theirs.decide("partners", "approve")
    with acting(desks.pair.gunta):
        assert not BillingItem.objects.exists()
    desks.submit()
    assert "€120.00 Ready" in desks.theirs.page("approve/partners/")


def test_one_row_of_several_is_approved(started: Start) -> None:
    desks = started()
    desks.time("3:00")
    desks.time("1:00")
    desks.approve_work()
    with acting(desks.pair.max):
        first = TimeEntry.objects.get(minutes=180)
    desks.ours.decide("partners", "approve", pick=first.pk)
    assert "Listed in all: €285.00" in desks.ours.page("approve/approved/")
    assert "€95.00 Ready" in desks.ours.page("approve/partners/")
    desks.ours.decide("approved", "post")
    assert desks.ours.posted() == [Decimal("285.00")]


def test_an_estimate_the_customer_accepted_wins_over_the_rate_in_the_offer(
    started: Start, ticket: Ticket, max: Any
) -> None:
    """A fixed 900 for five hours, sent and answered on the pages: one item, and the partner's hours are covered by it
    whatever *bill my customer at* says."""
    accepted_estimate(ticket, max)
    desks = started()
    desks.time("3:00")
    desks.approve_work()
    page = desks.ours.page("approve/partners/")
    assert "€0.00 Ready" in page and "€285.00" not in page
    desks.check_customers_invoice("900.00", "171.00", "1,071.00")
    with acting(desks.pair.max):
        items = BillingItem.objects.order_by("pk").values_list("amount", "covered")
        assert sorted(items) == [(Decimal("0.00"), "estimate"), (Decimal("900.00"), "")]
    assert "The customer pays by the accepted estimate" in desks.statements()[0]
    desks.check_partners_invoice("180.00")


def accepted_estimate(ticket: Ticket, max: Any) -> None:
    """Max sends an estimate, and writes down that Cleo agreed by mail."""
    with acting(max):
        contact = Contact.objects.create(company=Company.objects.get(), name="Cleo", email="cleo@hansen.example")
        Ticket.objects.filter(pk=ticket.pk).update(contact=contact)
        due = working_days.after(Ticket.objects.get(pk=ticket.pk), 3, timezone.now())
    approver(max, contact)
    browser, at = sign_in(max), f"/nordlicht/tickets/{ticket.number}/estimate/"
    typed = {"kind": "fixed", "amount": "900", "minutes": "5:00", "proposed_due": f"{due:%Y-%m-%dT%H:%M}"}
    answer = browser.post(at, {**form_of(browser.get(at)), **typed, "text": "A new switch.", "do": "send"})
    assert answer.status_code == 302, plain(answer.content.decode())
    said = {"decision": "accepted", "proof": "mail", "text": "Mail of today."}
    answer = browser.post(f"{at}decision/", form_of(browser.get(f"{at}decision/")) | said)
    assert answer.status_code == 302, plain(answer.content.decode())


def test_posted_and_then_refused_the_settlement_makes_up_the_difference(started: Start) -> None:
    """Baltic posts 2 h after *Insourcing complete*; the lead rejects, 1 h more is logged: 180.00 in all."""
    desks = started()
    desks.time("2:00")
    desks.submit()
    desks.theirs.bill_work()
    assert desks.theirs.posted() == [Decimal("120.00")]
    desks.press(desks.lead, f"{desks.here}reject/", reason="The light is red.")
    assert "The light is red." in plain(desks.service.get(desks.there).content.decode())
    assert desks.theirs.posted() == [Decimal("120.00")], "what was posted stays"
    changed_is_refused(desks)
    so_far = desks.statements()[0]
    assert "Settlement so far" in so_far and "Payable, net €120.00" in so_far and "Invoice expected" not in so_far
    assert "Provisional" in desks.ours.page("approve/partners/")
    desks.time("1:00")
    desks.approve_work()
    desks.check_payable("180.00")
    desks.check_customers_invoice("285.00", "54.15", "339.15")
    desks.check_partners_invoice("180.00")
    desks.check_cost("180.00")


def changed_is_refused(desks: Any) -> None:
    """A posted entry is not changed by whoever logged it, although the work goes on."""
    with acting(desks.pair.gunta):
        entry = TimeEntry.objects.get()
        assert Handover.objects.get().status == "in_progress"
    at = reverse("tickets:edit_item", args=["baltic", desks.pair.insourced.number, "timeentry", entry.key])
    typed = {"minutes": "9:00", "worked_on": "2026-03-02", "text": "More.", "version": str(entry.version)}
    answer = desks.service.post(at, typed)
    assert answer.status_code in {409, 422}
    assert "This was posted for billing and stays as it is." in plain(answer.content.decode())
    with acting(desks.pair.gunta):
        assert TimeEntry.objects.get().minutes == 120
