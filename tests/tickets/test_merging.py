"""Merged, split, linked and deleted tickets (desk spec, "Ticket page"; lifecycle spec, move 30; S11, A2)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from psa.directory.models import Company
from psa.fsm import can_proceed
from psa.journal.models import Entry
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from tests.conftest import acting, try_rows
from tests.tickets.conftest import customer, put
from tests.tickets.pages import DESK, form_of, sign_in_english, statements, text_of
from tickets import services
from tickets.models import Checklist, CoAssignee, Note, Queue, Stopwatch, Ticket, TicketLink, TimeEntry
from tickets.services import deleting, linking, merging

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(max: Membership, ticket: Ticket) -> Ticket:
    """The same trouble, reported again."""
    return another(max, ticket, "VPN again")


def another(max: Membership, ticket: Ticket, title: str, **more: Any) -> Ticket:
    with acting(max) as by:
        fields = {"company": ticket.company, "contact": ticket.contact, "queue": ticket.queue, **more}
        return services.create(by=by, title=title, **fields)


def refusal(call: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value.code


def test_a_merge_moves_everything_and_keeps_authors_dates_and_keys(
    ticket: Ticket, second: Ticket, max: Membership, ada: Membership
) -> None:
    put(second, "note", max)
    put(second, "timeentry", max)
    with acting(max) as by:
        services.checklists.add_item(second, "Ask the customer", by=by)
        services.stopwatches.start(second, by=by)
        linking.add(second, another(max, ticket, "Firewall"), "blocks", by=by)
        kept = ("pk", "key", "author_name", "made_at")
        before = {model: list(model.objects.values(*kept)) for model in (Note, TimeEntry)}
        merging.merge(second, ticket, by=by)
        assert {model: list(model.objects.values(*kept)) for model in before} == before
        for model in (Note, TimeEntry, Checklist, Stopwatch):
            assert set(model.objects.values_list("ticket", flat=True)) == {ticket.pk}, model
        assert TicketLink.objects.get().first_id == ticket.pk
        ticket.refresh_from_db()
        second.refresh_from_db()
        assert (ticket.checklist_done, ticket.checklist_total) == (0, 1)
        assert (second.status, second.resolution, second.merged_into_id) == ("closed", "duplicate", ticket.pk)
        assert not can_proceed(second.reopen)
        told = set(
            Entry.objects.filter(kind__in=["ticket.merged", "ticket.absorbed"]).values_list("subject_id", flat=True)
        )
        assert told == {ticket.pk, second.pk}


@pytest.mark.parametrize("survivors", ["max", ""])
def test_the_assignee_of_the_merged_ticket_works_on_beside_the_survivors(
    ticket: Ticket, second: Ticket, max: Membership, in_queue: Membership, people: Any, survivors: str
) -> None:
    helper, left = people("dispatcher"), people("sales")
    with acting(max) as by:
        services.assign(ticket, max if survivors else None, by=by)
        services.assign(second, in_queue, by=by)
        for member in (helper, left, max):
            CoAssignee.objects.create(ticket=second, member=member)
        CoAssignee.objects.create(ticket=ticket, member=helper)
        Membership.objects.filter(pk=left.pk).update(is_active=False)
        for one in (ticket, second):
            one.refresh_from_db()
        shown = merging.plan(second, ticket, by=by).counts["helper"]
        merging.merge(second, ticket, by=by)
        ticket.refresh_from_db()
        assert ticket.assignee_id == (max.pk if survivors else None), "whose it is stays as it was"
        beside = set(CoAssignee.objects.filter(ticket=ticket).values_list("member", flat=True))
        assert beside == {helper.pk, in_queue.pk} | (set() if survivors else {max.pk})
        assert shown == len(beside) - 1, "the preview counts who comes, not who is there"
        assert not CoAssignee.objects.filter(ticket=second).exists()
        assert Entry.objects.get(kind="ticket.absorbed").data["moved"]["helper"] == shown
        assert ticket in Ticket.objects.visible_to(by)


def test_who_has_the_survivor_already_is_no_helper_of_it(ticket: Ticket, second: Ticket, max: Membership) -> None:
    with acting(max) as by:
        for one in (ticket, second):
            services.assign(one, max, by=by)
            one.refresh_from_db()
        assert "helper" not in merging.plan(second, ticket, by=by).counts
        merging.merge(second, ticket, by=by)
        assert not CoAssignee.objects.exists()


def test_two_stopwatches_of_one_person_become_one_with_the_time_of_both(
    ticket: Ticket, second: Ticket, max: Membership
) -> None:
    with acting(max) as by:
        services.stopwatches.start(ticket, by=by)
        services.stopwatches.start(second, by=by)
        Stopwatch.objects.filter(ticket=ticket).update(seconds=100)
        Stopwatch.objects.filter(ticket=second).update(seconds=20)
        merging.merge(second, ticket, by=by)
        left = Stopwatch.objects.get()
    assert (left.ticket_id, left.seconds, left.is_running) == (ticket.pk, 120, True)


def test_both_numbers_open_the_survivor_and_search_finds_it_under_both(
    ticket: Ticket, second: Ticket, max: Membership
) -> None:
    browser = sign_in_english(max)
    put(second, "note", max)
    with acting(max) as by:
        third = another(max, ticket, "Once more")
        merging.merge(third, second, by=by)
        merging.merge(second, ticket, by=by)
        for one in (second, third):
            one.refresh_from_db()
            assert one.merged_into_id == ticket.pk, "no number is more than one step away"
            found = services.searching.find(Ticket.objects.visible_to(by), str(one.number))
            assert ticket in found
    for one in (second, third):
        answer = browser.get(f"{DESK}{one.number}/", follow=True)
        assert answer.redirect_chain[-1][0] == f"{DESK}{ticket.number}/"
        assert f"Ticket {one.number} was merged into this one" in text_of(answer)
    assert "Looked at it." in text_of(browser.get(f"{DESK}{ticket.number}/")), "what moved stands in the stream"
    assert "kept to be read" in text_of(browser.get(f"{DESK}{second.number}/?as=merged"))


def test_refusals_of_a_merge(ticket: Ticket, second: Ticket, max: Membership, people: Any) -> None:
    with acting(max) as by:
        other = another(max, ticket, "Other", company=Company.objects.create(name="Werft Nord"), contact=None)

        def itself() -> None:
            assert refusal(merging.merge, ticket, ticket, by=by) == "merge_into_itself"

        def a_circle() -> None:
            merging.merge(second, ticket, by=by)
            assert refusal(merging.merge, ticket, second, by=by) == "ticket_is_merged"

        def twice() -> None:
            merging.merge(second, ticket, by=by)
            assert refusal(merging.merge, second, ticket, by=by) == "ticket_is_merged"

        def a_stale_preview() -> None:
            services.edit(second, by=by, title="Something else")
            assert refusal(merging.merge, second, ticket, by=by, version=1) == "merge_changed_meanwhile"

        def another_customer_unasked() -> None:
            assert refusal(merging.merge, other, ticket, by=by) == "merge_other_customer"

        def into_a_deleted_one() -> None:
            deleting.delete(second, "twice", by=by)
            assert refusal(merging.merge, ticket, second, by=by) == "ticket_is_deleted"

        def insourced() -> None:
            Ticket.objects.filter(pk=second.pk).update(source="insourced")
            assert refusal(merging.merge, second, ticket, by=by) == "insourced_is_not_merged"

        def anything_written_afterwards() -> None:
            merging.merge(second, ticket, by=by)
            assert refusal(services.edit, second, by=by, title="Late") == "ticket_is_merged"
            assert refusal(put, second, "note", max) == "ticket_is_merged"

        try_rows(
            [(f,) for f in (itself, a_circle, twice, a_stale_preview, another_customer_unasked, into_a_deleted_one,
                            insourced, anything_written_afterwards)],
            lambda check: check(),
        )  # fmt: skip
    with acting(people("sales")) as sales, pytest.raises(Denied):
        merging.merge(second, ticket, by=sales)


def test_what_one_customer_was_to_read_is_not_read_by_another(ticket: Ticket, max: Membership) -> None:
    with acting(max) as by:
        other = another(max, ticket, "Other", company=Company.objects.create(name="Werft Nord"), contact=None)
        put(ticket, "note", max, customer(ticket))
        merging.merge(ticket, other, by=by, other_customer=True)
        assert Note.objects.get().audience == "internal"


def test_the_page_shows_what_would_happen_and_nothing_happens_before(
    ticket: Ticket, second: Ticket, max: Membership
) -> None:
    browser = sign_in_english(max)
    put(second, "note", max)
    url = f"{DESK}{second.number}/merge/"
    shown = browser.post(url, {"other": str(ticket.number)})
    assert "1 note" in text_of(shown) and "A merge is final." in text_of(shown)
    with acting(max):
        assert Ticket.objects.filter(merged_into__isnull=False).count() == 0
    answer = browser.post(url, {**form_of(shown), "merge": "1"})
    assert answer["Location"] == f"{DESK}{ticket.number}/"
    assert browser.post(url, {"other": "99"}).status_code == 422


def test_a_stale_composer_keeps_what_was_typed(ticket: Ticket, second: Ticket, max: Membership) -> None:
    browser = sign_in_english(max)
    form = form_of(browser.get(f"{DESK}{second.number}/"), "/notes/add/")
    with acting(max) as by:
        merging.merge(second, ticket, by=by)
    answer = browser.post(f"{DESK}{second.number}/notes/add/", {**form, "text": "Typed for long"})
    assert answer.status_code == 422
    assert "Typed for long" in text_of(answer) and f"merged into ticket {ticket.number}" in text_of(answer)


def test_a_split_takes_the_chosen_items_to_a_linked_ticket(ticket: Ticket, max: Membership) -> None:
    stays, goes = put(ticket, "note", max), put(ticket, "timeentry", max)
    browser = sign_in_english(max)
    answer = browser.post(
        f"{DESK}{ticket.number}/split/", {"title": "The other matter", f"item:timeentry:{goes.key}": "on"}
    )
    with acting(max) as by:
        made = Ticket.objects.get(title="The other matter")
        goes.refresh_from_db()
        stays.refresh_from_db()
        assert (goes.ticket_id, stays.ticket_id) == (made.pk, ticket.pk)
        assert TicketLink.objects.filter(first=ticket, second=made).exists()
        assert refusal(merging.split, ticket, "Again", [("timeentry", goes.key)], by=by) == "item_is_gone"
        assert refusal(merging.split, ticket, "None", [], by=by) == "split_without_items"
        assert Ticket.objects.count() == 2, "a refused split leaves no ticket behind"
    assert answer["Location"] == f"{DESK}{made.number}/"
    assert "0:30" in text_of(browser.get(answer["Location"])), "the moved item stands in the new one's stream"


def test_links_are_made_once_and_never_go_round(ticket: Ticket, second: Ticket, max: Membership) -> None:
    third = another(max, ticket, "Third")
    with acting(max) as by:
        assert linking.add(ticket, second, "related", by=by) == linking.add(second, ticket, "related", by=by)
        linking.add(ticket, second, "blocks", by=by)
        assert refusal(linking.add, second, ticket, "blocks", by=by) == "link_goes_round"
        linking.add(ticket, second, "parent", by=by)
        linking.add(second, third, "parent", by=by)
        assert refusal(linking.add, third, ticket, "parent", by=by) == "link_goes_round"
        assert refusal(linking.add, ticket, third, "parent", by=by) == "has_parent_already"
        assert refusal(linking.add, ticket, ticket, "related", by=by) == "link_to_itself"
        one = TicketLink.objects.get(kind="blocks")
        linking.remove(one, second, by=by)
        linking.remove(one, second, by=by)
        assert Entry.objects.filter(kind="ticket.unlinked").count() == 2, "one at either end, and only once"


def test_a_parent_closes_over_open_children_only_when_confirmed(
    ticket: Ticket, second: Ticket, max: Membership
) -> None:
    browser = sign_in_english(max)
    with acting(max) as by:
        linking.add(ticket, second, "parent", by=by)
        services.accept(ticket, by=by)
    url = f"{DESK}{ticket.number}/close/"
    shown = browser.post(url, {"text": "All done"})
    assert shown.status_code == 409
    assert f"Ticket {second.number} below this one is still open" in text_of(shown) and "All done" in text_of(shown)
    assert browser.post(url, {"text": "All done", "confirmed": "1"}).status_code == 302
    with acting(max):
        assert Ticket.objects.get(pk=ticket.pk).status == "closed"


def test_a_linked_ticket_nobody_may_see_shows_its_number_only(
    ticket: Ticket, max: Membership, in_queue: Membership
) -> None:
    """A2: the title of a hidden ticket is on no page, and its number is no way to link or merge."""
    with acting(max) as by:
        hidden = another(max, ticket, "Secret salaries", queue=Queue.objects.create(name="Board"))
        linking.add(ticket, hidden, "related", by=by)
    ada = sign_in_english(in_queue)
    page = text_of(ada.get(f"{DESK}{ticket.number}/"))
    assert f"<strong>{hidden.number}</strong>" in page and "Secret salaries" not in page
    assert "Secret" not in text_of(ada.get(f"{DESK}{ticket.number}/links/find/?q=secret"))
    for path, form in (("links/add", {"kind": "blocks"}), ("merge", {})):
        answer = ada.post(f"{DESK}{ticket.number}/{path}/", {**form, "other": str(hidden.number)})
        assert answer.status_code == 422 and "Secret" not in text_of(answer), path


def test_a_deleted_ticket_is_out_of_sight_and_comes_back_within_thirty_days(
    ticket: Ticket, max: Membership, people: Any
) -> None:
    browser = sign_in_english(max)
    with acting(people("dispatcher")) as by, pytest.raises(Denied):
        deleting.delete(ticket, "no", by=by)
    assert browser.post(f"{DESK}{ticket.number}/delete/", {"reason": ""}).status_code == 422
    assert browser.post(f"{DESK}{ticket.number}/delete/", {"reason": "A test"}).status_code == 302
    assert browser.get(f"{DESK}{ticket.number}/").status_code == 404
    assert "A test" in text_of(browser.get(f"{DESK}deleted/"))
    with acting(max) as by:
        assert Entry.objects.get(kind="ticket.deleted").data["reason"] == "A test"
        assert not Ticket.objects.visible_to(by).exists()
        Ticket.objects.update(deleted_at=timezone.now() - timedelta(days=31))
        assert refusal(deleting.restore, ticket, by=by) == "deleted_too_long_ago"
        Ticket.objects.update(deleted_at=timezone.now() - timedelta(days=29))
    assert browser.post(f"{DESK}deleted/{ticket.number}/restore/").status_code == 302
    assert browser.get(f"{DESK}{ticket.number}/").status_code == 200


def test_extra_fields_are_ignored(ticket: Ticket, second: Ticket, max: Membership) -> None:
    """A10: nobody writes tenant, status or successor through these forms."""
    browser = sign_in_english(max)
    extra = {"tenant": "99", "status": "closed", "merged_into": str(second.pk), "deleted_at": "2026-01-01"}
    browser.post(f"{DESK}{ticket.number}/links/add/", {**extra, "kind": "related", "other": str(second.number)})
    with acting(max):
        ticket.refresh_from_db()
        assert (ticket.status, ticket.merged_into_id, ticket.deleted_at) == ("new", None, None)


def test_the_pages_take_the_same_statements_however_much_there_is(
    ticket: Ticket, second: Ticket, max: Membership
) -> None:
    browser = sign_in_english(max)
    put(ticket, "note", max)
    with acting(max) as by:
        linking.add(ticket, second, "related", by=by)
    urls = [f"{DESK}{ticket.number}/", f"{DESK}{ticket.number}/split/", f"{DESK}{ticket.number}/links/add/"]
    few = [statements(browser, url) for url in urls]
    for number in range(6):
        put(ticket, "note", max)
        more = another(max, ticket, f"More {number}")
        with acting(max) as by:
            linking.add(ticket, more, "parent", by=by)
    assert [statements(browser, url) for url in urls] == few
    assert few[0] <= 20
