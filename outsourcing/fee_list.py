"""The operator's list of transaction fees: every fee with its lead, and what each lead owes in all (§10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Sum
from django.utils.translation import gettext_lazy

from outsourcing.models import Fee
from psa.web import figures
from psa.web.lists import Column, Days, List, Listing, Sort, Text


@dataclass(slots=True)
class Row:
    """One fee. The handover is a number of the operator's books: what the work was is nobody else's business."""

    id: int
    lead: str
    slug: str
    handover: int
    amount: Decimal
    currency: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Total:
    """What one lead owes in one currency, in the days and for the companies that are listed."""

    lead: str
    slug: str
    currency: str
    number: int
    amount: Decimal


FEES = List(
    "fees",
    Row,
    ("id", "tenant__name", "tenant__slug", "handover_id", "amount", "currency", "at"),
    (
        Column(
            "at", gettext_lazy("Accepted"), lambda row: figures.moment(row.at), plain=lambda row: row.at, sort="newest"
        ),
        Column("lead", gettext_lazy("Lead partner"), lambda row: row.lead, css="cell-title"),
        Column("slug", gettext_lazy("Address"), lambda row: row.slug, shown=True, css="cell-nowrap"),
        Column("handover", gettext_lazy("Handover"), lambda row: row.handover, css="cell-num"),
        Column(
            "amount",
            gettext_lazy("Amount"),
            lambda row: figures.money(row.amount, row.currency),
            css="cell-num",
            plain=lambda row: row.amount,
        ),
        Column("currency", gettext_lazy("Currency"), lambda row: row.currency, css="cell-nowrap"),
    ),
    (Sort("newest", gettext_lazy("Newest"), "pk", "int", descending=True),),
    (
        Days("at", gettext_lazy("Accepted"), "at"),
        Text("lead", gettext_lazy("Address"), where=lambda rows, slug: rows.filter(tenant__slug=slug)),
    ),
    search=lambda rows, words: rows.filter(tenant__name__icontains=words),
    search_label=gettext_lazy("Lead partner"),
    empty_title=gettext_lazy("No fees yet"),
    empty_text=gettext_lazy(
        "A fee is due when a portal company accepts an offer of a company that has a transaction fee."
    ),
    empty_icon="receipt",
    export=False,
)


def fees(request: Any) -> Listing:
    """The fees as this request asks for them."""
    return Listing(FEES, request, Fee.objects.all(), request.path)


def totals(listing: Listing) -> list[Total]:
    """What each lead owes of what is listed, the most first."""
    rows = listing.filtered.order_by().values_list("tenant__name", "tenant__slug", "currency")
    found = rows.annotate(number=Count("pk"), sum=Sum("amount")).order_by("-sum", "tenant__name")
    return [Total(*values) for values in found[:100]]
