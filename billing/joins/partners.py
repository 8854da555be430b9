"""Joins money between partners to the desk, the clock and the pages."""

from __future__ import annotations

from billing.refusals import partners as refusals


def connect() -> None:
    """Called once, when the app starts."""
    refusals.register()
