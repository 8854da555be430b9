"""The list of what was passed on to networks and vendors (outsourcing spec §8 "Sent to networks")."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from outsourcing.dashboards.listing import FolderListing
from outsourcing.labels import REFERRALS
from outsourcing.models import Network
from psa.web import figures
from psa.web.lists import Choice, Column, Cursor, List, Sort, joined, row_link
from psa.web.templatetags import ui


@dataclass(slots=True)
class Row:
    """One referral with its ticket and its network."""

    id: int
    status: str
    cost: Decimal | None
    sent_at: datetime | None
    number: int
    title: str
    customer: str
    network: str
    sent_by: str | None
    slug: str = ""
    currency: str = ""

    @property
    def url(self) -> str:
        return reverse("tickets:page", args=[self.slug, self.number])


FIELDS = (
    "id",
    "status",
    "cost",
    "sent_at",
    "ticket__number",
    "ticket__title",
    "ticket__company__name",
    "network__name",
    "sent_by__name",
)


class Referrals(FolderListing):
    """The folder's list; everything comes in its one statement."""

    def fetch(self, cursor: Cursor | None, size: int) -> Any:
        found: Any = super().fetch(cursor, size)
        for row, _value in found:
            row.slug, row.currency = self.request.tenant.slug, self.request.tenant.currency
        return found


def _title(row: Row) -> SafeString:
    under = format_html('<span class="under tiny muted">{}</span>', row.customer)
    return joined([row_link(row.url, row.title), under])


def _networks(request: Any) -> list[tuple[Any, str]]:
    return list(Network.objects.values_list("pk", "name"))


def _plain(name: str) -> Callable[[Row], Any]:
    return lambda row: getattr(row, name)


REFERRED = List(
    "referrals",
    Row,
    FIELDS,
    (
        Column("number", gettext_lazy("Ticket"), lambda row: row.number, css="cell-number"),
        Column("title", gettext_lazy("Title"), _title, css="cell-title", plain=_plain("title")),
        Column("network", gettext_lazy("Network or vendor"), lambda row: row.network, css="cell-clip"),
        Column("status", gettext_lazy("Status"), lambda row: REFERRALS.badge(row.status, True), css="cell-nowrap"),
        Column(
            "cost",
            gettext_lazy("Expected cost"),
            lambda row: "" if row.cost is None else figures.money(row.cost, row.currency),
            css="cell-num",
            plain=_plain("cost"),
            needs="outsource.view_terms",
        ),
        Column(
            "sent",
            gettext_lazy("Sent"),
            lambda row: ui.ago(row.sent_at),
            css="cell-nowrap",
            sort="newest",
            plain=_plain("sent_at"),
        ),
        Column("sent_by", gettext_lazy("Sent by"), lambda row: row.sent_by or "", css="cell-clip"),
    ),
    (Sort("newest", gettext_lazy("Newest"), "pk", "int", descending=True),),
    (Choice("network", gettext_lazy("Network or vendor"), "network", _networks),),
    search=lambda rows, words: rows.filter(ticket__title__icontains=words),
    search_label=gettext_lazy("Title"),
)


def opened(request: Any, rows: QuerySet, code: str, listed: List) -> Referrals:
    """The list of these referrals as the request asks for it."""
    made = Referrals(listed, request, rows, request.path)
    made.code = code
    return made
