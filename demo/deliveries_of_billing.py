"""Orders that came to their end: all of it delivered, the ticket closed, and of one the invoice paid."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from django.utils import timezone

from billing.models import DeliveryNote, InvoiceLine, Order, OrderTicket
from billing.services import delivery_lines, delivery_notes, drafts, goods_billing, issuing, licences, payments
from demo.desk import Desk
from psa.tenancy.actor import Actor
from tickets import services

DONE = {"de": "Geliefert und übergeben.", "lv": "Piegādāts un nodots.", "en": "Delivered and handed over."}


def finish(order: Order, desk: Desk, seller: Actor, worker: Actor, *, is_billed: bool) -> None:
    """It goes out some days after it was confirmed; then it is billed, and paid."""
    deeds = [partial(_deliver, order.pk, desk.firm.language, seller, worker)]
    if is_billed:
        deeds += [partial(_bill, order.pk, desk), partial(_pay, order.pk, desk)]
    for days, deed in enumerate(deeds, 1):
        desk.history.at(timezone.now() + timedelta(days=4 * days), desk.slug, deed)


def _deliver(pk: int, language: str, seller: Actor, worker: Actor) -> None:
    order = Order.objects.select_related("company").get(pk=pk)
    note = delivery_notes.open_for_order(order, by=seller)
    wanted = {one.line.pk: one.open for one in delivery_lines.open_of(order)}
    delivery_lines.add_from_order(note, wanted, by=seller)
    delivery_notes.deliver(delivery_notes.prepare(note, by=seller), by=seller)
    for row in OrderTicket.objects.filter(order=order).select_related("ticket__tenant"):
        ticket = services.start(services.accept(row.ticket, by=worker), by=worker)
        licences.none_installed(ticket, by=worker)
        services.close(ticket, DONE[language], by=worker)


def _bill(pk: int, desk: Desk) -> None:
    by = desk.history.manager(desk.slug)
    note = DeliveryNote.objects.select_related("company").get(order=pk)
    items = goods_billing.bill(note, by=by)
    row = drafts.draw(note.company, desk.firm.currency, [one.pk for one in items], by=by)
    issuing.issue(row, version=row.version, by=by, is_mailed=False)


def _pay(pk: int, desk: Desk) -> None:
    line = InvoiceLine.objects.filter(item__order_line__order=pk).select_related("invoice").first()
    assert line is not None  # issued some days before
    payments.pay(line.invoice, line.invoice.due, timezone.localdate(), by=desk.history.manager(desk.slug))
