"""The lines of a delivery note while it is a draft: from material, from an order, typed by the office.

Quantities count the line's unit; prices are net, in the tenant's currency.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Sum

from billing.models import (
    Article,
    DeliveryLine,
    DeliveryNote,
    Material,
    Order,
    OrderLine,
    OrderStatus,
    PackagingUnit,
    StockPlace,
)
from billing.services import articles
from billing.services.delivery_locks import held
from psa.journal import journal
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused

NOTHING = Decimal(0)
DELIVERABLE = (OrderStatus.CONFIRMED, OrderStatus.PARTLY_DELIVERED)


@dataclass(frozen=True, slots=True)
class Goods:
    """What is delivered, as it was said: an article and how it is packed, or a name; how much, and from where."""

    name: str
    quantity: Decimal
    unit: str = ""
    article: Article | None = None
    packaging: PackagingUnit | None = None
    place: StockPlace | None = None
    serials: Sequence[str] = field(default_factory=list)
    is_chargeable: bool = True

    @property
    def label(self) -> str:
        """What the paper calls it."""
        return self.article.name if self.article else self.name

    @property
    def written(self) -> str:
        """As it stands in the field it is typed in."""
        return articles.written(self.article) if self.article else self.name

    @property
    def packed(self) -> str:
        """The unit that is counted."""
        if self.packaging:
            return self.packaging.name
        return self.article.unit if self.article else self.unit

    @property
    def factor(self) -> Decimal:
        """How many of the article's own units are in one."""
        return self.packaging.factor if self.packaging else Decimal(1)

    @property
    def price(self) -> Decimal:
        """Net, for one of the unit; nothing where it is not an article of ours."""
        if self.article is None:
            return NOTHING
        own = self.packaging.price if self.packaging else None
        return own if own is not None else (self.article.price * self.factor).quantize(Decimal("0.01"))

    @property
    def said(self) -> tuple[Any, ...]:
        """What makes it what it is, however it was typed."""
        packed = self.packaging and self.packaging.pk
        where = self.place and self.place.pk
        article = self.article and self.article.pk
        serials = tuple(self.serials)
        return (self.label, self.quantity, self.packed, article, packed, where, serials, self.is_chargeable)

    def columns(self) -> dict[str, Any]:
        """As a line keeps it."""
        vat = {"vat_kind": self.article.vat_kind} if self.article else {}
        return {
            "article": self.article,
            "name": self.label[:160],
            "quantity": self.quantity,
            "unit": self.packed[:20],
            "factor": self.factor,
            "unit_price": self.price,
            "serials": list(self.serials),
            "place": self.place,
            "is_chargeable": self.is_chargeable,
            **vat,
        }


@dataclass(frozen=True, slots=True)
class Open:
    """A line of an order, and how much of it is on no note yet."""

    line: OrderLine
    open: Decimal


def append(note: DeliveryNote, **columns: Any) -> DeliveryLine:
    """A line at the end of a locked draft."""
    last = DeliveryLine.objects.filter(note=note).aggregate(last=Max("position"))["last"] or 0
    line: DeliveryLine = DeliveryLine.objects.create(note=note, position=last + 1, **columns)
    return line


@transaction.atomic
def add(note: DeliveryNote, goods: Goods, *, by: Actor) -> DeliveryLine:
    """A line the office types. Raises Refused("delivery_note_is_frozen"), ("more_serials_than_goods"), Denied."""
    by.require("delivery.prepare")
    row = draft(note)
    check(goods)
    line = append(row, **goods.columns())
    _changed(row, by, "deliverynote.line_added", name=line.name, quantity=str(line.quantity), unit=line.unit)
    return line


@transaction.atomic
def edit(line: DeliveryLine, goods: Goods, *, by: Actor) -> DeliveryLine:
    """Another quantity, place or serial numbers; what comes from material is changed where the material is. Raises
    Refused("delivery_note_is_frozen"), ("line_is_material"), ("more_than_ordered"), Denied."""
    by.require("delivery.prepare")
    row = draft(line.note)
    line = _own(line, row)
    check(goods)
    columns = goods.columns()
    if line.order_line is not None:
        free = free_of(line.order_line) + line.quantity
        if goods.quantity > free:
            raise Refused("more_than_ordered", name=line.name, open=str(free))
        columns = {name: columns[name] for name in ("quantity", "serials", "place", "is_chargeable")}
    for name, value in columns.items():
        setattr(line, name, value)
    line.save(update_fields=[*columns])
    _changed(row, by, "deliverynote.line_edited", name=line.name, quantity=str(line.quantity), unit=line.unit)
    return line


@transaction.atomic
def remove(line: DeliveryLine, *, by: Actor) -> None:
    """Take a line off a draft. Raises Refused("delivery_note_is_frozen"), ("line_is_material"), Denied."""
    by.require("delivery.prepare")
    row = draft(line.note)
    line = _own(line, row)
    name = line.name
    line.delete()
    _changed(row, by, "deliverynote.line_removed", name=name)


@transaction.atomic
def add_from_order(
    note: DeliveryNote, amounts: Mapping[int, Decimal], *, place: StockPlace | None = None, by: Actor
) -> list[DeliveryLine]:
    """Lines of the note's order by their id, each as much as goes along. A line that is on the draft already becomes
    longer. Raises Refused("more_than_ordered"), ("order_is_not_deliverable"), ("delivery_note_is_frozen"), Denied."""
    by.require("delivery.prepare")
    row = draft(note)
    if row.order is None or row.order.status not in DELIVERABLE:
        raise Refused("order_is_not_deliverable")
    found = []
    wanted = OrderLine.objects.filter(order=row.order, pk__in=amounts).select_related("article", "packaging")
    for ordered in wanted:
        quantity = amounts[ordered.pk]
        if quantity <= 0:
            continue
        free = free_of(ordered)
        if quantity > free:
            raise Refused("more_than_ordered", name=ordered.name, open=str(free))
        found.append(_from_order(row, ordered, quantity, place))
    if not found:
        raise Refused("nothing_to_deliver")
    told = [{"name": one.name, "quantity": str(one.quantity), "unit": one.unit} for one in found]
    _changed(row, by, "deliverynote.taken_from_order", order=row.order.number, lines=told)
    return found


def _from_order(row: DeliveryNote, ordered: OrderLine, quantity: Decimal, place: StockPlace | None) -> DeliveryLine:
    there = DeliveryLine.objects.filter(note=row, order_line=ordered).first()
    if there is not None:
        there.quantity += quantity
        there.save(update_fields=["quantity"])
        return there
    return append(
        row,
        order_line=ordered,
        article=ordered.article,
        name=ordered.name,
        quantity=quantity,
        unit=ordered.packaging.name[:20] if ordered.packaging else ordered.unit,
        factor=ordered.packaging.factor if ordered.packaging else Decimal(1),
        unit_price=ordered.unit_price,
        vat_kind=ordered.vat_kind,
        place=place if ordered.article and ordered.article.is_stocked else None,
    )


def open_of(order: Order) -> list[Open]:
    """The lines of an order in their order, each with what is on no note yet."""
    return [Open(line, free_of(line)) for line in OrderLine.objects.filter(order=order).order_by("position")]


def free_of(ordered: OrderLine) -> Decimal:
    """How much of an order's line neither went out nor stands on a note that has not gone out yet."""
    waiting = DeliveryLine.objects.filter(order_line=ordered, note__status__in=["draft", "prepared"])
    away = waiting.filter(note__kind="delivery").aggregate(sum=Sum("quantity"))["sum"] or NOTHING
    back = returned([line.pk for line in waiting])
    return ordered.quantity - ordered.delivered - away + sum(back.values(), NOTHING)


def returned(lines: Sequence[int]) -> dict[int, Decimal]:
    """How much of these lines return notes took back, by their ids; lines without any are not in it."""
    rows = DeliveryLine.objects.filter(corrects__in=lines).exclude(note__status="cancelled")
    return dict(
        rows.order_by("corrects").values("corrects").annotate(sum=Sum("quantity")).values_list("corrects", "sum")
    )


def serials_back(lines: Sequence[int]) -> dict[int, set[str]]:
    """The serial numbers that came back of these lines, by their ids."""
    found: dict[int, set[str]] = {}
    rows = DeliveryLine.objects.filter(corrects__in=lines).exclude(note__status="cancelled").exclude(serials=[])
    for line, serials in rows.values_list("corrects", "serials"):
        found.setdefault(line, set()).update(serials)
    return found


def check(goods: Goods) -> None:
    """What no line may say. Raises Refused("quantity_missing"), ("words_missing"), ("more_serials_than_goods")."""
    if goods.quantity <= 0:
        raise Refused("quantity_missing")
    if not goods.label.strip():
        raise Refused("words_missing")
    if len(goods.serials) > goods.quantity * goods.factor:
        raise Refused("more_serials_than_goods", name=goods.label)
    if goods.packaging is not None and (goods.article is None or goods.packaging.article_id != goods.article.pk):
        raise Refused("packed_otherwise", name=goods.label)


def draft(note: DeliveryNote) -> DeliveryNote:
    """The note's present row, locked, if its lines may still be written. Raises Refused("delivery_note_is_frozen")."""
    row = held(note)
    if not row.is_draft:
        raise Refused("delivery_note_is_frozen", number=row.number)
    return row


def of_note(note: DeliveryNote) -> list[DeliveryLine]:
    """The note's lines in their order; `came_back` is how much of one return notes took back, None for nothing."""
    rows = DeliveryLine.objects.filter(note=note).select_related(
        "article", "place", "material__entry", "material__charge", "order_line"
    )
    found = list(rows.order_by("position"))
    back = returned([line.pk for line in found]) if note.number and not note.is_return else {}
    for line in found:
        line.came_back = back.get(line.pk)
    return found


def named(note: DeliveryNote, key: UUID) -> DeliveryLine | None:
    """The line of this key, if it is on the note."""
    rows = DeliveryLine.objects.filter(note=note, key=key)
    found: DeliveryLine | None = rows.select_related("note", "article", "place", "order_line").first()
    return found


def goods_of(line: DeliveryLine) -> Goods:
    """What a line says, as a form takes it."""
    packed = PackagingUnit.objects.filter(article=line.article, name=line.unit).first() if line.article else None
    serials = tuple(line.serials)
    return Goods(line.name, line.quantity, line.unit, line.article, packed, line.place, serials, line.is_chargeable)


def of_material(material: Material) -> DeliveryLine | None:
    """The line a material stands on."""
    found: DeliveryLine | None = DeliveryLine.objects.filter(material=material).select_related("note").first()
    return found


def _own(line: DeliveryLine, note: DeliveryNote) -> DeliveryLine:
    found: Any = DeliveryLine.objects.filter(pk=line.pk, note=note).select_related("order_line").first()
    if found is None:
        raise Refused("line_is_gone")
    if found.material_id is not None:
        raise Refused("line_is_material")
    return found


def _changed(row: DeliveryNote, by: Actor, kind: str, **facts: Any) -> None:
    row.version += 1
    row.save(update_fields=["version"])
    journal.record(row, kind, by=by, **facts)
