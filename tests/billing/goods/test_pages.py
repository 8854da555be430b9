"""The pages of goods: material in the time entry's form, delivery notes, signing, requests, stock."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing.models import Article, DeliveryLine, DeliveryNote, GoodsRequest, Material, Stock, StockPlace
from billing.services import delivery_lines, delivery_notes, goods_requests, signatures, stock
from billing.services.delivery_lines import Goods
from psa.tenancy.models import Membership, Tenant
from tests.billing.goods.conftest import log
from tests.billing.goods.test_delivery_notes import drawn
from tests.conftest import acting, sign_in
from tests.tickets.conftest import internal
from tests.tickets.pages import form_of
from tickets.models import Charge, Ticket, TimeEntry

pytestmark = pytest.mark.django_db
DESK = "/nordlicht"


@pytest.fixture
def adas(ada: Membership, hers: Ticket) -> Client:
    return sign_in(ada)


@pytest.fixture
def offices(office: Membership) -> Client:
    return sign_in(office)


def form(ticket: Ticket, *rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A time entry as the composer posts it, with rows of material."""
    with_rows: dict[str, Any] = {
        "reader": internal(ticket).value, "minutes": "0:30", "worked_on": "2026-03-02", "opening": uuid4(),
        "material-rows": len(rows), "text": "Plugged in",
    }  # fmt: skip
    for at, one in enumerate(rows):
        with_rows |= {f"material-{at}-{name}": value for name, value in {"key": uuid4(), **one}.items()}
    return {**with_rows, **more}


def url_of_add(client: Client, ticket: Ticket) -> str:
    page = client.get(f"{DESK}/tickets/{ticket.number}/?compose=time").content.decode()
    assert 'name="material-rows" value="3"' in page and 'name="material-2-what"' in page
    return (
        page.partition('<form class="composer tone-gray" method="post"')[2].partition('action="')[2].partition('"')[0]
    )


def test_the_time_entrys_form_has_rows_for_material_without_scripts(
    adas: Client, hers: Ticket, ada: Membership, cable: Article, store: StockPlace
) -> None:
    url = url_of_add(adas, hers)
    with acting(ada):
        sent = form(
            hers,
            {"what": "1001 Patch cable", "quantity": "2", "unit": "box", "place": store.pk, "is_chargeable": "on"},
            {"what": "", "quantity": "1", "is_chargeable": "on"},
            {"what": "odd screws", "quantity": "1,5", "unit": "kg", "serials": "a, b"},
        )
    answer = adas.post(url, sent)
    assert answer.status_code == 422 and "odd screws" in answer.content.decode()
    sent["material-2-serials"] = ""
    assert adas.post(url, sent).status_code == 302
    with acting(ada):
        lines = list(DeliveryLine.objects.order_by("position"))
        assert [(one.name, one.quantity, one.unit, one.is_chargeable) for one in lines] == [
            ("Patch cable", 2, "box", True),
            ("odd screws", Decimal("1.50"), "kg", False),
        ]
        assert Material.objects.flagged().count() == 1 and TimeEntry.objects.count() == 1


def test_a_ticket_nobody_took_on_yet_takes_material_as_it_takes_time(
    in_queue: Membership, ticket: Ticket, cable: Article
) -> None:
    browser = sign_in(in_queue)
    url = url_of_add(browser, ticket)
    with acting(in_queue):
        assert (ticket.status, ticket.assignee_id) == ("new", None)
        sent = form(ticket, {"what": "1001 Patch cable", "quantity": "2", "is_chargeable": "on"})
    assert browser.post(url, sent).status_code == 302
    with acting(in_queue):
        assert (TimeEntry.objects.count(), DeliveryLine.objects.get().name) == (1, "Patch cable")


def test_what_was_typed_wrongly_is_said_and_kept(adas: Client, hers: Ticket, ada: Membership, cable: Article) -> None:
    url = url_of_add(adas, hers)
    with acting(ada):
        sent = form(hers, {"what": "1001", "quantity": "2", "unit": "pallet"})
    answer = adas.post(url, sent)
    said = answer.content.decode()
    assert answer.status_code == 422 and 'value="pallet"' in said and "Patch cable" in said
    with acting(ada):
        assert not Charge.objects.exists() and not TimeEntry.objects.exists()


def test_the_entrys_own_page_changes_its_material_and_shows_what_is_frozen(
    adas: Client, hers: Ticket, ada: Membership, office: Membership, cable: Article
) -> None:
    entry = log(hers, ada, Goods("", Decimal(2), article=cable))
    url = reverse("tickets:edit_item", args=["nordlicht", hers.number, "timeentry", entry.key])
    with acting(ada):
        key = Charge.objects.get().key
        sent = form(hers, {"key": key, "what": "1001", "quantity": "7"}, version=1, offset_minutes="", billing="")
    assert str(key) in adas.get(url).content.decode()
    assert adas.post(url, sent).status_code == 302
    with acting(office) as by:
        assert DeliveryLine.objects.get().quantity == 7
        note = delivery_notes.prepare(DeliveryNote.objects.get(), by=by)
    page = adas.get(url).content.decode()
    assert note.number in page and str(key) not in page
    with acting(ada):
        sent["version"] = TimeEntry.objects.get().version
        sent["material-0-quantity"] = "9"
    answer = adas.post(url, sent)
    assert answer.status_code in {409, 422} and note.number in answer.content.decode()
    with acting(ada):
        assert DeliveryLine.objects.get().quantity == 7


def test_the_office_adds_prepares_and_hands_out_the_paper(
    offices: Client, office: Membership, company: Any, cable: Article, store: StockPlace
) -> None:
    assert offices.post(f"{DESK}/delivery-notes/new/", {"company": company.pk}).status_code == 302
    with acting(office):
        url = f"{DESK}/delivery-notes/{DeliveryNote.objects.get().key}/"
    line = {"what": "Patch cable", "quantity": "3", "place": store.pk, "is_chargeable": "on"}
    assert offices.post(f"{url}lines/", line).status_code == 302
    assert offices.post(f"{url}lines/", {"what": "", "quantity": "0"}).status_code == 422
    asked = offices.post(f"{url}prepare/")
    mark = f"stock:{cable.pk}:{store.pk}:3:0"
    assert asked.status_code == 422 and f'value="{mark}"' in asked.content.decode()
    with acting(office) as by:
        stock.receive(cable, store, Decimal(1), by=by)
    assert offices.post(f"{url}prepare/", {"accepted": mark}).status_code == 422, "the stock is another one now"
    with acting(office):
        assert DeliveryNote.objects.get().is_draft and Stock.objects.get().quantity == 1
    assert offices.post(f"{url}prepare/", {"accepted": mark.replace(":0", ":1")}).status_code == 302
    with acting(office):
        assert Stock.objects.get().quantity == -2
        number = DeliveryNote.objects.get().number
    assert f'href="{url}"' in (moves := offices.get(f"{DESK}/goods/stock/moves/").content.decode()) and number in moves
    paper = offices.get(f"{url}paper/")
    assert paper["Content-Type"] == "application/pdf" and paper.content.startswith(b"%PDF")
    assert paper.content == offices.get(f"{url}paper/").content
    assert offices.get(f"{url}signed-paper/").status_code == 409
    assert "L-" in offices.get(f"{DESK}/delivery-notes/").content.decode()
    assert offices.post(f"{url}deliver/").status_code == 302
    assert offices.post(f"{url}sign/", {"name": "Cleo", "is_on_paper": "on"}).status_code == 302
    with acting(office):
        assert DeliveryNote.objects.get().status == "signed"


def test_a_customer_signs_on_the_technicians_phone_and_what_they_drew_comes_back(
    adas: Client, ada: Membership, office: Membership, hers: Ticket, cable: Article
) -> None:
    log(hers, ada, Goods("", Decimal(2), article=cable))
    with acting(office) as by:
        note = delivery_notes.prepare(DeliveryNote.objects.get(), by=by)
    url = f"{DESK}/delivery-notes/{note.key}/sign/"
    page = adas.get(url).content.decode()
    assert "Patch cable" in page and "js/signature.js" in page and "data-signature hidden" in page
    assert 'name="is_on_paper"' in page
    for typed in ({"name": "", "drawing": ""}, {"name": "Cleo", "drawing": ""}):
        assert adas.post(url, typed).status_code == 422
    assert adas.post(url, {"name": "Cleo", "drawing": "data:image/svg+xml;base64,eA=="}).status_code == 422
    picture = signatures.PREFIX + base64.b64encode(drawn()).decode()
    assert form_of(adas.post(url, {"name": " ", "drawing": picture}), opening=True)["drawing"] == picture
    assert adas.post(url, {"name": "Cleo", "drawing": picture}).status_code == 302
    with acting(ada):
        assert DeliveryNote.objects.get().signature is not None
    signed = adas.get(f"{DESK}/delivery-notes/{note.key}/signed-paper/")
    assert signed.status_code == 200 and signed.content.startswith(b"%PDF")


def test_the_ticket_shows_its_notes_and_what_the_office_was_told(
    adas: Client, ada: Membership, office: Membership, hers: Ticket, cable: Article
) -> None:
    log(hers, ada, Goods("", Decimal(2), article=cable))
    answer = adas.post(f"{DESK}/goods/ask/{hers.number}/", {"text": "three white plugs", "quantity": "3"})
    assert answer.status_code == 302
    page = adas.get(f"{DESK}/tickets/{hers.number}/").content.decode()
    assert "three white plugs" in page and "/delivery-notes/" in page
    browser = sign_in(office)
    with acting(office):
        url = f"{DESK}/goods/requests/{GoodsRequest.objects.get().key}/"
    assert "three white plugs" in browser.get(f"{DESK}/goods/").content.decode()
    assert browser.post(f"{url}book/", {"what": "1001", "quantity": "3", "is_chargeable": "on"}).status_code == 302
    assert browser.post(f"{url}book/", {"what": "1001", "quantity": "3"}).status_code == 409
    assert "three white plugs" not in _panel(adas.get(f"{DESK}/tickets/{hers.number}/").content.decode())


def _panel(page: str) -> str:
    return page.partition('id="goods"')[2].partition("</section>")[0]


def test_stock_is_received_and_counted(offices: Client, office: Membership, cable: Article, store: StockPlace) -> None:
    at = {"article": cable.number, "place": store.pk}
    assert offices.post(f"{DESK}/goods/stock/receive/", {**at, "quantity": "5"}).status_code == 302
    counted = {**at, "counted": "3", "minimum": "4"}
    assert offices.post(f"{DESK}/goods/stock/count/", counted).status_code == 422
    assert offices.post(f"{DESK}/goods/stock/count/", {**counted, "reason": "Broken"}).status_code == 302
    with acting(office):
        lying = Stock.objects.get()
        assert (lying.quantity, lying.minimum) == (3, 4)
    assert "Patch cable" in offices.get(f"{DESK}/goods/stock/?low=1").content.decode()
    assert "Broken" in offices.get(f"{DESK}/goods/stock/moves/").content.decode()


def many(count: int, office: Membership, hers: Ticket, cable: Article, company: Any) -> None:
    """So many more of everything a page of goods lists."""
    with acting(office) as by:
        for at in range(count):
            place = stock.add_place(f"Shelf {uuid4()}", by=by)
            stock.receive(cable, place, Decimal(1), by=by)
            made = delivery_notes.open_for_company(company, by=by)
            delivery_lines.add(made, Goods(f"Plug {at}", Decimal(1)), by=by)
            note = delivery_notes.draft_of(hers, by=by)
            delivery_lines.add(note, Goods("", Decimal(1), article=cable, place=place, serials=("S",)), by=by)


@pytest.mark.parametrize(
    "path", ["delivery-notes/", "goods/", "goods/unnamed/", "goods/stock/", "goods/stock/moves/", "goods/stock/places/",
             "delivery-notes/{note}/"],
)  # fmt: skip
def test_a_page_asks_no_more_for_more_rows(
    path: str, office: Membership, ada: Membership, hers: Ticket, cable: Article, company: Any, nordlicht: Tenant
) -> None:
    client = sign_in(office)

    def asked() -> int:
        with acting(office):
            note = DeliveryNote.objects.get(ticket=hers)
        url = f"{DESK}/{path.format(note=note.key)}"
        client.get(url)
        with CaptureQueriesContext(connection) as found:
            assert client.get(url).status_code == 200
        return len(found)

    def more(count: int) -> None:
        many(count, office, hers, cable, company)
        for _row in range(count):
            log(hers, ada, Goods(f"odd {uuid4()}", Decimal(1)))
            with acting(ada) as by:
                goods_requests.ask(hers, f"plug {uuid4()}", by=by)

    more(1)
    few = asked()
    more(4)
    assert asked() <= few


def test_a_line_typed_on_a_note_that_was_prepared_meanwhile_is_refused_and_kept(
    company: Any, office: Membership, cable: Article
) -> None:
    with acting(office) as by:
        note = delivery_notes.open_for_company(company, by=by)
        delivery_lines.add(note, Goods("", Decimal(1), article=cable), by=by)
        delivery_notes.prepare(note, by=by)
    answer = sign_in(office).post(f"{DESK}/delivery-notes/{note.key}/lines/", {"what": "A long plug", "quantity": "7"})
    page = answer.content.decode()
    assert answer.status_code == 422 and 'role="alert"' in page and 'value="A long plug"' in page


def test_the_form_to_sign_leads_back_once_it_is_signed(company: Any, office: Membership, cable: Article) -> None:
    with acting(office) as by:
        note = delivery_notes.open_for_company(company, by=by)
        delivery_lines.add(note, Goods("", Decimal(1), article=cable), by=by)
        delivery_notes.sign(delivery_notes.prepare(note, by=by), "Cleo Hansen", is_on_paper=True, by=by)
    url, browser = f"{DESK}/delivery-notes/{note.key}/", sign_in(office)
    assert browser.get(f"{url}sign/").headers["Location"] == url
    assert browser.post(f"{url}sign/", {"name": "Somebody else"}).status_code == 422
