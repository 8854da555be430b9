"""Grants and row-level security, made from the declared row classes in one step that may be repeated at any time."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections, models
from django.db.models.sql import Query

from psa.tenancy.rows import PolicyTenant, RowClass, class_of

FUNCTIONS = """
CREATE OR REPLACE FUNCTION app_tenant() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN current_setting('app.tenant_id', true) ~ '^[0-9]{1,18}( reading)?$'
                THEN split_part(current_setting('app.tenant_id', true), ' ', 1)::bigint END
$$;
CREATE OR REPLACE FUNCTION app_platform() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(current_setting('app.tenant_id', true), '') IN ('platform', 'platform reading')
$$;
CREATE OR REPLACE FUNCTION app_writes() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(current_setting('app.tenant_id', true), '') !~ ' reading$'
$$;
"""
# Whoever only looks (psa.tenancy.scope.reading) writes no row of any tenant.
WRITES = "(SELECT app_writes())"


def apply(sender: Any = None, using: str = "default", **kwargs: Any) -> None:
    """Bring grants and policies of every table in line with its class. PostgreSQL only, as owner, after migrate."""
    connection = connections[using]
    if connection.vendor != "postgresql":
        return
    existing = set(connection.introspection.table_names())
    found = [m for m in apps.get_models(include_auto_created=True) if m._meta.managed and m._meta.db_table in existing]
    with connection.schema_editor() as editor, connection.cursor() as cursor:
        role = editor.quote_name(settings.APP_ROLE)
        cursor.execute(FUNCTIONS)
        cursor.execute(
            f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, {role};"
            f"GRANT USAGE ON SCHEMA public TO {role};"
            f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role};"
        )
        if "django_migrations" in existing:
            cursor.execute(f"GRANT SELECT ON django_migrations TO {role}")
        for model in found:
            if row_class := class_of(model):
                for statement in statements(model, row_class, editor):
                    cursor.execute(statement)


def statements(model: type[models.Model], row_class: RowClass, editor: Any) -> list[str]:
    """What makes one table what its class says. A table without a class gets no grant at all."""
    table, role = editor.quote_name(model._meta.db_table), editor.quote_name(settings.APP_ROLE)
    rights = "SELECT, INSERT" if row_class.append_only else "SELECT, INSERT, UPDATE, DELETE"
    made = [f"GRANT {rights} ON {table} TO {role}"]
    if row_class.erasable:
        erasable = [field for field in model._meta.concrete_fields if field.name in row_class.erasable]
        columns = ", ".join(editor.quote_name(field.column) for field in erasable)
        made.append(f"GRANT UPDATE ({columns}) ON {table} TO {role}")
    if not row_class.is_scoped:
        return [*made, f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"]
    seen = _condition(model, row_class, row_class.parties, editor)
    added = _condition(model, row_class, row_class.inserted_by or row_class.parties, editor)
    return [
        *made,
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} {'NO FORCE' if row_class.owner_reads else 'FORCE'} ROW LEVEL SECURITY",
        *(f"DROP POLICY IF EXISTS {name} ON {table}" for name in ("is_seen", "is_added", "is_changed", "is_removed")),
        f"CREATE POLICY is_seen ON {table} FOR SELECT USING ({seen})",
        f"CREATE POLICY is_added ON {table} FOR INSERT WITH CHECK (({added}) AND {WRITES})",
        f"CREATE POLICY is_changed ON {table} FOR UPDATE USING (({seen}) AND {WRITES}) WITH CHECK ({seen})",
        f"CREATE POLICY is_removed ON {table} FOR DELETE USING (({seen}) AND {WRITES})",
    ]


def _condition(model: type[models.Model], row_class: RowClass, parties: tuple[str, ...], editor: Any) -> str:
    parts = []
    if parties:
        query = Query(model=model, alias_cols=False)
        where = query.build_where(row_class.seen_by(PolicyTenant(), parties))
        sql, params = where.as_sql(query.get_compiler(connection=editor.connection), editor.connection)
        parts.append("(" + sql % tuple(editor.quote_value(value) for value in params) + ")")
    if row_class.platform:
        parts.append("(SELECT app_platform())")
    return " OR ".join(parts)
