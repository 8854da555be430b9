"""Goods a draft takes that are not there as far as Tandem knows: more than lies at a place, more pieces than serial
numbers. What was counted may be wrong, so whoever prepares the note may take them anyway, once they were asked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from billing.models import DeliveryLine, StockPlace
from billing.services import serials, stock
from psa.tenancy.errors import Refused

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What is wanted and what is there of it, in the article's own unit: at a place, or, where there is none named,
    with a serial number. `mark` names exactly this shortfall, so that a greater one is asked for anew."""

    name: str
    number: str
    unit: str
    wanted: Decimal
    there: Decimal
    mark: str
    place: StockPlace | None = None


def of(lines: Iterable[DeliveryLine]) -> list[Shortfall]:
    """What is short on the lines of a draft, as things stand. One statement."""
    found = list(lines)
    return _found(found, stock.lying(_taken(found)))


def check(lines: Iterable[DeliveryLine], accepted: Collection[str]) -> None:
    """Nothing is short but what was accepted by its mark; what lies there is locked until the end of the caller's
    transaction. Raises Refused("goods_are_short")."""
    found = list(lines)
    short = _found(found, stock.held(_taken(found)))
    if any(one.mark not in accepted for one in short):
        raise Refused("goods_are_short", names=", ".join(dict.fromkeys(one.name for one in short)))


def moves_stock(line: DeliveryLine) -> bool:
    """Whether a line takes its goods from a place."""
    return bool(line.place_id and line.article and line.article.is_stocked)


def _taken(lines: Iterable[DeliveryLine]) -> dict[tuple[int, int], list[DeliveryLine]]:
    """The lines that take from stock, by article and place."""
    found: dict[tuple[int, int], list[DeliveryLine]] = {}
    for line in lines:
        if moves_stock(line) and line.article_id and line.place_id:
            found.setdefault((line.article_id, line.place_id), []).append(line)
    return found


def _found(lines: list[DeliveryLine], there: Mapping[tuple[int, int], Decimal]) -> list[Shortfall]:
    short = []
    for at, taking in _taken(lines).items():
        wanted = sum((line.quantity * line.factor for line in taking), NOTHING)
        lying = there.get(at, NOTHING)
        if wanted > lying:
            mark = f"stock:{at[0]}:{at[1]}:{_written(wanted)}:{_written(lying)}"
            short.append(_shortfall(taking[0], wanted, lying, mark, taking[0].place))
    for line in lines:
        if (nameless := serials.nameless(line)) > 0:
            mark = f"serials:{line.key}:{_written(nameless)}"
            short.append(_shortfall(line, line.quantity * line.factor, Decimal(len(line.serials)), mark))
    return short


def _shortfall(
    line: DeliveryLine, wanted: Decimal, there: Decimal, mark: str, place: StockPlace | None = None
) -> Shortfall:
    assert line.article is not None
    return Shortfall(line.name, line.article.number, line.article.unit, wanted, there, mark, place)


def _written(quantity: Decimal) -> str:
    """The same for the same quantity, however many decimals it came with."""
    return f"{quantity.normalize():f}"
