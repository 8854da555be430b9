"""The list of companies."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from psa.directory.models import COMPANY_LOOKS, CompanyKind
from psa.web import labels
from psa.web.lists import Choice, Column, Flag, List, Sort, row_link

KINDS = labels.Table({kind: labels.Label(kind.label, *COMPANY_LOOKS[kind]) for kind in CompanyKind})


@dataclass(frozen=True, slots=True)
class CompanyRow:
    """A company as the list shows it."""

    id: int
    name: str
    kind: str
    number: str
    email: str
    phone: str
    is_active: bool
    slug: str


def _link(row: CompanyRow) -> str:
    return row_link(reverse("directory:page", kwargs={"tenant": row.slug, "pk": row.id}), row.name)


COMPANIES = List(
    "companies",
    row=CompanyRow,
    fields=("id", "name", "kind", "number", "email", "phone", "is_active", "slug"),
    columns=(
        Column("name", _("Name"), _link, sort="name", css="cell-title"),
        Column("kind", _("Type"), lambda row: KINDS.badge(row.kind, plain=True), css="cell-nowrap"),
        Column("number", _("Number"), lambda row: row.number, sort="number", css="cell-nowrap cell-hide"),
        Column("phone", _("Phone"), lambda row: row.phone, css="cell-nowrap cell-hide"),
        Column("email", _("E-mail"), lambda row: row.email, css="cell-clip has-room cell-wide"),
        Column("state", _("State"), lambda row: "" if row.is_active else _("Inactive"), css="cell-hide", shown=False),
    ),
    sorts=(Sort("name", _("Name"), "name"), Sort("number", _("Number"), "number")),
    filters=(
        Choice("kind", _("Type"), field="kind", choices=CompanyKind.choices),
        Flag("inactive", _("Inactive ones"), where=Q(is_active=False)),
    ),
    search=lambda rows, words: rows.filter(
        Q(name__icontains=words) | Q(number__icontains=words) | Q(email__icontains=words)
    ),
    search_label=_("Search companies"),
    empty_title=_("No companies yet"),
    empty_text=_("Add the first one: a customer, a partner or a vendor."),
    empty_icon="building-2",
)
