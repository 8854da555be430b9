"""The operator bills a lead's transaction fees month by month, each of them once (outsourcing spec §10)."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client

from outsourcing.models import Fee, FeeStatement
from outsourcing.services import fee_statements
from psa.operators.models import Act
from psa.operators.services import Operator
from psa.tenancy import doors
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import Pair
from tests.outsourcing.test_fees import charged, olga

__all__ = ["charged", "olga"]
JANUARY = datetime(2026, 1, 20, 12, tzinfo=UTC)
AT = "/operator/fees/nordlicht/2026/1/EUR/"


@pytest.fixture
def owed(charged: None, request: Any) -> Pair:
    """One fee of 2.50 in January."""
    with time_machine.travel(JANUARY, tick=True):
        found: Pair = request.getfixturevalue("pair")
    return found


def test_a_month_is_a_page_to_print_with_its_sheet(owed: Pair, olga: Client) -> None:
    page = olga.get(AT, headers={"accept-language": "en"}).content.decode()
    assert "Nordlicht IT, January 2026" in page and "2.50" in page and "Baltic" not in page
    sheet = olga.get("/operator/fees/?lead=nordlicht&at_from=2026-01-01&at_to=2026-01-31&format=csv")
    assert len(sheet.content.decode().strip().splitlines()) == 2
    assert AT in olga.get("/operator/fees/").content.decode()
    assert olga.get("/operator/fees/nordlicht/2026/2/EUR/").status_code == 404
    assert olga.get("/operator/fees/nordlicht/2026/13/EUR/").status_code == 404


def test_no_fee_is_billed_twice(owed: Pair, olga: Client) -> None:
    for _twice in range(2):
        assert olga.post(f"{AT}bill/").status_code == 302
    with doors.operating():
        assert list(FeeStatement.objects.values_list("amount", "fees")) == [(Decimal("2.50"), 1)]
        assert Act.objects.filter(kind="fees.billed").count() == 1
        with pytest.raises(Refused, match="month_is_billed"):
            fee_statements.bill("nordlicht", JANUARY.date().replace(day=1), "EUR", by=Operator.shell())
    assert "Mark as billed" not in olga.get(AT, headers={"accept-language": "en"}).content.decode()


def test_a_month_is_an_operators_and_for_everybody_else_there_is_nothing(
    owed: Pair, max: Membership, gunta: Membership
) -> None:
    """Not even for the lead's own administrator, nor for the partner it was accepted by."""
    for client in (sign_in(max), sign_in(gunta), Client()):
        for method, at in (("get", AT), ("post", AT), ("get", f"{AT}bill/"), ("post", f"{AT}bill/")):
            answer = getattr(client, method)(at)
            assert answer.status_code in {404, 405} and "2.50" not in answer.content.decode(), (method, at)
    with doors.operating():
        assert not FeeStatement.objects.exists() and not Act.objects.exists()


def test_a_month_that_runs_is_not_billed(owed: Pair, olga: Client) -> None:
    with time_machine.travel(JANUARY, tick=True):
        assert olga.post(f"{AT}bill/").status_code == 302
    with doors.operating():
        assert not FeeStatement.objects.exists()


def test_the_lead_reads_its_statement_and_nobody_else_does(owed: Pair, olga: Client, max: Membership) -> None:
    olga.post(f"{AT}bill/")
    with acting(max):
        assert FeeStatement.objects.count() == Fee.objects.count() == 1
    with owed.service():
        assert not FeeStatement.objects.exists()


def test_the_months_ask_the_same_number_of_questions_for_many(
    owed: Pair, olga: Client, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(10):
        assert olga.get("/operator/fees/").status_code == 200
    with django_assert_max_num_queries(8):
        assert olga.get(AT).status_code == 200
