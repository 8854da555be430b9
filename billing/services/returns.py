"""Goods that come back: a return note of its own number corrects what a numbered delivery note says, line by line.

The delivery note itself never changes. Stock that moved moves back, an order's lines count less, and the charge of a
material that nobody approved yet is brought down to what stayed.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from billing.models import BillingItem, DeliveryLine, DeliveryNote, DeliveryStatus, PaperKind, StockMove
from billing.services import delivery_lines, stock
from billing.services.delivered_orders import count_on_order
from billing.services.delivery_locks import held, number_it, record, still
from billing.services.stock import Step
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets.models import Charge
from tickets.services import items

OUT = (DeliveryStatus.PREPARED, DeliveryStatus.DELIVERED, DeliveryStatus.SIGNED, DeliveryStatus.INVOICED)


@transaction.atomic
def reverse(note: DeliveryNote, reason: str, *, by: Actor) -> DeliveryNote:
    """It did not happen: a draft is dropped; a numbered one is cancelled, and a return note of everything that did not
    come back yet is made and prepared. Gives back the note that stands for it now. Raises Refused("reason_missing"),
    ("draft_holds_material"), ("delivery_note_moved_on"), ("a_return_is_not_reversed"), Denied."""
    by.require("delivery.prepare")
    row = held(note)
    still(row, "cancel")
    _may_come_back(row, reason)
    if row.is_draft:
        if DeliveryLine.objects.filter(note=row, material__isnull=False).exists():
            raise Refused("draft_holds_material")
        _cancel(row, reason)
        record(row, "deliverynote.dropped", by=by, text=reason.strip())
        return row
    left = left_of(row)
    made = _return(row, left, reason, by) if left else row
    _cancel(row, reason)
    record(row, "deliverynote.reversed", by=by, text=reason.strip(), by_note=made.number)
    return made


@transaction.atomic
def take_back(note: DeliveryNote, amounts: Mapping[int, Decimal], reason: str, *, by: Actor) -> DeliveryNote:
    """Some of it came back: a return note of these lines, by their ids. Raises Refused("reason_missing"),
    ("nothing_comes_back"), ("more_back_than_out"), ("delivery_note_moved_on"), Denied."""
    by.require("delivery.prepare")
    row = held(note)
    if row.status not in OUT:
        raise Refused("delivery_note_moved_on", status=row.status, number=row.number)
    _may_come_back(row, reason)
    left = left_of(row)
    wanted: dict[DeliveryLine, Decimal] = {}
    for line, most in left.items():
        quantity = amounts.get(line.pk, Decimal(0))
        if quantity > most:
            raise Refused("more_back_than_out", name=line.name, most=str(most))
        if quantity > 0:
            wanted[line] = quantity
    if not wanted:
        raise Refused("nothing_comes_back")
    return _return(row, wanted, reason, by)


def left_of(note: DeliveryNote) -> dict[DeliveryLine, Decimal]:
    """The lines of a note of which something did not come back yet, each with how much."""
    lines = list(DeliveryLine.objects.filter(note=note).select_related("material__charge"))
    back = delivery_lines.returned([line.pk for line in lines])
    found = {line: line.quantity - back.get(line.pk, Decimal(0)) for line in lines}
    return {line: quantity for line, quantity in found.items() if quantity > 0}


def _may_come_back(row: DeliveryNote, reason: str) -> None:
    if row.is_return:
        raise Refused("a_return_is_not_reversed")
    if not reason.strip():
        raise Refused("reason_missing")


def _cancel(row: DeliveryNote, reason: str) -> None:
    row.cancel(reason.strip())
    row.version += 1
    row.save(update_fields=["status", "reason", "version"])


def _return(row: DeliveryNote, wanted: Mapping[DeliveryLine, Decimal], reason: str, by: Actor) -> DeliveryNote:
    """A return note of these lines, numbered and done: what comes back is back once it is written down."""
    made: DeliveryNote = DeliveryNote.objects.create(
        kind=PaperKind.RETURN,
        company_id=row.company_id,
        ticket=row.ticket,
        order=row.order,
        corrects=row,
        recipient=row.recipient,
        address=row.address,
        reason=reason.strip(),
    )
    lines = [_line(made, at, line, quantity) for at, (line, quantity) in enumerate(wanted.items(), start=1)]
    _put_back(lines, made, reason, by)
    for line, quantity in wanted.items():
        _correct_charge(line, quantity, by)
    if row.delivered_at is not None:
        count_on_order(made, by, sign=-1)
    number_it(made, by)
    made.deliver(timezone.now())
    made.save(update_fields=["status", "delivered_at"])
    facts: dict[str, Any] = {"key": str(made.key), "lines": len(lines), "of": row.number, "text": reason.strip()}
    record(made, "deliverynote.returned", by=by, **facts)
    return made


def _line(made: DeliveryNote, position: int, line: DeliveryLine, quantity: Decimal) -> DeliveryLine:
    is_whole = quantity == line.quantity
    found: DeliveryLine = DeliveryLine.objects.create(
        note=made,
        position=position,
        corrects=line,
        order_line_id=line.order_line_id,
        article_id=line.article_id,
        name=line.name,
        quantity=quantity,
        unit=line.unit,
        factor=line.factor,
        unit_price=line.unit_price,
        vat_kind=line.vat_kind,
        serials=line.serials if is_whole else [],
        place_id=line.place_id,
        is_chargeable=line.is_chargeable,
    )
    found.corrects = line
    return found


def _put_back(lines: list[DeliveryLine], made: DeliveryNote, reason: str, by: Actor) -> None:
    """What left the stock with a line comes back to where it lay."""
    left = set(StockMove.objects.filter(source__in=[_key(line) for line in lines]).values_list("source", flat=True))
    stock.move(
        [
            Step(line.article_id, line.place_id, line.quantity * line.factor, line.key, line.serials, reason)
            for line in lines
            if line.article_id and line.place_id and _key(line) in left
        ],
        by=by,
    )


def _key(line: DeliveryLine) -> Any:
    assert line.corrects is not None
    return line.corrects.key


def _correct_charge(line: DeliveryLine, quantity: Decimal, by: Actor) -> None:
    """The charge of a material nobody approved yet says what stayed; nothing stayed, nothing is charged. One that was
    approved is corrected where it is posted, by a reversing entry."""
    charge: Charge | None = line.material.charge if line.material is not None else None
    if charge is None or charge.is_removed or BillingItem.objects.filter(charge=charge).exists():
        return
    if quantity >= charge.quantity:
        items.take_back(charge, by=by)
    else:
        items.correct(charge, by=by, quantity=charge.quantity - quantity)
