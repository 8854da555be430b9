"""What a rule looks at: the ticket and the handover as they are now, and the entry that made it look."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from outsourcing.links import links
from outsourcing.models import Handover, Side, Terms
from outsourcing.services import hours
from psa.journal.models import Entry
from psa.tenancy import scope
from tickets.models import Ticket

# The entry with which a rule's own clock says that a moment has come; its subject is the rule.
CLOCK = "rule.due"


@dataclass(slots=True)
class Case:
    """One thing that happened, and what it is about. An offer nobody accepted yet has no ticket at the service side."""

    entry: Entry | None = None
    ticket: Ticket | None = None
    now: datetime = field(default_factory=timezone.now)
    _handover: Handover | None = None
    _is_asked: bool = False

    @property
    def handover(self) -> Handover | None:
        """The handover it is about: the entry's, else the ticket's under way, else its last; asked for once."""
        if not self._is_asked:
            self._handover, self._is_asked = _handover_of(self.entry, self.ticket), True
        return self._handover

    @property
    def side(self) -> str:
        """Which side of the handover we are, "" without one."""
        return str(self.handover.side_of(scope.tenant_id())) if self.handover else ""

    @property
    def is_lead(self) -> bool:
        return self.side == Side.LEAD

    @property
    def is_service(self) -> bool:
        return self.side == Side.SERVICE

    @property
    def partner(self) -> str:
        """The other company's name, "" without one."""
        if self.handover:
            return self.handover.partner_name(scope.tenant_id())
        return str(self.entry.data.get("partner", "")) if self.entry else ""

    @property
    def terms(self) -> Terms | None:
        """The terms in force."""
        found = self.handover
        return Terms.objects.filter(handover=found, version=found.terms_version).first() if found else None

    @property
    def hours_used(self) -> int | None:
        """How many per cent of the authorised hours are used up; None where none are authorised."""
        terms = self.terms
        if self.handover is None or terms is None or not terms.authorised_minutes:
            return None
        minutes = hours.minutes_by_handover([self.handover.key], self.is_lead, self.ticket)
        return minutes.get(self.handover.key, 0) * 100 // terms.authorised_minutes


def of_entry(entry: Entry) -> Case:
    """The case of something that happened, as it stands now."""
    case = Case(entry)
    named = entry.data.get("ticket") if entry.kind == CLOCK else None
    pk = named or (entry.subject_id if entry.subject_type == "ticket" else None)
    if isinstance(pk, int):
        case.ticket = tickets().filter(pk=pk).first()
    return case


def of_ticket(ticket: Ticket, entry: Entry | None = None) -> Case:
    """The case of a ticket, to try a rule on it."""
    return Case(entry, ticket)


def tickets() -> Any:
    """Tickets with what conditions and texts name. Deleted ones are nobody's any more."""
    return Ticket.objects.filter(deleted_at=None).select_related(
        "company", "contact", "queue", "category", "type", "assignee", "created_by", "tenant"
    )


def _handover_of(entry: Entry | None, ticket: Ticket | None) -> Handover | None:
    if entry is not None and (key := entry.data.get("handover")):
        return Handover.objects.filter(key=key).first()
    if entry is not None and entry.subject_type == "handover":
        return Handover.objects.filter(pk=entry.subject_id).first()
    found = links(ticket) if ticket is not None else []
    under_way = next((link.handover for link in found if link.handover.is_active), None)
    return under_way or (found[0].handover if found else None)
