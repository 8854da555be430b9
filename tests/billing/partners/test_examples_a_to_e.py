"""Examples A–E of outsourcing.md §9 through the web, on both sides, to the cent: from the offer to both invoices."""

from __future__ import annotations

from decimal import Decimal

from billing.models import BillingItem
from outsourcing.models import Proposal
from tests.billing.partners.conftest import Start
from tests.conftest import acting

FLAT = {"rate_type": "flat", "flat_amount": "400"}
PROVISIONAL = "Provisional Baltic Service is still at work: what they logged is provisional."


def test_a_hourly_with_an_offset_and_a_charge(started: Start) -> None:
    """60 an hour, customer 95: 3.00 h, 1.50 h less 0.25, cable 40."""
    desks = started()
    desks.time("3:00")
    desks.time("1:30", "-0:15")
    desks.charge("40")
    for tab, rows in (("partners", 2), ("charges", 1)):
        assert desks.ours.page(f"approve/{tab}/").count(PROVISIONAL) == rows
        assert desks.ours.decide(tab, "approve").count("Baltic Service is still at work") == rows
    with acting(desks.pair.max):
        assert not BillingItem.objects.exists()
    desks.approve_work()
    page = desks.ours.page("approve/partners/")
    assert "€285.00 Ready" in page and "€118.75 Ready" in page and "Provisional" not in page
    desks.check_customers_invoice("443.75", "84.31", "528.06")
    with acting(desks.pair.max):
        lines = list(BillingItem.objects.order_by("pk").values_list("amount", flat=True))
    assert lines == [Decimal("285.00"), Decimal("118.75"), Decimal("40.00")]
    desks.check_cost("255.00")
    desks.check_partners_invoice("295.00")
    desks.check_payable("295.00")
    ours, theirs = desks.statements()
    for page in (ours, theirs):
        assert "Over the cap" not in page and "More than was authorised" not in page
    assert "Labour margin €148.75" in ours and "148.75" not in theirs


def test_b_a_flat_amount(started: Start) -> None:
    """400 flat, 6 h logged, no charges; the customer pays 95 an hour."""
    desks = started(**FLAT)
    desks.time("6:00")
    desks.approve_work()
    assert "€0.00 Ready" in desks.theirs.page("approve/partners/")
    desks.check_customers_invoice("570.00", "108.30", "678.30")
    desks.check_partners_invoice("400.00")
    desks.check_cost("400.00")
    desks.check_payable("400.00")


def test_c_not_to_exceed(started: Start) -> None:
    """60 an hour, 3 h and charges of 50 authorised, not to exceed: 4.50 h and 30 are 210.00; 90.00 are over the cap."""
    desks = started(authorised_hours="3", not_to_exceed="on")
    desks.time("4:30")
    desks.charge("30")
    desks.approve_work()
    desks.check_customers_invoice("457.50", "86.93", "544.43")
    desks.check_partners_invoice("210.00")
    with acting(desks.pair.gunta):
        lines = list(BillingItem.objects.order_by("pk").values_list("amount", flat=True))
    assert lines == [Decimal("270.00"), Decimal("30.00"), Decimal("-90.00")]
    desks.check_cost("180.00")
    desks.check_payable("210.00")
    for page in desks.statements():
        assert "Over the cap, not paid €90.00" in page


def test_d_taken_back_by_the_hour(started: Start) -> None:
    """2.00 h at 60."""
    desks = started()
    desks.time("2:00")
    desks.take_back()
    desks.check_customers_invoice("190.00", "36.10", "226.10")
    desks.check_partners_invoice("120.00")
    desks.check_cost("120.00")
    desks.check_payable("120.00")


def test_d_taken_back_at_a_part_of_the_flat_amount(started: Start) -> None:
    """400 flat taken back, 50 % proposed with it and agreed."""
    desks = started(**FLAT)
    desks.time("3:00")
    desks.take_back(part="50")
    with acting(desks.pair.gunta):
        proposal = Proposal.objects.get(handover=desks.pair.handover)
    desks.press(desks.service, f"/baltic/{desks.contract}proposals/{proposal.key}/accept/")
    desks.check_customers_invoice("285.00", "54.15", "339.15")
    desks.check_partners_invoice("200.00")
    desks.check_cost("200.00")
    desks.check_payable("200.00")


def test_e_steps_of_fifteen_minutes(started: Start) -> None:
    """0:20 and 0:31 are 0.50 h and 0.75 h: 75.00. The customer's price knows no steps: 31.67 and 49.08."""
    desks = started(step_minutes="15")
    desks.time("0:20")
    desks.time("0:31")
    desks.approve_work()
    desks.check_customers_invoice("80.75", "15.34", "96.09")
    desks.check_partners_invoice("75.00")
    desks.check_cost("75.00")
    desks.check_payable("75.00")
