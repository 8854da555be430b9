"""The lines of tests/test_access.py for appointments, the day-before rule and licences."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from billing.models import Article, ContractLine
from billing.models.articles import ArticleKind
from billing.services import licences
from psa.tenancy.actor import Actor
from tests import access_stage
from tests.access_path import POSTED, Path, number
from tests.access_stage import World
from tickets.services import appointments, calendar_feeds

DAY = date(2026, 1, 5)
# Its day has come, so that it can be started.
NINE, ELEVEN = datetime(2026, 1, 5, 9, tzinfo=UTC), datetime(2026, 1, 5, 11, tzinfo=UTC)


def furnish(w: World, by: Actor) -> None:
    """A visit, a feed, a licence that waits and one that was returned, a product and a position of the contract."""
    said: dict[str, Any] = {"quantity": 2, "installed_on": DAY}
    returned = licences.report(w.sibling, licences.Report(f"{w.plain} suite", **said), by=by)
    waits = licences.Report(f"{w.plain} office", change="extension", **said)
    window = {"starts_at": NINE, "ends_at": ELEVEN, "late_reason": w.plain}
    visit = {"people": [w.max], "address": w.plain, "title": f"{w.canary} visit", **window}
    price = {"quantity": Decimal(5), "unit_price": Decimal(10), "starts_on": DAY, "next_on": DAY}
    calendar_feeds.renew(by=by)
    w.rows |= {
        "visit": appointments.plan(w.ticket, by=by, **visit),
        "licence": licences.report(w.sibling, waits, by=by),
        "returned": licences.give_back(returned, f"{w.plain} question", by=by),
        "product": Article.objects.create(number="L-900", name=f"{w.plain} suite", kind=ArticleKind.LICENCE),
        "position": ContractLine.objects.create(contract=w.contract, name=f"{w.plain} position", **price),
    }


access_stage.FURNISHINGS.append(furnish)


def visit(w: World) -> dict[str, Any]:
    return {"key": w.visit.key}


def licence(w: World) -> dict[str, Any]:
    return {"key": w.licence.key}


def plan_form(w: World) -> dict[str, Any]:
    return {
        "day": "2031-03-03", "begins": "09:00", "ends": "11:00", "people": w.max.pk, "location": w.location.pk,
        "contact": w.contact.pk, "title": "New words",
    }  # fmt: skip


def licence_form(w: World) -> dict[str, Any]:
    return {
        "product": "New words", "quantity": "3", "change": "replacement", "replaces": w.position.pk,
        "installed_on": "2026-01-05", "article": w.product.pk,
    }  # fmt: skip


def accept_form(w: World) -> dict[str, Any]:
    return {
        "contract": w.contract.pk, "position": w.position.pk, "starts_on": "2026-02-01", "unit_price": "12",
        "months": "1",
    }  # fmt: skip


NAMES = (
    "appointments", "week", "feed", "stop_feed", "appointment", "edit_appointment", "start_appointment",
    "finish_appointment", "cancel_appointment", "prepare_for_appointment", "plan_appointment", "report_licence",
    "no_licences", "licences",
    "licences_not_billed", "deliveries_not_invoiced", "licence", "accept_licence", "return_licence", "answer_licence",
    "cancel_licence",
)  # fmt: skip
PLACES = ("people", "location", "contact")

PATHS: dict[str, Path] = {
    "billing:appointments": Path("ticket.view"),
    "billing:week": Path("ticket.view"),
    "billing:feed": Path("ticket.view"),
    "billing:stop_feed": Path("ticket.view", lambda w: {}, POSTED, POSTED, form=lambda w: {}),
    "billing:appointment": Path("ticket.view", visit),
    "billing:edit_appointment": Path("appointment.manage", visit, form=plan_form, ids=PLACES),
    "billing:start_appointment": Path("ticket.view", visit, POSTED, POSTED, form=lambda w: {"reason": "New words"}),
    "billing:finish_appointment": Path("ticket.view", visit, POSTED, POSTED, form=lambda w: {"reason": "New words"}),
    "billing:cancel_appointment": Path("appointment.manage", visit, POSTED, POSTED, form=lambda w: {}),
    "billing:prepare_for_appointment": Path("delivery.prepare", visit, POSTED, POSTED),
    "billing:plan_appointment": Path("appointment.manage", number, form=plan_form, ids=PLACES),
    "billing:report_licence": Path("licence.handoff_create", number, form=licence_form, ids=("replaces", "article")),
    "billing:no_licences": Path("licence.handoff_create", number, POSTED, POSTED, form=lambda w: {}),
    "billing:licences": Path("order.view"),
    "billing:licences_not_billed": Path("report.view"),
    "billing:deliveries_not_invoiced": Path("report.view"),
    "billing:licence": Path("order.view", licence),
    "billing:accept_licence": Path(
        "licence.handoff_answer", licence, POSTED, POSTED, form=accept_form, ids=("contract", "position")
    ),
    "billing:return_licence": Path(
        "licence.handoff_answer", licence, POSTED, POSTED, form=lambda w: {"text": "New words"}
    ),
    "billing:answer_licence": Path(
        "licence.handoff_create",
        lambda w: {"key": w.returned.key},
        POSTED,
        POSTED,
        form=lambda w: {"text": "New words"},
    ),
    "billing:cancel_licence": Path("licence.handoff_create", licence, POSTED, POSTED, form=lambda w: {}),
}
# Addresses a portal company does not have.
FULL_DESK: set[str] = {f"billing:{name}" for name in NAMES}
