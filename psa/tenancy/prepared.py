"""Queries that are compiled once: the same rows for other values, asked on every page.

    OPEN = Prepared(lambda queue: Ticket.objects.filter(queue_id=queue, is_open=True).select_related("company"))
    OPEN(queue=queue.pk)                            # a list of tickets of the tenant in scope

Django makes a query's SQL anew each time, which costs more than the database takes to answer. Here the query set is
built once in each process, with a placeholder for each value and for the tenant in scope; what it gives are the
same instances. Values are whole numbers and texts that are compared as they stand; what changes the shape of the query
(a right's reach, a direction) comes as positional arguments, each combination compiled by itself. Scope and row-level
security bind these queries like any other: without a scope there is no answer (ADR 22).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet

from psa.tenancy import scope

M = TypeVar("M", bound=Model)
# Stands for a value while the query is compiled: in the range of every column of whole numbers, and no row's id.
FIRST = 2_147_400_000
TENANT = FIRST - 1
Value = int | str | None


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A query set with its compiler; the SQL, its parameters, and which of them are values of which name."""

    rows: QuerySet
    compiler: Any
    sql: str
    params: tuple[Any, ...]
    slots: tuple[tuple[int, str], ...]


class Prepared(Generic[M]):
    """A query set as a function of values. `build(*shape, **values)` must do nothing but build it."""

    def __init__(self, build: Callable[..., QuerySet[M]]) -> None:
        self.build = build
        self._kept: dict[Any, _Compiled] = {}

    def __call__(self, *shape: Hashable, **values: Value) -> list[M]:
        """The rows. Raises NoScope where nothing is in scope, as any query of tenant rows does."""
        if None in values.values():  # IS NULL is another query
            return list(self.build(*shape, **values))
        key = (shape, tuple(values), scope.current() == scope.PLATFORM)
        if (found := self._kept.get(key)) is None:
            found = self._kept[key] = self._compile(shape, tuple(values), tuple(map(type, values.values())))
        asked: Any = _Asked(found, values)
        rows: Any = found.rows._iterable_class(asked)
        return list(rows)

    def _compile(self, shape: Sequence[Hashable], names: Sequence[str], kinds: Sequence[type]) -> _Compiled:
        given: dict[str, Any] = {
            name: FIRST + at if kind is int else f"\x01{FIRST + at}"
            for at, (name, kind) in enumerate(zip(names, kinds, strict=True))
        }
        if scope.current() == scope.PLATFORM:
            rows, compiler, sql, params = self._sql(shape, given)
        else:
            scope.tenant_id()
            with scope.tenant(TENANT):
                rows, compiler, sql, params = self._sql(shape, given)
        by_value = {value: name for name, value in given.items()} | {TENANT: ""}
        slots = tuple(
            [(at, by_value[one]) for at, one in enumerate(params) if isinstance(one, (int, str)) and one in by_value]
        )
        if missing := set(given) - {name for _at, name in slots}:
            raise ValueError(f"{', '.join(sorted(missing))}: not compared as it stands, so it cannot be prepared.")
        return _Compiled(rows, compiler, sql, tuple(params), slots)

    def _sql(self, shape: Sequence[Hashable], given: dict[str, Any]) -> tuple[QuerySet, Any, str, Sequence[Any]]:
        rows = self.build(*shape, **given)
        if rows._prefetch_related_lookups:  # type: ignore[attr-defined]
            raise ValueError("What is fetched beside a query is not prepared with it.")
        compiler = rows.query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        return rows, compiler, sql, params


class _Asked:
    """The query set as its iterable knows it, with these values: nothing is compiled again."""

    def __init__(self, compiled: _Compiled, values: dict[str, Value]) -> None:
        params = list(compiled.params)
        for at, name in compiled.slots:
            params[at] = values[name] if name else scope.tenant_id()
        answer = compiled.sql, tuple(params)
        compiler = copy(compiled.compiler)
        compiler.as_sql = lambda *args, **kwargs: answer
        self._rows, self._compiler = compiled.rows, compiler
        self.query = self

    def get_compiler(self, using: Any = None, connection: Any = None, elide_empty: bool = True) -> Any:
        return self._compiler

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._rows, name, self)
        return getattr(self._rows.query, name) if found is self else found
