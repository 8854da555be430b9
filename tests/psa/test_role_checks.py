"""Production does not start with a database role that row-level security ignores."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from psa import checks
from tests.conftest import needs_postgres, owner_of_tables


@pytest.mark.django_db
def test_the_applications_role_is_bound() -> None:
    assert checks.role_faults() == []


@needs_postgres
@pytest.mark.django_db(transaction=True)
def test_the_owner_of_the_tables_is_named() -> None:
    with owner_of_tables():
        assert checks.role_faults() == [
            f"The database role {connection.settings_dict['USER']} owns tables, or is a member of their owner."
        ]


@pytest.mark.parametrize("fault", ["The database role postgres is a superuser.", "The database role x has BYPASSRLS."])
def test_production_refuses_to_start(fault: str, settings, monkeypatch) -> None:
    monkeypatch.setattr(checks, "role_faults", lambda: [fault])
    monkeypatch.setattr(checks, "release_connection", lambda: None)
    settings.PRODUCTION = True
    with pytest.raises(ImproperlyConfigured, match=fault):
        checks.refuse_unsafe_role()


def test_elsewhere_nothing_is_asked(settings, monkeypatch) -> None:
    monkeypatch.setattr(checks, "role_faults", lambda: pytest.fail("asked"))
    settings.PRODUCTION = False
    checks.refuse_unsafe_role()
