"""*Tell the office* (it-house spec): a request and its hand-off move together, from either end."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from billing.models import Article, DeliveryLine, GoodsRequest
from billing.services import goods_requests
from billing.services.delivery_lines import Goods
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from tests.conftest import acting
from tickets.models import HandOff, Ticket
from tickets.services import hand_offs

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(hers: Ticket, ada: Membership) -> GoodsRequest:
    with acting(ada) as by:
        return goods_requests.ask(hers, "three plugs", quantity=Decimal(3), by=by)


def states() -> tuple[str, str]:
    return str(GoodsRequest.objects.get().status), str(HandOff.objects.get().status)


def test_what_the_office_is_told_is_a_hand_off_to_sales(asked: GoodsRequest, hers: Ticket, office: Membership) -> None:
    with acting(office) as by:
        hand_off = HandOff.objects.visible_to(by).get()
        assert (hand_off.receiving_role, hand_off.subject, hand_off.ticket_id) == ("sales", asked.key, hers.pk)
        assert hand_off.title == "3 three plugs"


def test_booking_puts_it_on_the_draft_and_settles_the_hand_off(
    asked: GoodsRequest, office: Membership, hers: Ticket, cable: Article
) -> None:
    with acting(office) as by:
        line = goods_requests.book(asked, Goods("", Decimal(3), article=cable), by=by)
        assert (line.note.ticket_id, line.unit_price) == (hers.pk, Decimal("4.90"))
        assert states() == ("booked", "done")
        with pytest.raises(Refused, match="goods_request_moved_on"):
            goods_requests.book(asked, Goods("", Decimal(3), article=cable), by=by)
        assert DeliveryLine.objects.count() == 1


def test_a_question_goes_back_and_its_answer_comes_again(asked: GoodsRequest, ada: Membership, office: Any) -> None:
    with acting(office) as by:
        goods_requests.give_back(asked, "Which colour?", by=by)
        assert states() == ("returned", "returned")
    with acting(ada) as by:
        goods_requests.ask_again(asked, "three white plugs", by=by)
        assert states() == ("open", "open") and GoodsRequest.objects.get().text == "three white plugs"
        goods_requests.cancel(asked, by=by)
        assert states() == ("cancelled", "cancelled")


def test_what_is_moved_in_the_inbox_moves_the_request(asked: GoodsRequest, ada: Membership, office: Any) -> None:
    with acting(office) as by:
        hand_offs.give_back(HandOff.objects.get(), "Which colour?", by=by)
        assert states() == ("returned", "returned") and GoodsRequest.objects.get().answer == "Which colour?"
    with acting(ada) as by:
        hand_offs.send_again(HandOff.objects.get(), "White ones", by=by)
        assert states() == ("open", "open")
    with acting(office) as by:
        hand_offs.finish(HandOff.objects.get(), by=by, answer="It was on stock in the car")
        assert states() == ("booked", "done") and not DeliveryLine.objects.exists()


def test_only_who_asked_answers_and_only_the_office_books(
    asked: GoodsRequest, ada: Membership, people: Any, cable: Article
) -> None:
    with acting(ada) as by, pytest.raises(Denied):
        goods_requests.book(asked, Goods("", Decimal(3), article=cable), by=by)
    with acting(people("technician")) as by, pytest.raises(Denied):
        goods_requests.cancel(asked, by=by)
    with acting(ada):
        assert states() == ("open", "open")
