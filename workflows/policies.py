"""What counts for a ticket, of everything that was settled somewhere (lifecycle spec, "Threshold" and "Timers")."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from django.db.models import Q
from django.utils import timezone

from psa.directory import contracts
from psa.directory.models import Contract
from tickets.models import Ticket
from workflows.models import ServicePolicy


@dataclass(frozen=True, slots=True)
class Policy:
    """Every word that counts. Minutes, per cent, working days; the defaults are the specification's."""

    asks_estimate: bool = True
    threshold_minutes: int = 60
    tolerance: int = 10
    estimate_reminds: int = 2
    estimate_reminds_again: int = 5
    estimate_expires: int = 10
    expiry_cancels: bool = False
    clarification_reminds: int = 2
    clarification_reminds_again: int = 5
    gives_up_after: int = 10
    gives_up: bool = False
    acceptance_days: int = 5
    auto_accepts: bool = True
    stops_in_invoice: bool = False
    reopen_days: int = 10


NAMES = tuple(field.name for field in fields(Policy))
DEFAULTS = Policy()


def of(ticket: Ticket, contract: Contract | None = None) -> Policy:
    """What counts for this ticket now: contract before customer before category before tenant before DEFAULTS.

    Two statements: the customer's contract of today, unless it is given, and the policies of the places."""
    contract = contract or contracts.in_force(ticket.company_id, timezone.localdate())
    wanted = Q(category=None, company=None, contract=None) | Q(company=ticket.company_id)
    if ticket.category_id:
        wanted |= Q(category=ticket.category_id)
    if contract is not None:
        wanted |= Q(contract=contract)
    rows = sorted(ServicePolicy.objects.filter(wanted), key=_nearness)
    said: dict[str, Any] = {}
    for row in rows:  # the nearest place speaks last
        said |= {name: value for name in NAMES if (value := getattr(row, name)) is not None}
    return Policy(**said)


def _nearness(row: ServicePolicy) -> int:
    return 3 if row.contract_id else 2 if row.company_id else 1 if row.category_id else 0
