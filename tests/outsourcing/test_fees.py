"""The transaction fee of work a portal company accepts: shown before sending, due on acceptance, listed (spec §10)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from outsourcing import inbox
from outsourcing.models import Fee, Handover, LeadSide, Partnership
from outsourcing.services import answering, fees, sending
from outsourcing.terms import Draft
from psa.directory.models import Company
from psa.lanes.models import Event, Lane
from psa.tenancy import doors, scope
from psa.tenancy.models import Membership, Tenant, User
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import HOURLY, Pair, drain
from tickets.models import Ticket

FORM = {
    "rate_type": "hourly", "currency": "EUR", "cost_rate": "60", "bill_rate": "95", "authorised_hours": "5",
    "authorised_charges": "0", "answer_hours": "24", "detail": "site",
}  # fmt: skip


@pytest.fixture
def charged(nordlicht: Tenant, baltic: Tenant) -> None:
    """Baltic is a portal company, and Nordlicht owes 2.50 for each handover it accepts."""
    with doors.operating():
        Tenant.objects.filter(slug="baltic").update(is_portal=True)
        Tenant.objects.filter(slug="nordlicht").update(transaction_fee=Decimal("2.50"))


@pytest.fixture
def olga(db: None) -> Client:
    """An operator."""
    client = Client()
    with scope.platform("test"):
        user = User.objects.create_user("olga@tandem.example", "a secret of hers", name="Olga")
        User.objects.filter(pk=user.pk).update(is_operator=True)
        client.force_login(user)
    return client


def owed(max: Membership) -> list[tuple[Decimal, str]]:
    with acting(max):
        return list(Fee.objects.order_by("pk").values_list("amount", "currency"))


def test_it_is_due_once_the_lead_hears_of_the_acceptance(
    charged: None, offered: Handover, gunta: Membership, desk_of_baltic: Company, max: Membership, settings: Any
) -> None:
    settings.OPERATOR_CURRENCY = "CHF"
    with acting(gunta) as by:
        answering.accept(offered, desk_of_baltic, by=by, title="Switch")
    assert owed(max) == []
    drain()
    assert owed(max) == [(Decimal("2.50"), "CHF")]
    drain()
    assert len(owed(max)) == 1


def test_s1_a_replayed_acceptance_costs_nothing_more(charged: None, pair: Pair, max: Membership) -> None:
    """The event is applied twice by force; a handover costs one fee."""
    with acting(max):
        event = Event.objects.filter(kind="handover.moved", payload__move="accepted").get()
        inbox.on_moved(event)
    assert len(owed(max)) == 1


@pytest.mark.parametrize("end", ["decline", "cancel", "expire"])
def test_declined_canceled_and_expired_cost_nothing(
    charged: None, offered: Handover, ticket: Ticket, gunta: Membership, max: Membership, end: str
) -> None:
    if end == "decline":
        with acting(gunta) as by:
            answering.decline(offered, "No time", by=by)
    elif end == "cancel":
        with acting(max) as by:
            sending.cancel(ticket, by=by)
    else:
        with time_machine.travel(timezone.now() + timedelta(hours=25)), acting(max):
            sending.expire(offered.pk)
    drain()
    assert owed(max) == []


def test_a_full_partner_costs_nothing_and_neither_does_a_fee_of_nothing(pair: Pair, max: Membership) -> None:
    assert owed(max) == []


def test_without_a_fee_a_portal_partner_costs_nothing(
    ticket: Ticket, partnership: Partnership, max: Membership, gunta: Membership, desk_of_baltic: Company
) -> None:
    with doors.operating():
        Tenant.objects.filter(slug="baltic").update(is_portal=True)
    with acting(max) as by:
        handover = sending.send(ticket, partnership, Draft(**HOURLY), by=by)  # type: ignore[arg-type]
    with acting(gunta) as by:
        answering.accept(handover, desk_of_baltic, by=by, title="Switch")
    drain()
    assert owed(max) == []


def test_what_was_shown_is_what_is_due(
    charged: None, offered: Handover, gunta: Membership, desk_of_baltic: Company, max: Membership
) -> None:
    """The fee was raised and the partner upgraded while the offer was out."""
    with doors.operating():
        Tenant.objects.filter(slug="nordlicht").update(transaction_fee=Decimal(99))
        Tenant.objects.filter(slug="baltic").update(is_portal=False)
    with acting(gunta) as by:
        answering.accept(offered, desk_of_baltic, by=by, title="Switch")
    drain()
    assert [amount for amount, _ in owed(max)] == [Decimal("2.50")]


def test_it_is_shown_before_sending_to_a_portal_partner_only(
    ticket: Ticket, partnership: Partnership, max: Membership, charged: None
) -> None:
    client, at = sign_in(max), f"/nordlicht/tickets/{ticket.number}/outsource/"
    shown = client.get(at).content.decode()
    live = client.post(f"{at}preview/", {**FORM, "partner": partnership.key}).content.decode()
    with doors.operating():
        Tenant.objects.filter(slug="baltic").update(is_portal=False)
    full = client.post(f"{at}preview/", {**FORM, "partner": partnership.key}).content.decode()
    with acting(max):
        assert fees.quoted(partnership) == 0
    with acting(max) as by:
        handover = sending.send(ticket, partnership, Draft(**HOURLY), by=by)  # type: ignore[arg-type]
    assert "2,50" not in client.get(f"/nordlicht/handovers/{handover.key}/").content.decode()  # a full partner's by now
    assert "2,50" in shown and "2,50" in live and "2,50" not in full


def test_the_partner_learns_nothing_of_the_fee(charged: None, pair: Pair, gunta: Membership) -> None:
    client = sign_in(gunta)
    assert "2,50" in sign_in(pair.max).get(f"/nordlicht/handovers/{pair.handover.key}/").content.decode()
    for path in (f"handovers/{pair.handover.key}/", f"tickets/{pair.insourced.number}/", "outsourcing/"):
        assert "2,50" not in client.get(f"/baltic/{path}").content.decode()
    with acting(gunta):
        assert not Fee.objects.exists() and not LeadSide.objects.exists()
        assert not any("2.50" in str(event.payload) for event in Event.objects.all())
        assert Lane.objects.exists()


def test_the_operator_lists_them_per_lead_on_the_page_and_as_csv(charged: None, pair: Pair, olga: Client) -> None:
    page = olga.get("/operator/fees/").content.decode()
    assert "Nordlicht IT" in page and "2.50" in page
    assert "Replace the switch" not in page and "Baltic" not in page
    sheet = olga.get("/operator/fees/?format=csv")
    assert sheet["Content-Type"].startswith("text/csv")
    lines = sheet.content.decode().strip().splitlines()
    assert len(lines) == 2 and "Nordlicht IT,nordlicht," in lines[1] and ",2.50,EUR" in lines[1]
    assert "Baltic" not in sheet.content.decode() and "Replace" not in sheet.content.decode()
    only = "/operator/fees/?lead={}"
    assert "Nordlicht" in olga.get(only.format("nordlicht")).content.decode()
    assert "Nordlicht" not in olga.get(only.format("atlas")).content.decode(), "list, sums and months are one lead's"


def test_the_list_asks_the_same_number_of_questions_for_many(
    charged: None, pair: Pair, olga: Client, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(8):
        assert olga.get("/operator/fees/").status_code == 200
