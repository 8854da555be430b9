"""The lines of tests/test_access.py for money between partners."""

from __future__ import annotations

from typing import Any

from tests.access_path import POSTED, Path
from tests.access_stage import World


def settled(w: World) -> dict[str, Any]:
    return {"key": w.handover.key}


PATHS: dict[str, Path] = {
    "billing:post_settlement": Path("invoice.manage", settled, POSTED, POSTED),
    "billing:exchange_rate": Path("outsource.all", settled, technician=403),
}
# Addresses a portal company does not have.
FULL_DESK: set[str] = {"billing:exchange_rate"}
