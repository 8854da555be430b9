"""The second press of one's own button: told that it is done already, and nothing is done twice (hostile tests W3)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from outsourcing.models import Handover, Move
from psa.tenancy.models import Membership
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import Pair, drain
from tests.outsourcing.tables import everything, said
from tests.tickets.pages import sign_in_english
from tickets.models import Ticket

TWICE = "You moved this on already"


def twice(browser: Client, url: str, form: dict[str, Any]) -> tuple[Any, Any]:
    first = browser.post(url, form)
    assert first.status_code == 302, first.content.decode()
    return first, browser.post(url, form)


@pytest.mark.parametrize(
    ("move", "form"),
    [
        ("cancel-offer", {}),
        ("complete", {}),
        ("take-back", {"reason": "We do it."}),
        ("submit-work", {}),
        ("return", {"reason": "No part."}),
    ],
)
def test_w3_a_move_pressed_twice_is_answered_as_done_already(request: Any, move: str, form: dict[str, str]) -> None:
    max, gunta = request.getfixturevalue("max"), request.getfixturevalue("gunta")
    if move == "cancel-offer":
        ticket, by, desk = request.getfixturevalue("ticket"), max, "nordlicht"
        request.getfixturevalue("offered")
    else:
        pair: Pair = request.getfixturevalue("pair")
        is_service = move in {"submit-work", "return"}
        ticket, by, desk = (pair.insourced, gunta, "baltic") if is_service else (pair.ticket, max, "nordlicht")
    browser = sign_in_english(by)
    url = f"/{desk}/tickets/{ticket.number}/{move}/"
    assert browser.post(url, form).status_code == 302
    before = everything(max, gunta)
    again = browser.post(url, form)
    assert again.status_code == 302 and everything(max, gunta) == before
    page = browser.get(again["Location"]).content.decode()
    assert TWICE in page and "was faster" not in page


def test_w3_declining_twice_too(gunta: Membership, max: Membership, offered: Handover) -> None:
    browser, url = sign_in_english(gunta), f"/baltic/handovers/{offered.key}/decline/"
    _first, again = twice(browser, url, {"reason": "No time."})
    assert again.status_code == 302 and TWICE in browser.get(again["Location"]).content.decode()
    with acting(gunta):
        assert Move.objects.filter(name="declined").count() == 1


def test_w3_other_words_than_those_that_went_out_are_kept(pair: Pair) -> None:
    browser, url = sign_in_english(pair.max), f"/nordlicht/tickets/{pair.ticket.number}/take-back/"
    assert browser.post(url, {"reason": "We do it."}).status_code == 302
    again = browser.post(url, {"reason": "They are too slow."})
    assert again.status_code == 409 and "They are too slow." in again.content.decode()
    assert TWICE in again.content.decode()


def test_w3_a_colleague_of_the_same_name_is_still_told_who_was_faster(
    max: Membership, ada: Membership, ticket: Ticket, offered: Handover
) -> None:
    """Who it was says the member, not the name."""
    with acting(max):
        Membership.objects.filter(pk=ada.pk).update(name=max.name)
        Ticket.objects.filter(pk=ticket.pk).update(assignee=ada)
    url = f"/nordlicht/tickets/{ticket.number}/cancel-offer/"
    assert sign_in(max).post(url).status_code == 302
    drain()
    late = sign_in(ada).post(url)
    assert late.status_code == 409
    assert said("handover_moved_on", "de", status="canceled", by="Max Petersen") in late.content.decode()
