"""The lines of tests/test_access.py for articles, orders and the hand-off inbox."""

from __future__ import annotations

from tests.access_path import Path

PATHS: dict[str, Path] = {}
# Addresses a portal company does not have.
FULL_DESK: set[str] = set()
