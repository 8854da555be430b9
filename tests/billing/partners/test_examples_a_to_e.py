"""Examples A–E of outsourcing.md §9 through the web, on both sides, to the cent: from the offer to the invoice."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from billing.models import BillingItem
from billing.services import approving, margins, partner_billing, partner_costs, posting
from outsourcing.models import Handover, PartnerInvoice, Proposal, ServiceSide
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from tests.billing.partners.reading import in_english, plain
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import Pair, drain
from tests.outsourcing.test_pages_path import OFFER
from tickets.models import Charge, Queue, Ticket, TimeEntry

FLAT = {"rate_type": "flat", "flat_amount": "400"}


@dataclass
class Desks:
    """Two browsers and the tickets they work on."""

    lead: Client
    service: Client
    pair: Pair

    @property
    def here(self) -> str:
        """The lead's ticket."""
        return f"/nordlicht/tickets/{self.pair.ticket.number}/"

    @property
    def there(self) -> str:
        """The service partner's."""
        return f"/baltic/tickets/{self.pair.insourced.number}/"

    def log(self, word: str, **typed: Any) -> None:
        """Baltic writes time or a charge for Nordlicht, as its composer does."""
        page = self.service.get(self.there).content.decode()
        reader = re.search(r'value="(partner:[^"]+)"', page)
        assert reader is not None
        answer = self.service.post(f"{self.there}{word}/add/", {"reader": reader[1], "is_billable": "on", **typed})
        assert answer.status_code == 302, answer.content.decode()[:3000]
        drain()

    def time(self, minutes: str, offset: str = "") -> None:
        more = {"offset_minutes": offset, "offset_reason": "Learned on the way"} if offset else {}
        self.log("time", minutes=minutes, worked_on="2026-03-02", text="Changed the switch", **more)

    def charge(self, price: str) -> None:
        self.log("charges", name="Cable", quantity="1", unit_price=price, category="material")

    def approve_work(self) -> None:
        """Submitted here, approved there."""
        assert self.service.post(f"{self.there}submit-work/").status_code == 302
        drain()
        assert self.lead.post(f"{self.here}approve/").status_code == 302
        drain()

    def take_back(self, **part: Any) -> None:
        assert self.lead.post(f"{self.here}take-back/", {"reason": "We go ourselves.", **part}).status_code == 302
        drain()

    def billed_by_lead(self) -> list[Decimal]:
        """Nordlicht approves and posts everything of Baltic's that is billable: each line's amount."""
        with acting(self.pair.max) as by:
            posting.post([approving.approve(one, by=by) for one in self.copies()], by=by)
            return list(BillingItem.objects.filter(status="posted").order_by("pk").values_list("amount", flat=True))

    def copies(self) -> list[TimeEntry | Charge]:
        """Baltic's time and charges as Nordlicht has them, in its scope."""
        rows: list[Iterable[Any]] = [
            model._default_manager.filter(received_at__isnull=False).select_related("ticket__tenant").order_by("pk")
            for model in (TimeEntry, Charge)
        ]
        return [one for found in rows for one in found]

    def invoiced_by_service(self) -> Decimal:
        """Baltic posts the settlement with its button: what the lead partner is billed."""
        address = f"/baltic/handovers/{self.pair.handover.key}/post/"
        assert self.service.post(address).status_code == 302
        with acting(self.pair.gunta):
            return partner_billing.billed(self.pair.handover.key)

    def cost(self) -> Decimal:
        """The one charge for Baltic's labour on Nordlicht's ticket."""
        with acting(self.pair.max):
            charge = partner_costs.current(self.pair.ticket, self.pair.handover.key)
            assert charge is not None and not charge.is_billable
            return charge.amount

    def pages(self) -> list[str]:
        """The settlement as both read it, without markup."""
        found = []
        for client, slug in ((self.lead, "nordlicht"), (self.service, "baltic")):
            page = client.get(f"/{slug}/handovers/{self.pair.handover.key}/statement/").content.decode()
            found.append(plain(page))
        return found


@pytest.fixture
def started(max: Membership, gunta: Membership, ticket: Ticket, partnership: Any) -> Any:
    """Nordlicht offers the ticket on these terms and Baltic accepts, both on their pages."""

    def start(**terms: str) -> Desks:
        lead, service = sign_in(max), sign_in(gunta)
        in_english()
        offer = {**OFFER, **terms, "partner": partnership.key, "do": "send"}
        sent = lead.post(f"/nordlicht/tickets/{ticket.number}/outsource/", offer)
        assert sent.status_code == 302, sent.content.decode()[:2000]
        drain()
        with acting(gunta):
            handover, queue = Handover.objects.latest("pk"), Queue.objects.get()
        typed = {"title": "Slēdzis", "queue": queue.pk, "priority": "3", "new_company": "Nordlicht"}
        assert service.post(f"/baltic/handovers/{handover.key}/accept/", typed).status_code == 302
        drain()
        with acting(gunta):
            insourced = ServiceSide.objects.select_related("ticket").get().ticket
        return Desks(lead, service, Pair(max, gunta, ticket, insourced, handover))

    return start


def test_a_hourly_with_an_offset_and_a_charge(started: Any) -> None:
    """60 an hour, customer 95: 3.00 h, 1.50 h less 0.25, cable 40."""
    desks = started()
    desks.time("3:00")
    desks.time("1:30", "-0:15")
    desks.charge("40")
    with acting(desks.pair.max) as by:
        for one in desks.copies():
            with pytest.raises(Refused, match="partner_work_is_provisional"):
                approving.approve(one, by=by)
        assert not BillingItem.objects.exists()
    desks.approve_work()
    assert desks.billed_by_lead() == [Decimal("285.00"), Decimal("118.75"), Decimal("40.00")]
    assert desks.cost() == Decimal("255.00")
    with acting(desks.pair.max):
        margin = margins.of(desks.pair.link(desks.pair.max))
        assert margin is not None and margin.labour.margin == Decimal("148.75") and margin.waiting == 0
    assert desks.invoiced_by_service() == Decimal("295.00")
    ours, theirs = desks.pages()
    for page in (ours, theirs):
        assert "Payable, net €295.00" in page and "Over the cap" not in page and "More than was authorised" not in page
    assert "Labour margin €148.75" in ours and "148.75" not in theirs


def test_b_a_flat_amount(started: Any) -> None:
    """400 flat, 6 h logged, no charges."""
    desks = started(**FLAT)
    desks.time("6:00")
    desks.approve_work()
    assert desks.cost() == Decimal("400.00")
    assert desks.invoiced_by_service() == Decimal("400.00")
    assert all("Payable, net €400.00" in page for page in desks.pages())


def test_c_not_to_exceed(started: Any) -> None:
    """60 an hour, 3 h and charges of 50 authorised, not to exceed: 4.50 h and 30 are 210.00; 90.00 are over the cap."""
    desks = started(authorised_hours="3", not_to_exceed="on")
    desks.time("4:30")
    desks.charge("30")
    desks.approve_work()
    assert desks.cost() == Decimal("180.00")
    assert desks.invoiced_by_service() == Decimal("210.00")
    for page in desks.pages():
        assert "Payable, net €210.00" in page and "Over the cap, not paid €90.00" in page


def test_d_taken_back_by_the_hour(started: Any) -> None:
    """2.00 h at 60."""
    desks = started()
    desks.time("2:00")
    desks.take_back()
    assert desks.cost() == Decimal("120.00")
    assert desks.invoiced_by_service() == Decimal("120.00")


def test_d_taken_back_at_a_part_of_the_flat_amount(started: Any) -> None:
    """400 flat taken back, 50 % proposed with it and agreed."""
    desks = started(**FLAT)
    desks.time("3:00")
    desks.take_back(part="50")
    with acting(desks.pair.gunta):
        proposal = Proposal.objects.get(handover=desks.pair.handover)
    address = f"/baltic/handovers/{desks.pair.handover.key}/proposals/{proposal.key}/accept/"
    assert desks.service.post(address).status_code == 302
    drain()
    assert desks.cost() == Decimal("200.00")
    assert desks.invoiced_by_service() == Decimal("200.00")


def test_e_steps_of_fifteen_minutes(started: Any) -> None:
    """0:20 and 0:31 are 0.50 h and 0.75 h: 75.00."""
    desks = started(step_minutes="15")
    desks.time("0:20")
    desks.time("0:31")
    desks.approve_work()
    assert desks.cost() == Decimal("75.00")
    assert desks.invoiced_by_service() == Decimal("75.00")


def test_an_accepted_estimate_is_what_the_customer_pays(started: Any) -> None:
    """Its price is one item; the partner's hours are covered by it whatever *bill my customer at* says."""
    desks = started()
    with acting(desks.pair.max):
        row = Ticket.objects.get(pk=desks.pair.ticket.pk)
        agreed = {"agreed_at": row.created_at, "agreed_minutes": 300, "agreed_amount": 900, "agreed_currency": "EUR"}
        Ticket.objects.filter(pk=row.pk).update(**agreed)
    desks.time("3:00")
    desks.approve_work()
    with acting(desks.pair.max) as by:
        approving.approve(desks.copies()[0], by=by)
        items = list(BillingItem.objects.order_by("pk").values_list("amount", "covered"))
    assert sorted(items) == [(Decimal("0.00"), "estimate"), (Decimal("900.00"), "")]


def test_the_leads_invoice_is_expected_then_received_with_its_difference_then_paid(started: Any) -> None:
    desks = started()
    desks.time("2:00")
    desks.approve_work()
    at = f"/nordlicht/handovers/{desks.pair.handover.key}/"
    assert "Invoice expected" in desks.pages()[0]
    typed = {"number": "B-17", "date": "2026-03-10", "amount": "130.00"}
    assert desks.lead.post(f"{at}invoice/", typed).status_code == 302
    page = desks.pages()[0]
    assert "Invoice received" in page and "The invoice differs from the statement €10.00" in page
    assert desks.lead.post(f"{at}paid/").status_code == 302
    assert "Invoice paid" in desks.pages()[0]
    with acting(desks.pair.max):
        assert PartnerInvoice.objects.get().paid_on is not None


def test_posted_and_then_rejected_the_settlement_makes_up_the_difference(started: Any) -> None:
    """Baltic posts 2 h after *Insourcing complete*; the lead rejects, 1 h more is logged: 180.00 in all."""
    desks = started()
    desks.time("2:00")
    assert desks.service.post(f"{desks.there}submit-work/").status_code == 302
    drain()
    with acting(desks.pair.gunta) as by:
        entry = TimeEntry.objects.select_related("ticket__tenant").get()
        posting.post([approving.approve(entry, by=by)], by=by)
    assert desks.lead.post(f"{desks.here}reject/", {"reason": "The light is red."}).status_code == 302
    drain()
    desks.time("1:00")
    desks.approve_work()
    assert desks.invoiced_by_service() == Decimal("180.00")
    assert desks.cost() == Decimal("180.00")


def test_insourced_work_is_not_approved_before_insourcing_complete(started: Any) -> None:
    desks = started()
    desks.time("2:00")
    with acting(desks.pair.gunta) as by:
        entry = TimeEntry.objects.select_related("ticket__tenant").get()
        with pytest.raises(Refused, match="insourced_work_is_under_way"):
            approving.approve(entry, by=by)
        assert not BillingItem.objects.exists()
