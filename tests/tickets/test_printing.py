"""A ticket on paper: what each reader's paper says, and above all what the customer's never does."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from psa.directory.models import WorkType
from psa.tenancy import scope
from psa.tenancy.models import Membership
from tests import paper
from tests.conftest import acting, sign_in
from tests.tickets.conftest import customer, internal
from tests.tickets.pages import DESK, sign_in_english, statements, text_of
from tickets import services
from tickets.models import Queue, Source, Ticket
from tickets.services import items

OURS = "1/paper/"
THEIRS = "1/paper/?for=customer"
CANARY = "CANARY"


@pytest.fixture
def browser(max: Membership) -> Client:
    return sign_in_english(max)


@pytest.fixture
def full(ticket: Ticket, max: Membership, queue: Queue) -> Ticket:
    """A ticket with something of everything for each reader; what the customer must not see says CANARY."""
    with acting(max) as by:
        english(ticket)
        ours, theirs = internal(ticket), customer(ticket)
        work = WorkType.objects.create(name=f"{CANARY} work")
        services.edit(ticket, by=by, description=f"{CANARY} description", due_at="2031-05-06T10:00:00Z")
        add = items.add
        add(ticket, "note", ours, by=by, text=f"{CANARY} note")
        add(ticket, "note", ours, by=by, text=f"{CANARY} call", kind_of="call", caller=f"{CANARY} caller")
        add(ticket, "note", theirs, by=by, text="We replaced the switch.")
        add(ticket, "note", theirs, by=by, text="A mail to you.", kind_of="mail")
        day = {"worked_on": "2026-03-02", "work_type": work}
        add(ticket, "timeentry", ours, by=by, minutes=47, text=f"{CANARY} time", **day)
        seen = {"internal_text": f"{CANARY} remark", "offset_minutes": -13, "offset_reason": f"{CANARY} reason"}
        add(ticket, "timeentry", theirs, by=by, minutes=73, text="Changed the switch.", **seen, **day)
        hidden = {"is_hidden": True, "is_billable": False}
        add(ticket, "timeentry", theirs, by=by, minutes=31, text=f"{CANARY} hidden", **hidden, **day)
        price = {"unit_price": Decimal("77.77")}
        add(ticket, "charge", ours, by=by, name=f"{CANARY} cable", text=f"{CANARY} purchase", **price)
        add(ticket, "charge", theirs, by=by, name="Switch", quantity=2, unit="pc", **price)
        for name, reader in ((f"{CANARY}.txt", ours), ("report.txt", theirs)):
            services.files.attach(ticket, SimpleUploadedFile(name, b"x", "text/plain"), reader, by=by)
        services.checklists.add_item(ticket, f"{CANARY} step", by=by)
        services.checklists.add_item(ticket, "Test the link", by=by, for_customer=True)
        gone = add(ticket, "note", theirs, by=by, text=f"{CANARY} gone")
        items.remove(gone, by=by)
    return ticket


def english(ticket: Ticket) -> None:
    """The contact reads English."""
    assert ticket.contact is not None
    ticket.contact.language = "en"
    ticket.contact.save()


def sheet(response: Any) -> str:
    """The paper alone, without the page around it."""
    return text_of(response).partition("<article")[2].partition("</article>")[0]


@pytest.mark.parametrize("way", ["page", "pdf"])
def test_x3_the_customers_paper_holds_only_what_was_written_for_the_customer(
    browser: Client, full: Ticket, max: Membership, way: str
) -> None:
    if way == "page":
        answer = browser.get(f"{DESK}{THEIRS}")
        found = text_of(answer)
    else:
        answer = browser.get(f"{DESK}1/paper/pdf/?for=customer")
        found = paper.text(answer.content)
        assert b"CANARY" not in answer.content
    assert answer.status_code == 200
    for said in (
        "We replaced the switch.", "A mail to you.", "Changed the switch.", "Switch", "report.txt", "1:00",
        "Test the link",
    ):  # fmt: skip
        assert said in found
    for never in (CANARY, "77", "155", "47", "1:13", "0:31", "2031", "Support"):
        assert never not in (sheet(answer) if way == "page" else found), never
    assert CANARY not in found, "not even in the page around it"


@pytest.mark.parametrize("way", ["page", "pdf"])
def test_our_paper_holds_everything_and_says_who_reads_what(
    browser: Client, full: Ticket, max: Membership, way: str
) -> None:
    answer = browser.get(f"{DESK}{OURS}" if way == "page" else f"{DESK}1/paper/pdf/")
    found = sheet(answer) if way == "page" else paper.text(answer.content)
    for said in (
        "description", "note", "call", "time", "remark", "hidden", "cable", "purchase", "step", "reason", "work",
    ):  # fmt: skip
        assert f"{CANARY} {said}" in found, said
    assert f"{CANARY}.txt" in found and "report.txt" in found and f"{CANARY} gone" not in found
    assert "Internal" in found and "Customer · Cleo" in found
    assert "Internal: only for people at Nordlicht IT." in found
    assert "77.77" in found and "155.54" in found and "233.31" in found


def test_whose_paper_it_is_stands_on_it(browser: Client, full: Ticket) -> None:
    page = text_of(browser.get(f"{DESK}{OURS}"))
    assert "?for=customer" in page and "For the customer" in page
    with scope.tenant(full.tenant_id):
        full.contact.language = "lv"  # type: ignore[union-attr]
        full.contact.save()  # type: ignore[union-attr]
    theirs = text_of(browser.get(f"{DESK}{THEIRS}"))
    assert "Klientam: tikai tas, kas rakstīts" in sheet(browser.get(f"{DESK}{THEIRS}")), "in the customer's language"
    assert 'lang="lv"' in theirs and "Back to the ticket" in theirs, "the buttons are the reader's"


def test_n8_prices_are_for_those_who_may_see_them(full: Ticket, in_queue: Membership) -> None:
    found = sheet(sign_in(in_queue).get(f"{DESK}{OURS}"))
    assert f"{CANARY} cable" in found and "77" not in found and "155" not in found


def test_a3_paper_is_for_those_who_see_the_ticket(full: Ticket, people: Any, sam: Membership) -> None:
    for path in (OURS, THEIRS, "1/paper/pdf/", "1/paper/pdf/?for=customer"):
        for stranger in (people("technician"), sam):
            answer = sign_in(stranger).get(f"{DESK}{path}")
            assert answer.status_code == 404 and b"CANARY" not in answer.content
        assert sign_in(sam).get(f"/atlas/tickets/{path}").status_code == 404


@pytest.mark.parametrize("asked", ["partner", "", "customer'"])
def test_there_is_no_paper_for_anybody_else(browser: Client, full: Ticket, asked: str) -> None:
    assert browser.get(f"{DESK}1/paper/?for={asked}").status_code == 404


def test_an_insourced_ticket_has_no_customer_to_print_for(browser: Client, full: Ticket) -> None:
    with scope.tenant(full.tenant_id):
        Ticket.objects.filter(pk=full.pk).update(source=Source.INSOURCED)
    assert browser.get(f"{DESK}{THEIRS}").status_code == 404
    assert "for=customer" not in text_of(browser.get(f"{DESK}{OURS}"))


def test_an_empty_paper_says_so(browser: Client, ticket: Ticket) -> None:
    with scope.tenant(ticket.tenant_id):
        english(ticket)
    assert "Nothing was written for the customer yet." in sheet(browser.get(f"{DESK}{THEIRS}"))


@pytest.mark.parametrize("path", [OURS, THEIRS])
def test_paper_costs_the_same_however_much_is_on_it(browser: Client, full: Ticket, max: Membership, path: str) -> None:
    once = statements(browser, f"{DESK}{path}")
    with acting(max) as by:
        for n in range(6):
            for reader in (internal(full), customer(full)):
                items.add(full, "note", reader, by=by, text=f"{n}")
                items.add(full, "timeentry", reader, by=by, minutes=5, worked_on="2026-03-02")
                items.add(full, "charge", reader, by=by, name="Cable")
    assert statements(browser, f"{DESK}{path}") == once <= 12
