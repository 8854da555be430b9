"""O1: whoever confirms an order, issues an invoice or prepares a delivery note is killed: all of it stays, or nothing.

Numbers have no gap afterwards, pressing again makes it once, and a lead partner is told once.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from billing.models import (
    BillingItem,
    DeliveryNote,
    Invoice,
    Order,
    OrderStatus,
    OrderTicket,
    PaperWanted,
    StockMove,
)
from billing.services import (
    billing_settings,
    confirming,
    delivery_lines,
    delivery_notes,
    drafts,
    issuing,
    orders,
    partner_billing,
    stock,
)
from billing.services.delivery_lines import Goods
from outsourcing.models import AnnouncedInvoice
from outsourcing.services import announcing
from psa.directory.models import Company
from psa.journal.models import Entry
from psa.lanes.models import Event
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from tests.billing import bills, stage
from tests.billing.partners import desks
from tests.conftest import acting
from tests.hostile import killing
from tests.outsourcing.conftest import (
    Pair,
    desk_of_baltic,
    desk_of_nordlicht,
    drain,
    offered,
    pair,
    partnership,
    ticket,
)
from tests.outsourcing.test_statement import approve, example_a
from tickets.models import ChecklistItem, HandOff, Queue, Ticket

__all__ = ["desk_of_baltic", "desk_of_nordlicht", "offered", "pair", "partnership", "ticket"]
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here"),
]
Figures = Callable[[], Any]


def killed_everywhere(verb: killing.Verb, figures: Figures) -> None:
    """It is killed at every moment before its commit, and nothing of it is there."""
    before = figures()
    for moment in killing.moments(verb):
        killing.kill(verb, moment)
        assert figures() == before, moment


def made_once(verb: killing.Verb, code: str) -> None:
    """Pressing again makes it, and no press after that does anything."""
    verb()
    refused(verb, code)


def refused(verb: killing.Verb, code: str) -> None:
    with pytest.raises(Refused, match=code):
        verb()


# Orders ---------------------------------------------------------------------------------------------------------------
@pytest.fixture
def order(max: Membership, company: Company, queue: Queue) -> Callable[[], int]:
    """`order()` enters one that becomes three tickets with checklists: its id."""
    with acting(max) as by:
        listed = stage.checklist(by)
        services = [stage.service(by, name, listed, is_base=name == "Base") for name in ("Base", "Phones", "Printers")]
        sold = [stage.article(by, f"A-{one.name}", is_installable=True, service=one) for one in services]

    def enter() -> int:
        with acting(max) as by:
            lines = [stage.line(one.name, "1", article=one, is_installable=True) for one in sold]
            return int(orders.enter(stage.draft(company, *lines), by=by).pk)

    return enter


def test_o1_an_order_becomes_all_of_its_tickets_or_none(max: Membership, order: Callable[[], int]) -> None:
    first, second = order(), order()

    def confirm(pk: int) -> list[Any]:
        with acting(max) as by:
            row = Order.objects.get(pk=pk)
            base = confirming.plan(row)[0].code
            return confirming.confirm(row, stage.nothing_beyond(row), base=base, version=row.version, by=by)

    def figures() -> tuple[Any, ...]:
        with acting(max):
            confirmed = Order.objects.exclude(status=OrderStatus.DRAFT).count()
            told = Entry.objects.filter(kind="order.confirmed").count()
            rows = (Ticket, OrderTicket, HandOff, ChecklistItem)
            return confirmed, told, *(model.objects.count() for model in rows)

    killed_everywhere(lambda: confirm(first), figures)
    made_once(lambda: confirm(first), "order_confirmed_already")
    assert figures() == (1, 1, 3, 3, 1, 6)
    killing.kill(lambda: confirm(second), killing.AFTER_COMMIT)
    refused(lambda: confirm(second), "order_confirmed_already")
    assert figures() == (2, 2, 6, 6, 2, 12)
    with acting(max):
        assert list(Ticket.objects.order_by("number").values_list("number", flat=True)) == [1, 2, 3, 4, 5, 6]


# Invoices -------------------------------------------------------------------------------------------------------------
def issue(member: Membership, pk: int) -> Invoice:
    """Press *issue* on what the page shows as its first version."""
    with acting(member) as by:
        return issuing.issue(Invoice.objects.select_related("company").get(pk=pk), version=1, by=by)


def issued(member: Membership) -> tuple[Any, ...]:
    """Numbers, items that stand on an invoice, papers that are wanted, and what was told."""
    with acting(member):
        numbers = Invoice.objects.exclude(number="").order_by("number").values_list("number", flat=True)
        items = BillingItem.objects.filter(status="invoiced").count()
        told = Entry.objects.filter(kind="invoice.issued").count()
        return [one[-5:] for one in numbers], items, PaperWanted.objects.count(), told


def test_o1_an_invoice_has_its_number_items_and_papers_or_nothing(max: Membership, company: Company) -> None:
    with acting(max) as by:
        bills.settled(company, by)
        first, second = (
            drafts.draw(company, "EUR", [bills.posted(company).pk for _item in range(3)], by=by).pk for _draft in "ab"
        )
    killed_everywhere(lambda: issue(max, first), lambda: issued(max))
    made_once(lambda: issue(max, first), "invoice_moved_on")
    assert issued(max) == (["00001"], 3, 1, 1)
    killing.kill(lambda: issue(max, second), killing.AFTER_COMMIT)
    refused(lambda: issue(max, second), "invoice_moved_on")
    assert issued(max) == (["00001", "00002"], 6, 2, 2)


def test_o1_the_lead_is_told_of_an_invoice_that_was_issued_and_of_no_other(pair: Pair) -> None:
    example_a(pair)
    approve(pair)
    drain()
    with acting(pair.gunta) as by:
        lead = Company.objects.get()
        billing_settings.settle(desks.BALTIC, version=billing_settings.of_tenant().version, by=by)
        billing_settings.agree(lead, desks.NORDLICHT, by=by)
        made = partner_billing.post(pair.insourced, pair.handover, by=by)
        draft = drafts.draw(lead, "EUR", [one.pk for one in made], by=by).pk

    def figures() -> tuple[Any, ...]:
        with acting(pair.gunta):
            told = Event.objects.filter(payload__move=announcing.ISSUED).count()
        return *issued(pair.gunta), told

    killed_everywhere(lambda: issue(pair.gunta, draft), figures)
    killing.kill(lambda: issue(pair.gunta, draft), killing.AFTER_COMMIT)
    assert figures() == (["00001"], 3, 1, 1, 1)
    drain()
    with acting(pair.max):
        assert AnnouncedInvoice.objects.get().amount == Decimal("295.00")


# Delivery notes -------------------------------------------------------------------------------------------------------
def test_o1_a_delivery_note_has_its_number_and_moved_its_goods_or_neither(max: Membership, company: Company) -> None:
    with acting(max) as by:
        place = stock.add_place("Store", by=by)
        cable = stage.article(by, "1001", is_stocked=True)
        stock.receive(cable, place, Decimal(50), by=by)
        notes = [delivery_notes.open_for_company(company, by=by) for _note in "ab"]
        for note in notes:
            for count in (1, 2, 3):
                delivery_lines.add(note, Goods("", Decimal(count), article=cable, place=place), by=by)

    def prepare(pk: int) -> DeliveryNote:
        with acting(max) as by:
            return delivery_notes.prepare(DeliveryNote.objects.get(pk=pk), by=by)

    def figures() -> tuple[Any, ...]:
        with acting(max):
            numbers = DeliveryNote.objects.exclude(number="").order_by("number").values_list("number", flat=True)
            told = Entry.objects.filter(kind="deliverynote.prepared").count()
            return [one[-5:] for one in numbers], StockMove.objects.count(), told

    first, second = (note.pk for note in notes)
    killed_everywhere(lambda: prepare(first), figures)
    made_once(lambda: prepare(first), "delivery_note_moved_on")
    assert figures() == (["00001"], 4, 1)
    killing.kill(lambda: prepare(second), killing.AFTER_COMMIT)
    refused(lambda: prepare(second), "delivery_note_moved_on")
    assert figures() == (["00001", "00002"], 7, 2)
