"""What one line of the table of tests/test_access.py says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.access_stage import World

POSTED = 405


@dataclass(frozen=True)
class Path:
    """One address; see the head of this file."""

    needs: str
    args: Callable[[World], dict[str, Any]] = lambda w: {}
    technician: int = 200
    administrator: int = 200
    form: Callable[[World], dict[str, Any]] | None = None
    ids: tuple[str, ...] = ()


def number(w: World) -> dict[str, Any]:
    return {"number": w.ticket.number}


def pk(w: World) -> dict[str, Any]:
    return {"pk": w.company.pk}
