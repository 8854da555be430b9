# ruff: noqa: F811
"""Licences: reported on the ticket, answered by sales, taken into the contract (it-house spec, "Licences (MSP)")."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from billing.models import (
    ContractLine,
    DeliveryNote,
    Licence,
    LicenceChange,
    LicenceCheck,
    Order,
    OrderLine,
    OrderTicket,
)
from billing.services import licences
from billing.services.licences import Position, Report
from psa.directory.models import Company, Contract
from psa.journal.models import Entry
from psa.tenancy.errors import Asks, Denied, Refused
from psa.tenancy.models import Membership
from tests.billing.visit_stage import clock, seller  # noqa: F401
from tests.conftest import acting
from tickets import services
from tickets.models import HandOff, Ticket
from tickets.services import hand_offs

pytestmark = pytest.mark.usefixtures("clock")
DAY, MAY, JUNE = date(2026, 2, 27), date(2026, 5, 1), date(2026, 6, 1)


@pytest.fixture
def contract(company: Company, max: Membership) -> Contract:
    with acting(max):
        return Contract.objects.create(company=company, name="Care", starts_on="2026-01-01")


@pytest.fixture
def line(contract: Contract, max: Membership) -> ContractLine:
    """Ten licences at five, billed until the end of April."""
    with acting(max):
        return ContractLine.objects.create(
            contract=contract, name="Office", quantity=10, unit_price=5, starts_on=date(2026, 1, 1), next_on=MAY
        )


def said(**more: Any) -> Report:
    return Report(**{"product": "Office", "quantity": 3, "installed_on": DAY, "device": "PC-17", **more})


def report(ticket: Ticket, member: Membership, **more: Any) -> Licence:
    with acting(member) as by:
        return licences.report(ticket, said(**more), by=by)


def accept(row: Licence, member: Membership, contract: Contract, on: date = MAY, **more: Any) -> Licence:
    with acting(member) as by:
        return licences.accept(row, Position(contract, on, **more), by=by)


def positions(member: Membership) -> list[tuple[str, int, str, str]]:
    """What the contracts say: name, quantity, from, until."""
    with acting(member):
        rows = ContractLine.objects.order_by("pk")
        return [(one.name, int(one.quantity), str(one.starts_on), str(one.ends_on or "")) for one in rows]


OLD = ("Office", 10, "2026-01-01", "")


# Reported -----------------------------------------------------------------------------------------------------------
def test_a_reported_licence_is_a_task_of_sales(ticket: Ticket, max: Membership) -> None:
    row = report(ticket, max, remark="For the new colleagues")
    with acting(max):
        task = HandOff.objects.get()
        assert (task.kind, task.receiving_role, task.subject, task.title, task.text) == (
            "licence", "sales", row.key, "3 × Office", "For the new colleagues",
        )  # fmt: skip
        assert (row.hand_off_id, row.company_id, row.status) == (task.pk, ticket.company_id, "reported")
        assert Entry.objects.get(kind="licence.reported").subject_id == ticket.pk


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"product": " "}, "licence_product_missing"),
        ({"quantity": 0}, "licence_quantity_missing"),
        ({"quantity": -3}, "licence_quantity_missing"),
        ({"change": LicenceChange.REPLACEMENT}, "licence_replaces_nothing"),
        ({"installed_on": date(2026, 3, 3)}, "licence_is_in_the_future"),
    ],
)
def test_what_cannot_be_reported(ticket: Ticket, max: Membership, more: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused, match=code):
        report(ticket, max, **more)
    with acting(max):
        assert not Licence.objects.exists() and not HandOff.objects.exists()


@pytest.mark.parametrize(
    ("more", "is_asked"),
    [
        ({}, True),
        ({"product": "OFFICE", "device": "pc-17", "quantity": 1}, True),
        ({"device": "PC-18"}, False),
        ({"product": "Backup"}, False),
        ({"installed_on": date(2026, 2, 26)}, False),
    ],
)
def test_the_same_device_product_and_day_twice_is_asked_about(
    ticket: Ticket, max: Membership, more: dict[str, Any], is_asked: bool
) -> None:
    report(ticket, max)
    if is_asked:
        with pytest.raises(Asks, match="licence_reported_already"):
            report(ticket, max, **more)
        with acting(max) as by:
            assert Licence.objects.count() == 1
            licences.report(ticket, said(**more), is_sure=True, by=by)
    else:
        report(ticket, max, **more)
    with acting(max):
        assert Licence.objects.count() == 2


def test_what_was_taken_back_is_no_twin(ticket: Ticket, max: Membership) -> None:
    row = report(ticket, max)
    with acting(max) as by:
        licences.cancel(row, by=by)
        assert HandOff.objects.get().status == "cancelled"
    assert report(ticket, max).status == "reported"


# Taken in -----------------------------------------------------------------------------------------------------------
def test_a_new_licence_is_a_new_position(
    ticket: Ticket, max: Membership, seller: Membership, contract: Contract
) -> None:
    row = accept(report(ticket, max), seller, contract, unit_price=Decimal("4.50"), months=12)
    with acting(max):
        made = ContractLine.objects.get()
        assert (made.quantity, made.unit_price, made.months, made.next_on) == (3, Decimal("4.50"), 12, MAY)
        assert (row.status, row.line_id, row.starts_on) == ("accepted", made.pk, MAY)
        assert HandOff.objects.get().status == "done"


CHANGES = [
    (LicenceChange.EXTENSION, 3, MAY, [("Office", 10, "2026-01-01", "2026-04-30"), ("Office", 13, "2026-05-01", "")]),
    (LicenceChange.EXTENSION, 3, JUNE, [("Office", 10, "2026-01-01", "2026-05-31"), ("Office", 13, "2026-06-01", "")]),
    (LicenceChange.REDUCTION, 3, MAY, [("Office", 10, "2026-01-01", "2026-04-30"), ("Office", 7, "2026-05-01", "")]),
    (LicenceChange.REDUCTION, 10, MAY, [("Office", 10, "2026-01-01", "2026-04-30")]),
    (
        LicenceChange.REPLACEMENT, 10, MAY,
        [("Office", 10, "2026-01-01", "2026-04-30"), ("Suite", 10, "2026-05-01", "")],
    ),
    (
        LicenceChange.REPLACEMENT, 4, MAY,
        [("Office", 10, "2026-01-01", "2026-04-30"), ("Office", 6, "2026-05-01", ""), ("Suite", 4, "2026-05-01", "")],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("change", "quantity", "on", "found"), CHANGES)
def test_a_position_is_raised_lowered_or_replaced_from_a_day_on(
    ticket: Ticket, max: Membership, seller: Membership, contract: Contract, line: ContractLine,
    change: str, quantity: int, on: date, found: list[Any],
) -> None:  # fmt: skip
    product = "Suite" if change == LicenceChange.REPLACEMENT else "Office"
    row = report(ticket, max, change=change, quantity=quantity, product=product, replaces=line)
    accept(row, seller, contract, on)
    assert positions(max) == found


def test_what_is_billed_already_stays(
    ticket: Ticket, max: Membership, seller: Membership, contract: Contract, line: ContractLine
) -> None:
    row = report(ticket, max, change=LicenceChange.EXTENSION, replaces=line)
    with pytest.raises(Refused, match="licence_position_billed"):
        accept(row, seller, contract, date(2026, 4, 1))
    assert positions(max) == [OLD]
    with acting(max):
        assert Licence.objects.get().status == "reported" and HandOff.objects.get().status == "open"


def test_a_position_that_was_never_billed_is_changed_where_it_stands(
    ticket: Ticket, max: Membership, seller: Membership, contract: Contract, line: ContractLine
) -> None:
    with acting(max):
        ContractLine.objects.filter(pk=line.pk).update(next_on=line.starts_on)
    accept(report(ticket, max, change=LicenceChange.EXTENSION, replaces=line), seller, contract, date(2026, 1, 1))
    assert positions(max) == [("Office", 13, "2026-01-01", "")]


def test_no_more_is_taken_off_than_there_is(
    ticket: Ticket, max: Membership, seller: Membership, contract: Contract, line: ContractLine
) -> None:
    row = report(ticket, max, change=LicenceChange.REDUCTION, quantity=11, replaces=line)
    with pytest.raises(Refused, match="licence_reduces_too_much"):
        accept(row, seller, contract)
    assert positions(max) == [OLD]


def test_a2_contract_and_position_are_the_customers(
    ticket: Ticket, max: Membership, seller: Membership, contract: Contract, line: ContractLine
) -> None:
    with acting(max):
        other = Contract.objects.create(
            company=Company.objects.create(name="Elsewhere"), name="Theirs", starts_on="2026-01-01"
        )
        theirs = ContractLine.objects.create(contract=other, name="Office", unit_price=5, starts_on=MAY, next_on=MAY)
    with pytest.raises(Refused, match="licence_position_elsewhere"):
        report(ticket, max, replaces=theirs)
    row = report(ticket, max, change=LicenceChange.EXTENSION)
    with pytest.raises(Refused, match="licence_contract_elsewhere"):
        accept(row, seller, other)
    with pytest.raises(Refused, match="licence_position_elsewhere"):
        accept(row, seller, contract, line=theirs)
    assert positions(max)[0] == OLD and len(positions(max)) == 2


# The conversation ---------------------------------------------------------------------------------------------------
def test_sales_asks_and_the_technician_answers(ticket: Ticket, max: Membership, seller: Membership) -> None:
    row = report(ticket, max)
    with acting(seller) as by:
        licences.give_back(row, "Which edition?", by=by)
        task = HandOff.objects.get()
        assert (task.status, task.answer, Licence.objects.get().answer) == (
            "returned",
            "Which edition?",
            "Which edition?",
        )
    with acting(max) as by:
        licences.report_again(row, "Business", by=by)
        assert (HandOff.objects.get().status, Licence.objects.get().status) == ("open", "reported")
        assert [one.kind for one in Entry.objects.filter(kind__startswith="licence.").order_by("pk")] == [
            "licence.reported", "licence.returned", "licence.reported_again",
        ]  # fmt: skip


def test_what_is_said_in_the_inbox_holds_for_the_licence(ticket: Ticket, max: Membership, seller: Membership) -> None:
    report(ticket, max)
    for verb, text, state in (("give_back", "Which edition?", "returned"), ("send_again", "Business", "reported")):
        member = seller if verb == "give_back" else max
        with acting(member) as by:
            getattr(hand_offs, verb)(HandOff.objects.get(), text, by=by)
            assert Licence.objects.get().status == state
    with acting(max) as by:
        hand_offs.cancel(HandOff.objects.get(), by=by)
        assert Licence.objects.get().status == "cancelled"


def test_nothing_is_said_without_words_and_nothing_twice(
    ticket: Ticket, max: Membership, seller: Membership, contract: Contract
) -> None:
    row = report(ticket, max)
    with acting(seller) as by, pytest.raises(Refused, match="licence_words_missing"):
        licences.give_back(row, " ", by=by)
    accept(row, seller, contract)
    for verb in (lambda by: licences.cancel(row, by=by), lambda by: licences.give_back(row, "Why?", by=by)):
        with acting(max) as by, pytest.raises(Refused, match="licence_moved_on"):
            verb(by)
    with pytest.raises(Refused, match="licence_moved_on"):
        accept(row, seller, contract)
    assert len(positions(max)) == 1


def test_who_may_answer(ticket: Ticket, max: Membership, in_queue: Membership, contract: Contract, people: Any) -> None:
    row = report(ticket, in_queue)
    for role in ("technician", "dispatcher", "billing", "read-only"):
        with pytest.raises(Denied):
            accept(row, in_queue if role == "technician" else people(role), contract)
    with acting(people("read-only")) as by, pytest.raises(Denied):
        licences.cancel(row, by=by)
    assert positions(max) == []


# The end of an installation -----------------------------------------------------------------------------------------
@pytest.fixture
def installation(ticket: Ticket, max: Membership) -> Ticket:
    """The ticket came from an order as its base installation, and is worked on."""
    with acting(max) as by:
        order = Order.objects.create(number="A-1", title="New office", company=ticket.company, ordered_on=DAY)
        OrderLine.objects.create(order=order, position=1, name="Server", quantity=1, unit_price=1)
        OrderTicket.objects.create(order=order, ticket=ticket, is_base=True, nothing_beyond=True)
        return services.accept(ticket, by=by)


@pytest.mark.parametrize("answer", ["none", "listed"])
def test_closing_an_installation_asks_for_licences(installation: Ticket, max: Membership, answer: str) -> None:
    with acting(max) as by, pytest.raises(Refused, match="licences_unanswered"):
        services.close(installation, "Done", by=by)
    with acting(max) as by:
        assert Ticket.objects.get(pk=installation.pk).status == "open"
        if answer == "none":
            licences.none_installed(installation, by=by)
            licences.none_installed(installation, by=by)
            assert LicenceCheck.objects.get().none_installed
            assert Entry.objects.filter(kind="licence.none_installed").count() == 1
        else:
            licences.report(installation, said(), by=by)
            with pytest.raises(Refused, match="licences_are_listed"):
                licences.none_installed(installation, by=by)
        assert services.close(installation, "Done", by=by).status == "closed"


def test_an_installation_is_put_before_the_customer_once_its_licences_are_answered(
    installation: Ticket, max: Membership
) -> None:
    with acting(max) as by:
        services.start(installation, by=by, expected=60)
        with pytest.raises(Refused, match="licences_unanswered"):
            services.submit(installation, "Please look.", no_time="None.", by=by)
        licences.none_installed(installation, by=by)
        services.submit(installation, "Please look.", no_time="None.", by=by)
        assert Ticket.objects.get(pk=installation.pk).status == "waiting_solution_review"


def test_no_other_ticket_is_asked(ticket: Ticket, max: Membership) -> None:
    with acting(max) as by:
        services.accept(ticket, by=by)
        assert services.close(ticket, "Done", by=by).status == "closed"
        assert not DeliveryNote.objects.exists()
