"""The lists of goods: delivery notes, requests, material nobody named yet, what lies where and how it moved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import F, Q
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.models import DELIVERY_LOOKS, GOODS_LOOKS, DeliveryStatus, GoodsStatus, PaperKind, StockPlace
from psa.directory.models import Company
from psa.web.figures import ago, quantity
from psa.web.labels import Label, Table
from psa.web.lists import Choice, Column, Days, Flag, List, Sort, Text, joined, row_link

DELIVERY = Table(
    {one.value: Label(one.label, DELIVERY_LOOKS[one].colour, DELIVERY_LOOKS[one].icon) for one in DeliveryStatus}
)
GOODS = Table({one.value: Label(one.label, GOODS_LOOKS[one].colour, GOODS_LOOKS[one].icon) for one in GoodsStatus})
PAPERS = Table(
    {
        PaperKind.DELIVERY.value: Label(PaperKind.DELIVERY.label, "gray", "truck"),
        PaperKind.RETURN.value: Label(PaperKind.RETURN.label, "orange", "undo-2"),
    }
)
LEVELS = Table(
    {
        "": Label(_("Enough"), "green", "circle-check"),
        "low": Label(pgettext_lazy("stock", "Low"), "amber", "triangle-alert"),
        "negative": Label(_("Below nothing"), "red", "circle-alert"),
    }
)
LOW = Q(minimum__isnull=False, quantity__lt=F("minimum"))
NEGATIVE = Q(quantity__lt=0)


# Delivery notes -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class NoteRow:
    """A delivery or return note as the list shows it; `title` is None where the reader does not see the ticket."""

    id: int
    key: UUID
    number: str
    kind: str
    status: str
    company: str
    order: str | None
    ticket: int | None
    title: str | None
    created_at: datetime
    prepared_at: datetime | None
    signed_by: str
    corrects: str | None
    slug: str


def _note_link(row: NoteRow) -> str:
    return row_link(reverse("billing:delivery_note", args=[row.slug, row.key]), row.number or _("Draft"))


def _companies(request: Any) -> list[tuple[int, str]]:
    return list(Company.objects.visible_to(request.actor).order_by("name").values_list("pk", "name")[:500])


NOTES = List(
    "delivery-notes",
    row=NoteRow,
    fields=(
        "id", "key", "number", "kind", "status", "company__name", "order__number", "ticket__number", "seen_title",
        "created_at", "prepared_at", "signed_by", "corrects__number", "slug",
    ),
    columns=(
        Column("number", _("Number"), _note_link, plain=lambda row: row.number, css="cell-title is-short"),
        Column("status", _("Status"), lambda row: DELIVERY.badge(row.status, plain=True),
               plain=lambda row: DELIVERY.text(row.status), css="cell-nowrap"),
        Column("kind", _("Kind"), lambda row: "" if row.kind == PaperKind.DELIVERY else PAPERS.text(row.kind),
               plain=lambda row: PAPERS.text(row.kind), beneath="number"),
        Column("corrects", _("Corrects"), lambda row: row.corrects or "", beneath="number"),
        Column("company", _("Customer"), lambda row: row.company, css="cell-clip has-room"),
        Column("order", pgettext_lazy("sales", "Order"), lambda row: row.order or "", css="cell-nowrap cell-labelled"),
        Column("ticket", _("Ticket"), lambda row: joined([row.ticket, row.title]) if row.ticket else "",
               plain=lambda row: row.ticket or "", css="cell-clip has-room cell-labelled"),
        Column("signed", _("Signed by"), lambda row: row.signed_by, beneath="status"),
        Column("created", _("Opened"), lambda row: ago(row.created_at), plain=lambda row: row.created_at,
               sort="created", css="cell-nowrap cell-hide"),
        Column("prepared", _("Prepared"), lambda row: ago(row.prepared_at) if row.prepared_at else "",
               plain=lambda row: row.prepared_at or "", css="cell-nowrap cell-hide", shown=False),
    ),
    sorts=(Sort("created", _("Opened"), "created_at", "datetime", descending=True),),
    filters=(
        Choice("status", _("Status"), field="status", choices=DELIVERY.choices()),
        Choice("kind", _("Kind"), field="kind", choices=PAPERS.choices()),
        Choice("company", _("Customer"), field="company", choices=_companies),
        Text("order", pgettext_lazy("sales", "Order"), field="order__number"),
        Text("ticket", _("Ticket"), where=lambda rows, words: _of_ticket(rows, words)),
        Days("created", _("Opened"), field="created_at"),
    ),
    search=lambda rows, words: rows.filter(
        Q(number__icontains=words) | Q(recipient__icontains=words) | Q(signed_by__icontains=words)
    ),
    search_label=_("Number, recipient or signature"),
    empty_title=_("No delivery notes here"),
    empty_text=_("The first material on a ticket opens one; goods of an order are delivered from here."),
    empty_icon="truck",
)  # fmt: skip


# Goods requests -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request for goods as the list shows it; `title` is None where the reader does not see the ticket."""

    id: int
    key: UUID
    text: str
    quantity: Decimal
    unit: str
    status: str
    ticket: int
    title: str | None
    company: str
    asked_by: str | None
    asked_at: datetime
    slug: str


def _request_link(row: RequestRow) -> str:
    return row_link(reverse("billing:goods_request", args=[row.slug, row.key]), row.text)


REQUESTS = List(
    "goods-requests",
    row=RequestRow,
    fields=(
        "id", "key", "text", "quantity", "unit", "status", "ticket__number", "seen_title", "ticket__company__name",
        "asked_by__name", "asked_at", "slug",
    ),
    columns=(
        Column("text", _("What"), _request_link, plain=lambda row: row.text, css="cell-title"),
        Column("quantity", _("Quantity"), lambda row: quantity(row.quantity, row.unit),
               plain=lambda row: row.quantity, css="cell-num cell-labelled"),
        Column("status", _("Status"), lambda row: GOODS.badge(row.status, plain=True),
               plain=lambda row: GOODS.text(row.status), css="cell-nowrap"),
        Column("ticket", _("Ticket"), lambda row: joined([row.ticket, row.title]), plain=lambda row: row.ticket,
               css="cell-clip has-room"),
        Column("company", _("Customer"), lambda row: row.company, beneath="text"),
        Column("asked_by", _("Asked by"), lambda row: row.asked_by or "", css="cell-nowrap"),
        Column("asked", _("Asked"), lambda row: ago(row.asked_at), plain=lambda row: row.asked_at, sort="asked",
               css="cell-nowrap"),
    ),
    sorts=(Sort("asked", _("Asked"), "asked_at", "datetime", descending=True),),
    filters=(
        Choice("status", _("Status"), field="status", choices=GOODS.choices()),
        Flag("waiting", _("Waiting"), where=Q(status__in=["open", "returned"])),
    ),
    search=lambda rows, words: rows.filter(text__icontains=words),
    search_label=_("What was asked for"),
    empty_title=_("Nobody asks for goods"),
    empty_text=_("What a technician tells the office on a ticket stands here until it is booked."),
    empty_icon="package",
)  # fmt: skip


# Material without an article ----------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class UnnamedRow:
    """Material that was typed as words."""

    id: int
    key: UUID
    name: str
    quantity: Decimal
    unit: str
    ticket: int
    company: str
    author: str
    made_at: datetime
    slug: str


def _unnamed_link(row: UnnamedRow) -> str:
    return row_link(reverse("billing:name_material", args=[row.slug, row.key]), row.name)


UNNAMED = List(
    "unnamed-material",
    row=UnnamedRow,
    fields=(
        "id", "charge__key", "charge__name", "charge__quantity", "charge__unit", "charge__ticket__number",
        "charge__ticket__company__name", "charge__author_name", "charge__made_at", "slug",
    ),
    columns=(
        Column("name", _("As it was typed"), _unnamed_link, plain=lambda row: row.name, css="cell-title"),
        Column("quantity", _("Quantity"), lambda row: quantity(row.quantity, row.unit),
               plain=lambda row: row.quantity, css="cell-num cell-labelled"),
        Column("ticket", _("Ticket"), lambda row: row.ticket, css="cell-number cell-labelled"),
        Column("company", _("Customer"), lambda row: row.company, css="cell-clip has-room"),
        Column("author", _("Recorded by"), lambda row: row.author, css="cell-nowrap"),
        Column("made", _("Logged"), lambda row: ago(row.made_at), plain=lambda row: row.made_at, sort="made",
               css="cell-nowrap"),
    ),
    sorts=(Sort("made", _("Logged"), "charge__made_at", "datetime", descending=True),),
    search=lambda rows, words: rows.filter(charge__name__icontains=words),
    search_label=_("As it was typed"),
    empty_title=_("Every material has its article"),
    empty_text=_("What a technician types as words, because there is no article for it, stands here."),
    empty_icon="package",
)  # fmt: skip


# Stock --------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class StockRow:
    """An article at a place."""

    id: int
    article: int
    number: str
    name: str
    unit: str
    place: str
    place_id: int
    quantity: Decimal
    minimum: Decimal | None
    slug: str

    @property
    def level(self) -> str:
        if self.quantity < 0:
            return "negative"
        return "low" if self.minimum is not None and self.quantity < self.minimum else ""


def _places(request: Any) -> list[tuple[int, str]]:
    return list(StockPlace.objects.order_by("name").values_list("pk", "name"))


def _stock_link(row: StockRow) -> str:
    where = reverse("billing:count_stock", args=[row.slug])
    return row_link(f"{where}?article={row.article}&place={row.place_id}", row.name)


STOCK = List(
    "stock",
    row=StockRow,
    fields=(
        "id", "article", "article__number", "article__name", "article__unit", "place__name", "place", "quantity",
        "minimum", "slug",
    ),
    columns=(
        Column("number", _("Article"), lambda row: row.number, css="cell-nowrap"),
        Column("name", _("Name"), _stock_link, plain=lambda row: row.name, sort="name", css="cell-title"),
        Column("place", _("Stock place"), lambda row: row.place, css="cell-nowrap cell-labelled"),
        Column("quantity", _("In stock"), lambda row: quantity(row.quantity, row.unit),
               plain=lambda row: row.quantity, css="cell-num cell-labelled"),
        Column("minimum", _("Low below"), lambda row: "" if row.minimum is None else quantity(row.minimum, row.unit),
               plain=lambda row: "" if row.minimum is None else row.minimum, css="cell-num cell-hide"),
        Column("level", _("Level"), lambda row: LEVELS.badge(row.level, plain=True),
               plain=lambda row: LEVELS.text(row.level), css="cell-nowrap"),
    ),
    sorts=(Sort("name", _("Name"), "article__name", "text"),),
    filters=(
        Choice("place", _("Stock place"), field="place", choices=_places),
        Flag("low", pgettext_lazy("stock", "Low"), where=LOW | NEGATIVE),
        Flag("negative", _("Below nothing"), where=NEGATIVE),
    ),
    search=lambda rows, words: rows.filter(
        Q(article__name__icontains=words) | Q(article__number__icontains=words)
    ),
    search_label=_("Article or number"),
    empty_title=_("Nothing is in stock yet"),
    empty_text=_("Mark articles as kept in stock, then receive goods or count what lies there."),
    empty_icon="box",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class MoveRow:
    """Goods that came or went."""

    id: int
    number: str
    name: str
    unit: str
    place: str
    quantity: Decimal
    reason: str
    serials: list[str]
    by_name: str
    at: datetime
    note: str | None
    note_key: UUID | None
    slug: str


def _why(row: MoveRow) -> str:
    """The note that moved them, as a link where its reader sees it, and the reason that was given."""
    if not row.note_key:
        return joined([row.note, row.reason])
    link = row_link(reverse("billing:delivery_note", args=[row.slug, row.note_key]), row.note)
    return format_html("{} {}", link, row.reason)


MOVES = List(
    "stock-moves",
    row=MoveRow,
    fields=(
        "id", "article__number", "article__name", "article__unit", "place__name", "quantity", "reason", "serials",
        "by_name", "at", "note", "note_key", "slug",
    ),
    columns=(
        Column("at", _("When"), lambda row: ago(row.at), plain=lambda row: row.at, sort="at", css="cell-nowrap"),
        Column("number", _("Article"), lambda row: row.number, css="cell-nowrap"),
        Column("name", _("Name"), lambda row: row.name, css="cell-title"),
        Column("place", _("Stock place"), lambda row: row.place, css="cell-nowrap cell-labelled"),
        Column("quantity", _("Quantity"), lambda row: ("+" if row.quantity > 0 else "") +
               quantity(row.quantity, row.unit), plain=lambda row: row.quantity, css="cell-num cell-labelled"),
        Column("reason", _("Reason"), _why, plain=lambda row: joined([row.note, row.reason]),
               css="cell-clip has-room"),
        Column("serials", _("Serial numbers"), lambda row: ", ".join(row.serials), css="cell-clip", shown=False),
        Column("by", _("Recorded by"), lambda row: row.by_name, css="cell-nowrap cell-hide"),
    ),
    sorts=(Sort("at", _("When"), "at", "datetime", descending=True),),
    filters=(
        Choice("place", _("Stock place"), field="place", choices=_places),
        Days("at", _("When"), field="at"),
    ),
    search=lambda rows, words: rows.filter(
        Q(article__name__icontains=words) | Q(article__number__icontains=words)
    ),
    search_label=_("Article or number"),
    empty_title=_("Nothing has moved yet"),
    empty_text=_("What comes in, goes out with a delivery note or differs when it is counted stands here."),
    empty_icon="arrow-left-right",
)  # fmt: skip


def _of_ticket(rows: Any, words: str) -> Any:
    is_number = words.isascii() and words.isdecimal() and len(words) < 10
    return rows.filter(ticket__number=int(words)) if is_number else rows.none()
