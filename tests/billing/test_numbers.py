"""Numbers of papers, and the settings they and VAT come from."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction

from billing.models import BillingSettings
from billing.services import billing_settings, numbers
from psa.journal.models import Entry
from psa.tenancy import scope
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Tenant
from tests.conftest import acting
from tests.races import race

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)


def test_numbers_follow_each_other_and_begin_anew_each_year(inside: Tenant) -> None:
    assert [numbers.take("invoice", DAY) for _ in range(2)] == ["R-2026-00001", "R-2026-00002"]
    assert numbers.take("invoice", date(2027, 1, 1)) == "R-2027-00001"
    assert numbers.take("credit_note", DAY) == "G-2026-00001"


def test_a_pattern_without_a_year_counts_on(inside: Tenant, max: Any) -> None:
    with acting(max) as by:
        billing_settings.settle({"number_patterns": {"invoice": "{number:06d}"}}, version=1, by=by)
        assert [numbers.take("invoice", day) for day in (DAY, date(2027, 1, 1))] == ["000001", "000002"]


def test_n4_what_is_rolled_back_gives_its_number_back(inside: Tenant) -> None:
    with transaction.atomic():
        numbers.take("invoice", DAY)
        transaction.set_rollback(True)
    assert numbers.take("invoice", DAY) == "R-2026-00001"


@pytest.mark.parametrize(
    "pattern",
    ["R-{year}", "{number.__class__}", "{number!r}", "R-{number}-{number}", "R {number}", "{0}{number}", "x" * 40],
)
def test_a_pattern_knows_two_parts_and_nothing_else(pattern: str) -> None:
    with pytest.raises(Refused, match="number_pattern_wrong"):
        numbers.check(pattern)


def test_an_example_is_written_as_the_number_will_be() -> None:
    numbers.check("RE/{year}/{number:03d}")
    assert numbers.written("RE/{year}/{number:03d}", 2026, 7) == "RE/2026/007"


def test_settings_are_made_with_what_is_known(inside: Tenant) -> None:
    row = billing_settings.of_tenant()
    assert (row.legal_name, row.country, row.payment_days, row.day_before_rule) == ("Nordlicht IT", "DE", 14, True)
    assert billing_settings.of_tenant().pk == row.pk


def test_a_portal_company_has_no_day_before_rule(baltic: Tenant) -> None:
    with scope.tenant(baltic):
        Tenant.objects.update(is_portal=True)
        assert billing_settings.of_tenant().day_before_rule is False


@pytest.mark.parametrize(
    ("country", "standard", "reduced"),
    [("DE", "19", "7"), ("LV", "21", "12"), ("AT", "20", "10"), ("CH", "8.1", "2.6"), ("US", "0", "0")],
)
def test_rates_are_the_countrys_where_nobody_put_in_others(
    inside: Tenant, country: str, standard: str, reduced: str
) -> None:
    billing_settings.of_tenant()
    BillingSettings.objects.update(country=country)
    assert billing_settings.vat_percent("standard", DAY) == Decimal(standard)
    assert billing_settings.vat_percent("reduced", DAY) == Decimal(reduced)
    assert billing_settings.vat_percent("exempt", DAY) == 0
    assert billing_settings.rates_are_known() is (country != "US")


def test_a_rate_counts_from_its_day_on(max: Any) -> None:
    with acting(max) as by:
        rate = billing_settings.put_rate("standard", Decimal(16), date(2026, 7, 1), by=by)
        assert billing_settings.vat_percent("standard", date(2026, 6, 30)) == 19
        assert billing_settings.vat_percent("standard", date(2026, 7, 1)) == 16
        billing_settings.drop_rate(rate, by=by)
        assert billing_settings.vat_percent("standard", date(2026, 7, 1)) == 19


def test_settings_are_an_administrators_and_nobody_overwrites_anybody(max: Any, ada: Any) -> None:
    with acting(ada) as by, pytest.raises(Denied):
        billing_settings.settle({"iban": "DE02120300000000202051"}, version=1, by=by)
    with acting(max) as by:
        billing_settings.settle({"iban": "DE02120300000000202051"}, version=1, by=by)
        with pytest.raises(Refused, match="settings_changed_meanwhile"):
            billing_settings.settle({"iban": "X"}, version=1, by=by)
        row = BillingSettings.objects.get()
        assert (row.iban, row.version) == ("DE02120300000000202051", 2)
        assert Entry.objects.filter(kind="billing.settings_changed").count() == 1


def test_it_is_said_what_an_invoice_lacks(inside: Tenant) -> None:
    row = billing_settings.of_tenant()
    assert billing_settings.missing(row) == ["street", "postal_code", "city", "vat_id"]
    row.street, row.postal_code, row.city, row.tax_number = "Kai 1", "24103", "Kiel", "20/123/45678"
    assert billing_settings.missing(row) == []
    assert billing_settings.missing(row, "xrechnung") == ["iban", "contact_name", "email", "phone"]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
@pytest.mark.django_db(transaction=True)
def test_n4_fifty_at_once_and_every_second_rolled_back_leave_no_gap(nordlicht: Tenant) -> None:
    class Back(Exception):
        pass

    def one(place: int) -> str:
        with scope.tenant(nordlicht), transaction.atomic():
            taken = numbers.take("invoice", DAY)
            if place % 2:
                raise Back
            return taken

    answers = race(*(lambda place=place: one(place) for place in range(50)))
    kept = sorted(answer for answer in answers if isinstance(answer, str))
    assert kept == [f"R-2026-{number:05d}" for number in range(1, 26)]
    assert sum(isinstance(answer, Back) for answer in answers) == 25
