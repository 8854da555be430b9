"""Queues, categories and types as administrators keep them, and what a category asks of its tickets."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from psa.directory.models import Company
from psa.journal.models import Entry
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from tests.conftest import acting, sign_in
from tests.tickets.pages import form_of, statements, text_of
from tickets import services
from tickets.models import Category, Queue, QueueMember, TextModule, Ticket, TicketType
from tickets.services import desk, text_modules
from tickets.services.text_modules import Wording

SORTS = "/nordlicht/tickets/sorts/"


def category(by: Actor, **values: Any) -> Category:
    made = desk.add(Category(), {"name": "Network", "position": 1, **values}, by=by)
    assert isinstance(made, Category)
    return made


def test_a_categorys_required_fields_are_enforced_when_a_ticket_is_made_and_edited(
    max: Membership, queue: Queue, company: Company, ticket: Ticket
) -> None:
    with acting(max) as by:
        asks = category(by, required=["description", "due_at"])
        for made in (
            lambda: services.create(by=by, title="T", company=company, category=asks),
            lambda: services.edit(ticket, by=by, category=asks),
        ):
            with pytest.raises(Refused, match="category_requires") as refused:
                made()
            assert refused.value.params["fields"] == ["description", "due_at"]
        assert Ticket.objects.count() == 1 and Ticket.objects.get().category is None
        with pytest.raises(Refused, match="category_requires"):
            services.edit(ticket, by=by, category=asks, description="Words")
        system = Actor.system("test")
        services.edit(ticket, by=system, category=asks)  # a partner's or the system's change is never lost over it
        with pytest.raises(Refused, match="category_requires"):
            services.edit(Ticket.objects.get(), by=by, title="Other words")


def test_a_category_brings_its_defaults_once(
    browser: Client, max: Membership, ada: Membership, company: Company
) -> None:
    with acting(max) as by:
        queue = Queue.objects.create(name="Service desk", is_default=True)
        network = Queue.objects.create(name="Network")
        asks = category(by, default_queue=network, default_priority=1, default_assignee=ada, required=["contact"])
        made = services.create(by=by, title="T", company=company, contact=None, category=category(by, name="Plain"))
        assert made.queue == queue and made.assignee is None
    new = form_of(browser.get("/nordlicht/tickets/new/")) | {
        "title": "Kept",
        "company": company.pk,
        "category": asks.pk,
    }
    answer = browser.post("/nordlicht/tickets/new/", {**new, "again": "1"})
    form = form_of(answer)
    assert (form["queue"], form["priority"], form["title"]) == (str(network.pk), "1", "Kept")
    assert "Tickets of this category need: Contact" in text_of(answer)
    changed = form_of(browser.post("/nordlicht/tickets/new/", {**form, "priority": "4", "again": "1"}))
    assert changed["priority"] == "4"  # what was chosen after that stays
    refused = browser.post("/nordlicht/tickets/new/", form)
    assert refused.status_code == 422 and 'name="contact"' in text_of(refused) and "Kept" in text_of(refused)
    with acting(max) as by:
        asks = desk.change(asks, {"required": []}, seen=desk.fingerprint(Category.objects.get(pk=asks.pk)), by=by)
        made = services.create(by=by, title="T", company=company, category=asks)
        assert (made.queue, made.priority, made.assignee) == (network, 1, ada)


def test_a_retired_queue_gives_everything_a_new_home(
    max: Membership, ada: Membership, ticket: Ticket, queue: Queue
) -> None:
    with acting(max) as by:
        old = desk.add(Queue(), {"name": "Old", "position": 2}, [ada], by=by)
        asks = category(by, default_queue=old)
        text_modules.add(Wording("time", "T", "", old, False, {"en": "x"}), by=by)  # type: ignore[arg-type]
        services.edit(ticket, by=by, queue=old)
        done = services.create(by=by, title="Done", company=ticket.company, queue=old)
        services.close(services.accept(done, by=by), "done", by=by)
        for home, code in ((None, "new_home_missing"), (old, "new_home_missing")):
            with pytest.raises(Refused, match=code):
                desk.retire(old, home, by=by)  # type: ignore[arg-type]
        with pytest.raises(Refused, match="default_queue_stays"):
            desk.retire(queue, old, by=by)  # type: ignore[arg-type]
        desk.retire(old, queue, by=by)
        assert {one.queue_id for one in Ticket.objects.all()} == {queue.pk}
        assert Category.objects.get(pk=asks.pk).default_queue_id == queue.pk
        assert TextModule.objects.get().queue_id == queue.pk
        told = Entry.objects.filter(kind="ticket.edited", subject_id=ticket.pk).latest("pk")
        assert told.data["names"] == {"queue": ["Old", "Service desk"]}
        entry = Entry.objects.get(kind="queue.retired")
        assert (entry.data["home"], entry.data["tickets"]) == (queue.pk, 2)
        count = Entry.objects.count()
        desk.retire(old, queue, by=by)  # a double click
        assert Entry.objects.count() == count


def test_there_is_always_one_default_queue_and_names_are_given_once(max: Membership, queue: Queue) -> None:
    with acting(max) as by:
        with pytest.raises(Refused, match="name_taken"):
            desk.add(Queue(), {"name": queue.name, "position": 0}, by=by)
        other = desk.add(Queue(), {"name": "Other", "position": 0, "is_default": True}, by=by)
        assert list(Queue.objects.filter(is_default=True)) == [other]
        with pytest.raises(Refused, match="default_queue_stays"):
            desk.change(other, {"is_default": False}, seen=desk.fingerprint(other), by=by)
        main = category(by)
        below = category(by, name="Below", parent=main)
        for wrong in (
            lambda: category(by, name="Third", parent=below),
            lambda: desk.change(main, {"parent": main}, seen=desk.fingerprint(main), by=by),
        ):
            with pytest.raises(Refused, match="only_two_levels"):
                wrong()
        with pytest.raises(Refused, match="has_subcategories"):
            desk.retire(main, by=by)


def test_members_of_a_queue_are_exactly_those_chosen_and_a_stale_form_changes_nothing(
    browser: Client,
    max: Membership,
    ada: Membership,
    queue: Queue,
) -> None:
    url = f"{SORTS}queues/{queue.pk}/"
    form = form_of(browser.get(url)) | {"is_default": "on"}
    assert browser.post(url, {**form, "members": [ada.pk]}).status_code == 302
    with acting(max):
        assert desk.members_of(queue) == [ada.pk]
        entry = Entry.objects.get(kind="queue.changed")
        assert entry.data == {
            "name": "Service desk", "old": {"members": []}, "new": {"members": ["Ada Brandt"]},
        }  # fmt: skip
    stale = browser.post(url, {**form, "name": "Typed", "members": []})
    assert stale.status_code == 422 and "Typed" in text_of(stale)
    with acting(max):
        assert QueueMember.objects.count() == 1 and Queue.objects.get().name == "Service desk"


def test_who_may_not_manage_categories_changes_none(ada: Membership, queue: Queue) -> None:
    with acting(ada) as by:
        for verb in (
            lambda: desk.add(TicketType(), {"name": "Wish", "position": 0}, by=by),
            lambda: desk.change(queue, {"name": "Mine"}, seen="", by=by),
            lambda: desk.retire(queue, by=by),
            lambda: desk.restore(queue, by=by),
        ):
            with pytest.raises(Denied):
                verb()
        assert not Entry.objects.exists()
    for kind in ("queues", "categories", "types"):
        assert sign_in(ada).get(f"{SORTS}{kind}/").status_code == 403


def test_the_pages_of_the_desk_cost_the_same_however_much_there_is(
    browser: Client,
    max: Membership,
    ticket: Ticket,
) -> None:
    urls = [f"{SORTS}{kind}/" for kind in ("queues", "categories", "types")]
    with acting(max) as by:
        main = category(by, default_queue=ticket.queue, default_assignee=max)
        few = [statements(browser, url) for url in urls]
        for number in range(8):
            desk.add(Queue(), {"name": f"Q{number}", "position": number}, [max], by=by)
            category(by, name=f"C{number}", parent=main, default_queue=ticket.queue, default_assignee=max)
            desk.add(TicketType(), {"name": f"T{number}", "position": number}, by=by)
    assert [statements(browser, url) for url in urls] == few
    assert sum(few) <= 30, few
