"""Two companies' first customers in the portal: who looks after its people, a colleague, what they share and ask."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from demo.desk import Desk
from demo.history import History
from psa.directory.models import Contact
from psa.tenancy import doors, scope
from psa.tenancy.actor import Actor
from tickets.models import Ticket
from workflows.models import PortalAccess
from workflows.services import customer_words, portal_access

# Whose customers come in: the company, and what its request for today is called and says.
ASKED = {
    "nordlicht": (
        "Zweiter Bildschirm für die Disposition",
        "Guten Tag, für den neuen Arbeitsplatz in der Disposition brauchen wir einen zweiten Bildschirm, am liebsten "
        "bis Ende nächster Woche.\n\nVielen Dank!",
    ),
    "baltic": (
        "Jauns darbinieks no pirmdienas",
        "Labdien! No pirmdienas pie mums sāks strādāt jauns kolēģis. Lūdzu, sagatavojiet klēpjdatoru un e-pastu.",
    ),
}
SHARED = 4


@dataclass(frozen=True, slots=True)
class Shown:
    """A customer's contact on the sign-in page."""

    slug: str
    name: str
    company: str
    tries: Any


def plan(history: History, desks: dict[str, Desk]) -> None:
    """The access a month ago; what is shared since then; a request this morning."""
    for slug in ASKED:
        desk = desks[slug]
        history.at(history.now - timedelta(days=30), slug, partial(_let_in, desk))
        history.at(history.now - timedelta(hours=5), slug, partial(_share, desk))
        history.at(history.now - timedelta(hours=3), slug, partial(_ask, desk))


def shown() -> list[Shown]:
    """Whom one can be as a customer."""
    found = []
    for slug in ASKED:
        if (access := first_of(slug)) is not None:
            contact = access.contact
            tries = _("See it as the customer does, on the phone.")
            found.append(Shown(slug, contact.name, contact.company.name, tries))
    return found


def first_of(slug: str) -> PortalAccess | None:
    """The contact who looks after a customer's people."""
    tenant = doors.received(slug)
    if tenant is None:
        return None
    with scope.tenant(tenant):
        rows = PortalAccess.objects.filter(is_active=True, is_administrator=True)
        return rows.select_related("contact__company").order_by("pk").first()


def first_people(desk: Desk) -> list[Contact]:
    """The two of a customer who come in: who looks after its people and sees what it was billed, and a colleague."""
    return next(people for people in desk.people.values() if len(people) > 1)[:2]


def _let_in(desk: Desk) -> None:
    first, second = first_people(desk)
    by = desk.history.manager(desk.slug)
    portal_access.give(first, by=by, sees="company", accepts=True, sees_invoices=True, is_administrator=True)
    portal_access.give(second, by=by, sees="own", accepts=False)


def _share(desk: Desk) -> None:
    _first, second = first_people(desk)
    by = desk.history.manager(desk.slug)
    for ticket in Ticket.objects.filter(contact=second, merged_into=None).order_by("-pk")[:SHARED]:
        customer_words.share(ticket, True, by=by)


def _ask(desk: Desk) -> None:
    contact = first_people(desk)[0]
    title, text = ASKED[desk.slug]
    by = Actor.customer(contact.pk, contact.name, contact.company.name, channel="portal")
    asked = customer_words.Asked(contact.company, title, text, is_shared=True)
    ticket = customer_words.open_request(contact, asked, by=by)
    customer_words.acknowledge(ticket, contact, by=by)
