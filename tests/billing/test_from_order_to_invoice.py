"""One order all the way: entered, confirmed into tickets, delivered, signed, posted, invoiced, credited."""

from __future__ import annotations

from decimal import Decimal

import pytest

from billing.models import DeliveryNote, Invoice, Order
from billing.services import credit_notes, delivery_lines, delivery_notes, goods_billing, orders, papers
from psa.directory.models import Company
from psa.tenancy.models import Membership
from tests.billing import bills
from tests.billing.stage import confirmed, draft, line
from tests.conftest import acting
from tests.workflows.conftest import work
from tickets.models import Queue

pytestmark = pytest.mark.django_db


def states(order: Order, note: DeliveryNote) -> tuple[str, str]:
    return Order.objects.get(pk=order.pk).status, DeliveryNote.objects.get(pk=note.pk).status


def test_an_order_goes_from_its_entry_to_the_signed_note_and_the_invoice(
    max: Membership, company: Company, queue: Queue
) -> None:
    with acting(max) as by:
        lines = (line(unit_price=Decimal("90.00")), line("Cabinet", "1", unit_price=Decimal("250.00")))
        order = orders.enter(draft(company, *lines, customer_reference="B-77"), by=by)
        assert len(confirmed(order, by)) >= 1
        order = Order.objects.get(pk=order.pk)
        note = delivery_notes.open_for_order(order, by=by)
        open_lines = {one.line.pk: one.open for one in delivery_lines.open_of(order)}
        delivery_lines.add_from_order(note, open_lines, by=by)
        note = delivery_notes.sign(delivery_notes.prepare(note, by=by), "Cleo Hansen", is_on_paper=True, by=by)
        assert states(order, note) == ("delivered", "signed")
        items = goods_billing.bill(note, by=by)
        invoice = bills.issued(company, by, *items)
        assert (invoice.net, invoice.vat, invoice.due) == (Decimal("430.00"), Decimal("81.70"), Decimal("511.70"))
        assert invoice.order_reference == "B-77"
    work()
    with acting(max) as by:
        assert states(order, note) == ("invoiced", "invoiced")
        credit_notes.credit(Invoice.objects.get(pk=invoice.pk), [], "Wrong address", by=by)
        papers.work()
    work()
    with acting(max):
        assert states(order, note) == ("delivered", "delivered")
        assert Invoice.objects.filter(kind="credit_note").get().due == Decimal("511.70")
