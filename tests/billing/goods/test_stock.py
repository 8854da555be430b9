"""What lies where (it-house spec, stock place): every quantity is the sum of its moves."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db.models import Sum

from billing.models import Article, Stock, StockMove, StockPlace
from billing.services import stock
from billing.services.stock import Step
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from tests.conftest import acting

pytestmark = pytest.mark.django_db


def lying() -> Any:
    total = StockMove.objects.aggregate(sum=Sum("quantity"))["sum"] or 0
    quantity = Stock.objects.get().quantity
    assert total == quantity
    return quantity


def test_what_is_received_lies_there(cable: Article, store: StockPlace, office: Membership) -> None:
    with acting(office) as by:
        stock.receive(cable, store, Decimal("2.5"), by=by)
        stock.receive(cable, store, Decimal(4), by=by)
        assert lying() == Decimal("6.5")
        with pytest.raises(Refused, match="nothing_is_received"):
            stock.receive(cable, store, Decimal(0), by=by)
        assert lying() == Decimal("6.5")


def test_a_counted_difference_needs_its_reason(cable: Article, store: StockPlace, office: Membership) -> None:
    with acting(office) as by:
        stock.receive(cable, store, Decimal(5), by=by)
        with pytest.raises(Refused, match="reason_missing"):
            stock.count(cable, store, Decimal(3), "", by=by)
        assert lying() == 5
        stock.count(cable, store, Decimal(3), "Two were broken", by=by)
        assert lying() == 3 and StockMove.objects.latest("pk").reason == "Two were broken"
        assert stock.count(cable, store, Decimal(3), "", by=by) is None


def test_a_source_moves_its_goods_once_and_stock_may_fall_below_nothing(
    cable: Article, store: StockPlace, office: Membership
) -> None:
    with acting(office) as by:
        step = Step(cable.pk, store.pk, Decimal(-2), uuid4())
        stock.move([step], by=by)
        stock.move([step], by=by)
        assert lying() == -2


def test_what_is_not_kept_in_stock_lies_nowhere(cable: Article, store: StockPlace, office: Membership) -> None:
    with acting(office) as by:
        cable.is_stocked = False
        with pytest.raises(Refused, match="not_kept_in_stock"):
            stock.receive(cable, store, Decimal(1), by=by)
        stock.retire_place(store, by=by)
        cable.is_stocked = True
        with pytest.raises(Refused, match="place_is_retired"):
            stock.receive(cable, store, Decimal(1), by=by)
        assert not Stock.objects.exists()


def test_a_place_is_named_once_and_by_the_office(store: StockPlace, office: Membership, ada: Membership) -> None:
    with acting(office) as by, pytest.raises(Refused, match="place_name_taken"):
        stock.add_place("STORE", by=by)
    with acting(ada) as by, pytest.raises(Denied):
        stock.add_place("Car", by=by)
    with acting(office):
        assert StockPlace.objects.count() == 1
