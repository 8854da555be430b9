"""What each desk meets in daily use of a handover, and must not stumble over."""

from __future__ import annotations

import pytest
from django.urls import reverse

from outsourcing import readings
from outsourcing.models import Handover, Partnership
from outsourcing.services import answering, ending, sending
from outsourcing.terms import Draft
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import HOURLY, Pair, drain
from tests.outsourcing.test_held import reader
from tickets import readers
from tickets.models import Audience, Note, Status, Ticket
from tickets.services import items, lifecycle


def test_the_insourced_ticket_says_what_the_lead_asked_for(
    ticket: Ticket, partnership: Partnership, max: Membership, gunta: Membership, desk_of_baltic: object
) -> None:
    """§5 "Insource information": to everybody who sees the ticket, money with View terms only."""
    with acting(max) as by:
        draft = Draft(**HOURLY, instructions="Key at the gate.", is_on_site=True)  # type: ignore[arg-type]
        handover = sending.send(ticket, partnership, draft, by=by)
    drain()
    with acting(gunta) as by:
        insourced = answering.accept(handover, desk_of_baltic, by=by, title=handover.title)  # type: ignore[arg-type]
    shown = sign_in(gunta).get(reverse("tickets:page", args=["baltic", insourced.number])).content.decode()
    assert "Key at the gate." in shown and "Max Petersen" in shown
    assert "60,00" in shown


def test_both_companies_count_the_same_hours(pair: Pair) -> None:
    """Held and local entries are not the handover's (§6); they stay out of both bars, for good."""
    with pair.service() as by:
        log(pair, by, 180)
        answering.submit(pair.insourced, by=by)
        log(pair, by, 120)
    drain()
    assert hours(pair) == (180, 180)
    with pair.lead() as by:
        ending.approve(pair.ticket, by=by)
    drain()
    assert hours(pair) == (180, 180)


def log(pair: Pair, by: object, minutes: int) -> None:
    found = Ticket.objects.select_related("tenant").get(pk=pair.insourced.pk)
    items.add(found, "timeentry", reader(found, "partner"), by=by, minutes=minutes, worked_on="2026-03-02", text="Work")  # type: ignore[arg-type]


def hours(pair: Pair) -> tuple[int, int]:
    key = pair.handover.key
    with pair.lead():
        lead = readings.minutes_by_handover([key], True).get(key, 0)
    with pair.service():
        return lead, readings.minutes_by_handover([key], False).get(key, 0)


def test_what_is_written_to_the_customer_beside_a_draft_is_kept(
    ticket: Ticket, partnership: Partnership, max: Membership
) -> None:
    """T1: nothing reaches the partner, and nothing of ours is lost to it."""
    with acting(max) as by:
        sending.prepare(ticket, partnership, Draft(**HOURLY), by=by)  # type: ignore[arg-type]
        customer = readers.Reader(Audience.CUSTOMER, "Cleo Hansen")
        items.add(ticket, "note", customer, by=by, text="We are looking for somebody.")
        assert Note.objects.get(ticket=ticket).text == "We are looking for somebody."


@pytest.mark.parametrize("how", ["complete", "take_back"])
def test_t12_a_ticket_nobody_took_up_can_be_closed_with_its_handover(pair: Pair, how: str) -> None:
    with pair.lead() as by:
        Ticket.objects.filter(pk=pair.ticket.pk).update(assignee=None)
        fresh = lifecycle.create(by=by, title="Another", company=pair.ticket.company)
        partnership = pair.handover.partnership
        handover = sending.send(fresh, partnership, Draft(**HOURLY), by=by)  # type: ignore[arg-type]
    drain()
    with pair.service() as by:
        answering.accept(handover, pair.insourced.company, by=by, title="Another")
    drain()
    with pair.lead() as by:
        closed = ending.end_and_close(fresh, how, "Done with.", by=by)
        assert closed.status == Status.CLOSED
        assert Handover.objects.get(pk=handover.pk).is_ended


def test_there_is_no_customer_to_ask_on_an_insourced_ticket(pair: Pair) -> None:
    with pair.service() as by:
        lifecycle.accept(Ticket.objects.get(pk=pair.insourced.pk), by=by)
        fresh = Ticket.objects.get(pk=pair.insourced.pk)
        assert "ask" not in [one.move.name for one in lifecycle.buttons(fresh, by)]
        with pytest.raises(Refused, match="no_customer_here"):
            lifecycle.ask(fresh, "Which rack?", by=by)
        assert Ticket.objects.get(pk=fresh.pk).status == fresh.status


def test_a_partners_item_keeps_its_readers(pair: Pair) -> None:
    """§6: publishing makes a new item of our own. The form offers nothing else, and a forged post is refused."""
    with pair.service() as by:
        items.add(pair.insourced, "note", reader(pair.insourced, "partner"), by=by, text="From Baltic")
    drain()
    with pair.lead() as by:
        ending.complete(pair.ticket, by=by)
        copy = Note.objects.get(ticket=pair.ticket, text="From Baltic")
        with pytest.raises(Refused, match="copy_keeps_its_readers"):
            items.edit(copy, by=by, reader=readers.Reader(Audience.CUSTOMER, "Cleo Hansen"), text="From Baltic")
        copy.refresh_from_db()
        assert copy.audience == Audience.PARTNER


def test_an_item_of_a_past_handover_is_edited_without_changing_who_reads_it(pair: Pair) -> None:
    """§7 "free, local": the words change, the readers stay."""
    with pair.lead() as by:
        note = items.add(pair.ticket, "note", reader(pair.ticket, "partner"), by=by, text="For Baltic")
    drain()
    with pair.lead() as by:
        ending.complete(pair.ticket, by=by)
    browser = sign_in(pair.max)
    url = reverse("tickets:edit_item", args=["nordlicht", pair.ticket.number, "note", note.key])
    form = browser.get(url).context["form"]
    typed = {"text": "For Baltic, mended", "kind_of": "note", "version": note.version, "reader": form["reader"].value()}
    assert browser.post(url, typed).status_code == 302
    with pair.lead():
        note.refresh_from_db()
        assert (note.text, note.audience) == ("For Baltic, mended", Audience.PARTNER)


def test_the_answer_to_an_offer_that_is_gone_asks_for_nothing(
    offered: Handover, max: Membership, gunta: Membership
) -> None:
    with acting(max) as by:
        sending.cancel(Ticket.objects.get(), by=by)
    drain()
    browser = sign_in(gunta)
    for name in ("accept", "decline"):
        shown = browser.get(reverse(f"outsourcing:{name}", args=["baltic", offered.key])).content.decode()
        assert "<textarea" not in shown
