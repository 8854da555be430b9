"""What lies where: goods that come, go and are counted. Quantities are in the article's own unit; what lies at a place
is the sum of its moves, and may be less than nothing: what was taken was there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, OuterRef, Subquery

from billing.models import Article, DeliveryLine, DeliveryNote, Stock, StockMove, StockPlace
from psa.journal import journal
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused


@dataclass(frozen=True, slots=True)
class Step:
    """Goods that come to a place, or leave it where `quantity` is below nothing. `source` is the key of what moves
    them: the same source moves them once."""

    article_id: int
    place_id: int
    quantity: Decimal
    source: UUID | None = None
    serials: Sequence[str] = field(default_factory=list)
    reason: str = ""


def move(steps: Sequence[Step], *, by: Actor) -> list[StockMove]:
    """Write moves down and what lies there afterwards, in the caller's transaction; the places are locked in one order.
    A source that moved its goods already moves nothing."""
    known = {step.source for step in steps if step.source}
    known = set(StockMove.objects.filter(source__in=known).values_list("source", flat=True)) if known else set()
    wanted = [step for step in steps if step.quantity and step.source not in known]
    made = []
    for step in sorted(wanted, key=lambda one: (one.article_id, one.place_id)):
        lying = _lying(step.article_id, step.place_id)
        Stock.objects.filter(pk=lying.pk).update(quantity=F("quantity") + step.quantity)
        made.append(
            StockMove.objects.create(
                article_id=step.article_id,
                place_id=step.place_id,
                quantity=step.quantity,
                serials=list(step.serials),
                source=step.source,
                reason=step.reason[:200],
                by_id=by.membership_id,
                by_name=by.name,
            )
        )
    return made


def moves_for(actor: Actor) -> Any:
    """The moves that somebody sees, each with the number of the note that caused it, and its key where they see it."""
    moved = DeliveryLine.objects.filter(key=OuterRef("source")).order_by()
    seen = moved.filter(note__in=DeliveryNote.objects.visible_to(actor))
    number, key = moved.values("note__number")[:1], seen.values("note__key")[:1]
    return StockMove.objects.visible_to(actor).annotate(note=Subquery(number), note_key=Subquery(key))


def lying(places: Collection[tuple[int, int]]) -> dict[tuple[int, int], Decimal]:
    """How much of which article lies where, by the ids of article and place; what never lay there is not in it."""
    rows = Stock.objects.filter(article__in={one[0] for one in places}, place__in={one[1] for one in places})
    return {(row.article_id, row.place_id): row.quantity for row in rows} if places else {}


def held(places: Collection[tuple[int, int]]) -> dict[tuple[int, int], Decimal]:
    """The same, locked in the order in which goods move."""
    return {one: _lying(*one).quantity for one in sorted(places)}


@transaction.atomic
def receive(
    article: Article, place: StockPlace, quantity: Decimal, *, serials: Sequence[str] = (), reason: str = "", by: Actor
) -> StockMove:
    """Goods that came in. Raises Refused("nothing_is_received"), ("not_kept_in_stock"), Denied."""
    by.require("goods.book")
    _may_lie(article, place)
    if quantity <= 0:
        raise Refused("nothing_is_received")
    made = move([Step(article.pk, place.pk, quantity, serials=serials, reason=reason)], by=by)[0]
    journal.record(article, "article.received", by=by, place=place.name, quantity=str(quantity))
    return made


@transaction.atomic
def count(article: Article, place: StockPlace, counted: Decimal, reason: str, *, by: Actor) -> StockMove | None:
    """What was counted is what lies there: the difference is a move with its reason; None where there is none. Raises
    Refused("reason_missing"), ("not_kept_in_stock"), Denied."""
    by.require("goods.book")
    _may_lie(article, place)
    if counted < 0:
        raise Refused("counted_below_nothing")
    lying = _lying(article.pk, place.pk)
    difference = counted - lying.quantity
    if not difference:
        return None
    if not reason.strip():
        raise Refused("reason_missing")
    made = move([Step(article.pk, place.pk, difference, reason=reason.strip())], by=by)[0]
    facts = {"place": place.name, "old": str(lying.quantity), "new": str(counted), "reason": reason.strip()}
    journal.record(article, "article.counted", by=by, **facts)
    return made


@transaction.atomic
def set_minimum(article: Article, place: StockPlace, minimum: Decimal | None, *, by: Actor) -> Stock:
    """From how little on it is low there; None for never."""
    by.require("goods.book")
    _may_lie(article, place)
    lying = _lying(article.pk, place.pk)
    lying.minimum = minimum
    lying.save(update_fields=["minimum"])
    return lying


@transaction.atomic
def add_place(name: str, *, by: Actor) -> StockPlace:
    """A store, a car. Raises Refused("place_name_taken"), ("words_missing"), Denied."""
    by.require("goods.book")
    return _name(StockPlace(), name, by, "stockplace.added")


@transaction.atomic
def rename_place(place: StockPlace, name: str, *, by: Actor) -> StockPlace:
    """The same place under another name. Raises Refused("place_name_taken"), ("words_missing"), Denied."""
    by.require("goods.book")
    return _name(place, name, by, "stockplace.renamed", old=place.name)


@transaction.atomic
def retire_place(place: StockPlace, *, by: Actor, restore: bool = False) -> StockPlace:
    """Offer it no more, or again. What lies there stays and is still counted."""
    by.require("goods.book")
    place.is_active = restore
    place.save(update_fields=["is_active"])
    journal.record(place, "stockplace.restored" if restore else "stockplace.retired", by=by, name=place.name)
    return place


def _name(place: StockPlace, name: str, by: Actor, kind: str, **facts: Any) -> StockPlace:
    if not (wanted := name.strip()):
        raise Refused("words_missing")
    if StockPlace.objects.filter(name__iexact=wanted).exclude(pk=place.pk).exists():
        raise Refused("place_name_taken", name=wanted)
    place.name = wanted
    place.save()
    journal.record(place, kind, by=by, name=wanted, **facts)
    return place


def _may_lie(article: Article, place: StockPlace) -> None:
    if not article.is_stocked:
        raise Refused("not_kept_in_stock", article=str(article))
    if not place.is_active:
        raise Refused("place_is_retired", place=place.name)


def _lying(article_id: int, place_id: int) -> Stock:
    """The row of an article at a place, locked; made when it is the first there."""
    Stock.objects.get_or_create(article_id=article_id, place_id=place_id)
    rows = Stock.objects.select_for_update(of=("self",), no_key=True)
    found: Stock = rows.get(article_id=article_id, place_id=place_id)
    return found
