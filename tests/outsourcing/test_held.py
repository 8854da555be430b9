"""What is changed while it is held goes out as it is in the end, or not at all (S4, S7)."""

from __future__ import annotations

import pytest

from outsourcing.services import answering, ending
from psa.lanes.models import Event
from psa.tenancy.actor import Actor
from tests.outsourcing.conftest import Pair, drain
from tickets import readers
from tickets.models import Note, Ticket
from tickets.services import items


def reader(ticket: Ticket, audience: str) -> readers.Reader:
    return next(reader for reader in readers.readers(ticket) if reader.audience == audience)


def held_by_the_service_side(pair: Pair, by: Actor) -> Note:
    """A note written after the submission, for the partner."""
    answering.submit(pair.insourced, by=by)
    partner = reader(pair.insourced, "partner")
    return items.add(pair.insourced, "note", partner, by=by, text="Only a thought.")


@pytest.mark.parametrize("taken_back", ["removed", "made internal"])
def test_s7_what_was_taken_back_while_it_was_held_is_never_sent(pair: Pair, taken_back: str) -> None:
    """The lead has rejected, so the link is live again, but the news of it has not arrived at the service side."""
    with pair.service() as by:
        note = held_by_the_service_side(pair, by)
    with pair.lead() as by:
        ending.reject(pair.ticket, "Not yet.", by=by)
    with pair.service() as by:
        note.refresh_from_db()
        if taken_back == "removed":
            items.remove(note, by=by)
        else:
            items.edit(note, by=by, reader=reader(pair.insourced, "internal"), text="CANARY")
        assert not Event.objects.filter(item=note.key).exists()
    drain()
    with pair.lead():
        assert not Note.objects.filter(key=note.key).exists()
        payloads = str(list(Event.objects.values_list("payload", flat=True)))
        assert "CANARY" not in payloads and "Only a thought" not in payloads


def test_s4_what_was_held_before_goes_out_before_what_comes_now(pair: Pair) -> None:
    with pair.service() as by:
        first = held_by_the_service_side(pair, by)
    with pair.lead() as by:
        ending.reject(pair.ticket, "Not yet.", by=by)
    with pair.service() as by:
        second = items.add(pair.insourced, "note", reader(pair.insourced, "partner"), by=by, text="And another.")
        sent = Event.objects.filter(item__in=[first.key, second.key]).order_by("seq")
        assert list(sent.values_list("item", flat=True)) == [first.key, second.key]
    drain()
    with pair.lead():
        assert list(Note.objects.order_by("pk").values_list("text", flat=True)) == ["Only a thought.", "And another."]
