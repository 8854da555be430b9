"""The lines of tests/test_access.py for invoices, payments and the settings of billing."""

from __future__ import annotations

from typing import Any

from tests.access_path import POSTED, Path, pk
from tests.access_stage import World

NEW = "New words"


def draft(w: World) -> dict[str, Any]:
    return {"pk": w.draft_invoice.pk}


def issued(w: World) -> dict[str, Any]:
    return {"pk": w.invoice.pk}


def line(w: World) -> dict[str, Any]:
    return {"pk": w.draft_invoice.pk, "line": w.draft_line.pk}


def payment(w: World) -> dict[str, Any]:
    return {"pk": w.invoice.pk, "payment": w.payment.pk}


def rate(w: World) -> dict[str, Any]:
    return {"pk": w.vat_rate.pk}


def version(w: World) -> dict[str, Any]:
    return {"version": w.draft_invoice.version}


def settings_form(w: World) -> dict[str, Any]:
    said = {"legal_name": NEW, "country": "DE", "payment_days": 14, "endpoint_scheme": "EM", "cut_off": "15:00"}
    return {**said, "dunning_days": "7, 14, 28", "version": 2}


def profile_form(w: World) -> dict[str, Any]:
    return {"name": NEW, "discount": "0", "rounding": "0", "format": ""}


def line_form(w: World) -> dict[str, Any]:
    said = {"name": NEW, "quantity": "1", "unit_price": "9", "discount": "0", "vat_kind": "standard"}
    return {**said, "supplied_on": "2026-03-02", **version(w)}


def credit_form(w: World) -> dict[str, Any]:
    return {"lines": w.lines.pk, "reason": NEW}


MANAGE, VIEW, SETTINGS = "invoice.manage", "invoice.view", "tenant.settings"
PATHS: dict[str, Path] = {
    "billing:billing_settings": Path(SETTINGS, technician=403, form=settings_form),
    "billing:put_vat_rate": Path(
        SETTINGS, lambda w: {}, POSTED, POSTED,
        form=lambda w: {"kind": "standard", "percent": "20", "since": "2026-05-01"},
    ),
    "billing:drop_vat_rate": Path(SETTINGS, rate, POSTED, POSTED, form=lambda w: {}),
    "billing:profile": Path(MANAGE, pk, technician=403, form=profile_form),
    "billing:invoices": Path(VIEW, technician=403),
    "billing:to_invoice": Path(VIEW, technician=403),
    "billing:draw": Path(MANAGE, pk, technician=403, form=lambda w: {"item": w.item.pk}, ids=("item",)),
    "billing:overdue": Path(VIEW, technician=403),
    "billing:dun_all": Path(MANAGE, lambda w: {}, POSTED, POSTED, form=lambda w: {}),
    "billing:recurring": Path(MANAGE, technician=403, form=lambda w: {"until": "2026-01-31"}),
    "billing:export_invoices": Path(MANAGE, technician=403),
    "billing:statement": Path(VIEW, pk, technician=403),
    "billing:statement_paper": Path(VIEW, pk, technician=403),
    "billing:invoice": Path(VIEW, issued, technician=403),
    "billing:invoice_paper": Path(VIEW, issued, technician=403),
    "billing:invoice_xml": Path(VIEW, issued, technician=403),
    "billing:edit_invoice": Path(
        MANAGE, draft, technician=403, form=lambda w: {"text": NEW, "payment_days": 7, **version(w)}
    ),
    "billing:reckon_invoice": Path(MANAGE, draft, POSTED, POSTED, form=version),
    "billing:discard_invoice": Path(MANAGE, draft, POSTED, POSTED, form=version),
    "billing:issue_invoice": Path(MANAGE, draft, POSTED, POSTED, form=version),
    "billing:send_invoice": Path(MANAGE, issued, POSTED, POSTED, form=lambda w: {}),
    "billing:credit_invoice": Path(MANAGE, issued, technician=403, form=credit_form, ids=("lines",)),
    "billing:dun_invoice": Path(MANAGE, issued, technician=403, form=lambda w: {}),
    "billing:pay_invoice": Path(
        MANAGE, issued, POSTED, POSTED, form=lambda w: {"amount": "1", "on": "2026-03-02", "note": NEW}
    ),
    "billing:take_payment_back": Path(MANAGE, payment, POSTED, POSTED, form=lambda w: {}),
    "billing:new_invoice_line": Path(MANAGE, draft, technician=403, form=line_form),
    "billing:invoice_line": Path(MANAGE, line, technician=403, form=line_form),
    "billing:drop_invoice_line": Path(MANAGE, line, POSTED, POSTED, form=version),
    "billing:shift_invoice_line": Path(MANAGE, line, POSTED, POSTED, form=lambda w: {**version(w), "to": "up"}),
}  # fmt: skip
# Addresses a portal company does not have.
FULL_DESK: set[str] = set(PATHS)
