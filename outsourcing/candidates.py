"""The companies of our address book as partners: who was invited, who accepted, who cannot be asked and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outsourcing.labels import INVITATIONS, PARTNERSHIPS
from outsourcing.models import (
    Invitation,
    InvitationStatus,
    Partnership,
    PartnershipSide,
    PartnershipStatus,
)
from outsourcing.services.partners import KINDS, is_usable
from psa.directory.models import Company, CompanyKind, Contact
from psa.web.figures import day
from psa.web.lists import Choice, Column, Cursor, List, Listing, Sort, joined
from psa.web.templatetags import ui


@dataclass(slots=True)
class Row:
    """One company with the person to ask, the newest invitation and the partnership, fetched once a page."""

    id: int
    name: str
    kind: str
    email: str
    slug: str = ""
    to: str = ""
    to_name: str = ""
    unusable: str = ""
    tags: Sequence[str] = ()
    invitation: int | None = None
    answer: str = ""
    expires_at: datetime | None = None
    key: UUID | None = None
    partnership: str = ""
    is_paused_by_us: bool = False

    @property
    def is_partner(self) -> bool:
        return self.partnership in {PartnershipStatus.ACTIVE, PartnershipStatus.PAUSED}

    @property
    def is_invited(self) -> bool:
        return not self.is_partner and self.answer == InvitationStatus.SENT

    @property
    def why_not(self) -> str:
        """Why it cannot be ticked, "" where it can."""
        if self.is_partner:
            return _("Is a partner already")
        if self.is_invited:
            return _("Is invited already")
        if self.to:
            return ""
        if self.unusable:
            return _("No mail can go to “%(email)s”") % {"email": self.unusable}
        return _("Has no e-mail address")


class Candidates(Listing):
    """The list; what belongs to a page's companies comes in three statements."""

    def fetch(self, cursor: Cursor | None, size: int) -> Any:
        found: Any = super().fetch(cursor, size)
        complete([row for row, _value in found], self.request.tenant.slug)
        return found


def complete(rows: Sequence[Row], slug: str) -> None:
    """Put the newest invitation, the partnership and the person to ask at each company."""
    ids = [row.id for row in rows]
    by_id = {row.id: row for row in rows}
    for row in rows:
        row.slug = slug
    if not ids:
        return
    people = Contact.objects.filter(company__in=ids, is_active=True).exclude(email="").order_by("-pk")
    for company, email, name in people.values_list("company_id", "email", "name"):
        row = by_id[company]
        if is_usable(email):
            row.to, row.to_name = email, name
        else:
            row.unusable = email
    for row in rows:
        if not row.to and row.email:
            row.to, row.unusable = (row.email, "") if is_usable(row.email) else ("", row.email)
    letters = Invitation.objects.filter(company__in=ids).order_by("pk")
    for company, pk, status, expires_at in letters.values_list("company_id", "pk", "status", "expires_at"):
        row = by_id[company]
        row.invitation, row.answer, row.expires_at = pk, status, expires_at
    sides = PartnershipSide.objects.filter(company__in=ids, lead_of__isnull=False)
    for company, key, status, by_lead, tags in sides.values_list(
        "company_id", "lead_of__key", "lead_of__status", "lead_of__paused_by_lead", "tags"
    ):
        row = by_id[company]
        row.key, row.partnership, row.is_paused_by_us, row.tags = key, status, bool(by_lead), tags


# Cells ----------------------------------------------------------------------------------------------------------------
def _pick(row: Row) -> SafeString:
    said, why = _("Invite %(company)s") % {"company": row.name}, row.why_not
    return format_html(
        '<input type="checkbox" name="company" value="{}" form="invite" aria-label="{}"{}>',
        row.id,
        said,
        format_html(' disabled title="{}"', why) if why else "",
    )


def _name(row: Row) -> SafeString:
    """The company, its partnership's page behind it once there is one, and the tags it is found by."""
    name: Any = row.name
    if row.key:
        name = format_html('<a href="{}">{}</a>', reverse("outsourcing:partner", args=[row.slug, row.key]), row.name)
    return joined([name, chips(row.tags)])


def chips(tags: Sequence[str]) -> SafeString:
    """The tags of a partner."""
    return joined([ui.badge(tag, "gray") for tag in tags])


def _email(row: Row) -> SafeString | str:
    if row.to:
        under = format_html('<br><span class="tiny muted">{}</span>', row.to_name) if row.to_name else ""
        return joined([row.to, under])
    return format_html(
        '<span class="row gap-1 nowrap ink-amber" title="{}">{}{}</span>',
        row.why_not,
        ui.icon("triangle-alert", "s"),
        row.unusable or _("no e-mail"),
    )


def _state(row: Row) -> SafeString:
    if row.is_partner:
        return PARTNERSHIPS.badge(row.partnership, True)
    if row.is_invited and row.expires_at:
        until = _("until %(day)s") % {"day": day(row.expires_at)}
        return joined(
            [ui.badge(_("Invited"), "amber", "mail", True), format_html('<span class="tiny muted">{}</span>', until)]
        )
    if row.partnership:
        return PARTNERSHIPS.badge(row.partnership, True)
    return (
        INVITATIONS.badge(row.answer, True) if row.answer else ui.badge(_("Not invited"), "gray", "circle-dashed", True)
    )


def _act(label: Any, icon: str, url: str, variant: str = "quiet") -> SafeString:
    return ui.button(label, icon, variant, small=True, form="act", formaction=url)


def _next(row: Row) -> SafeString:
    if row.is_partner and row.key:
        return moves(row.slug, row.key, row.partnership, row.is_paused_by_us)
    invite = f"{reverse('outsourcing:invite', args=[row.slug])}?company={row.id}"
    if row.is_invited and row.invitation:
        withdraw = reverse("outsourcing:withdraw_invitation", args=[row.slug, row.invitation])
        again = ui.button(_("Send again"), "mail", "quiet", small=True, href=invite)
        return joined([again, _act(_("Withdraw"), "undo-2", withdraw)])
    return ui.button(_("Invite"), "user-plus", small=True, href=invite) if row.to else mark_safe("")


def moves(slug: str, key: UUID, status: str, is_paused_by_us: bool) -> SafeString:
    """The buttons of a partnership, from either side."""
    found = []
    if status == PartnershipStatus.ACTIVE:
        found.append(_act(_("Pause"), "pause", reverse("outsourcing:pause_partner", args=[slug, key])))
    elif is_paused_by_us:
        found.append(_act(_("Resume"), "play", reverse("outsourcing:resume_partner", args=[slug, key])))
    if status == PartnershipStatus.ENDED:
        return mark_safe("")
    end = reverse("outsourcing:end_partner", args=[slug, key])
    return joined([*found, ui.button(_("End …"), "circle-slash", "quiet", small=True, href=end)])


# The list -------------------------------------------------------------------------------------------------------------
STATES = (
    ("none", gettext_lazy("Not invited")),
    ("invited", gettext_lazy("Invited")),
    ("active", gettext_lazy("Active")),
    ("paused", gettext_lazy("Paused")),
    ("ended", gettext_lazy("Ended")),
)


def _in_states(rows: QuerySet, wanted: list[Any]) -> QuerySet:
    side = PartnershipSide.objects.filter(company=OuterRef("pk"), lead_of__isnull=False)
    invited = Exists(Invitation.objects.filter(company=OuterRef("pk"), status=InvitationStatus.SENT))
    found: Any = Exists(side.filter(lead_of__status__in=[code for code in wanted if code in PartnershipStatus.values]))
    if "invited" in wanted:
        found = found | invited
    if "none" in wanted:
        found = found | (~Exists(side) & ~invited)
    return rows.filter(found)


def _tagged(words: str) -> QuerySet:
    """Our sides whose tags contain these words, for the company around it. Tags are kept as text in JSON."""
    sides = PartnershipSide.objects.filter(company=OuterRef("pk"), lead_of__isnull=False)
    return sides.annotate(words=Cast("tags", TextField())).filter(words__icontains=words)


CANDIDATES = List(
    "partners",
    Row,
    ("id", "name", "kind", "email"),
    (
        Column("pick", gettext_lazy("Invite"), _pick, css="cell-pick", plain=lambda row: ""),
        Column("name", gettext_lazy("Company"), _name, sort="name", css="cell-title", plain=lambda row: row.name),
        Column("kind", gettext_lazy("Type"), lambda row: CompanyKind(row.kind).label, css="cell-nowrap"),
        Column("email", gettext_lazy("Invitation goes to"), _email, css="cell-clip", plain=lambda row: row.to),
        Column("state", gettext_lazy("State"), _state, css="cell-nowrap"),
        Column("next", gettext_lazy("Next"), _next, css="cell-nowrap", plain=lambda row: ""),
    ),
    (Sort("name", gettext_lazy("Name"), "name"), Sort("newest", gettext_lazy("Newest"), "pk", "int", descending=True)),
    (
        Choice("state", gettext_lazy("State"), choices=STATES, where=_in_states),
        Choice("kind", gettext_lazy("Type"), "kind", [(kind.value, kind.label) for kind in KINDS]),
    ),
    search=lambda rows, words: rows.filter(Q(name__icontains=words) | Q(Exists(_tagged(words)))),
    search_label=gettext_lazy("Company or tag"),
    empty_title=gettext_lazy("No companies yet"),
    empty_text=gettext_lazy("Add one below; it can be invited at once or later."),
    empty_icon="handshake",
)


def companies() -> QuerySet:
    """The companies of our address book that may be partners."""
    return Company.objects.filter(kind__in=KINDS, is_active=True)


def people(found: Sequence[Company]) -> dict[int, list[Contact]]:
    """Whom to ask at each company, by the company's id: its contacts an e-mail can reach, the first entered first."""
    rows = Contact.objects.filter(company__in=found, is_active=True).exclude(email="").order_by("pk")
    asked: dict[int, list[Contact]] = {}
    for contact in rows:
        if is_usable(contact.email):
            asked.setdefault(contact.company_id, []).append(contact)
    return asked


def invitations() -> QuerySet:
    """Our letters, with the company each went to."""
    return Invitation.objects.select_related("company")


def open_list(request: Any) -> Candidates:
    """The list as this request asks for it."""
    return Candidates(CANDIDATES, request, companies(), request.path)


def leads(request: Any) -> list[dict[str, Any]]:
    """The companies that send us work, each with what can be done about it."""
    found = Partnership.objects.filter(service_id=request.tenant.pk).order_by("lead_name")[:100]
    sides = PartnershipSide.objects.filter(service_of__in=[one.pk for one in found]).select_related("company")
    mapped = {side.service_of_id: side.company for side in sides}
    return [
        {
            "partnership": one,
            "badge": PARTNERSHIPS.badge(one.status, True),
            "url": reverse("outsourcing:partner", args=[request.tenant.slug, one.key]),
            "company": mapped.get(one.pk),
            "moves": moves(request.tenant.slug, one.key, one.status, one.paused_by_lead is False),
        }
        for one in found
    ]
