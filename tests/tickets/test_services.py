"""The verbs of the desk: each takes its right, asks the guards, sees what changed meanwhile and leaves one entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError

from psa.directory.models import Company, Contact, Location
from psa.journal.models import Entry
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from tests.conftest import acting
from tests.tickets.conftest import ITEMS, customer, internal, put
from tests.tickets.stages import WAYS, make
from tickets import guards, readers, services
from tickets.models import Attachment, Charge, Item, Note, Queue, QueueMember, StoredFile, Ticket, TimeEntry
from tickets.services import items

WRITTEN = (Ticket, Note, TimeEntry, Charge, Attachment, StoredFile, Entry)


def state_of_the_desk() -> list[Any]:
    """Everything a refused verb must have left alone."""
    return [list(model._default_manager.order_by("pk").values()) for model in WRITTEN]


def upload(name: str = "log.txt", content: bytes = b"line", kind: str = "text/plain") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, kind)


# Rights ---------------------------------------------------------------------------------------------------------------
# verb, the right it takes, and somebody who does not have it on this ticket
RIGHTS: list[tuple[str, str, str]] = [
    ("ticket.create", "ticket.create", "billing"),
    ("ticket.edit", "ticket.edit", "billing"),
    ("ticket.assign", "ticket.assign", "read-only"),
    ("ticket.remap", "tenant.manage", "dispatcher"),
    ("note.add", "note.write", "read-only"),
    ("note.edit", "note.edit", "billing"),
    ("note.remove", "note.edit", "dispatcher"),
    ("attachment.add", "attachment.add", "read-only"),
    ("timeentry.add", "time.log", "read-only"),
    ("timeentry.edit", "time.edit", "sales"),
    ("timeentry.remove", "time.edit", "technician"),
    ("charge.add", "charge.add", "technician"),
    ("charge.edit", "charge.add", "sales"),
    ("charge.remove", "charge.add", "read-only"),
]


class Desk:
    """Every public verb of the desk, called with values that would pass."""

    def __init__(self, ticket: Ticket, owner: Membership) -> None:
        self.ticket = ticket
        self.items = {kind: put(ticket, kind, owner) for kind in ITEMS}
        with acting(owner) as by:
            file = services.files.attach(ticket, upload(), internal(ticket), by=by)
        self.items["attachment"] = file
        self.owner = owner

    def do(self, verb: str, by: Actor) -> Any:
        noun, _, act = verb.partition(".")
        if noun != "ticket":
            return self._item(noun, act, by)
        ticket = self.ticket
        calls: dict[str, Callable[[], Any]] = {
            "create": lambda: services.create(by=by, title="Another", company=ticket.company, queue=ticket.queue),
            "edit": lambda: services.edit(ticket, by=by, title="Other words"),
            "change_company": lambda: services.edit(
                ticket, by=by, company=Company.objects.create(name="Other"), contact=None
            ),
            "assign": lambda: services.assign(ticket, self.owner, by=by),
            "link": lambda: services.linking.add(ticket, self.another(by), "related", by=by),
            "merge": lambda: services.merging.merge(ticket, self.another(by), by=by),
            "absorb": lambda: services.merging.merge(self.another(by), ticket, by=by),
            "split": lambda: services.merging.split(ticket, "New", [("note", self.items["note"].key)], by=by),
            "delete": lambda: services.deleting.delete(ticket, "Twice.", by=by),
            "remap": lambda: services.remap(ticket, Company.objects.create(name="The same by another name"), by=by),
        }
        return calls[act]() if act in calls else make(ticket, PROVEN.get(act, act), by)

    def another(self, by: Actor) -> Ticket:
        """Another ticket of the same customer: the one this was made from."""
        return Ticket.objects.exclude(pk=self.ticket.pk).earliest("pk")

    def _item(self, kind: str, act: str, by: Actor) -> Any:
        if act == "remove":
            return items.remove(self.items[kind], by=by)
        if act == "edit":
            what = "name" if kind in {"attachment", "charge"} else "text"
            return items.edit(self.items[kind], by=by, **{what: "Other words"})
        if kind == "question":
            return items.add(self.ticket, "note", internal(self.ticket), by=by, text="What?", kind_of="question")
        if kind == "attachment":
            return services.files.attach(self.ticket, upload(), internal(self.ticket), by=by)
        return items.add(self.ticket, kind, internal(self.ticket), by=by, **ITEMS[kind])


@pytest.fixture
def desk(ticket: Ticket, max: Membership) -> Desk:
    return Desk(ticket, max)


@pytest.mark.parametrize(("verb", "capability", "role"), RIGHTS)
def test_without_the_right_nothing_happens(
    desk: Desk, people: Callable[[str], Membership], verb: str, capability: str, role: str
) -> None:
    with acting(people(role)) as by:
        before = state_of_the_desk()
        with pytest.raises(Denied) as told:
            desk.do(verb, by)
        assert told.value.capability == capability
        assert state_of_the_desk() == before


def test_publishing_to_the_customer_takes_its_own_right(ticket: Ticket, people: Callable[[str], Membership]) -> None:
    with acting(people("billing")) as by, pytest.raises(Denied, match="note.publish_to_customer"):
        items.add(ticket, "note", customer(ticket), by=by, text="Dear Cleo")


def test_one_edits_what_one_wrote(ticket: Ticket, in_queue: Membership, max: Membership) -> None:
    own, other = put(ticket, "note", in_queue), put(ticket, "note", max)
    with acting(in_queue) as by:
        assert items.edit(own, by=by, text="Better").text == "Better"
        with pytest.raises(Denied):
            items.edit(other, by=by, text="Better")


# Guards ---------------------------------------------------------------------------------------------------------------
# The states in which a move would be open, so that only the guard can be what refuses.
OPEN_FOR = {
    "start": WAYS["open"],
    "answer": ("ask",),
    "close": WAYS["open"],
    "reopen": WAYS["closed"],
    "submit": WAYS["in_progress"],
    "plan": WAYS["reopened_deploy_request"],
    "deployed": WAYS["ready_for_deploy"],
    "stand_down": WAYS["ready_for_deploy"],
    "take_back": WAYS["waiting_solution_review"],
    "estimate": WAYS["open"],
    "decide": WAYS["estimated"],
    "accept_solution": WAYS["waiting_solution_review"],
    "to_billing": WAYS["open"],
    "settle": WAYS["invoice"],
}
# What a guard's verb is asked about, where the move has another name.
PROVEN = {"decide": "accept_estimate"}


def test_every_verb_asks_the_guards(desk: Desk, max: Membership, no_guards: list[Any]) -> None:
    """One that refuses everything, walked through all the verbs by the public services: each is stopped by it."""
    for verb in set(guards.VERBS) - {*guards.CHECK_VERBS, guards.MARK}:
        no_guards.clear()
        with acting(max) as by:
            fresh = services.create(
                by=by,
                title="Fresh",
                company=desk.ticket.company,
                contact=desk.ticket.contact,
                queue=desk.ticket.queue,
                source="insourced" if verb == "ticket.to_billing" else "phone",
            )
            for move in OPEN_FOR.get(verb.partition(".")[2], ()) if verb.startswith("ticket.") else ():
                fresh = make(fresh, move, by)
            again = Desk(fresh, max)
            guards.register(verb)(lambda ticket, verb, found, by: {None: Refused(f"no {verb}")})
            with scope.tenant(max.tenant_id):
                before = state_of_the_desk()
                with pytest.raises(Refused) as told:
                    again.do(verb, by)
                assert told.value.code == f"no {verb}"
                assert state_of_the_desk() == before, verb


def test_a_guard_may_refuse_one_item_only(ticket: Ticket, max: Membership, no_guards: list[Any]) -> None:
    locked, free = put(ticket, "note", max), put(ticket, "note", max)
    guards.register("note.edit")(
        lambda ticket, verb, found, by: {one: Refused("locked") for one in found if one == locked}
    )
    with acting(max) as by:
        with pytest.raises(Refused, match="locked"):
            items.edit(locked, by=by, text="x")
        items.edit(free, by=by, text="x")


# Two people at once ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", [*ITEMS, "attachment"])
@pytest.mark.parametrize("act", ["edit", "remove"])
def test_a_stale_version_is_refused(desk: Desk, max: Membership, kind: str, act: str) -> None:
    item: Item = desk.items[kind]
    with acting(max) as by:
        desk.do(f"{kind}.edit", by)
        before = state_of_the_desk()
        with pytest.raises(Refused, match="changed_meanwhile"):
            if act == "edit":
                items.edit(
                    item,
                    by=by,
                    version=item.version,
                    **{"name" if kind in {"attachment", "charge"} else "text": "Mine"},
                )
            else:
                items.remove(item, by=by, version=item.version)
        assert state_of_the_desk() == before


def test_a_stale_ticket_is_refused(ticket: Ticket, max: Membership) -> None:
    with acting(max) as by:
        services.edit(ticket, by=by, version=ticket.version, title="Theirs")
        with pytest.raises(Refused, match="changed_meanwhile"):
            services.edit(ticket, by=by, version=ticket.version, title="Mine")
        assert Ticket.objects.get().title == "Theirs"


@pytest.mark.parametrize("act", ["edit", "remove"])
def test_a_removed_item_is_gone(desk: Desk, max: Membership, act: str) -> None:
    with acting(max) as by:
        desk.do("note.remove", by)
        with pytest.raises(Refused, match="item_is_gone"):
            desk.do(f"note.{act}", by)


def test_a_reader_who_left_is_refused(ticket: Ticket, max: Membership) -> None:
    with acting(max):
        value = customer(ticket).value
        Contact.objects.update(name="Jens Fisch")
        with pytest.raises(Refused, match="readers_changed"):
            readers.chosen(Ticket.objects.get(), value)


# What is kept ---------------------------------------------------------------------------------------------------------
def test_the_history_keeps_names_as_they_were(ticket: Ticket, max: Membership) -> None:
    with acting(max) as by:
        other = Queue.objects.create(name="Network")
        services.edit(ticket, by=by, queue=other, priority=1)
        services.assign(ticket, max, by=by)
        edited, assigned = (Entry.objects.get(kind=f"ticket.{kind}").data for kind in ("edited", "assigned"))
    assert edited["names"] == {"queue": ["Service desk", "Network"]}
    assert (edited["old"]["priority"], edited["new"]["priority"]) == (3, 1)
    assert assigned["names"] == ["", "Max Petersen"]


def test_nothing_changed_is_no_news(ticket: Ticket, max: Membership) -> None:
    with acting(max) as by:
        services.assign(ticket, max, by=by)
        before = state_of_the_desk()
        services.assign(ticket, max, by=by)
        services.edit(ticket, by=by, title=ticket.title)
        assert state_of_the_desk() == before


@pytest.mark.parametrize("what", ["contact", "location"])
def test_contact_and_location_are_the_companys_own(ticket: Ticket, max: Membership, what: str) -> None:
    with acting(max) as by:
        other = Company.objects.create(name="Other")
        stranger = (Contact if what == "contact" else Location).objects.create(company=other, name="Elsewhere")
        with pytest.raises(Refused, match="not_of_this_company"):
            services.edit(ticket, by=by, **{what: stranger})
        with pytest.raises(Refused, match="not_of_this_company"):
            services.create(by=by, title="x", company=ticket.company, queue=ticket.queue, **{what: stranger})
        assert Ticket.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_another_tenants_row_is_refused_by_the_database(ticket: Ticket, max: Membership, sam: Membership) -> None:
    with scope.tenant(sam.tenant_id):
        foreign = Queue.objects.create(name="Foreign")
    with acting(max) as by, pytest.raises(IntegrityError):
        services.edit(ticket, by=by, queue=foreign)


# Who sees what --------------------------------------------------------------------------------------------------------
SEES = {
    "administrator": {"in queue", "elsewhere", "assigned", "created"},
    "dispatcher": {"in queue", "elsewhere", "assigned", "created"},
    "billing": {"in queue", "elsewhere", "assigned", "created"},
    "read-only": {"in queue", "elsewhere", "assigned", "created"},
    "technician": {"in queue", "assigned", "created"},
    "sales": {"assigned", "created"},
    "contact": set(),
}


@pytest.mark.parametrize("role", SEES)
def test_a4_everybody_sees_what_the_role_says(
    max: Membership, company: Company, queue: Queue, people: Callable[[str], Membership], role: str
) -> None:
    member = people(role)
    with acting(max) as by:
        elsewhere = Queue.objects.create(name="Elsewhere")
        QueueMember.objects.create(queue=queue, member=member)
        services.create(by=by, title="in queue", company=company, queue=queue)
        services.create(by=by, title="elsewhere", company=company, queue=elsewhere)
        services.assign(services.create(by=by, title="assigned", company=company, queue=elsewhere), member, by=by)
        created = services.create(by=by, title="created", company=company, queue=elsewhere)
        Ticket.objects.filter(pk=created.pk).update(created_by=member)
    with acting(member) as by:
        assert set(Ticket.objects.visible_to(by).values_list("title", flat=True)) == SEES[role]
