"""Pages for the tests of the shell: a list of companies, a view that is denied, one refused, one that breaks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.utils import timezone

from psa.directory.models import Company
from psa.tenancy.errors import Denied, Refused
from psa.web import lists
from psa.web.labels import Label, Table

handler400 = "psa.web.errors.bad_request"
handler403 = "psa.web.errors.forbidden"
handler404 = "psa.web.errors.not_found"
handler500 = "psa.web.errors.server_error"

KINDS = Table({"customer": Label("Customer", "blue", "circle-user"), "vendor": Label("Vendor", "amber", "truck")})


@dataclass(slots=True)
class CompanyRow:
    """A company as the list shows it."""

    id: int
    name: str
    kind: str
    number: str
    created_at: datetime


COMPANIES = lists.List(
    "Companies",
    row=CompanyRow,
    fields=("id", "name", "kind", "number", "created_at"),
    columns=(
        lists.Column("name", "Name", lambda row: lists.row_link(f"{row.id}/", row.name), sort="name", css="cell-title"),
        lists.Column("kind", "Kind", lambda row: KINDS.badge(row.kind)),
        lists.Column("number", "Number", lambda row: row.number, sort="number"),
        lists.Column("secret", "Rate", lambda row: "CANARY-RATE", needs="price.view"),
        lists.Column(
            "twice", "Twice", lambda row, found: found, batch=lambda ids, actor: {one: one * 2 for one in ids}
        ),
        lists.Column("made", "Made", lambda row: row.created_at, plain=lambda row: row.created_at, shown=False),
    ),
    sorts=(
        lists.Sort("name", "Name", "name"),
        lists.Sort("number", "Number", "number"),
        lists.Sort("made", "Made", "created_at", "datetime", descending=True),
        lists.Sort("seen", "Seen", "created_at", "datetime", empty=timezone.now()),
    ),
    filters=(
        lists.Choice("kind", "Kind", "kind", KINDS.choices()),
        lists.Text("email", "E-mail", "email"),
        lists.Flag("numbered", "With a number", ~Q(number="")),
        lists.Days("created", "Created", "created_at"),
    ),
    search=lambda rows, words: rows.filter(name__icontains=words),
    pick="bulk",
)


def companies(request: HttpRequest) -> Any:
    """The list."""
    return COMPANIES.open(request, Company.objects.all()).answer("web/list.html", {"title": "Companies"})


def denied(request: HttpRequest) -> HttpResponse:
    """A right is missing."""
    raise Denied("outsource.send")


def refused(request: HttpRequest) -> HttpResponse:
    """A rule says no."""
    raise Refused("test.is_running", partner="Baltic")


def broken(request: HttpRequest) -> HttpResponse:
    """A mistake of ours."""
    raise ZeroDivisionError


urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("", include("psa.web.urls")),
    path("broken/", broken),
    path("<slug:tenant>/companies/", companies, name="companies"),
    path("<slug:tenant>/denied/", denied),
    path("<slug:tenant>/refused/", refused),
]
