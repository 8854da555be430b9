"""What an administrator can send at an address of the table of tests/test_access.py."""

from __future__ import annotations

from typing import Any

from psa.tenancy import scope
from tests.access_stage import World
from tickets import services
from tickets.models import Category


def network_form(w: World, name: str) -> dict[str, Any]:
    return {"name": name, "kind": "vendor", "action": "nothing", "address": "", "company": w.company.pk}


def ticket_form(w: World) -> dict[str, Any]:
    return {
        "title": "New words", "company": w.company.pk, "contact": w.contact.pk, "location": w.location.pk,
        "queue": w.queue.pk, "category": w.category.pk,
        "forward_to": w.colleague.pk, "work_type": w.work_type.pk, "minutes": "5",
        "type": w.type.pk, "priority": 3, "source": "phone", "version": w.ticket.version,
    }  # fmt: skip


def forward_form(w: World) -> dict[str, Any]:
    return {"forward_to": w.colleague.pk, "forward_queue": w.queue.pk, "forward_how": "adds"}


def merge_form(w: World) -> dict[str, Any]:
    return {"other": w.sibling.number, "merge": "1"}


def template_form(w: World) -> dict[str, Any]:
    names = {f"{name}{code}": "New words" for name in ("name_", "row0-text_") for code in ("de", "en")}
    return {**names, "rows": "1", "row0-evidence": "none", "version": w.template.version, "do": "save"}


def offer_form(w: World) -> dict[str, Any]:
    return {
        "partner": w.partnership.key, "rate_type": "hourly", "currency": "EUR", "cost_rate": "60", "bill_rate": "95",
        "authorised_hours": "5", "authorised_charges": "0", "answer_hours": "24", "detail": "site", "do": "save",
    }  # fmt: skip


def text_form(w: World, whose: str) -> dict[str, Any]:
    return {"name": "New words", "kind": "time", "keyword": "", "whose": whose, "text_en": "New words", "version": 1}


def category_form(w: World) -> dict[str, Any]:
    with scope.tenant(w.tenant):
        seen = services.desk.fingerprint(Category.objects.get(pk=w.category.pk))
    return {"name": "New words", "position": 3, "default_queue": w.queue.pk, "seen": seen}


def note_form(w: World) -> dict[str, Any]:
    return {"reader": w.ours.value, "text": "New words", "kind_of": "note", "version": w.note.version}


def time_form(w: World) -> dict[str, Any]:
    return {
        "reader": w.ours.value,
        "minutes": "0:10",
        "worked_on": "2026-03-02",
        "work_type": w.work_type.pk,
        "contract": w.contract.pk,
        "billing": "billable",
        "version": 1,
    }


def with_material(w: World) -> dict[str, Any]:
    """Time, and goods that were put in."""
    goods = {"what": w.stocked.number, "quantity": "1", "place": w.place.pk, "is_chargeable": "on"}
    return {**time_form(w), "material-rows": "1", **{f"material-0-{name}": value for name, value in goods.items()}}


def call_form(w: World) -> dict[str, Any]:
    return {"reader": w.ours.value, "caller": "New words", "direction": "in", "text": "New words", "minutes": "0:05"}


def bulk_form(w: World, **change: int) -> dict[str, Any]:
    return {"view": "open", "query": "", "pick": w.ticket.pk, "step": "go", "what": next(iter(change)), **change}


def company_form(w: World) -> dict[str, Any]:
    return {"name": "New words", "kind": "customer", "calendar": w.calendar.pk}


LEVEL_IDS = ("company", "contract", "calendar")
DAY_FORM = {"day": "2026-03-04", "what": "usual"}


def level_form(w: World) -> dict[str, Any]:
    return {"name": "New words", "contract": w.contract.pk, "calendar": w.calendar.pk}
