"""Goods that went out are billed: the lines of a delivery note become posted items, and what an invoice says of them
comes back to the note and its order (it-house spec, "Material and delivery notes", "Orders become tickets").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from billing import pricing, units
from billing.models import (
    BillingItem,
    BillingSource,
    BillingStatus,
    DeliveryLine,
    DeliveryNote,
    DeliveryStatus,
    InvoiceLine,
    Order,
    OrderLine,
    OrderStatus,
)
from billing.services import approving, delivered, delivery_lines, posting
from billing.services.delivery_locks import held, locked_order, record
from psa.journal import journal
from psa.journal.models import Entry
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused


def unbilled(note: DeliveryNote, *, by: Actor) -> list[DeliveryLine]:
    """The chargeable lines of a note that went out and that nobody bills yet, in order; `left` is what stayed."""
    lines = delivered.not_invoiced(by).filter(note=note).select_related("article", "material__charge")
    known = (
        items_of(note)
        .filter(reverses=None)
        .exclude(status__in=[BillingStatus.APPROVED, BillingStatus.RETURNED, BillingStatus.WRITTEN_OFF])
    )
    lined = set(known.values_list("delivery_line", flat=True))
    charged = set(known.values_list("charge", flat=True))
    return [
        line
        for line in lines.order_by("position")
        if line.pk not in lined and (line.material is None or line.material.charge_id not in charged)
    ]


def items_of(note: DeliveryNote) -> QuerySet[BillingItem]:
    """What bills the lines of a note: its goods, and the charges its material is."""
    lines = DeliveryLine.objects.filter(note=note)
    found: QuerySet[BillingItem] = BillingItem.objects.filter(
        Q(delivery_line__in=lines) | Q(charge__in=lines.values("material__charge"))
    )
    return found


def unpriced(lines: Iterable[DeliveryLine]) -> list[DeliveryLine]:
    """Of the lines of a note those that nobody gave a price: words that are neither an article's nor an order's. An
    article at 0.00 is meant so, and so is what was approved at nothing."""
    lacking = [line for line in lines if line.order_line_id is None and not (line.material or line).article_id]
    charged = [line.material.charge_id for line in lacking if line.material]
    approved = BillingItem.objects.filter(charge__in=charged, status=BillingStatus.APPROVED)
    decided = set(approved.values_list("charge", flat=True)) if charged else set()
    return [line for line in lacking if not _price(line) and not (line.material and line.material.charge_id in decided)]


def _price(line: DeliveryLine) -> Decimal:
    return line.material.charge.unit_price if line.material else line.unit_price


@transaction.atomic
def bill(note: DeliveryNote, *, by: Actor, given: Mapping[int, Decimal] | None = None) -> list[BillingItem]:
    """Post the goods of a note that is there, each line once (N3); an invoice can be drawn up from them. `given` are
    the prices each, net in the tenant's currency, of lines (by id) that have none; 0 bills them at nothing.

    Material of a ticket is posted as the charge it is. Raises Denied, Refused("nothing_to_bill_on_it"),
    ("material_has_no_price"), and what stands against approving a charge.
    """
    by.require("billing.post")
    row = held(note)
    wanted = unbilled(row, by=by)
    if not wanted:
        raise Refused("nothing_to_bill_on_it", number=row.number)
    said = {line.pk: given.get(line.pk) if given else None for line in unpriced(wanted)}
    if names := [line.name for line in wanted if line.pk in said and said[line.pk] is None]:
        raise Refused("material_has_no_price", names=", ".join(names))
    if said:
        by.require("price.view")
    made = [(_of_charge if line.material else _of_line)(row, line, said.get(line.pk), by) for line in wanted]
    posted = posting.post(made, by=by)
    amount = sum((one.amount for one in posted), pricing.NOTHING)
    record(row, "deliverynote.billed", by=by, amount=str(amount), lines=len(made))
    return posted


def _of_charge(note: DeliveryNote, line: DeliveryLine, each: Decimal | None, by: Actor) -> BillingItem:
    assert line.material is not None  # the caller asked
    charge = line.material.charge
    found = approving.items_of(charge).filter(status=BillingStatus.APPROVED).first()
    return found or approving.approve(charge, by=by, each=each)


def _code_of(line: DeliveryLine) -> str:
    """An article's own unit; a packaging unit of it is a piece. Of a line without article what its words say."""
    if line.article is None:
        return units.code_of(line.unit)
    return line.article.unit_code if line.factor == 1 else units.PIECE


def _of_line(note: DeliveryNote, line: DeliveryLine, each: Decimal | None, by: Actor) -> BillingItem:
    quantity: Decimal = line.left  # type: ignore[attr-defined]  # `delivered.not_invoiced` annotates it
    price = line.unit_price if each is None else each
    back = delivery_lines.serials_back([line.pk]).get(line.pk, set())
    made = BillingItem.objects.create(
        source=BillingSource.DELIVERY,
        company_id=note.company_id,
        ticket_id=note.ticket_id,
        delivery_line=line,
        order_line_id=line.order_line_id,
        article=line.article,
        worked_on=timezone.localdate(note.delivered_at),
        name=line.name,
        text=", ".join(one for one in line.serials if one not in back),
        quantity=quantity,
        unit=line.unit,
        unit_code=_code_of(line),
        unit_price=price,
        amount=pricing.of_quantity(quantity, price),
        currency=note.order.currency if note.order else note.tenant.currency,
        vat_kind=line.vat_kind,
        approved_by_id=by.membership_id,
    )
    journal.record(made, "billingitem.approved", by=by, item=str(line.key), amount=str(made.amount))
    return made


# What an invoice says of them -----------------------------------------------------------------------------------------
def on_invoiced(entry: Entry) -> None:
    """An invoice was issued or credited: its delivery notes and orders say so. It runs after the author's transaction,
    in one of its own, and does the same thing however often it is called."""
    stood = InvoiceLine.objects.filter(invoice=entry.subject_id, item__isnull=False)
    items = BillingItem.objects.filter(pk__in=stood.values("item"))
    by = Actor.system("billing").because(entry)
    lines = DeliveryLine.objects.filter(
        Q(pk__in=items.values("delivery_line")) | Q(material__charge__in=items.values("charge"))
    )
    for note in DeliveryNote.objects.filter(pk__in=lines.values("note")).order_by("pk"):
        follow_note(note, by=by)
    ordered = set(items.filter(order_line__isnull=False).values_list("order_line__order", flat=True))
    for pk in sorted(ordered):
        follow_order(pk, by=by)


@transaction.atomic
def follow_note(note: DeliveryNote, *, by: Actor) -> DeliveryNote:
    """A note all of whose chargeable lines are on issued invoices is invoiced; one of which a line came off is not."""
    row = held(note)
    open_lines = delivered.left_over(DeliveryLine.objects.filter(note=row)).exists()
    if row.status in (DeliveryStatus.DELIVERED, DeliveryStatus.SIGNED) and not open_lines:
        row.invoice()
    elif row.status == DeliveryStatus.INVOICED and open_lines:
        row.uninvoice()
    else:
        return row
    row.version += 1
    row.save(update_fields=["status", "version"])
    if row.status == DeliveryStatus.INVOICED:
        record(row, "deliverynote.invoiced", by=by)
    else:
        record(row, "deliverynote.uninvoiced", by=by)
    return row


@transaction.atomic
def follow_order(pk: int, *, by: Actor) -> Order:
    """Count on the lines of an order what issued invoices have of them, and move the order to where that brings it."""
    order = locked_order(pk)
    lines = list(OrderLine.objects.filter(order=order))
    for line, quantity in zip(lines, _invoiced(lines), strict=True):
        if line.invoiced != quantity:
            line.invoiced = quantity
            line.save(update_fields=["invoiced"])
    is_whole = all(line.invoiced >= line.quantity for line in lines)
    if order.status == OrderStatus.DELIVERED and is_whole:
        order.invoice()
    elif order.status == OrderStatus.INVOICED and not is_whole:
        order.uninvoice()
    else:
        return order
    order.version += 1
    order.save(update_fields=["status", "version"])
    journal.record(order, "order.goods_counted", by=by, status=str(order.status), number=order.number)
    return order


def _invoiced(lines: Iterable[OrderLine]) -> list[Decimal]:
    items = BillingItem.objects.filter(order_line__in=list(lines), status=BillingStatus.INVOICED)
    sums = dict(items.order_by().values_list("order_line").annotate(sum=Sum("quantity")))
    return [sums.get(line.pk, Decimal(0)) for line in lines]
