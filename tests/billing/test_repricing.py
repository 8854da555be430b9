"""A new rate counts from today on; one of the past says what work it would give another price before it does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.services import approving, repricing
from psa.directory.models import Contract, ContractKind, Rate, WorkType
from psa.tenancy.models import Membership
from tests.billing.conftest import DAY
from tests.conftest import acting, day_of
from tests.tickets.pages import sign_in_english
from tickets.models import TimeEntry

pytestmark = pytest.mark.django_db
Log = Callable[..., TimeEntry]


def at(contract: Contract) -> str:
    return f"/nordlicht/companies/{contract.company_id}/rates/new/"


def test_the_first_rate_begins_with_the_contract_and_the_next_today(max: Membership, contract: Contract) -> None:
    browser, today = sign_in_english(max), day_of(max)
    assert f'value="{today}"' in browser.get(f"{at(contract)}?contract={contract.pk}").content.decode()
    with acting(max):
        Rate.objects.all().delete()
        work = WorkType.objects.create(name="Remote work")
    assert 'value="2026-01-01"' in browser.get(f"{at(contract)}?contract={contract.pk}").content.decode()
    for kind in ("", "", work.pk):
        typed = {"contract": contract.pk, "amount": "80", "work_type": kind, "since": ""}
        assert browser.post(at(contract), typed).status_code == 302
    with acting(max):
        begins = list(Rate.objects.order_by("pk").values_list("since", flat=True))
    assert begins == [contract.starts_on, today, contract.starts_on]


def test_a_rate_of_the_past_asks_before_it_reprices(
    max: Membership, bea: Membership, contract: Contract, log: Log
) -> None:
    approved, waiting = log(30), log(60)
    with acting(bea) as by:
        approving.approve(approved, by=by)
    browser = sign_in_english(max)
    typed = {"contract": contract.pk, "amount": "120", "since": DAY.isoformat()}
    answer = browser.post(at(contract), typed)
    page = answer.content.decode()
    assert answer.status_code == 422 and "1 entry since then is logged and not approved yet" in page
    assert 'name="reprices"' in page and 'value="120"' in page
    with acting(max):
        assert Rate.objects.count() == 1
    later = {**typed, "since": (DAY + timedelta(days=1)).isoformat()}
    assert browser.post(at(contract), later).status_code == 302, "nothing was worked since"
    assert browser.post(at(contract), typed | {"reprices": "on"}).status_code == 302
    with acting(max):
        assert Rate.objects.get(since=DAY).amount == 120
        assert waiting.worked_on == DAY


def test_only_what_would_cost_something_else_is_counted(max: Membership, contract: Contract, log: Log) -> None:
    for minutes in (30, 60):
        log(minutes)
    log(15, is_billable=False)
    with acting(max):
        rate, other = Rate.objects.get(), WorkType.objects.create(name="Night work")
        usual = {"contract": contract, "since": DAY, "amount": Decimal(120)}
        with CaptureQueriesContext(connection) as few:
            assert repricing.count(Rate(**usual), DAY) == 2
        assert repricing.count(Rate(**usual | {"amount": Decimal(95)}), DAY) == 0, "the same price"
        assert repricing.count(Rate(**usual, work_type=other), DAY) == 0, "other work"
        assert repricing.count(Rate(**usual), DAY + timedelta(days=1)) == 0, "worked before"
        assert repricing.count(Rate(pk=rate.pk, **usual | {"since": rate.since}), rate.since) == 2, "changed in place"
        Contract.objects.update(kind=ContractKind.FIXED)
        contract.refresh_from_db()
        assert repricing.count(Rate(**usual), DAY) == 0, "covered"
        Contract.objects.update(kind=ContractKind.HOURLY)
        contract.refresh_from_db()
    for minutes in (10, 20, 25):
        log(minutes)
    with acting(max), CaptureQueriesContext(connection) as many:
        assert repricing.count(Rate(**usual), DAY) == 5
    assert len(many) <= len(few)
