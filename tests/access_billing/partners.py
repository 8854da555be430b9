"""The lines of tests/test_access.py for money between partners."""

from __future__ import annotations

from typing import Any

from tests.access_path import POSTED, Path
from tests.access_stage import World


def settled(w: World) -> dict[str, Any]:
    return {"key": w.handover.key}


def numbered(w: World) -> dict[str, Any]:
    return {"key": w.handover.key, "number": "R-2026-00001"}


PATHS: dict[str, Path] = {
    "billing:post_settlement": Path("invoice.manage", settled, POSTED, POSTED),
    "billing:exchange_rate": Path("outsource.all", settled, technician=403),
    "billing:portal_invoices": Path("invoice.view", technician=403, administrator=404),
    "billing:portal_seller": Path("tenant.settings", technician=403, administrator=404),
    "billing:portal_invoice": Path("invoice.view", settled, technician=403, administrator=404),
    "billing:portal_draw": Path("invoice.manage", settled, POSTED, POSTED),
    "billing:portal_issue": Path("invoice.manage", settled, POSTED, POSTED),
    "billing:portal_discard": Path("invoice.manage", settled, POSTED, POSTED),
    "billing:portal_buyer": Path("invoice.manage", settled, technician=403, administrator=404),
    "billing:portal_credit": Path("invoice.manage", numbered, POSTED, POSTED),
    "billing:portal_paper": Path("invoice.view", numbered, technician=403, administrator=404),
}
# Addresses a portal company does not have.
FULL_DESK: set[str] = {"billing:exchange_rate"}
