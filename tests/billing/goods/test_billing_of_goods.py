"""Goods that went out come to the invoice, and the invoice comes back to note and order (it-house spec)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from billing.models import Article, BillingItem, BillingStatus, DeliveryNote, Material, Order, OrderLine
from billing.services import delivered, delivery_lines, delivery_notes, goods_billing, materials, orders
from billing.services.delivery_lines import Goods
from psa.directory.models import Company
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from tests.billing.goods.conftest import log
from tests.billing.stage import confirmed, draft, line
from tests.conftest import acting
from tickets.models import Queue, Ticket


@pytest.fixture
def order(max: Membership, company: Company, queue: Queue) -> Order:
    """Two switches at 90.00 and one cabinet at 250.00, confirmed."""
    with acting(max) as by:
        made = orders.enter(draft(company, line(), line("Cabinet", "1", unit_price=Decimal(250))), by=by)
        confirmed(made, by)
        return Order.objects.get(pk=made.pk)


def delivered_note(order: Order, by: Actor, **wanted: str) -> DeliveryNote:
    """A note of these pieces of the order's lines, by name, that is there."""
    note = delivery_notes.open_for_order(order, by=by)
    lines = {one.name: one for one in OrderLine.objects.filter(order=order)}
    delivery_lines.add_from_order(note, {lines[name].pk: Decimal(much) for name, much in wanted.items()}, by=by)
    return delivery_notes.deliver(delivery_notes.prepare(note, by=by), by=by)


def test_the_lines_of_an_order_are_posted_once_as_they_went_out(order: Order, max: Membership) -> None:
    with acting(max) as by:
        note = delivered_note(order, by, Cabinet="1")
        (item,) = goods_billing.bill(note, by=by)
        assert (item.status, item.amount, item.order_line.name) == (BillingStatus.POSTED, Decimal("250.00"), "Cabinet")
        with pytest.raises(Refused) as refused:
            goods_billing.bill(note, by=by)
        assert refused.value.code == "nothing_to_bill_on_it"
        assert BillingItem.objects.count() == 1


def test_material_of_a_ticket_is_posted_as_the_charge_it_is(
    hers: Ticket, ada: Membership, max: Membership, cable: Article
) -> None:
    log(hers, ada, Goods("", Decimal(3), article=cable))
    with acting(max) as by:
        note = delivery_notes.deliver(delivery_notes.prepare(DeliveryNote.objects.get(), by=by), by=by)
        (item,) = goods_billing.bill(note, by=by)
        assert (item.charge.ticket_id, item.amount, item.delivery_line) == (hers.pk, Decimal("14.70"), None)


def test_only_who_posts_may(order: Order, max: Membership, office: Membership) -> None:
    with acting(max) as by:
        note = delivered_note(order, by, Cabinet="1")
    with acting(office) as by, pytest.raises(Denied):
        goods_billing.bill(note, by=by)
    with acting(max):
        assert not BillingItem.objects.exists()


def test_an_issued_invoice_comes_back_to_note_and_order_and_a_credit_note_too(order: Order, max: Membership) -> None:
    """`follow_…` is what the worker does after invoice.issued and invoice.credited."""
    with acting(max) as by:
        notes = [
            delivered_note(order, by, **{"Switch 48 ports": "2"}),
            delivered_note(Order.objects.get(pk=order.pk), by, Cabinet="1"),
        ]
        items = [item for note in notes for item in goods_billing.bill(note, by=by)]
        for item in items:
            item.invoice()
            item.save(update_fields=["status"])
        assert not delivered.not_invoiced(by).exists()
        assert {goods_billing.follow_note(note, by=by).status for note in notes} == {"invoiced"}
        assert goods_billing.follow_order(order.pk, by=by).status == "invoiced"
        items[0].uninvoice()
        items[0].save(update_fields=["status"])
        assert goods_billing.follow_note(notes[0], by=by).status == "delivered"
        assert goods_billing.follow_order(order.pk, by=by).status == "delivered"
        assert [one.invoiced for one in OrderLine.objects.order_by("position")] == [Decimal(0), Decimal(1)]


def test_what_came_back_is_not_billed(order: Order, max: Membership) -> None:
    with acting(max) as by:
        note = delivered_note(order, by, **{"Switch 48 ports": "2"})
        delivery_notes.reverse(note, "Wrong ones", by=by)
        with pytest.raises(Refused):
            goods_billing.bill(DeliveryNote.objects.get(pk=note.pk), by=by)
        assert not BillingItem.objects.exists()


def test_words_without_a_price_are_named_first_and_an_article_at_nothing_passes(
    hers: Ticket, ada: Membership, max: Membership
) -> None:
    log(hers, ada, Goods("a white plug", Decimal(2)))
    with acting(max) as by:
        note = delivery_notes.deliver(delivery_notes.prepare(DeliveryNote.objects.get(), by=by), by=by)
        with pytest.raises(Refused, match="material_has_no_price") as refused:
            goods_billing.bill(note, by=by)
        assert refused.value.params["names"] == "a white plug" and not BillingItem.objects.exists()
        plug = Article.objects.create(number="1009", name="Plug", unit="pc", price=Decimal(0))
        materials.name(Material.objects.get(), Goods("", Decimal(2), article=plug), by=by)
        (item,) = goods_billing.bill(note, by=by)
        assert item.amount == 0
