"""References that cannot leave the tenant: composite foreign keys on (tenant_id, id).

Foreign-key checks bypass row-level security, so a plain key would let a row point at a stranger's row and tell, by its
error, whether that row exists.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.constraints import BaseConstraint


class OwnKey(models.ForeignKey):
    """A reference to a row of the same tenant. Its integrity is the SameTenant constraint beside it."""

    def __init__(self, to: Any, on_delete: Any, **kwargs: Any) -> None:
        kwargs.setdefault("db_constraint", False)
        kwargs.setdefault("db_index", False)
        kwargs.setdefault("related_name", "+")
        super().__init__(to, on_delete, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.setdefault("db_index", self.db_index)  # type: ignore[attr-defined]
        return name, "psa.tenancy.same_tenant.OwnKey", args, kwargs


class SameTenant(BaseConstraint):
    """`field` points at a row whose owner is this row's owner.

    `owners` pairs the column here with the column there: tenant with tenant, a side's tenant with the contract's lead,
    both parties with both parties.
    """

    def __init__(
        self, field: str, *, owners: tuple[tuple[str, str], ...] = (("tenant", "tenant"),), name: str = ""
    ) -> None:
        self.field = field
        self.owners = tuple((ours, theirs) for ours, theirs in owners)
        super().__init__(name=name or f"%(app_label)s_%(class)s_{field}_same_tenant")

    def constraint_sql(self, model: Any, schema_editor: Any) -> str | None:
        if schema_editor.connection.vendor == "sqlite":
            return f"CONSTRAINT {schema_editor.quote_name(self.name)} {self._key(model, schema_editor)}"
        self._add_when_all_tables_stand(model, schema_editor)
        return None

    def create_sql(self, model: Any, schema_editor: Any) -> None:
        self._add_when_all_tables_stand(model, schema_editor)

    def remove_sql(self, model: Any, schema_editor: Any) -> str:
        quote = schema_editor.quote_name
        return f"ALTER TABLE {quote(model._meta.db_table)} DROP CONSTRAINT IF EXISTS {quote(self.name)}"

    def validate(self, model: Any, instance: Any, exclude: Any = None, using: str = "default") -> None:
        """The database checks it; forms offer the tenant's own rows only."""

    def deconstruct(self) -> Any:
        path, args, kwargs = super().deconstruct()
        kwargs |= {"field": self.field, "owners": self.owners}
        return "psa.tenancy.same_tenant.SameTenant", args, kwargs

    def __eq__(self, other: object) -> bool:
        if isinstance(other, SameTenant):
            return (self.name, self.field, self.owners) == (other.name, other.field, other.owners)
        return super().__eq__(other)

    def _add_when_all_tables_stand(self, model: Any, schema_editor: Any) -> None:
        """The autodetector may name the reference before the unique key it needs: it waits for the migration's end."""
        quote = schema_editor.quote_name
        table, name = quote(model._meta.db_table), quote(self.name)
        schema_editor.deferred_sql.append(
            f"ALTER TABLE {table} ADD CONSTRAINT {name} {self._key(model, schema_editor)}"
        )

    def _key(self, model: Any, schema_editor: Any) -> str:
        quote = schema_editor.quote_name
        field = model._meta.get_field(self.field)
        target = field.remote_field.model
        ours = [model._meta.get_field(name).column for name, _ in self.owners]
        theirs = [target._meta.get_field(name).column for _, name in self.owners]
        here = ", ".join(map(quote, [*ours, field.column]))
        there = ", ".join(map(quote, [*theirs, target._meta.pk.column]))
        table = quote(target._meta.db_table)
        return f"FOREIGN KEY ({here}) REFERENCES {table} ({there}) DEFERRABLE INITIALLY DEFERRED"


def same_tenant(*fields: str) -> list[SameTenant]:
    """A SameTenant constraint for each of these fields."""
    return [SameTenant(field) for field in fields]


def tenant_key(*owners: str) -> models.UniqueConstraint:
    """The unique key (owner, id) that references of the same tenant point at."""
    names = owners or ("tenant",)
    return models.UniqueConstraint(fields=[*names, "id"], name="%(app_label)s_%(class)s_" + "_".join(names) + "_key")
