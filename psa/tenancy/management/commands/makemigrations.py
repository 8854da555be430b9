"""`manage.py makemigrations` as Django's, except that a new table is made with its constraints and indexes."""

from __future__ import annotations

from typing import Any

from django.core.management.commands.makemigrations import Command as Makemigrations
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.operations import AddConstraint, AddField, AddIndex, CreateModel


class Autodetector(MigrationAutodetector):
    """Adding a constraint afterwards renders every related model anew and, on SQLite, copies the table: with the
    number of constraints we have, a new database would take five times as long."""

    migrations: dict[str, list[Any]]

    def _optimize_migrations(self) -> None:
        super()._optimize_migrations()  # type: ignore[misc]  # brings the columns home
        for migrations in self.migrations.values():
            for migration in migrations:
                migration.operations = made_whole(migration.operations)


def made_whole(operations: list[Any]) -> list[Any]:
    """The same operations, with what is added to a table standing in the table; a table that still gets columns
    keeps its order."""
    unfinished = {one.model_name_lower for one in operations if isinstance(one, AddField)}
    tables = {one.name_lower: one for one in operations if isinstance(one, CreateModel)}
    left: list[Any] = []
    for one in operations:
        table = tables.get(getattr(one, "model_name_lower", "")) if isinstance(one, AddConstraint | AddIndex) else None
        if table is None or table.name_lower in unfinished:
            left.append(one)
        elif isinstance(one, AddConstraint):
            table.options.setdefault("constraints", []).append(one.constraint)
        else:
            table.options.setdefault("indexes", []).append(one.index)
    return left


class Command(Makemigrations):
    autodetector = Autodetector
