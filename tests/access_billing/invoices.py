"""The lines of tests/test_access.py for invoices, payments and the settings of billing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from billing.models import ContractLine, Invoice, InvoiceLine, Payment, VatRate
from billing.services import billing_settings, drafts, issuing, papers, payments
from billing.services.drafts import Wanted
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership
from tests.access_path import POSTED, Path, pk
from tests.access_stage import World
from tests.billing import bills

NEW = "New words"


def _by(w: World) -> Actor:
    return Actor.of(Membership.objects.select_related("role", "tenant").get(pk=w.max.pk))


def _draft(w: World) -> Invoice:
    """This company's draft with a line, made on first use."""
    with scope.tenant(w.tenant):
        found = Invoice.objects.filter(status="draft").first()
        if found is None:
            bills.settled(w.company, _by(w), name=w.canary)
            made = drafts.draw(w.company, "EUR", [], by=_by(w))
            found = drafts.add_line(made, Wanted(f"{w.canary} work", Decimal(1), Decimal(9)), version=1, by=_by(w))
        return found


def draft(w: World) -> dict[str, Any]:
    return {"pk": _draft(w).pk}


def _issued(w: World) -> Invoice:
    """This company's issued invoice with papers, overdue and paid in part."""
    with scope.tenant(w.tenant):
        found = Invoice.objects.exclude(status="draft").first()
        if found is None:
            bills.settled(w.company, _by(w), name=w.canary, format="xrechnung")
            made = drafts.draw(w.company, "EUR", [], by=_by(w))
            made = drafts.add_line(made, Wanted(f"{w.canary} work", Decimal(1), Decimal(9)), version=1, by=_by(w))
            found = issuing.issue(made, version=made.version, by=_by(w))
            papers.work()
            payments.pay(found, Decimal(1), bills.DAY, w.canary, by=_by(w))
            Invoice.objects.filter(pk=found.pk).update(due_on=bills.DAY)
        return found


def issued(w: World) -> dict[str, Any]:
    return {"pk": _issued(w).pk}


def line(w: World) -> dict[str, Any]:
    found = _draft(w)
    with scope.tenant(w.tenant):
        return {"pk": found.pk, "line": InvoiceLine.objects.filter(invoice=found).latest("pk").pk}


def payment(w: World) -> dict[str, Any]:
    found = _issued(w)
    with scope.tenant(w.tenant):
        return {"pk": found.pk, "payment": Payment.objects.filter(invoice=found).latest("pk").pk}


def rate(w: World) -> dict[str, Any]:
    with scope.tenant(w.tenant):
        found = VatRate.objects.first() or billing_settings.put_rate("reduced", Decimal(5), bills.DAY, by=_by(w))
        return {"pk": found.pk}


def version(w: World) -> dict[str, Any]:
    return {"version": _draft(w).version}


def settings_form(w: World) -> dict[str, Any]:
    with scope.tenant(w.tenant):
        row = billing_settings.of_tenant()
        said = {"legal_name": NEW, "country": "DE", "payment_days": 14, "endpoint_scheme": "EM", "cut_off": "15:00"}
        return {**said, "dunning_days": "7, 14, 28", "version": row.version}


def profile_form(w: World) -> dict[str, Any]:
    return {"name": NEW, "discount": "0", "rounding": "0", "format": ""}


def line_form(w: World) -> dict[str, Any]:
    said = {"name": NEW, "quantity": "1", "unit_price": "9", "discount": "0", "vat_kind": "standard"}
    return {**said, "supplied_on": "2026-03-02", **version(w)}


def credit_form(w: World) -> dict[str, Any]:
    found = _issued(w)
    with scope.tenant(w.tenant):
        lines = InvoiceLine.objects.filter(invoice=found, is_current=True).values_list("pk", flat=True)
        return {"lines": list(lines)[0], "reason": NEW, "then": "again"}


def posted_item(w: World) -> dict[str, Any]:
    with scope.tenant(w.tenant):
        return {"item": bills.posted(w.company, name=w.canary).pk}


def due_period(w: World) -> dict[str, Any]:
    with scope.tenant(w.tenant):
        ContractLine.objects.get_or_create(
            contract=w.contract, name=w.canary, unit_price=5, starts_on=date(2026, 1, 1), next_on=date(2026, 1, 1)
        )
        return {"until": "2026-01-31"}


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
    "billing:draw": Path(MANAGE, pk, technician=403, form=posted_item, ids=("item",)),
    "billing:overdue": Path(VIEW, technician=403),
    "billing:dun_all": Path(MANAGE, lambda w: {}, POSTED, POSTED, form=lambda w: {"late": str(_issued(w).pk)}),
    "billing:recurring": Path(MANAGE, technician=403, form=due_period),
    "billing:export_invoices": Path(
        MANAGE, technician=403,
        form=lambda w: {"begins": "2026-01-01", "ends": "2100-01-01", "format": "csv", "x": str(_issued(w).pk)},
    ),
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
