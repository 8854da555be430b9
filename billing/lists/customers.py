"""A customer's invoices as a phone shows them: all, or by how they stand, found by number, in pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from billing.labels.customers import STANDINGS, standing
from billing.models import Invoice, InvoiceKind, InvoiceStatus
from billing.services import dunning

EACH = 20
LONGEST_SEARCH = 60
KEPT: dict[str, Callable[[Any, date], Any]] = {
    "": lambda rows, today: rows,
    "open": lambda rows, today: rows.filter(kind=InvoiceKind.INVOICE, status__in=dunning.UNPAID),
    "overdue": dunning.overdue,
    "paid": lambda rows, today: rows.filter(kind=InvoiceKind.INVOICE, status=InvoiceStatus.PAID),
    "credited": lambda rows, today: rows.filter(Q(kind=InvoiceKind.CREDIT_NOTE) | Q(status=InvoiceStatus.CREDITED)),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address asks for; anything else in it is ignored (hostile test A8)."""

    state: str = ""
    words: str = ""
    before: UUID | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A page of the list: invoices with the badge of how they stand, newest first, and where the next page begins."""

    wanted: Wanted
    rows: list[tuple[Invoice, Any]]
    next_query: str


def wanted(given: Any) -> Wanted:
    """What is asked for, as far as there is such a list."""
    state = given.get("state") if given.get("state") in KEPT else ""
    try:
        before = UUID(given.get("before", ""))
    except ValueError:
        before = None
    return Wanted(str(state), given.get("q", "").strip()[:LONGEST_SEARCH], before)


def page(rows: Any, asked: Wanted) -> Shown:
    """One statement, and one more on the pages after the first."""
    today = timezone.localdate()
    found = KEPT[asked.state](rows, today)
    if asked.words:
        found = found.filter(number__icontains=asked.words)
    if last := rows.filter(key=asked.before).first() if asked.before else None:
        found = found.filter(Q(issued_at__lt=last.issued_at) | Q(issued_at=last.issued_at, pk__lt=last.pk))
    some = list(found.order_by("-issued_at", "-pk")[: EACH + 1])
    more = {"state": asked.state, "q": asked.words, "before": str(some[EACH - 1].key)} if len(some) > EACH else {}
    shown = [(row, STANDINGS.badge(standing(row, today))) for row in some[:EACH]]
    return Shown(asked, shown, urlencode({name: value for name, value in more.items() if value}))
