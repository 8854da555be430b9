"""The list of people."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from psa.members.history import limit_words
from psa.tenancy.models import Membership, OutsourcingLevel, Role
from psa.web.lists import Choice, Column, Flag, List, Sort, row_link


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member as the list shows them."""

    id: int
    name: str
    email: str
    phone: str
    is_active: bool
    outsourcing_level: str
    follows_role_limit: bool
    amount_limit: Decimal | None
    role_code: str
    role_name: str
    role_level: str
    role_limit: Decimal | None
    currency: str
    slug: str

    @property
    def member(self) -> Membership:
        """The member, as far as level and limit go."""
        role = Role(
            code=self.role_code, name=self.role_name, outsourcing_level=self.role_level, amount_limit=self.role_limit
        )
        return Membership(
            role=role,
            outsourcing_level=self.outsourcing_level,
            follows_role_limit=self.follows_role_limit,
            amount_limit=self.amount_limit,
        )


def _link(row: MemberRow) -> SafeString:
    return row_link(reverse("members:member", kwargs={"tenant": row.slug, "pk": row.id}), row.name)


def _limit(row: MemberRow) -> str:
    return "" if row.member.level == OutsourcingLevel.NONE else limit_words(row.member.limit, row.currency)


PEOPLE = List(
    "people",
    row=MemberRow,
    fields=(
        "id",
        "name",
        "email",
        "phone",
        "is_active",
        "outsourcing_level",
        "follows_role_limit",
        "amount_limit",
        "role__code",
        "role__name",
        "role__outsourcing_level",
        "role__amount_limit",
        "tenant__currency",
        "tenant__slug",
    ),
    columns=(
        Column("name", pgettext_lazy("of a person", "Name"), _link, sort="name", css="cell-title"),
        Column("email", _("E-mail"), lambda row: row.email, css="cell-clip has-room cell-hide"),
        Column("role", _("Role"), lambda row: row.member.role.label, css="cell-nowrap"),
        Column("level", _("Outsourcing"), lambda row: OutsourcingLevel(row.member.level).label, css="cell-nowrap"),
        Column("limit", _("Limit"), _limit, css="cell-num cell-labelled"),
        Column("phone", _("Phone"), lambda row: row.phone, css="cell-nowrap", shown=False),
        Column("state", _("State"), lambda row: "" if row.is_active else _("Inactive"), css="cell-hide"),
    ),
    sorts=(Sort("name", pgettext_lazy("of a person", "Name"), "name"),),
    filters=(
        Choice("level", _("Outsourcing level"), field="outsourcing_level", choices=OutsourcingLevel.choices),
        Flag("inactive", _("Inactive ones"), where=Q(is_active=False)),
    ),
    search=lambda rows, words: rows.filter(Q(name__icontains=words) | Q(email__icontains=words)),
    search_label=_("Search people"),
    empty_title=_("Nobody here"),
    empty_icon="users",
)
