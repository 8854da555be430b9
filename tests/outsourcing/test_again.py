"""*Hand over again* and *as rework* (outsourcing spec §4): the former terms once more; the same partner for nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from outsourcing.models import Handover, LeadSide, Terms
from outsourcing.services import answering, ending, sending
from outsourcing.terms import Draft
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from psa.timers import timers
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import Pair, drain
from tickets.models import Ticket

OFFER = {
    "rate_type": "hourly",
    "currency": "EUR",
    "cost_rate": "0",
    "bill_rate": "0",
    "authorised_hours": "2",
    "authorised_charges": "0",
    "answer_hours": "24",
    "detail": "site",
    "do": "send",
}


@pytest.mark.parametrize("how", ["canceled", "declined", "expired"])
def test_t3_what_was_not_accepted_is_handed_over_again_on_its_terms(
    how: str, max: Membership, gunta: Membership, ticket: Ticket, offered: Handover, monkeypatch: pytest.MonkeyPatch
) -> None:
    if how == "canceled":
        with acting(max) as by:
            sending.cancel(ticket, by=by)
    elif how == "declined":
        with acting(gunta) as by:
            answering.decline(offered, "Nobody is free.", by=by)
    else:
        with acting(max):
            past = offered.sent_at
            Handover.objects.update(answer_by=past)
            timers.arm(sending.EXPIRES, offered.pk, past)
        timers.sweep()
    drain()
    with acting(max):
        assert Handover.objects.get().status == how
    client, address = sign_in(max), f"/nordlicht/tickets/{ticket.number}/"
    assert f"again={offered.key}" in client.get(address).content.decode()
    form = client.get(f"{address}outsource/?again={offered.key}").content.decode()
    for value in ('value="60,00"', 'value="95,00"', 'value="5:00"'):
        assert value in form
    assert "rework=1" not in client.get(address).content.decode()


@pytest.mark.parametrize("how", ["complete", "returned"])
def test_rework_goes_to_the_same_partner_for_nothing_and_says_what_it_refers_to(
    how: str, pair: Pair, partnership: Any
) -> None:
    with pair.lead() as by:
        ending.complete(pair.ticket, by=by) if how == "complete" else ending.take_back(pair.ticket, "Ours.", by=by)
    drain()
    client, address = sign_in(pair.max), f"/nordlicht/tickets/{pair.ticket.number}/"
    link = f"again={pair.handover.key}&amp;rework=1"
    assert link in client.get(address).content.decode()
    form = client.get(f"{address}outsource/?again={pair.handover.key}&rework=1").content.decode()
    assert f'name="rework_of" value="{pair.handover.key}"' in form
    assert 'value="60.00"' not in form
    typed = {**OFFER, "partner": partnership.key, "rework_of": pair.handover.key}
    assert client.post(f"{address}outsource/", typed).status_code == 302
    drain()
    for side in (pair.lead, pair.service):
        with side():
            rework = Handover.objects.latest("pk")
            assert (rework.rework_of_id, rework.status) == (pair.handover.pk, "assigned")
            assert Terms.objects.get(handover=rework).total == 0
    there = sign_in(pair.gunta).get(f"/baltic/handovers/{rework.key}/").content.decode()
    assert f"/baltic/handovers/{pair.handover.key}/" in there
    assert (
        f"/nordlicht/handovers/{pair.handover.key}/"
        in client.get(f"/nordlicht/handovers/{rework.key}/").content.decode()
    )


def test_rework_that_costs_something_is_refused_and_nothing_is_made(pair: Pair, partnership: Any) -> None:
    with pair.lead() as by:
        ending.complete(pair.ticket, by=by)
    address = f"/nordlicht/tickets/{pair.ticket.number}/outsource/"
    typed = {**OFFER, "cost_rate": "10", "partner": partnership.key, "rework_of": pair.handover.key}
    answer = sign_in(pair.max).post(address, typed)
    assert answer.status_code == 409
    assert f'name="rework_of" value="{pair.handover.key}"' in answer.content.decode()
    with pair.lead():
        assert Handover.objects.count() == 1


def test_rework_refers_to_work_of_this_ticket_that_was_done(
    max: Membership, gunta: Membership, ticket: Ticket, offered: Handover, partnership: Any
) -> None:
    with acting(gunta) as by:
        answering.decline(offered, "Nobody is free.", by=by)
    drain()
    free = Draft(cost_rate=Decimal(0), bill_rate=Decimal(0), rework_of=str(offered.key))
    with acting(max) as by:
        with pytest.raises(Refused, match="rework_is_for_the_same_partner"):
            sending.send(ticket, partnership, free, by=by)
        assert Handover.objects.count() == 1


def test_a_draft_of_rework_keeps_what_it_refers_to(pair: Pair, partnership: Any) -> None:
    with pair.lead() as by:
        ending.complete(pair.ticket, by=by)
    client, address = sign_in(pair.max), f"/nordlicht/tickets/{pair.ticket.number}/outsource/"
    typed = {**OFFER, "partner": partnership.key, "rework_of": pair.handover.key, "do": "save"}
    assert client.post(address, typed).status_code == 302
    with pair.lead():
        assert LeadSide.objects.latest("pk").draft["rework_of"] == str(pair.handover.key)
    assert f'name="rework_of" value="{pair.handover.key}"' in client.get(address).content.decode()


def test_the_offer_opens_with_a_day_to_answer_and_warns_of_a_loss_and_of_more_than_was_planned(
    max: Membership, ticket: Ticket, partnership: Any
) -> None:
    """§5: *answer within* is 24 h by default; bill rate below cost, hours above the planned ones."""
    with acting(max):
        Ticket.objects.update(planned_minutes=60)
    client, address = sign_in(max), f"/nordlicht/tickets/{ticket.number}/outsource/"
    assert 'name="answer_hours" value="24"' in client.get(address).content.decode()
    typed = {**OFFER, "partner": partnership.key, "cost_rate": "99", "bill_rate": "95", "do": "look"}
    page = client.post(address, typed).content.decode()
    assert "99,00" in page and "95,00" in page
    assert page.count("tone-amber") >= 2
    with acting(max):
        assert not Handover.objects.exists()
