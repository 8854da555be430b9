"""The mark *over the estimate* stands still once something was decided for billing (lifecycle spec 12, hostile N2)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from billing.services import approving, posting
from psa.tenancy.models import Membership
from tests.conftest import acting
from tests.workflows.stage import over
from tickets.models import Ticket, TimeEntry
from tickets.services import items
from workflows.models import ServicePolicy

Log = Callable[..., TimeEntry]


@pytest.fixture(autouse=True)
def asks(max: Membership) -> None:
    """More than 60 minutes take the customer's word."""
    with acting(max):
        ServicePolicy.objects.update(asks_estimate=None)


def approve(entry: TimeEntry, member: Membership, *, posts: bool = False) -> None:
    with acting(member) as by:
        item = approving.approve(TimeEntry.objects.get(pk=entry.pk), by=by)
        if posts:
            posting.post([item], by=by)


def edit(entry: TimeEntry, member: Membership, minutes: int) -> None:
    with acting(member) as by:
        items.edit(TimeEntry.objects.get(pk=entry.pk), by=by, minutes=minutes)


def test_n2_what_was_approved_is_not_over_the_estimate_when_an_earlier_entry_grows(
    log: Log, job: Ticket, max: Membership, bea: Membership
) -> None:
    """60 minutes are free: of 20 and 30 the second is approved, so the first is over as soon as it is 40."""
    first, second = log(20), log(30)
    approve(second, bea)
    edit(first, max, 40)
    with acting(max):
        assert over(job) == [40]
    edit(first, max, 30)
    with acting(max):
        assert over(job) == []


def test_n2_nor_is_what_was_posted(log: Log, job: Ticket, max: Membership, bea: Membership) -> None:
    first, second = log(20), log(30)
    approve(second, bea, posts=True)
    edit(first, max, 300)
    log(10)
    with acting(max):
        assert over(job) == [300, 10]


def test_what_is_given_back_is_counted_with_the_rest_again(
    log: Log, job: Ticket, max: Membership, bea: Membership
) -> None:
    first, second = log(20), log(30)
    approve(second, bea)
    with acting(bea) as by:
        approving.give_back(TimeEntry.objects.get(pk=second.pk), "Which port?", by=by)
    edit(first, max, 40)
    with acting(max):
        assert over(job) == [30]


def test_n2_what_was_written_off_beyond_the_estimate_stays_beyond_it(log: Log, job: Ticket, max: Membership) -> None:
    """It takes nothing of the limit from what is written later than it was shortened."""
    first, second = log(40), log(30)
    with acting(max) as by:
        posting.write_off(TimeEntry.objects.get(pk=second.pk), "Our own mistake.", by=by)
    edit(first, max, 10)
    with acting(max):
        assert over(job) == [30]
