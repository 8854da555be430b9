"""The lines of tests/test_access.py for material, stock, delivery notes and goods requests."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from billing.models import Article, Material
from billing.services import delivery_lines, delivery_notes, goods_requests, stock
from billing.services.delivery_lines import Goods
from psa.tenancy.actor import Actor
from tests import access_stage
from tests.access_path import POSTED, Path, number
from tests.access_stage import World
from tickets.services import items


def furnish(w: World, by: Actor) -> None:
    """Delivery notes of the ticket: one that is there, a prepared one and a draft; a request, material without an
    article, stock at a place."""
    place = stock.add_place(f"{w.plain} store", by=by)
    article = Article.objects.create(number="G-100", name=f"{w.plain} switch", is_stocked=True, price=10)
    stock.receive(article, place, Decimal(5), reason=f"{w.plain} delivery", by=by)
    there = delivery_notes.draft_of(w.ticket, by=by)
    delivery_lines.add(there, Goods("", Decimal(1), article=article, place=place), by=by)
    w.rows["delivered_note"] = delivery_notes.deliver(delivery_notes.prepare(there, by=by), by=by)
    prepared = delivery_notes.draft_of(w.ticket, by=by)
    w.rows["prepared_line"] = delivery_lines.add(prepared, Goods("", Decimal(2), article=article, place=place), by=by)
    w.rows["prepared_note"] = delivery_notes.prepare(prepared, by=by)
    draft = w.rows["draft_note"] = delivery_notes.draft_of(w.ticket, by=by)
    w.rows["note_line"] = delivery_lines.add(draft, Goods(f"{w.plain} cable", Decimal(1)), by=by)
    w.rows["goods_request"] = goods_requests.ask(w.ticket, f"{w.plain} plugs", by=by)
    returned = goods_requests.ask(w.ticket, f"{w.plain} screws", by=by)
    w.rows["returned_request"] = goods_requests.give_back(returned, f"{w.plain} which?", by=by)
    w.rows["unnamed"] = items.add(w.ticket, "charge", w.ours, by=by, name=f"{w.plain} clips")
    w.rows["material"] = Material.objects.create(charge=w.unnamed, is_flagged=True)
    w.rows |= {"place": place, "stocked": article}


access_stage.FURNISHINGS.append(furnish)


def note(name: str) -> Callable[[World], dict[str, Any]]:
    """The address of one of the delivery notes."""
    return lambda w: {"key": w.rows[name].key}


def request(name: str = "goods_request") -> Callable[[World], dict[str, Any]]:
    return lambda w: {"key": w.rows[name].key}


def line(w: World) -> dict[str, Any]:
    return {"key": w.draft_note.key, "item": w.note_line.key}


def place(w: World) -> dict[str, Any]:
    return {"pk": w.place.pk}


def goods(w: World) -> dict[str, Any]:
    return {"what": w.stocked.number, "quantity": "1", "place": w.place.pk, "is_chargeable": "on"}


def lying(w: World) -> dict[str, Any]:
    return {"article": w.stocked.number, "place": w.place.pk}


DRAFT, PREPARED = note("draft_note"), note("prepared_note")
OFFICE = "delivery.prepare"
PATHS: dict[str, Path] = {
    "billing:delivery_notes": Path("ticket.view"),
    "billing:new_delivery_note": Path(
        OFFICE, technician=403, form=lambda w: {"company": w.company.pk}, ids=("company", "order")
    ),
    "billing:delivery_note": Path("ticket.view", DRAFT),
    "billing:address_delivery_note": Path(
        OFFICE, DRAFT, 403, form=lambda w: {"recipient": "Somebody", "version": w.draft_note.version + 1}
    ),
    "billing:prepare_delivery_note": Path(OFFICE, DRAFT, POSTED, POSTED, form=lambda w: {}),
    "billing:deliver_delivery_note": Path("ticket.view", PREPARED, POSTED, POSTED, form=lambda w: {}),
    "billing:bill_delivery_note": Path("billing.post", note("delivered_note"), POSTED, POSTED, form=lambda w: {}),
    "billing:sign_delivery_note": Path(
        "ticket.view", PREPARED, 403, form=lambda w: {"name": "Cleo", "is_on_paper": "on"}
    ),
    "billing:reverse_delivery_note": Path(OFFICE, PREPARED, 403, form=lambda w: {"reason": "Never went out"}),
    "billing:take_back_goods": Path(
        OFFICE, PREPARED, 403, form=lambda w: {f"line-{_first(w)}": "1", "reason": "One too many"}
    ),
    "billing:delivery_paper": Path("ticket.view", PREPARED),
    "billing:signed_delivery_paper": Path("ticket.view", PREPARED, 409, 409),
    "billing:add_delivery_line": Path(OFFICE, DRAFT, POSTED, POSTED, form=goods, ids=("place",)),
    "billing:deliver_order_lines": Path(OFFICE, DRAFT, 403),
    "billing:edit_delivery_line": Path(OFFICE, line, 403, form=goods, ids=("place",)),
    "billing:remove_delivery_line": Path(OFFICE, line, POSTED, POSTED, form=lambda w: {}),
    "billing:goods": Path("ticket.view"),
    "billing:ask_for_goods": Path("material.log", number, form=lambda w: {"text": "Plugs", "quantity": "3"}),
    "billing:goods_request": Path("ticket.view", request()),
    "billing:book_goods": Path("goods.book", request(), POSTED, POSTED, form=goods, ids=("place",)),
    "billing:give_goods_request_back": Path("goods.book", request(), POSTED, POSTED, form=lambda w: {"text": "Which?"}),
    "billing:ask_for_goods_again": Path(
        "material.log", request("returned_request"), POSTED, POSTED, form=lambda w: {"text": "Those"}
    ),
    "billing:cancel_goods_request": Path("ticket.view", request(), POSTED, POSTED, form=lambda w: {}),
    "billing:unnamed_material": Path("goods.book", technician=403),
    "billing:name_material": Path(
        "goods.book",
        lambda w: {"key": w.unnamed.key},
        403,
        form=lambda w: {"what": w.stocked.number, "place": w.place.pk},
        ids=("place",),
    ),
    "billing:stock": Path("order.view"),
    "billing:stock_moves": Path("order.view"),
    "billing:receive_goods": Path(
        "goods.book", technician=403, form=lambda w: {**lying(w), "quantity": "2"}, ids=("place",)
    ),
    "billing:count_stock": Path(
        "goods.book",
        technician=403,
        form=lambda w: {**lying(w), "counted": "7", "reason": "Found more"},
        ids=("place",),
    ),
    "billing:stock_places": Path("goods.book", technician=403),
    "billing:new_stock_place": Path("goods.book", technician=403, form=lambda w: {"name": "The van"}),
    "billing:edit_stock_place": Path("goods.book", place, 403, form=lambda w: {"name": "The other van"}),
    "billing:retire_stock_place": Path("goods.book", place, POSTED, POSTED, form=lambda w: {}),
}


def _first(w: World) -> int:
    """The line of the prepared note."""
    return int(w.prepared_line.pk)


# Addresses a portal company does not have.
FULL_DESK: set[str] = set(PATHS)
