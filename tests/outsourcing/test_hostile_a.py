"""Hostile tests A5, A7 and A9 of outsourcing: ends end access, a demotion counts at once, nothing tells of others."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from outsourcing import notifications
from outsourcing.models import Handover, Invitation, Partnership, Share
from outsourcing.services import agreement, answering, ending, partners, sending
from psa.directory.models import Company
from psa.journal.models import Entry
from psa.lanes.models import Event, Lane
from psa.mail.models import OutgoingMail
from psa.tenancy import services as tenants
from psa.tenancy.models import Membership, Tenant
from psa.timers import timers
from psa.timers.models import Timer
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import Pair, drain
from tests.outsourcing.test_path import for_partner
from tests.pictures import PNG
from tickets import readers
from tickets.models import Note, Queue, Ticket
from tickets.models.items import KINDS
from tickets.services import files, items, lifecycle


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


def rows(member: Membership) -> str:
    """Everything a desk has: what a refused request must have left alone."""
    with acting(member):
        models = (*KINDS.values(), Ticket, Handover, Share, Entry, Event)
        return "\n".join(str(list(model._default_manager.order_by("pk").values())) for model in models)


# A5: before acceptance ------------------------------------------------------------------------------------------------
def declined(pair: Any) -> None:
    with acting(pair.gunta) as by:
        answering.decline(pair.handover, "No time.", by=by)


def canceled(pair: Any) -> None:
    with acting(pair.max) as by:
        sending.cancel(pair.ticket, by=by)


def expired(pair: Any) -> None:
    with acting(pair.max), time_machine.travel(timezone.now() + timedelta(days=3)):
        sending.expire(pair.handover.pk)


@pytest.mark.parametrize("end", [declined, canceled, expired])
def test_a5_an_offer_that_is_over_cannot_be_answered_from_an_open_page(
    end: Callable[[Any], None],
    max: Membership,
    gunta: Membership,
    ticket: Ticket,
    offered: Handover,
    desk_of_baltic: Any,
) -> None:
    """The page was open in a browser; its forms, its mail's link and whatever comes later change nothing."""
    pair = Pair(max, gunta, ticket, ticket, offered)
    client, desk = sign_in(gunta), f"/baltic/handovers/{offered.key}/"
    assert client.get(f"{desk}accept/").status_code == 200
    end(pair)
    drain()
    before = rows(max) + rows(gunta)
    form = {"company": desk_of_baltic.pk, "title": "Late", "priority": 3}
    assert client.post(f"{desk}accept/", form).status_code == 409
    assert client.post(f"{desk}decline/", {"reason": "Late."}).status_code == 409
    assert rows(max) + rows(gunta) == before
    with acting(max) as by:
        sent = Event.objects.count()
        fresh = Ticket.objects.get(pk=ticket.pk)
        items.add(fresh, "note", items_reader(fresh, "internal"), by=by, text="CANARY after")
        assert Event.objects.count() == sent
    listing = client.get("/baltic/outsourcing/?folder=offers")
    assert listing.context["list"].rows == []
    assert "CANARY" not in client.get(desk).content.decode()


def items_reader(ticket: Ticket, audience: str) -> Any:
    return next(one for one in readers.readers(ticket) if one.audience == audience)


# A5: after acceptance -------------------------------------------------------------------------------------------------
def taken_back(pair: Pair) -> None:
    with pair.lead() as by:
        ending.take_back(pair.ticket, "Ours again.", by=by)


def completed(pair: Pair) -> None:
    with pair.lead() as by:
        ending.complete(pair.ticket, by=by)


def returned(pair: Pair) -> None:
    with pair.service() as by:
        answering.give_back(pair.insourced, "No.", by=by)


@pytest.mark.parametrize("end", [taken_back, completed, returned])
def test_a5_after_the_end_what_came_before_is_there_and_nothing_comes_after(
    end: Callable[[Pair], None], pair: Pair
) -> None:
    """Queued events, open pages, forged posts and fragments, from the commit on."""
    lead, service = sign_in(pair.max), sign_in(pair.gunta)
    with pair.service() as by:
        items.add(pair.insourced, "note", for_partner(pair.insourced), by=by, text="Before the end.")
        form = {"reader": for_partner(pair.insourced).value, "text": "CANARY late", "kind_of": "note"}
    with pair.lead() as by:
        lead_form = {"reader": for_partner(pair.ticket).value, "text": "CANARY late", "kind_of": "note"}
    drain()
    end(pair)
    before = rows(pair.max) + rows(pair.gunta)
    # The pages were open, and the news has not even arrived.
    for client, desk, number, posted in (
        (lead, "nordlicht", pair.ticket.number, lead_form),
        (service, "baltic", pair.insourced.number, form),
    ):
        add = reverse("tickets:add", args=[desk, number, "note"])
        assert client.post(add, posted).status_code == 422, "its reader is gone"
        for move in ("approve", "reject", "complete", "take-back", "submit-work", "recall", "return"):
            answer = client.post(f"/{desk}/tickets/{number}/{move}/", {"reason": "Late.", "part": "10"})
            assert answer.status_code == 409, move
    assert rows(pair.max) + rows(pair.gunta) == before
    while drain():
        pass
    with pair.lead():
        assert list(Note.objects.filter(received_at__isnull=False).values_list("text", flat=True)) == [
            "Before the end."
        ]
        assert not Lane.objects.filter(channel=pair.handover.channel, is_open=True).exists()
    with pair.service() as by:
        news = service.get(f"/baltic/tickets/{pair.insourced.number}/news/?since=0").content.decode()
        assert "CANARY" not in news


def test_a5_a_link_to_a_partners_file_opens_at_ones_own_desk_only(pair: Pair, sam: Membership) -> None:
    with pair.service() as by:
        upload = SimpleUploadedFile("photo.png", PNG, "image/png")
        file = files.attach(pair.insourced, upload, for_partner(pair.insourced), by=by)
    drain()
    completed(pair)
    drain()
    there = reverse("tickets:file", args=["baltic", pair.insourced.number, file.key])
    here = reverse("tickets:file", args=["nordlicht", pair.ticket.number, file.key])
    assert sign_in(pair.max).get(here).status_code == 200, "what arrived before the end stays"
    assert sign_in(pair.max).get(there).status_code == 404
    assert sign_in(sam).get(here).status_code == sign_in(sam).get(there).status_code == 404


def test_a5_timers_of_an_ended_handover_tell_nobody_anything_new(pair: Pair) -> None:
    """A digest armed before the end tells what arrived; it is the last."""
    with pair.service() as by:
        items.add(pair.insourced, "note", for_partner(pair.insourced), by=by, text="Before the end.")
    drain()
    completed(pair)
    drain()
    with pair.lead():
        Timer.objects.update(due=timezone.now())
    timers.sweep()
    with pair.lead():
        assert OutgoingMail.objects.filter(code="items_arrived").count() == 1
        count = OutgoingMail.objects.count()
        Timer.objects.update(due=timezone.now())
    timers.sweep()
    with pair.lead():
        assert OutgoingMail.objects.count() == count


def test_a5_after_the_end_of_a_partnership_nothing_can_be_offered(pair: Pair) -> None:
    completed(pair)
    drain()
    with pair.service() as by:
        partners.end(Partnership.objects.get(), by=by)
    drain()
    before = rows(pair.gunta)
    with pair.lead() as by:
        ticket = lifecycle.create(by=by, title="CANARY next", company=Company.objects.order_by("pk").first())
        key = Partnership.objects.get().key
    form = {
        "partner": key, "rate_type": "hourly", "currency": "EUR", "cost_rate": "60", "bill_rate": "95", "do": "send",
        "authorised_hours": "5", "authorised_charges": "0", "answer_hours": "24", "detail": "site",
    }  # fmt: skip
    answer = sign_in(pair.max).post(f"/nordlicht/tickets/{ticket.number}/outsource/", form)
    assert answer.status_code in {409, 422}
    drain()
    assert rows(pair.gunta) == before


# A7 -------------------------------------------------------------------------------------------------------------------
@pytest.fixture
def dana(nordlicht: Tenant) -> Membership:
    """A dispatcher at Nordlicht: level Partners."""
    return tenants.add_member(nordlicht, "dana@nordlicht.example", "Dana", "dispatcher")


def demote(member: Membership) -> None:
    with acting(member):
        Membership.objects.filter(pk=member.pk).update(outsourcing_level="none")


def test_a7_a_demoted_member_keeps_nothing_on_the_next_request(pair: Pair, dana: Membership) -> None:
    client, number = sign_in(dana), pair.ticket.number
    with pair.service() as by:
        answering.submit(pair.insourced, by=by)
    drain()
    pages = ("", "partners/", "ledger/", "link-trouble/", "?folder=approval", "ledger/?format=csv")
    for page in pages:
        assert client.get(f"/nordlicht/outsourcing/{page}").status_code == 200
    shown = client.get(f"/nordlicht/tickets/{number}/").content.decode()
    assert "/approve/" in shown
    counts = client.get("/nordlicht/counts/").content.decode()
    demote(dana)
    before = rows(pair.max)
    for page in pages:
        assert client.get(f"/nordlicht/outsourcing/{page}").status_code == 403
    shown = client.get(f"/nordlicht/tickets/{number}/").content.decode()
    for gone in ("/approve/", "/take-back/", "/outsource/", f'/handovers/{pair.handover.key}/"', "60,00", "60.00"):
        assert gone not in shown, gone
    for path in (f"tickets/{number}/approve/", f"tickets/{number}/take-back/", f"tickets/{number}/outsource/"):
        assert client.post(f"/nordlicht/{path}", {"reason": "Mine."}).status_code == 403
    for path in ("retry", "skip"):
        assert client.post(f"/nordlicht/handovers/{pair.handover.key}/{path}/", {"reason": "x"}).status_code == 403
    terms = client.get(f"/nordlicht/handovers/{pair.handover.key}/").content.decode()
    assert "60.00" not in terms
    assert "60,00" not in terms
    assert rows(pair.max) == before
    assert counts


def test_a7_a_demoted_manager_gets_no_more_mail_for_managers(pair: Pair, dana: Membership, baltic: Tenant) -> None:
    demote(dana)
    with pair.lead():
        assert dana.pk not in [one.pk for one in notifications.partner_managers()]


def test_a7_who_is_no_longer_active_is_signed_out_of_the_desk(pair: Pair, dana: Membership) -> None:
    client = sign_in(dana)
    assert client.get(f"/nordlicht/tickets/{pair.ticket.number}/").status_code == 200
    with acting(dana):
        Membership.objects.filter(pk=dana.pk).update(is_active=False)
    for page in ("outsourcing/", f"tickets/{pair.ticket.number}/", "counts/", "tickets/"):
        assert client.get(f"/nordlicht/{page}").status_code in {302, 403, 404}


# A9 -------------------------------------------------------------------------------------------------------------------
def test_a9_ticket_numbers_count_one_company_only(pair: Pair, sam: Membership) -> None:
    with acting(sam) as by:
        Queue.objects.create(name="Desk", is_default=True)
        own = Company.objects.create(name="Own")
        first = lifecycle.create(by=by, title="First of Atlas", company=own)
    for number in range(3):
        with pair.lead() as by:
            lifecycle.create(by=by, title=f"Ticket {number}", company=Company.objects.order_by("pk").first())
    with acting(sam) as by:
        assert lifecycle.create(by=by, title="Second", company=own).number == first.number + 1


def test_a9_counts_filters_and_lists_of_a_stranger_say_nothing(pair: Pair, sam: Membership) -> None:
    with pair.service() as by:
        answering.submit(pair.insourced, by=by)
    drain()
    client = sign_in(sam)
    with acting(sam) as by:
        agreement.accept(agreement.present("en"), by=by)  # type: ignore[arg-type]
    for page in ("", "?folder=open", "ledger/", "link-trouble/", "partners/", "ledger/?format=csv"):
        answer = client.get(f"/atlas/outsourcing/{page}")
        assert answer.status_code == 200
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
        for word in ("Nordlicht", "Baltic", "Riga", str(pair.handover.key)):
            assert word not in body.decode(), (page, word)
    counts = client.get("/atlas/counts/").content.decode()
    assert not re.search(r">\s*[1-9]\d*\+?\s*<", counts)
    for query in (f"partner={pair.handover.partnership.key}", "sort=lead__name", "after=x", "receipt=applied'--"):
        assert client.get(f"/atlas/outsourcing/ledger/?{query}").context["list"].rows == []


def test_a9_a_unique_value_of_another_company_is_free_here(pair: Pair, sam: Membership) -> None:
    """No error says that somebody else has it: keys are unique inside a company."""
    with pair.lead() as by:
        note = items.add(pair.ticket, "note", for_partner(pair.ticket), by=by, text="x")
    with acting(sam) as by:
        Queue.objects.create(name="Desk", is_default=True)
        own = Company.objects.create(name="Reederei Hansen")
        ticket = lifecycle.create(by=by, title="Mine", company=own)
        with transaction.atomic():
            Note.objects.create(ticket=ticket, author_name="Sam", text="y", key=note.key)
        with pytest.raises(IntegrityError), transaction.atomic():
            Note.objects.create(ticket=ticket, author_name="Sam", text="y", key=note.key)


def test_a9_an_invitation_says_the_same_whether_its_receiver_is_known_or_not(
    desk_of_nordlicht: Company, max: Membership, gunta: Membership
) -> None:
    """Inviting a member of another company and inviting nobody look the same to the lead."""
    with acting(max) as by:
        for address in (gunta.email, "nobody@unknown.example"):
            company = Company.objects.create(name=address, kind="partner", email=address)
            partners.invite(company, address, "Somebody", by=by)
        answers = [(one.status, one.to_name) for one in Invitation.objects.order_by("pk")]
    assert answers[0] == answers[1]
    page = sign_in(max).get("/nordlicht/outsourcing/partners/").content.decode()
    assert "Baltic" not in page.replace(gunta.email, "")


def test_a9_what_is_not_ones_own_is_as_if_it_did_not_exist(pair: Pair, sam: Membership) -> None:
    """The answer for a row of somebody else and for no row at all is the same."""
    client = sign_in(sam)
    real, made_up = str(pair.handover.key), "00000000-0000-4000-8000-000000000000"
    for path in ("", "accept/", "decline/", "skip/"):
        answers = [client.get(f"/atlas/handovers/{key}/{path}") for key in (real, made_up)]
        texts = [
            re.sub(r"csrf[^>]*>|nonce-[^\"']*|[0-9a-f]{8}-[0-9a-f-]{27}", "", one.content.decode()) for one in answers
        ]
        assert [one.status_code for one in answers] == [404, 404]
        assert len(texts[0]) == len(texts[1])
