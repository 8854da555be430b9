"""What nobody gave a price is not billed at nothing by mistake: it needs a price, and 0 is one."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.urls import reverse

from billing.models import BillingItem, DeliveryNote
from billing.services import approving, delivery_lines, delivery_notes, goods_billing
from billing.services.delivery_lines import Goods
from psa.batches.models import BatchLine
from psa.directory.models import Company
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from tests.conftest import acting, sign_in
from tests.tickets.pages import sign_in_english
from tickets.models import Charge


@pytest.fixture
def words(charge: Callable[..., Charge]) -> Charge:
    """Two plugs somebody wrote down who sees no prices."""
    return charge(name="A white plug", quantity=Decimal(2), unit_price=Decimal(0))


def test_words_without_a_price_are_not_approved(words: Charge, bea: Membership) -> None:
    with acting(bea) as by, pytest.raises(Refused, match="charge_has_no_price"):
        approving.approve(words, by=by)
    sign_in(bea).post("/nordlicht/approve/charges/decide/", {"do": "approve", "all": "1"})
    with acting(bea):
        assert BatchLine.objects.get().code == "charge_has_no_price" and not BillingItem.objects.exists()


@pytest.mark.parametrize(("typed", "amount"), [("12,50", "25.00"), ("0", "0.00")])
def test_the_price_is_entered_where_it_is_missing_and_0_is_one(
    words: Charge, bea: Membership, typed: str, amount: str
) -> None:
    client = sign_in_english(bea)
    at = reverse("billing:give_price", args=["nordlicht", "charges", words.pk])
    page = client.get("/nordlicht/approve/charges/").content.decode()
    assert "Needs a price" in page and at in page
    for wrong in ("", "-1", "free"):
        answer = client.post(at, {"each": wrong})
        assert answer.status_code == 422 and f'value="{wrong}"' in answer.content.decode() or not wrong
    assert client.post(at, {"each": typed}).status_code == 302
    with acting(bea):
        item = BillingItem.objects.get()
        assert (item.status, item.amount) == ("approved", Decimal(amount))
        assert Charge.objects.get().unit_price == item.unit_price, "the ticket says what it costs"


def test_a_price_is_given_to_nothing_that_has_one(charge: Callable[..., Charge], bea: Membership) -> None:
    priced = charge()
    with acting(bea) as by, pytest.raises(Refused, match="price_is_given"):
        approving.approve(priced, by=by, each=Decimal(1))
    at = reverse("billing:give_price", args=["nordlicht", "charges", priced.pk])
    assert sign_in(bea).post(at, {"each": "1"}).status_code == 302
    with acting(bea):
        assert not BillingItem.objects.exists()


@pytest.fixture
def delivered(max: Membership, company: Company) -> DeliveryNote:
    """The office typed two lines without an article, and they are there."""
    with acting(max) as by:
        note = delivery_notes.open_for_company(company, by=by)
        for name in ("A white plug", "A key"):
            delivery_lines.add(note, Goods(name, Decimal(2)), by=by)
        return delivery_notes.deliver(delivery_notes.prepare(note, by=by), by=by)


def test_words_on_a_delivery_note_need_a_price_each(delivered: DeliveryNote, max: Membership) -> None:
    with acting(max) as by:
        with pytest.raises(Refused, match="material_has_no_price") as refused:
            goods_billing.bill(delivered, by=by)
        assert refused.value.params["names"] == "A white plug, A key" and not BillingItem.objects.exists()


def test_the_note_asks_for_them_and_takes_0(delivered: DeliveryNote, max: Membership) -> None:
    client, at = sign_in_english(max), f"/nordlicht/delivery-notes/{delivered.key}/bill/"
    with acting(max):
        plug, key = (line.pk for line in delivery_lines.of_note(delivered))
    asked = client.post(at)
    assert asked.status_code == 200 and "A white plug" in asked.content.decode()
    half = client.post(at, {f"price-{plug}": "4.90", f"price-{key}": ""})
    assert half.status_code == 422 and 'value="4.90"' in half.content.decode()
    with acting(max):
        assert not BillingItem.objects.exists()
    assert client.post(at, {f"price-{plug}": "4.90", f"price-{key}": "0"}).status_code == 302
    with acting(max):
        assert list(BillingItem.objects.order_by("pk").values_list("status", "amount")) == [
            ("posted", Decimal("9.80")), ("posted", Decimal("0.00")),
        ]  # fmt: skip
