"""Joins invoices, payments and the settings of billing to the desk, the clock and the pages."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.kinds import invoices as kinds
from billing.models import BillingSettings, PaperWanted
from billing.refusals import invoices as refusals
from billing.sentences import invoices as sentences
from psa import leases
from psa.journal import repairs
from psa.web import nav, setup, vitals


def connect() -> None:
    """Called once, when the app starts."""
    for label, icon, name, capability, order in (
        (_("To invoice"), "inbox", "billing:to_invoice", "price.view", 40),
        (_("Invoices"), "receipt", "billing:invoices", "invoice.view", 50),
        (_("Billing settings"), "sliders-horizontal", "billing:billing_settings", "tenant.settings", 90),
    ):
        more: dict[str, Any] = {"needs": _sees_invoices} if name == "billing:to_invoice" else {}
        nav.register(label, icon, name, capability=capability, group="billing", order=order, **more)
    setup.register(
        "billing",
        _("Billing data"),
        _("Address, VAT and bank account: without them no invoice can be issued."),
        "billing:billing_settings",
        lambda actor: complete(),
        order=50,
    )
    vitals.register(
        "invoice-papers",
        _("Papers of invoices"),
        "receipt",
        late=partial(leases.late, PaperWanted),
        stuck=partial(leases.parked, PaperWanted),
        repair=repairs.of("invoice-papers", PaperWanted),
    )
    kinds.register()
    refusals.register()
    sentences.register()


def complete() -> Any:
    """The settings row, once everything an invoice must say is in it."""
    rows = BillingSettings.objects.exclude(Q(legal_name="") | Q(street="") | Q(postal_code="") | Q(city=""))
    return rows.exclude(Q(country="") | Q(iban="")).exclude(vat_id="", tax_number="")


def _sees_invoices(request: Any) -> bool:
    return bool(request.actor.can("invoice.view"))
