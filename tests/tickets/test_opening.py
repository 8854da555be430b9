"""A new ticket on one screen (IT house spec): one POST makes everything that was typed, or nothing of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError
from django.test import Client

from psa.directory import services as directory
from psa.directory.models import Company, Contact, WorkType
from psa.journal.models import Entry
from psa.mail.models import OutgoingMail
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from tests.conftest import acting, needs_postgres, sign_in, try_rows
from tests.races import race
from tests.tickets.pages import form_of, statements, text_of
from tickets import services
from tickets.models import Category, Checklist, ChecklistItem, Note, Queue, Ticket, TimeEntry
from tickets.services import desk, items, opening, text_modules
from tickets.services.checklist_templates import ItemDraft, save
from tickets.services.text_modules import Wording

NEW = "/nordlicht/tickets/new/"


@pytest.fixture
def network(max: Membership, ada: Membership, queue: Queue, cleo: Contact) -> Category:
    """A category with a default priority and a checklist; its customer has a contact with an address."""
    with acting(max) as by:
        directory.edit_contact(cleo, by=by, email="cleo@hansen.example", language="de", is_default=True)
        made = desk.add(Category(), {"name": "Network", "position": 1, "default_priority": 2}, by=by)
        assert isinstance(made, Category)
        template = save(None, "Visit", {}, [ItemDraft(text="Ring")], by=by)
        services.checklists.bring_along(made, [template], by=by)
    return made


@pytest.fixture
def typed(browser: Client, network: Category, company: Company, ada: Membership, work_type: WorkType) -> dict[str, Any]:
    """The whole screen filled in, as a browser would send it."""
    empty = form_of(browser.get(NEW))
    chosen = {"company": company.pk, "category": network.pk}
    form = form_of(browser.post(NEW, {**empty, **chosen, "mail": "on", "again": "1"}))
    return {
        **form,
        "title": "No link at port 12",
        "description": "The switch in rack 4 has no link.",
        "forward_to": ada.pk,
        "forward_note": "Please go there today.",
        "forward_tells": "on",
        "mail": "on",
        "minutes": "0:06",
        "work_type": work_type.pk,
        "time_text": "Took the request.",
    }


def count() -> dict[str, int]:
    rows = (Ticket, Checklist, ChecklistItem, Note, TimeEntry, OutgoingMail, Entry)
    return {model.__name__: model.objects.count() for model in rows}


def test_one_post_makes_ticket_checklist_forwarding_mail_and_time(
    browser: Client, max: Membership, ada: Membership, network: Category, typed: dict[str, Any], cleo: Contact
) -> None:
    answer = browser.post(NEW, typed)
    assert answer.status_code == 302, text_of(answer)
    with acting(max):
        ticket = Ticket.objects.select_related("assignee", "contact").get()
        assert (ticket.title, ticket.priority, ticket.assignee, ticket.contact) == ("No link at port 12", 2, ada, cleo)
        assert (ticket.created_by_id, ticket.status) == (max.pk, "new"), (
            "who took it stays responsible; no move is made"
        )
        assert Checklist.objects.get().ticket == ticket and ChecklistItem.objects.get().text == "Ring"
        entry = TimeEntry.objects.get()
        assert (entry.minutes, entry.text, entry.work_type.name) == (6, "Took the request.", "Remote")  # type: ignore[union-attr]
        forwarded = Entry.objects.get(kind="ticket.forwarded")
        assert (forwarded.data["text"], forwarded.data["told"]) == ("Please go there today.", True)
        note = Note.objects.get()
        assert (note.kind_of, note.audience) == ("mail", "customer")
        told, customer = OutgoingMail.objects.order_by("code").values_list("code", "to_address", "language", "subject")[
            ::-1
        ]
        assert told[:2] == ("ticket_forwarded", "ada@nordlicht.example")
        assert customer == ("public_note", "cleo@hansen.example", "de", f"No link at port 12 [{ticket.number}]")
        assert f"{ticket.number}" in note.text and "{{" not in note.text and "[[" not in note.text


def test_a_failure_halfway_leaves_nothing_and_keeps_what_was_typed(
    browser: Client, max: Membership, typed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with acting(max):
        before = count()
    add = items.add

    def fails(error: Exception) -> Callable[..., Any]:
        def instead(ticket: Any, kind: str, *args: Any, **kwargs: Any) -> Any:
            if kind == "timeentry":
                raise error
            return add(ticket, kind, *args, **kwargs)

        return instead

    for error in (Refused("ticket_is_closed"), OperationalError("the disk is full")):
        monkeypatch.setattr(opening.items, "add", fails(error))
        answer = browser.post(NEW, typed)
        shown = form_of(answer)
        assert answer.status_code == 422, error
        ticked = {"mail", "forward_tells"}
        assert ticked <= shown.keys()
        lost = {name for name, value in typed.items() if shown[name].strip() != str(value).strip()} - ticked
        assert not lost, lost
        with acting(max):
            assert count() == before, error
    monkeypatch.setattr(opening.items, "add", add)
    assert browser.post(NEW, {**form_of(answer), "mail": "on"}).status_code == 302  # the very same form, sent again
    with acting(max):
        assert count()["Ticket"] == 1


def test_what_is_missing_is_said_beside_its_field_and_nothing_is_saved(
    browser: Client, max: Membership, typed: dict[str, Any], cleo: Contact
) -> None:
    with acting(max) as by:
        wording = Wording("ticket", "Call", "call", None, False, {"en": "Call back: [[number*]]"})
        text_modules.add(wording, by=by)

    def refused(field: str, value: Any, place: str, words: str) -> None:
        answer = browser.post(NEW, {**typed, field: value})
        body = text_of(answer)
        assert answer.status_code == 422
        at = body.index(f'id="id_{place}"')
        assert words in body[at : at + 3000], place
        with acting(max):
            assert not Ticket.objects.exists()

    try_rows(
        (
            ("title", "", "title", "required"),
            ("description", "Call back: [[number*]]", "description", "Still to be filled in: number"),
            ("mail_text", "At [[time*]]", "mail_text", "Still to be filled in: time"),
            ("time_text", "Did [[what*]]", "time_text", "Still to be filled in: what"),
            ("forward_note", "See [[whom*]]", "forward_note", "Still to be filled in: whom"),
            ("forward_to", "", "forward_to", "Choose who gets the note"),
            ("minutes", "", "minutes", "Say how long it took"),
            ("contact", "", "mail", "names no contact"),
        ),
        refused,
    )
    with acting(max) as by:
        directory.edit_contact(cleo, by=by, email="")
    refused("title", "Kept", "mail", "Cleo Hansen has no e-mail address")


def test_a_double_click_creates_one_ticket(browser: Client, max: Membership, typed: dict[str, Any]) -> None:
    first, second = browser.post(NEW, typed), browser.post(NEW, typed)
    assert first.status_code == second.status_code == 302 and first["Location"] == second["Location"]
    with acting(max):
        found = count()
        assert (found["Ticket"], found["Note"], found["TimeEntry"], found["OutgoingMail"]) == (1, 1, 1, 2)


def test_somebody_elses_key_is_not_their_ticket(
    browser: Client, max: Membership, ada: Membership, typed: dict[str, Any]
) -> None:
    assert browser.post(NEW, typed).status_code == 302
    answer = sign_in(ada).post(NEW, typed)
    assert answer.status_code == 422 and "Location" not in answer
    with acting(max):
        assert Ticket.objects.count() == 1


@needs_postgres
@pytest.mark.django_db(transaction=True)
def test_the_same_form_at_the_same_moment_is_one_ticket(max: Membership, company: Company, queue: Queue) -> None:
    key = uuid4()

    def send() -> int:
        with acting(max) as by:
            asked = opening.Opening({"title": "T", "company": company, "queue": queue}, key=key)
            return opening.open_ticket(asked, by=by).number

    numbers = race(*[send] * 6)
    assert len(set(numbers)) == 1, numbers
    with acting(max):
        assert Ticket.objects.count() == 1


def test_the_default_contact_comes_with_the_customer_once(
    browser: Client, max: Membership, network: Category, company: Company, cleo: Contact
) -> None:
    with acting(max) as by:
        second = directory.add_contact(company, by=by, name="Dirk Hansen")
        other = directory.add_company(by=by, name="Bakery")
        only = directory.add_contact(other, by=by, name="Bea Baker", phone="+49 30 1")
    empty = form_of(browser.get(NEW))
    answer = browser.post(NEW, {**empty, "company": company.pk, "title": "Kept", "again": "1"})
    form = form_of(answer)
    assert form["contact"] == str(cleo.pk) and "+49 431 555 01" in text_of(answer) and form["title"] == "Kept"
    form = form_of(browser.post(NEW, {**form, "contact": second.pk, "again": "1"}))
    assert form["contact"] == str(second.pk), "who was chosen after that stays"
    form = form_of(browser.post(NEW, {**form, "company": other.pk, "again": "1"}))
    assert form["contact"] == str(only.pk), "the only contact there is"
    with acting(max) as by:
        directory.edit_contact(second, by=by, is_default=True)
        assert list(Contact.objects.filter(is_default=True)) == [second], "a company has one default contact"


def test_customers_are_found_by_name_number_and_contact_and_never_anothers(
    browser: Client, max: Membership, gunta: Membership, network: Category, company: Company
) -> None:
    with acting(gunta) as by:
        directory.add_company(by=by, name="Reederei of Baltic")
    with acting(max) as by:
        directory.edit_company(company, by=by, number="K-77")

    def finds(words: str, is_found: bool) -> None:
        body = text_of(browser.get(f"{NEW}customers/", {"q": words}))
        assert ("Reederei Hansen" in body) == is_found and "Baltic" not in body
        form = browser.post(NEW, {**form_of(browser.get(NEW)), "find": words, "search": "1"})
        assert (">Reederei Hansen</option>" in text_of(form)) == is_found, "without scripts, too"

    try_rows(
        (("reeder", True), ("han ree", True), ("K-77", True), ("cleo", True), ("555 01", True), ("xyz", False)), finds
    )


def test_the_customers_recent_tickets_are_shown_beside_the_form(
    browser: Client, max: Membership, ticket: Ticket, company: Company
) -> None:
    assert "VPN drops" not in text_of(browser.get(NEW))
    assert "VPN drops" in text_of(browser.get(NEW, {"company": company.pk}))


def test_an_untouched_wording_is_written_anew_for_the_contact_there_is(
    browser: Client, max: Membership, company: Company, typed: dict[str, Any]
) -> None:
    assert "Guten Tag Cleo Hansen," in typed["mail_text"], "the contact reads German"
    with acting(max) as by:
        dirk = directory.add_contact(company, by=by, name="Dirk Hansen", email="dirk@hansen.example", language="en")
    browser.post(NEW, {**typed, "contact": dirk.pk})
    with acting(max):
        note = Note.objects.get()
        assert "Good day Dirk Hansen" in note.text and "Cleo" not in note.text


def test_the_form_costs_the_same_however_many_customers_and_tickets_there_are(
    browser: Client, max: Membership, ticket: Ticket, company: Company, cleo: Contact
) -> None:
    with acting(max) as by:
        directory.edit_contact(cleo, by=by, is_default=True)
    few = [statements(browser, f"{NEW}?company={company.pk}"), statements(browser, f"{NEW}customers/?q=ree")]
    with acting(max) as by:
        for number in range(8):
            directory.add_company(by=by, name=f"Reederei {number}")
            directory.add_contact(company, by=by, name=f"Person {number}")
            services.create(by=by, title=f"T{number}", company=company, queue=ticket.queue)
    many = [statements(browser, f"{NEW}?company={company.pk}"), statements(browser, f"{NEW}customers/?q=ree")]
    assert many == few and few[0] <= 26 and few[1] <= 8, (few, many)
