"""Two requests that are one, where some of their work was approved or posted already (lifecycle spec 30, N2)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from billing.models import BillingItem
from billing.services import approving, posting, settling
from psa.directory.models import Company, Contact
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from tests.conftest import acting
from tests.tickets.pages import sign_in_english
from tests.tickets.stages import WAYS, bring
from tickets import services
from tickets.models import Ticket, TimeEntry
from tickets.services import merging

Log = Callable[..., TimeEntry]


@pytest.fixture
def other(job: Ticket, company: Company, max: Membership) -> Ticket:
    """The same request once more."""
    with acting(max) as by:
        return services.create(by=by, title="Switch again", company=company, queue=job.queue)


def approve(entry: TimeEntry, member: Membership, *, posts: bool = False) -> BillingItem:
    with acting(member) as by:
        item = approving.approve(TimeEntry.objects.get(pk=entry.pk), by=by)
        if posts:
            posting.post([item], by=by)
        return item


def merge(ticket: Ticket, into: Ticket, member: Membership) -> Ticket:
    with acting(member) as by:
        return merging.merge(ticket, into, by=by)


@pytest.mark.parametrize("posts", [False, True])
def test_the_survivor_may_have_billed_work_of_its_own(
    log: Log, job: Ticket, other: Ticket, max: Membership, bea: Membership, posts: bool
) -> None:
    """What comes along is approved on the survivor; what was approved there before stands as it is."""
    item = approve(log(), bea, posts=posts)
    moved = log(30, ticket=other)
    merge(other, job, max)
    second = approve(moved, bea)
    with acting(max):
        assert (second.ticket_id, second.amount) == (job.pk, Decimal("47.50"))
        assert BillingItem.objects.get(pk=item.pk).status == ("posted" if posts else "approved")


@pytest.mark.parametrize(("posts", "code"), [(False, "merged_is_approved"), (True, "merged_is_posted")])
def test_n2_a_ticket_whose_work_was_billed_goes_on_as_no_other(
    log: Log, job: Ticket, other: Ticket, max: Membership, bea: Membership, posts: bool, code: str
) -> None:
    approve(log(), bea, posts=posts)
    log(30)
    with pytest.raises(Refused, match=code):
        merge(job, other, max)
    with acting(max):
        assert Ticket.objects.get(pk=job.pk).merged_into_id is None
        assert TimeEntry.objects.filter(ticket=job).count() == 2


def test_what_was_given_back_goes_along_and_is_approved_on_the_survivor(
    log: Log, job: Ticket, other: Ticket, max: Membership, bea: Membership
) -> None:
    entry = log()
    approve(entry, bea)
    with acting(bea) as by:
        approving.give_back(TimeEntry.objects.get(pk=entry.pk), "Which port?", by=by)
    merge(job, other, max)
    with acting(max):
        assert BillingItem.objects.get().ticket_id == other.pk
    assert approve(entry, bea).ticket_id == other.pk
    with acting(max):
        assert BillingItem.objects.count() == 1


def test_21_a_settled_ticket_takes_in_nothing(
    log: Log, job: Ticket, other: Ticket, company: Company, max: Membership, bea: Membership
) -> None:
    approve(log(), bea, posts=True)
    with acting(max) as by:
        contact = Contact.objects.create(company=company, name="Cleo", email="cleo@hansen.example")
        Ticket.objects.filter(pk=job.pk).update(contact=contact)
        waiting = bring(Ticket.objects.get(pk=job.pk), WAYS["invoice"], by)
        settling.settle(waiting, "", write_off=False, by=by)
    log(30, ticket=other)
    with pytest.raises(Refused, match="survivor_is_settled"):
        merge(other, job, max)
    with acting(max):
        assert TimeEntry.objects.filter(ticket=other).count() == 1


def test_the_page_says_what_to_do_instead(
    log: Log, job: Ticket, other: Ticket, max: Membership, bea: Membership
) -> None:
    approve(log(), bea)
    browser = sign_in_english(max)
    page = browser.get(f"/nordlicht/tickets/{job.number}/merge/").content.decode()
    assert "Have it given back first, or merge the other ticket into this one." in page
    asked = browser.get(f"/nordlicht/tickets/{other.number}/merge/", {"other": job.number}).content.decode()
    assert "Merge for good" in asked
    answer = browser.post(f"/nordlicht/tickets/{other.number}/merge/", {"other": job.number, "merge": "1"})
    assert answer.status_code == 302
    with acting(max):
        assert Ticket.objects.get(pk=other.pk).merged_into_id == job.pk
