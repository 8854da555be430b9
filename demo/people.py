"""The people of the demo: who they are, what they may do, and what to try as them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from psa.tenancy import scope
from psa.tenancy.capabilities import ROLE_NAMES
from psa.tenancy.models import User

# Everybody's, and on the sign-in page: the demo runs on one's own machine and has nothing to hide.
PASSWORD = "tandem-demo"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to sign in as: the address of their company, one line for the sign-in page, where they begin."""

    tenant: str
    name: str
    role: str
    tries: Any
    level: str = ""
    phone: str = ""
    is_shown: bool = True
    home: str = ""

    @property
    def email(self) -> str:
        first = self.name.split()[0].lower()
        return f"{first.translate(PLAIN)}@{self.tenant}.example"

    @property
    def role_name(self) -> Any:
        return ROLE_NAMES[self.role]


PLAIN = str.maketrans("āčēģīķļņšūžäöüß", "acegiklnsuzaous")

PEOPLE = (
    Person("nordlicht", "Ada Brandt", "technician", _("Send a ticket to a partner."), phone="+49 40 5550 1012"),
    Person(
        "nordlicht",
        "Max Petersen",
        "administrator",
        _("See everything of the lead partner: outsourced work, partners, people, mails."),
        phone="+49 40 5550 1010",
    ),
    Person(
        "nordlicht",
        "Jonas Reimers",
        "dispatcher",
        _("Approve or reject what the partners submitted."),
        phone="+49 40 5550 1011",
    ),
    Person(
        "nordlicht",
        "Lena Vogt",
        "technician",
        _("Work the tickets of your queues."),
        phone="+49 40 5550 1013",
        is_shown=False,
    ),
    Person(
        "nordlicht",
        "Katrin Albers",
        "sales",
        _("Turn an order into tickets, settle what technicians hand over."),
        phone="+49 40 5550 1020",
    ),
    Person("nordlicht", "Caro Lindner", "billing", _("See rates, amounts and contracts."), phone="+49 40 5550 1030"),
    Person("nordlicht", "Uwe Hinrichs", "read-only", _("Read everything, change nothing."), is_shown=False),
    Person(
        "baltic",
        "Andris Kalniņš",
        "dispatcher",
        _("Accept or decline what Nordlicht and Atlas offer."),
        phone="+371 6755 0121",
    ),
    Person(
        "baltic",
        "Ilze Ozola",
        "technician",
        _("Work an insourced ticket and submit it for approval."),
        phone="+371 6755 0122",
    ),
    Person(
        "baltic",
        "Gunta Bērziņa",
        "administrator",
        _("Read the agreement; without it a company receives work but sends none."),
        phone="+371 6755 0120",
    ),
    Person(
        "baltic",
        "Mārtiņš Liepa",
        "technician",
        _("Work the tickets of your queues."),
        phone="+371 6755 0123",
        is_shown=False,
    ),
    Person("baltic", "Raivis Zariņš", "sales", _("Look after your own customers."), is_shown=False),
    Person("baltic", "Inese Krūmiņa", "billing", _("See rates, amounts and contracts."), is_shown=False),
    Person(
        "atlas",
        "Sam Okafor",
        "administrator",
        _("Both at once: work received from Hamburg, work sent to Riga."),
        phone="+44 20 7946 0150",
    ),
    Person(
        "atlas",
        "Priya Nair",
        "dispatcher",
        _("Plan the day; answer what the partners offer."),
        phone="+44 20 7946 0151",
    ),
    Person(
        "atlas",
        "Tom Whitfield",
        "technician",
        _("Outsource and insource, up to your own limit."),
        phone="+44 20 7946 0152",
    ),
    Person(
        "atlas",
        "Erin Walsh",
        "technician",
        _("Work the tickets of your queues."),
        phone="+44 20 7946 0153",
        is_shown=False,
    ),
    Person("atlas", "Oliver Grant", "sales", _("Look after your own customers."), is_shown=False),
    Person("atlas", "Hannah Price", "billing", _("See rates, amounts and contracts."), is_shown=False),
    Person("atlas", "Ben Carter", "read-only", _("Read everything, change nothing."), is_shown=False),
    Person(
        "helix",
        "Lukas Gruber",
        "administrator",
        _("Not a partner yet: an invitation from Hamburg waits for you."),
        phone="+43 1 5550 7710",
    ),
    Person(
        "helix",
        "Miriam Egger",
        "technician",
        _("Work the tickets of your queues."),
        phone="+43 1 5550 7711",
        is_shown=False,
    ),
    Person("helix", "Paul Steiner", "dispatcher", _("Plan the day."), phone="+43 1 5550 7712", is_shown=False),
    Person("ozols", "Ivo Ozols", "administrator", _("Answer an offer in the small portal, do the work, submit it.")),
    Person(
        "tandem",
        "Olga Lange",
        "administrator",
        _("Create and suspend companies, see fees and links that hang."),
        home="/operator/",
    ),
)


def of(tenant: str) -> list[Person]:
    """The people of one company, the most telling first."""
    return [person for person in PEOPLE if person.tenant == tenant]


def named(email: str) -> Person | None:
    """The person who signs in with this address; nobody outside the demo's own."""
    return next((person for person in PEOPLE if person.email == email.strip().lower()), None)


def user(person: Person) -> User:
    """Whoever signs in with this person's address."""
    with scope.platform("the demo's one-click sign-in"):
        return User.objects.get(email=person.email)
