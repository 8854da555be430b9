"""The two work lists of the dashboard, outsourced and received: columns, sorts and filters (§8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy

from outsourcing.dashboards import cells, standing
from outsourcing.dashboards.rows import FIELDS, Row
from outsourcing.labels import INSOURCED, INVOICES, OUTSOURCED
from outsourcing.models import (
    HandoverStatus,
    Partnership,
    Question,
    Side,
)
from outsourcing.models.handover import ACTIVE
from psa.web.lists import Choice, Column, Days, Flag, List, Sort
from psa.web.templatetags import ui
from tickets.models.ticket import NO_DEADLINE

S = HandoverStatus
Cell = Callable[[Any], Any]

NEVER = NO_DEADLINE
LONG_AGO = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
SORTS = {
    "complete_by": Sort("complete_by", gettext_lazy("Complete by"), "complete_by", "datetime", empty=NEVER),
    "answer_by": Sort("answer_by", gettext_lazy("Answer by"), "answer_by", "datetime", empty=NEVER),
    "submitted": Sort("submitted", gettext_lazy("Waiting since"), "submitted_at", "datetime", empty=NEVER),
    "ended": Sort("ended", gettext_lazy("Ended"), "ended_at", "datetime", empty=LONG_AGO, descending=True),
    "sent": Sort("sent", gettext_lazy("Sent"), "sent_at", "datetime", empty=LONG_AGO, descending=True),
    "number": Sort("number", gettext_lazy("Number"), "lead_number", "int", descending=True),
}


def _search(rows: QuerySet, words: str) -> QuerySet:
    found = Q(title__icontains=words) | Q(lead_name__icontains=words) | Q(service_name__icontains=words)
    if words.isdecimal() and len(words) < 10:
        found |= Q(lead_number=int(words)) | Q(service_number=int(words))
    return rows.filter(found)


def partners(request: Any) -> list[tuple[Any, str]]:
    mine = Partnership.objects.filter(lead_id=request.tenant.pk).order_by("service_name")
    return list(mine.values_list("key", "service_name"))


def leads(request: Any) -> list[tuple[Any, str]]:
    mine = Partnership.objects.filter(service_id=request.tenant.pk).order_by("lead_name")
    return list(mine.values_list("key", "lead_name"))


OVERDUE = Flag(
    "overdue",
    gettext_lazy("Overdue"),
    where=lambda rows, request: rows.filter(complete_by__lt=timezone.now(), status__in=ACTIVE),
)
ASKED = Flag(
    "question",
    gettext_lazy("Open question"),
    where=lambda rows, request: rows.filter(
        Exists(Question.objects.filter(handover=OuterRef("pk"), answered_at=None)), status__in=ACTIVE
    ),
)


def _wrong(side: str) -> tuple[Flag, Flag]:
    """The filters for the other two flags of running work."""
    return (
        Flag("hours", gettext_lazy("Hours used up"), where=standing.hours_used(side)),
        Flag("trouble", gettext_lazy("Link trouble"), where=standing.hangs),
    )


DUE = Days("due", gettext_lazy("Complete by"), "complete_by")


def _when(key: str, label: Any, name: str, cell: Cell | None = None, sort: str = "") -> Column:
    """A column of moments: words on the page, the moment itself in the sheet."""
    css = "cell-nowrap cell-labelled" if cell else "cell-nowrap"
    shown = cell or (lambda row: ui.ago(getattr(row, name)))
    return Column(key, label, shown, sort=sort, css=css, plain=lambda row: getattr(row, name))


def _part(name: str, label: Any) -> Column:
    """A column for one part of the settlement."""
    return Column(name, label, cells.part(name), css="cell-num cell-wide", plain=cells.plain_part(name))


def _plain_title(row: Row) -> str:
    return row.ticket.get("ticket__title") or row.title


BOTH = (
    _when("answer_by", gettext_lazy("Answer by"), "answer_by", cells.answer_by, "answer_by"),
    _when("waiting", gettext_lazy("Waiting since"), "submitted_at", cells.waiting, "submitted"),
    _when("complete_by", gettext_lazy("Complete by"), "complete_by", cells.complete_by, "complete_by"),
    Column("terms", gettext_lazy("Terms"), cells.terms, css="cell-num cell-wide", needs="outsource.view_terms"),
)
MONEY_COLUMNS: tuple[Column, ...] = (
    Column(
        "labour",
        gettext_lazy("Labour"),
        cells.part("labour"),
        css="cell-num cell-wide",
        plain=cells.plain_part("labour"),
    ),
    Column(
        "charges",
        gettext_lazy("Charges"),
        cells.part("charges"),
        css="cell-num cell-wide",
        plain=cells.plain_part("charges"),
    ),
    Column("settlement", gettext_lazy("Settlement"), cells.settlement, css="cell-num", plain=cells.plain_part("total")),
    Column("currency", gettext_lazy("Currency"), lambda row: row.settled.currency if row.settled else ""),
    Column("invoice", gettext_lazy("Invoice"), cells.invoice, css="cell-nowrap"),
)
FEE = Column(
    "fee",
    gettext_lazy("Transaction fee"),
    cells.fee,
    css="cell-num cell-wide",
    plain=lambda row: row.fee,
    needs="outsource.view_terms",
)
MONEY_COLUMNS = tuple(replace(column, needs="outsource.view_terms") for column in MONEY_COLUMNS)
LAST = (
    Column("flags", gettext_lazy("Flags"), cells.flags, css="cell-nowrap", plain=cells.plain_flags),
    *MONEY_COLUMNS,
    _when("sent", gettext_lazy("Sent"), "sent_at", sort="sent"),
    _when("ended", gettext_lazy("Ended"), "ended_at", sort="ended"),
    Column(
        "activity", gettext_lazy("Last activity"), cells.activity, css="cell-nowrap", plain=lambda row: row.activity
    ),
    Column("decide", gettext_lazy("Next"), cells.decide, css="cell-decide", plain=lambda row: ""),
)
LEAD_COLUMNS = (
    Column("number", gettext_lazy("Ticket"), lambda row: row.lead_number, sort="number", css="cell-number"),
    Column("title", gettext_lazy("Title"), cells.title_and_place, css="cell-title", plain=_plain_title),
    Column("customer", gettext_lazy("Customer"), lambda row: row.customer, css="cell-clip"),
    Column("partner", gettext_lazy("Partner"), lambda row: row.service_name, css="cell-clip"),
    Column("status", gettext_lazy("Status"), lambda row: OUTSOURCED.badge(row.status, True), css="cell-nowrap"),
    *BOTH,
    Column("hours", gettext_lazy("Hours"), cells.hours, css="cell-nowrap", needs="outsource.view_terms"),
    Column("asked", gettext_lazy("Asked for"), cells.release, css="cell-nowrap", needs="outsource.view_terms"),
    Column("sent_by", gettext_lazy("Sent by"), lambda row: row.sent_by_name, css="cell-clip"),
    *LAST,
)
SERVICE_COLUMNS = (
    Column("number", gettext_lazy("Our number"), lambda row: row.service_number or "", css="cell-number"),
    Column(
        "lead_number",
        gettext_lazy("Their number"),
        lambda row: row.lead_number,
        sort="number",
        css="cell-number cell-labelled",
    ),
    Column("title", gettext_lazy("Title"), cells.title_and_place, css="cell-title", plain=_plain_title),
    Column("lead", gettext_lazy("Lead partner"), lambda row: row.lead_name, css="cell-clip"),
    Column("place", gettext_lazy("Place"), lambda row: row.place, css="cell-clip cell-wide"),
    Column("assignee", gettext_lazy("Assignee"), lambda row: row.assignee, css="cell-clip"),
    Column("status", gettext_lazy("Status"), lambda row: INSOURCED.badge(row.status, True), css="cell-nowrap"),
    *BOTH,
    Column("hours", gettext_lazy("Hours"), cells.hours, css="cell-nowrap"),
    *LAST,
)
LISTS = {
    Side.LEAD: List(
        "outsourced-work",
        Row,
        FIELDS,
        LEAD_COLUMNS,
        tuple(SORTS.values()),
        (
            Choice("partner", gettext_lazy("Partner"), "partnership__key", partners),
            Choice("status", gettext_lazy("Status"), "status", OUTSOURCED.choices()),
            Choice("invoice", gettext_lazy("Invoice"), choices=INVOICES.choices(), where=standing.with_invoice),
            DUE,
            OVERDUE,
            ASKED,
            *_wrong(Side.LEAD),
        ),
        search=_search,
        search_label=gettext_lazy("Title, partner or number"),
        saved_as="outsourcing",
    ),
    Side.SERVICE: List(
        "received-work",
        Row,
        FIELDS,
        SERVICE_COLUMNS,
        tuple(SORTS.values()),
        (
            Choice("lead", gettext_lazy("Lead partner"), "partnership__key", leads),
            DUE,
            OVERDUE,
            ASKED,
            *_wrong(Side.SERVICE),
        ),
        search=_search,
        search_label=gettext_lazy("Title, lead partner or number"),
        saved_as="outsourcing",
    ),
}
