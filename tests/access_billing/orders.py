"""The lines of tests/test_access.py for articles, orders and the hand-off inbox."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from billing.services import articles, order_documents, orders, promises
from psa.tenancy.actor import Actor
from tests.access_path import POSTED, Path, number
from tests.access_stage import FURNISHINGS, World
from tests.conftest import acting
from tickets.services import hand_offs


def furnish(w: World, by: Actor) -> None:
    """An order with a promise and a document, an article, a service template, and a wish handed to technicians."""
    line = orders.LineDraft(f"{w.plain} switch", Decimal(2))
    order = orders.enter(orders.Draft(f"{w.plain} order", w.company, date(2026, 3, 2), [line]), by=by)
    upload = SimpleUploadedFile(f"{w.plain}.txt", w.plain.encode(), "text/plain")
    w.rows |= {
        "order": order,
        "owner": w.colleague,
        "promise": promises.agree(order, f"{w.plain} promise", by=by),
        "document": order_documents.add(order, upload, by=by),
        "article": articles.add({"number": "A-100", "name": f"{w.plain} article"}, by=by),
        "service": articles.add_service({"name": f"{w.plain} service", "title": w.plain}, by=by),
        "hand_off": hand_offs.send("goods", title=f"{w.plain} wish", ticket=w.ticket, role="technician", by=by),
    }


FURNISHINGS.append(furnish)


def an_order(w: World) -> dict[str, Any]:
    return {"pk": w.order.pk}


def a_promise(w: World) -> dict[str, Any]:
    return {"pk": w.order.pk, "key": w.promise.thread}


def a_document(w: World) -> dict[str, Any]:
    return {"pk": w.order.pk, "part_pk": w.document.pk}


def an_article(w: World) -> dict[str, Any]:
    return {"pk": w.article.pk}


def a_service(w: World) -> dict[str, Any]:
    return {"pk": w.service.pk}


def order_form(w: World) -> dict[str, Any]:
    return {
        "company": w.company.pk,
        "contact": w.contact.pk,
        "location": w.location.pk,
        "owner": w.colleague.pk,
        "title": "New words",
        "ordered_on": "2026-03-02",
        "version": "1",
        "lines": "1",
        "line0-name": "Switch",
        "line0-quantity": "1",
        "line0-vat_kind": "standard",
        "do": "save",
    }


def service_form(w: World) -> dict[str, Any]:
    return {
        "name": "New words",
        "title": "New words",
        "queue": w.queue.pk,
        "category": w.category.pk,
        "type": w.type.pk,
    }


def article_form(w: World) -> dict[str, Any]:
    words = {"number": "New words", "name": "New words", "price": "1", "rows": "0", "do": "save"}
    return {**words, "kind": "goods", "unit_code": "C62", "vat_kind": "standard", "service": w.service.pk}


def edited_article(w: World) -> dict[str, Any]:
    with acting(w.max):
        return {**article_form(w), "seen": articles.fingerprint(w.article)}


def edited_service(w: World) -> dict[str, Any]:
    with acting(w.max):
        return {**service_form(w), "seen": articles.fingerprint(w.service)}


PLACES = ("company", "contact", "location", "owner")
SORTS = ("queue", "category", "type")
PATHS: dict[str, Path] = {
    "billing:hand_offs": Path("order.view"),
    "billing:settled_hand_offs": Path("order.view"),
    "billing:hand_off": Path("order.view", lambda w: {"pk": w.hand_off.pk}),
    "billing:settle_hand_off": Path(
        "order.view", lambda w: {"pk": w.hand_off.pk, "move": "accept"}, POSTED, POSTED, form=lambda w: {}
    ),
    "billing:hand_to_sales": Path("order.view", number, form=lambda w: {"title": "New words"}),
    "billing:orders": Path("order.view"),
    "billing:new_order": Path("order.manage", technician=403, form=order_form, ids=PLACES),
    "billing:order": Path("order.view", an_order),
    "billing:edit_order": Path("order.manage", an_order, technician=403, form=order_form, ids=PLACES),
    "billing:confirm_order": Path(
        "order.manage",
        an_order,
        technician=403,
        form=lambda w: {
            "version": w.order.version,
            "installation-title": "New words",
            "installation-nothing_beyond": "on",
        },
    ),
    "billing:cancel_order": Path("order.manage", an_order, technician=403, form=lambda w: {"reason": "New words"}),
    "billing:add_promise": Path("order.manage", an_order, POSTED, POSTED, form=lambda w: {"text": "New words"}),
    "billing:change_promise": Path("order.manage", a_promise, technician=403),
    "billing:add_order_document": Path("order.manage", an_order, POSTED, POSTED),
    "billing:order_document": Path("order.view", a_document),
    "billing:choose_order_document": Path("order.manage", a_document, POSTED, POSTED),
    "billing:remove_order_document": Path("order.manage", a_document, POSTED, POSTED),
    "billing:articles": Path("order.view"),
    "billing:new_article": Path("order.manage", technician=403, form=article_form, ids=("service",)),
    "billing:find_articles": Path("order.view"),
    "billing:article_units": Path("order.view"),
    "billing:article": Path("order.view", an_article),
    "billing:edit_article": Path("order.manage", an_article, technician=403, form=edited_article, ids=("service",)),
    "billing:retire_article": Path("order.manage", an_article, POSTED, POSTED),
    "billing:restore_article": Path("order.manage", an_article, POSTED, POSTED),
    "billing:services": Path("order.view"),
    "billing:new_service": Path("order.manage", technician=403, form=service_form, ids=SORTS),
    "billing:service": Path("order.view", a_service, form=edited_service, ids=SORTS),
    "billing:retire_service": Path("order.manage", a_service, POSTED, POSTED),
    "billing:restore_service": Path("order.manage", a_service, POSTED, POSTED),
}
# Addresses a portal company does not have.
FULL_DESK: set[str] = set(PATHS)
