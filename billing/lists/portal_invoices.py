"""A portal company's list of its own invoices and credit notes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_lazy as _

from billing.lists.invoices import INVOICES as STATUSES
from billing.lists.invoices import standing, word
from billing.models import Invoice, InvoiceKind, InvoiceStatus
from psa.web import figures
from psa.web.lists import Choice, Column, List, Listing, Sort, row_link

KINDS = dict(InvoiceKind.choices)


@dataclass(slots=True)
class Row:
    """One invoice. Net and due in its currency."""

    id: int
    number: str
    kind: str
    status: str
    handover: UUID | None
    company: str
    issued_on: date | None
    net: Decimal
    due: Decimal
    credited: Decimal
    currency: str
    slug: str

    @property
    def href(self) -> str:
        """The page of its settlement."""
        return reverse("billing:portal_invoice", args=[self.slug, self.handover]) if self.handover else ""


def _number(row: Row) -> Any:
    shown = row.number or str(InvoiceStatus.DRAFT.label)
    return row_link(row.href, shown) if row.href else shown


INVOICES = List(
    "portal-invoices",
    Row,
    (
        "id", "number", "kind", "status", "handover", "company__name", "issued_on", "net", "due", "credited",
        "currency", "tenant__slug",
    ),
    (
        Column("number", _("Number"), _number, css="cell-title is-short", plain=lambda row: row.number),
        Column("kind", _("Kind"), lambda row: "" if row.kind == InvoiceKind.INVOICE else KINDS[row.kind],
               plain=lambda row: KINDS[row.kind], beneath="number"),
        Column("lead", _("Lead partner"), lambda row: row.company, css="cell-clip has-room"),
        Column(
            "date",
            _("Date"),
            lambda row: date_format(row.issued_on, "SHORT_DATE_FORMAT") if row.issued_on else "",
            css="cell-nowrap",
            plain=lambda row: row.issued_on,
        ),
        Column(
            "net", _("Net"), lambda row: figures.money(row.net, row.currency), css="cell-num cell-labelled",
            plain=lambda row: row.net,
        ),
        Column(
            "due", _("Amount due"), lambda row: figures.money(row.due, row.currency), css="cell-num cell-labelled",
            plain=lambda row: row.due,
        ),
        Column(
            "status",
            _("Status"),
            lambda row: standing(row, plain=True),
            plain=word,
        ),
    ),
    (Sort("newest", _("Newest"), "pk", "int", descending=True),),
    (Choice("status", _("Status"), "status", STATUSES.choices()),),
    search=lambda rows, words: rows.filter(number__icontains=words),
    search_label=gettext_lazy("Number"),
    empty_title=gettext_lazy("No invoices yet"),
    empty_text=gettext_lazy("When work is settled you write its invoice here, under your own numbers."),
    empty_icon="receipt",
)  # fmt: skip


def invoices(request: Any) -> Listing:
    """The invoices as this request asks for them."""
    return Listing(INVOICES, request, Invoice.objects.visible_to(request.actor), request.path)
