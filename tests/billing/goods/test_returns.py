"""Goods with serial numbers that come back in part: which of them, once each, and what lies in the store then."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from billing.models import Article, DeliveryLine, DeliveryNote, Stock, StockMove, StockPlace
from billing.services import delivery_lines, delivery_notes, goods_billing, returns, stock
from billing.services.delivery_lines import Goods
from psa.directory.models import Company
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from tests.conftest import acting, sign_in
from tests.tickets.pages import sign_in_english, text_of

pytestmark = pytest.mark.django_db
SERIALS = ("A1", "A2", "A3")


@pytest.fixture
def router(office: Membership) -> Article:
    """Routers, each with a number of its own."""
    with acting(office):
        made: Article = Article.objects.create(
            number="2001", name="Router", unit="pc", price=Decimal(80), is_stocked=True, has_serials=True
        )
        return made


@pytest.fixture
def out(company: Company, router: Article, store: StockPlace, office: Membership) -> DeliveryNote:
    """Three routers that went out."""
    with acting(office) as by:
        stock.receive(router, store, Decimal(3), serials=SERIALS, by=by)
        return sent(company, router, store, by, *SERIALS)


def sent(
    company: Company, article: Article, place: StockPlace, by: Actor, *serials: str, count: int = 0
) -> DeliveryNote:
    note = delivery_notes.open_for_company(company, by=by)
    goods = Goods("", Decimal(count or len(serials)), article=article, place=place, serials=serials)
    delivery_lines.add(note, goods, by=by)
    return delivery_notes.deliver(delivery_notes.prepare(note, by=by), by=by)


def line_of(note: DeliveryNote) -> DeliveryLine:
    found: DeliveryLine = DeliveryLine.objects.get(note=note)
    return found


def back(note: DeliveryNote, by: Actor, count: int, *serials: str) -> DeliveryNote:
    line = line_of(note)
    return returns.take_back(note, {line.pk: Decimal(count)}, "Not needed", serials={line.pk: serials}, by=by)


def test_the_chosen_ones_come_back_to_the_store_and_go_out_again(
    out: DeliveryNote, company: Company, router: Article, store: StockPlace, office: Membership
) -> None:
    with acting(office) as by:
        made = back(out, by, 2, "A3", "A1")
        assert line_of(made).serials == ["A3", "A1"]
        assert StockMove.objects.get(source=line_of(made).key).serials == ["A3", "A1"]
        assert Stock.objects.get().quantity == 2
        assert returns.left_of(out) == {line_of(out): returns.Part(Decimal(1), ("A2",))}
        again = sent(company, router, store, by, "A1")
        assert line_of(back(again, by, 1, "A1")).serials == ["A1"]
        assert Stock.objects.get().quantity == 2


@pytest.mark.parametrize(
    ("count", "serials", "code"),
    [
        (2, (), "serials_do_not_match"),
        (2, ("A1",), "serials_do_not_match"),
        (1, ("A1", "A2"), "serials_do_not_match"),
        (0, ("A1",), "serials_do_not_match"),
        (1, ("B9",), "serial_is_not_out"),
        (4, ("A1", "A2", "A3"), "more_back_than_out"),
    ],
)
def test_numbers_and_pieces_that_do_not_fit_are_refused(
    out: DeliveryNote, office: Membership, count: int, serials: Any, code: str
) -> None:
    with acting(office) as by, pytest.raises(Refused, match=code):
        back(out, by, count, *serials)
    with acting(office):
        assert DeliveryNote.objects.count() == 1 and Stock.objects.get().quantity == 0


def test_a_number_comes_back_once_and_the_rest_needs_no_ticks(out: DeliveryNote, office: Membership) -> None:
    with acting(office) as by:
        back(out, by, 1, "A2")
        with pytest.raises(Refused, match="serial_is_not_out"):
            back(out, by, 1, "A2")
        assert line_of(back(out, by, 2)).serials == ["A1", "A3"]


def test_cancelling_the_note_takes_back_what_is_left_of_them(out: DeliveryNote, office: Membership) -> None:
    with acting(office) as by:
        back(out, by, 1, "A2")
        made = delivery_notes.reverse(DeliveryNote.objects.get(pk=out.pk), "Never ordered", by=by)
        assert (line_of(made).quantity, line_of(made).serials) == (2, ["A1", "A3"])
        assert Stock.objects.get().quantity == 3


def test_pieces_without_a_number_come_back_as_far_as_there_are_some(
    company: Company, router: Article, store: StockPlace, office: Membership
) -> None:
    with acting(office) as by:
        note = sent(company, router, store, by, "A1", count=2)
        assert line_of(back(note, by, 1)).serials == []
        with pytest.raises(Refused, match="nothing_comes_back"):
            back(note, by, 0)
        assert line_of(back(note, by, 1, "A1")).serials == ["A1"]


def test_what_is_invoiced_names_what_stayed(out: DeliveryNote, max: Membership, office: Membership) -> None:
    with acting(office) as by:
        back(out, by, 1, "A2")
    with acting(max) as by:
        (item,) = goods_billing.bill(DeliveryNote.objects.get(pk=out.pk), by=by)
        assert (item.quantity, item.text) == (2, "A1, A3")


def test_the_page_offers_the_numbers_that_are_out_and_keeps_what_was_typed(
    out: DeliveryNote, office: Membership
) -> None:
    with acting(office) as by:
        back(out, by, 1, "A2")
        pk = line_of(out).pk
    client, path = sign_in(office), f"/nordlicht/delivery-notes/{out.key}/take-back/"
    page = client.get(path).content.decode()
    assert 'value="A1"' in page and 'value="A3"' in page and 'value="A2"' not in page
    typed = {f"line-{pk}": "1", "reason": "Broken on arrival"}
    wrong = client.post(path, typed)
    assert wrong.status_code == 422 and "Broken on arrival" in wrong.content.decode()
    assert client.post(path, {**typed, f"serials-{pk}": ["A2"]}).status_code == 422
    assert client.post(path, {**typed, f"serials-{pk}": ["A3"]}).status_code == 302
    with acting(office):
        assert line_of(DeliveryNote.objects.latest("pk")).serials == ["A3"]


def drafted(company: Company, article: Article, by: Actor, *serials: str, count: int = 0) -> DeliveryNote:
    note = delivery_notes.open_for_company(company, by=by)
    delivery_lines.add(note, Goods("", Decimal(count or len(serials)), article=article, serials=serials), by=by)
    return note


def test_a_serial_number_goes_out_once_until_it_comes_back(
    out: DeliveryNote, company: Company, router: Article, office: Membership
) -> None:
    with acting(office) as by:
        note = drafted(company, router, by, "A2", "B1")
        with pytest.raises(Refused, match="serial_is_out") as refused:
            delivery_notes.prepare(note, by=by)
        assert (refused.value.params["serial"], refused.value.params["number"]) == ("A2", out.number)
    page = text_of(sign_in_english(office).get(f"/nordlicht/delivery-notes/{note.key}/"))
    assert f"A2 is out already with {out.number}" in page and "B1 is out" not in page
    with acting(office) as by:
        assert DeliveryNote.objects.get(pk=note.pk).is_draft
        back(out, by, 1, "A2")
        assert delivery_notes.prepare(note, by=by).number


def test_what_a_cancelled_note_said_or_another_article_has_is_not_out(
    out: DeliveryNote, company: Company, router: Article, cable: Article, office: Membership
) -> None:
    with acting(office) as by:
        assert delivery_notes.prepare(drafted(company, cable, by, "A1"), by=by).number
        delivery_notes.reverse(out, "Never ordered", by=by)
        assert delivery_notes.prepare(drafted(company, router, by, "A1"), by=by).number


def test_one_number_on_two_lines_and_pieces_without_one_are_shown_on_the_draft(
    company: Company, router: Article, office: Membership
) -> None:
    with acting(office) as by:
        note = drafted(company, router, by, "A1", count=3)
        delivery_lines.add(note, Goods("", Decimal(1), article=router, serials=("A1",)), by=by)
        with pytest.raises(Refused, match="serial_is_out"):
            delivery_notes.prepare(note, by=by)
        with pytest.raises(Refused, match="goods_are_short"):
            delivery_notes.prepare(note, accepted=[], by=by)
    page = text_of(sign_in_english(office).get(f"/nordlicht/delivery-notes/{note.key}/"))
    assert "A1 stands on another line" in page and "Without a serial number: 2" in page
