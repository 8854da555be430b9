"""What may be done before the customer is asked: rows 5 and 12, and the threshold paragraph of the lifecycle."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from psa.directory.models import Company, Contact, Contract
from psa.journal.models import Entry
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Asks, Denied, Overridable
from psa.tenancy.models import Membership
from tests.conftest import acting
from tests.workflows.stage import accept, log, over, sent
from tickets import services
from tickets.models import Category, DispatcherTask, Ticket, TimeEntry
from tickets.services import copies
from workflows.models import Approver, ServicePolicy
from workflows.services import allowance


def start(ticket: Ticket, member: Membership, **more: Any) -> Ticket:
    with acting(member) as by:
        return services.start(Ticket.objects.get(pk=ticket.pk), by=by, **more)


def told(kind: str) -> list[dict[str, Any]]:
    return list(Entry.objects.filter(kind=kind).order_by("pk").values_list("data", flat=True))


# 5 ------------------------------------------------------------------------------------------------------------------
def test_5_without_expected_minutes_start_asks_for_them(opened: Ticket, max: Membership) -> None:
    with pytest.raises(Asks, match="expected_minutes_missing") as no:
        start(opened, max)
    assert no.value.asks == ("expected",)
    with acting(max):
        fresh = Ticket.objects.get(pk=opened.pk)
        assert (fresh.status, fresh.threshold_minutes) == ("open", None)


def test_5_the_category_says_how_long_such_work_takes(
    asks: ServicePolicy, max: Membership, company: Company, queue: Any
) -> None:
    with acting(max) as by:
        category = Category.objects.create(name="Printers", expected_minutes=45)
        made = services.create(by=by, title="Jam", company=company, queue=queue, category=category)
        services.accept(made, by=by)
    assert start(made, max).status == "in_progress"


def test_5_the_threshold_that_was_asked_stays_the_tickets(opened: Ticket, max: Membership) -> None:
    start(opened, max, expected=60)
    with acting(max):
        ServicePolicy.objects.update(threshold_minutes=10)
        fresh = Ticket.objects.get(pk=opened.pk)
        assert fresh.threshold_minutes == 60
        assert allowance.read(fresh).limit == 60  # type: ignore[union-attr]


@pytest.mark.parametrize(("place", "limit"), [("tenant", 20), ("category", 30), ("company", 40), ("contract", 50)])
def test_5_the_nearest_place_says_how_much(
    opened: Ticket, max: Membership, company: Company, place: str, limit: int
) -> None:
    with acting(max):
        category = Category.objects.create(name="Printers")
        contract = Contract.objects.create(company=company, name="Care", starts_on=date(2026, 1, 1))
        places: dict[str, dict[str, Any]] = {
            "tenant": {}, "category": {"category": category}, "company": {"company": company},
            "contract": {"contract": contract},
        }  # fmt: skip
        ServicePolicy.objects.all().delete()
        Ticket.objects.filter(pk=opened.pk).update(category=category)
        for minutes, (name, where) in zip((20, 30, 40, 50), places.items(), strict=True):
            ServicePolicy.objects.create(threshold_minutes=minutes, **where)
            if name == place:
                break
    with pytest.raises(Overridable, match="estimate_is_needed") as no:
        start(opened, max, expected=limit + 1)
    assert no.value.params == {"minutes": limit + 1, "limit": limit}
    assert start(opened, max, expected=limit).status == "in_progress"


def test_5_a_contract_may_cover_it(opened: Ticket, max: Membership, company: Company) -> None:
    with acting(max):
        contract = Contract.objects.create(company=company, name="All in", starts_on=date(2026, 1, 1))
        ServicePolicy.objects.create(contract=contract, asks_estimate=False)
    assert start(opened, max, expected=6000).status == "in_progress"
    log(opened, max, 600)
    with acting(max):
        assert (over(opened), Ticket.objects.get(pk=opened.pk).threshold_minutes) == ([], None)


def test_5_a_dispatcher_goes_past_it_with_a_reason_that_is_kept(opened: Ticket, max: Membership) -> None:
    assert start(opened, max, expected=300, override="The server is down.").status == "in_progress"
    with acting(max):
        assert told("ticket.started")[-1]["override"] == "The server is down."


def test_5_a_technician_does_not(opened: Ticket, in_queue: Membership) -> None:
    with pytest.raises(Denied):
        start(opened, in_queue, expected=300, override="I would like to.")


def test_5_an_accepted_estimate_opens_the_way_as_far_as_it_goes(
    opened: Ticket, max: Membership, boss: Approver, hanna: Contact
) -> None:
    accept(sent(opened, max), hanna)
    with pytest.raises(Overridable, match="estimate_is_needed") as no:
        start(opened, max, expected=133)
    assert no.value.params == {"minutes": 133, "limit": 132}
    assert start(opened, max, expected=132).status == "in_progress"


# 12 -----------------------------------------------------------------------------------------------------------------
def test_12_what_leads_past_the_limit_is_saved_and_marked(opened: Ticket, max: Membership) -> None:
    for minutes in (40, 20, 10):
        log(opened, max, minutes)
    with acting(max):
        assert over(opened) == [10]
        entry = TimeEntry.objects.get(minutes=10)
        assert entry.is_billable and not entry.is_to_bill


def test_12_marks_follow_what_is_changed_and_taken_off(opened: Ticket, max: Membership) -> None:
    first, second = log(opened, max, 50), log(opened, max, 20)
    with acting(max) as by:
        assert over(opened) == [20]
        services.items.edit(first, by=by, minutes=40)
        assert over(opened) == []
        services.items.edit(TimeEntry.objects.get(pk=second.pk), by=by, minutes=30)
        assert over(opened) == [30]
        services.items.remove(TimeEntry.objects.get(pk=first.pk), by=by)
        assert over(opened) == []


def test_12_at_80_per_cent_it_is_said_once_and_at_100_once(opened: Ticket, max: Membership) -> None:
    log(opened, max, 47)
    with acting(max):
        assert told("ticket.allowance_near") == []
    for minutes in (1, 2, 10, 1):
        log(opened, max, minutes)
    with acting(max):
        (near,), (used,) = told("ticket.allowance_near"), told("ticket.allowance_used_up")
        assert (near["minutes"], near["percent"], used["minutes"], used["limit"]) == (48, 80, 60, 60)


def test_12_after_the_next_agreement_it_is_said_again(
    opened: Ticket, max: Membership, boss: Approver, hanna: Contact
) -> None:
    log(opened, max, 60)
    accept(sent(opened, max), hanna)
    log(opened, max, 110)
    log(opened, max, 22)
    with acting(max):
        assert [one["limit"] for one in told("ticket.allowance_used_up")] == [60, 132]
        assert [one["minutes"] for one in told("ticket.allowance_near")] == [110]


def test_12_the_second_estimate_counts_from_its_own_beginning(
    opened: Ticket, max: Membership, boss: Approver, hanna: Contact
) -> None:
    accept(sent(opened, max, minutes=60, tolerance=0), hanna)
    log(opened, max, 60)
    log(opened, max, 5)
    with acting(max):
        assert over(opened) == [5]
    accept(sent(opened, max, minutes=30, tolerance=0), hanna)
    with acting(max):
        assert over(opened) == []
    log(opened, max, 30)
    log(opened, max, 1)
    with acting(max):
        assert over(opened) == [1]


# Handovers ----------------------------------------------------------------------------------------------------------
def received(ticket: Ticket, member: Membership, minutes: int) -> None:
    """Time of a partner arrives over the lane."""
    with acting(member):
        who = Actor.partner("Gunta", "Baltic Service")
        copies.receive(
            ticket, "timeentry", uuid4(), uuid4(), ticket.created_at, by=who, minutes=minutes, worked_on="2026-03-02"
        )


def test_a_partners_minutes_never_block_count_for_the_warning_and_call_a_dispatcher(
    opened: Ticket, max: Membership
) -> None:
    received(opened, max, 50)
    with acting(max):
        assert (len(told("ticket.allowance_near")), DispatcherTask.objects.count()) == (1, 0)
    received(opened, max, 500)
    with acting(max):
        assert TimeEntry.objects.filter(is_over_estimate=True).count() == 0
        task = DispatcherTask.objects.get()
        assert (task.code, task.params) == ("allowance_is_used_up", {"minutes": 550, "limit": 60})
    assert start(opened, max, expected=60).status == "in_progress"
