"""Delivery notes from the first line to the signature: opened, prepared, delivered, signed (it-house spec, "Material
and delivery notes"). What takes goods back stands in `returns`, the paper itself in `delivery_papers`."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.utils import timezone

from billing.models import DeliveryLine, DeliveryNote, DeliveryStatus, Order, OrderTicket
from billing.services import (
    addressing,
    delivery_lines,
    delivery_papers,
    returns,
    serials,
    shortfalls,
    signatures,
    stock,
)
from billing.services.delivered_orders import count_on_order
from billing.services.delivery_locks import held, locked_order, number_it, record, still
from billing.services.stock import Step
from psa.directory.models import Company
from psa.fsm import can_proceed
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied, Refused
from tickets import permissions
from tickets.models import StoredFile, Ticket
from tickets.services import files
from tickets.services.locking import lock

reverse = returns.reverse


# Opening ------------------------------------------------------------------------------------------------------------
@transaction.atomic
def draft_of(ticket: Ticket, *, by: Actor) -> DeliveryNote:
    """The ticket's one open draft, locked; made when there is none. Whoever writes to it holds the ticket's lock, so
    two who save at once share it (hostile test N5). Raises Denied."""
    ticket = lock(ticket)
    if not may_write(ticket, by):
        raise Denied("material.log")
    rows = DeliveryNote.objects.filter(ticket=ticket, status=DeliveryStatus.DRAFT, kind="delivery")
    found: DeliveryNote | None = rows.select_for_update(of=("self",), no_key=True).first()
    if found is None:
        recipient, address = addressing.of_ticket(ticket)
        made_from = OrderTicket.objects.filter(ticket=ticket).first()
        found = _open(ticket.company, recipient, address, ticket=ticket, order_id=made_from and made_from.order_id)
        record(found, "deliverynote.opened", by=by)
    found.ticket = ticket
    return found


@transaction.atomic
def open_for_order(order: Order, *, by: Actor) -> DeliveryNote:
    """A draft for what a customer ordered. Raises Refused("order_is_not_deliverable"), Denied."""
    by.require("delivery.prepare")
    order = locked_order(order.pk)
    if order.status not in delivery_lines.DELIVERABLE:
        raise Refused("order_is_not_deliverable")
    recipient, address = addressing.of_order(order)
    made = _open(order.company, recipient, address, order=order)
    record(made, "deliverynote.opened", by=by)
    return made


@transaction.atomic
def open_for_company(company: Company, *, by: Actor) -> DeliveryNote:
    """A draft without an order or a ticket: goods handed over the counter. Raises Denied."""
    by.require("delivery.prepare")
    made = _open(company, company.name, addressing.first_place(company))
    record(made, "deliverynote.opened", by=by)
    return made


@transaction.atomic
def address(note: DeliveryNote, *, recipient: str, address: str, remark: str, version: int, by: Actor) -> DeliveryNote:
    """To whom and where, while it is a draft. Raises Refused("changed_meanwhile"), ("delivery_note_is_frozen"),
    ("words_missing"), Denied."""
    by.require("delivery.prepare")
    row = delivery_lines.draft(note)
    if version != row.version:
        raise Refused("changed_meanwhile")
    if not recipient.strip():
        raise Refused("words_missing")
    row.recipient, row.address, row.note = recipient.strip(), address.strip(), remark.strip()
    row.version += 1
    row.save(update_fields=["recipient", "address", "note", "version"])
    record(row, "deliverynote.addressed", by=by, recipient=row.recipient)
    return row


def may_write(ticket: Ticket, by: Actor) -> bool:
    """Whether they put goods on this ticket's delivery note: whoever logs material there, and the office."""
    return by.kind == "system" or by.can("delivery.prepare") == "all" or permissions.may(ticket, "material.log", by)


def may_hand_over(note: DeliveryNote, by: Actor) -> bool:
    """Whether they deliver it and have it signed."""
    if by.can("delivery.prepare") == "all" or by.can("delivery.sign") == "all":
        return True
    return note.ticket is not None and permissions.may(note.ticket, "delivery.sign", by)


def may_sign(note: DeliveryNote, by: Actor) -> bool:
    """Whether they can have it signed now."""
    return can_proceed(note.sign) and not note.is_return and may_hand_over(note, by)


def _open(company: Company, recipient: str, address: str, **about: Any) -> DeliveryNote:
    made: DeliveryNote = DeliveryNote.objects.create(
        company=company, recipient=recipient[:160], address=address, **about
    )
    return made


# Its moves ----------------------------------------------------------------------------------------------------------
@transaction.atomic
def prepare(note: DeliveryNote, *, accepted: Collection[str] | None = None, by: Actor) -> DeliveryNote:
    """Freeze the lines, move the stock, take the number: last, so that nobody else waits for it and no number is lost.
    `accepted` are the marks of what is short and is taken anyway (`shortfalls.of`), None where nobody is there to be
    asked. Raises Refused("delivery_note_is_empty"), ("delivery_note_moved_on"), ("goods_are_short"), ("serial_is_out"),
    Denied."""
    by.require("delivery.prepare")
    row = held(note)
    still(row, "prepare")
    lines = list(DeliveryLine.objects.filter(note=row).select_related("article", "place"))
    if not lines:
        raise Refused("delivery_note_is_empty")
    if accepted is not None:
        shortfalls.check(lines, accepted)
    stock.move([_taken(line) for line in lines if shortfalls.moves_stock(line)], by=by)
    number_it(row, by)
    serials.check(lines)
    record(row, "deliverynote.prepared", by=by, key=str(row.key), lines=len(lines))
    return row


@transaction.atomic
def deliver(note: DeliveryNote, *, by: Actor) -> DeliveryNote:
    """The goods are there: the order counts them. Raises Refused("delivery_note_moved_on"), Denied."""
    row = _handed_over(note, "deliver", by)
    row.deliver(timezone.now())
    row.version += 1
    row.save(update_fields=["status", "delivered_at", "version"])
    record(row, "deliverynote.delivered", by=by)
    count_on_order(row, by)
    return row


def sign(note: DeliveryNote, name: str, png: bytes = b"", *, is_on_paper: bool = False, by: Actor) -> DeliveryNote:
    """Somebody there signed: the name as typed, and what they drew, drawn anew (`signatures.redrawn`). A name alone is
    no signature; whoever signed the printed note by hand drew nothing (`is_on_paper`; what was drawn is dropped then).
    Raises Refused("name_missing"), ("signature_missing"), ("signature_unreadable"), ("signature_is_empty"),
    ("delivery_note_moved_on"), Denied."""
    if not may_hand_over(note, by):
        raise Denied("delivery.sign")
    if not name.strip():
        raise Refused("name_missing")
    name = name.strip()[:120]
    if is_on_paper:
        return _sign(note, name, None, by)
    if not png:
        raise Refused("signature_missing")
    with files.gone_on_failure(delivery_papers.store(signatures.redrawn(png), "image/png")) as drawn:
        return _sign(note, name, drawn, by)


@transaction.atomic
def _sign(note: DeliveryNote, name: str, drawn: StoredFile | None, by: Actor) -> DeliveryNote:
    row = _handed_over(note, "sign", by)
    was_there = row.delivered_at is not None
    row.sign(timezone.now(), name, drawn)
    row.version += 1
    signed = ["signed_at", "signed_by", "signature", "signed_on_paper"]
    row.save(update_fields=["status", "delivered_at", "version", *signed])
    record(row, "deliverynote.signed", by=by, name=name, on_paper=row.signed_on_paper)
    if not was_there:
        count_on_order(row, by)
    return row


def _handed_over(note: DeliveryNote, move: str, by: Actor) -> DeliveryNote:
    row = held(note)
    if not may_hand_over(row, by):
        raise Denied("delivery.sign")
    still(row, move)
    return row


def _taken(line: DeliveryLine) -> Step:
    assert line.article_id and line.place_id
    return Step(line.article_id, line.place_id, -line.quantity * line.factor, line.key, line.serials)
