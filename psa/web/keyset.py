"""Paging by key: a page begins behind a row, not at a number, so the hundredth costs what the first costs."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Coalesce

LONGEST_CURSOR = 500


KINDS: Mapping[str, Callable[[Any], Any]] = {
    "int": lambda value: (
        value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63 else _no()
    ),
    "str": lambda value: (
        value if isinstance(value, str) and len(value) <= LONGEST_CURSOR and "\0" not in value else _no()
    ),
    "datetime": lambda value: _aware(datetime.fromisoformat(value)),
    "date": lambda value: date.fromisoformat(value),
    "decimal": lambda value: _finite(Decimal(value)),
}


def _no() -> Any:
    raise ValueError


def _aware(value: datetime) -> datetime:
    return value if value.tzinfo else _no()


def _finite(value: Decimal) -> Decimal:
    return value if value.is_finite() else _no()


@dataclass(frozen=True, slots=True)
class Sort:
    """An order the list can have. `field` is never null, or `empty` says what a null counts as."""

    key: str
    label: Any
    field: str
    kind: str = "str"
    empty: Any = None
    descending: bool = False

    def annotate(self, rows: QuerySet) -> QuerySet:
        """The rows with the value they are ordered by as `sort_value`."""
        found = F(self.field) if self.empty is None else Coalesce(self.field, Value(self.empty))
        return rows.annotate(sort_value=found)


@dataclass(frozen=True, slots=True)
class Cursor:
    """The row a page begins after (or ends before): its sort value and its id."""

    value: Any
    id: Any
    backwards: bool = False


def write_cursor(sort: Sort, descending: bool, value: Any, row_id: Any) -> str:
    """The row as an opaque word. It is no secret and grants nothing: it is read as strictly as anything else."""
    plain = value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, Decimal) else value
    packed = json.dumps([sort.key, int(descending), plain, str(row_id) if not isinstance(row_id, int) else row_id])
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def read_cursor(
    word: str, sort: Sort, descending: bool, backwards: bool, read_id: Callable[[Any], Any]
) -> Cursor | None:
    """The cursor, or None for anything that `write_cursor` did not write for this order."""
    if not word or len(word) > LONGEST_CURSOR:
        return None
    try:
        packed = base64.b64decode(word + "=" * (-len(word) % 4), altchars=b"-_", validate=True)
        key, down, value, row_id = json.loads(packed)
        if key != sort.key or down != int(descending) or isinstance(down, bool):
            return None
        return Cursor(KINDS[sort.kind](value), read_id(row_id), backwards)
    except (ValueError, TypeError, RecursionError, InvalidOperation, binascii.Error, UnicodeDecodeError):
        return None


def after(rows: QuerySet, cursor: Cursor, descending: bool) -> QuerySet:
    """The rows behind the cursor in the direction it looks."""
    more = "lt" if descending != cursor.backwards else "gt"
    return rows.filter(
        Q(**{f"sort_value__{more}e": cursor.value})
        & (Q(**{f"sort_value__{more}": cursor.value}) | Q(**{f"pk__{more}": cursor.id}))
    )
