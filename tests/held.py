"""What the tables hold, read again only where something was written since.

The tests that walk every address, role or move compare all rows before and after each step, and most steps are refused
before they write anything. So every statement of the connection is looked at: a write makes its table another, a
rollback makes every table again what it was at the savepoint, and a statement that is not understood makes all of them
others. (No table has a trigger, and the database's functions read.)
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.db import connection, models

from psa.tenancy import scope

WRITES = re.compile(r'(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)')
SAVEPOINT = re.compile(r'(SAVEPOINT|ROLLBACK TO SAVEPOINT|RELEASE SAVEPOINT)\s+"?(\w+)')
READS = ("SELECT ", "(SELECT ")


class _Tables:
    """The state each table is in, by number: the same number is the same rows."""

    def __init__(self) -> None:
        self.last = self.others = 0
        self.now: dict[str, int] = {}
        self.at: dict[str, tuple[int, dict[str, int]]] = {}
        self.kept: dict[Any, Any] = {}

    def __call__(self, execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        try:
            return execute(sql, *arguments)
        finally:
            self.see(str(sql).lstrip())

    def see(self, sql: str) -> None:
        if sql.startswith(READS):
            return
        self.last += 1
        if written := WRITES.match(sql):
            self.now[written[1]] = self.last
        elif found := SAVEPOINT.match(sql):
            verb, name = found.groups()
            if verb == "SAVEPOINT":
                self.at[name] = (self.others, dict(self.now))
            elif verb == "RELEASE SAVEPOINT":
                self.at.pop(name, None)
            elif name in self.at:
                self.others, now = self.at[name]
                self.now = dict(now)
            else:
                self.others = self.last
        else:
            self.others = self.last

    def state(self, table: str) -> tuple[int, int]:
        return self.others, self.now.get(table, 0)


_tables = _Tables()


def forget() -> None:
    """Another test begins, on other rows."""
    if _tables in connection.execute_wrappers:
        connection.execute_wrappers.remove(_tables)
    _tables.__init__()  # type: ignore[misc]


def rows(model: type[models.Model]) -> list[dict[str, Any]]:
    """Every row of this table that the scope shows, with every column."""
    found: list[dict[str, Any]] = _read(model, "rows", lambda all_of_it: list(all_of_it.order_by("pk").values()))
    return found


def number(model: type[models.Model]) -> int:
    """How many rows of this table the scope shows."""
    found: int = _read(model, "number", lambda all_of_it: all_of_it.count())
    return found


def _read(model: type[models.Model], what: str, read: Callable[[Any], Any]) -> Any:
    if _tables not in connection.execute_wrappers:
        # Before whatever is there for a while and takes the last away again.
        connection.execute_wrappers.insert(0, _tables)
    table = model._meta.db_table
    key = (what, table, scope.current(), _tables.state(table))
    if key not in _tables.kept:
        _tables.kept[key] = read(model._default_manager)
    return _tables.kept[key]
