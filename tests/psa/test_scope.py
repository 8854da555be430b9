"""Nothing is visible without a scope, and the database says the same as the managers."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction
from django.forms import modelform_factory

from psa.directory.models import Company
from psa.tenancy import scope
from psa.tenancy.models import Membership, Role, User
from tests.conftest import needs_postgres


def test_without_a_scope_the_manager_raises(nordlicht):
    with pytest.raises(scope.NoScope):
        Company.objects.count()


def test_a_query_may_be_built_without_a_scope_and_used_inside_one(nordlicht, baltic):
    later = Company.objects.filter(name="Reederei")
    form = modelform_factory(Company, fields=["name"])
    with scope.tenant(nordlicht):
        Company.objects.create(name="Reederei")
        assert later.count() == 1
        assert form({"name": "Werft"}).is_valid()
    with scope.tenant(baltic):
        assert later.all().count() == 0


def test_a_subquery_a_join_an_update_and_a_delete_stay_inside(nordlicht, baltic):
    with scope.tenant(nordlicht):
        kept = Company.objects.create(name="Reederei")
    with scope.tenant(baltic):
        assert not Company.objects.filter(pk__in=Company.objects.values("pk")).exists()
        assert Company.objects.filter(pk=kept.pk).update(name="stolen") == 0
        assert Company.objects.filter(pk=kept.pk).delete()[0] == 0
        kept.name = "stolen"
        with pytest.raises((scope.WrongScope, DatabaseError)), transaction.atomic():
            kept.save()
    with scope.tenant(nordlicht):
        assert Company.objects.get(pk=kept.pk).name == "Reederei"


def test_a_row_of_somebody_else_is_not_added(nordlicht, baltic):
    with scope.tenant(baltic), pytest.raises(scope.WrongScope):
        Company.objects.create(name="planted", tenant=nordlicht)


def test_people_are_seen_through_doors_only(max):
    with scope.tenant(max.tenant_id):
        assert Membership.objects.get().name == "Max Petersen"
        with pytest.raises(scope.NoScope):
            User.objects.count()


def test_the_platform_sees_no_rows_of_tenants(nordlicht):
    with scope.tenant(nordlicht):
        Company.objects.create(name="Reederei")
    with scope.platform("test"):
        assert Role.objects.count() == 7
        with pytest.raises(scope.NoScope):
            Company.objects.count()


@needs_postgres
def test_a12_the_database_forgets_the_scope_with_the_savepoint(nordlicht, baltic):
    with scope.tenant(nordlicht):
        Company.objects.create(name="Reederei")
    with transaction.atomic():
        try:
            with transaction.atomic(), scope.tenant(nordlicht):
                assert Company.objects.count() == 1
                raise KeyError
        except KeyError:
            pass
        with scope.tenant(baltic), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM directory_company")
            assert cursor.fetchone() == (0,)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM directory_company")
        assert cursor.fetchone() == (0,)


@needs_postgres
def test_the_application_may_not_truncate(nordlicht):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE directory_company CASCADE")
