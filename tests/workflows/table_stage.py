"""Nordlicht with a ticket in every state, brought there by the services people use, and everybody who could ask for a
move: the stage on which the table of moves is walked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.test import Client
from django.utils import timezone

from psa.directory.models import Company, Contact
from psa.journal.models import Entry
from psa.tenancy import scope, services
from psa.tenancy.models import Membership, TenantModel
from tests import held
from tests.conftest import acting, sign_in
from tests.tickets.conftest import internal
from tests.tickets.stages import WAYS, make
from tests.workflows.reviews import says
from tests.workflows.stage import accept, approver, sent
from tickets import services as tickets
from tickets.models import Queue, QueueMember, Ticket
from tickets.services.lifecycle import MOVED
from workflows.models import Estimate, PortalAccess
from workflows.services import portal_access

# Who they are, in the letters of the table.
MEMBERS = {
    "administrator": "T D B",
    "dispatcher": "T D",
    "technician": "T",
    "technician elsewhere": "",
    "billing": "B",
    "sales": "",
    "read-only": "",
    "stranger": "",
}
CONTACTS = {
    "customer": "C CR",
    "customer without the right": "C",
    "approver": "CA CL",
    "approver below": "CL",
    "colleague": "",
    "other customer": "",
}
# Where somebody came from, which every request of a signed-in person leaves.
NOT_COMPARED = {"Origin"}


def letters(who: str) -> frozenset[str]:
    return frozenset({**MEMBERS, **CONTACTS}[who].split())


@dataclass
class World:
    """The tickets by state, the people by what they are, and a browser for each of them."""

    max: Membership
    tickets: dict[str, int] = field(default_factory=dict)
    people: dict[str, Any] = field(default_factory=dict)
    browsers: dict[str, Client] = field(default_factory=dict)
    survivor: int = 0

    def ticket(self, state: str) -> Ticket:
        with scope.tenant(self.max.tenant_id):
            found = Ticket.objects.select_related("company", "contact__company", "tenant")
            ticket: Ticket = found.get(pk=self.tickets[state])
        return ticket

    def ticket_of(self, ticket: Ticket) -> Ticket:
        """The same ticket, as it stands now."""
        with scope.tenant(self.max.tenant_id):
            found: Ticket = Ticket.objects.get(pk=ticket.pk)
        return found

    def browser(self, who: str) -> Client:
        """A browser in which this person is signed in, as they are now."""
        client = Client()
        client.cookies = self.browsers[who].cookies
        return client

    def current(self, ticket: Ticket) -> Estimate | None:
        """The newest version of its estimate."""
        with scope.tenant(self.max.tenant_id):
            found: Estimate | None = Estimate.objects.filter(ticket=ticket).order_by("-version").first()
        return found


def everything(world: World, *, but: tuple[str, ...] = ()) -> dict[str, Any]:
    """Every row of Nordlicht's."""
    with scope.tenant(world.max.tenant_id):
        return {
            model.__name__: held.rows(model)
            for model in apps.get_models()
            if issubclass(model, TenantModel) and model.__name__ not in {*NOT_COMPARED, *but}
        }


def told(world: World, ticket: Ticket) -> list[str]:
    """Every move of the ticket as the journal has it, in order."""
    with scope.tenant(world.max.tenant_id):
        rows = Entry.objects.filter(subject_type="ticket", subject_id=ticket.pk, kind__in=MOVED)
        return list(rows.order_by("pk").values_list("kind", flat=True))


def build(max: Membership, queue: Queue, company: Company, cleo: Contact) -> World:
    """Everybody, and a ticket in every state; none is shared with the customer's colleagues."""
    world = World(max)
    with scope.tenant(max.tenant_id):
        queue = Queue.objects.select_related("tenant").get(pk=queue.pk)
    people(world, queue, company, cleo)
    with acting(max) as by:
        for state in WAYS:
            made = tickets.create(by=by, title=f"About {state}", company=company, contact=cleo, queue=queue)
            world.tickets[state] = made.pk
        other = tickets.create(by=by, title="The one that goes on", company=company, contact=cleo, queue=queue)
        world.survivor = other.pk
    for state, way in WAYS.items():
        for move in way:
            _bring(world, state, move)
        assert world.ticket(state).status == state
    with acting(max) as by:
        ticket = world.ticket("in_progress")
        tickets.items.add(ticket, "timeentry", internal(ticket), by=by, minutes=5, worked_on=date(2026, 3, 2))
    return world


def _bring(world: World, state: str, move: str) -> None:
    """One step on the way, by whoever makes it in earnest."""
    ticket, cleo = world.ticket(state), world.people["customer"]
    as_customer: dict[str, Callable[[], Any]] = {
        "estimate": lambda: sent(ticket, world.max),
        "accept_estimate": lambda: accept(world.current(ticket), world.people["approver"]),  # type: ignore[arg-type]
        "accept_solution": lambda: says(Said(world, state), "accept", cleo),  # type: ignore[arg-type]
        "request_deployment": lambda: says(Said(world, state), "deploy", cleo),  # type: ignore[arg-type]
        "object": lambda: says(Said(world, state), "objection", cleo),  # type: ignore[arg-type]
    }
    if move in as_customer:
        as_customer[move]()
        return
    with acting(world.max) as by:
        make(ticket, move, by)


class Said:
    """As much of a stage as a contact needs to say a word on it."""

    def __init__(self, world: World, state: str) -> None:
        self.world, self.state, self.member = world, state, world.max

    @property
    def ticket(self) -> Ticket:
        return self.world.ticket(self.state)


def people(world: World, queue: Queue, company: Company, cleo: Contact) -> None:
    """Everybody who could ask for a move."""
    tenant = queue.tenant
    known = world.people
    known["administrator"] = world.max
    for role in ("dispatcher", "technician", "billing", "sales", "read-only"):
        known[role] = services.add_member(tenant, f"{role}@nordlicht.example", role.title(), role)
    known["technician elsewhere"] = services.add_member(tenant, "else@nordlicht.example", "Elsa Else", "technician")
    atlas = services.create_tenant("Atlas Support", "atlas", language="en", time_zone="Europe/London", country="GB")
    known["stranger"] = services.add_member(atlas, "sam@atlas.example", "Sam Okafor", "administrator")
    with scope.tenant(tenant):
        away = Queue.objects.create(name="Elsewhere")
        QueueMember.objects.create(queue=queue, member=known["technician"])
        QueueMember.objects.create(queue=away, member=known["technician elsewhere"])
        cleo.email = "cleo@hansen.example"
        cleo.save()
        elsewhere = Company.objects.create(name="Kanzlei Freitag")
    known["customer"] = cleo
    known["approver"] = _contact(company, "Hanna Hansen")
    known["approver below"] = _contact(company, "Lars Lund")
    known["colleague"] = _contact(company, "Eva Evers")
    known["other customer"] = _contact(elsewhere, "Fred Freitag")
    with acting(world.max) as by:
        for who in ("customer", "approver", "approver below", "colleague", "other customer"):
            sees = "company" if who in {"colleague", "other customer"} else "own"
            portal_access.give(known[who], by=by, sees=sees, invites=False)
    approver(world.max, known["approver"])
    approver(world.max, known["approver below"], "50")
    known["customer without the right"] = cleo


def _contact(company: Company, name: str) -> Contact:
    email = f"{name.split()[0].lower()}@{company.pk}.example"
    with scope.tenant(company.tenant_id):
        return Contact.objects.create(company=company, name=name, email=email, language="en")


def take_the_right(world: World) -> None:
    """The customer's person may not accept any more."""
    with scope.tenant(world.max.tenant_id):
        PortalAccess.objects.filter(contact=world.people["customer"]).update(accepts=False)


def window() -> dict[str, str]:
    """Two hours in two days, as a form has them."""
    begins = timezone.localtime() + timedelta(days=2)
    return {
        "begins": begins.strftime("%Y-%m-%dT%H:%M"),
        "ends": (begins + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M"),
    }


def estimate_form() -> dict[str, Any]:
    """Two hours at 90 €, by Friday of next week."""
    return {
        "minutes": "2:00",
        "kind": "hourly",
        "rate": str(Decimal(90)),
        "amount": "",
        "currency": "EUR",
        "vat_rate": "19",
        "tolerance": "10",
        "proposed_due": "2026-03-13T15:00",
        "text": "All of it.",
        "do": "send",
    }


def sign_in_all(world: World, door: Callable[[Contact], Client]) -> None:
    """A browser for everybody: members by their password, contacts by the portal's `door`."""
    for who, person in world.people.items():
        world.browsers[who] = sign_in(person) if isinstance(person, Membership) else door(person)
