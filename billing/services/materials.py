"""Material of time entries: a charge, with the article it was, and a line on the ticket's one open delivery note.

A row that is sent twice is written once: its charge's key is made of the entry's and the row's. Once the note is
prepared the line and its charge stand still (`freezing`); a return note corrects them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Max

from billing.models import DeliveryLine, DeliveryStatus, GoodsRequest, Material
from billing.services import addressing, delivery_lines, delivery_notes
from billing.services.delivery_lines import Goods
from psa.journal import journal
from psa.journal.models import Entry
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets.models import Charge, ChargeCategory, Ticket, TimeEntry
from tickets.readers import Reader
from tickets.services import items
from tickets.services.locking import lock

# Makes one key of a time entry and a row of its form.
ROWS = UUID("2f1a4c53-0b8e-4f0e-8a39-6f1d7c0e52b1")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the form. `key` names it: the charge it stands for, or the opening of the form it was typed in."""

    key: UUID
    goods: Goods | None

    @property
    def is_gone(self) -> bool:
        """Whether it was emptied."""
        return self.goods is None


@transaction.atomic
def write(entry: TimeEntry, rows: Sequence[Row], *, by: Actor) -> list[Material]:
    """Bring an entry's material to what these rows say, for whoever reads the entry. Rows not named stay. Raises
    Refused("material_is_on_its_note") for a line that is frozen, and whatever charges refuse; Denied."""
    found = {material.charge.key: material for material in of_entry(entry)}
    written = []
    for row in rows:
        key = row.key if row.key in found else uuid5(ROWS, f"{entry.key}:{row.key}")
        there = found.get(key)
        if there is not None and row.goods is None:
            take_off(there, by=by)
        elif there is not None and row.goods is not None:
            written.append(change(there, row.goods, by=by))
        elif row.goods is not None and not Charge.objects.filter(key=key).exists():
            written.append(put(entry, key, row.goods, by=by))
    _follow_reader(entry, by)
    return written


@transaction.atomic
def put(entry: TimeEntry, key: UUID, goods: Goods, *, by: Actor) -> Material:
    """One more material of an entry, and its line on the draft."""
    delivery_lines.check(goods)
    ticket = lock(entry.ticket)
    note = delivery_notes.draft_of(ticket, by=by)
    reader = Reader(entry.audience, "", entry.handover)  # type: ignore[arg-type]  # an Audience by its code
    charge: Any = items.add(
        ticket, Charge.kind(), reader, by=by, key=key, category=ChargeCategory.MATERIAL,
        currency=ticket.tenant.currency, **_charged(goods),
    )  # fmt: skip
    made: Material = Material.objects.create(
        charge=charge, entry_id=entry.pk, is_flagged=goods.article is None, **_kept(goods)
    )
    delivery_lines.append(note, material=made, **goods.columns())
    return made


@transaction.atomic
def change(material: Material, goods: Goods, *, by: Actor) -> Material:
    """The same material, said otherwise: its charge and its line follow. What is frozen may only stay as it is."""
    if goods.said == goods_of(material).said:
        return material
    _thaw(material)
    delivery_lines.check(goods)
    material.charge = items.edit(material.charge, by=by, **_charged(goods))  # type: ignore[assignment]
    for name, value in _kept(goods).items():
        setattr(material, name, value)
    material.is_flagged = goods.article is None
    material.save()
    _put_on_line(material, goods, by)
    return material


@transaction.atomic
def take_off(material: Material, *, by: Actor) -> None:
    """It was not used after all: the charge and the line go."""
    _thaw(material)
    items.remove(material.charge, by=by)


@transaction.atomic
def name(material: Material, goods: Goods, *, by: Actor) -> Material:
    """Say which article the typed words meant. Of a frozen line the paper keeps its words; the charge gets its price
    before it is approved. Raises Refused("article_missing"), Denied."""
    by.require("goods.book")
    if goods.article is None:
        raise Refused("article_missing")
    ticket = lock(material.charge.ticket)
    row: Material = Material.objects.select_for_update(of=("self",), no_key=True).get(pk=material.pk)
    row.charge.ticket = ticket
    line = delivery_lines.of_material(row)
    is_frozen = line is not None and not line.note.is_draft
    said = row.charge.name
    row.article, row.packaging, row.is_flagged = goods.article, goods.packaging, False
    if not is_frozen:
        row.place = goods.place
    row.save()
    price = {"unit_price": goods.price, "name": goods.label, "unit": goods.packed[:20]}
    items.correct(row.charge, by=by, **({"unit_price": goods.price} if is_frozen else price))
    if not is_frozen:
        _put_on_line(row, goods_of(row), by)
    journal.record(ticket, "material.named", by=by, said=said, article=str(goods.article))
    return row


def of_entry(entry: TimeEntry) -> list[Material]:
    """The material of an entry whose charge still stands, in the order it was written."""
    rows = Material.objects.filter(entry=entry, charge__removed_at=None).select_related(
        "charge__ticket", "article", "packaging__article", "place"
    )
    return list(rows.order_by("pk"))


def goods_of(material: Material) -> Goods:
    """What a material says, as a form takes it."""
    charge = material.charge
    return Goods(
        name=charge.name,
        quantity=charge.quantity,
        unit=charge.unit,
        article=material.article,
        packaging=material.packaging,
        place=material.place,
        serials=tuple(material.serials),
        is_chargeable=charge.is_billable,
    )


def frozen(charges: Sequence[Charge]) -> dict[int, str]:
    """Of these charges those whose line was prepared, by their ids, with the number of the note they stand on."""
    rows = DeliveryLine.objects.filter(material__charge__in=[one.pk for one in charges], corrects=None)
    rows = rows.exclude(note__status=DeliveryStatus.DRAFT)
    return dict(rows.values_list("material__charge", "note__number"))


# What the journal says ----------------------------------------------------------------------------------------------
def charge_changed(entry: Entry) -> None:
    """A charge was edited where charges are edited: the line on the draft says the same."""
    material = _material_of(entry)
    line = delivery_lines.of_material(material) if material else None
    if material is None or line is None or not line.note.is_draft:
        return
    charge = material.charge
    line.name, line.quantity, line.unit = charge.name, charge.quantity, charge.unit
    line.unit_price, line.is_chargeable = charge.unit_price, charge.is_billable
    line.save(update_fields=["name", "quantity", "unit", "unit_price", "is_chargeable"])


def charge_removed(entry: Entry) -> None:
    """A charge was taken off its ticket: so is its line, while the note is a draft."""
    material = _material_of(entry)
    line = delivery_lines.of_material(material) if material else None
    if line is not None and line.note.is_draft:
        line.delete()


def entry_removed(entry: Entry) -> None:
    """A time entry was deleted: its material goes with it; what stands on a prepared note stays without it."""
    by = Actor.system("journal").because(entry)
    for material in Material.objects.filter(entry=entry.data["id"]).select_related("charge__ticket"):
        line = delivery_lines.of_material(material)
        if line is not None and not line.note.is_draft:
            continue
        if not material.charge.is_removed:
            items.take_back(material.charge, by=by)


def follow(merged: Ticket, survivor: Ticket) -> None:
    """A ticket goes on as another: what waits on its draft goes to the other's, and what was asked of the office; its
    numbered notes stay what they are."""
    GoodsRequest.objects.filter(ticket=merged).open().update(ticket=survivor)
    drafts = DeliveryLine.objects.filter(note__ticket=merged, note__status=DeliveryStatus.DRAFT)
    first = drafts.select_related("note").first()
    if first is None:
        return
    target = type(first.note).objects.filter(ticket=survivor, status=DeliveryStatus.DRAFT, kind="delivery").first()
    if target is None:
        first.note.ticket, first.note.company = survivor, survivor.company
        first.note.recipient, first.note.address = addressing.of_ticket(survivor)
        first.note.save(update_fields=["ticket", "company", "recipient", "address"])
        return
    at = DeliveryLine.objects.filter(note=target).aggregate(last=Max("position"))["last"] or 0
    for line in drafts.order_by("position"):
        at += 1
        line.note, line.position = target, at
        line.save(update_fields=["note", "position"])


# -------------------------------------------------------------------------------------------------------------------
def _charged(goods: Goods) -> dict[str, Any]:
    return {
        "name": goods.label[:160],
        "quantity": goods.quantity,
        "unit": goods.packed[:20],
        "is_billable": goods.is_chargeable,
        "unit_price": goods.price,
    }


def _kept(goods: Goods) -> dict[str, Any]:
    return {
        "article": goods.article,
        "packaging": goods.packaging,
        "place": goods.place,
        "serials": list(goods.serials),
    }


def _thaw(material: Material) -> None:
    if number := frozen([material.charge]).get(material.charge.pk):
        raise Refused("material_is_on_its_note", number=number)


def _put_on_line(material: Material, goods: Goods, by: Actor) -> None:
    line = delivery_lines.of_material(material)
    if line is None:
        note = delivery_notes.draft_of(material.charge.ticket, by=by)
        delivery_lines.append(note, material=material, **goods.columns())
        return
    columns = goods.columns()
    for name, value in columns.items():
        setattr(line, name, value)
    line.save(update_fields=[*columns])


def _follow_reader(entry: TimeEntry, by: Actor) -> None:
    """Whoever reads the entry reads its material, wherever it is not frozen."""
    for material in of_entry(entry):
        charge = material.charge
        now = (charge.audience, charge.handover)
        if now != (entry.audience, entry.handover) and not frozen([charge]):
            reader = Reader(entry.audience, "", entry.handover)  # type: ignore[arg-type]
            items.edit(charge, by=by, reader=reader)


def _material_of(entry: Entry) -> Material | None:
    found: Material | None = Material.objects.filter(charge=entry.data["id"]).select_related("charge").first()
    return found
