"""The held tray: what was written while the link was closed is kept here, or shared after all (§6); and time that came
after the boundary."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from outsourcing.models import Share
from outsourcing.services import answering, ending, sync
from psa.lanes.models import Event
from psa.tenancy import services
from psa.tenancy.models import Membership
from tests.conftest import sign_in
from tests.outsourcing.conftest import Pair, drain
from tests.outsourcing.exchange import page, without_level, write
from tests.outsourcing.test_path import for_partner
from tickets.models import Note, Ticket, TimeEntry
from tickets.services import items

pytestmark = pytest.mark.usefixtures("fresh_cache")


@pytest.fixture
def ruta(baltic: Any) -> Membership:
    """A dispatcher at Baltic whose level is None: she may edit tickets and outsource nothing."""
    return services.add_member(baltic, "ruta@baltic.example", "Rūta Kalna", "dispatcher")


def test_at_the_service_side_keeping_back_takes_ticket_edit_only(pair: Pair, ruta: Membership) -> None:
    without_level(ruta)
    with pair.service() as by:
        answering.submit(pair.insourced, by=by)
    note = write(pair, "Held.")
    address = f"/baltic/handovers/{pair.handover.key}/held/{note.key}/"
    assert "Keep on our side" in page(pair, pair.gunta) or "held" in page(pair, pair.gunta)
    assert sign_in(ruta).post(address, {"keep": "1"}).status_code == 302
    with pair.service():
        assert Share.objects.get(item=note.key).keep_local


def test_at_the_lead_keeping_back_takes_the_level_outsource(pair: Pair, rita: Membership) -> None:
    without_level(rita)
    with pair.service() as by:
        answering.submit(pair.insourced, by=by)
    with pair.lead() as by:
        note = items.add(pair.ticket, "note", for_partner(pair.ticket), by=by, text="Held.")
    answer = sign_in(rita).post(f"/nordlicht/handovers/{pair.handover.key}/held/{note.key}/", {"keep": "1"})
    assert answer.status_code == 403
    assert "outsource.send" in answer.content.decode()
    with pair.lead():
        assert not Share.objects.get(item=note.key).keep_local


def test_what_was_kept_is_shared_after_all_at_once_when_the_link_is_live(pair: Pair) -> None:
    with pair.service() as by:
        answering.submit(pair.insourced, by=by)
    note = write(pair, "Kept.")
    with pair.service() as by:
        sync.keep_local(pair.insourced, note.key, True, by=by)
        answering.recall(pair.insourced, by=by)
    drain()
    with pair.lead():
        assert not Note.objects.filter(key=note.key).exists()
    answer = sign_in(pair.gunta).post(f"/baltic/handovers/{pair.handover.key}/held/{note.key}/", {"keep": "0"})
    assert answer.status_code == 302
    drain()
    with pair.lead():
        assert Note.objects.get(key=note.key).text == "Kept."


def time_form(pair: Pair) -> dict[str, Any]:
    with pair.service():
        reader = for_partner(Ticket.objects.select_related("tenant").get(pk=pair.insourced.pk))
    return {"reader": reader.value, "minutes": "0:30", "worked_on": timezone.localdate().isoformat(), "text": "More."}


def test_time_after_the_submission_warns_and_stays_here(pair: Pair) -> None:
    with pair.service() as by:
        answering.submit(pair.insourced, by=by)
    client, address = sign_in(pair.gunta), f"/baltic/tickets/{pair.insourced.number}/"
    assert 'name="recall_first"' in client.get(f"{address}?compose=time").content.decode()
    assert 'name="recall_first"' not in client.get(f"{address}?compose=note").content.decode()
    with pair.service():
        sent = Event.objects.count()
    add = reverse("tickets:add", args=["baltic", pair.insourced.number, "timeentry"])
    assert client.post(add, time_form(pair)).status_code == 302
    assert pair.status() == "waiting_approval"
    with pair.service():
        assert (TimeEntry.objects.count(), Event.objects.count()) == (1, sent)


def test_recall_and_add_is_one_step(pair: Pair) -> None:
    with pair.service() as by:
        answering.submit(pair.insourced, by=by)
    drain()
    address = reverse("tickets:add", args=["baltic", pair.insourced.number, "timeentry"])
    assert sign_in(pair.gunta).post(address, {**time_form(pair), "recall_first": "1"}).status_code == 302
    assert pair.status() == "in_progress"
    drain()
    with pair.lead():
        assert TimeEntry.objects.get().text == "More."


def test_recall_and_add_after_the_lead_answered_keeps_what_was_typed(pair: Pair) -> None:
    with pair.service() as by:
        answering.submit(pair.insourced, by=by)
        form = time_form(pair)
    drain()
    with pair.lead() as by:
        ending.reject(pair.ticket, "Not yet.", by=by)
    address = reverse("tickets:add", args=["baltic", pair.insourced.number, "timeentry"])
    answer = sign_in(pair.gunta).post(address, {**form, "recall_first": "1"})
    assert answer.status_code == 302, "the link is live again: it is simply added"
    with pair.service():
        assert TimeEntry.objects.count() == 1
