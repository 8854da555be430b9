"""What a line of a work list knows of its handover: its own columns, and our half of it, fetched once a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.functional import cached_property

from outsourcing.dashboards import standing
from outsourcing.dashboards.listing import FolderListing
from outsourcing.dashboards.standing import Settled
from outsourcing.models import (
    HandoverStatus,
    LeadSide,
    Question,
    Release,
    ReleaseStatus,
    ServiceSide,
    Side,
    Terms,
)
from outsourcing.models.handover import ACTIVE, ENDED, RUNNING, total
from outsourcing.services import limits
from psa.web.lists import Cursor

S = HandoverStatus
Cell = Callable[[Any], Any]


@dataclass(slots=True)
class Row:
    """One handover in a list: its own columns, and our ticket, the terms and the hours, fetched once a page."""

    id: int
    key: UUID
    status: str
    title: str
    lead_name: str
    service_name: str
    lead_number: int
    service_number: int | None
    sent_at: datetime | None
    sent_by_name: str
    answer_by: datetime | None
    complete_by: datetime | None
    submitted_at: datetime | None
    ended_at: datetime | None
    slug: str = ""
    side: str = ""
    ticket: dict[str, Any] = field(default_factory=dict)
    terms: dict[str, Any] = field(default_factory=dict)
    minutes: int | None = None
    names_partner: bool = False
    hangs: bool = False
    settled: Settled | None = None
    invoice: tuple[str, Decimal] | None = None
    release: Release | None = None
    by: Any = None

    @property
    def is_over_limit(self) -> bool:
        """Whether the reader may only ask somebody to authorise these terms."""
        if not self.terms:
            return False
        kept = self.terms
        labour = kept["rate_type"], kept["cost_rate"], kept["flat_amount"], kept["authorised_minutes"]
        return not limits.suffices(total(*labour, kept["authorised_charges"]), self.by)

    @property
    def number(self) -> int | None:
        return self.lead_number if self.side == Side.LEAD else self.service_number

    @property
    def handover_url(self) -> str:
        return reverse("outsourcing:handover", args=[self.slug, self.key])

    @property
    def url(self) -> str:
        """Where the row leads: to our ticket, or to the offer while there is none."""
        return reverse("tickets:page", args=[self.slug, self.number]) if self.number else self.handover_url

    @property
    def customer(self) -> str:
        return self.ticket.get("ticket__company__name", "")

    @property
    def place(self) -> str:
        return self.terms.get("customer", {}).get("site", "")

    @property
    def assignee(self) -> str:
        return self.ticket.get("ticket__assignee__name") or ""

    @property
    def is_asked(self) -> bool:
        """Whether a question about it is open."""
        return self.status in ACTIVE and bool(self.ticket.get("is_asked"))

    @property
    def activity(self) -> datetime | None:
        return self.ticket.get("ticket__last_activity")

    @property
    def fee(self) -> Decimal | None:
        """What we owe the operator for it, in `ticket["fee_currency"]`."""
        due = self.ticket.get("fee_due")
        return None if due is None else due.quantize(Decimal("0.01"))

    def move_url(self, name: str) -> str:
        return reverse(f"outsourcing:{name}", args=[self.slug, self.number])


FIELDS = (
    "id",
    "key",
    "status",
    "title",
    "lead_name",
    "service_name",
    "lead_number",
    "service_number",
    "sent_at",
    "sent_by_name",
    "answer_by",
    "complete_by",
    "submitted_at",
    "ended_at",
)
TICKET = (
    "handover_id",
    "ticket__title",
    "ticket__company__name",
    "ticket__last_activity",
    "ticket__assignee__name",
)
HOURS = {"hours", "flags"}
MONEY = {"labour", "charges", "settlement", "invoice", "decide"}
TERMS = (
    "handover_id",
    "version",
    "rate_type",
    "currency",
    "cost_rate",
    "flat_amount",
    "authorised_minutes",
    "authorised_charges",
    "customer",
)


class Handovers(FolderListing):
    """A folder's list. The page's own rows of both sides come in three statements, however many rows there are."""

    side: Side
    known_count: int | None = None
    may_hang: bool = True

    @cached_property
    def count(self) -> int:
        """The folder's own count serves the list too, as long as nothing is filtered."""
        known = self.known_count
        return super().count if known is None or self.asked or self.q else known

    def fetch(self, cursor: Cursor | None, size: int) -> Any:
        found: Any = super().fetch(cursor, size)
        rows = [row for row, _value in found]
        for row in rows:
            row.slug, row.side, row.by = self.request.tenant.slug, self.side, self.request.actor
        if rows:
            self._complete(rows)
        return found

    def _complete(self, rows: Sequence[Row]) -> None:
        ids, shown = [row.id for row in rows], {column.key for column in self.columns}
        side: Any = LeadSide if self.side == Side.LEAD else ServiceSide
        fields = (*TICKET, "is_asked") if self.side == Side.LEAD else (*TICKET, "is_asked", "billed_at")
        is_asked = Exists(Question.objects.filter(handover=OuterRef("handover"), answered_at=None))
        sides = side.objects.filter(handover__in=ids).annotate(is_asked=is_asked)
        if shown & HOURS:
            sides, fields = sides.annotate(logged=standing.logged(self.side)), (*fields, "logged")
        if self.side == Side.LEAD and "fee" in shown:
            sides = sides.annotate(fee_due=standing.owed("amount"), fee_currency=standing.owed("currency"))
            fields = (*fields, "fee_due", "fee_currency")
        tickets = {own["handover_id"]: own for own in sides.values(*fields)}
        names_place = self.side == Side.SERVICE and any(row.status in ACTIVE for row in rows)
        asks_limit = self.side == Side.LEAD and "decide" in shown
        wants_terms = names_place or asks_limit or shown & {"terms", "hours", "flags", "place"}
        terms = Terms.objects.filter(handover__in=ids).order_by("version").values(*TERMS) if wants_terms else ()
        agreed = {one["handover_id"]: one for one in terms}
        is_running = any(row.status in RUNNING for row in rows)
        hanging = standing.parked() if self.may_hang and is_running and "flags" in shown else set()
        ended = [row.id for row in rows if row.status in ENDED] if shown & MONEY else []
        settled = standing.settlements(ended, self.side) if ended else {}
        invoices = standing.invoices(ended) if ended and self.side == Side.LEAD else {}
        asked = _asked(ids) if self.side == Side.LEAD and self.code == "release" else {}
        for row in rows:
            row.release = asked.get(row.id)
            row.hangs, row.settled, row.invoice = row.key in hanging, settled.get(row.id), invoices.get(row.id)
            row.ticket, row.terms = tickets.get(row.id, {}), agreed.get(row.id, {})
            row.minutes = row.ticket.get("logged") or 0
            row.names_partner = self.side == Side.LEAD and "partner" not in shown


def _asked(ids: Sequence[int]) -> dict[int, Release]:
    """The oldest open request for release of each handover."""
    rows = Release.objects.filter(handover__in=ids, status=ReleaseStatus.REQUESTED).select_related("requested_by")
    return {one.handover_id: one for one in rows.order_by("-pk")}
