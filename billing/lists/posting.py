"""What was approved and posted: the items an invoice is drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy

from billing.documents.invoices import amount_of
from billing.models import BILLING_LOOKS, BillingSource, BillingStatus
from psa.tenancy.models import Membership
from psa.web import labels
from psa.web.figures import money
from psa.web.lists import Choice, Column, Days, List, Sort, Text, row_link

STATES = labels.Table({code: labels.Label(code.label, *BILLING_LOOKS[code]) for code in BillingStatus})
COVERED = {
    "fixed": gettext_lazy("Fixed price"),
    "recurring": gettext_lazy("Recurring contract"),
    "estimate": gettext_lazy("Accepted estimate"),
    "block": gettext_lazy("Block of hours"),
    "flat": gettext_lazy("Flat amount"),
    "internal": gettext_lazy("Not shared with the lead partner"),
    "other_currency": gettext_lazy("In another currency than the terms"),
    "no_contract": gettext_lazy("No contract"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """An item as the lists show it."""

    id: int
    worked_on: date
    company: str
    number: int | None
    name: str
    source: str
    status: str
    quantity: Decimal
    unit: str
    unit_code: str
    unit_price: Decimal
    amount: Decimal
    currency: str
    covered: str
    reverses: int | None
    slug: str


def _name(row: Row) -> str:
    return row_link(reverse("billing:posted_item", args=[row.slug, row.id]), row.name)


def sums(rows: QuerySet) -> list[tuple[str, Decimal]]:
    """What the listed ones come to, in each currency."""
    found = rows.order_by().values_list("currency").annotate(sum=Sum("amount")).order_by("currency")
    return [(currency, amount) for currency, amount in found]


def _list(name: str, pick: str, **more: Any) -> List:
    return List(
        name,
        row=Row,
        fields=(
            "id", "worked_on", "company__name", "ticket__number", "name", "source", "status", "quantity", "unit",
            "unit_code", "unit_price", "amount", "currency", "covered", "reverses", "slug",
        ),
        columns=(
            Column("day", gettext_lazy("Day"), lambda row: date_format(row.worked_on, "SHORT_DATE_FORMAT"), sort="day",
                   plain=lambda row: row.worked_on.isoformat(), css="cell-nowrap"),
            Column("company", gettext_lazy("Customer"), lambda row: row.company, sort="customer",
                   css="cell-clip has-room"),
            Column("ticket", gettext_lazy("Ticket"), lambda row: row.number or "", css="cell-number"),
            Column("name", gettext_lazy("Name"), _name, plain=lambda row: row.name, css="cell-title"),
            Column("source", gettext_lazy("Type"), lambda row: BillingSource(row.source).label, css="cell-nowrap",
                   shown=False),
            Column("quantity", gettext_lazy("Quantity"), amount_of,
                   plain=lambda row: row.quantity, css="cell-num cell-hide"),
            Column("unit_price", gettext_lazy("Price each"), lambda row: money(row.unit_price, row.currency),
                   plain=lambda row: row.unit_price, needs="price.view", beneath="quantity"),
            Column("amount", gettext_lazy("Amount"), lambda row: money(row.amount, row.currency),
                   plain=lambda row: row.amount, needs="price.view", css="cell-num"),
            Column("covered", gettext_lazy("Covered by"), lambda row: COVERED.get(row.covered, row.covered),
                   beneath="name"),
            Column("state", gettext_lazy("Status"), lambda row: STATES.badge(row.status, plain=True),
                   css="cell-nowrap"),
        ),
        sorts=(
            Sort("day", gettext_lazy("Day"), "worked_on", "date"),
            Sort("customer", gettext_lazy("Customer"), "company__name"),
        ),
        filters=(
            Days("day", gettext_lazy("Day"), field="worked_on", is_moment=False),
            Text("customer", gettext_lazy("Customer"), field="company__name"),
            Choice("source", gettext_lazy("Type"), field="source", choices=BillingSource.choices),
            Choice("person", gettext_lazy("Person"), field="entry__author", choices=_people),
            Text("contract", gettext_lazy("Contract"), field="contract__name"),
            *more.pop("filters", ()),
        ),
        search=lambda rows, words: rows.filter(Q(name__icontains=words) | Q(text__icontains=words)),
        search_label=gettext_lazy("Search the items"),
        pick=pick,
        bar="billing/approve/_bar.html" if pick else "",
        **more,
    )  # fmt: skip


def _people(request: Any) -> list[tuple[int, str]]:
    return list(Membership.objects.order_by("name").values_list("pk", "name"))


APPROVED = _list(
    "approved",
    "decide",
    empty_title=gettext_lazy("Nothing waits to be posted"),
    empty_text=gettext_lazy("What was approved stands here until it is posted, or given back."),
    empty_icon="badge-check",
)
POSTED = _list(
    "posted",
    "",
    filters=(Choice("state", gettext_lazy("Status"), field="status", choices=lambda request: STATES.choices()),),
    empty_title=gettext_lazy("Nothing was posted yet"),
    empty_text=gettext_lazy("Invoices are drawn up from what stands here."),
    empty_icon="receipt",
)
