"""The lines of tests/test_access.py for material, stock, delivery notes and goods requests."""

from __future__ import annotations

from tests.access_path import Path

PATHS: dict[str, Path] = {}
# Addresses a portal company does not have.
FULL_DESK: set[str] = set()
