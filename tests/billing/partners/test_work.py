"""Money between partners: what each side bills, what it costs, and when (outsourcing spec §9)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from billing.models import BillingItem, BillingSource, BillingStatus
from billing.services import partner_billing, partner_costs, partner_money
from outsourcing.models import Handover, LeadSide, Statement
from outsourcing.services import answering, ending, proposals, sending
from outsourcing.terms import Draft
from psa.directory.models import Company, Contract, ContractKind
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from tests.conftest import acting
from tests.outsourcing.conftest import HOURLY, Pair, drain
from tests.outsourcing.test_statement import DAY, approve, complete, example_a, give_back, log, take_back
from tickets import readers
from tickets.models import Audience, Charge, Ticket, TimeEntry
from tickets.services import items

FLAT: dict[str, Any] = {"rate_type": "flat", "flat_amount": Decimal(400), "authorised_charges": Decimal(50)}


def rehanded(pair: Pair, **terms: Any) -> Pair:
    """The same two companies with other terms: the handover's first version says them."""
    with acting(pair.max) as by:
        ending.take_back(pair.ticket, "Once more, on other terms.", by=by)
    drain()
    with acting(pair.max) as by:
        ticket = Ticket.objects.get(pk=pair.ticket.pk)
        partnership = Handover.objects.get(pk=pair.handover.pk).partnership
        handover = sending.send(ticket, partnership, Draft(**terms), by=by)
    drain()
    with acting(pair.gunta) as by:
        company = Company.objects.get(name="Nordlicht IT")
        insourced = answering.accept(handover, company, by=by, title=handover.title)
    drain()
    return Pair(pair.max, pair.gunta, pair.ticket, insourced, handover)


def received(pair: Pair) -> list[TimeEntry]:
    """What the lead has of Baltic's time, in order; read in its scope."""
    return list(TimeEntry.objects.filter(handover=pair.handover.key).select_related("ticket").order_by("pk"))


def quoted(pair: Pair) -> list[Decimal | None]:
    """What the lead would bill for Baltic's time; None where it is priced as any other work."""
    with pair.lead():
        return [priced.amount if (priced := partner_money.price_of(one)) else None for one in received(pair)]


def basis(pair: Pair) -> str:
    """What the customer is billed by, in the lead's scope."""
    side = LeadSide.objects.select_related("ticket").get(handover=pair.handover)
    return partner_money.book_of_ticket(side.ticket).basis(side.ticket, side.bill_rate, DAY)


def cost(pair: Pair) -> Charge | None:
    with pair.lead():
        return partner_costs.current(pair.ticket, pair.handover.key)


def posted(pair: Pair) -> list[BillingItem]:
    """Baltic posts what the settlement says."""
    with pair.service() as by:
        return partner_billing.post(pair.insourced, Handover.objects.get(pk=pair.handover.pk), by=by)


def total(pair: Pair) -> tuple[Decimal, Decimal]:
    """What Baltic's items come to, and what the statement says is payable."""
    with pair.service():
        handover = Handover.objects.get(pk=pair.handover.pk)
        statement = partner_billing.statement_of(handover)
        assert statement is not None
        return partner_billing.billed(handover.key), statement.total


# What the lead bills ------------------------------------------------------------------------------------------------
def test_the_lead_bills_uncovered_work_at_its_own_rate_with_offsets(pair: Pair) -> None:
    """Example A: 285.00 and 118.75."""
    example_a(pair)
    assert quoted(pair) == [Decimal("285.00"), Decimal("118.75")]


def test_an_accepted_estimate_wins_over_bill_my_customer_at(pair: Pair) -> None:
    example_a(pair)
    with pair.lead():
        Ticket.objects.filter(pk=pair.ticket.pk).update(agreed_at=pair.ticket.created_at, agreed_minutes=300)
        assert basis(pair) == partner_money.Basis.ESTIMATE
    assert quoted(pair) == [None, None]


@pytest.mark.parametrize(
    ("kind", "by_what"),
    [("fixed", "contract"), ("block", "contract"), ("recurring", "contract"), ("hourly", "bill_rate")],
)
def test_a_covering_contract_wins_and_one_by_the_hour_does_not(pair: Pair, kind: str, by_what: str) -> None:
    with pair.lead():
        price = Decimal(900) if kind == "fixed" else None
        company = Ticket.objects.get(pk=pair.ticket.pk).company
        Contract.objects.create(
            company=company, name="Care", kind=ContractKind(kind), fixed_price=price, starts_on="2026-01-01"
        )
    example_a(pair)
    with pair.lead():
        assert basis(pair) == by_what
        assert all(one.contract is not None for one in received(pair))
    assert quoted(pair) == ([None, None] if by_what == "contract" else [Decimal("285.00"), Decimal("118.75")])


def test_without_a_rate_of_its_own_the_contract_says_what_the_customer_pays(pair: Pair) -> None:
    example_a(pair)
    with pair.lead():
        LeadSide.objects.filter(handover=pair.handover).update(bill_rate=None)
        assert basis(pair) == partner_money.Basis.NO_CONTRACT
    assert quoted(pair) == [None, None]


# Provisional --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("end", [approve, complete, take_back, give_back], ids=lambda end: end.__name__)
def test_a_partners_work_is_provisional_from_arrival_until_the_handover_has_ended(
    pair: Pair, end: Callable[[Pair], None]
) -> None:
    example_a(pair)
    with pair.lead():
        for one in [*received(pair), Charge.objects.select_related("ticket").get()]:
            assert partner_money.is_provisional(one)
            with pytest.raises(Refused, match="partner_work_is_provisional"):
                partner_money.check(one)
    end(pair)
    drain()
    with pair.lead():
        assert not any(partner_money.is_provisional(one) for one in received(pair))


def test_insourced_work_is_looked_through_before_insourcing_complete_and_approved_afterwards(pair: Pair) -> None:
    log(pair, minutes=60)
    with pair.service():
        entry = TimeEntry.objects.select_related("ticket").get()
        with pytest.raises(Refused, match="insourced_work_is_under_way"):
            partner_money.check(entry)
        priced = partner_money.price_of(entry)
        assert priced is not None and priced.amount == Decimal(60)
    drain()
    with pair.service() as by:
        answering.submit(pair.insourced, by=by)
        partner_money.check(TimeEntry.objects.select_related("ticket").get())


def test_work_of_our_own_is_priced_and_approved_as_always(pair: Pair) -> None:
    with pair.lead() as by:
        reader = next(one for one in readers.readers(pair.ticket) if one.audience == Audience.INTERNAL)
        own = items.add(pair.ticket, "timeentry", reader, by=by, minutes=30, worked_on=DAY, text="Ours")
        assert isinstance(own, TimeEntry)
        assert partner_money.price_of(own) is None and not partner_money.is_provisional(own)


# What it costs --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("end", [approve, complete, take_back, give_back], ids=lambda end: end.__name__)
def test_the_end_makes_one_charge_nobody_is_billed_for(pair: Pair, end: Callable[[Pair], None]) -> None:
    """Example A: 4.25 h × 60 = 255.00; the entries stay, the offset is listed."""
    example_a(pair)
    assert cost(pair) is None
    end(pair)
    drain()
    drain()
    made = cost(pair)
    assert made is not None
    assert (made.amount, made.currency, made.is_billable) == (Decimal("255.00"), "EUR", False)
    assert (made.audience, made.handover, made.is_copy) == (Audience.INTERNAL, None, False)
    assert "0:15" in made.text and "Gunta" in made.text
    with pair.lead():
        assert len(received(pair)) == 2
        assert Charge.objects.filter(is_billable=False).count() == 1


def test_nobody_changes_the_cost_by_hand(pair: Pair) -> None:
    example_a(pair)
    complete(pair)
    made = cost(pair)
    assert made is not None
    with pair.lead() as by:
        for change in (
            lambda: items.edit(made, by=by, version=made.version, unit_price=Decimal(1)),
            lambda: items.remove(made, by=by),
        ):
            with pytest.raises(Refused, match="cost_follows_settlement"):
                change()
    again = cost(pair)
    assert again is not None and again.unit_price == Decimal(255)


def test_the_cost_never_leaves_the_lead(pair: Pair) -> None:
    example_a(pair)
    complete(pair)
    drain()
    with pair.service():
        assert list(Charge.objects.values_list("name", flat=True)) == ["Cable"]


def test_a_second_statement_brings_a_second_charge_in_place_of_the_first(pair: Pair) -> None:
    """A flat amount taken back without a part, 50 % agreed afterwards: 0 first, then 200.00 (example D)."""
    flat = rehanded(pair, **FLAT)
    with flat.lead() as by:
        ending.take_back(flat.ticket, "We go ourselves.", by=by, part=25)
    drain()
    first = cost(flat)
    assert first is not None and first.unit_price == Decimal(100)
    with flat.service() as by:
        proposal = proposals.Proposal.objects.get(handover=flat.handover)
        proposals.refuse(proposal, "Half was done.", by=by)
        proposals.propose_part(Handover.objects.get(pk=flat.handover.pk), 50, "Half was done.", by=by)
    drain()
    with flat.lead() as by:
        proposal = proposals.Proposal.objects.filter(handover=flat.handover, part=50).get()
        proposals.accept(proposal, by=by)
    drain()
    second = cost(flat)
    assert second is not None and second.unit_price == Decimal(200) and second.key != first.key
    with flat.lead():
        assert Charge.objects.get(pk=first.pk).is_removed


# What the service partner bills ---------------------------------------------------------------------------------------
def test_the_settlement_becomes_posted_items_once(pair: Pair) -> None:
    example_a(pair)
    with pytest.raises(Refused, match="settlement_is_missing"):
        posted(pair)
    approve(pair)
    drain()
    made = posted(pair)
    assert [one.amount for one in made] == [Decimal("180.00"), Decimal("75.00"), Decimal("40.00")]
    assert {one.source for one in made} == {BillingSource.SETTLEMENT}
    assert {one.status for one in made} == {BillingStatus.POSTED}
    with pair.service():
        assert {Company.objects.get(pk=one.company_id).name for one in made} == {"Nordlicht IT"}
    assert total(pair) == (Decimal("295.00"), Decimal("295.00"))
    assert posted(pair) == []
    assert total(pair) == (Decimal("295.00"), Decimal("295.00"))


def test_what_was_approved_entry_by_entry_is_not_billed_twice(pair: Pair) -> None:
    example_a(pair)
    approve(pair)
    drain()
    with pair.service():
        entry = TimeEntry.objects.select_related("ticket").order_by("pk")[0]
        priced = partner_money.price_of(entry)
        assert priced is not None
        BillingItem.objects.create(
            source=BillingSource.TIME, company_id=priced.company, ticket=entry.ticket, entry=entry,
            handover=priced.handover, worked_on=entry.worked_on, name="Work", minutes=priced.minutes,
            quantity=priced.quantity, unit_price=priced.unit_price, amount=priced.amount, currency=priced.currency,
        )  # fmt: skip
    made = posted(pair)
    assert sorted(one.amount for one in made) == [Decimal("40.00"), Decimal("75.00"), Decimal("180.00")]
    assert {one.status for one in made} == {BillingStatus.POSTED}
    assert total(pair) == (Decimal("295.00"), Decimal("295.00"))


def test_internal_time_and_foreign_charges_cost_the_lead_nothing(pair: Pair) -> None:
    log(pair, minutes=60)
    log(pair, minutes=600, audience=Audience.INTERNAL)
    log(pair, kind="charge", name="Taxi", unit_price=Decimal(30), currency="CHF")
    drain()
    with pair.service():
        found = [
            *TimeEntry.objects.select_related("ticket").order_by("pk"),
            Charge.objects.select_related("ticket").get(),
        ]
        priced = [partner_money.price_of(one) for one in found]
        assert [one and (one.amount, one.covered) for one in priced] == [
            (Decimal("60.00"), ""), (Decimal("0.00"), "internal"), (Decimal("0.00"), "other_currency"),
        ]  # fmt: skip
    complete(pair)
    drain()
    posted(pair)
    assert total(pair) == (Decimal("60.00"), Decimal("60.00"))


def test_b_a_flat_amount_is_one_line_and_labour_nothing(pair: Pair) -> None:
    """Example B: 6 h logged, 400.00 billed and 400.00 cost."""
    flat = rehanded(pair, **FLAT)
    log(flat, minutes=360)
    drain()
    complete(flat)
    drain()
    made = posted(flat)
    assert [(one.amount, one.minutes) for one in made] == [(Decimal("0.00"), 360), (Decimal("400.00"), 0)]
    assert total(flat) == (Decimal("400.00"), Decimal("400.00"))
    charge = cost(flat)
    assert charge is not None and charge.amount == Decimal("400.00")


def test_c_a_cap_is_a_line_that_reduces(pair: Pair) -> None:
    """Example C: 270.00 logged, 180.00 paid, charges 30.00: 210.00."""
    capped = rehanded(pair, **{**HOURLY, "authorised_minutes": 180, "not_to_exceed": True})
    log(capped, minutes=270)
    log(capped, kind="charge", name="Cable", unit_price=Decimal(30))
    drain()
    complete(capped)
    drain()
    assert [one.amount for one in posted(capped)] == [Decimal("270.00"), Decimal("30.00"), Decimal("-90.00")]
    assert total(capped) == (Decimal("210.00"), Decimal("210.00"))
    charge = cost(capped)
    assert charge is not None and charge.amount == Decimal("180.00")


def test_e_steps_are_rounded_entry_by_entry(pair: Pair) -> None:
    """Example E: 0:20 and 0:31 in steps of 15 are 1.25 h: 75.00."""
    stepped = rehanded(pair, **{**HOURLY, "step_minutes": 15})
    log(stepped, minutes=20)
    log(stepped, minutes=31)
    drain()
    complete(stepped)
    drain()
    assert [one.minutes for one in posted(stepped)] == [30, 45]
    assert total(stepped) == (Decimal("75.00"), Decimal("75.00"))


def test_n8_two_party_rows_hold_neither_the_bill_rate_nor_what_the_customer_pays(pair: Pair, max: Membership) -> None:
    example_a(pair)
    complete(pair)
    drain()
    with acting(max):
        for statement in Statement.objects.all():
            assert "95" not in str(statement.document["rates"]) and "285.00" not in str(statement.document)
