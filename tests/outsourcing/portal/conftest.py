"""A portal company out of an invitation: Ivo of Ozols, who sets his desk up on one page."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.test import Client

from outsourcing.models import Handover, Partnership
from outsourcing.services import partners, sending
from outsourcing.terms import Draft
from psa.directory.models import Company
from psa.tenancy import doors, scope
from psa.tenancy.models import Membership, Tenant
from tests.conftest import acting
from tests.outsourcing.conftest import HOURLY, drain
from tickets.models import Ticket

FORM = {
    "company": "Ozols Montāža", "country": "LV", "language": "lv", "time_zone": "Europe/Riga", "currency": "EUR",
    "name": "Ivo Ozols", "password": "a-long-enough-secret",
}  # fmt: skip
HOURS = {**HOURLY, "complete_by": None}
OURS = "internal::Ozols Montāža"


@pytest.fixture
def link(max: Membership, desk_of_nordlicht: Company, monkeypatch: pytest.MonkeyPatch) -> str:
    """Nordlicht's invitation to a craftsman nobody here knows."""
    secrets, issue = [], doors.issue
    monkeypatch.setattr(partners.doors, "issue", lambda *args: secrets.append(issue(*args)) or secrets[-1])
    with acting(max) as by:
        company = Company.objects.create(name="Ozols", kind="partner")
        partners.invite(company, "Ivo@ozols.example", "Ivo Ozols", by=by)
    return f"/invitations/{secrets[0]}/"


@dataclass
class Portal:
    """A portal company, its administrator, and a browser in which he is signed in."""

    ivo: Membership
    client: Client

    @property
    def tenant(self) -> Tenant:
        found = doors.tenant_named("ozols-montaza")
        assert found is not None
        return found


@pytest.fixture
def ozols(link: str) -> Portal:
    """Ivo set his company up from the invitation."""
    client = Client()
    assert client.post(f"{link}company/", FORM).status_code == 302
    drain()
    tenant = doors.tenant_named("ozols-montaza")
    assert tenant is not None
    with scope.tenant(tenant):
        return Portal(Membership.objects.select_related("role", "tenant").get(), client)


@pytest.fixture
def offered(ozols: Portal, max: Membership, ticket: Ticket) -> Handover:
    """Nordlicht offers it a ticket."""
    with acting(max) as by:
        made = sending.send(ticket, Partnership.objects.get(), Draft(**HOURS), by=by)  # type: ignore[arg-type]
    drain()
    return made


@pytest.fixture
def accepted(ozols: Portal, offered: Handover) -> Ticket:
    """And Ivo accepted, on the page."""
    at = f"/ozols-montaza/handovers/{offered.key}/accept/"
    answer = ozols.client.post(at, {"title": "Switch in Riga", "priority": "3"})
    assert answer.status_code == 302, answer.content.decode()
    drain()
    with scope.tenant(ozols.tenant):
        return Ticket.objects.get()
