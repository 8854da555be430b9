"""The operators' lists: the companies of the installation, and what operators did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from psa.operators.models import Act
from psa.tenancy.models import Tenant
from psa.tenancy.services import with_people
from psa.web import figures
from psa.web.lists import Choice, Column, Flag, List, Listing, Sort, row_link
from psa.web.templatetags import ui


@dataclass(slots=True)
class Row:
    """One company as operators see it: who it is and how it stands, nothing of its own."""

    id: int
    name: str
    slug: str
    is_portal: bool
    members: int
    created_at: datetime
    suspended_at: datetime | None
    fee: Decimal


def _name(row: Row) -> SafeString:
    return row_link(reverse("operators:tenant", args=[row.slug]), row.name)


def plan(is_portal: bool) -> SafeString:
    """The plan as a badge."""
    return ui.badge(_("Portal"), "violet", "inbox", True) if is_portal else ui.badge(_("Full"), "teal", "layers", True)


def state(suspended_at: datetime | None) -> SafeString:
    """Whether its people may come in."""
    if suspended_at is None:
        return ui.badge(_("Active"), "green", "circle-check", True)
    return ui.badge(_("Suspended"), "red", "pause", True, figures.moment(suspended_at))


TENANTS = List(
    "tenants",
    Row,
    ("id", "name", "slug", "is_portal", "members", "created_at", "suspended_at", "transaction_fee"),
    (
        Column("name", gettext_lazy("Company"), _name, sort="name", css="cell-title"),
        Column("slug", gettext_lazy("Address"), lambda row: f"/{row.slug}/", css="cell-nowrap"),
        Column("plan", gettext_lazy("Plan"), lambda row: plan(row.is_portal), css="cell-nowrap"),
        Column("members", gettext_lazy("People"), lambda row: row.members, css="cell-num"),
        Column("fee", gettext_lazy("Fee"), lambda row: _fee(row), css="cell-num"),
        Column("state", gettext_lazy("State"), lambda row: state(row.suspended_at), css="cell-nowrap"),
        Column("created", gettext_lazy("Created"), lambda row: ui.ago(row.created_at), sort="created"),
    ),
    (
        Sort("name", gettext_lazy("Name"), "name"),
        Sort("created", gettext_lazy("Created"), "created_at", "datetime", descending=True),
    ),
    (
        Choice(
            "plan",
            gettext_lazy("Plan"),
            choices=[("full", gettext_lazy("Full")), ("portal", gettext_lazy("Portal"))],
            where=lambda rows, asked: rows.filter(is_portal__in=[code == "portal" for code in asked]),
        ),
        Flag("suspended", gettext_lazy("Suspended only"), Q(suspended_at__isnull=False)),
    ),
    search=lambda rows, words: rows.filter(Q(name__icontains=words) | Q(slug__icontains=words)),
    search_label=gettext_lazy("Company or address"),
    empty_title=gettext_lazy("No companies yet"),
    empty_text=gettext_lazy("Create the first one; its administrator gets a mail with the way in."),
    empty_icon="building-2",
    export=False,
)


def _fee(row: Row) -> str:
    return figures.money(row.fee, settings.OPERATOR_CURRENCY) if row.fee else ""


def tenants(request: Any) -> Listing:
    """The companies as this request asks for them, each with the number of its active people."""
    return Listing(TENANTS, request, with_people(Tenant.objects.all()), request.path)


def tenant(slug: str) -> Any:
    """One company by its address, with the number of its people; None where there is none."""
    return with_people(Tenant.objects.filter(slug=slug)).first()


# Acts -----------------------------------------------------------------------------------------------------------------
KINDS = {
    "tenant.created": gettext_lazy("created the company"),
    "tenant.suspended": gettext_lazy("suspended the company"),
    "tenant.resumed": gettext_lazy("let the company in again"),
    "tenant.upgraded": gettext_lazy("gave the company the full plan"),
    "tenant.fee_changed": gettext_lazy("changed the transaction fee"),
    "fees.billed": gettext_lazy("billed the transaction fees of a month"),
    "lane.retried": gettext_lazy("let a link try again"),
    "tenant.looked_at": gettext_lazy("looked in as support"),
}


@dataclass(slots=True)
class Told:
    """One act as the log shows it."""

    id: int
    kind: str
    data: dict[str, Any]
    reason: str
    by_name: str
    at: datetime
    name: str | None
    slug: str | None

    @property
    def text(self) -> str:
        """What was done, with the figures that changed."""
        change = f" ({self.data['old']} → {self.data['new']})" if "old" in self.data else ""
        return f"{KINDS.get(self.kind, self.kind)}{change}"


def _about(row: Told) -> SafeString | str:
    if row.slug is None:
        return ""
    return format_html('<a href="{}">{}</a>', reverse("operators:tenant", args=[row.slug]), row.name)


ACTS = List(
    "acts",
    Told,
    ("id", "kind", "data", "reason", "by_name", "at", "about__name", "about__slug"),
    (
        Column("at", gettext_lazy("When"), lambda row: figures.moment(row.at), sort="newest", css="cell-nowrap"),
        Column("by", gettext_lazy("By"), lambda row: row.by_name, css="cell-nowrap"),
        Column("what", gettext_lazy("What"), lambda row: row.text, css="cell-title"),
        Column("about", gettext_lazy("Company"), _about),
        Column("reason", gettext_lazy("Reason"), lambda row: row.reason),
    ),
    (Sort("newest", gettext_lazy("Newest"), "pk", "int", descending=True),),
    (Choice("kind", gettext_lazy("What"), "kind", list(KINDS.items())),),
    empty_title=gettext_lazy("Nothing was done yet"),
    empty_icon="history",
    export=False,
)


def acts(request: Any) -> Listing:
    """What operators did, as this request asks for it."""
    return Listing(ACTS, request, Act.objects.all(), request.path)


def acts_about(tenant: Tenant) -> list[Told]:
    """The last things done to one company."""
    rows = Act.objects.filter(about=tenant).order_by("-pk")
    return [Told(*values) for values in rows.values_list(*ACTS.fields)[:20]]


def every_tenant() -> Any:
    """All companies by name, for the command."""
    return with_people(Tenant.objects.order_by("name", "pk"))
