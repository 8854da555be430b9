"""The filters a list may have. Only `read` looks at the address; what it gives back is trusted from there on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

LONGEST_TEXT = 200
MOST_CHOICES = 20


@dataclass(frozen=True, slots=True)
class Filter(ABC):
    """The shape of every filter. Nothing but `read` looks at the address; what it gives back is trusted."""

    key: str
    label: Any

    kind = "text"

    def names(self) -> tuple[str, ...]:
        """The parameters it owns."""
        return (self.key,)

    @abstractmethod
    def read(self, given: Mapping[str, Any], request: Any) -> Any:
        """The value the address asks for, None where it asks for nothing we know."""

    @abstractmethod
    def apply(self, rows: QuerySet, value: Any, request: Any) -> QuerySet:
        """The rows that pass."""

    def write(self, value: Any) -> list[tuple[str, str]]:
        """The parameters that mean this value."""
        return [(self.key, str(value))]

    def words(self, value: Any, request: Any) -> str:
        """The value as the chip says it."""
        return str(value)


@dataclass(frozen=True, slots=True)
class Choice(Filter):
    """One or several of known codes. `choices` is pairs, or a function of the request giving them; `where` replaces the
    plain `field__in`."""

    field: str = ""
    choices: Any = ()
    where: Callable[[QuerySet, list[Any]], QuerySet] | None = None
    multiple: bool = True

    kind = "choice"

    def options(self, request: Any) -> list[tuple[Any, Any]]:
        """The pairs of this request."""
        kept = request.__dict__.setdefault("_list_options", {})
        if id(self) not in kept:
            kept[id(self)] = list(self.choices(request) if callable(self.choices) else self.choices)
        return kept[id(self)]

    def read(self, given: Mapping[str, Any], request: Any) -> list[Any] | None:
        asked = set(given.getlist(self.key)[:MOST_CHOICES]) if self.key in given else set()  # type: ignore[attr-defined]
        if not asked:
            return None
        found = [code for code, _label in self.options(request) if str(code) in asked]
        return (found if self.multiple else found[:1]) or None

    def apply(self, rows: QuerySet, value: list[Any], request: Any) -> QuerySet:
        return self.where(rows, value) if self.where else rows.filter(**{f"{self.field}__in": value})

    def write(self, value: list[Any]) -> list[tuple[str, str]]:
        return [(self.key, str(code)) for code in value]

    def words(self, value: list[Any], request: Any) -> str:
        labels = {code: str(label) for code, label in self.options(request)}
        return ", ".join(labels[code] for code in value)


@dataclass(frozen=True, slots=True)
class Text(Filter):
    """Words somewhere in a field."""

    field: str = ""
    where: Callable[[QuerySet, str], QuerySet] | None = None

    def read(self, given: Mapping[str, Any], request: Any) -> str | None:
        return clean(given.get(self.key, "")) or None

    def apply(self, rows: QuerySet, value: str, request: Any) -> QuerySet:
        return self.where(rows, value) if self.where else rows.filter(**{f"{self.field}__icontains": value})


@dataclass(frozen=True, slots=True)
class Flag(Filter):
    """Yes or not asked. `where` is a Q, or a function of (rows, request) where it depends on who asks."""

    where: Any = None

    kind = "flag"

    def read(self, given: Mapping[str, Any], request: Any) -> bool | None:
        return True if given.get(self.key) == "1" else None

    def apply(self, rows: QuerySet, value: bool, request: Any) -> QuerySet:
        return rows.filter(self.where) if isinstance(self.where, Q) else self.where(rows, request)

    def write(self, value: Any) -> list[tuple[str, str]]:
        return [(self.key, "1")]

    def words(self, value: Any, request: Any) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class Days(Filter):
    """From one day to another, both included, in the reader's zone. `is_moment`: the field is a datetime."""

    field: str = ""
    is_moment: bool = True

    kind = "days"

    def names(self) -> tuple[str, ...]:
        return (f"{self.key}_from", f"{self.key}_to")

    def read(self, given: Mapping[str, Any], request: Any) -> tuple[date | None, date | None] | None:
        first, last = (_day(given.get(name, "")) for name in self.names())
        return (first, last) if first or last else None

    def apply(self, rows: QuerySet, value: tuple[date | None, date | None], request: Any) -> QuerySet:
        first, last = value
        if first:
            rows = rows.filter(**{f"{self.field}__gte": _start(first) if self.is_moment else first})
        if last:
            end = (
                {f"{self.field}__lt": _start(last + timedelta(days=1))}
                if self.is_moment
                else {f"{self.field}__lte": last}
            )
            rows = rows.filter(**end)
        return rows

    def write(self, value: tuple[date | None, date | None]) -> list[tuple[str, str]]:
        return [(name, day.isoformat()) for name, day in zip(self.names(), value, strict=True) if day]

    def words(self, value: tuple[date | None, date | None], request: Any) -> str:
        first, last = value
        return f"{first.isoformat() if first else ''} – {last.isoformat() if last else ''}".strip()


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
    return found if found and 1970 <= found.year <= 2200 else None


def _start(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def clean(text: str) -> str:
    """What somebody typed, without what no database wants: NUL, lone surrogates, no end."""
    return text[:LONGEST_TEXT].replace("\0", "").encode("utf-8", "ignore").decode().strip()
