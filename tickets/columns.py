"""Columns, filters and views other apps add to the ticket list: one query per shown column, filters by Exists."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from psa.tenancy.actor import Actor


@dataclass(frozen=True, slots=True)
class ExtraColumn:
    """A column from above: its cells for a page of ticket ids, and its filter with the choices it offers."""

    key: str
    label: Any
    cells: Callable[[Sequence[int], Actor], Mapping[int, Any]]
    filter: Callable[[str], Q] | None = None
    choices: Callable[[Actor], list[tuple[str, Any]]] | None = None
    shown: bool = True


@dataclass(frozen=True, slots=True)
class ExtraView:
    """A view from above: which of the tickets the member may see it shows, and to whom it is offered."""

    code: str
    label: Any
    icon: str
    rows: Callable[[QuerySet, Actor], QuerySet]
    is_for: Callable[[Actor], bool]


_columns: dict[str, ExtraColumn] = {}
_views: dict[str, ExtraView] = {}


def register(column: ExtraColumn) -> ExtraColumn:
    """Offer this column on the ticket list."""
    _columns[column.key] = column
    return column


def columns() -> list[ExtraColumn]:
    """The columns from above, in the order they were offered."""
    return list(_columns.values())


def view(one: ExtraView) -> ExtraView:
    """Offer this view of the tickets."""
    _views[one.code] = one
    return one


def views() -> list[ExtraView]:
    """The views from above, in the order they were offered."""
    return list(_views.values())
