"""What is kept of a table is as good as what is read of it: else a test that compares would miss a change."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection, transaction

from psa.directory.models import Company
from psa.tenancy import scope
from psa.tenancy.models import Tenant
from tests import held
from tests.conftest import undone


def another() -> None:
    Company.objects.create(name="Another")


def in_bulk() -> None:
    Company.objects.bulk_create([Company(name="One"), Company(name="Two")])


def by_hand() -> None:
    with connection.cursor() as cursor:
        cursor.execute("  /* not understood */ UPDATE directory_company SET name = 'Other'")


def with_a_savepoint_let_go() -> None:
    with transaction.atomic():
        Company.objects.update(name="Other")


def after_one_rolled_back() -> None:
    with undone():
        Company.objects.update(name="Gone")
    Company.objects.update(name="Other")


WAYS = [another, in_bulk, by_hand, with_a_savepoint_let_go, after_one_rolled_back]


@pytest.mark.parametrize("write", [*WAYS, lambda: Company.objects.all().delete()])
def test_what_is_written_is_seen_and_what_is_taken_back_is_gone(
    company: Company, inside: Tenant, write: Callable[[], object]
) -> None:
    rows, number = held.rows(Company), held.number(Company)
    with undone():
        write()
        assert held.rows(Company) == list(Company.objects.order_by("pk").values()) != rows
        assert held.number(Company) == Company.objects.count()
        with undone():
            write()
            another()
            assert held.rows(Company) == list(Company.objects.order_by("pk").values())
        assert held.rows(Company) == list(Company.objects.order_by("pk").values()) != rows
    assert held.rows(Company) == list(Company.objects.order_by("pk").values()) == rows
    assert held.number(Company) == number


def test_a_table_is_read_once_until_it_is_another(
    company: Company, inside: Tenant, django_assert_num_queries: Callable[..., object]
) -> None:
    held.rows(Company)
    with django_assert_num_queries(0):
        held.rows(Company)
    with undone():
        another()
    with django_assert_num_queries(0):
        held.rows(Company)


def test_each_scope_has_its_own(company: Company, atlas: Tenant, nordlicht: Tenant) -> None:
    with scope.tenant(nordlicht):
        assert held.number(Company) == 1
    with scope.tenant(atlas):
        assert held.number(Company) == 0


def test_no_table_writes_to_another_by_itself(db: None) -> None:
    """A trigger would change rows that no statement names."""
    own = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }
    with connection.cursor() as cursor:
        cursor.execute(own[connection.vendor])
        assert cursor.fetchall() == []
