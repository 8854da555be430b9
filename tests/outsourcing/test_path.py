"""The whole way of a handover, through the services of both sides."""

from __future__ import annotations

from datetime import date

import pytest

from outsourcing.models import Handover, Move
from outsourcing.services import answering, ending, sync
from psa.journal.models import Entry
from psa.lanes.models import Event
from psa.mail.models import OutgoingMail
from psa.tenancy.errors import Refused
from tests.outsourcing.conftest import Pair, drain
from tickets import readers
from tickets.models import Note, Ticket, TimeEntry
from tickets.services import items, lifecycle


def for_partner(ticket: Ticket) -> readers.Reader:
    return next(reader for reader in readers.readers(ticket) if reader.audience == "partner")


def test_a_note_and_time_reach_the_other_ticket(pair: Pair) -> None:
    with pair.service() as by:
        items.add(pair.insourced, "note", for_partner(pair.insourced), by=by, text="On my way.")
        items.add(
            pair.insourced, "timeentry", for_partner(pair.insourced), by=by, worked_on=date(2026, 3, 2), minutes=90,
            offset_minutes=-15, text="Switch replaced", internal_text="CANARY",
        )  # fmt: skip
    assert pair.status() == "in_progress"
    drain()
    with pair.lead() as by:
        note, time = Note.objects.get(), TimeEntry.objects.get()
        assert (note.text, note.author_name) == ("On my way.", "Gunta Bērziņa (Baltic Service)")
        assert (time.minutes_to_bill, time.internal_text) == (75, "")
        with pytest.raises(Refused, match="copy_is_read_only"):
            items.edit(note, by=by, text="mine now")
        assert "CANARY" not in str(list(Event.objects.values_list("payload", flat=True)))


def test_submit_reject_resubmit_approve(pair: Pair) -> None:
    with pair.service() as by:
        note = items.add(pair.insourced, "note", for_partner(pair.insourced), by=by, text="Done.")
        answering.submit(pair.insourced, by=by)
        with pytest.raises(Refused, match="submitted_items_are_locked"):
            items.edit(note, by=by, text="Done!")
        late = items.add(pair.insourced, "note", for_partner(pair.insourced), by=by, text="One more thing.")
        assert [share.item for share in sync.held(pair.link(pair.gunta))] == [late.key]
    drain()
    with pair.lead() as by:
        assert list(Note.objects.values_list("text", flat=True)) == ["Done."]
        items.add(pair.ticket, "note", for_partner(pair.ticket), by=by, text="Held by the lead.")
        ending.reject(pair.ticket, "Port 12 is dead.", by=by)
    drain()
    with pair.lead():
        assert [*Note.objects.order_by("pk").values_list("text", flat=True)] == [
            "Done.",
            "Held by the lead.",
            "One more thing.",
        ]
    with pair.service() as by:
        assert Note.objects.filter(text="Held by the lead.").exists()
        assert Entry.objects.filter(kind="handover.rejected", data__reason="Port 12 is dead.").exists()
        assert OutgoingMail.objects.filter(code="rejected").count() == 1
        answering.submit(pair.insourced, by=by)
    drain()
    with pair.lead() as by:
        ending.approve(pair.ticket, by=by)
        assert [move.name for move in Move.objects.all()][-3:] == ["rejected", "submitted", "completed"]
    drain()
    with pair.service() as by:
        note = Note.objects.get(text="Done.")
        with pytest.raises(Refused, match="ended_items_are_locked"):
            items.edit(note, by=by, text="x")
        assert OutgoingMail.objects.filter(code="complete").count() == 1
    with pair.lead() as by:
        copy = Note.objects.get(text="Done.")
        items.edit(copy, by=by, text="Done, says Baltic.")
        lifecycle.start(pair.ticket, by=by)
        lifecycle.close(pair.ticket, "", by=by)


def test_complete_waits_for_what_is_still_arriving(pair: Pair) -> None:
    with pair.service() as by:
        items.add(pair.insourced, "note", for_partner(pair.insourced), by=by, text="On its way.")
    with pair.lead() as by:
        with pytest.raises(Refused, match="items_still_arriving"):
            ending.complete(pair.ticket, by=by)
        assert Handover.objects.get().status == "in_progress"
    drain()
    with pair.lead() as by:
        ending.complete(pair.ticket, by=by)
