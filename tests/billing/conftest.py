"""A customer under a contract, and what was worked for them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from psa.directory.models import Company, Contract, Rate
from psa.tenancy import scope
from psa.tenancy.models import Membership, Tenant
from psa.tenancy.services import add_member
from tests.conftest import acting
from tests.tickets.conftest import internal
from tickets import services
from tickets.models import Charge, Queue, Ticket, TimeEntry

DAY = date(2026, 3, 2)


@pytest.fixture
def contract(nordlicht: Tenant, company: Company) -> Contract:
    """Hourly, at 95 for everybody, to the minute."""
    with scope.tenant(nordlicht):
        made = Contract.objects.create(company=company, name="Care", starts_on=date(2026, 1, 1))
        Rate.objects.create(contract=made, amount=Decimal(95))
        return made


@pytest.fixture
def bea(nordlicht: Tenant) -> Membership:
    """She bills at Nordlicht."""
    return add_member(nordlicht, "bea@nordlicht.example", "Bea Billing", "billing")


@pytest.fixture
def job(max: Membership, company: Company, queue: Queue, contract: Contract) -> Ticket:
    """A ticket of the customer under the contract."""
    with acting(max) as by:
        return services.create(by=by, title="Replace the switch", company=company, queue=queue)


@pytest.fixture
def log(job: Ticket, max: Membership) -> Callable[..., TimeEntry]:
    """Log time on the job: `log(60)`, by Max unless `member` says otherwise."""

    def logged(minutes: int = 60, member: Membership | None = None, ticket: Ticket | None = None, **more: Any) -> Any:
        given = {"worked_on": DAY, "text": "Switch replaced.", **more}
        with acting(member or max) as by:
            on = ticket or job
            return services.items.add(on, "timeentry", internal(on), by=by, minutes=minutes, **given)

    return logged


@pytest.fixture
def charge(job: Ticket, max: Membership) -> Callable[..., Charge]:
    """Put a charge on the job: 40 for a cable, unless said otherwise."""

    def put(**more: Any) -> Any:
        given = {"name": "Cable", "unit_price": Decimal(40), **more}
        with acting(max) as by:
            return services.items.add(job, "charge", internal(job), by=by, **given)

    return put
