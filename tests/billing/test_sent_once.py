"""What a form adds is there once, however often the form is sent (hostile test N3), through the pages themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection
from django.test import Client

from billing.models import (
    Article,
    ContractLine,
    DeliveryLine,
    DeliveryNote,
    GoodsRequest,
    HourBlock,
    InvoiceLine,
    Licence,
    Order,
    OrderDocument,
    OrderLine,
    Payment,
    Promise,
    ServiceTemplate,
    StockMove,
    StockPlace,
    Surcharge,
)
from billing.services import delivery_lines, delivery_notes, goods_requests, order_documents, orders, stock
from billing.services.delivery_lines import Goods
from billing.views import orders as views
from psa.directory.models import Company, Contact, Contract
from psa.tenancy.models import Membership
from psa.web.models import SentForm
from tests.billing import bills
from tests.billing.stage import article, confirmed, draft, line
from tests.conftest import acting
from tests.tickets.pages import form_of, sign_in_english
from tickets.models import Appointment, HandOff, StoredFile, Ticket
from tickets.services import files

pytestmark = pytest.mark.django_db
Stage = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """A form: the page it stands on, the end of its address (none where it is the page's own), what is typed, and what
    it adds one of."""

    model: Any
    page: str
    action: str = ""
    typed: Callable[[Stage], dict[str, Any]] = lambda stage: {}


def goods(stage: Stage) -> dict[str, Any]:
    return {"what": "Plug", "quantity": "1"}


PART = "contracts/{contract.pk}/"
PLACES = {
    "a payment": Place(
        Payment, "invoices/{issued.pk}/", "/pay/", lambda s: {"amount": "10", "on": "2026-03-05", "note": "bank"}
    ),
    "an invoice line": Place(
        InvoiceLine, "invoices/{draft.pk}/lines/new/", typed=lambda s: {
            "name": "Travel", "quantity": "1", "unit_price": "10", "discount": "0", "supplied_on": "2026-03-02",
        },
    ),
    "a delivery line": Place(DeliveryLine, "delivery-notes/{note.key}/", "/lines/", goods),
    "lines of an order": Place(
        DeliveryLine, "delivery-notes/{of_order.key}/order-lines/", typed=lambda s: {f"line-{s['line'].pk}": "1"}
    ),
    "goods that came back": Place(
        DeliveryNote, "delivery-notes/{out.key}/take-back/",
        typed=lambda s: {f"line-{s['gone'].pk}": "1", "reason": "One too many"},
    ),
    "a delivery note": Place(DeliveryNote, "delivery-notes/new/", typed=lambda s: {"company": s["company"].pk}),
    "a goods request": Place(
        GoodsRequest, "goods/ask/{ticket.number}/", typed=lambda s: {"text": "Two plugs", "quantity": "2"}
    ),
    "an order": Place(
        Order, "orders/new/",
        typed=lambda s: {
            "company": s["company"].pk, "title": "Office", "line0-name": "Switch", "line0-quantity": "1", "do": "save",
        },
    ),
    "a promise": Place(Promise, "orders/{order.pk}/", "/promises/", lambda s: {"text": "Cables as well"}),
    "a document": Place(
        OrderDocument, "orders/{order.pk}/", "/documents/",
        lambda s: {"upload": SimpleUploadedFile("order.txt", b"one switch", "text/plain")},
    ),
    "a position": Place(
        ContractLine, PART + "lines/new/",
        typed=lambda s: {"name": "Care", "quantity": "1", "unit_price": "5", "months": "1", "starts_on": "2026-03-01"},
    ),
    "a block of hours": Place(
        HourBlock, PART + "blocks/new/",
        typed=lambda s: {"name": "Ten hours", "minutes": "10:00", "price": "900", "bought_on": "2026-03-01"},
    ),
    "a surcharge": Place(
        Surcharge, PART + "surcharges/new/",
        typed=lambda s: {"name": "Night", "percent": "50", "begins": "20:00", "until": "06:00", "weekdays": ["1"]},
    ),
    "an appointment": Place(
        Appointment, "tickets/{ticket.number}/appointments/new/",
        typed=lambda s: {
            "day": "2030-03-05", "begins": "09:00", "ends": "11:00", "people": [s["max"].pk], "address": "Kiel",
        },
    ),
    "a licence": Place(
        Licence, "tickets/{ticket.number}/licences/new/",
        typed=lambda s: {"product": "Office", "quantity": "1", "installed_on": "2026-03-02", "change": "new"},
    ),
    "a wish": Place(HandOff, "tickets/{ticket.number}/hand-to-sales/", typed=lambda s: {"text": "A quote, please"}),
    "an article": Place(
        Article, "articles/new/", typed=lambda s: {"number": "77", "name": "Plug", "unit": "pc", "price": "1"}
    ),
    "a service template": Place(
        ServiceTemplate, "service-templates/new/", typed=lambda s: {"name": "Setup", "title": "Setup"}
    ),
    "goods that came in": Place(
        StockMove, "goods/stock/receive/",
        typed=lambda s: {"article": "1001", "place": s["place"].pk, "quantity": "5"},
    ),
    "stock that was counted": Place(
        StockMove, "goods/stock/count/",
        typed=lambda s: {
            "article": "1001", "place": s["place"].pk, "counted": "7", "reason": "Counted", "minimum": "2",
        },
    ),
    "goods the office was told of": Place(DeliveryLine, "goods/requests/{asked.key}/", "/book/", goods),
    "a stock place": Place(StockPlace, "goods/stock/places/new/", typed=lambda s: {"name": "Van"}),
    "a customer": Place(Company, "companies/new/", typed=lambda s: {"name": "Werft Petersen"}),
    "a contact": Place(Contact, "companies/{company.pk}/contacts/new/", typed=lambda s: {"name": "Dirk"}),
    "a contract": Place(
        Contract, "companies/{company.pk}/contracts/new/", typed=lambda s: {"name": "Care", "starts_on": "2026-03-01"}
    ),
}  # fmt: skip


@pytest.fixture
def stage(max: Membership, company: Company, ticket: Ticket, contract: Contract) -> Stage:
    """What the forms stand on."""
    with acting(max) as by:
        found: Stage = {"max": max, "company": company, "ticket": ticket, "contract": contract}
        found["issued"], found["draft"] = bills.issued(company, by), bills.draft(company, by)
        cable, found["place"] = article(by, "1001", is_stocked=True), stock.add_place("Store", by=by)
        order = found["order"] = orders.enter(draft(company, line("Switch", "3", is_installable=True)), by=by)
        confirmed(order, by)
        found["line"] = OrderLine.objects.get(order=order)
        found["note"] = delivery_notes.draft_of(ticket, by=by)
        found["asked"] = goods_requests.ask(ticket, "Three plugs", quantity=Decimal(3), by=by)
        found["of_order"] = delivery_notes.open_for_order(order, by=by)
        out = delivery_notes.open_for_company(company, by=by)
        found["gone"] = delivery_lines.add(out, Goods("", Decimal(2), article=cable), by=by)
        found["out"] = delivery_notes.deliver(delivery_notes.prepare(out, by=by), by=by)
        return found


@pytest.fixture
def browser(max: Membership) -> Client:
    return sign_in_english(max)


@pytest.mark.parametrize("name", PLACES)
def test_n3_a_form_sent_twice_adds_one(name: str, stage: Stage, browser: Client, max: Membership) -> None:
    place = PLACES[name]
    page = "/nordlicht/" + place.page.format(**stage)
    address = page if not place.action else page.rstrip("/") + place.action
    sent = form_of(browser.get(page), place.action)
    assert sent["once"]

    def count() -> int:
        with acting(max):
            return int(place.model.objects.count())

    before = count()
    first = browser.post(address, sent | place.typed(stage))
    assert first.status_code == 302, first.content.decode()
    assert count() == before + 1
    again = browser.post(address, sent | place.typed(stage))
    assert (again.status_code, again.url, count()) == (303, first.url, before + 1)
    assert "This form was sent already" in browser.get(again.url, follow=True).content.decode()
    with acting(max):
        assert SentForm.objects.get().location == first.url


def test_a_payment_that_was_refused_is_corrected_and_counts(browser: Client, stage: Stage, max: Membership) -> None:
    page = f"/nordlicht/invoices/{stage['issued'].pk}/"
    sent = form_of(browser.get(page), "/pay/") | {"amount": "9999", "on": "2026-03-05"}
    answer = browser.post(page + "pay/", sent)
    assert answer.status_code == 422
    assert form_of(answer, "/pay/")["once"] == sent["once"]
    assert browser.post(page + "pay/", sent | {"amount": "10"}).status_code == 302
    with acting(max):
        assert Payment.objects.get().amount == 10


# What a form stores ---------------------------------------------------------------------------------------------------
@pytest.fixture
def kept(tmp_path: Path, settings: Any) -> Callable[[], list[str]]:
    """The files in a storage of this test's own, by content."""
    settings.MEDIA_ROOT = tmp_path
    return lambda: sorted(one.read_text() for one in tmp_path.rglob("*") if one.is_file())


def wrecks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What adds a document writes a row besides that no commit takes."""
    keep = order_documents.keep

    def wrecking(*args: Any, **kwargs: Any) -> OrderDocument:
        SentForm.objects.create(member_id=0, key=uuid4())
        return keep(*args, **kwargs)

    monkeypatch.setattr(order_documents, "keep", wrecking)


@pytest.mark.django_db(transaction=True)
def test_a_form_whose_commit_fails_leaves_no_claim_no_row_and_no_bytes(
    stage: Stage, browser: Client, max: Membership, kept: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = f"/nordlicht/orders/{stage['order'].pk}/"
    sent = form_of(browser.get(page), "/documents/")

    def upload() -> Any:
        typed = sent | {"upload": SimpleUploadedFile("order.txt", b"one switch", "text/plain")}
        return browser.post(page + "documents/", typed)

    def rows() -> tuple[int, ...]:
        with acting(max):
            return tuple(one._default_manager.count() for one in (SentForm, OrderDocument, StoredFile))

    before = rows()
    with monkeypatch.context() as patch:
        wrecks(patch)
        with pytest.raises(IntegrityError):
            upload()
    assert (rows(), kept()) == (before, [])
    assert upload().status_code == 302
    after = (tuple(count + 1 for count in before), ["one switch"])
    assert (rows(), kept()) == after
    assert upload().status_code == 303, "and stores nothing again"
    assert (rows(), kept()) == after


@pytest.mark.django_db(transaction=True)
def test_bytes_are_stored_and_an_error_page_is_drawn_outside_the_transaction(
    stage: Stage, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, inside = f"/nordlicht/orders/{stage['order'].pk}/", []
    sent = form_of(browser.get(page), "/documents/")
    for place, name in ((files, "store"), (views, "_page")):
        does = getattr(place, name)

        def watched(*args: Any, _does: Any = does, _name: str = name, **kwargs: Any) -> Any:
            inside.append((_name, connection.in_atomic_block))
            return _does(*args, **kwargs)

        monkeypatch.setattr(place, name, watched)
    with acting(stage["max"]) as by:
        orders.cancel(stage["order"], "Not wanted", by=by)
    typed = sent | {"upload": SimpleUploadedFile("order.txt", b"one switch", "text/plain")}
    assert browser.post(page + "documents/", typed).status_code == 422
    assert inside == [("store", False), ("_page", False)]
