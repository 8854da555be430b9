"""Nordlicht's store: an article with its packaging, a place, an office, and Ada, who may sign on her tickets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from billing.models import Article, PackagingUnit, StockPlace
from billing.services import materials, stock
from billing.services.delivery_lines import Goods
from billing.services.materials import Row
from psa.tenancy.models import Membership
from tests.conftest import acting
from tests.tickets.conftest import internal
from tickets import services
from tickets.models import Ticket, TimeEntry


@pytest.fixture
def office(people: Callable[[str], Membership]) -> Membership:
    """Somebody of sales, who prepares delivery notes and books goods."""
    return people("sales")


@pytest.fixture
def cable(office: Membership) -> Article:
    """Patch cables at 4.90 each, also in boxes of ten."""
    with acting(office):
        made: Article = Article.objects.create(
            number="1001", name="Patch cable", unit="pc", price=Decimal("4.90"), is_stocked=True
        )
        PackagingUnit.objects.create(article=made, name="box", factor=Decimal(10))
        return made


@pytest.fixture
def store(office: Membership) -> StockPlace:
    """Where the cables lie: fifty of them, once they were received."""
    with acting(office) as by:
        return stock.add_place("Store", by=by)


@pytest.fixture
def hers(ticket: Ticket, max: Membership, ada: Membership) -> Ticket:
    """The ticket, Ada's."""
    with acting(max) as by:
        services.assign(ticket, ada, by=by)
    return ticket


class Part:
    """Material rows as the form hands them over."""

    template = ""

    def __init__(self, *rows: Row) -> None:
        self.rows = rows

    def is_valid(self) -> bool:
        return True

    def save(self, item: Any, *, by: Any) -> None:
        materials.write(item, self.rows, by=by)


def row(goods: Goods | None, key: Any = None) -> Row:
    return Row(key or uuid4(), goods)


def log(ticket: Ticket, member: Membership, *goods: Goods, opening: Any = None) -> TimeEntry:
    """A time entry with this material, as the composer sends it."""
    with acting(member) as by:
        made = services.replies.send(
            ticket, "timeentry", internal(ticket), by=by, opening=opening,
            parts=(Part(*(row(one) for one in goods)),), minutes=30, worked_on=date(2026, 3, 2),
        )  # fmt: skip
        assert isinstance(made, TimeEntry)
        return made
