"""*Tell the office*: goods a technician used or needs, which the back office books (it-house spec). Each is a hand-off
to sales, so that it stands in an inbox and on the ticket until somebody settled it; the two move together."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from billing.models import DeliveryLine, GoodsRequest
from billing.services import delivery_lines, delivery_notes
from billing.services.delivery_lines import Goods
from psa.fsm import can_proceed
from psa.journal import journal
from psa.journal.models import Entry
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied, Refused
from tickets import permissions
from tickets.models import HandOff, HandOffKind, Ticket
from tickets.services import hand_offs
from tickets.services.locking import lock

ROLE = "sales"


@transaction.atomic
def ask(ticket: Ticket, text: str, *, quantity: Decimal = Decimal(1), unit: str = "", by: Actor) -> GoodsRequest:
    """Tell the office what was used or is needed. Raises Refused("words_missing"), ("quantity_missing"), Denied."""
    ticket = lock(ticket)
    permissions.require(ticket, "material.log", by)
    if not text.strip():
        raise Refused("words_missing")
    if quantity <= 0:
        raise Refused("quantity_missing")
    made: GoodsRequest = GoodsRequest.objects.create(
        ticket=ticket, text=text.strip()[:300], quantity=quantity, unit=unit.strip()[:40], asked_by_id=by.membership_id
    )
    made.hand_off = hand_offs.send(
        HandOffKind.GOODS, title=title_of(made)[:200], ticket=ticket, subject=made.key, role=ROLE, by=by
    )
    made.save(update_fields=["hand_off"])
    _record(made, "goodsrequest.asked", by, text=made.text)
    return made


@transaction.atomic
def book(request: GoodsRequest, goods: Goods, *, by: Actor) -> DeliveryLine:
    """Put it on the ticket's draft delivery note; the hand-off is done. Raises Refused("goods_request_moved_on"),
    ("words_missing"), ("more_serials_than_goods"), Denied."""
    by.require("goods.book")
    row = _held(request, "book")
    delivery_lines.check(goods)
    note = delivery_notes.draft_of(row.ticket, by=by)
    line = delivery_lines.append(note, **goods.columns())
    row.book(timezone.now(), line.pk)
    row.save(update_fields=["status", "settled_at", "line"])
    _record(row, "goodsrequest.booked", by, text=row.text, name=line.name)
    hand_offs.finish_of(HandOffKind.GOODS, row.key, by=by)
    return line


@transaction.atomic
def give_back(request: GoodsRequest, answer: str, *, by: Actor) -> GoodsRequest:
    """Ask back what was meant. Raises Refused("words_missing"), ("goods_request_moved_on"), Denied."""
    by.require("goods.book")
    row = _held(request, "give_back")
    if not answer.strip():
        raise Refused("words_missing")
    _give_back(row, answer.strip(), by)
    if row.hand_off is not None:
        hand_offs.give_back(row.hand_off, answer, by=by)
    return row


@transaction.atomic
def ask_again(request: GoodsRequest, text: str, *, by: Actor) -> GoodsRequest:
    """The technician's answer. Raises Refused("words_missing"), ("goods_request_moved_on"), Denied."""
    row = _held(request, "ask_again")
    if not may_answer(row, by):
        raise Denied("material.log")
    if not text.strip():
        raise Refused("words_missing")
    _ask_again(row, text.strip(), by)
    if row.hand_off is not None:
        hand_offs.send_again(row.hand_off, text, by=by)
    return row


@transaction.atomic
def cancel(request: GoodsRequest, *, by: Actor) -> GoodsRequest:
    """Not needed after all. Raises Refused("goods_request_moved_on"), Denied."""
    row = _held(request, "cancel")
    if not (may_answer(row, by) or by.can("goods.book") == "all"):
        raise Denied("goods.book")
    _cancel(row, by)
    hand_offs.cancel_of(HandOffKind.GOODS, row.key, by=by)
    return row


def may_answer(row: GoodsRequest, by: Actor) -> bool:
    """Whether they asked for it."""
    return by.membership_id is not None and row.asked_by_id == by.membership_id


def may_ask_back(row: GoodsRequest, by: Actor) -> bool:
    """Whether the question goes through the inbox they work."""
    return by.can("goods.book") == "all" and row.hand_off is not None and hand_offs.may_take(row.hand_off, by)


def title_of(row: GoodsRequest) -> str:
    """How much of what, as it was told: plain figures, for every language."""
    return " ".join(filter(None, (f"{row.quantity.normalize():f}", row.unit, row.text)))


# What the inbox says -------------------------------------------------------------------------------------------------
def heard(entry: Entry) -> None:
    """The hand-off was moved in the inbox: what was asked moves with it, as far as it has not moved already."""
    hand_off = HandOff.objects.filter(pk=entry.data["hand_off"], kind=HandOffKind.GOODS).first()
    row = GoodsRequest.objects.filter(hand_off=hand_off).select_related("ticket").first() if hand_off else None
    if hand_off is None or row is None:
        return
    move, by = entry.kind.partition(".")[2], Actor.system("journal").because(entry)
    if move == "returned" and can_proceed(row.give_back):
        _give_back(row, hand_off.answer, by)
    elif move == "sent_again" and can_proceed(row.ask_again):
        _ask_again(row, hand_off.text, by)
    elif move == "cancelled" and can_proceed(row.cancel):
        _cancel(row, by)
    elif move == "finished" and can_proceed(row.book):
        row.book(timezone.now(), None)
        row.answer = hand_off.answer
        row.save(update_fields=["status", "settled_at", "answer"])
        _record(row, "goodsrequest.settled", by, text=row.text)


def _give_back(row: GoodsRequest, answer: str, by: Actor) -> None:
    row.give_back(answer)
    row.save(update_fields=["status", "answer"])
    _record(row, "goodsrequest.returned", by, text=answer)


def _ask_again(row: GoodsRequest, text: str, by: Actor) -> None:
    row.ask_again(text[:300])
    row.save(update_fields=["status", "text"])
    _record(row, "goodsrequest.asked_again", by, text=row.text)


def _cancel(row: GoodsRequest, by: Actor) -> None:
    row.cancel(timezone.now())
    row.save(update_fields=["status", "settled_at"])
    _record(row, "goodsrequest.cancelled", by, text=row.text)


def _held(request: GoodsRequest, move: str) -> GoodsRequest:
    ticket = lock(Ticket(pk=request.ticket_id))
    row: Any = GoodsRequest.objects.select_for_update(of=("self",), no_key=True).get(pk=request.pk)
    row.ticket = ticket
    if not can_proceed(getattr(row, move)):
        raise Refused("goods_request_moved_on", status=row.status)
    return row


def _record(row: GoodsRequest, kind: str, by: Actor, **facts: Any) -> None:
    journal.record(row.ticket, kind, by=by, request=str(row.key), **facts)
