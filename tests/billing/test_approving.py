"""Approve and post (it-house spec, "Contracts, approve and post, invoices"): checks, prices, giving back, posting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from billing.models import BillingItem, BillingSettings, HourBlock, InvoiceLine, ReturnedEntry, Surcharge
from billing.services import approving, contracts, posting
from psa.directory import work_types
from psa.directory.models import Contract, ContractKind, Rate, VatKind
from psa.mail.models import OutgoingMail
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from tests.billing import bills
from tests.billing.conftest import DAY
from tests.conftest import acting
from tickets import services
from tickets.models import Charge, Ticket, TimeEntry

Log = Callable[..., TimeEntry]


def approve(thing: Any, member: Membership) -> BillingItem:
    with acting(member) as by:
        return approving.approve(type(thing).objects.get(pk=thing.pk), by=by)


def parts(thing: Any) -> list[tuple[int, str, Decimal]]:
    return [(one.minutes, one.covered, one.amount) for one in approving.items_of(thing)]


# Prices -----------------------------------------------------------------------------------------------------------
def test_what_is_approved_has_the_price_of_its_contract(log: Log, bea: Membership, contract: Contract) -> None:
    item = approve(log(90, offset_minutes=-15, offset_reason="Coffee"), bea)
    with acting(bea):
        assert (item.minutes, item.quantity, item.unit_price, item.amount) == (
            75,
            Decimal("1.25"),
            95,
            Decimal("118.75"),
        )
        assert (item.status, item.unit_code, item.currency, item.contract_id) == ("approved", "HUR", "EUR", contract.pk)
        assert (item.approved_by_id, item.worked_on, item.text) == (bea.pk, DAY, "Switch replaced.")


@pytest.mark.parametrize(
    ("step", "offset", "billed"), [(0, 0, 50), (15, 0, 60), (15, -5, 45), (15, 20, 75), (60, -50, 0)]
)
def test_time_is_billed_after_its_offset_in_the_steps_of_the_contract(
    log: Log, bea: Membership, contract: Contract, step: int, offset: int, billed: int
) -> None:
    """It-house spec, "Time entries": hours are deducted or added, and rounded as the contract says."""
    with acting(bea):
        Contract.objects.filter(pk=contract.pk).update(step_minutes=step)
    item = approve(log(50, offset_minutes=offset, offset_reason="Agreed" if offset else ""), bea)
    assert (item.minutes, item.amount) == (billed, (Decimal(95) * billed / 60).quantize(Decimal("0.01")))


def test_vat_is_that_of_the_work_type(log: Log, bea: Membership, max: Membership) -> None:
    """It-house spec, "VAT: rate and category per article and work type": from the entry to the invoice's line."""
    with acting(max) as by:
        training = work_types.add(by=by, name="Training", vat_kind=VatKind.EXEMPT)
        remote = work_types.add(by=by, name="Remote")
    found = [approve(log(work_type=kind), bea) for kind in (training, remote, None)]
    assert [item.vat_kind for item in found] == ["exempt", "standard", "standard"]
    with acting(max) as by:
        bills.settled(found[0].company, by)
        posting.post(found, by=by)
        draft = bills.draft(found[0].company, by, *found)
        lines = InvoiceLine.objects.filter(invoice=draft).order_by("position")
        assert [(one.vat_category, one.vat_rate) for one in lines] == [("E", 0), ("S", 19), ("S", 19)]


def test_a_charge_is_billed_at_its_own_price(charge: Callable[..., Charge], bea: Membership) -> None:
    item = approve(charge(quantity=Decimal("2.5")), bea)
    assert (item.source, item.quantity, item.amount) == ("charge", Decimal("2.5"), Decimal("100.00"))


@pytest.mark.parametrize(("kind", "covered"), [("fixed", "fixed"), ("recurring", "recurring")])
def test_a_covering_contract_bills_work_at_nothing(
    log: Log, bea: Membership, contract: Contract, kind: str, covered: str
) -> None:
    with acting(bea):
        Contract.objects.filter(pk=contract.pk).update(kind=kind)
    entry = log(50)
    approve(entry, bea)
    with acting(bea):
        assert parts(entry) == [(50, covered, Decimal(0))]


def test_blocks_pay_first_and_remember_what_was_drawn(
    log: Log, bea: Membership, max: Membership, contract: Contract
) -> None:
    with acting(bea) as by:
        block = contracts.add_block(
            contract, by=by, name="Ten hours", minutes=60, price=Decimal(800), bought_on=date(2026, 1, 1)
        )
    first, second = log(45), log(45)
    approve(first, bea)
    approve(second, bea)
    with acting(bea) as by:
        assert parts(first) == [(45, "block", Decimal(0))]
        assert parts(second) == [(30, "", Decimal("47.50")), (15, "block", Decimal(0))]
        assert HourBlock.objects.get().used == 60
        assert list(BillingItem.objects.filter(source="block").values_list("amount", "block")) == [(800, block.pk)]
        approving.give_back(TimeEntry.objects.get(pk=second.pk), "Which port?", by=by)
        assert HourBlock.objects.get().used == 45
        with pytest.raises(Refused, match="block_is_drawn"):
            contracts.edit_block(block, by=by, minutes=30)


def test_a_surcharge_is_an_item_of_its_own(log: Log, bea: Membership, contract: Contract) -> None:
    with acting(bea):
        Surcharge.objects.create(contract=contract, name="Monday", percent=50, weekdays=[0])
    entry = log(60)
    approve(entry, bea)
    with acting(bea) as by:
        assert parts(entry) == [(60, "", Decimal("95.00")), (60, "", Decimal("47.50"))]
        assert BillingItem.objects.filter(name__contains=" 50 %").count() == 1
        posting.post(list(approving.items_of(entry))[:1], by=by)
        assert {one.status for one in approving.items_of(entry)} == {"posted"}, "what belongs together goes together"


def test_an_accepted_fixed_price_is_billed_once_and_covers_the_work(log: Log, job: Ticket, bea: Membership) -> None:
    first, second = log(60), log(30)
    with acting(bea):
        Ticket.objects.filter(pk=job.pk).update(
            agreed_at="2026-03-01T10:00Z", agreed_minutes=90, agreed_amount=Decimal(180), agreed_currency="EUR"
        )
    approve(first, bea)
    approve(second, bea)
    with acting(bea):
        assert parts(first) + parts(second) == [(60, "estimate", Decimal(0)), (30, "estimate", Decimal(0))]
        assert list(BillingItem.objects.filter(source="fixed").values_list("amount", flat=True)) == [Decimal(180)]


def test_an_agreed_rate_counts_before_the_contracts(log: Log, job: Ticket, bea: Membership) -> None:
    entry = log(60)
    with acting(bea):
        agreed = {"agreed_amount": Decimal(180), "agreed_rate": Decimal(80), "agreed_currency": "EUR"}
        Ticket.objects.filter(pk=job.pk).update(agreed_at="2026-03-01T10:00Z", agreed_minutes=90, **agreed)
    assert approve(entry, bea).amount == Decimal("80.00")


def test_an_invoice_says_which_block_paid_how_much_and_what_is_left(
    log: Log, bea: Membership, max: Membership, contract: Contract
) -> None:
    with acting(bea) as by:
        contracts.add_block(
            contract, by=by, name="Ten hours", minutes=600, price=Decimal(0), bought_on=date(2026, 1, 1)
        )
    found = [approve(log(90), bea), approve(log(45), bea)]
    with acting(max) as by:
        bills.settled(found[0].company, by)
        posting.post(found, by=by)
        draft = bills.draft(found[0].company, by, *found)
        first, second = InvoiceLine.objects.filter(invoice=draft).order_by("position")
        assert "1:30 h" in first.text and "„Ten hours“" in first.text and "8:30 h" in first.text, first.text
        assert "0:45 h" in second.text and "7:45 h" in second.text, "the balance after it"
        assert first.amount == 0


# Checks -----------------------------------------------------------------------------------------------------------
def test_the_usual_checks_ask_for_a_text_and_a_contract(
    log: Log, bea: Membership, max: Membership, contract: Contract
) -> None:
    for entry, code in ((log(text=""), "entry_without_text"), (log(contract=None), "entry_without_contract")):
        with pytest.raises(Refused, match=code):
            approve(entry, bea)
    with acting(bea):
        assert not BillingItem.objects.exists()


def test_checks_are_of_the_authors_role(log: Log, bea: Membership, max: Membership) -> None:
    entry = log(text="")
    with acting(bea) as by:
        settings = approving.billing_settings.of_tenant()
        BillingSettings.objects.filter(pk=settings.pk).update(checks={"administrator": ["time"], "billing": []})
        assert by.can("time.approve")
    with pytest.raises(Refused, match="entry_without_times"):
        approve(entry, bea)
    approve(log(text="", member=bea), bea)


def test_what_the_customer_has_not_agreed_to_is_not_approved(log: Log, bea: Membership) -> None:
    entry = log()
    with acting(bea):
        TimeEntry.objects.update(is_over_estimate=True)
    with pytest.raises(Refused, match="over_the_estimate"):
        approve(entry, bea)


def test_work_at_no_charge_is_not_approved(log: Log, bea: Membership) -> None:
    with pytest.raises(Refused, match="not_billable"):
        approve(log(is_billable=False), bea)


def test_work_nobody_has_a_rate_for_says_so(log: Log, bea: Membership, contract: Contract) -> None:
    entry = log(worked_on=date(2026, 3, 2))
    with acting(bea):
        Rate.objects.all().delete()
    with pytest.raises(Refused, match="no_rate_for_work"):
        approve(entry, bea)


def test_a_contract_put_later_makes_it_ready(log: Log, bea: Membership, contract: Contract) -> None:
    entry = log(contract=None)
    with acting(bea) as by:
        approving.use_contract(entry, by=by)
    assert approve(entry, bea).amount == Decimal("95.00")


def test_without_a_contract_on_the_day_none_is_put(log: Log, bea: Membership, contract: Contract) -> None:
    with acting(bea) as by, pytest.raises(Refused, match="no_contract_in_force"):
        approving.use_contract(log(worked_on=date(2025, 12, 1)), by=by)


@pytest.mark.parametrize("role", ["technician", "sales", "dispatcher", "read-only"])
def test_approving_and_posting_are_for_billing(
    log: Log, people: Callable[[str], Membership], bea: Membership, role: str
) -> None:
    entry = log()
    with pytest.raises(Denied, match=r"time\.approve"):
        approve(entry, people(role))
    item = approve(entry, bea)
    with acting(people(role)) as by, pytest.raises(Denied, match=r"billing\.post"):
        posting.post([item], by=by)
    with acting(bea):
        assert BillingItem.objects.get().status == "approved"


# Back -------------------------------------------------------------------------------------------------------------
def test_what_is_given_back_can_be_changed_and_is_priced_anew(
    log: Log, job: Ticket, bea: Membership, max: Membership, ada: Membership
) -> None:
    with acting(max) as by:
        services.fields.assign(job, ada, by=by)
    entry = log(60, member=ada)
    approve(entry, bea)
    with acting(bea) as by:
        with pytest.raises(Refused, match="reason_missing"):
            approving.give_back(entry, " ", by=by)
        for _twice in range(2):  # the same form came again (N3)
            approving.give_back(entry, "Which port?", by=by)
        assert BillingItem.objects.get().status == "returned" and ReturnedEntry.objects.get().reason == "Which port?"
        assert [mail.to_address for mail in OutgoingMail.objects.filter(code="work_returned")] == [
            "ada@nordlicht.example"
        ]
    with acting(ada) as by:
        services.items.edit(TimeEntry.objects.get(pk=entry.pk), by=by, text="Port 12.", minutes=120)
        assert not ReturnedEntry.objects.exists()
    item = approve(entry, bea)
    with acting(bea):
        assert BillingItem.objects.count() == 1
        assert (item.status, item.reason, item.minutes, item.amount) == ("approved", "", 120, Decimal("190.00"))


def test_what_was_never_approved_can_go_back_too(log: Log, bea: Membership) -> None:
    entry = log()
    with acting(bea) as by:
        approving.give_back(entry, "Which port?", by=by)
        assert ReturnedEntry.objects.count() == 1 and not BillingItem.objects.exists()
    approve(entry, bea)
    with acting(bea):
        assert not ReturnedEntry.objects.exists()


# Corrections ------------------------------------------------------------------------------------------------------
def test_a_correction_is_an_item_that_reverses_and_a_new_one(log: Log, bea: Membership) -> None:
    item = approve(log(60), bea)
    with acting(bea) as by:
        with pytest.raises(Refused, match="not_posted"):
            posting.reverse(item, "Wrong", by=by)
        posting.post([item], by=by)
        instead = posting.Instead(Decimal("0.5"), Decimal(95), "Half an hour.")
        made = posting.correct(item, instead, "It took half an hour.", by=by)
        rows = BillingItem.objects.order_by("pk")
        assert [(one.status, one.quantity, one.amount) for one in rows] == [
            ("balanced", 1, Decimal("95.00")),
            ("balanced", -1, Decimal("-95.00")),
            ("posted", Decimal("0.5"), Decimal("47.50")),
        ]
        assert (made.minutes, made.entry_id, rows[1].reverses_id) == (30, item.entry_id, item.pk)
        with pytest.raises(Refused, match="reversed_already"):
            posting.reverse(item, "Again", by=by)
        assert BillingItem.objects.count() == 3


def test_taking_back_what_a_block_paid_gives_the_block_its_minutes(
    log: Log, bea: Membership, contract: Contract
) -> None:
    with acting(bea) as by:
        contracts.add_block(contract, by=by, name="Ten", minutes=600, price=Decimal(0), bought_on=date(2026, 1, 1))
    item = approve(log(60), bea)
    with acting(bea) as by:
        posting.post([item], by=by)
        posting.reverse(item, "Not theirs", by=by)
        assert HourBlock.objects.get().used == 0
        assert BillingItem.objects.get(reverses=item).block_left == 600


def test_a_fixed_price_is_billed_once(bea: Membership, contract: Contract) -> None:
    with acting(bea) as by:
        with pytest.raises(Refused, match="no_fixed_price"):
            contracts.bill_fixed_price(contract, by=by)
        Contract.objects.filter(pk=contract.pk).update(kind=ContractKind.FIXED, fixed_price=Decimal(1200))
        contracts.bill_fixed_price(contract, by=by)
        with pytest.raises(Refused, match="fixed_price_is_billed"):
            contracts.bill_fixed_price(contract, by=by)
        assert BillingItem.objects.get().amount == Decimal(1200)


def test_n6_a_rate_of_later_does_not_change_what_was_worked_or_approved_before(
    log: Log, bea: Membership, contract: Contract
) -> None:
    before, after, approved = log(worked_on=date(2026, 3, 1)), log(worked_on=date(2026, 3, 2)), log()
    first = approve(approved, bea)
    with acting(bea):
        Rate.objects.create(contract=contract, amount=Decimal(120), since=date(2026, 3, 2))
    assert (approve(before, bea).amount, approve(after, bea).amount) == (Decimal("95.00"), Decimal("120.00"))
    with acting(bea):
        assert BillingItem.objects.get(pk=first.pk).amount == Decimal("95.00")
