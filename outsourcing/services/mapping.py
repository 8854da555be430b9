"""Accepting the first offer of a lead: who it is for us is chosen or written down with the answer (§3)."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from outsourcing.models import Handover
from outsourcing.services import answering
from psa.directory.models import Company, CompanyKind
from psa.journal import journal
from psa.tenancy.actor import Actor
from tickets.models import Ticket


@transaction.atomic
def accept(handover: Handover, company: Company | None, name: str, *, by: Actor, **fields: Any) -> Ticket:
    """T5 with the mapping: where there is no company yet, one is added under `name`. Refused, nothing was added."""
    by.require("outsource.partners")
    if company is None:
        company = Company.objects.create(name=name, kind=CompanyKind.CUSTOMER)
        journal.record(company, "company.created", by=by, name=name)
    return answering.accept(handover, company, by=by, **fields)


@transaction.atomic
def add_candidate(name: str, email: str, *, by: Actor) -> Company:
    """A company that may become a partner, kept in the address book whether or not it is invited."""
    by.require("outsource.partners")
    company = Company.objects.create(name=name, email=email, kind=CompanyKind.PARTNER)
    journal.record(company, "company.created", by=by, name=name)
    return company
