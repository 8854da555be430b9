"""Finished work with its customer: reviews that run, one in production, a customer who wrote, a mail that came back, an
objection, a deployment to plan, and what waits for its bill."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from demo.desk import Desk
from demo.history import History
from psa.journal import journal
from psa.mail.models import Delivery
from psa.tenancy.actor import Actor
from tickets import services
from tickets.models import Ticket
from workflows.models import PortalAccess
from workflows.services import reviews

# Per desk: the customer all of it is about, and who works on it.
CAST = {"nordlicht": ("Spedition Lüders", "Ada"), "baltic": ("SIA Daugavas", "Ilze")}
WORDS = {
    "de": (
        "Drucker im Lager eingerichtet", "VPN für drei neue Laptops", "Postfach für die Buchhaltung",
        "Sicherung auf neues Laufwerk", "Neue Preisliste im Shop", "Telefonanlage umgestellt",
        "Scanner an den Ordner angebunden", "Alter Server abgeschaltet",
        "Ist erledigt, bitte prüfen Sie es.", "Vielen Dank!",
    ),
    "lv": (
        "Noliktavā uzstādīts printeris", "VPN trim jauniem klēpjdatoriem", "Pastkaste grāmatvedībai",
        "Rezerves kopija jaunā diskā", "Jauns cenrādis veikalā", "Pārslēgta telefona centrāle",
        "Skeneris pieslēgts mapei", "Izslēgts vecais serveris",
        "Ir izdarīts, lūdzu, pārbaudiet.", "Liels paldies!",
    ),
}  # fmt: skip


def plan(history: History, desks: dict[str, Desk]) -> None:
    """Yesterday and the day before, so that each still stands where it is."""
    for slug in CAST:
        deeds: tuple[tuple[int, Callable[[Desk, Ticket], None]], ...] = (
            (20, _nothing),
            (27, _in_production),
            (8, _customer_wrote),
            (22, _came_back),
            (30, _to_deploy),
            (46, _to_bill),
            (25, _objects),
            (26, _is_off),
        )
        for place, (hours, deed) in enumerate(deeds):
            begins = history.now - timedelta(hours=hours)
            history.at(begins, slug, partial(_submit, desks[slug], place, begins, deed), partners=True)


def _submit(desk: Desk, place: int, begins: datetime, deed: Callable[[Desk, Ticket], None]) -> None:
    """Asked for, done and submitted; what comes of it is two hours later."""
    name, worker = CAST[desk.slug]
    by, company = desk.history.actor(desk.slug, worker), desk.customer(name)
    contact = desk.people[company.name][0]
    PortalAccess.objects.get_or_create(contact=contact, defaults={"sees": "company"})
    words = WORDS[desk.firm.language]
    fields = {"title": words[place], "category": desk.categories["network"], "planned_minutes": 30}
    made = services.create(by=by, company=company, contact=contact, **fields)
    ticket = services.start(services.accept(made, by=by), by=by)
    ticket = services.submit(ticket, words[-2], by=by, no_time=words[-2])
    desk.history.at(begins + timedelta(hours=2), desk.slug, partial(deed, desk, ticket))


def _nothing(desk: Desk, ticket: Ticket) -> None:
    """The customer looks at it."""


def _says(desk: Desk, ticket: Ticket, deploys: bool | None) -> Ticket:
    """The contact accepts, asks for the deployment, or (None) objects."""
    ticket = Ticket.objects.select_related("contact", "company").get(pk=ticket.pk)
    contact = ticket.contact
    assert contact is not None
    by = Actor.customer(contact.pk, contact.name, ticket.company.name, channel="portal", language=contact.language)
    if deploys is None:
        words = WORDS[desk.firm.language][-2]
        return reviews.reopen(ticket, words, objection=True, contact=contact, by=by, stay=ticket.stay)
    given: dict[str, Any] = {"contact": contact, "by": by, "address": "192.0.2.7", "stay": ticket.stay}
    if deploys:
        return reviews.request_deployment(ticket, WORDS[desk.firm.language][-1], **given)
    return reviews.accept(ticket, **given)


def _to_deploy(desk: Desk, ticket: Ticket) -> None:
    """At the one house it waits to be planned, at the other its window is known."""
    ticket = _says(desk, ticket, True)
    if desk.slug == "baltic":
        by, begins = desk.history.actor(desk.slug, CAST[desk.slug][1]), desk.history.now + timedelta(days=4)
        services.plan(ticket, begins, begins + timedelta(hours=2), by=by)


def _in_production(desk: Desk, ticket: Ticket) -> None:
    by = desk.history.actor(desk.slug, CAST[desk.slug][1])
    begins = desk.history.now
    ticket = services.plan(_says(desk, ticket, True), begins, begins + timedelta(hours=2), by=by)
    services.deployed(ticket, by=by)


def _to_bill(desk: Desk, ticket: Ticket) -> None:
    _says(desk, ticket, False)


def _objects(desk: Desk, ticket: Ticket) -> None:
    _says(desk, ticket, None)


def _is_off(desk: Desk, ticket: Ticket) -> None:
    services.cancel(ticket, WORDS[desk.firm.language][-2], by=desk.history.manager(desk.slug))


def _customer_wrote(desk: Desk, ticket: Ticket) -> None:
    assert ticket.contact is not None
    by = Actor.customer(ticket.contact.pk, ticket.contact.name, ticket.company.name, channel="mail")
    journal.record(ticket, "ticket.customer_wrote", by=by, note=None, weight="message", channel="mail")


def _came_back(desk: Desk, ticket: Ticket) -> None:
    delivery = Delivery.objects.filter(mail__code="review_notice", mail__subject_id=ticket.pk).latest("pk")
    delivery.bounce("mailbox_unknown")
    delivery.save(update_fields=delivery.MOVES)
    journal.record(delivery.mail, "mail.bounced", by=Actor.system("mail"), code="mailbox_unknown")
