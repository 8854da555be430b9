"""The machine of outsourcing spec §4 as a table, who may move it (§2), and what may be changed when (§7)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from outsourcing.models import Handover, HandoverStatus, LeadSide, Move, Terms
from outsourcing.services import agreement, answering, ending, sending
from outsourcing.terms import Draft
from psa.fsm import can_proceed
from psa.journal.models import Entry
from psa.lanes.models import Event
from psa.mail.models import OutgoingMail
from psa.tenancy import scope, services
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from psa.timers import timers
from psa.timers.models import Timer
from tests.conftest import acting, try_rows
from tests.outsourcing.conftest import HOURLY, Pair, drain
from tests.outsourcing.test_path import for_partner
from tickets import readers
from tickets.models import Note, Ticket, TicketWords, TimeEntry
from tickets.services import items, lifecycle

#        T0 discard, T2 send, T3 cancel, T4 decline, T5 accept, T6 expire, T7 begin, T8 submit, T9 reject, T10 approve,
#        T11 complete, T13 give_back, T14 recall, T15 take_back
TABLE = """
               discard send cancel decline accept expire begin submit reject approve complete give_back recall take_back
unsent           x       x    .      .       .      .      .     .      .      .       .        .         .      .
assigned         .       .    x      x       x      x      .     .      .      .       .        .         .      .
accepted         .       .    .      .       .      .      x     x      .      .       x        x         .      x
in_progress      .       .    .      .       .      .      .     x      .      .       x        x         .      x
waiting_approval .       .    .      .       .      .      .     .      x      x       .        x         x      x
complete         .       .    .      .       .      .      .     .      .      .       .        .         .      .
returned         .       .    .      .       .      .      .     .      .      .       .        .         .      .
declined         .       .    .      .       .      .      .     .      .      .       .        .         .      .
canceled         .       .    .      .       .      .      .     .      .      .       .        .         .      .
expired          .       .    .      .       .      .      .     .      .      .       .        .         .      .
discarded        .       .    .      .       .      .      .     .      .      .       .        .         .      .
"""


def rows() -> Any:
    header, *lines = (line.split() for line in TABLE.strip().splitlines())
    for status, *marks in lines:
        for move, mark in zip(header, marks, strict=True):
            yield status, move, mark == "x"


def test_the_machine() -> None:
    for status, move, allowed in rows():
        assert can_proceed(getattr(Handover(status=status), move)) is allowed, (status, move)


def test_the_table_names_every_state_and_every_move() -> None:
    header, *lines = TABLE.strip().splitlines()
    assert {line.split()[0] for line in lines} == set(HandoverStatus.values)
    assert set(header.split()) == {move.name for move in Handover().get_all_status_transitions()}


# Who may (§2) ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def nobody(nordlicht: Any) -> Membership:
    """A dispatcher whom somebody set to "None"."""
    return services.add_member(nordlicht, "nora@nordlicht.example", "Nora", "dispatcher", outsourcing_level="none")


def test_without_the_level_nothing_is_sent(nobody, ticket, partnership):
    with acting(nobody) as by, pytest.raises(Denied, match=r"outsource\.send"):
        sending.send(ticket, partnership, Draft(**HOURLY), by=by)
    with scope.tenant(nobody.tenant_id):
        assert not Handover.objects.exists()
        assert not Entry.objects.filter(kind__startswith="handover").exists()


def test_the_limit_turns_away_what_is_above_it(ada, ticket, partnership):
    with scope.tenant(ada.tenant_id):
        Ticket.objects.filter(pk=ticket.pk).update(assignee=ada)
    with acting(ada) as by:
        with pytest.raises(Refused, match="over_your_limit"):
            sending.send(ticket, partnership, Draft(**{**HOURLY, "authorised_minutes": 600}), by=by)
        assert not Handover.objects.exclude(status="unsent").exists()
        assert sending.send(ticket, partnership, Draft(**HOURLY), by=by).status == "assigned"


def test_without_the_agreement_nothing_is_sent(max, ticket, partnership):
    with acting(max) as by:
        agreement.withdraw(by=by)
        with pytest.raises(Refused, match="agreement_missing"):
            sending.send(ticket, partnership, Draft(**HOURLY), by=by)


def test_a_technician_of_the_service_side_works_but_does_not_answer(baltic, offered, desk_of_baltic):
    andris = services.add_member(baltic, "andris@baltic.example", "Andris", "technician")
    with acting(andris) as by:
        with pytest.raises(Denied, match=r"outsource\.partners"):
            answering.accept(offered, desk_of_baltic, by=by, title="x")
        with pytest.raises(Denied, match=r"outsource\.partners"):
            answering.decline(offered, "no", by=by)
        assert Ticket.objects.count() == 0


# T0–T6 ----------------------------------------------------------------------------------------------------------------


def test_t0_t1_a_draft_reaches_nobody(max, gunta, ticket, partnership):
    with acting(max) as by:
        sending.prepare(ticket, partnership, Draft(**HOURLY), by=by)
        sending.prepare(ticket, partnership, Draft(**{**HOURLY, "instructions": "Ring twice."}), by=by)
        assert Handover.objects.count() == 1
        assert LeadSide.objects.get().draft["instructions"] == "Ring twice."
    with acting(gunta):
        assert Handover.objects.count() == Move.objects.count() == Event.objects.count() == 0
    with acting(max) as by:
        assert sending.discard(ticket, by=by).status == "discarded"
        assert [move.name for move in Move.objects.all()] == ["prepared", "discarded"]
    with acting(gunta):
        assert Handover.objects.count() == Move.objects.count() == Event.objects.count() == 0


def test_t2_the_terms_are_frozen_and_the_partner_is_told(max, gunta, ticket, offered):
    with acting(gunta):
        terms = Terms.objects.get()
        assert (terms.version, terms.total, len(terms.sha256)) == (1, 350, 64)
        assert OutgoingMail.objects.get(code="offer_sent").to_address == "gunta@baltic.example"
    with acting(max) as by, pytest.raises(Refused, match="handover_is_active"):
        sending.prepare(ticket, offered.partnership, Draft(**HOURLY), by=by)


def test_t3_cancel_tells_the_partner_and_frees_the_ticket(max, gunta, ticket, offered):
    with acting(max) as by:
        sending.cancel(ticket, by=by)
        again = sending.send(ticket, offered.partnership, Draft(**HOURLY), by=by)
        assert again.pk != offered.pk
    drain()
    with acting(gunta):
        assert OutgoingMail.objects.filter(code="offer_canceled").count() == 1


def test_t4_decline_tells_the_reason(max, gunta, ticket, offered):
    with acting(gunta) as by:
        answering.decline(offered, "No technician is free.", by=by)
    drain()
    with acting(max) as by:
        assert Entry.objects.get(kind="handover.declined").data["reason"] == "No technician is free."
        assert "No technician is free." in OutgoingMail.objects.get(code="offer_declined").text
        sending.send(ticket, offered.partnership, Draft(**HOURLY), by=by)


def test_t5_acceptance_makes_one_ticket_with_its_own_number(pair):
    with pair.service():
        ticket = Ticket.objects.get()
        assert (ticket.number, ticket.source, ticket.company.name) == (1, "insourced", "Nordlicht IT")
    with pair.lead():
        assert OutgoingMail.objects.filter(code="offer_accepted").count() == 1
        assert not Timer.objects.filter(kind=sending.EXPIRES).exists()
        assert "baltic" in TicketWords.objects.get(item=None).text


def test_t6_expires_once_and_a_late_answer_reads_so(max, gunta, offered, desk_of_baltic):
    with acting(max):
        past = timezone.now() - timedelta(minutes=1)
        Handover.objects.update(answer_by=past)
        Timer.objects.filter(kind=sending.EXPIRES).update(due=past)
    assert timers.sweep() == 1
    assert timers.sweep() == 0
    drain()
    for member in (max, gunta):
        with acting(member):
            assert OutgoingMail.objects.filter(code="offer_expired").count() == 1
    with acting(gunta) as by, pytest.raises(Refused, match="offer_expired"):
        answering.accept(offered, desk_of_baltic, by=by, title="late")


def test_t6_the_clock_decides_even_before_the_timer_ran(max, gunta, offered, desk_of_baltic):
    with acting(max):
        Handover.objects.update(answer_by=timezone.now() - timedelta(seconds=1))
    with acting(gunta) as by, pytest.raises(Refused, match="offer_expired"):
        answering.accept(offered, desk_of_baltic, by=by, title="late")


# T12 and the ends -----------------------------------------------------------------------------------------------------


def test_t12_the_leads_ticket_asks_before_it_closes(pair):
    with pair.lead() as by:
        with pytest.raises(Refused, match="handover_is_open"):
            lifecycle.close(pair.ticket, "", by=by)
        assert ending.end_and_close(pair.ticket, "complete", "Done.", by=by).status == "closed"
    assert pair.status() == "complete"


@pytest.mark.parametrize("who", ["timer", "customer"])
def test_t12_neither_a_timer_nor_a_customer_resolves_a_ticket_a_partner_works_on(pair: Pair, who: str) -> None:
    with pair.lead():
        by = Actor.system(who, "Cleo Hansen")
        with pytest.raises(Refused, match="handover_is_open"):
            lifecycle.close(pair.ticket, "", by=by)
        assert Ticket.objects.get().is_open
    assert pair.status() == "accepted"


def test_t12_an_offer_is_canceled_with_its_ticket(max, ticket, offered):
    with acting(max) as by:
        ending.end_and_close(ticket, "complete", "Not needed.", by=by)
        assert Handover.objects.get().status == "canceled"


def test_the_insourced_ticket_is_not_closed_while_it_runs(pair):
    with pair.service() as by:
        ticket = lifecycle.accept(pair.insourced, by=by)
        with pytest.raises(Refused, match="insourced_ticket_is_running"):
            lifecycle.close(ticket, "", by=by)
        assert Ticket.objects.get().status == "open"


@pytest.mark.parametrize("end", ["complete", "take_back", "give_back"])
def test_the_ends_mail_both_and_sever_for_ever(pair: Pair, end: str) -> None:
    if end == "give_back":
        with pair.service() as by:
            answering.give_back(pair.insourced, "Wrong part.", by=by)
    else:
        with pair.lead() as by:
            ending.complete(pair.ticket, by=by) if end == "complete" else ending.take_back(pair.ticket, "Ours.", by=by)
    drain()
    code = {"complete": "complete", "take_back": "taken_back", "give_back": "returned"}[end]
    for acting_there in (pair.lead, pair.service):
        with acting_there():
            assert OutgoingMail.objects.filter(code=code).count() == 1
    with pair.lead() as by:
        assert "partner" not in _audiences(pair.ticket)
    with pair.service() as by:
        before = Event.objects.count()
        items.add(pair.insourced, "note", for_internal(pair.insourced), by=by, text="Only ours.")
        assert Event.objects.count() == before


# §7 -------------------------------------------------------------------------------------------------------------------

RIGHTS = """
                    accepted waiting complete
service_own_before  free     locked  locked
service_own_after   -        free    locked
service_copy        locked   locked  locked
lead_own            free     free    free
lead_copy_note      locked   locked  free
lead_copy_time      locked   locked  locked
"""


def rights() -> Any:
    header, *lines = (line.split() for line in RIGHTS.strip().splitlines())
    for item, *cells in lines:
        for when, cell in zip(header, cells, strict=True):
            if cell != "-":
                yield item, when, cell


@pytest.mark.parametrize("when", ["accepted", "waiting", "complete"])
def test_s7_who_may_change_what(pair: Pair, when: str) -> None:
    with pair.lead() as by:
        lead_own = items.add(pair.ticket, "note", for_partner(pair.ticket), by=by, text="lead")
    with pair.service() as by:
        reader = for_partner(pair.insourced)
        own = items.add(pair.insourced, "note", reader, by=by, text="service")
        time = items.add(pair.insourced, "timeentry", reader, by=by, worked_on="2026-03-02", minutes=30, text="time")
    drain()
    after = own
    if when != "accepted":
        with pair.service() as by:
            answering.submit(pair.insourced, by=by)
            after = items.add(pair.insourced, "note", for_internal(pair.insourced), by=by, text="after")
        drain()
    if when == "complete":
        with pair.lead() as by:
            ending.approve(pair.ticket, by=by)
        drain()

    def check(which: str, _: str, cell: str) -> None:
        side = pair.lead if which.startswith("lead") else pair.service
        with side() as by:
            item = {
                "service_own_before": lambda: Note.objects.get(key=own.key),
                "service_own_after": lambda: Note.objects.get(key=after.key),
                "service_copy": lambda: Note.objects.get(key=lead_own.key),
                "lead_own": lambda: Note.objects.get(key=lead_own.key),
                "lead_copy_note": lambda: Note.objects.get(key=own.key),
                "lead_copy_time": lambda: TimeEntry.objects.get(key=time.key),
            }[which]()
            if cell == "free":
                assert items.edit(item, by=by, text="changed").text == "changed"
                return
            for change in (lambda: items.edit(item, by=by, text="changed"), lambda: items.remove(item, by=by)):
                with pytest.raises(Refused):
                    change()
            item.refresh_from_db()
            assert item.text != "changed"
            assert not item.is_removed

    try_rows([row for row in rights() if row[1] == when], check)


def for_internal(ticket: Ticket) -> Any:
    return readers.readers(ticket)[0]


def _audiences(ticket: Ticket) -> list[str]:
    return [reader.audience for reader in readers.readers(Ticket.objects.get(pk=ticket.pk))]
