"""Several people and one delivery note at the same moment, on PostgreSQL (hostile tests N4, N5)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from billing.models import Article, DeliveryLine, DeliveryNote, StockPlace
from billing.services import delivery_lines, delivery_notes, stock
from billing.services.delivery_lines import Goods
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from tests.billing.goods.conftest import log
from tests.conftest import acting, needs_postgres
from tests.races import race
from tickets.models import Charge, Ticket

pytestmark = [needs_postgres, pytest.mark.django_db(transaction=True)]


def two(cable: Article) -> Goods:
    return Goods("", Decimal(2), article=cable)


def quiet(answers: list[Any]) -> list[Any]:
    """What went well; a refusal is no error, anything else is."""
    wrong = [one for one in answers if isinstance(one, Exception) and not isinstance(one, Refused)]
    assert not wrong, wrong
    return [one for one in answers if not isinstance(one, Exception)]


def test_n5_two_entries_saved_at_once_share_one_draft(hers: Ticket, ada: Membership, max: Any, cable: Article) -> None:
    calls = [lambda: log(hers, ada, two(cable)), lambda: log(hers, max, two(cable))]
    assert len(quiet(race(*calls, *calls))) == 4
    with acting(ada):
        assert DeliveryNote.objects.count() == 1
        assert sorted(DeliveryLine.objects.values_list("position", flat=True)) == [1, 2, 3, 4]


def test_n5_two_savers_and_one_who_finalises(hers: Ticket, ada: Membership, max: Any, cable: Article) -> None:
    """Whatever was on the note when it was prepared stands still; whatever came later is on the next draft."""
    log(hers, ada, two(cable))
    with acting(ada):
        note = DeliveryNote.objects.get()

    def finalise() -> Any:
        with acting(max) as by:
            return delivery_notes.prepare(note, by=by)

    answers = race(lambda: log(hers, ada, two(cable)), finalise, lambda: log(hers, max, two(cable)))
    assert len(quiet(answers)) == 3
    with acting(ada):
        assert DeliveryLine.objects.count() == Charge.objects.count() == 3
        assert DeliveryNote.objects.filter(status="prepared").count() == 1
        assert DeliveryNote.objects.filter(status="draft").count() <= 1
        for one in DeliveryNote.objects.all():
            places = sorted(DeliveryLine.objects.filter(note=one).values_list("position", flat=True))
            assert places == list(range(1, len(places) + 1))


def test_n4_numbers_have_no_gap_under_parallel_prepares_and_rollbacks(
    office: Membership, company: Any, cable: Article, store: StockPlace
) -> None:
    with acting(office) as by:
        stock.receive(cable, store, Decimal(50), by=by)
        notes = [delivery_notes.open_for_company(company, by=by) for _note in range(10)]
        for one in notes:
            delivery_lines.add(one, Goods("", Decimal(1), article=cable, place=store), by=by)

    def prepare(note: DeliveryNote, fails: bool) -> Any:
        with acting(office) as by, transaction.atomic():
            delivery_notes.prepare(note, by=by)
            transaction.set_rollback(fails)

    race(*[lambda one=one, at=at: prepare(one, at % 3 == 0) for at, one in enumerate(notes)])
    with acting(office):
        numbers = sorted(DeliveryNote.objects.exclude(number="").values_list("number", flat=True))
        assert [int(one[-5:]) for one in numbers] == [1, 2, 3, 4, 5, 6]
        assert store.stock_set.get().quantity == 44


def test_n3_prepared_twice_at_once_it_has_one_number(office: Membership, company: Any) -> None:
    with acting(office) as by:
        note = delivery_notes.open_for_company(company, by=by)
        delivery_lines.add(note, Goods("Plug", Decimal(1)), by=by)

    def prepare() -> Any:
        with acting(office) as by:
            return delivery_notes.prepare(note, by=by)

    assert len(quiet(race(*[prepare] * 4))) == 1
    with acting(office):
        assert DeliveryNote.objects.get().number.endswith("-00001")
