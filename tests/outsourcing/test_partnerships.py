"""The partnership's page on each side (outsourcing spec §3): who moves it, what is kept, what it prefills, its end."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.utils import timezone

from outsourcing.models import Handover, LeadSide, Partnership, PartnershipSide
from outsourcing.services import answering, ending, keeping, mapping, sending
from outsourcing.terms import Draft
from psa.directory.models import Company, Contact, WorkType
from psa.journal.models import Entry
from psa.tenancy import scope, services
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership, Tenant
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import HOURLY, Pair, drain
from tickets import guards
from tickets.forms import form_of
from tickets.models import Category, Queue, Ticket
from tickets.services import lifecycle


def page(desk: str, partnership: Partnership, more: str = "") -> str:
    return f"/{desk}/outsourcing/partners/{partnership.key}/{more}"


def status(max: Membership, partnership: Partnership) -> str:
    with acting(max):
        return Partnership.objects.get(pk=partnership.pk).status


def side_of(member: Membership) -> PartnershipSide:
    with acting(member):
        return PartnershipSide.objects.get()


# Status ---------------------------------------------------------------------------------------------------------------
def test_who_paused_resumes_and_the_page_says_so_on_both_sides(
    max: Membership, gunta: Membership, partnership: Partnership
) -> None:
    lead, service = sign_in(max), sign_in(gunta)
    lead.post(page("nordlicht", partnership, "pause/"))
    ours, theirs = (
        lead.get(page("nordlicht", partnership)).content.decode(),
        service.get(page("baltic", partnership)).content.decode(),
    )
    assert "resume/" in ours and "resume/" not in theirs
    assert service.post(page("baltic", partnership, "resume/")).status_code == 409
    assert status(max, partnership) == "paused"
    lead.post(page("nordlicht", partnership, "resume/"))
    assert status(max, partnership) == "active"


def test_a_stranger_finds_no_page_and_a_member_without_the_right_is_told_which(
    partnership: Partnership, sam: Membership, ada: Membership
) -> None:
    assert sign_in(sam).get(page("atlas", partnership)).status_code == 404
    assert sign_in(ada).get(page("nordlicht", partnership)).status_code == 403


# What each side keeps -------------------------------------------------------------------------------------------------
NOTES = {"part": "notes", "notify_email": "news@nordlicht.example", "tags": "Riga,  LAN; riga, lv", "note": "CANARY"}


def test_each_side_keeps_address_note_and_tags_to_itself(
    max: Membership, gunta: Membership, partnership: Partnership
) -> None:
    assert sign_in(max).post(page("nordlicht", partnership), NOTES).status_code == 302
    kept = side_of(max)
    assert (kept.notify_email, kept.note, kept.tags) == ("news@nordlicht.example", "CANARY", ["Riga", "LAN", "lv"])
    shown = sign_in(max).get(page("nordlicht", partnership)).content.decode()
    assert "CANARY" in shown and '<span class="badge tone-gray">LAN</span>' in shown
    for path in (page("baltic", partnership), "/baltic/outsourcing/partners/", page("baltic", partnership, "end/")):
        assert "CANARY" not in sign_in(gunta).get(path).content.decode()
    assert side_of(gunta).note == ""


def test_wrong_words_stay_in_the_form_and_nothing_is_kept(max: Membership, partnership: Partnership) -> None:
    typed = {**NOTES, "notify_email": "nowhere", "tags": "x" * 60}
    answer = sign_in(max).post(page("nordlicht", partnership), typed)
    assert answer.status_code == 422
    assert set(answer.context["forms"]["notes"].errors) == {"notify_email", "tags"}
    assert "CANARY" in answer.content.decode()
    assert side_of(max).note == ""


def test_partners_are_found_by_their_tags(max: Membership, partnership: Partnership) -> None:
    with acting(max):
        company = Company.objects.create(name="Baltic Service", kind="partner")
        PartnershipSide.objects.update(company=company)
    sign_in(max).post(page("nordlicht", partnership), NOTES)
    found = sign_in(max).get("/nordlicht/outsourcing/partners/?q=LAN").content.decode()
    assert "Baltic Service" in found and "Reederei Hansen" not in found


# Default terms --------------------------------------------------------------------------------------------------------
TERMS = {
    "part": "terms", "rate_type": "hourly", "currency": "EUR", "cost_rate": "62,50", "authorised_hours": "3",
    "authorised_charges": "40", "step_minutes": "15", "answer_hours": "8", "detail": "none", "not_to_exceed": "on",
    "instructions": "Call first.", "flat_amount": "",
}  # fmt: skip


def test_the_leads_default_terms_prefill_the_offer_to_this_partner(
    max: Membership, gunta: Membership, ticket: Ticket, partnership: Partnership
) -> None:
    client = sign_in(max)
    assert client.post(page("nordlicht", partnership), TERMS).status_code == 302
    offer = f"/nordlicht/tickets/{ticket.number}/outsource/"
    form = client.get(f"{offer}?partner={partnership.key}").context["form"]
    start = {name: form[name].value() for name in ("authorised_hours", "step_minutes", "answer_hours", "detail")}
    assert start == {"authorised_hours": "3:00", "step_minutes": 15, "answer_hours": 8, "detail": "none"}
    assert (str(form["cost_rate"].value()), form["not_to_exceed"].value()) == ("62.50", True)
    assert form["instructions"].value() == "Call first."
    plain = client.get(offer).context["form"]
    assert plain["answer_hours"].value() == 24 and plain["cost_rate"].value() is None
    theirs = sign_in(gunta).get(page("baltic", partnership)).content.decode()
    assert "62.5" not in theirs and "62,5" not in theirs and "Call first." not in theirs


def test_the_usual_terms_are_taken_over_without_losing_what_was_typed(
    max: Membership, ticket: Ticket, partnership: Partnership
) -> None:
    client = sign_in(max)
    client.post(page("nordlicht", partnership), TERMS)
    typed = {"partner": str(partnership.key), "do": "usual", "bill_rate": "95", "complete_by": "soon", "detail": "site"}
    answer = client.post(f"/nordlicht/tickets/{ticket.number}/outsource/", typed)
    form = answer.context["form"]
    assert answer.status_code == 200 and not form.errors
    assert (str(form["bill_rate"].value()), str(form["cost_rate"].value())) == ("95", "62.50")
    assert form["complete_by"].value() == "soon"
    with acting(max):
        assert not Handover.objects.exists()


def test_the_other_side_has_no_default_terms_and_the_lead_no_setup(
    max: Membership, gunta: Membership, partnership: Partnership
) -> None:
    sign_in(gunta).post(page("baltic", partnership), TERMS)
    assert not side_of(gunta).terms
    with acting(gunta) as by, pytest.raises(Refused, match="not_our_side_of_it"):
        keeping.set_terms(partnership, Draft(), by=by)
    with acting(max) as by, pytest.raises(Refused, match="not_our_side_of_it"):
        keeping.set_up(partnership, by=by, queue=None)


# Insourcing setup and re-mapping --------------------------------------------------------------------------------------
def test_the_insourcing_setup_prefills_the_insourced_ticket(
    gunta: Membership, baltic: Tenant, offered: Handover, partnership: Partnership, desk_of_baltic: Company
) -> None:
    ilze = services.add_member(baltic, "ilze@baltic.example", "Ilze", "technician")
    with acting(gunta):
        field, lan = Queue.objects.create(name="Lauks"), Category.objects.create(name="Tīkls")
    setup = {"part": "setup", "queue": field.pk, "category": lan.pk, "assignee": ilze.pk, "work_type": ""}
    assert sign_in(gunta).post(page("baltic", partnership), setup).status_code == 302
    form = sign_in(gunta).get(f"/baltic/handovers/{offered.key}/accept/").context["form"]
    assert [form[name].value() for name in ("queue", "category", "assignee")] == [field.pk, lan.pk, ilze.pk]


def test_the_work_type_of_the_setup_prefills_the_time_of_an_insourced_ticket(
    pair: Pair, partnership: Partnership
) -> None:
    with pair.service() as by:
        field_work = WorkType.objects.create(name="Izbraukums")
        keeping.set_up(partnership, by=by, work_type=field_work)
        ticket = Ticket.objects.get(pk=pair.insourced.pk)
        assert form_of("timeentry", ticket, by)["work_type"].value() == field_work.pk
    with pair.lead() as by:
        ticket = Ticket.objects.get(pk=pair.ticket.pk)
        assert form_of("timeentry", ticket, by)["work_type"].value() is None


def test_a2_the_setup_names_no_row_of_another_company(
    gunta: Membership, max: Membership, partnership: Partnership
) -> None:
    with acting(max):
        foreign = Queue.objects.get()
    for typed in (
        {"part": "setup", "queue": foreign.pk},
        {"part": "setup", "assignee": max.pk},
        {"part": "mapping", "company": 999_999},
    ):
        assert sign_in(gunta).post(page("baltic", partnership), typed).status_code == 422
    assert side_of(gunta).queue_id is None


def insourced_company(pair: Pair) -> str:
    with pair.service():
        return Ticket.objects.select_related("company").get(pk=pair.insourced.pk).company.name


def test_an_administrator_re_maps_and_open_insourced_tickets_follow(pair: Pair, partnership: Partnership) -> None:
    with pair.service():
        other = Company.objects.create(name="Nordlicht GmbH")
        contact = Contact.objects.create(company=pair.insourced.company, name="Max")
        Ticket.objects.filter(pk=pair.insourced.pk).update(contact=contact)
    answer = sign_in(pair.gunta).post(page("baltic", partnership), {"part": "mapping", "company": other.pk})
    assert answer.status_code == 302
    assert insourced_company(pair) == "Nordlicht GmbH"
    with pair.service():
        told = Entry.objects.get(kind="partnership.remapped")
        assert told.by_name == pair.gunta.name
        assert (told.data["old"], told.data["new"]) == ("Nordlicht IT", "Nordlicht GmbH")
        assert told.data["tickets"] == [pair.insourced.number]
        assert Ticket.objects.get(pk=pair.insourced.pk).contact is None
        assert Entry.objects.filter(kind="ticket.edited", subject_id=pair.insourced.pk).exists()


def test_closed_tickets_and_those_somebody_holds_on_to_keep_their_company(
    pair: Pair, partnership: Partnership, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A guard of "ticket.remap" stands for posted items, which come with billing."""
    monkeypatch.setattr(guards, "_guards", list(guards._guards))
    guards.register("ticket.remap")(lambda ticket, verb, items, by: {None: Refused("posted")})
    with pair.service() as by:
        other = Company.objects.create(name="Nordlicht GmbH")
        assert mapping.remap(partnership, other, by=by) == []
        assert PartnershipSide.objects.get().company == other
    assert insourced_company(pair) == "Nordlicht IT"


def test_only_administrators_re_map(pair: Pair, partnership: Partnership, baltic: Tenant) -> None:
    dina = services.add_member(baltic, "dina@baltic.example", "Dina", "dispatcher")
    with pair.service():
        other = Company.objects.create(name="Nordlicht GmbH")
    shown = sign_in(dina).get(page("baltic", partnership)).content.decode()
    assert 'value="mapping"' not in shown
    sign_in(dina).post(page("baltic", partnership), {"part": "mapping", "company": other.pk})
    with acting(dina) as by, pytest.raises(Denied, match=r"tenant\.manage"):
        mapping.remap(partnership, other, by=by)
    assert insourced_company(pair) == "Nordlicht IT" and side_of(pair.gunta).company_id == pair.insourced.company_id


# Off-boarding ---------------------------------------------------------------------------------------------------------
def test_ending_lists_what_still_runs_and_waits_until_nothing_does(pair: Pair, partnership: Partnership) -> None:
    client = sign_in(pair.max)
    with pair.lead() as by:
        more = lifecycle.create(by=by, title="Second job", company=pair.ticket.company)
        sending.send(more, partnership, Draft(**HOURLY), by=by)  # type: ignore[arg-type]
        third = lifecycle.create(by=by, title="Third job", company=pair.ticket.company)
        sending.prepare(third, partnership, Draft(), by=by)
    shown = client.get(page("nordlicht", partnership, "end/")).content.decode()
    for number in (pair.ticket.number, more.number, third.number):
        assert f'href="/nordlicht/tickets/{number}/"' in shown
    assert client.post(page("nordlicht", partnership, "end/")).status_code == 409
    assert status(pair.max, partnership) == "active"
    theirs = sign_in(pair.gunta).get(page("baltic", partnership, "end/")).content.decode()
    assert f'href="/baltic/tickets/{pair.insourced.number}/"' in theirs and "Second job" in theirs
    assert "Third job" not in theirs
    with pair.lead() as by:
        sending.cancel(more, by=by)
        ending.complete(pair.ticket, by=by)
    drain()
    shown = client.get(page("nordlicht", partnership, "end/")).content.decode()
    assert pair.ticket.title in shown and "aria-disabled" not in shown.split("<main")[1]
    assert client.post(page("nordlicht", partnership, "end/")).status_code == 302
    assert status(pair.max, partnership) == "ended"


def test_the_off_boarding_list_costs_the_same_however_long(
    pair: Pair, partnership: Partnership, django_assert_max_num_queries: Any
) -> None:
    with pair.lead() as by:
        for number in range(8):
            more = lifecycle.create(by=by, title=f"Job {number}", company=pair.ticket.company)
            sending.send(more, partnership, Draft(**HOURLY), by=by)  # type: ignore[arg-type]
    client = sign_in(pair.max)
    client.get(page("nordlicht", partnership, "end/"))
    with django_assert_max_num_queries(26):
        client.get(page("nordlicht", partnership, "end/"))
    with django_assert_max_num_queries(26):
        client.get(page("nordlicht", partnership))


# Suspended ------------------------------------------------------------------------------------------------------------
UNAVAILABLE = re.compile("unavailable since|nicht erreichbar|nav pieejams")


def suspend(tenant: Tenant) -> None:
    with scope.platform("test: the operator suspends"):
        Tenant.objects.filter(pk=tenant.pk).update(suspended_at=timezone.now())


def test_a_suspended_partner_is_said_to_be_unavailable_and_gets_no_offer(
    pair: Pair, partnership: Partnership, baltic: Tenant
) -> None:
    suspend(baltic)
    client = sign_in(pair.max)
    shown = client.get(f"/nordlicht/tickets/{pair.ticket.number}/").content.decode()
    there = client.get(page("nordlicht", partnership)).content.decode()
    assert UNAVAILABLE.search(shown) and UNAVAILABLE.search(there)
    with pair.lead() as by:
        more = lifecycle.create(by=by, title="Second job", company=pair.ticket.company)
        with pytest.raises(Refused, match="partner_unavailable"):
            sending.send(more, partnership, Draft(**HOURLY), by=by)  # type: ignore[arg-type]
        assert not LeadSide.objects.filter(ticket=more).exists()


def test_the_lead_takes_back_from_a_suspended_partner(pair: Pair, baltic: Tenant) -> None:
    suspend(baltic)
    url = f"/nordlicht/tickets/{pair.ticket.number}/take-back/"
    assert sign_in(pair.max).post(url, {"reason": "They cannot."}).status_code == 302
    assert pair.status() == "returned"


def test_the_service_side_returns_to_a_suspended_lead(pair: Pair, nordlicht: Tenant) -> None:
    suspend(nordlicht)
    shown = sign_in(pair.gunta).get(f"/baltic/tickets/{pair.insourced.number}/").content.decode()
    assert UNAVAILABLE.search(shown)
    with pair.service() as by:
        answering.give_back(pair.insourced, "They cannot.", by=by)
        assert Handover.objects.get(pk=pair.handover.pk).status == "returned"


# Each relationship is its own -----------------------------------------------------------------------------------------
def test_partners_of_one_lead_learn_nothing_of_each_other(
    max: Membership, gunta: Membership, sam: Membership, partnership: Partnership, nordlicht: Tenant, atlas: Tenant
) -> None:
    with scope.tenant(nordlicht):
        second = Partnership.objects.create(
            lead=nordlicht, service=atlas, lead_name="Nordlicht IT", service_name="Atlas Support"
        )
        PartnershipSide.objects.create(lead_of=second, note="CANARY second")
    assert sign_in(max).get(page("nordlicht", second)).status_code == 200
    assert sign_in(gunta).get(page("baltic", second)).status_code == 404
    for path in (page("baltic", partnership), page("baltic", partnership, "end/"), "/baltic/outsourcing/partners/"):
        shown = sign_in(gunta).get(path).content.decode()
        assert "Atlas Support" not in shown and "CANARY" not in shown
    assert "Baltic Service" not in sign_in(sam).get(page("atlas", second)).content.decode()
