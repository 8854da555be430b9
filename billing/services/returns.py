"""Goods that come back: a return note of its own number corrects what a numbered delivery note says, line by line.

The delivery note itself never changes. Stock that moved moves back, an order's lines count less, the charge of a
material that is not posted yet is brought down to what stayed, and what is billed already follows (`returned_billing`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from billing.models import DeliveryLine, DeliveryNote, DeliveryStatus, PaperKind, StockMove
from billing.services import approving, delivery_lines, returned_billing, stock
from billing.services.delivered_orders import count_on_order
from billing.services.delivery_locks import held, number_it, record, still
from billing.services.stock import Step
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets.models import Charge
from tickets.services import items


@dataclass(frozen=True, slots=True)
class Part:
    """Part of a delivered line: how much, in the unit it was delivered in, and the serial numbers among it."""

    quantity: Decimal
    serials: tuple[str, ...] = ()


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
def take_back(
    note: DeliveryNote,
    amounts: Mapping[int, Decimal],
    reason: str,
    *,
    serials: Mapping[int, Sequence[str]] | None = None,
    by: Actor,
) -> DeliveryNote:
    """Some of it came back: a return note of these lines, by their ids, with the serial numbers that came; where all
    that is left of a line comes, its serial numbers need not be said. Raises Refused("reason_missing"),
    ("nothing_comes_back"), ("more_back_than_out"), ("serial_is_not_out"), ("serials_do_not_match"),
    ("delivery_note_moved_on"), Denied."""
    by.require("delivery.prepare")
    row = held(note)
    if row.status not in OUT:
        raise Refused("delivery_note_moved_on", status=row.status, number=row.number)
    _may_come_back(row, reason)
    wanted: dict[DeliveryLine, Part] = {}
    for line, left in left_of(row).items():
        said = Part(amounts.get(line.pk, Decimal(0)), tuple(dict.fromkeys((serials or {}).get(line.pk, ()))))
        if (part := _coming(line, left, said)) is not None:
            wanted[line] = part
    if not wanted:
        raise Refused("nothing_comes_back")
    return _return(row, wanted, reason, by)


def left_of(note: DeliveryNote) -> dict[DeliveryLine, Part]:
    """The lines of a note of which something did not come back yet, each with what is still there. Three statements."""
    lines = list(DeliveryLine.objects.filter(note=note).select_related("material__charge"))
    back = delivery_lines.returned([line.pk for line in lines])
    gone = delivery_lines.serials_back([line.pk for line in lines])
    found = {
        line: Part(
            line.quantity - back.get(line.pk, Decimal(0)),
            tuple(one for one in line.serials if one not in gone.get(line.pk, ())),
        )
        for line in lines
    }
    return {line: part for line, part in found.items() if part.quantity > 0}


def _coming(line: DeliveryLine, left: Part, said: Part) -> Part | None:
    """What comes back of a line of which that much is left; None for nothing. Pieces without a number may be among
    them as far as there are some."""
    if said.quantity > left.quantity:
        raise Refused("more_back_than_out", name=line.name, most=str(left.quantity))
    if lost := sorted(set(said.serials) - set(left.serials)):
        raise Refused("serial_is_not_out", name=line.name, serials=", ".join(lost))
    if said.quantity == left.quantity and not said.serials:
        return left
    pieces = said.quantity * line.factor
    nameless = left.quantity * line.factor - len(left.serials)
    if not pieces - nameless <= len(said.serials) <= pieces:
        raise Refused("serials_do_not_match", name=line.name, pieces=str(pieces), chosen=len(said.serials))
    return said if said.quantity > 0 else None


def _may_come_back(row: DeliveryNote, reason: str) -> None:
    if row.is_return:
        raise Refused("a_return_is_not_reversed")
    if not reason.strip():
        raise Refused("reason_missing")


def _cancel(row: DeliveryNote, reason: str) -> None:
    row.cancel(reason.strip())
    row.version += 1
    row.save(update_fields=["status", "reason", "version"])


def _return(row: DeliveryNote, wanted: Mapping[DeliveryLine, Part], reason: str, by: Actor) -> DeliveryNote:
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
    lines = [_line(made, at, line, part) for at, (line, part) in enumerate(wanted.items(), start=1)]
    _put_back(lines, made, reason, by)
    for line, part in wanted.items():
        _correct_charge(line, part.quantity, reason.strip(), by)
    if row.delivered_at is not None:
        count_on_order(made, by, sign=-1)
    number_it(made, by)
    made.deliver(timezone.now())
    made.save(update_fields=["status", "delivered_at"])
    facts: dict[str, Any] = {"key": str(made.key), "lines": len(lines), "of": row.number, "text": reason.strip()}
    entry = record(made, "deliverynote.returned", by=by, **facts)
    returned_billing.follow(made, lines, entry, by=by)
    return made


def _line(made: DeliveryNote, position: int, line: DeliveryLine, part: Part) -> DeliveryLine:
    found: DeliveryLine = DeliveryLine.objects.create(
        note=made,
        position=position,
        corrects=line,
        order_line_id=line.order_line_id,
        article_id=line.article_id,
        name=line.name,
        quantity=part.quantity,
        unit=line.unit,
        factor=line.factor,
        unit_price=line.unit_price,
        vat_kind=line.vat_kind,
        serials=list(part.serials),
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


def _correct_charge(line: DeliveryLine, quantity: Decimal, reason: str, by: Actor) -> None:
    """The charge of a material that is not posted yet says what stayed, and is approved anew if it was; nothing stayed,
    nothing is charged. One that is posted stands still: a reversing entry corrects it."""
    charge: Charge | None = line.material.charge if line.material is not None else None
    if charge is None or charge.is_removed or not approving.reopen(charge, reason):
        return
    if quantity >= charge.quantity:
        items.take_back(charge, by=by)
    else:
        items.correct(charge, by=by, quantity=charge.quantity - quantity)
