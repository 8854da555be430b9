"""What pages show and what they cost: canaries of one side on no page of the other, and statements that stay few."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from outsourcing.dashboards import folders
from outsourcing.models import Handover, LeadSide, Share
from outsourcing.services import answering, ending, sending
from outsourcing.terms import Draft
from psa.directory.models import Company
from psa.tenancy import services
from psa.tenancy.models import Membership
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import HOURLY, Pair, drain
from tickets import readers
from tickets.models import Audience, Ticket
from tickets.services import items, lifecycle

CANARIES = ("CANARY", "95,00", "95.00", "Reederei Hansen", "35,00")


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


@contextmanager
def at_most(number: int) -> Iterator[None]:
    with CaptureQueriesContext(
        connection,
    ) as found:
        yield
    said = [query["sql"] for query in found.captured_queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(said) <= number, "\n".join(said)


def reader(ticket: Ticket, audience: str) -> readers.Reader:
    return next(one for one in readers.readers(ticket) if one.audience == audience)


def write(pair: Pair, member: Membership, audience: str, text: str) -> None:
    ticket = pair.ticket if member is pair.max else pair.insourced
    with acting(member) as by:
        found = Ticket.objects.select_related("tenant").get(pk=ticket.pk)
        items.add(found, "note", reader(found, audience), by=by, text=text)
    drain()


def submit(pair: Pair) -> None:
    with pair.service() as by:
        answering.submit(pair.insourced, by=by)
    drain()


# What is not for the other side ---------------------------------------------------------------------------------------
def test_s7_no_page_of_the_service_partner_shows_anything_of_the_leads_own(pair: Pair) -> None:
    write(pair, pair.max, Audience.INTERNAL, "CANARY internal")
    write(pair, pair.max, Audience.PARTNER, "For Baltic")
    client = sign_in(pair.gunta)
    pages = [
        f"/baltic/handovers/{pair.handover.key}/",
        f"/baltic/tickets/{pair.insourced.number}/",
        f"/baltic/tickets/{pair.insourced.number}/submit-work/",
        *(f"/baltic/outsourcing/?folder={folder.code}" for folder in folders.RECEIVED_WORK),
        "/baltic/outsourcing/?folder=received&format=csv",
        "/baltic/outsourcing/partners/",
    ]
    for page in pages:
        answer = client.get(page)
        text = (b"".join(answer) if answer.streaming else answer.content).decode()
        assert answer.status_code == 200, page
        assert not [canary for canary in CANARIES if canary in text], page
    assert "For Baltic" in client.get(pages[1]).content.decode()


def test_the_preview_is_what_the_partner_gets(
    max: Membership, gunta: Membership, ticket: Ticket, partnership: Any
) -> None:
    typed = {
        "partner": partnership.key,
        "rate_type": "hourly",
        "currency": "EUR",
        "cost_rate": "60",
        "bill_rate": "95",
        "authorised_hours": "1,5",
        "answer_hours": "24",
        "detail": "none",
        "instructions": "Ring twice.",
        "do": "send",
    }
    client, address = sign_in(max), f"/nordlicht/tickets/{ticket.number}/outsource/"
    shown = client.post(f"{address}preview/", typed).content.decode()
    assert "Ring twice." in shown and "1:30" in shown and "90,00" in shown
    assert "95,00" not in shown[shown.index("<article") :], "what the customer pays is none of the partner's business"
    assert client.post(address, typed).status_code == 302
    assert client.post(f"{address}preview/", typed).status_code == 204
    drain()
    with acting(gunta):
        key = Handover.objects.get().key
    page = sign_in(gunta).get(f"/baltic/handovers/{key}/").content.decode()
    assert "Ring twice." in page and "1:30" in page and "95,00" not in page and "Reederei" not in page


# What was typed stays -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"cost_rate": ""}, "cost_rate"),
        ({"bill_rate": ""}, "bill_rate"),
        ({"authorised_hours": "soon"}, "authorised_hours"),
        ({"rate_type": "flat"}, "flat_amount"),
        ({"complete_by": "2020-01-01T10:00"}, "complete_by"),
        ({"partner": "00000000-0000-0000-0000-000000000000"}, "partner"),
    ],
)
def test_a_gap_in_an_offer_is_shown_and_nothing_typed_is_lost(
    wrong: dict[str, str], said: str, max: Membership, ticket: Ticket, partnership: Any
) -> None:
    typed = {
        "partner": str(partnership.key),
        "rate_type": "hourly",
        "currency": "EUR",
        "cost_rate": "61",
        "bill_rate": "95",
        "authorised_hours": "5",
        "answer_hours": "24",
        "detail": "site",
        "instructions": "Typed with care.",
        "do": "send",
        **wrong,
    }
    answer = sign_in(max).post(f"/nordlicht/tickets/{ticket.number}/outsource/", typed)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [said]
    assert "Typed with care." in answer.content.decode()
    with acting(max):
        assert not Handover.objects.exists()


def test_over_the_limit_is_said_in_the_form(ada: Membership, ticket: Ticket, partnership: Any, max: Membership) -> None:
    with acting(max) as by:
        lifecycle_ticket = lifecycle.create(by=by, title="Dear", company=ticket.company, assignee=ada)
    typed = {
        "partner": partnership.key,
        "rate_type": "flat",
        "currency": "EUR",
        "flat_amount": "900",
        "answer_hours": "24",
        "detail": "site",
        "do": "send",
    }
    answer = sign_in(ada).post(f"/nordlicht/tickets/{lifecycle_ticket.number}/outsource/", typed)
    assert answer.status_code == 409
    assert "900,00" in answer.content.decode() and "500,00" in answer.content.decode()
    with acting(max):
        assert not Handover.objects.exists()


def test_a_draft_may_have_gaps_and_comes_back_as_it_was(max: Membership, ticket: Ticket, partnership: Any) -> None:
    client, address = sign_in(max), f"/nordlicht/tickets/{ticket.number}/outsource/"
    typed = {"partner": partnership.key, "rate_type": "flat", "currency": "EUR", "answer_hours": "48", "detail": "none"}
    assert client.post(address, {**typed, "instructions": "Later.", "do": "save"}).status_code == 302
    page = client.get(address)
    assert page.context["form"]["instructions"].value() == "Later."
    assert page.context["form"]["answer_hours"].value() == 48
    assert page.context["form"]["rate_type"].value() == "flat"


def test_a_rejection_without_a_reason_is_asked_again(pair: Pair) -> None:
    submit(pair)
    answer = sign_in(pair.max).post(f"/nordlicht/tickets/{pair.ticket.number}/reject/", {"reason": "  "})
    assert answer.status_code == 409
    assert pair.status() == "waiting_approval"


def test_whoever_comes_second_reads_a_plain_sentence(pair: Pair) -> None:
    submit(pair)
    with pair.lead() as by:
        ending.approve(pair.ticket, by=by)
    answer = sign_in(pair.max).post(f"/nordlicht/tickets/{pair.ticket.number}/reject/", {"reason": "No."})
    assert answer.status_code == 409
    assert pair.status() == "complete"


# The dashboard --------------------------------------------------------------------------------------------------------
def test_approving_in_the_list_leads_back_to_the_list(pair: Pair) -> None:
    submit(pair)
    client = sign_in(pair.max)
    page = client.get("/nordlicht/outsourcing/?folder=approval").content.decode()
    assert f"/nordlicht/tickets/{pair.ticket.number}/approve/" in page
    back = "/nordlicht/outsourcing/?folder=approval"
    answer = client.post(f"/nordlicht/tickets/{pair.ticket.number}/approve/", {"next": back})
    assert (answer.status_code, answer["Location"]) == (302, back)
    assert pair.status() == "complete"


def test_every_handover_is_in_its_folder(pair: Pair, max: Membership, partnership: Any) -> None:
    def seen(member: Membership) -> dict[str, int]:
        with acting(member) as by:
            found = folders.counts(by, folders.folders(True))
        return {code: number for code, number in found.items() if number}

    assert seen(pair.max) == {"mine": 1, "open": 1, "running": 1}
    assert seen(pair.gunta) == {"received": 1}
    submit(pair)
    assert seen(pair.max) == {"mine": 1, "open": 1, "approval": 1}
    assert seen(pair.gunta) == {"submitted": 1}
    with pair.service() as by:
        answering.give_back(pair.insourced, "No hands.", by=by)
    drain()
    assert seen(pair.max) == {"again": 1, "ended": 1}
    assert seen(pair.gunta) == {"unbilled": 1}
    with pair.lead() as by:
        sending.prepare(pair.ticket, partnership, Draft(), by=by)
    assert seen(pair.max) == {"mine": 1, "open": 1, "unsent": 1, "ended": 1}


def test_before_the_agreement_the_text_and_received_work(
    gunta: Membership, ruta_partner: Membership, offered: Any
) -> None:
    page = sign_in(gunta).get("/baltic/outsourcing/").content.decode()
    assert "Be fair to each other." in page and 'name="agree"' in page and "folder=mine" not in page
    others = sign_in(ruta_partner).get("/baltic/outsourcing/").content.decode()
    assert "Gunta Bērziņa" in others and 'name="agree"' not in others
    assert sign_in(ruta_partner).post("/baltic/outsourcing/", {"agree": "on"}).status_code == 403


def test_agreeing_opens_the_other_folders_at_once(gunta: Membership, offered: Any) -> None:
    client = sign_in(gunta)
    text = client.get("/baltic/outsourcing/").context["agree"].initial["text"]
    assert client.post("/baltic/outsourcing/", {"text": text}).status_code == 422
    assert client.post("/baltic/outsourcing/", {"text": text, "agree": "on"}).status_code == 302
    page = client.get("/baltic/outsourcing/")
    assert page.context["folder"].code == "mine"
    assert "/baltic/outsourcing/partners/" in page.content.decode()
    assert "Gunta Bērziņa" in client.get("/baltic/outsourcing/agreement/").content.decode()


@pytest.fixture
def ruta_partner(baltic: Any) -> Membership:
    """A dispatcher at Baltic."""
    return services.add_member(baltic, "ruta@baltic.example", "Rūta Kalna", "dispatcher")


# What it costs --------------------------------------------------------------------------------------------------------
def more(pair: Pair, partnership: Any, count: int) -> None:
    """As many tickets again, accepted by the partner."""
    for number in range(count):
        with pair.lead() as by:
            ticket = lifecycle.create(by=by, title=f"Ticket {number}", company=Company.objects.get(), assignee=pair.max)
            offer = sending.send(ticket, partnership, Draft(**HOURLY), by=by)  # type: ignore[arg-type]
        drain()
        with pair.service() as by:
            company = Company.objects.get(name="Nordlicht IT")
            answering.accept(Handover.objects.get(pk=offer.pk), company, by=by, title=offer.title)
        drain()


@pytest.mark.parametrize("rows", [1, 28])
def test_o8_the_dashboard_takes_twelve_statements(rows: int, pair: Pair, partnership: Any) -> None:
    more(pair, partnership, rows - 1)
    for member, desk, folder in (
        (pair.max, "nordlicht", "mine"),
        (pair.max, "nordlicht", "open"),
        (pair.gunta, "baltic", "received"),
    ):
        client = sign_in(member)
        cache.clear()
        with at_most(12):
            assert client.get(f"/{desk}/outsourcing/?folder={folder}").status_code == 200


@pytest.mark.parametrize("notes", [0, 25])
def test_o8_the_ticket_takes_twenty_statements(notes: int, pair: Pair, settings: Any) -> None:
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"  # as in production
    for number in range(notes):
        write(pair, pair.gunta, Audience.PARTNER, f"Note {number}")
    submit(pair)
    write(pair, pair.max, Audience.PARTNER, "Held")
    for member, desk, ticket in ((pair.max, "nordlicht", pair.ticket), (pair.gunta, "baltic", pair.insourced)):
        client = sign_in(member)
        cache.clear()
        client.get(f"/{desk}/tickets/{ticket.number}/")  # from now on it is read
        with at_most(20):
            assert client.get(f"/{desk}/tickets/{ticket.number}/").status_code == 200


def test_the_held_item_is_marked_and_can_be_kept(pair: Pair) -> None:
    submit(pair)
    write(pair, pair.max, Audience.PARTNER, "Held")
    client: Client = sign_in(pair.max)
    page = client.get(f"/nordlicht/tickets/{pair.ticket.number}/")
    with pair.lead():
        held = pair.link(pair.max)
        key = held.handover.key
    assert 'id="held"' in page.content.decode()
    item = page.content.decode().split(f"/handovers/{key}/held/")[1].split("/")[0]
    assert client.post(f"/nordlicht/handovers/{key}/held/{item}/", {"keep": "1"}).status_code == 302
    with pair.lead():
        assert Share.objects.get(item=item).keep_local


def test_the_ticket_list_says_to_whom_and_filters(pair: Pair) -> None:
    client = sign_in(pair.max)
    page = client.get("/nordlicht/tickets/?cols=number,title,outsourced_to").content.decode()
    assert "Baltic Service" in page


def test_hand_over_again_brings_the_terms(pair: Pair) -> None:
    with pair.lead() as by:
        ending.take_back(pair.ticket, "Ours again.", by=by)
    drain()
    address = f"/nordlicht/tickets/{pair.ticket.number}/outsource/?again={pair.handover.key}"
    form = sign_in(pair.max).get(address).context["form"]
    draft = form.draft()
    assert replace(draft, complete_by=None, currency="EUR") == Draft(**HOURLY)  # type: ignore[arg-type]
    assert draft.bill_rate == Decimal(95)
    with pair.lead():
        assert LeadSide.objects.count() == 1


def test_closing_asks_what_becomes_of_the_partner(pair: Pair) -> None:
    client, address = sign_in(pair.max), f"/nordlicht/tickets/{pair.ticket.number}/end-and-close/"
    assert client.post(address, {"text": "Done."}).status_code == 409
    assert pair.status() == "accepted"
    assert client.post(address, {"text": "Done.", "how": "take_back"}).status_code == 302
    assert pair.status() == "returned"
    with pair.lead():
        assert not Ticket.objects.get(pk=pair.ticket.pk).is_open
