"""Orders, articles and service templates as lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, ExpressionWrapper, F, Q, Sum
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from billing.labels.orders import ARTICLES, ORDERS
from billing.models import OrderLine
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership
from psa.web import figures
from psa.web.lists import Choice, Column, Days, Flag, List, Sort, Text, row_link

NO_DAY = date(9999, 12, 31)
OPEN = ("draft", "confirmed", "partly_delivered", "delivered")


def _day(on: date | None) -> str:
    """A calendar day as the reader's language writes it."""
    return date_format(on, "SHORT_DATE_FORMAT") if on else ""


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order as the list shows it."""

    id: int
    number: str
    title: str
    status: str
    company: str
    owner: str | None
    ordered_on: date
    wanted_on: date | None
    currency: str
    slug: str


def _order(row: OrderRow) -> SafeString:
    return row_link(reverse("billing:order", args=[row.slug, row.id]), f"{row.number} {row.title}")


def _totals(ids: Sequence[int], actor: Actor) -> Mapping[int, Decimal]:
    """What each order comes to, net: line by line to the cent, as on its page. One statement."""
    found: dict[int, Decimal] = {}
    rows = OrderLine.objects.filter(order__in=ids).values_list("order", "quantity", "unit_price")
    for order, quantity, price in rows:
        found[order] = found.get(order, Decimal(0)) + (quantity * price).quantize(Decimal("0.01"))
    return found


def _delivered(ids: Sequence[int], actor: Actor) -> Mapping[int, str]:
    """How many of each order's lines went out."""
    counted: dict[int, list[int]] = {}
    for order, quantity, delivered in OrderLine.objects.filter(order__in=ids).values_list(
        "order", "quantity", "delivered"
    ):
        one = counted.setdefault(order, [0, 0])
        one[0] += delivered >= quantity
        one[1] += 1
    return {order: f"{done}/{total}" for order, (done, total) in counted.items()}


def amounts() -> ExpressionWrapper:
    """Quantity × price of a line, for a sum over many."""
    return ExpressionWrapper(F("quantity") * F("unit_price"), DecimalField(max_digits=22, decimal_places=4))


def total_of(rows: Any) -> dict[str, Decimal]:
    """What these orders come to, net, by currency. One statement; without those that were cancelled."""
    lines = OrderLine.objects.filter(order__in=rows.exclude(status="cancelled").order_by().values("pk"))
    found = lines.values("order__currency").order_by("order__currency").annotate(total=Sum(amounts()))
    return {one["order__currency"]: Decimal(one["total"]).quantize(Decimal("0.01")) for one in found}


def _owners(request: Any) -> list[tuple[str, str]]:
    rows = Membership.objects.filter(is_active=True).order_by("name").values_list("pk", "name")[:200]
    return [(str(pk), name) for pk, name in rows]


def _money(row: OrderRow, total: Decimal | None) -> str:
    return figures.money(total or Decimal(0), row.currency)


ORDER_LIST = List(
    "orders",
    OrderRow,
    ("id", "number", "title", "status", "company__name", "owner__name", "ordered_on", "wanted_on", "currency",
     "tenant__slug"),
    (
        Column("order", pgettext_lazy("sales", "Order"), _order, sort="newest", css="cell-title",
               plain=lambda row: f"{row.number} {row.title}"),
        Column("status", gettext_lazy("Status"), lambda row: ORDERS.badge(row.status, True), css="cell-nowrap",
               plain=lambda row: ORDERS.text(row.status)),
        Column("customer", gettext_lazy("Customer"), lambda row: row.company, css="cell-clip has-room"),
        Column("owner", gettext_lazy("Sales owner"), lambda row: row.owner or "", css="cell-nowrap cell-hide",
               shown=False),
        Column("ordered", gettext_lazy("Ordered on"), lambda row: _day(row.ordered_on), sort="ordered",
               css="cell-nowrap cell-hide", plain=lambda row: row.ordered_on),
        Column("wanted", gettext_lazy("Wanted by"), lambda row: _day(row.wanted_on),
               sort="wanted", css="cell-nowrap cell-labelled", plain=lambda row: row.wanted_on or ""),
        Column("delivered", gettext_lazy("Delivered"), lambda row, found: found or "0/0", batch=_delivered,
               css="cell-nowrap cell-labelled"),
        Column("total", gettext_lazy("Net"), _money, batch=_totals, needs="price.view", css="cell-num",
               plain=lambda row, total: total or Decimal(0)),
    ),
    (
        Sort("newest", gettext_lazy("Newest"), "pk", "int", descending=True),
        Sort("wanted", gettext_lazy("Wanted by"), "wanted_on", "date", empty=NO_DAY),
        Sort("ordered", gettext_lazy("Ordered on"), "ordered_on", "date", descending=True),
    ),
    (
        Choice("status", gettext_lazy("Status"), "status", ORDERS.choices()),
        Text("customer", gettext_lazy("Customer"), "company__name"),
        Choice("owner", gettext_lazy("Sales owner"), "owner_id", _owners),
        Flag("open", gettext_lazy("Not yet invoiced"), where=Q(status__in=OPEN)),
        Days("wanted_by", gettext_lazy("Wanted by"), "wanted_on", is_moment=False),
    ),
    search=lambda rows, words: rows.filter(
        Q(number__icontains=words) | Q(title__icontains=words) | Q(company__name__icontains=words)
        | Q(customer_reference__icontains=words)
    ),
    search_label=gettext_lazy("Search orders"),
    empty_title=gettext_lazy("No orders here"),
    empty_text=gettext_lazy(
        "Enter what a customer ordered; confirming it makes the tickets, with what was promised on each."
    ),
    empty_icon="clipboard-list",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """An article as the list shows it."""

    id: int
    number: str
    name: str
    kind: str
    unit: str
    price: Decimal
    service: str | None
    is_active: bool
    currency: str
    slug: str


def _article(row: ArticleRow) -> SafeString:
    return row_link(reverse("billing:article", args=[row.slug, row.id]), row.name)


ARTICLE_LIST = List(
    "articles",
    ArticleRow,
    ("id", "number", "name", "kind", "unit", "price", "service__name", "is_active", "tenant__currency", "tenant__slug"),
    (
        Column("name", gettext_lazy("Name"), _article, sort="name", css="cell-title", plain=lambda row: row.name),
        Column("number", gettext_lazy("Number"), lambda row: row.number, css="cell-nowrap"),
        Column("kind", gettext_lazy("Type"), lambda row: ARTICLES.badge(row.kind, True), css="cell-nowrap",
               plain=lambda row: ARTICLES.text(row.kind)),
        Column("unit", gettext_lazy("Unit"), lambda row: row.unit, css="cell-nowrap cell-hide"),
        Column("service", gettext_lazy("Service template"), lambda row: row.service or "",
               css="cell-clip has-room cell-hide"),
        Column("state", gettext_lazy("Status"), lambda row: "" if row.is_active else _("Retired"), beneath="name"),
        Column("price", gettext_lazy("Price each, net"), lambda row: figures.money(row.price, row.currency),
               needs="price.view", css="cell-num", plain=lambda row: row.price),
    ),
    (Sort("name", gettext_lazy("Name"), "name"), Sort("newest", gettext_lazy("Newest"), "pk", "int", descending=True)),
    (
        Choice("kind", gettext_lazy("Type"), "kind", ARTICLES.choices()),
        Flag("installed", gettext_lazy("Is installed"), where=Q(is_installable=True)),
        Flag("retired", gettext_lazy("Retired ones"), where=Q(is_active=False)),
    ),
    search=lambda rows, words: rows.filter(Q(number__icontains=words) | Q(name__icontains=words)),
    search_label=gettext_lazy("Search articles"),
    empty_title=gettext_lazy("No articles here"),
    empty_text=gettext_lazy(
        "Write down what you sell once, with its unit and price; orders and delivery notes take it from here."
    ),
    empty_icon="package",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """A service template as the list shows it."""

    id: int
    name: str
    title: str
    queue: str | None
    planned: int | None
    is_base: bool
    is_active: bool
    slug: str


def _service(row: ServiceRow) -> SafeString:
    return row_link(reverse("billing:service", args=[row.slug, row.id]), row.name)


SERVICE_LIST = List(
    "services",
    ServiceRow,
    ("id", "name", "title", "queue__name", "planned_minutes", "is_base", "is_active", "tenant__slug"),
    (
        Column("name", gettext_lazy("Name"), _service, sort="name", css="cell-title", plain=lambda row: row.name),
        Column("title", gettext_lazy("Title of the ticket"), lambda row: row.title, css="cell-clip has-room"),
        Column("queue", gettext_lazy("Queue"), lambda row: row.queue or "", css="cell-nowrap cell-hide"),
        Column("planned", gettext_lazy("Planned time"), lambda row: figures.hours(row.planned) if row.planned else "",
               css="cell-nowrap cell-hide", plain=lambda row: row.planned or ""),
        Column("base", gettext_lazy("Base installation"), lambda row: _("Yes") if row.is_base else "",
               css="cell-nowrap cell-labelled"),
        Column("state", gettext_lazy("Status"), lambda row: "" if row.is_active else _("Retired"), beneath="name"),
    ),
    (Sort("name", gettext_lazy("Name"), "name"),),
    (Flag("retired", gettext_lazy("Retired ones"), where=Q(is_active=False)),),
    search=lambda rows, words: rows.filter(Q(name__icontains=words) | Q(title__icontains=words)),
    search_label=gettext_lazy("Search service templates"),
    empty_title=gettext_lazy("No service templates here"),
    empty_text=gettext_lazy(
        "What a ticket starts with when it is made from an order: its title, queue, planned time and checklists."
    ),
    empty_icon="wrench",
    export=False,
)  # fmt: skip
