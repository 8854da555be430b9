"""W1: which moves of the table there are on work that came from a partner, who stands for the customer there (lifecycle
spec, "Tickets with a handover"): from every state it reaches, along every path."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from outsourcing.services import ending
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from psa.tenancy.services import add_member
from tests import held
from tests.conftest import sign_in, try_rows
from tests.outsourcing.conftest import Pair, drain
from tests.tickets.stages import make
from tests.workflows import table_of_moves as table
from tests.workflows import table_stage
from tests.workflows.reviews import MONDAY
from tickets.models import QueueMember, Ticket, TimeEntry
from tickets.services import bulk
from workflows.rules.case import Case
from workflows.services import acting as doing


@pytest.fixture
def traveller() -> Iterator[Any]:
    with time_machine.travel(MONDAY, tick=False) as hands:
        yield hands


# While the handover runs our own desk takes it on and works; everything that needs a customer does not exist.
EXISTS = {"accept": {"new": "open"}, "start": {"open": "in_progress"}}
AFTERWARDS = {**EXISTS, "close": {"open": "closed", "in_progress": "closed"}}
INSOURCED = {"new": (), "open": ("accept",), "in_progress": ("accept", "start")}


def press(pair: Pair, client: Client, name: str, state: str, exists: Any) -> None:
    """The move's own address on Baltic's desk, then the same by a rule and in a list."""
    with pair.service() as by:
        for move in INSOURCED[state]:
            make(Ticket.objects.get(pk=pair.insourced.pk), move, by)
        number = Ticket.objects.values_list("number", flat=True).get(pk=pair.insourced.pk)
    form = {"text": "because", "resolution": "cancelled_by_us", "no_time": "free", **table_stage.window()}
    before = rows(pair)
    wanted = exists.get(name, {}).get(state)
    answer = client.post(reverse("tickets:move", args=["baltic", number, name]), form)
    assert answer.status_code < 500
    if wanted is not None:
        assert rows(pair)[0][0]["status"] == wanted
        return
    assert rows(pair) == before
    with pair.service() as by:
        ticket = Ticket.objects.select_related("tenant").get(pk=pair.insourced.pk)
        case, step = Case(None, ticket), {"do": "move", "move": name, "text": "because"}
        with pytest.raises(Refused):
            doing.perform(step, case, "Pushy", by=Actor.system("rule", "Pushy"))
        assert bulk.would(ticket, {"move": name, "text": "because"}, by=by) is not None
    assert rows(pair) == before


def rows(pair: Pair) -> list[Any]:
    with pair.service():
        return [held.rows(Ticket), held.rows(TimeEntry)]


def test_w1_on_running_insourced_work_the_customers_moves_do_not_exist(pair: Pair, traveller: Any) -> None:
    client = sign_in(pair.gunta)
    cells = [(name, state) for name in table.DESK for state in INSOURCED]
    try_rows(cells, lambda name, state: press(pair, client, name, state, EXISTS))


def test_w1_on_ended_insourced_work_they_do_not_exist_either(pair: Pair, traveller: Any) -> None:
    with pair.lead() as by:
        ending.complete(Ticket.objects.get(pk=pair.ticket.pk), by=by)
    drain()
    client = sign_in(pair.gunta)
    cells = [(name, state) for name in table.DESK for state in INSOURCED]
    try_rows(cells, lambda name, state: press(pair, client, name, state, AFTERWARDS))


def test_w1_26_what_a_partner_had_done_goes_to_billing_once_it_has_ended_by_a_technician_too(
    pair: Pair, traveller: Any
) -> None:
    with pair.service() as by:
        queue = Ticket.objects.get(pk=pair.insourced.pk).queue
        worker = add_member(by_tenant(pair), "juris@baltic.example", "Juris", "technician")
        reader = add_member(by_tenant(pair), "rita@baltic.example", "Rita", "read-only")
        QueueMember.objects.create(queue=queue, member=worker)
        make(Ticket.objects.get(pk=pair.insourced.pk), "accept", by)
    url = reverse("workflows:to_billing", args=["baltic", pair.insourced.number])
    before = rows(pair)
    assert sign_in(worker).post(url).status_code == 302 and rows(pair) == before, "it still runs"
    drain()
    with pair.lead() as by:
        ending.complete(Ticket.objects.get(pk=pair.ticket.pk), by=by)
    drain()
    before = rows(pair)
    for stranger in (reader, pair.max):
        assert sign_in(stranger).post(url).status_code in {403, 404} and rows(pair) == before
    assert sign_in(worker).post(url).status_code == 302
    assert rows(pair)[0][0]["status"] == "invoice"


def by_tenant(pair: Pair) -> Any:
    with scope.tenant(pair.gunta.tenant_id):
        return Membership.objects.select_related("tenant").get(pk=pair.gunta.pk).tenant
