"""What stands at each item about its way to the partner (§6)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from outsourcing import receipts
from outsourcing.services import answering, ending, sync
from psa.lanes import delivery
from psa.lanes.models import Event
from psa.tenancy.errors import Refused
from tests.conftest import sign_in
from tests.outsourcing.conftest import Pair, drain
from tests.outsourcing.exchange import badge, hang, mend, page, write
from tests.outsourcing.test_sharing import for_internal
from tickets.models import Note, Ticket
from tickets.services import items

pytestmark = pytest.mark.usefixtures("fresh_cache")


def test_an_item_says_on_its_way_then_arrived(pair: Pair) -> None:
    note = write(pair, "On my way.")
    assert badge(pair, note) == "On its way to Nordlicht IT"
    drain()
    assert badge(pair, note) == "Arrived at Nordlicht IT"


def test_s9_a_refusal_shows_at_the_source_with_its_reason(pair: Pair, monkeypatch: Any) -> None:
    note = write(pair, "Too big.")

    def refuse(event: Event) -> None:
        raise Refused("file_too_large", limit=1)

    monkeypatch.setitem(delivery._handlers, "item.put", delivery.Handler(refuse, 1, None))
    drain()
    assert badge(pair, note).startswith("Refused: ")
    assert "not possible" not in badge(pair, note)
    with pair.lead():
        assert not Note.objects.filter(key=note.key).exists()


def test_an_item_that_was_given_up_says_why(pair: Pair, monkeypatch: Any) -> None:
    note = write(pair, "Lost.")
    hang(pair, monkeypatch)
    answer = sign_in(pair.gunta).post(f"/baltic/handovers/{pair.handover.key}/skip/", {"reason": "Sent by mail."})
    assert answer.status_code == 302
    mend(monkeypatch)
    drain()
    assert badge(pair, note) == "Given up: Sent by mail."
    for member in (pair.max, pair.gunta):
        assert "Sent by mail." in page(pair, member)
        assert "Lost." in page(pair, member), "the loss is named on both tickets"


def test_held_kept_local_and_withdrawn_are_said(pair: Pair) -> None:
    early = write(pair, "Early.")
    drain()
    with pair.service() as by:
        items.edit(early, by=by, reader=for_internal(pair.insourced))
    assert badge(pair, early) == "Withdrawn from Nordlicht IT"
    drain()
    with pair.service() as by:
        answering.submit(pair.insourced, by=by)
    held, kept = write(pair, "Held."), write(pair, "Kept.")
    with pair.service() as by:
        sync.keep_local(pair.insourced, kept.key, True, by=by)
    assert (badge(pair, held), badge(pair, kept)) == ("Held, not shared", "Kept on our side")
    drain()
    with pair.lead() as by:
        ending.approve(pair.ticket, by=by)
    drain()
    assert badge(pair, held) == badge(pair, kept) == "Not shared"


def test_the_receipts_of_a_page_are_one_query(pair: Pair) -> None:
    made = [write(pair, f"Note {number}") for number in range(20)]
    drain()
    with pair.service() as by:
        ticket = Ticket.objects.get(pk=pair.insourced.pk)
        ticket.__dict__["_links"] = [pair.link(pair.gunta)]
        with CaptureQueriesContext(connection) as asked:
            assert len(receipts.badges(ticket, made, by)) == 20
    assert len(asked) == 1
