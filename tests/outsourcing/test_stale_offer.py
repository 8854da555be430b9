"""Two people over one offer: nobody's words are lost or overwritten unseen, and nothing goes out twice."""

from __future__ import annotations

from typing import Any

import pytest

from outsourcing.models import Handover, LeadSide
from outsourcing.services import sending
from outsourcing.terms import Draft
from psa.tenancy.models import Membership
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import HOURLY, drain
from tests.outsourcing.tables import everything, said, undone
from tests.outsourcing.test_levels import OFFER
from tickets.models import Ticket


@pytest.fixture
def page(ada: Membership, max: Membership, ticket: Ticket, partnership: Any) -> str:
    """Ada's ticket, of which Max keeps a draft; Ada has its page open."""
    with acting(max) as by:
        Ticket.objects.filter(pk=ticket.pk).update(assignee=ada)
        sending.prepare(ticket, partnership, Draft(**HOURLY), by=by)  # type: ignore[arg-type]
    return f"/nordlicht/tickets/{ticket.number}/outsource/"


def opened(browser: Any, page: str) -> str:
    """What the form says it was opened over."""
    found: str = browser.get(page).content.decode().partition('name="seen" value="')[2].partition('"')[0]
    assert found
    return found


def typed(partnership: Any, seen: str, **more: Any) -> dict[str, Any]:
    return {
        **OFFER,
        "partner": str(partnership.key),
        "seen": seen,
        "instructions": "Typed by Ada",
        "do": "save",
        **more,
    }


@pytest.mark.parametrize("do", ["save", "send", "release"])
def test_over_a_colleagues_draft_both_versions_are_shown(
    page: str, do: str, ada: Membership, max: Membership, gunta: Membership, ticket: Ticket, partnership: Any
) -> None:
    """Nothing is saved, sent or asked for over a draft one has not seen; pressing again means it."""
    browser = sign_in(ada)
    form = typed(partnership, opened(browser, page), do=do, cost_rate="100" if do == "release" else "60")
    with acting(max) as by:
        sending.prepare(ticket, partnership, Draft(**{**HOURLY, "instructions": "Typed by Max"}), by=by)
    before = everything(max, gunta)
    answer = browser.post(page, form)
    shown = answer.content.decode()
    assert answer.status_code == 409
    assert said("draft_moved_on", "de", by="Max Petersen") in shown
    assert "Typed by Ada" in shown and "Typed by Max" in shown
    assert everything(max, gunta) == before
    again = shown.partition('name="seen" value="')[2].partition('"')[0]
    assert again != form["seen"]
    assert browser.post(page, {**form, "seen": again}).status_code == 302
    with acting(max):
        assert Handover.objects.get().status == ("assigned" if do == "send" else "unsent")
        assert do == "send" or LeadSide.objects.get().draft["instructions"] == "Typed by Ada"


def test_a_draft_that_was_sent_or_discarded_meanwhile(
    page: str, ada: Membership, max: Membership, gunta: Membership, ticket: Ticket, partnership: Any
) -> None:
    """The words stay on the page; what a colleague sent stands beside them, and nothing is sent twice."""
    browser = sign_in(ada)
    form = typed(partnership, opened(browser, page), do="send")
    with undone():
        with acting(max) as by:
            sending.send(ticket, partnership, Draft(**{**HOURLY, "instructions": "Sent by Max"}), by=by)
        drain()
        before = everything(max, gunta)
        answer = browser.post(page, form)
        shown = answer.content.decode()
        assert answer.status_code == 409
        assert said("handover_is_active", "de", partner="Baltic Service") in shown
        assert "Typed by Ada" in shown and "Sent by Max" in shown and 'value="send"' not in shown
        assert everything(max, gunta) == before
        assert browser.get(page).status_code == 409
    with acting(max) as by:
        sending.discard(ticket, by=by)
    before = everything(max, gunta)
    answer = browser.post(page, form)
    assert answer.status_code == 409 and "Typed by Ada" in answer.content.decode()
    assert said("draft_moved_on", "de", by="") in answer.content.decode()
    assert everything(max, gunta) == before


def test_ones_own_page_saved_twice_is_no_conflict(page: str, ada: Membership, partnership: Any) -> None:
    browser = sign_in(ada)
    form = typed(partnership, opened(browser, page))
    assert browser.post(page, form).status_code == 302
    assert browser.post(page, typed(partnership, opened(browser, page), instructions="More.")).status_code == 302
