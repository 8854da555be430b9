"""W1: who opens a request at all (lifecycle spec, move 1): on the desk, in the portal, by mail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from psa.directory.models import Company, Contact
from psa.mail.inbound import taking, working
from psa.mail.models import Door, IncomingMail
from psa.tenancy import scope
from psa.tenancy.models import Membership
from tests.conftest import try_rows
from tests.mail.letters import DESK, letter
from tests.outsourcing.conftest import (  # noqa: F401
    Pair,
    desk_of_baltic,
    desk_of_nordlicht,
    drain,
    offered,
    pair,
    partnership,
)
from tests.tickets.pages import form_of
from tests.workflows import table_stage
from tests.workflows.portal.conftest import browser as at_the_door
from tests.workflows.reviews import MONDAY
from tests.workflows.table_stage import CONTACTS, MEMBERS, World, everything
from tickets.models import Queue, Ticket
from workflows.portal import door

NEW = {"title": "No dial tone", "text": "Since nine.", "company": "", "share": "", "type": "", "category": ""}


@pytest.fixture
def traveller() -> Iterator[Any]:
    with time_machine.travel(MONDAY, tick=False) as hands:
        yield hands


# 1 --------------------------------------------------------------------------------------------------------------------
@pytest.fixture
def world(
    traveller: Any, max: Membership, queue: Queue, company: Company, cleo: Contact, monkeypatch: Any, settings: Any
) -> World:
    monkeypatch.setattr(door, "STEADY", 0.0)
    settings.MAIL_IN = True
    made = World(max)
    with scope.tenant(max.tenant_id):
        table_stage.people(made, Queue.objects.select_related("tenant").get(pk=queue.pk), company, cleo)
    table_stage.sign_in_all(made, at_the_door)
    made.browsers["nobody"] = Client()
    return made


CREATES = {"administrator", "dispatcher", "technician", "technician elsewhere", "sales"}


def test_w1_1_a_member_opens_a_request_with_the_right_to_and_nobody_else(world: World, company: Company) -> None:
    url = reverse("tickets:new", args=["nordlicht"])

    def new(who: str) -> None:
        before, browser = everything(world), world.browser(who)
        form = form_of(browser.get(url)) if who in CREATES else {}
        answer = browser.post(url, {**form, "title": "No dial tone", "company": company.pk})
        after = everything(world)
        if who in CREATES:
            (made,) = after["Ticket"]
            assert (answer.status_code, made["status"], made["number"]) == (302, "new", 1)
            assert made["created_by_id"] == world.people[who].pk
        else:
            assert answer.status_code in {401, 403, 404}
            assert [name for name in before if before[name] != after[name]] == []

    try_rows([(who,) for who in (*MEMBERS, "customer", "approver", "nobody")], new)


def test_w1_1_a_contact_who_comes_in_opens_one_of_their_own_company_and_nobody_else(world: World) -> None:
    url = reverse("portal:new_request", args=["nordlicht"])

    def new(who: str) -> None:
        before = everything(world)
        person = world.people.get(who)
        company = getattr(person, "company_id", "")
        answer = world.browser(who).post(url, {**NEW, "company": company})
        after = everything(world)
        if who in CONTACTS:
            (made,) = after["Ticket"]
            assert (made["status"], made["contact_id"], made["company_id"]) == ("new", person.pk, company)
        else:
            assert answer.status_code == 303 and "sign-in" in answer["Location"]
            assert [name for name in before if before[name] != after[name]] == []

    try_rows([(who,) for who in (*CONTACTS, "administrator", "nobody")], new)


@pytest.mark.parametrize(
    ("sender", "state"),
    [("cleo@hansen.example", "taken"), ("x@stranger.example", "quarantined"), ("technician@nordlicht.example", "")],
)
def test_w1_1_a_known_contacts_mail_opens_one_and_a_strangers_waits_in_quarantine(
    world: World, sender: str, state: str
) -> None:
    taking.take(letter(sender=sender), Door.PIPE, [DESK])
    working.take_in()
    with scope.tenant(world.max.tenant_id):
        assert IncomingMail.objects.get().state == (state or "quarantined")
        assert Ticket.objects.count() == (state == "taken")
