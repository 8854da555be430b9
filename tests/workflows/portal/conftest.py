"""The portal's stage: Cleo asks at Nordlicht, Dirk decides, Eva is their colleague, Fred is another customer's."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from psa.directory.models import Company, Contact
from psa.journal.models import Entry
from psa.mail.models import OutgoingMail
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership, Tenant
from tests.conftest import acting
from tests.tickets import stages
from tickets.models import Acceptance, Attachment, Note, Queue, Status, Ticket
from workflows import working_days
from workflows.models import Decision, Estimate, PortalAccess, PortalCode, PortalSession, Review
from workflows.portal import door
from workflows.services import customer_words, estimates, portal_access

HOME = "/nordlicht/portal/"


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The even time of the door is looked at in one test of its own."""
    monkeypatch.setattr(door, "STEADY", 0.0)


@pytest.fixture
def give(max: Membership) -> Callable[..., PortalAccess]:
    """`give(contact, sees="company")` lets somebody in, by Max."""

    def given(contact: Contact, **rights: Any) -> PortalAccess:
        with acting(max) as by:
            return portal_access.give(contact, by=by, **rights)

    return given


def person(company: Company, name: str) -> Contact:
    first = name.split()[0].lower()
    with scope.tenant(company.tenant_id):
        return Contact.objects.create(company=company, name=name, email=f"{first}@{company.pk}.example", language="en")


@pytest.fixture
def cleo(company: Company, queue: Queue, give: Any) -> Contact:
    """Asks, sees her own requests, accepts."""
    made = person(company, "Cleo Hansen")
    give(made)
    return made


@pytest.fixture
def eva(company: Company, queue: Queue, give: Any) -> Contact:
    """Sees what is shared with the company; accepts nothing."""
    made = person(company, "Eva Lund")
    give(made, sees="company", accepts=False)
    return made


@pytest.fixture
def dirk(company: Company, queue: Queue, give: Any) -> Contact:
    """Approves estimates, looks after the people, sees his own requests."""
    made = person(company, "Dirk Hansen")
    give(made, is_administrator=True)
    return made


@pytest.fixture
def ines(company: Company, queue: Queue, give: Any) -> Contact:
    """Sees what the company was billed; accepts nothing."""
    made = person(company, "Ines Hansen")
    give(made, accepts=False, sees_invoices=True)
    return made


@pytest.fixture
def other_company(nordlicht: Tenant) -> Company:
    """Another customer of Nordlicht."""
    with scope.tenant(nordlicht):
        return Company.objects.create(name="Kanzlei Freitag")


@pytest.fixture
def fred(other_company: Company, queue: Queue, give: Any) -> Contact:
    """Works there and sees everything of it."""
    made = person(other_company, "Fred Freitag")
    give(made, sees="company")
    return made


def browser(contact: Contact, slug: str = "nordlicht") -> Client:
    """A browser in which this contact came in by the door."""
    client = Client()
    client.post(f"/{slug}/portal/sign-in/", {"email": contact.email})
    response = client.post(f"/{slug}/portal/sign-in/code/", {"code": code_of(contact)})
    assert response.status_code == 303, response.content
    return client


def code_of(contact: Contact) -> str:
    """The newest code in the contact's mailbox."""
    with scope.tenant(contact.tenant_id):
        mail = OutgoingMail.objects.filter(code="portal_code", to_address=contact.email).order_by("-pk").first()
    assert mail is not None
    found = re.search(r"\b(\d{6})\b", mail.text)
    assert found is not None
    return found[1]


def as_customer(contact: Contact) -> Actor:
    return Actor.customer(contact.pk, contact.name, contact.company.name, channel="portal")


def ask(contact: Contact, title: str = "The phones are dead", shared: bool = False, **more: Any) -> Ticket:
    """A request of this contact."""
    with scope.tenant(contact.tenant_id):
        company = more.pop("company", contact.company)
        asked = customer_words.Asked(company, title, "Since this morning.", is_shared=shared, **more)
        return customer_words.open_request(contact, asked, by=as_customer(contact))


def in_state(ticket: Ticket, max: Membership, *moves: str) -> Ticket:
    """The request after these moves of Max's."""
    with acting(max) as by:
        return stages.bring(Ticket.objects.get(pk=ticket.pk), moves, by)


def offered(ticket: Ticket, max: Membership, **more: Any) -> Estimate:
    """An estimate of this request – three hours at 95 €, five working days from now – or the next version of one."""
    with acting(max) as by:
        row = Ticket.objects.get(pk=ticket.pk)
        due = working_days.after(row, 5, timezone.now())
        given: dict[str, Any] = {"minutes": 180, "rate": Decimal(95), "vat_rate": Decimal(19), "tolerance": 10}
        wanted = estimates.Draft(**{**given, "proposed_due": due, "text": "A new gateway.", **more})
        if row.status == Status.ESTIMATED:
            return estimates.revise(row, wanted, by=by)
        if row.status == Status.NEW:
            row = stages.make(row, "accept", by)
        return estimates.send(row, wanted, by=by)


def path_in(contact: Contact, code: str) -> str:
    """The way to a page in the newest mail of this kind to the contact."""
    with scope.tenant(contact.tenant_id):
        mail = OutgoingMail.objects.filter(code=code, to_address=contact.email).order_by("-pk").first()
    assert mail is not None
    found = re.search(r"https?://[^/\s]+(/\S*/portal/\S+)", mail.text)
    assert found is not None, mail.text
    return found[1]


def rows() -> list[Any]:
    """All that a page, a form or a machine that opens links could have changed, in the scope."""
    models = (
        *(Ticket, Note, Attachment, Entry, OutgoingMail, Acceptance),
        *(PortalAccess, PortalCode, PortalSession, Estimate, Decision, Review),
    )
    return [list(model._default_manager.order_by("pk").values()) for model in models]  # type: ignore[attr-defined]
