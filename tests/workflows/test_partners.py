"""Rules between two companies: each hears of a handover in its own journal, and reaches nobody of the other."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from outsourcing.models import Handover, LeadSide
from outsourcing.services import answering, ending, keeping, sending
from outsourcing.terms import Draft
from psa.journal.models import Entry
from psa.lanes.models import Event, Lane
from psa.mail.models import OutgoingMail
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership
from psa.tenancy.services import add_member
from tests.conftest import acting
from tests.outsourcing.conftest import (  # noqa: F401
    HOURLY,
    desk_of_baltic,
    desk_of_nordlicht,
    drain,
    offered,
    pair,
    partnership,
    ticket,
)
from tests.workflows.conftest import NOTE, if_all, letter, row, runs, steps_of, work, write
from tickets import services
from tickets.models import Audience, Note, Ticket
from tickets.readers import readers
from workflows import automation
from workflows.rules import conditions, variables
from workflows.rules.case import Case
from workflows.rules.variables import Eyes

pytestmark = pytest.mark.django_db


def rule_mails(member: Membership) -> list[tuple[str, str]]:
    with acting(member):
        found = OutgoingMail.objects.filter(code="rule_mail").order_by("pk")
        return [(one.to_address, one.subject) for one in found]


def turn() -> None:
    """Mail between the companies, and their workers, until nothing moves."""
    for _round in range(4):
        drain()
        work()


# Events ---------------------------------------------------------------------------------------------------------------
def test_each_side_s_rules_hear_of_the_moves_of_a_handover(max, gunta, ticket, partnership, desk_of_baltic):  # noqa: F811
    lead = [f"handover.{name}" for name in ("prepared", "sent", "accepted", "submitted", "rejected", "completed")]
    for event in lead:
        write(max, event, NOTE, name=event)
    service = [f"handover.{name}" for name in ("accepted", "submitted", "rejected", "completed")]
    for event in service:
        write(gunta, event, NOTE, name=event)
    sent = letter(
        gunta, "Offer from {handover.partner}", "{handover.terms}; {handover.original_number}; {handover.url}"
    )
    write(
        gunta, "handover.sent", {"do": "mail", "template": sent.pk, "to": ["partners", "assignee"]}, NOTE, name="Offer"
    )
    with acting(max) as by:
        handover = sending.send(ticket, partnership, Draft(**HOURLY), by=by)
    turn()
    with acting(gunta) as by:
        mine = answering.accept(Handover.objects.get(pk=handover.pk), desk_of_baltic, by=by, title="Ours")
    turn()
    with acting(gunta) as by:
        answering.submit(Ticket.objects.get(pk=mine.pk), by=by)
    turn()
    with acting(max) as by:
        ending.reject(Ticket.objects.get(pk=ticket.pk), "Not yet", by=by)
    turn()
    with acting(max) as by:
        ending.complete(Ticket.objects.get(pk=ticket.pk), by=by)
    turn()
    assert sorted(name for name, _ in runs(max)) == sorted(lead)
    assert sorted(name for name, _ in runs(gunta)) == sorted([*service, "Offer"])
    assert dict(runs(gunta))["Offer"] == "partly", "there is no ticket yet to write a note on"
    ((to, subject),) = rule_mails(gunta)
    assert (to, subject) == ("gunta@baltic.example", "DE Offer from Nordlicht IT") or subject.endswith("Nordlicht IT")


def test_a_hanging_link_is_an_event_for_its_own_side(max, gunta, pair):  # noqa: F811
    write(max, "handover.link_trouble", NOTE, name="Hangs")
    with pair.lead():
        lane = Lane.objects.filter(channel=pair.handover.channel).first()
        automation.hangs(lane)
    work()
    assert (runs(max), runs(gunta)) == ([("Hangs", "done")], [])
    with pair.lead():
        assert Note.objects.filter(ticket=pair.ticket, author_name="Hangs").count() == 1


# Conditions -----------------------------------------------------------------------------------------------------------
def test_conditions_of_a_handover_are_read_from_our_side(max, gunta, pair, partnership):  # noqa: F811
    def holds(field: str, op: str, value: Any, case: Case) -> bool:
        return conditions.holds(if_all(row(field, op, value)), case)

    with pair.lead() as by:
        case = Case(None, Ticket.objects.get(pk=pair.ticket.pk))
        assert holds("role", "is", ["outsourced"], case) and not holds("role", "is", ["insourced"], case)
        assert holds("handover_status", "is", ["accepted"], case)
        assert holds("partner", "is", [partnership.pk], case) and not holds("lead", "is", [partnership.pk], case)
        assert holds("answer_by", "within", 24, case) and not holds("complete_by", "within", 9999, case)
        assert holds("hours_used", "under", 1, case)
        assert by.is_person
    with pair.service() as by:
        mine = Ticket.objects.get(pk=pair.insourced.pk)
        services.items.add(mine, "timeentry", readers(mine)[1], by=by, minutes=270, worked_on="2026-03-02")
        case = Case(None, Ticket.objects.get(pk=mine.pk))
        assert holds("role", "is", ["insourced"], case) and holds("lead", "is", [partnership.pk], case)
        assert not holds("partner", "is", [partnership.pk], case)
        assert holds("hours_used", "over", 89, case) and not holds("hours_used", "over", 90, case)
    drain()
    with pair.lead():
        case = Case(None, Ticket.objects.get(pk=pair.ticket.pk))
        assert holds("hours_used", "over", 80, case) and not holds("hours_used", "over", 90, case)


# Steps ----------------------------------------------------------------------------------------------------------------
def test_an_offer_is_prepared_on_the_usual_terms_and_never_sent(max, gunta, ticket, partnership):  # noqa: F811
    with acting(max) as by:
        keeping.set_terms(partnership, Draft(cost_rate=Decimal(70), authorised_minutes=120), by=by)
    write(max, "ticket.assigned", {"do": "offer", "partnership": partnership.pk}, name="Offer")
    with acting(max) as by:
        services.assign(Ticket.objects.get(pk=ticket.pk), None, by=by)
    turn()
    assert steps_of(max)[0]["said"] == "prepared"
    with acting(max):
        handover = Handover.objects.get()
        assert (handover.status, LeadSide.objects.get().draft["cost_rate"]) == ("unsent", "70")
    with acting(gunta):
        assert not Handover.objects.exists() and not Event.objects.exists() and not OutgoingMail.objects.exists()


def test_an_offer_somebody_prepared_is_left_alone(max, ticket, partnership):  # noqa: F811
    with acting(max) as by:
        sending.prepare(ticket, partnership, Draft(cost_rate=Decimal(55)), by=by)
    write(max, "ticket.assigned", {"do": "offer", "partnership": partnership.pk})
    with acting(max) as by:
        services.assign(Ticket.objects.get(pk=ticket.pk), None, by=by)
    work()
    assert steps_of(max)[0]["code"] == "handover_is_active"
    with acting(max):
        assert LeadSide.objects.get().draft["cost_rate"] == "55"


def test_w1_a_rule_neither_closes_nor_cancels_what_a_partner_works_on(max, gunta, pair):  # noqa: F811
    step = {"do": "move", "move": "close", "text": "By itself"}
    for member, one in ((max, pair.ticket), (gunta, pair.insourced)):
        write(member, "ticket.edited", step, setting={"field": "planned_minutes"})
        with acting(member) as by:
            services.edit(Ticket.objects.get(pk=one.pk), by=by, planned_minutes=9)
    turn()
    assert steps_of(max)[0]["code"] == "handover_is_open"
    assert steps_of(gunta)[0]["code"] in {"insourced_ticket_is_running", "ticket_moved_on"}
    assert pair.status() == "accepted" or pair.status() == "in_progress"


def test_nobody_of_the_other_company_is_mailed_and_the_lead_s_contact_hears_from_their_own(max, gunta, pair):  # noqa: F811
    sent = letter(gunta, "News", "Dear partner, {handover.original_number} goes well. {assignee}{ticket.url}")
    to = ["lead_contact", "partners", "sender", "contact", "queue", "watchers"]
    write(gunta, "ticket.edited", {"do": "mail", "template": sent.pk, "to": ["lead_contact"]}, name="Tell")
    write(gunta, "ticket.moved", {"do": "mail", "template": sent.pk, "to": to}, name="All")
    with pair.service() as by:
        services.edit(Ticket.objects.get(pk=pair.insourced.pk), by=by, planned_minutes=9)
    turn()
    assert runs(gunta)[0] == ("Tell", "done")
    assert all(address.endswith("@baltic.example") for address, _ in rule_mails(gunta))
    with pair.service():
        note = Note.objects.get(audience=Audience.PARTNER)
        assert note.text == f"DE Dear partner, {pair.ticket.number} goes well."
    with pair.lead():
        arrived = Note.objects.get(ticket=pair.ticket, text__contains="Dear partner")
        assert arrived.author_name == "Tell (Baltic Service)"


def test_terms_are_for_who_may_view_them(max, nordlicht, pair):  # noqa: F811
    nobody = add_member(nordlicht, "dora@nordlicht.example", "Dora", "dispatcher", outsourcing_level="none")
    sent = letter(max, "Terms", "Terms: {handover.terms}|{handover.partner}")
    to = ["dispatchers", "sender"]
    write(max, "ticket.edited", {"do": "mail", "template": sent.pk, "to": to}, setting={"field": "planned_minutes"})
    with pair.lead() as by:
        services.edit(Ticket.objects.get(pk=pair.ticket.pk), by=by, planned_minutes=9)
    work()
    with pair.lead():
        texts = {one.to_address: one.text for one in OutgoingMail.objects.filter(code="rule_mail")}
        assert "350" in texts["max@nordlicht.example"]
        assert "350" not in texts[nobody.email] and "|Baltic Service" in texts[nobody.email]
        case = Case(None, Ticket.objects.get(pk=pair.ticket.pk))
        assert variables.values(case, Eyes.CUSTOMER)["handover.partner"] == ""


def test_two_companies_whose_rules_answer_each_other_come_to_an_end(max, gunta, pair):  # noqa: F811
    """Field news travels and is no consequence of ours over there: the limit of an hour ends it."""
    for member in (max, gunta):
        step = {"do": "set", "field": "title", "value": "{ticket.title}."}
        write(member, "handover.fields_changed", step, name="Echo", limit=3)
    with pair.lead() as by:
        services.edit(Ticket.objects.get(pk=pair.ticket.pk), by=by, title="Ping")
    for _round in range(30):
        drain()
        work()
    assert drain() == 0
    assert len(runs(max)) <= 4 and len(runs(gunta)) <= 4
    assert "limit" in {outcome for _name, outcome in (*runs(max), *runs(gunta))}


def test_a_rule_is_nobody_s_partner_its_entries_are_told_as_the_system_s(max, pair):  # noqa: F811
    write(max, "ticket.edited", NOTE, name="Quiet", setting={"field": "planned_minutes"})
    with pair.lead() as by:
        services.edit(Ticket.objects.get(pk=pair.ticket.pk), by=by, planned_minutes=9)
        before = Event.objects.count()
    work()
    with pair.lead():
        assert Entry.objects.filter(channel="rule", kind="note.added").get().by_kind == "system"
        assert Event.objects.count() == before, "an internal note goes nowhere"
        assert Actor.system("rule", "x").can("ticket.edit") == "all"
