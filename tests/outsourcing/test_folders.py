"""The dashboard's folders, row by row of outsourcing spec §8: what is in which, for whom, and what it costs."""

from __future__ import annotations

import csv
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from outsourcing.dashboards import folders
from outsourcing.dashboards.rows import Row
from outsourcing.dashboards.standing import flags
from outsourcing.models import Handover, LeadSide, Partnership, ServiceSide
from outsourcing.services import answering, ending, invoices, sending
from outsourcing.terms import Draft
from psa.lanes.models import Lane
from psa.tenancy.models import Membership, Role
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import HOURLY, Pair, drain
from tests.outsourcing.test_pages_reading import at_most
from tests.outsourcing.test_statement import log
from tickets.models import Ticket
from tickets.services import lifecycle


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


def seen(member: Membership) -> set[str]:
    """The codes of the folders in which this member finds the one handover there is."""
    with acting(member) as by:
        found = folders.counts(by, folders.folders(True))
    return {code for code, number in found.items() if number and code != folders.HANGING}


def to_unsent(max: Membership, ticket: Ticket, partnership: Partnership) -> None:
    with acting(max) as by:
        sending.prepare(ticket, partnership, Draft(**HOURLY), by=by)  # type: ignore[arg-type]


def submit(pair: Pair) -> None:
    with pair.service() as by:
        answering.submit(pair.insourced, by=by)
    drain()


def approve(pair: Pair) -> None:
    submit(pair)
    with pair.lead() as by:
        ending.approve(pair.ticket, by=by)
    drain()


def give_back(pair: Pair) -> None:
    with pair.service() as by:
        answering.give_back(pair.insourced, "No hands.", by=by)
    drain()


def billed(pair: Pair) -> None:
    approve(pair)
    with pair.service() as by:
        invoices.bill(pair.insourced, pair.handover, True, by=by)


def kept(pair: Pair) -> None:
    give_back(pair)
    with pair.lead() as by:
        invoices.keep(pair.ticket, by=by)


def resolved(pair: Pair) -> None:
    give_back(pair)
    with pair.lead() as by:
        lifecycle.close(pair.ticket, "Done without them.", by=by)


def asked_again(pair: Pair) -> None:
    give_back(pair)
    with pair.lead() as by:
        sending.send(pair.ticket, pair.handover.partnership, Draft(**HOURLY), by=by)  # type: ignore[arg-type]


def long_ago(pair: Pair) -> None:
    approve(pair)
    with pair.lead(), transaction.atomic():
        old = timezone.now() - timedelta(days=91)
        row = Handover.objects.get(pk=pair.handover.pk)
        row.ended_at = old
        row.save(update_fields=["ended_at"])


TABLE = [
    pytest.param(lambda pair: None, {"mine", "open", "running"}, {"received"}, id="accepted"),
    pytest.param(submit, {"mine", "open", "approval"}, {"submitted"}, id="waiting approval"),
    pytest.param(approve, {"ended"}, {"unbilled"}, id="complete"),
    pytest.param(billed, {"ended"}, {"billed"}, id="complete and billed"),
    pytest.param(give_back, {"again", "ended"}, {"unbilled"}, id="returned"),
    pytest.param(kept, {"ended"}, {"unbilled"}, id="returned, we do it ourselves"),
    pytest.param(resolved, {"ended"}, {"unbilled"}, id="returned, resolved"),
    pytest.param(
        asked_again, {"ended", "mine", "open", "assigned"}, {"unbilled", "offers"}, id="returned, handed over again"
    ),
    pytest.param(long_ago, set(), {"unbilled"}, id="ended 91 days ago, never dropped where it is unbilled"),
]


@pytest.mark.parametrize(("then", "lead", "service"), TABLE)
def test_every_handover_is_in_its_folders(pair: Pair, then: Any, lead: set[str], service: set[str]) -> None:
    then(pair)
    assert seen(pair.max) == lead
    assert seen(pair.gunta) == service


def test_a_draft_is_the_leads_alone(max: Membership, gunta: Membership, ticket: Ticket, partnership: Any) -> None:
    to_unsent(max, ticket, partnership)
    assert seen(max) == {"mine", "open", "unsent"}
    assert seen(gunta) == set()


@pytest.mark.parametrize("answer", ["declined", "canceled", "expired"])
def test_offers_that_came_to_nothing_are_history_and_need_a_partner_only_if_nobody_took_them(
    answer: str, max: Membership, gunta: Membership, ticket: Ticket, offered: Handover
) -> None:
    assert seen(max) == {"mine", "open", "assigned"} and seen(gunta) == {"offers"}
    if answer == "declined":
        with acting(gunta) as by:
            answering.decline(offered, "No time.", by=by)
    elif answer == "canceled":
        with acting(max) as by:
            sending.cancel(ticket, by=by)
    else:
        with acting(max), transaction.atomic():
            offered.expire(timezone.now())
            offered.save()
    drain()
    assert seen(max) == (set() if answer == "canceled" else {"again"})
    assert seen(gunta) == {"history"}


@pytest.mark.parametrize(("sent_by_me", "owner_is_me"), [(True, False), (False, True), (False, False)])
def test_all_my_open_is_what_i_sent_or_whose_ticket_i_own(
    pair: Pair, ada: Membership, sent_by_me: bool, owner_is_me: bool
) -> None:
    with acting(pair.max), transaction.atomic():
        Ticket.objects.filter(pk=pair.ticket.pk).update(assignee=ada if owner_is_me else pair.max)
        LeadSide.objects.update(sent_by=ada if sent_by_me else pair.max)
    assert ("mine" in seen(ada)) == (sent_by_me or owner_is_me)
    assert "open" in seen(ada)


def test_the_default_folder_is_all_my_open(pair: Pair) -> None:
    assert sign_in(pair.max).get("/nordlicht/outsourcing/").context["folder"].code == "mine"


# Columns, flags, order ------------------------------------------------------------------------------------------------
LEAD = "number title customer partner status sent answer_by complete_by terms hours activity sent_by"
SERVICE = "number lead_number lead title place terms answer_by complete_by assignee status hours"


@pytest.mark.parametrize(
    ("member", "slug", "folder", "columns"),
    [("max", "nordlicht", "running", LEAD), ("gunta", "baltic", "received", SERVICE)],
)
def test_every_column_of_the_specification_can_be_shown_and_exported(
    pair: Pair, member: str, slug: str, folder: str, columns: str
) -> None:
    client = sign_in(getattr(pair, member))
    url = f"/{slug}/outsourcing/?folder={folder}&cols={columns.replace(' ', ',')}"
    listing = client.get(url).context["list"]
    assert [column.key for column in listing.columns] == columns.split()
    sheet = b"".join(client.get(f"{url}&format=csv")).decode("utf-8-sig").splitlines()  # type: ignore[call-overload]
    rows = list(csv.reader(sheet, delimiter=";"))
    assert len(rows) == 2 and len(rows[0]) == len(rows[1]) == len(columns.split())


def test_a_title_that_looks_like_a_formula_stays_text_in_the_sheet(
    max: Membership, gunta: Membership, ticket: Ticket, partnership: Any
) -> None:
    with acting(max) as by:
        Ticket.objects.filter(pk=ticket.pk).update(title="=HYPERLINK(1)")
        sending.send(Ticket.objects.get(pk=ticket.pk), partnership, Draft(**HOURLY), by=by)  # type: ignore[arg-type]
    drain()
    answer = sign_in(gunta).get("/baltic/outsourcing/?folder=offers&format=csv")
    assert "'=HYPERLINK(1)" in b"".join(answer).decode()  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, []),
        ({"complete_by": timezone.now() - timedelta(hours=1)}, ["overdue"]),
        ({"complete_by": timezone.now() + timedelta(hours=1)}, []),
        ({"minutes": 239}, []),
        ({"minutes": 240}, ["hours"]),
        ({"minutes": 300, "hangs": True}, ["hours", "trouble"]),
        ({"minutes": 300, "status": "complete", "hangs": True}, []),
    ],
)
def test_flags_say_what_is_wrong_with_running_work(changed: dict[str, Any], expected: list[str]) -> None:
    row = Row(1, None, "in_progress", "", "", "", 1, 1, None, "", None, None, None, None)  # type: ignore[arg-type]
    row.terms, row.minutes = {"authorised_minutes": 300}, 0
    for name, value in changed.items():
        setattr(row, name, value)
    assert [code for code, *_rest in flags(row)] == expected


@pytest.mark.parametrize(
    ("member", "slug", "folder"), [("max", "nordlicht", "running"), ("gunta", "baltic", "received")]
)
def test_the_filters_find_what_is_flagged(pair: Pair, member: str, slug: str, folder: str) -> None:
    client, url = sign_in(getattr(pair, member)), f"/{slug}/outsourcing/?folder={folder}"

    def number(flag: str) -> int:
        return len(client.get(f"{url}&{flag}=1").context["list"].rows)

    assert [number(flag) for flag in ("overdue", "hours", "trouble")] == [0, 0, 0]
    log(pair, minutes=300)
    drain()
    with acting(pair.max), transaction.atomic():
        handover = Handover.objects.get(pk=pair.handover.pk)
        handover.complete_by = timezone.now() - timedelta(hours=2)
        handover.save(update_fields=["complete_by"])
        Lane.objects.filter(channel=handover.channel).update(parked_at=timezone.now())
    assert [number(flag) for flag in ("overdue", "hours", "trouble")] == [1, 1, 1]
    page = client.get(url).context["list"]
    assert [code for code, *_rest in flags(page.rows[0])] == ["overdue", "hours", "trouble"]


def test_submissions_stand_oldest_first(pair: Pair) -> None:
    submit(pair)
    listing = sign_in(pair.max).get("/nordlicht/outsourcing/?folder=approval").context["list"]
    assert (listing.sort.key, listing.descending) == ("submitted", False)


# In place -------------------------------------------------------------------------------------------------------------
def test_we_do_it_ourselves_takes_it_out_of_the_folder_and_is_written_down(pair: Pair) -> None:
    give_back(pair)
    client = sign_in(pair.max)
    back = "/nordlicht/outsourcing/?folder=again"
    at = f"/nordlicht/tickets/{pair.ticket.number}/ourselves/"
    assert at in client.get(back).content.decode()
    answer = client.post(at, {"next": back})
    assert (answer.status_code, answer["Location"]) == (302, back)
    assert seen(pair.max) == {"ended"}
    assert at not in client.get(f"/nordlicht/tickets/{pair.ticket.number}/").content.decode()


def test_running_work_is_not_done_by_ourselves(pair: Pair) -> None:
    answer = sign_in(pair.max).post(f"/nordlicht/tickets/{pair.ticket.number}/ourselves/")
    assert answer.status_code == 409
    with acting(pair.max):
        assert LeadSide.objects.get().kept_at is None


def test_billing_and_paying_are_one_press_in_the_list(pair: Pair) -> None:
    log(pair, minutes=60)
    drain()
    approve(pair)
    there, here = "/baltic/outsourcing/?folder=unbilled", "/nordlicht/outsourcing/?folder=ended"
    at = f"/baltic/handovers/{pair.handover.key}/billed/"
    service, lead = sign_in(pair.gunta), sign_in(pair.max)
    assert at in service.get(there).content.decode()
    assert service.post(at, {"next": there})["Location"] == there
    with acting(pair.gunta):
        assert ServiceSide.objects.get().billed_at is not None
    assert f"/handovers/{pair.handover.key}/invoice/" in lead.get(here).content.decode()
    with acting(pair.max) as by:
        said = {"amount": Decimal(65), "remark": "Parking."}
        invoices.receive(pair.ticket, pair.handover, "R-1", timezone.localdate(), by=by, **said)
    page = lead.get(here).content.decode()
    assert f"/handovers/{pair.handover.key}/paid/" in page and "5,00" in page
    for state, number in (("expected", 0), ("received", 1), ("paid", 0)):
        assert len(lead.get(f"{here}&invoice={state}").context["list"].rows) == number


# Tiles ----------------------------------------------------------------------------------------------------------------
def test_each_tile_opens_its_list(pair: Pair) -> None:
    log(pair, minutes=90, worked_on=timezone.localdate())
    drain()
    client = sign_in(pair.gunta)
    tiles = {tile.href: tile for tile in client.get("/baltic/outsourcing/").context["tiles"]}
    offers, hours = list(tiles.values())[:2]
    assert (offers.value, hours.value.startswith("1:30")) == ("0", True)
    assert [row.key for row in client.get(hours.href).context["list"].rows] == [pair.handover.key]
    approve(pair)
    cache.clear()
    unbilled = client.get("/baltic/outsourcing/").context["tiles"][2]
    assert "90,00" in unbilled.value.replace("\xa0", " ")
    assert [row.key for row in client.get(unbilled.href).context["list"].rows] == [pair.handover.key]


def test_sums_are_not_for_those_who_manage_partners_only(pair: Pair) -> None:
    approve(pair)
    with acting(pair.gunta):
        Membership.objects.filter(pk=pair.gunta.pk).update(
            role=Role.objects.get(code="technician"), outsourcing_level="partners"
        )
    tiles = sign_in(pair.gunta).get("/baltic/outsourcing/").context["tiles"]
    assert len(tiles) == 2 and "0,00" not in str(tiles[1].value)


# Cost -----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("code", [folder.code for folder in folders.RECEIVED_WORK])
def test_a_folder_of_received_work_takes_twelve_statements(pair: Pair, code: str) -> None:
    approve(pair)
    client = sign_in(pair.gunta)
    with at_most(12):
        client.get(f"/baltic/outsourcing/?folder={code}")


@pytest.mark.parametrize("code", [folder.code for folder in folders.OUTSOURCED_WORK])
def test_a_folder_of_outsourced_work_takes_twelve_statements(pair: Pair, code: str) -> None:
    give_back(pair)
    client = sign_in(pair.max)
    with at_most(12):
        client.get(f"/nordlicht/outsourcing/?folder={code}")
