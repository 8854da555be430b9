"""The list of contracts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy

from psa.directory.models import ContractKind
from psa.looks import Look
from psa.web import labels
from psa.web.lists import Choice, Column, Flag, List, Sort, Text, row_link

LOOKS = {
    ContractKind.HOURLY: Look("blue", "clock"),
    ContractKind.FIXED: Look("violet", "receipt"),
    ContractKind.BLOCK: Look("teal", "layers"),
    ContractKind.RECURRING: Look("green", "refresh-cw"),
}
KINDS = labels.Table({kind: labels.Label(kind.label, *LOOKS[kind]) for kind in ContractKind})


@dataclass(frozen=True, slots=True)
class Row:
    """A contract as the list shows it."""

    id: int
    name: str
    company: str
    kind: str
    currency: str
    starts_on: date
    ends_on: date | None
    slug: str


def _link(row: Row) -> str:
    return row_link(reverse("billing:contract", args=[row.slug, row.id]), row.name)


def _in_force(rows: Any, request: Any) -> Any:
    today = timezone.localdate()
    return rows.filter(Q(ends_on=None) | Q(ends_on__gte=today), starts_on__lte=today)


CONTRACTS = List(
    "contracts",
    row=Row,
    fields=("id", "name", "company__name", "kind", "currency", "starts_on", "ends_on", "slug"),
    columns=(
        Column("name", gettext_lazy("Name"), _link, sort="name", plain=lambda row: row.name, css="cell-title"),
        Column("company", gettext_lazy("Customer"), lambda row: row.company, sort="customer",
               css="cell-clip has-room"),
        Column("kind", gettext_lazy("Type"), lambda row: KINDS.badge(row.kind, plain=True), css="cell-nowrap"),
        Column("starts", gettext_lazy("From"), lambda row: date_format(row.starts_on, "SHORT_DATE_FORMAT"),
               plain=lambda row: row.starts_on.isoformat(), css="cell-nowrap cell-hide"),
        Column("ends", gettext_lazy("Until"),
               lambda row: date_format(row.ends_on, "SHORT_DATE_FORMAT") if row.ends_on else "",
               plain=lambda row: row.ends_on.isoformat() if row.ends_on else "", css="cell-nowrap cell-hide"),
        Column("currency", gettext_lazy("Currency"), lambda row: row.currency, css="cell-nowrap", shown=False),
    ),
    sorts=(
        Sort("customer", gettext_lazy("Customer"), "company__name"),
        Sort("name", gettext_lazy("Name"), "name"),
    ),
    filters=(
        Choice("kind", gettext_lazy("Type"), field="kind", choices=ContractKind.choices),
        Text("customer", gettext_lazy("Customer"), field="company__name"),
        Flag("in_force", gettext_lazy("In force today"), where=_in_force),
    ),
    search=lambda rows, words: rows.filter(Q(name__icontains=words) | Q(company__name__icontains=words)),
    search_label=gettext_lazy("Search contracts"),
    empty_title=gettext_lazy("No contracts yet"),
    empty_text=gettext_lazy("Add what was agreed with a customer on the customer's page."),
    empty_icon="signature",
)  # fmt: skip
