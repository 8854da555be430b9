"""Joins articles, orders and the hand-off inbox to the desk, the clock and the pages."""

from __future__ import annotations


def connect() -> None:
    """Called once, when the app starts."""
