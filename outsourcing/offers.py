"""An offer as the partner reads it: from the frozen terms, or from what the lead is typing. One shape, one template."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from outsourcing.models import Handover, RateType, Terms
from outsourcing.services.sending import customer
from outsourcing.terms import Draft
from psa.tenancy.models import Membership
from tickets.models import Attachment, ChecklistItem, CheckState, Item, Note, Ticket
from tickets.models.checklists import in_language


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A note or a file that goes along."""

    kind: str
    text: str
    author: str
    made_at: datetime | None = None
    size: int | None = None


@dataclass(slots=True)
class Offer:
    """What stands in an offer. Nothing of the lead's own side is in here: what is not a field cannot be shown."""

    lead: str
    title: str
    description: str
    priority: int
    rate_type: str
    currency: str
    cost_rate: Decimal | None
    flat_amount: Decimal | None
    authorised_minutes: int
    authorised_charges: Decimal
    not_to_exceed: bool
    step_minutes: int
    total: Decimal
    answer_by: datetime | None
    complete_by: datetime | None
    instructions: str
    is_on_site: bool
    shares_effort: bool
    customer: dict[str, str]
    contact: dict[str, str]
    enclosed: list[Enclosed] = field(default_factory=list)

    @property
    def is_hourly(self) -> bool:
        return self.rate_type == RateType.HOURLY

    @property
    def labour(self) -> Decimal:
        """Authorised labour, net, without the charges."""
        return self.total - self.authorised_charges


# Columns that a draft and a version of the terms have in common.
SAME = (
    "rate_type",
    "currency",
    "cost_rate",
    "flat_amount",
    "authorised_minutes",
    "authorised_charges",
    "not_to_exceed",
    "step_minutes",
    "total",
    "complete_by",
    "instructions",
    "is_on_site",
    "shares_effort",
)


def of_terms(handover: Handover, terms: Terms) -> Offer:
    """The offer as it was sent, or as it was agreed since."""
    return Offer(
        lead=handover.lead_name,
        title=terms.title,
        description=terms.description,
        priority=terms.priority,
        answer_by=handover.answer_by,
        customer=terms.customer,
        contact=terms.lead_contact,
        enclosed=[_enclosed(item) for item in terms.items],
        **{name: getattr(terms, name) for name in SAME},
    )


def of_draft(ticket: Ticket, draft: Draft, member: Membership, items: list[Item]) -> Offer:
    """The offer as it would be sent now by this member."""
    return Offer(
        lead=ticket.tenant.name,
        title=ticket.title,
        description=ticket.description,
        priority=ticket.priority,
        answer_by=timezone.now() + timedelta(hours=draft.answer_hours),
        customer=customer(ticket, draft.detail),
        contact={"name": member.name, "phone": member.phone, "email": member.email},
        enclosed=[_of_item(item) for item in items if str(item.key) in draft.items],
        **{name: getattr(draft, name) for name in SAME},
    )


def enclosable(ticket: Ticket) -> list[Item]:
    """What may go along: notes and files the customer reads too, open checklist items marked for the partner."""
    notes = Note.objects.filter(ticket=ticket, audience="customer", removed_at=None).order_by("pk")
    files = Attachment.objects.filter(ticket=ticket, audience="customer", removed_at=None).select_related("file")
    return [*notes, *files.order_by("pk"), *to_tick(ticket)]


def to_tick(ticket: Ticket) -> list[ChecklistItem]:
    """The open checklist items marked for the partner."""
    rows = ChecklistItem.objects.filter(
        ticket=ticket, for_partner=True, state=CheckState.OPEN, removed_at=None, received_at=None
    )
    return list(rows.order_by("checklist", "position", "pk"))


def _of_item(item: Item) -> Enclosed:
    if isinstance(item, Attachment):
        return Enclosed("attachment", item.name, item.author_name, item.made_at, item.file.size)
    if isinstance(item, ChecklistItem):
        return Enclosed("checklistitem", item.said, item.author_name, item.made_at)
    return Enclosed("note", item.text, item.author_name, item.made_at)  # type: ignore[attr-defined]


def _enclosed(item: dict[str, Any]) -> Enclosed:
    fields, made_at = item["fields"], datetime.fromisoformat(item["made_at"])
    if item["kind"] == "attachment":
        return Enclosed("attachment", fields["name"], item["author"], made_at, fields["file"]["size"])
    said = in_language(fields["text"], fields.get("texts", {}))
    return Enclosed(item["kind"], said, item["author"], made_at)
