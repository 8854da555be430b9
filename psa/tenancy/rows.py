"""The classes of rows: who sees one, declared once, compiled to the managers' filter and the database's policy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.db import models
from django.db.models import BigIntegerField, BooleanField, Expression, Q

from psa.tenancy import scope


class CurrentTenant(Expression):
    """The tenant in scope, read when the query is compiled and not when it is written."""

    def __init__(self) -> None:
        super().__init__(output_field=BigIntegerField())

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        return "%s", [scope.tenant_id()]


class PolicyTenant(Expression):
    """The same tenant as a policy of PostgreSQL reads it."""

    def __init__(self) -> None:
        super().__init__(output_field=BigIntegerField())

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        return "(SELECT app_tenant())", []


@dataclass(frozen=True)
class RowClass:
    """Who sees the rows of a table.

    `parties` are the columns that name a tenant; `unless` hides rows from one of them; `inserted_by` narrows who may
    add a row; `platform` lets queues and doors see it as well; `owner_reads` lets a function of the tables' owner read
    past the policies. A class without parties belongs to nobody. `erasable`
    are the columns of an append-only table a person's name is taken out of when the person is erased, and only then.
    """

    name: str
    parties: tuple[str, ...] = ()
    unless: tuple[tuple[str, Q], ...] = ()
    inserted_by: tuple[str, ...] = ()
    platform: bool = False
    append_only: bool = False
    owner_reads: bool = False
    erasable: tuple[str, ...] = ()

    @property
    def is_scoped(self) -> bool:
        return bool(self.parties) or self.platform

    def seen_by(self, tenant: Any, parties: Iterable[str] | None = None) -> Q:
        """The rows `tenant` (an id or an expression) may see."""
        hidden = dict(self.unless)
        found = Q()
        for party in parties or self.parties:
            mine = Q((party, tenant))
            found |= mine & ~hidden[party] if party in hidden else mine
        return found

    def admits(self, row: Any) -> bool:
        """Whether the scope may add this row."""
        value = scope.current()
        if value == scope.PLATFORM:
            return self.platform
        columns = [row._meta.get_field(name).column for name in self.inserted_by or self.parties]
        return value is not None and value in [getattr(row, column) for column in columns]


TENANT = RowClass("tenant", parties=("tenant",))
RECORD = RowClass("tenant", parties=("tenant",), append_only=True)
# What a search index is made of: read by a function that asks for the tenant itself.
SEARCHED = RowClass("tenant", parties=("tenant",), owner_reads=True)
JOURNAL = replace(RECORD, erasable=("data", "by_name"))
QUEUE = RowClass("queue", parties=("tenant",), platform=True)
IDENTITY = RowClass("identity", parties=("tenant",), platform=True)
PERSON = RowClass("identity", platform=True)
PLATFORM = RowClass("platform")
# What a tenant owes the operator: both read it, and nobody changes it.
BILL = RowClass("bill", parties=("tenant",), platform=True, append_only=True)

# Tables that are not ours: nobody's rows, or a person's.
FOREIGN_TABLES = {
    "account.EmailAddress": PERSON,
    "account.EmailConfirmation": PERSON,
    "mfa.Authenticator": PERSON,
    "auth.Group": PLATFORM,
    "auth.Group_permissions": PLATFORM,
    "auth.Permission": PLATFORM,
    "contenttypes.ContentType": PLATFORM,
    "sessions.Session": PLATFORM,
    "migrations.Migration": PLATFORM,
}


def two_party(first: str, second: str, *, second_sees: Q | None = None, inserted_by: tuple[str, ...] = ()) -> RowClass:
    """A row of two tenants. `second_sees` says which rows exist for the second of them; the first sees all."""
    unless = ((second, ~second_sees),) if second_sees is not None else ()
    return RowClass("two-party", parties=(first, second), unless=unless, inserted_by=inserted_by)


def class_of(model: type[models.Model]) -> RowClass | None:
    """The declared class of a model, ours or a library's; None where nobody declared one."""
    declared = getattr(model, "row_class", None)
    return declared or FOREIGN_TABLES.get(model._meta.label)


class InScope(Expression):
    """The condition "visible in the present scope" of one model; it raises NoScope at the first use without one."""

    conditional = True

    def __init__(self, row_class: RowClass) -> None:
        super().__init__(output_field=BooleanField())
        self.row_class = row_class
        self.where: Any = None

    def get_source_expressions(self) -> list[Any]:
        return [self.where]

    def set_source_expressions(self, exprs: Any) -> None:
        (self.where,) = exprs

    def resolve_expression(
        self,
        query: Any = None,
        allow_joins: bool = True,
        reuse: Any = None,
        summarize: bool = False,
        for_save: bool = False,
    ) -> Any:
        if self.where is not None:
            # A comparison is resolved once more when it is compiled, a subquery inside the query around it: its columns
            # stay its own.
            return self
        resolved = self.copy()
        if self.row_class.parties:
            condition = self.row_class.seen_by(CurrentTenant())
            resolved.where = condition.resolve_expression(query, allow_joins, reuse, summarize, for_save)
        return resolved

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        if scope.current() == scope.PLATFORM and self.row_class.platform:
            return "1 = 1", []
        if self.where is None:
            raise scope.NoScope(f"{self.row_class.name} rows are seen through a door only.")
        sql, params = compiler.compile(self.where)
        return f"({sql})", params
