"""Two companies that work together, as outsourcing's tests have them, and who bills in each of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from outsourcing.models import Handover, ServiceSide
from psa.tenancy.models import Membership, Tenant
from psa.tenancy.services import add_member
from tests.billing.partners.desks import Desks, Office, can_bill
from tests.billing.partners.reading import in_english
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import (
    Pair,
    desk_of_baltic,
    desk_of_nordlicht,
    drain,
    fresh_cache,
    offered,
    pair,
    partnership,
    rita,
    ticket,
)
from tests.outsourcing.test_pages_path import OFFER
from tickets.models import Queue, Ticket

__all__ = [
    "desk_of_baltic",
    "desk_of_nordlicht",
    "fresh_cache",
    "offered",
    "pair",
    "partnership",
    "rita",
    "ticket",
]
Start = Callable[..., Desks]


@pytest.fixture
def started(
    nordlicht: Tenant, baltic: Tenant, max: Membership, gunta: Membership, ticket: Ticket, partnership: Any
) -> Start:
    """`started(**terms)`: Nordlicht offers the ticket on these terms and Baltic accepts, both on their pages."""
    billers = (
        add_member(nordlicht, "bea@nordlicht.example", "Bea Billing", "billing"),
        add_member(baltic, "baiba@baltic.example", "Baiba Rēķina", "billing"),
    )

    def start(**terms: str) -> Desks:
        lead, service = sign_in(max), sign_in(gunta)
        in_english()
        offer = {**OFFER, **terms, "partner": partnership.key, "do": "send"}
        sent = lead.post(f"/nordlicht/tickets/{ticket.number}/outsource/", offer)
        assert sent.status_code == 302, sent.content.decode()[:2000]
        drain()
        with acting(gunta):
            handover, queue = Handover.objects.latest("pk"), Queue.objects.get()
        typed = {"title": "Slēdzis", "queue": queue.pk, "priority": "3", "new_company": "Nordlicht"}
        assert service.post(f"/baltic/handovers/{handover.key}/accept/", typed).status_code == 302
        drain()
        with acting(gunta):
            insourced = ServiceSide.objects.select_related("ticket").get().ticket
        can_bill(max, gunta)
        slugs = ("nordlicht", "baltic")
        offices = [Office(slug, one, sign_in(one)) for slug, one in zip(slugs, billers, strict=True)]
        return Desks(lead, service, Pair(max, gunta, ticket, insourced, handover), *offices)

    return start


@pytest.fixture
def billed(started: Start) -> Desks:
    """Two hours at 60, settled and invoiced by Baltic."""
    desks = started()
    desks.time("2:00")
    desks.approve_work()
    desks.check_partners_invoice("120.00")
    return desks
