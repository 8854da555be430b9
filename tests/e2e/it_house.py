"""What an IT house needs from an order to its invoice: people of each role, a customer under a contract, goods, papers.

Each test has a house of its own in Nordlicht: its word stands in e-mail addresses, names and article numbers.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from billing.models import Article
from billing.services import articles, billing_settings, delivery_lines, delivery_notes, orders
from psa.directory.models import Company, Contact, Contract, Location, Rate
from psa.tenancy import doors, scope, services
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership, Tenant
from tests.billing import stage
from tests.billing.bills import SELLER
from tests.e2e.seed import PASSWORD
from tests.stack import Stack
from tickets.models import Queue, QueueMember, Ticket
from tickets.services import appointments, lifecycle
from workflows.models import ServicePolicy

PEOPLE = {"sales": "Nora Sommer", "technician": "Tove Lund", "billing": "Bea Falk"}


def email(role: str, word: str) -> str:
    """How somebody of this role in this house signs in."""
    return f"{role}.{word}@nordlicht.example"


def customer(word: str) -> str:
    """The customer of this house."""
    return f"Werft {word.capitalize()}"


def built(portal: Stack, word: str, language: str = "en") -> None:
    """Build the house in the running portal."""
    _run(portal, f"build({word!r}, {language!r})")


def visited(portal: Stack, word: str, language: str = "en", *, is_prepared: bool = False) -> int:
    """The house with its technician at the customer's now, the delivery note prepared or not; the ticket's number."""
    said = _run(portal, f"build({word!r}, {language!r}), print('TICKET', it_house.plan({word!r}, {is_prepared}))")
    return int(said.split("TICKET ")[1].split()[0])


def prepared(portal: Stack, number: int) -> None:
    """Let the office prepare the ticket's delivery note."""
    _run(portal, f"prepare({number})")


def _run(portal: Stack, call: str) -> str:
    return portal.run("manage.py", "shell", "-v", "0", "-c", f"from tests.e2e import it_house; it_house.{call}")


# In the portal's own process -----------------------------------------------------------------------------------------
def build(word: str, language: str) -> None:
    """People, customer, contract, data for invoices, and what is sold."""
    tenant = doors.tenant_named("nordlicht")
    assert tenant is not None
    members = {role: _member(tenant, role, word, language) for role in PEOPLE}
    with scope.tenant(tenant):
        by = _acting("max@nordlicht.example")
        QueueMember.objects.create(queue=Queue.objects.get(is_default=True), member=members["technician"])
        if billing_settings.missing(row := billing_settings.of_tenant()):
            billing_settings.settle(SELLER, version=row.version, by=by)
        company = Company.objects.create(name=customer(word))
        Contact.objects.create(company=company, name="Cleo Claasen", email=f"cleo@{word}.example", is_default=True)
        Location.objects.create(company=company, name="Hall 2", street="Kai 2", postal_code="24103", city="Kiel")
        contract = Contract.objects.create(company=company, name="Care", starts_on=date(2026, 1, 1))
        Rate.objects.create(contract=contract, amount=Decimal(95))
        ServicePolicy.objects.create(company=company, asks_estimate=False)
        address = {"street": "Kai 2", "postal_code": "24103", "city": "Kiel", "country": "DE"}
        reach = {"email": f"office@{word}.example", "endpoint": f"office@{word}.example"}
        billing_settings.agree(company, {**address, **reach, "format": "xrechnung", "reference": "04011000"}, by=by)
        _catalogue(word, by)


def _member(tenant: Tenant, role: str, word: str, language: str) -> Membership:
    address, name = email(role, word), PEOPLE[role]
    return services.add_member(tenant, address, name, role, password=PASSWORD, language=language)


def _acting(address: str) -> Actor:
    return Actor.of(Membership.objects.select_related("tenant", "role").get(email=address))


def _catalogue(word: str, by: Actor) -> None:
    """A switch that is installed, a dock that is another ticket's, cables by the box, a bracket the technician has."""
    network = articles.add_service(
        {"name": f"Network {word}", "title": f"Set up the network {word}", "is_base": True}, by=by
    )
    desks = articles.add_service({"name": f"Desks {word}", "title": f"Set up the desks {word}"}, by=by)
    box = articles.Packaging("box", Decimal(20), Decimal("89.00"))
    is_visit = {"service": network, "is_installable": True, "needs_appointment": True}
    for number, name, price, more, packed in (
        ("switch", "Switch 48 ports", "689.00", is_visit, ()),
        ("dock", "Docking station", "189.00", {"service": desks, "is_installable": True}, ()),
        ("cable", "Patch cable 2 m", "4.90", {}, (box,)),
        ("bracket", "Wall bracket", "24.90", {"has_serials": True}, ()),
    ):
        values = {"number": f"{word}-{number}", "name": f"{name} {word}", "price": Decimal(price), "unit": "pc"}
        articles.add({**values, **more}, packed, by=by)


def plan(word: str, is_prepared: bool) -> int:
    """An order, its ticket, who is responsible, and the visit that is on now; the ticket's number."""
    with scope.tenant(doors.tenant_named("nordlicht")):
        by, technician = _acting("max@nordlicht.example"), Membership.objects.get(email=email("technician", word))
        company = Company.objects.get(name=customer(word))
        place, contact = Location.objects.get(company=company), Contact.objects.get(company=company)
        switch = stage.line(f"Switch 48 ports {word}", "1", article=Article.objects.get(number=f"{word}-switch"))
        order = orders.enter(stage.draft(company, switch, contact=contact, location=place), by=by)
        ticket = lifecycle.accept(stage.confirmed(order, by)[0], by=by, assignee=technician)
        begins = timezone.now() - timedelta(minutes=5)
        appointments.plan(
            ticket, people=[technician], starts_at=begins, ends_at=begins + timedelta(hours=2), location=place,
            contact=contact, late_reason="The old one burned out.", by=by,
        )  # fmt: skip
    if is_prepared:
        prepare(ticket.number)
    return int(ticket.number)


def prepare(number: int) -> None:
    """The delivery note of a ticket, with all that its order has, by the office."""
    with scope.tenant(doors.tenant_named("nordlicht")):
        by = _acting("max@nordlicht.example")
        note = delivery_notes.draft_of(Ticket.objects.get(number=number), by=by)
        assert note.order is not None
        left = {one.line.pk: one.open for one in delivery_lines.open_of(note.order)}
        delivery_lines.add_from_order(note, left, by=by)
        delivery_notes.prepare(note, by=by)
