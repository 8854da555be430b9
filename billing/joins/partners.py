"""Joins money between partners to the desk, the clock and the pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from billing.refusals import partners as refusals
from billing.sentences import partners as sentences
from billing.services import partner_billing, partner_costs, partner_invoices
from outsourcing.portal import is_portal
from psa.journal import journal
from psa.web import nav
from tickets import guards


def connect() -> None:
    """Called once, when the app starts."""
    nav.register(
        _("Invoices"),
        "receipt",
        "billing:portal_invoices",
        capability="invoice.view",
        group="portal",
        order=105,
        needs=is_portal,
    )
    refusals.register()
    sentences.register()
    guards.register("charge.edit", "charge.remove")(partner_costs.stays)
    journal.subscribe("handover.settled", partner_costs.on_settled)
    for kind in ("invoice.issued", "invoice.credited"):
        journal.subscribe(kind, partner_billing.on_invoiced)
    journal.subscribe("invoice.issued", partner_invoices.on_issued)
    journal.subscribe("invoice.papers_made", partner_invoices.on_papers_made)
