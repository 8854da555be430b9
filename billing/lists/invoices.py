"""The lists of invoices: all of them, what is overdue, and what waits for its invoice by customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from django.db.models import Count, F, Min, Q, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy, pgettext_lazy

from billing.models import INVOICE_LOOKS, BillingItem, Invoice, InvoiceKind, InvoiceStatus
from billing.services import drafts, dunning
from psa.tenancy.actor import Actor
from psa.web import figures, labels
from psa.web.lists import Choice, Column, Days, Flag, List, Sort, row_link

INVOICES = labels.Table({code: labels.Label(code.label, *INVOICE_LOOKS[code]) for code in InvoiceStatus})
LATE = labels.Label(gettext_lazy("Overdue"), "red", "circle-alert")
LATES = labels.Table({"late": LATE})
SETTLEMENTS = labels.Table({"set_off": labels.Label(gettext_lazy("Set off"), "green", "circle-check")})
NEVER = date(9999, 12, 31)


class Standing(Protocol):
    """What says how an invoice or credit note stands: the row itself, or as a list shows it."""

    kind: Any
    status: Any
    due: Any
    credited: Any


@dataclass(slots=True)
class Row:
    """An invoice or credit note as the list shows it."""

    id: int
    number: str
    kind: str
    company: str
    status: str
    issued_on: date | None
    due_on: date | None
    due: Decimal
    credited: Decimal
    paid: Decimal
    currency: str
    level: int
    slug: str

    @property
    def open(self) -> Decimal:
        return self.due - self.credited - self.paid


def _name(row: Row) -> SafeString:
    label = row.number or str(InvoiceStatus.DRAFT.label)
    return row_link(reverse("billing:invoice", args=[row.slug, row.id]), label)


def day(on: date | None) -> str:
    """A day as the reader's language writes it in short, nothing for none."""
    return date_format(on, "SHORT_DATE_FORMAT") if on else ""


def standing(row: Standing, plain: bool = False) -> SafeString:
    """The badge of how an invoice or credit note stands."""
    if _is_set_off(row):
        return SETTLEMENTS.badge("set_off", plain=plain)
    return INVOICES.badge(row.status, plain=plain)


def _is_set_off(row: Standing) -> bool:
    """A credit note that was settled without any money: all of it went against the invoice it corrects."""
    is_settled = row.kind == InvoiceKind.CREDIT_NOTE and row.status == InvoiceStatus.PAID
    return is_settled and row.credited > 0 and row.credited == row.due


def word(row: Standing) -> str:
    """The same in a word, for a sheet."""
    return SETTLEMENTS.text("set_off") if _is_set_off(row) else INVOICES.text(row.status)


def _status(row: Row) -> SafeString:
    is_late = row.status in dunning.UNPAID and row.due_on is not None and row.due_on < timezone.localdate()
    if is_late and row.kind == InvoiceKind.INVOICE:
        return LATES.badge("late", plain=True)
    return standing(row, plain=True)


FIELDS = (
    "id", "number", "kind", "company__name", "status", "issued_on", "due_on", "due", "credited", "paid", "currency",
    "dunning_level", "tenant__slug",
)  # fmt: skip
NUMBER = Column("number", gettext_lazy("Number"), _name, css="cell-title is-short", plain=lambda row: row.number)
KIND = Column(
    "kind", gettext_lazy("Type"), lambda row: "" if row.kind == InvoiceKind.INVOICE else InvoiceKind(row.kind).label,
    plain=lambda row: InvoiceKind(row.kind).label, beneath="number",
)  # fmt: skip
COMPANY = Column("company", gettext_lazy("Customer"), lambda row: row.company, css="cell-clip has-room")
STATUS = Column("status", gettext_lazy("Status"), _status, css="cell-nowrap", plain=word)
ISSUED = Column(
    "issued", gettext_lazy("Date"), lambda row: day(row.issued_on), css="cell-nowrap cell-labelled",
    plain=lambda row: row.issued_on, sort="date",
)  # fmt: skip
DUE_ON = Column(
    "due", pgettext_lazy("payment", "Due"), lambda row: day(row.due_on), css="cell-nowrap cell-labelled", sort="due",
    plain=lambda row: row.due_on,
)  # fmt: skip
AMOUNT = Column(
    "amount", gettext_lazy("Amount"), lambda row: figures.money(row.due, row.currency), css="cell-num cell-labelled",
    plain=lambda row: row.due, sort="amount",
)  # fmt: skip
OPEN = Column(
    "open", pgettext_lazy("amount", "Open"),
    lambda row: figures.money(row.open, row.currency) if row.status != InvoiceStatus.DRAFT else "",
    css="cell-num cell-labelled", plain=lambda row: row.open,
)  # fmt: skip
CURRENCY = Column("currency", gettext_lazy("Currency"), lambda row: row.currency, shown=False)
LEVEL = Column("level", gettext_lazy("Letters"), lambda row: row.level or "", css="cell-num cell-labelled")
SORTS = (
    Sort("newest", gettext_lazy("Newest"), "pk", "int", descending=True),
    Sort("date", gettext_lazy("Date"), "issued_on", "date", empty=NEVER, descending=True),
    Sort("due", pgettext_lazy("payment", "Due"), "due_on", "date", empty=NEVER),
    Sort("amount", gettext_lazy("Amount"), "due", "decimal", descending=True),
)


def _found(rows: Any, words: str) -> Any:
    return rows.filter(Q(number__icontains=words) | Q(company__name__icontains=words))


ALL = List(
    "invoices",
    row=Row,
    fields=FIELDS,
    columns=(NUMBER, COMPANY, KIND, STATUS, ISSUED, DUE_ON, AMOUNT, OPEN, CURRENCY),
    sorts=SORTS,
    filters=(
        Choice("status", gettext_lazy("Status"), "status", INVOICES.choices()),
        Choice("kind", gettext_lazy("Type"), "kind", InvoiceKind.choices),
        Flag(
            "late",
            gettext_lazy("Overdue"),
            where=lambda rows, request: dunning.overdue(rows, timezone.localdate()),
        ),
        Days("day", gettext_lazy("Date"), "issued_on"),
    ),
    search=_found,
    search_label=gettext_lazy("Number or customer"),
    empty_title=gettext_lazy("No invoices yet"),
    empty_text=gettext_lazy("Draw the first one from what is posted, under “To invoice”."),
    empty_icon="receipt",
)
OVERDUE = List(
    "invoices-overdue",
    row=Row,
    fields=FIELDS,
    columns=(NUMBER, COMPANY, DUE_ON, OPEN, LEVEL),
    sorts=(SORTS[2], SORTS[3]),
    filters=(
        Flag(
            "ripe",
            gettext_lazy("A letter is due"),
            where=lambda rows, request: dunning.to_dun(rows, timezone.localdate()),
        ),
    ),
    search=_found,
    search_label=gettext_lazy("Number or customer"),
    empty_title=gettext_lazy("Nothing is overdue"),
    empty_text=gettext_lazy("Every invoice that should be paid by now is paid."),
    empty_icon="circle-check",
)


# What waits for its invoice -------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits of a customer in a currency: how many items, what they come to net, and since when."""

    company: int
    name: str
    currency: str
    count: int
    net: Decimal
    since: date
    url: str


MOST_WAITING = 200


def waiting(by: Actor, slug: str) -> list[Waiting]:
    """The customers with something to invoice, the oldest first. One statement."""
    rows = drafts.free(BillingItem.objects.visible_to(by)).order_by()
    groups = rows.values("company_id", "company__name", "currency")
    found = groups.annotate(count=Count("pk"), net=Sum("amount"), since=Min("worked_on")).order_by(
        "since", "company__name"
    )
    return [
        Waiting(
            one["company_id"], one["company__name"], one["currency"], one["count"], one["net"], one["since"],
            f"{reverse('billing:draw', args=[slug, one['company_id']])}?{urlencode({'currency': one['currency']})}",
        )
        for one in found[:MOST_WAITING]
    ]  # fmt: skip


def open_sums(by: Actor) -> dict[str, Decimal]:
    """What all customers owe, by currency. One statement."""
    rows = Invoice.objects.visible_to(by).filter(kind=InvoiceKind.INVOICE, status__in=dunning.UNPAID).order_by()
    sums = rows.values_list("currency").annotate(sum=Sum(F("due") - F("credited") - F("paid")))
    return dict(sums.order_by("currency"))
