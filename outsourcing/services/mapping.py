"""Who a lead is in our address book: chosen with the first acceptance, changed by administrators (§3)."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from outsourcing.models import Handover, Partnership, ServiceSide
from outsourcing.services import answering, keeping
from psa.directory.models import Company, CompanyKind, Contact
from psa.journal import journal
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets.models import Ticket
from tickets.services import fields


@transaction.atomic
def accept(handover: Handover, company: Company | None, name: str, *, by: Actor, **values: Any) -> Ticket:
    """T5 with the mapping: where there is no company yet, one is added under `name`. Refused, nothing was added."""
    by.require("outsource.partners")
    if company is None:
        company = Company.objects.create(name=name, kind=CompanyKind.CUSTOMER)
        journal.record(company, "company.created", by=by, name=name)
    return answering.accept(handover, company, by=by, **values)


@transaction.atomic
def remap(partnership: Partnership, company: Company, *, by: Actor) -> list[Ticket]:
    """An administrator says anew who this lead is in our address book; its open insourced tickets get that company.

    A ticket against which somebody above the desk has a word (the guard of "ticket.remap") keeps the company it has.
    Returns the tickets that got the new one. Raises Refused("mapping_is_the_same"), Denied.
    """
    by.require("tenant.manage")
    side = keeping.lock(partnership)
    if side.service_of_id is None or side.company_id == company.pk:
        raise Refused("mapping_is_the_same", company=company.name)
    old = side.company
    side.company = company
    side.save(update_fields=["company"])
    sides = ServiceSide.objects.filter(handover__partnership=partnership, ticket__is_open=True)
    tickets = [own.ticket for own in sides.select_related("ticket").order_by("ticket")]
    moved = [ticket for ticket in tickets if _moved(ticket, company, by)]
    names = {"old": old.name if old else "", "new": company.name, "tickets": [ticket.number for ticket in moved]}
    journal.record(partnership, "partnership.remapped", by=by, partner=partnership.lead_name, **names)
    return moved


@transaction.atomic
def add_candidate(name: str, email: str, *, by: Actor, kind: str = CompanyKind.PARTNER, contact: str = "") -> Company:
    """A company that may become a partner, kept in the address book whether or not it is invited."""
    by.require("outsource.partners")
    company = Company.objects.create(name=name, email=email, kind=kind)
    if contact:
        Contact.objects.create(company=company, name=contact, email=email)
    journal.record(company, "company.created", by=by, name=name)
    return company


def _moved(ticket: Ticket, company: Company, by: Actor) -> bool:
    try:
        fields.remap(ticket, company, by=by)
    except Refused:
        return False
    return True
