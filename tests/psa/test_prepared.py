"""Prepared queries: what they give is what the query gives, in the scope of the moment."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from psa.directory.models import Company, Contact
from psa.tenancy import scope
from psa.tenancy.models import Membership
from psa.tenancy.prepared import Prepared

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(nordlicht, baltic, max, gunta):
    tenants = [nordlicht, baltic]
    for tenant in tenants:
        with scope.tenant(tenant):
            for name in ("Hansen", "Krause"):
                company = Company.objects.create(name=f"{name} {tenant.slug}")
                Contact.objects.create(company=company, name="Cleo")
    return tenants


def test_a_prepared_query_gives_the_same_rows_with_what_belongs_to_them(two):
    contacts = Prepared(lambda name: Contact.objects.filter(name=name).select_related("company").order_by("pk"))
    with scope.tenant(two[0]):
        plain = list(Contact.objects.filter(name="Cleo").select_related("company").order_by("pk"))
        for _time in range(2):
            found = contacts(name="Cleo")
            assert found == plain
            assert [one.company.name for one in found] == ["Hansen nordlicht", "Krause nordlicht"]
            assert found[0].__dict__.keys() == plain[0].__dict__.keys()
        assert contacts(name="Nobody") == []


def test_a_prepared_query_binds_the_scope_of_the_moment(two):
    names = Prepared(lambda: Company.objects.order_by("name").values_list("name", flat=True))
    with scope.tenant(two[0]):
        assert names() == ["Hansen nordlicht", "Krause nordlicht"]
    with scope.tenant(two[1]):
        assert names() == ["Hansen baltic", "Krause baltic"]
    with pytest.raises(scope.NoScope):
        names()
    with scope.platform("a test"), pytest.raises(scope.NoScope):
        names()


def test_rows_the_platform_may_see_are_asked_by_another_query_there(two):
    members = Prepared(lambda: Membership.objects.order_by("pk"))
    with scope.tenant(two[0]):
        assert {one.tenant_id for one in members()} <= {two[0].pk}
    with scope.platform("a test"):
        assert members() == list(Membership.objects.order_by("pk"))
    with scope.tenant(two[1]):
        assert {one.tenant_id for one in members()} <= {two[1].pk}


def test_each_shape_and_set_of_values_has_its_own_query(two):
    def build(direction, name):
        return Company.objects.exclude(name=name).order_by(f"{direction}name")

    companies = Prepared(build)
    with scope.tenant(two[0]):
        assert [one.name for one in companies("", name="x")] == ["Hansen nordlicht", "Krause nordlicht"]
        assert [one.name for one in companies("-", name="x")] == ["Krause nordlicht", "Hansen nordlicht"]
        assert [one.name for one in companies("-", name="Krause nordlicht")] == ["Hansen nordlicht"]


def test_nothing_is_asked_as_null(two):
    contacts = Prepared(lambda location: Contact.objects.filter(location_id=location))
    with scope.tenant(two[0]):
        assert len(contacts(location=None)) == 2
        assert contacts(location=1) == []


def test_a_value_that_is_not_compared_as_it_stands_is_told(two):
    folded = Prepared(lambda name: Company.objects.filter(name__icontains=name))
    with scope.tenant(two[0]), pytest.raises(ValueError, match="name"):
        folded(name="hansen")
    summed = Prepared(lambda more: Company.objects.annotate(more=F("pk") + more))
    with scope.tenant(two[0]):
        assert [one.more - one.pk for one in summed(more=7)] == [7, 7]


def test_what_is_fetched_beside_a_query_is_not_prepared(two):
    companies = Prepared(lambda: Company.objects.prefetch_related("contact_set"))
    with scope.tenant(two[0]), pytest.raises(ValueError, match="beside"):
        companies()


def test_a_prepared_query_is_one_statement(two):
    contacts = Prepared(lambda name: Contact.objects.filter(name=name).select_related("company"))
    with scope.tenant(two[0]), CaptureQueriesContext(connection) as said:
        assert all(one.company.name for one in contacts(name="Cleo"))
    assert len([one for one in said.captured_queries if "set_config" not in one["sql"]]) == 1
