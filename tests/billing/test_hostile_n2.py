"""N2: what was approved or invoiced is immutable on all paths; N3: two who decide at once make one item."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from billing.models import BillingItem
from billing.services import approving, posting
from psa.directory.models import Company
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from tests.conftest import acting, needs_postgres
from tests.races import race
from tests.tickets.pages import sign_in_english
from tickets import guards, services
from tickets.models import Charge, Ticket, TimeEntry
from tickets.services import bulk, deleting, fields, items, merging

Log = Callable[..., TimeEntry]
KEPT = (
    "minutes",
    "offset_minutes",
    "text",
    "worked_on",
    "contract_id",
    "work_type_id",
    "is_billable",
    "removed_at",
    "ticket_id",
)


def approve(thing: Any, member: Membership, posts: bool = False) -> BillingItem:
    with acting(member) as by:
        item = approving.approve(type(thing).objects.get(pk=thing.pk), by=by)
        if posts:
            posting.post([item], by=by)
        return BillingItem.objects.get(pk=item.pk)


@pytest.mark.parametrize("posts", [False, True])
def test_n2_no_public_verb_changes_what_was_approved_or_posted(
    log: Log, job: Ticket, company: Company, max: Membership, bea: Membership, posts: bool
) -> None:
    entry = log()
    item = approve(entry, bea, posts)
    with acting(max) as by:
        before = TimeEntry.objects.values(*KEPT).get(pk=entry.pk)
        other = services.create(by=by, title="Other", company=company, queue=job.queue)
        elsewhere = Company.objects.create(name="Elsewhere")
        entry, job = TimeEntry.objects.get(pk=entry.pk), Ticket.objects.get(pk=job.pk)
        verbs: dict[str, Callable[[], Any]] = {
            "edit": lambda: items.edit(entry, by=by, minutes=600),
            "no charge": lambda: items.edit(entry, by=by, is_billable=False),
            "remove": lambda: items.remove(entry, by=by),
            "merge": lambda: merging.merge(job, other, by=by),
            "split": lambda: merging.split(job, "Half", [("timeentry", entry.key)], by=by),
            "delete": lambda: deleting.delete(job, "Mistake", by=by),
            "customer": lambda: fields.edit(job, by=by, company=elsewhere, contact=None, location=None),
            "remap": lambda: fields.remap(job, elsewhere, by=by),
        }
        for name, verb in verbs.items():
            with pytest.raises(Refused, match=r"item_is_(approved|posted)|ticket_is_billed|merged_is_"):
                verb()
            assert TimeEntry.objects.values(*KEPT).get(pk=entry.pk) == before, name
        bulk.make(job, {"note": "A note changes no time."}, by=by)
        assert TimeEntry.objects.values(*KEPT).get(pk=entry.pk) == before
        assert (BillingItem.objects.count(), BillingItem.objects.get().amount) == (1, item.amount)


def test_n2_a_forged_post_changes_nothing(log: Log, job: Ticket, max: Membership, bea: Membership) -> None:
    entry = log()
    approve(entry, bea, posts=True)
    browser = sign_in_english(max)
    forged = {"minutes": "600", "worked_on": "2026-03-02", "text": "Forged.", "version": "1", "reader": "internal"}
    for name in ("edit_item", "remove_item"):
        at = reverse(f"tickets:{name}", args=["nordlicht", job.number, "timeentry", entry.key])
        assert browser.post(at, forged).status_code in {302, 403, 409, 422}
    with acting(max):
        now = TimeEntry.objects.get(pk=entry.pk)
        assert (now.minutes, now.text, now.removed_at) == (60, "Switch replaced.", None)


def test_n2_charges_stand_still_as_well(charge: Callable[..., Charge], max: Membership, bea: Membership) -> None:
    put = charge()
    approve(put, bea)
    with acting(max) as by:
        put = Charge.objects.get(pk=put.pk)
        for verb in (lambda: items.edit(put, by=by, quantity=9), lambda: items.remove(put, by=by)):
            with pytest.raises(Refused, match="item_is_approved"):
                verb()
        assert Charge.objects.get(pk=put.pk).quantity == 1


def test_n2_a_page_of_items_asks_once(log: Log, job: Ticket, max: Membership, bea: Membership) -> None:
    entries = [log() for _ in range(3)]
    approve(entries[0], bea)
    with acting(max) as by:
        found = guards.refusals(Ticket.objects.get(pk=job.pk), "timeentry.edit", entries, by)
        assert {item.pk for item in found if item} == {entries[0].pk}


def test_n3_a_double_click_makes_one_item_and_one_posting(log: Log, bea: Membership) -> None:
    entry = log()
    item = approve(entry, bea)
    with pytest.raises(Refused, match="approved_already"):
        approve(entry, bea)
    with acting(bea) as by:
        posting.post([item, item], by=by)
        with pytest.raises(Refused, match="posted_already"):
            posting.post([item], by=by)
        with pytest.raises(Refused, match="posted_already"):
            approving.give_back(TimeEntry.objects.get(pk=entry.pk), "Late", by=by)
        assert BillingItem.objects.count() == 1


@needs_postgres
@pytest.mark.django_db(transaction=True)
def test_n3_two_billers_at_once_make_one_item_and_one_posting(log: Log, max: Membership, bea: Membership) -> None:
    entry = log()

    def decide(member: Membership) -> Any:
        with acting(member) as by:
            return approving.approve(TimeEntry.objects.get(pk=entry.pk), by=by)

    answers = race(*[lambda who=who: decide(who) for who in (max, bea, max, bea)])  # type: ignore[misc]
    assert sorted(getattr(one, "code", "made") for one in answers) == ["approved_already"] * 3 + ["made"], answers

    def post(member: Membership) -> Any:
        with acting(member) as by:
            return posting.post([BillingItem.objects.get()], by=by)

    posted = race(*[lambda who=who: post(who) for who in (max, bea)])  # type: ignore[misc]
    assert [one.code for one in posted if isinstance(one, Refused)] == ["posted_already"], posted
