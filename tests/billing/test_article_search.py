"""Articles while they are typed: found by number or name however many there are, and chosen where words fit several."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from billing.models import Article, DeliveryLine, DeliveryNote, Material, Order, OrderLine, PackagingUnit, StockMove
from billing.services import articles, delivery_notes, stock
from psa.directory.models import Company
from psa.tenancy.models import Membership, Tenant
from tests.billing.goods.test_pages import form as entry
from tests.billing.goods.test_pages import url_of_add
from tests.conftest import acting, sign_in
from tests.tickets.pages import form_of, sign_in_english, statements, text_of
from tickets import services
from tickets.models import Queue, Ticket

pytestmark = pytest.mark.django_db
FIND, UNITS = "/nordlicht/articles/find/", "/nordlicht/articles/units/"
NEW = "/nordlicht/orders/new/"
MANY = 20_000


@pytest.fixture
def shelf(max: Membership) -> dict[str, Article]:
    """Two cables of nearly one name, a switch, one that is retired, one that is not kept in stock."""
    rows = [
        ("P-1", "Patch cable blue", {"unit": "pc", "is_stocked": True}),
        ("P-10", "Patch cable red", {"is_stocked": True}),
        ("SW-24", "Switch, 24 ports", {"is_stocked": True}),
        ("P-0", "Patch cable grey", {"is_active": False}),
        ("WORK", "Patching", {}),
    ]
    with acting(max):
        made = {number: Article.objects.create(number=number, name=name, **more) for number, name, more in rows}
        PackagingUnit.objects.create(article=made["P-1"], name="box", factor=Decimal(10))
        return made


def found(client: Client, words: str, **more: str) -> list[str]:
    answer = client.get(FIND, {"field": "what", "what": words, **more})
    assert answer.status_code == 200
    return [one.partition('"')[0] for one in answer.content.decode().split('value="')[1:]]


# Searching ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ("p-1", ["P-1", "P-10"]),
        ("cable PATCH", ["P-1", "P-10"]),
        ("red", ["P-10"]),
        ("24 switch", ["SW-24"]),
        ("P-10 – Patch cable red", ["P-10"]),
        ("wor", ["WORK"]),
        ("patch sw", []),
        ("", ["P-1", "P-10", "WORK", "SW-24"]),
    ],
)
def test_what_is_typed_finds_number_or_name(
    max: Membership, shelf: dict[str, Article], words: str, numbers: list[str]
) -> None:
    assert found(sign_in(max), words) == [articles.written(shelf[number]) for number in numbers]


def test_the_field_offers_packaging_and_where_it_is_asked_stocked_articles_alone(
    max: Membership, shelf: dict[str, Article], atlas: Tenant
) -> None:
    client = sign_in_english(max)
    assert ">pc, box (10 pc)<" in client.get(FIND, {"q": "P-1"}).content.decode()
    assert found(client, "patch", stocked="1") == [articles.written(shelf[one]) for one in ("P-1", "P-10")]
    units = client.get(UNITS, {"field": "what", "what": "P-1 – Patch cable blue"}).content.decode()
    assert 'value="pc"' in units and 'value="box"' in units
    assert "option" not in client.get(UNITS, {"field": "what", "what": "patch"}).content.decode()
    assert client.get(UNITS, {"field": "missing"}).status_code == 200


@pytest.mark.parametrize(
    ("words", "number"),
    [("p-1", "P-1"), ("P-1 – whatever it was", "P-1"), ("P-1 Patch cable blue", "P-1"), ("patch cable RED", "P-10"),
     ("patch", None), ("P-0", None), ("", None)],
)  # fmt: skip
def test_words_name_one_article_or_none(
    max: Membership, shelf: dict[str, Article], words: str, number: str | None
) -> None:
    with acting(max) as by:
        assert articles.named(words, articles.on_offer(by)) == (shelf[number] if number else None)


def test_a_name_two_articles_have_names_neither(max: Membership, shelf: dict[str, Article]) -> None:
    with acting(max) as by:
        Article.objects.create(number="P-11", name="Patch cable red")
        assert articles.named("Patch cable red", articles.on_offer(by)) is None


def test_twenty_thousand_articles_are_searched_along_their_indexes(max: Membership, queue: Queue) -> None:
    """What is shown ends the walk: nothing is sorted, and a form carries no list of them."""
    with acting(max) as by:
        Article.objects.bulk_create(
            [Article(number=f"N{at:06d}", name=f"Part {at % 977} {at}") for at in range(MANY)], batch_size=500
        )
        if connection.vendor == "sqlite":
            rows = articles.on_offer(by)
            for asked in (
                rows.filter(number__istartswith="n00").order_by("number"),
                rows.filter(name__icontains="part").order_by("name", "pk"),
                rows.filter(number__in=["N000001"]),
            ):
                plan = asked[:20].explain()
                assert "USING INDEX" in plan and "tenant_id=?" in plan, plan
                assert "TEMP B-TREE" not in plan and "SCAN" not in plan, plan
    client = sign_in(max)
    assert found(client, "n019999") == ["N019999 – Part 459 19999"]
    assert len(found(client, "part 12")) == articles.MOST_FOUND
    assert statements(client, f"{FIND}?q=part") <= statements(client, f"{FIND}?q=none") + 1
    assert len(client.get(NEW).content) < 60_000


@pytest.mark.parametrize(
    ("path", "field", "listed"),
    [
        (NEW, "line0-article", "articles"),
        ("/nordlicht/goods/stock/receive/", "article", "articles"),
        ("/nordlicht/goods/stock/count/", "article", "articles"),
        ("/nordlicht/tickets/{number}/?compose=time", "material-1-what", "material-articles"),
    ],
)
def test_every_field_asks_the_search_and_shows_it_in_its_list(
    max: Membership, ticket: Ticket, path: str, field: str, listed: str
) -> None:
    page = sign_in(max).get(path.format(number=ticket.number)).content.decode()
    asks = page.partition(f'hx-get="{FIND}?field={field}')[2].partition(">")[0]
    assert f'hx-include="#id_{field}"' in asks and f'hx-target="#{listed}"' in asks
    assert f'id="id_{field}"' in page and f'<datalist id="{listed}">' in page and f'list="{listed}"' in page


# Orders ---------------------------------------------------------------------------------------------------------------
def test_an_order_asks_which_article_is_meant_and_keeps_the_rest(
    max: Membership, shelf: dict[str, Article], queue: Queue, company: Company
) -> None:
    client = sign_in_english(max)
    form = form_of(client.get(NEW))
    form |= {"company": str(company.pk), "title": "Office", "line0-article": "patch cable", "line0-quantity": "3"}
    asked = client.post(NEW, {**form, "do": "save"})
    assert asked.status_code == 422 and "Choose the article you mean" in text_of(asked)
    kept = form_of(asked)
    assert (kept["title"], kept["line0-article"], kept["line0-quantity"]) == ("Office", "patch cable", "3")
    assert 'value="P-10"' in asked.content.decode() and 'value="P-0"' not in asked.content.decode()
    with acting(max):
        assert not Order.objects.exists()
    assert "Which article is meant" in text_of(client.post(NEW, {**form, "do": "fill"}))
    filled = form_of(client.post(NEW, {**kept, "line0-meant": "P-10", "do": "fill"}))
    assert (filled["line0-article"], filled["line0-name"]) == ("P-10 – Patch cable red", "Patch cable red")
    assert client.post(NEW, {**kept, "line0-meant": "P-10", "do": "save"}).status_code == 302
    with acting(max):
        assert OrderLine.objects.get().article == shelf["P-10"]


def test_who_chose_and_typed_something_else_chooses_anew(
    max: Membership, shelf: dict[str, Article], queue: Queue, company: Company
) -> None:
    client = sign_in_english(max)
    form = form_of(client.get(NEW)) | {"company": str(company.pk), "title": "Office", "do": "save"}
    form |= {"line0-article": "patch", "line0-quantity": "1", "line0-meant": "SW-24"}
    assert client.post(NEW, form).status_code == 422
    with acting(max):
        assert not Order.objects.exists()


# Material and delivery notes ------------------------------------------------------------------------------------------
def test_material_asks_too_and_words_may_stay_words(max: Membership, shelf: dict[str, Article], ticket: Ticket) -> None:
    with acting(max) as by:
        services.assign(ticket, max, by=by)
    client = sign_in_english(max)
    url = url_of_add(client, ticket)
    with acting(max):
        sent: dict[str, Any] = entry(
            ticket, {"what": "patch cable", "quantity": "2"}, {"what": "odd screws", "quantity": "1"}
        )
    asked = client.post(url, sent)
    page = asked.content.decode()
    assert asked.status_code == 422 and "Choose the article you mean" in page and "odd screws" in page
    assert 'name="material-0-meant"' in page and 'name="material-1-meant"' not in page
    sent["material-0-meant"] = "=patch cable"
    assert client.post(url, sent).status_code == 302
    with acting(max):
        kept = {one.charge.name: one.article for one in Material.objects.select_related("charge", "article")}
        assert kept == {"patch cable": None, "odd screws": None}


def test_a_line_of_a_delivery_note_asks_and_takes_the_choice(
    max: Membership, shelf: dict[str, Article], company: Company
) -> None:
    with acting(max) as by:
        note = delivery_notes.open_for_company(company, by=by)
    client = sign_in_english(max)
    add = reverse("billing:add_delivery_line", args=["nordlicht", note.key])
    sent = {"what": "cable", "quantity": "4", "unit": "box", "is_chargeable": "on"}
    asked = client.post(add, sent)
    assert asked.status_code == 422 and 'value="box"' in asked.content.decode()
    assert client.post(add, {**sent, "meant": "P-1"}).status_code == 302
    with acting(max):
        line = DeliveryLine.objects.get()
        assert (line.article, line.quantity, line.factor) == (shelf["P-1"], 4, 10)
        assert DeliveryNote.objects.get().is_draft


# Stock ----------------------------------------------------------------------------------------------------------------
def test_goods_are_received_and_counted_by_number_or_name(max: Membership, shelf: dict[str, Article]) -> None:
    with acting(max) as by:
        place = stock.add_place("Store", by=by)
    client = sign_in_english(max)
    receive, count = (reverse(f"billing:{name}", args=["nordlicht"]) for name in ("receive_goods", "count_stock"))
    opened = form_of(client.get(f"{receive}?article={shelf['SW-24'].pk}&place={place.pk}"))
    assert opened["article"] == "SW-24 – Switch, 24 ports"
    sent = {"article": "patch cable", "place": place.pk, "quantity": "5"}
    assert client.post(receive, sent).status_code == 422
    assert client.post(receive, {**sent, "article": "WORK"}).status_code == 422
    assert client.post(receive, {**sent, "meant": "P-10"}).status_code == 302
    counted = {"article": "patch cable red", "place": place.pk, "counted": "7", "reason": "Found more"}
    assert client.post(count, counted).status_code == 302
    with acting(max):
        assert [(one.article, one.quantity) for one in StockMove.objects.order_by("pk")] == [
            (shelf["P-10"], 5),
            (shelf["P-10"], 2),
        ]
