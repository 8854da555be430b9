"""What must be true of the database role before Tandem serves anybody in production.

Row-level security is one of the three locks between tenants, and PostgreSQL does not apply it to superusers, to roles
with BYPASSRLS, or to whoever may act as the owner of a table (docs/security.md).
"""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.utils import OperationalError

ROLE_SQL = """
    SELECT current_user, rolsuper, rolbypassrls,
           EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                   WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
                     AND n.nspname NOT LIKE 'pg\\_%%' AND pg_has_role(current_user, c.relowner, 'MEMBER'))
    FROM pg_roles WHERE rolname = current_user
"""


def role_faults() -> list[str]:
    """Why the present database role is not bound by row-level security; empty is good. SQLite has no roles."""
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(ROLE_SQL, [])
        name, is_superuser, bypasses, owns_tables = cursor.fetchone()
    reasons = {
        "is a superuser": is_superuser,
        "has BYPASSRLS": bypasses,
        "owns tables, or is a member of their owner": owns_tables,
    }
    return [f"The database role {name} {reason}." for reason, applies in reasons.items() if applies]


def refuse_unsafe_role() -> None:
    """Raise ImproperlyConfigured instead of serving with a role that reads past row-level security.

    Only in production: a developer's single role is their own affair. The connection is given back, because gunicorn
    and Celery may fork after this.
    """
    if not settings.PRODUCTION:
        return
    try:
        faults = role_faults()
    finally:
        release_connection()
    if faults:
        raise ImproperlyConfigured(" ".join([*faults, "Use tandem_app in DATABASE_URL; see docs/operations.md."]))


def release_connection() -> None:
    """Close the connection, and the pool behind it, which must not cross a fork."""
    connection = connections[DEFAULT_DB_ALIAS]
    connection.close()
    if hasattr(connection, "close_pool"):
        connection.close_pool()


@register(Tags.security, deploy=True)
def database_role_is_bound(**_: Any) -> list[CheckMessage]:
    """`manage.py check --deploy` says what starting would refuse."""
    try:
        faults = role_faults()
    except OperationalError:
        return []  # no database at hand: starting will say so, and ask again
    return [Error(fault, hint="Use the role tandem_app in DATABASE_URL.", id="tandem.E001") for fault in faults]
