"""Contracts and rates as they are typed: days and amounts somebody means, and what was typed stays."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from psa.directory import services
from psa.directory.models import Company, Contract, Rate
from tests.conftest import acting, sign_in

pytestmark = pytest.mark.django_db
CONTRACT = {
    "name": "Care", "kind": "hourly", "currency": "EUR", "step_minutes": "15", "fixed_price": "",
    "starts_on": "2026-01-01", "ends_on": "",
}  # fmt: skip


@pytest.fixture
def contract(max):
    with acting(max) as by:
        company = services.add_company(by=by, name="Reederei Möller")
        return services.add_contract(company, by=by, name="Old", starts_on=date(2026, 1, 1), currency="EUR")


@pytest.mark.parametrize(
    "wrong",
    [
        {"starts_on": "0001-01-01"},
        {"starts_on": "9999-12-31"},
        {"ends_on": "2101-01-01"},
        {"ends_on": "2025-12-31"},
        {"kind": "fixed", "fixed_price": "-1"},
        {"kind": "fixed", "fixed_price": "9999999999.99"},
        {"step_minutes": "-15"},
    ],
)
def test_a_contract_nobody_means_is_refused_and_what_was_typed_stays(max, contract, wrong):
    answer = sign_in(max).post(f"/nordlicht/companies/{contract.company_id}/contracts/new/", CONTRACT | wrong)
    page = answer.content.decode()
    assert answer.status_code == 422 and 'value="Care"' in page
    assert all(f'value="{value}"' in page for name, value in wrong.items() if name != "kind")
    with acting(max):
        assert Contract.objects.count() == 1


def test_a_fixed_price_is_typed_with_a_comma(max, contract):
    typed = CONTRACT | {"kind": "fixed", "fixed_price": "1.234,50", "ends_on": "2026-12-31"}
    assert sign_in(max).post(f"/nordlicht/companies/{contract.company_id}/contracts/new/", typed).status_code == 302
    with acting(max):
        assert Contract.objects.get(name="Care").fixed_price == Decimal("1234.50")


@pytest.mark.parametrize("wrong", [{"amount": "-1"}, {"amount": "100000"}, {"since": "0001-01-01"}, {"amount": "1e9"}])
def test_a_rate_nobody_means_is_refused_and_what_was_typed_stays(max, contract, wrong):
    typed = {"contract": contract.pk, "work_type": "", "role": "", "since": "2026-01-01", "amount": "95,5"}
    at = f"/nordlicht/companies/{contract.company_id}/rates/new/"
    answer = sign_in(max).post(at, typed | wrong)
    assert answer.status_code == 422
    assert all(f'value="{value}"' in answer.content.decode() for value in wrong.values())
    assert sign_in(max).post(at, typed).status_code == 302
    with acting(max):
        assert Rate.objects.get().amount == Decimal("95.50")


def test_a_customers_vat_id_is_one_its_country_gave_out(max, contract):
    browser, at = sign_in(max), f"/nordlicht/companies/{contract.company_id}/edit/"
    typed = {"name": "Reederei Möller", "kind": "customer", "phone": "+49 40 1"}
    answer = browser.post(at, typed | {"vat_id": "DE1"})
    assert answer.status_code == 422 and 'value="DE1"' in answer.content.decode()
    assert browser.post(at, typed | {"vat_id": "de 136 695 976"}).status_code == 302
    with acting(max):
        assert Company.objects.get().vat_id == "DE136695976"
        Company.objects.update(vat_id="DE1")
    assert browser.post(at, typed | {"vat_id": "DE1"}).status_code == 302, "what was there already is no obstacle"
