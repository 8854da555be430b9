"""Whether a customer's work may be outsourced: allowed, ask first, never (outsourcing spec §3)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from outsourcing.models import OutsourcingRule, Permission
from outsourcing.models.rules import STRICTNESS
from psa.directory.models import Company, Contact, Contract
from psa.journal import journal
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.prepared import Prepared
from tickets.models import Ticket

Subject = Company | Contact | Contract


# No contact's id.
NOBODY = 0
# Every ticket's page asks.
_SAID: Prepared[OutsourcingRule] = Prepared(
    lambda company, contact: OutsourcingRule.objects.filter(
        Q(company_id=company) | Q(contract__company_id=company) | Q(contact_id=contact)
    ).select_related("company", "contact", "contract")
)


@dataclass(frozen=True, slots=True)
class Ruling:
    """The strictest rule that applies to a ticket, and whose word it is."""

    permission: str = Permission.ALLOWED
    subject: str = ""


def of(ticket: Ticket) -> Ruling:
    """What the ticket's company, its contact and the company's contracts in force say; the strictest counts."""
    said = _SAID(company=ticket.company_id, contact=ticket.contact_id or NOBODY)
    rows = [row for row in said if row.contract is None or _is_in_force(row.contract)]
    strictest = max(rows, key=lambda row: STRICTNESS.index(Permission(row.rule)), default=None)
    if strictest is None:
        return Ruling()
    return Ruling(strictest.rule, str(strictest.company or strictest.contact or strictest.contract))


def _is_in_force(contract: Contract) -> bool:
    today = timezone.localdate()
    return contract.starts_on <= today and (contract.ends_on is None or contract.ends_on >= today)


def not_never(ticket: Ticket) -> Ruling:
    """The ruling. Raises Refused("outsourcing_is_never") where it says so."""
    ruling = of(ticket)
    if ruling.permission == Permission.NEVER:
        raise Refused("outsourcing_is_never", subject=ruling.subject)
    return ruling


def require(ticket: Ticket, reason: str) -> None:
    """Raise Refused("outsourcing_is_never"), or ("outsourcing_needs_reason") where it is "ask first" and `reason` is
    empty: who agreed, and when."""
    ruling = not_never(ticket)
    if ruling.permission == Permission.ASK_FIRST and not reason.strip():
        raise Refused("outsourcing_needs_reason", subject=ruling.subject)


@transaction.atomic
def rule(subject: Subject, permission: str, *, by: Actor) -> None:
    """Write down what a company, a contact or a contract says; "allowed" takes an older word away."""
    by.require("contract.manage" if isinstance(subject, Contract) else "company.manage")
    name = subject._meta.model_name or ""
    rows = OutsourcingRule.objects.filter(**{name: subject})
    old = rows.values_list("rule", flat=True).first() or Permission.ALLOWED
    rows.delete()
    if permission != Permission.ALLOWED:
        OutsourcingRule.objects.create(**{name: subject}, rule=permission)
    if old != permission:
        journal.record(subject, "outsourcing.ruled", by=by, old=old, new=str(permission), name=str(subject))


def of_company(company: Company) -> list[tuple[Subject, str]]:
    """Everything that was said about a company's work: its own word first, then its contacts' and contracts'."""
    mine = Q(company=company) | Q(contact__company=company) | Q(contract__company=company)
    rows = OutsourcingRule.objects.filter(mine).select_related("company", "contact", "contract")
    found = [(row.company or row.contact or row.contract, row.rule) for row in rows]
    return sorted(found, key=lambda one: (not isinstance(one[0], Company), str(one[0])))
