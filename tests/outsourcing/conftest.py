"""Two companies that work together: Nordlicht sends, Baltic does; and the mail between them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache

from outsourcing import links
from outsourcing.models import Agreement, Handover, Partnership, PartnershipSide
from outsourcing.services import agreement, answering, sending
from outsourcing.terms import Draft
from psa.directory.models import Company, WorkType
from psa.lanes import delivery
from psa.tenancy import scope
from psa.tenancy.models import Membership
from psa.tenancy.services import add_member
from tests.conftest import acting
from tickets.models import Queue, Ticket
from tickets.services import lifecycle


@pytest.fixture
def desk_of_nordlicht(max: Membership) -> Company:
    """Nordlicht's queue and its customer, and the agreement accepted."""
    Agreement.objects.create(version=1, language="en", title="Outsourcing agreement", text="Be fair to each other.")
    with acting(max) as by:
        Queue.objects.create(name="Support", is_default=True)
        text = agreement.present("en")
        assert text is not None
        agreement.accept(text, by=by)
        return Company.objects.create(name="Reederei Hansen")


@pytest.fixture
def desk_of_baltic(gunta: Membership) -> Company:
    """Baltic's queue, and Nordlicht in its address book."""
    with acting(gunta):
        Queue.objects.create(name="Darbi", is_default=True)
        WorkType.objects.create(name="Darbs")
        return Company.objects.create(name="Nordlicht IT")


@pytest.fixture
def partnership(nordlicht: Any, baltic: Any, desk_of_nordlicht: Company, desk_of_baltic: Company) -> Partnership:
    """Nordlicht → Baltic, active, each with its side."""
    with scope.tenant(baltic):
        made = Partnership.objects.create(
            lead=nordlicht, service=baltic, lead_name="Nordlicht IT", service_name="Baltic Service"
        )
        PartnershipSide.objects.create(service_of=made)
    with scope.tenant(nordlicht):
        PartnershipSide.objects.create(lead_of=made)
    return made


@pytest.fixture
def ticket(max: Membership, desk_of_nordlicht: Company) -> Ticket:
    """Nordlicht's ticket: a switch in Riga."""
    with acting(max) as by:
        made = lifecycle.create(
            by=by, title="Replace the switch in Riga", company=desk_of_nordlicht, description="Rack 4."
        )
        return lifecycle.accept(made, by=by)


HOURLY = {
    "cost_rate": Decimal(60),
    "bill_rate": Decimal(95),
    "authorised_minutes": 300,
    "authorised_charges": Decimal(50),
}


@dataclass
class Pair:
    """One handover from both desks."""

    max: Membership
    gunta: Membership
    ticket: Ticket
    insourced: Ticket
    handover: Handover

    def lead(self) -> Any:
        return acting(self.max)

    def service(self) -> Any:
        return acting(self.gunta)

    def status(self) -> str:
        with self.lead():
            return Handover.objects.get(pk=self.handover.pk).status

    def link(self, member: Membership) -> links.Link:
        """The link as this side reads it now, in its scope."""
        ticket = self.ticket if member is self.max else self.insourced
        return links.links(Ticket.objects.get(pk=ticket.pk))[0]


def drain() -> int:
    """Deliver what is on its way, as the worker does."""
    return delivery.drain()


@pytest.fixture
def offered(max: Membership, gunta: Membership, ticket: Ticket, partnership: Partnership) -> Handover:
    """The ticket is offered to Baltic at 60 an hour."""
    with acting(max) as by:
        handover = sending.send(ticket, partnership, Draft(**HOURLY), by=by)  # type: ignore[arg-type]
    drain()
    return handover


@pytest.fixture
def pair(max: Membership, gunta: Membership, ticket: Ticket, offered: Handover, desk_of_baltic: Company) -> Pair:
    """Baltic accepted and has a ticket of its own."""
    with acting(gunta) as by:
        insourced = answering.accept(offered, desk_of_baltic, by=by, title=offered.title)
    drain()
    return Pair(max, gunta, ticket, insourced, offered)


@pytest.fixture
def fresh_cache() -> None:
    """Nothing is remembered from the test before."""
    cache.clear()


@pytest.fixture
def rita(nordlicht: Any) -> Membership:
    """A dispatcher at Nordlicht whose level is None."""
    return add_member(nordlicht, "rita@nordlicht.example", "Rita", "dispatcher")
