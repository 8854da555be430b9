"""The documents of an order: what was uploaded, and which of them is the order itself. Its bytes are stored once; a
ticket that shows the order shares them."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from billing.models import Order, OrderDocument, OrderStatus, OrderTicket
from billing.services import orders
from psa.journal import journal
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets import guards
from tickets.models import Attachment, Audience, Item, StoredFile, Ticket
from tickets.services import files, items

MOST = 30


def add(order: Order, upload: Any, *, is_the_order: bool = False, by: Actor) -> OrderDocument:
    """Keep an upload with the order. Nothing stays of a refused one. Raises Denied, Refused("file_too_large"),
    ("file_is_empty"), ("order_document_is_there"), ("too_many_documents"), ("order_is_closed")."""
    by.require("order.manage")
    with files.taken_in(upload) as stored:
        return keep(order, stored, files.clean_name(upload.name), is_the_order=is_the_order, by=by)


@transaction.atomic
def keep(order: Order, stored: StoredFile, name: str, *, is_the_order: bool = False, by: Actor) -> OrderDocument:
    """Hang a file that is stored already on the order. Raises Denied, Refused("order_document_is_there"),
    ("too_many_documents"), ("order_is_closed")."""
    by.require("order.manage")
    tickets = orders.lock_tickets(order)
    order = orders.locked(order)
    if order.status == OrderStatus.CANCELLED:
        raise Refused("order_is_closed", number=order.number)
    there = OrderDocument.objects.filter(order=order)
    if there.count() >= MOST:
        raise Refused("too_many_documents", most=MOST)
    if is_the_order and there.filter(is_the_order=True).exists():
        raise Refused("order_document_is_there")
    made = OrderDocument.objects.create(
        order=order, file=stored, name=name, is_the_order=is_the_order, added_by_name=by.name
    )
    journal.record(order, "order.document_added", by=by, number=order.number, name=name, is_the_order=is_the_order)
    if is_the_order and tickets:
        hang(order, base_of(order, tickets), by=by)
    return made


@transaction.atomic
def make_the_order(document: OrderDocument, *, by: Actor) -> OrderDocument:
    """This one is the order itself. Of a confirmed order the technicians have read it: it stays the one it is. Raises
    Denied, Refused("order_document_stays"), ("order_is_closed")."""
    by.require("order.manage")
    tickets = orders.lock_tickets(document.order)
    order = orders.locked(document.order)
    if order.status == OrderStatus.CANCELLED:
        raise Refused("order_is_closed", number=order.number)
    row: OrderDocument = OrderDocument.objects.get(pk=document.pk)
    if row.is_the_order:
        return row
    there = OrderDocument.objects.filter(order=order, is_the_order=True)
    if tickets and there.exists():
        raise Refused("order_document_stays")
    there.update(is_the_order=False)
    row.is_the_order = True
    row.save(update_fields=["is_the_order"])
    journal.record(order, "order.document_chosen", by=by, number=order.number, name=row.name)
    if tickets:
        hang(order, base_of(order, tickets), by=by)
    return row


@transaction.atomic
def remove(document: OrderDocument, *, by: Actor) -> None:
    """Take it off a draft. Raises Denied, Refused("order_document_stays")."""
    by.require("order.manage")
    order = orders.locked(document.order)
    if order.status != OrderStatus.DRAFT:
        raise Refused("order_document_stays")
    if OrderDocument.objects.filter(pk=document.pk).delete()[0]:
        journal.record(order, "order.document_removed", by=by, number=order.number, name=document.name)


def kept(order: Order) -> tuple[int, bool]:
    """How many documents the order has, and whether one of them is the order itself (O9). One statement."""
    found = list(OrderDocument.objects.filter(order=order).values_list("is_the_order", flat=True))
    return len(found), any(found)


def base_of(order: Order, tickets: list[Ticket]) -> Ticket:
    """The ticket that bears the order's document: the base installation's."""
    base = OrderTicket.objects.filter(order=order, is_base=True).values_list("ticket", flat=True).first()
    return next((one for one in tickets if one.pk == base), tickets[0])


def hang(order: Order, ticket: Ticket, *, by: Actor) -> Item | None:
    """Put the order document on the ticket, for ourselves: the row is new, the bytes are the order's. None without one.
    Whoever manages orders may, whatever else they may do on the ticket."""
    row = OrderDocument.objects.filter(order=order, is_the_order=True).select_related("file").first()
    if row is None:
        return None
    guards.check(ticket, "attachment.add", by)
    shown = Attachment(
        ticket=ticket,
        audience=Audience.INTERNAL,
        author_id=by.membership_id,
        author_name=by.name,
        file=row.file,
        name=row.name,
    )
    return items.hang(shown, ticket, by=by)
