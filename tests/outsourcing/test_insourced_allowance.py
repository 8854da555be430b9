"""A partner's ticket: the authorised hours stand for the estimate there (lifecycle spec, "Tickets with a handover")."""

from __future__ import annotations

from typing import Any

import pytest

from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from tests.conftest import acting
from tests.workflows.stage import draft, log, over
from tickets import guards
from tickets.models import Ticket
from workflows.models import ServicePolicy
from workflows.services import estimates


def test_on_an_insourced_ticket_the_authorised_hours_count_and_no_threshold(pair: Any, gunta: Membership) -> None:
    with acting(gunta) as by:
        ServicePolicy.objects.update(asks_estimate=None)
        ticket = Ticket.objects.get(pk=pair.insourced.pk)
        ticket.planned_minutes = 6000
        assert guards.refusals(ticket, "ticket.start", [], by) == {}
    log(pair.insourced, gunta, 200)
    with acting(gunta) as by:
        assert over(pair.insourced) == []
        with pytest.raises(Refused, match="no_customer_here"):
            estimates.send(Ticket.objects.get(pk=pair.insourced.pk), draft(), by=by)
