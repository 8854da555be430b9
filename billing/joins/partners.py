"""Joins money between partners to the desk, the clock and the pages."""

from __future__ import annotations

from billing.refusals import partners as refusals
from billing.sentences import partners as sentences
from billing.services import partner_billing, partner_costs
from psa.journal import journal
from tickets import guards


def connect() -> None:
    """Called once, when the app starts."""
    refusals.register()
    sentences.register()
    guards.register("charge.edit", "charge.remove")(partner_costs.stays)
    journal.subscribe("handover.settled", partner_costs.on_settled)
    for kind in ("invoice.issued", "invoice.credited"):
        journal.subscribe(kind, partner_billing.on_invoiced)
