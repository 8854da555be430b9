"""The path on pages, without scripts: offer → accept → submit → reject → submit → approve."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from outsourcing.models import Handover, PartnershipSide, ServiceSide
from psa.tenancy.models import Membership
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import Pair, drain
from tickets.models import Queue, Ticket

OFFER = {
    "rate_type": "hourly",
    "currency": "EUR",
    "cost_rate": "60",
    "bill_rate": "95,00",
    "authorised_hours": "5",
    "authorised_charges": "50",
    "answer_hours": "24",
    "detail": "site",
    "instructions": "Ask for the key at the gate.",
}


def handover() -> Handover:
    return Handover.objects.latest("pk")


def test_a_ticket_goes_to_the_partner_and_comes_back_approved(
    max: Membership, gunta: Membership, ticket: Ticket, partnership: Any
) -> None:
    lead, service = sign_in(max), sign_in(gunta)
    at = f"/nordlicht/tickets/{ticket.number}"
    assert lead.get(f"{at}/outsource/").status_code == 200
    sent = lead.post(f"{at}/outsource/", {**OFFER, "partner": partnership.key, "do": "send"})
    assert sent.status_code == 302, sent.content.decode()[:2000]
    drain()
    with acting(gunta):
        offer, queue = handover(), Queue.objects.get()
    here = f"/baltic/handovers/{offer.key}/"
    assert "Ask for the key at the gate." in service.get(here).content.decode()
    assert service.get(f"{here}accept/").status_code == 200
    answer = {
        "title": "Slēdzis",
        "queue": queue.pk,
        "priority": "3",
        "new_company": "Nordlicht",
        "planned_minutes": "5:00",
    }
    accepted = service.post(f"{here}accept/", answer)
    assert accepted.status_code == 302, accepted.content.decode()
    drain()
    with acting(gunta):
        insourced = ServiceSide.objects.select_related("ticket__company").get().ticket
        assert insourced.company.name == "Nordlicht"
        assert PartnershipSide.objects.get().company == insourced.company
    there = f"/baltic/tickets/{insourced.number}"
    assert service.post(f"{there}/submit-work/").status_code == 302
    drain()
    assert lead.post(f"{at}/reject/", {"reason": "The port light is still red."}).status_code == 302
    drain()
    assert "The port light is still red." in service.get(f"{there}/").content.decode()
    assert service.post(f"{there}/submit-work/").status_code == 302
    drain()
    assert lead.post(f"{at}/approve/").status_code == 302
    drain()
    with acting(max):
        assert handover().status == "complete"
    for page in (
        lead.get(f"{at}/"),
        service.get(f"{there}/"),
        lead.get("/nordlicht/outsourcing/"),
        service.get("/baltic/outsourcing/"),
    ):
        assert page.status_code == 200


@pytest.mark.parametrize("name", ["approve", "reject", "complete", "cancel", "discard", "take-back", "end-and-close"])
def test_asking_decides_nothing(name: str, pair: Pair) -> None:
    before = pair.status()
    sign_in(pair.max).get(f"/nordlicht/tickets/{pair.ticket.number}/{name}/")
    assert pair.status() == before


def test_an_offer_that_expired_meanwhile_keeps_what_was_typed(
    gunta: Membership, offered: Handover, desk_of_baltic: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with acting(gunta):
        queue = Queue.objects.get()
    late = timezone.now() + timezone.timedelta(days=3)
    monkeypatch.setattr("outsourcing.services.answering.timezone.now", lambda: late)
    typed = {"title": "Typed by Gunta", "queue": queue.pk, "priority": "3", "company": desk_of_baltic.pk}
    answer = sign_in(gunta).post(f"/baltic/handovers/{offered.key}/accept/", typed)
    assert answer.status_code == 409
    assert "Typed by Gunta" in answer.content.decode()
    with acting(gunta):
        assert not Ticket.objects.exists()
