"""The smallest company of the demo, a craftsman in the portal who only receives; and whoever runs the installation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from demo import people
from demo.desk import Desk
from demo.history import History
from outsourcing.models import Handover, Partnership, PartnershipSide
from outsourcing.services import answering, partners, portals, sending
from outsourcing.terms import Draft
from psa.directory.models import Company, CompanyKind, Location
from psa.operators import services as operators
from psa.operators.services import Operator
from psa.tenancy import doors
from psa.tenancy.models import User
from tickets import services
from tickets.models import Ticket
from tickets.readers import readers

NAME, EMAIL = "Ozols", "ivo@ozols.example"
HANSEN = "Reederei Hansen GmbH & Co. KG"


@dataclass(frozen=True, slots=True)
class Place:
    """A line of the sign-in page for people who are in no company of FIRMS."""

    slug: str
    name: str
    city: str
    is_what: Any


PLACES = (
    Place("ozols", NAME, "Rīga", _("subcontractor, in the portal")),
    Place("tandem", "Tandem", "", _("runs the installation")),
)


def plan(history: History, desks: dict[str, Desk]) -> None:
    """An invitation that sets a company up, a fee, one job under way and one offer to answer."""
    lead = desks["nordlicht"]
    deeds = (
        (timedelta(days=21), partial(_found, lead)),
        (timedelta(days=6), partial(hand_over, lead, "Verteilerschrank im Lager Rīga beschriften")),
        (timedelta(days=5, hours=20), partial(_begin, lead)),
        (timedelta(hours=5), partial(hand_over, lead, "Zwei Access Points im Lager Rīga montieren")),
    )
    for ago, deed in deeds:
        history.at(history.now - ago, "nordlicht", deed, partners=True)


def employ_operator(hashed: str) -> None:
    """Somebody who may open /operator/."""
    with doors.operating():
        found = next(person for person in people.PEOPLE if person.tenant == "tandem")
        user = User.objects.create_user(found.email, name=found.name)
        User.objects.filter(pk=user.pk).update(is_operator=True, password=hashed)


def set_password(hashed: str) -> None:
    """Everybody's password, once the company stands."""
    with doors.operating():
        User.objects.filter(email=EMAIL).update(password=hashed)


def _found(lead: Desk) -> None:
    by = lead.history.manager(lead.slug)
    company = Company.objects.create(name=NAME, kind=CompanyKind.PARTNER, email=EMAIL, language="lv")
    invitation = partners.invite(company, EMAIL, "Ivo Ozols", by=by)
    raw = doors.issue(partners.PURPOSE, invitation.pk, invitation.expires_at)
    place = {"country": "LV", "language": "lv", "time_zone": "Europe/Riga", "currency": "EUR"}
    portals.set_up(raw, EMAIL, NAME, "Ivo Ozols", None, **place)
    with doors.operating():
        operators.set_fee(lead.history.tenants[lead.slug], Decimal("2.50"), by=Operator.shell())


def hand_over(lead: Desk, title: str) -> None:
    """Nordlicht opens a ticket of a customer's in Rīga and offers it to the craftsman."""
    by, now = lead.history.actor(lead.slug, "Ada"), lead.history.clock.shown
    customer = lead.customer(HANSEN)
    place = Location.objects.filter(company=customer, name__contains="Rīga").first()
    ticket = services.create(by=by, title=title, company=customer, location=place, planned_minutes=180)
    services.move(ticket, "accept", by=by)
    draft = Draft(
        cost_rate=Decimal(38),
        bill_rate=Decimal(89),
        authorised_minutes=180,
        answer_hours=48,
        complete_by=now + timedelta(days=9),
        instructions="Bitte am Tor klingeln; der Schlüssel liegt beim Pförtner.",
        is_on_site=True,
    )
    sending.send(ticket, Partnership.objects.get(service_name=NAME), draft, by=by)


def _begin(lead: Desk) -> None:
    ivo = next(person for person in people.PEOPLE if person.email == EMAIL)
    with doors.enter(people.user(ivo), "ozols") as by:
        handover = Handover.objects.get(status="assigned")
        company = PartnershipSide.objects.select_related("company").get().company
        assert company is not None  # entered when the company was set up
        ticket = answering.accept(handover, company, by=by, title=handover.title, due_at=handover.complete_by)
        ticket = services.move(ticket, "accept", by=by)
        to_lead = readers(Ticket.objects.select_related("tenant").get(pk=ticket.pk))[-1]
        services.items.add(ticket, "note", to_lead, by=by, text="Rīt no rīta esmu uz vietas.")
        services.items.add(
            ticket,
            "timeentry",
            to_lead,
            by=by,
            minutes=75,
            worked_on=lead.history.clock.shown.date(),
            text="Pirmais skapis marķēts.",
        )
