"""Money between partners: the craftsman's invoices, one issued and one to write, and what a partner has posted."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from billing.services import billing_settings, partner_billing, portal_invoices
from demo import craftsman, people, sellers_of_billing
from demo.desk import Desk
from demo.history import History
from outsourcing.models import Handover, PartnershipSide, ServiceSide, Statement
from outsourcing.services import answering, ending
from psa.tenancy import doors
from psa.tenancy.actor import Actor
from tickets import services
from tickets.models import Ticket
from tickets.readers import readers

# What was handed to the craftsman, how long ago, and what he logged.
JOBS = (
    (16, "Patchfeld im Büro Rīga auflegen", ((150, 0), (65, -5))),
    (11, "Kabelweg im Lager Rīga kennzeichnen", ((120, 0),)),
)
SELLER = {
    "legal_name": "Ozols", "street": "Brīvības iela 117", "postal_code": "LV-1001", "city": "Rīga", "country": "LV",
    "tax_number": "120785-11234", "is_small_business": True, "bank": "Daugavas Banka",
    "iban": "LV09DAUG0551008472316", "email": craftsman.EMAIL, "phone": "+371 20000017",
}  # fmt: skip
LEAD = {
    "name": "Nordlicht IT GmbH", "street": "Stubbenhuk 10", "postal_code": "20459", "city": "Hamburg", "country": "DE",
}  # fmt: skip


def plan(history: History, desks: dict[str, Desk]) -> None:
    """Two jobs up to the settlement; of the first the invoice is out. And a bill of Baltic's to Nordlicht."""
    lead = desks["nordlicht"]
    for days, title, logged in JOBS:
        deeds = (
            partial(craftsman.hand_over, lead, title),
            partial(_work, lead, title, logged),
            partial(_approve, lead, title),
        )
        for number, deed in enumerate(deeds):
            history.at(history.now - timedelta(days=days - number), "nordlicht", deed, partners=True)
    history.at(history.now - timedelta(days=12), "nordlicht", partial(_invoice, JOBS[0][1]), partners=True)
    history.at(history.now - timedelta(minutes=50), "baltic", partial(_post, desks["baltic"]))


def _ivo() -> people.Person:
    return next(person for person in people.PEOPLE if person.email == craftsman.EMAIL)


def _work(lead: Desk, title: str, logged: tuple[tuple[int, int], ...]) -> None:
    with doors.enter(people.user(_ivo()), "ozols") as by:
        handover = Handover.objects.get(status="assigned", title=title)
        company = PartnershipSide.objects.select_related("company").get().company
        assert company is not None  # entered when the company was set up
        ticket = answering.accept(handover, company, by=by, title=title, due_at=handover.complete_by)
        ticket = services.move(ticket, "accept", by=by)
        to_lead = readers(Ticket.objects.select_related("tenant").get(pk=ticket.pk))[-1]
        day = lead.history.clock.shown.date()
        for minutes, offset in logged:
            why: dict[str, Any] = {"offset_minutes": offset, "offset_reason": "Pārtraukums"} if offset else {}
            services.items.add(
                ticket, "timeentry", to_lead, by=by, minutes=minutes, worked_on=day, text="Darbs objektā.", **why
            )
        services.items.add(
            ticket, "charge", to_lead, by=by, name="Marķēšanas lente", quantity=Decimal(2), unit_price=Decimal("9.50"),
            currency="EUR", category="material",
        )  # fmt: skip
        answering.submit(Ticket.objects.get(pk=ticket.pk), by=by)


def _approve(lead: Desk, title: str) -> None:
    ticket = Ticket.objects.get(title=title)
    ending.approve(ticket, by=lead.history.manager(lead.slug))


def _invoice(title: str) -> None:
    """Ivo enters his data, looks at the draft and issues it."""
    with doors.enter(people.user(_ivo()), "ozols") as by:
        settings = billing_settings.of_tenant()
        billing_settings.settle(SELLER, version=settings.version, by=by)
        own = ServiceSide.objects.select_related("handover", "ticket__company").get(handover__title=title)
        portal_invoices.agree(own.ticket.company, LEAD, sellers_of_billing.SELLERS["nordlicht"]["vat_id"], by=by)
        draft = portal_invoices.draw(own.ticket, own.handover, by=by)
        portal_invoices.issue(draft, version=draft.version, by=by)


def _post(desk: Desk) -> None:
    """The newest settlement is posted, so that the next invoice to the lead partner has something on it."""
    by: Actor = desk.history.manager(desk.slug)
    found = Statement.objects.filter(side="service", total__gt=0).order_by("-pk")[:2]
    for own in ServiceSide.objects.filter(handover__in=[one.handover_id for one in found]).select_related(
        "handover", "ticket"
    ):
        partner_billing.post(own.ticket, own.handover, by=by)
