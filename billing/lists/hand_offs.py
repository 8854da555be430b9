"""The hand-off inbox as a list: what waits for my role, what I sent, of which kind, until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from psa.tenancy.actor import Actor
from psa.tenancy.capabilities import ROLE_NAMES
from psa.web.lists import Choice, Column, Days, Flag, List, Sort, row_link
from psa.web.templatetags import ui
from tickets.labels import HAND_OFF_KINDS, HAND_OFFS
from tickets.models import HandOff, HandOffStatus
from tickets.models.hand_off import WAITING
from tickets.models.ticket import NO_DEADLINE
from tickets.services import hand_offs

# The form outside the table whose token the buttons in the rows send along.
FORM = "hand-off-act"


@dataclass(frozen=True, slots=True)
class Row:
    """A hand-off as the list shows it."""

    id: int
    kind: str
    status: str
    title: str
    ticket: int | None
    company: str | None
    sender: str
    role: str
    taken_by: str | None
    due_at: datetime | None
    sent_at: datetime
    slug: str
    seen_title: str | None


def waiting_for(actor: Actor) -> QuerySet[HandOff]:
    """What waits for this member: their role's open and accepted ones, and their own that came back. One statement."""
    if actor.membership_id is None:
        none: QuerySet[HandOff] = HandOff.objects.none()
        return none
    for_us = Q(status__in=[HandOffStatus.OPEN, HandOffStatus.ACCEPTED]) & hand_offs.of_role(actor)
    back = Q(status=HandOffStatus.RETURNED, sender=actor.membership_id)
    rows: QuerySet[HandOff] = HandOff.objects.visible_to(actor).filter(for_us | back)
    return rows


def _title(row: Row) -> SafeString:
    return row_link(reverse("billing:hand_off", args=[row.slug, row.id]), row.title)


def _ticket(row: Row) -> SafeString | str:
    if row.ticket is None:
        return ""
    if row.seen_title is None:  # who may not open the ticket gets no link to it
        return format_html("{} {}", row.ticket, row.company)
    url = reverse("tickets:page", args=[row.slug, row.ticket])
    return format_html('<a href="{}">{}</a> {}', url, row.ticket, row.company)


def role_name(code: str) -> str:
    """A role by its code, in the reader's language."""
    return str(ROLE_NAMES.get(code, code))


def _due(row: Row) -> Any:
    if row.due_at is None:
        return ""
    return ui.deadline(row.due_at, row.status not in WAITING)


def _may(rows: Sequence[Row], actor: Actor) -> Mapping[int, bool]:
    role = hand_offs.role_of(actor)
    return {row.id: role in (row.role, "") for row in rows}


def _acts(row: Row, may: bool | None) -> SafeString | str:
    """What the receiving role can do without leaving the list; a reason is asked for on the page."""
    if not may or row.status not in (HandOffStatus.OPEN, HandOffStatus.ACCEPTED):
        return ""
    accepts = row.status == HandOffStatus.OPEN
    move, label = ("accept", _("Accept")) if accepts else ("finish", _("Done"))
    url = reverse("billing:settle_hand_off", args=[row.slug, row.id, move])
    page = reverse("billing:hand_off", args=[row.slug, row.id])
    return format_html(
        '<span class="row gap-1"><button class="button is-small" type="submit" form="{}" formaction="{}">{}'
        '<span class="unseen"> {}</span></button><a class="button is-small is-quiet" href="{}#back">{}</a></span>',
        FORM,
        url,
        label,
        row.title,
        page,
        _("Return …"),
    )


def _mine(rows: Any, wanted: list[str], by: Actor) -> Any:
    asked = Q(pk=None)
    if "role" in wanted:
        asked |= hand_offs.of_role(by)
    if "sent" in wanted:
        asked |= Q(sender=by.membership_id)
    if "taken" in wanted:
        asked |= Q(taken_by=by.membership_id)
    return rows.filter(asked)


class Whose(Choice):
    """Which hand-offs: my role's, those I sent, those I took on. It asks who reads."""

    def apply(self, rows: Any, value: Any, request: Any = None) -> Any:
        return _mine(rows, value, request.actor)


def _overdue(rows: Any, request: Any) -> Any:
    return rows.filter(due_at__lt=timezone.now(), status__in=WAITING)


def _roles(request: Any) -> list[tuple[str, str]]:
    return [(code, str(name)) for code, name in ROLE_NAMES.items() if code != "contact"]


WHOSE = (
    ("role", gettext_lazy("For my role")),
    ("sent", gettext_lazy("Sent by me")),
    ("taken", gettext_lazy("Taken by me")),
)
HAND_OFF_LIST = List(
    "hand-offs",
    Row,
    ("id", "kind", "status", "title", "ticket__number", "ticket__company__name", "sender_name", "receiving_role",
     "taken_by__name", "due_at", "sent_at", "tenant__slug", "seen_title"),
    (
        Column("title", gettext_lazy("About"), _title, css="cell-title", plain=lambda row: row.title),
        Column("kind", gettext_lazy("Kind"), lambda row: HAND_OFF_KINDS.badge(row.kind, plain=True),
               css="cell-state", plain=lambda row: HAND_OFF_KINDS.text(row.kind)),
        Column("status", gettext_lazy("Status"), lambda row: HAND_OFFS.badge(row.status, plain=True), css="cell-nowrap",
               plain=lambda row: HAND_OFFS.text(row.status)),
        Column("ticket", gettext_lazy("Ticket"), _ticket, beneath="title", plain=lambda row: row.ticket or ""),
        Column("sender", gettext_lazy("From"), lambda row: row.sender, css="cell-who cell-hide"),
        Column("role", gettext_lazy("For"), lambda row: f"→ {role_name(row.role)}", beneath="sender",
               plain=lambda row: role_name(row.role)),
        Column("taken", gettext_lazy("Taken by"), lambda row: row.taken_by or "", css="cell-nowrap cell-wide",
               shown=False),
        Column("due", gettext_lazy("Due"), _due, sort="due", css="cell-nowrap", plain=lambda row: row.due_at or ""),
        Column("sent", gettext_lazy("Sent"), lambda row: ui.ago(row.sent_at), sort="sent", css="cell-nowrap cell-hide",
               shown=False, plain=lambda row: row.sent_at),
        Column("next", gettext_lazy("Next"), _acts, beside=_may, css="cell-nowrap", plain=lambda row: ""),
    ),
    (
        Sort("due", gettext_lazy("Due"), "due_at", "datetime", empty=NO_DEADLINE),
        Sort("sent", gettext_lazy("Newest"), "pk", "int", descending=True),
    ),
    (
        Whose("whose", gettext_lazy("Whose"), choices=WHOSE),
        Choice("status", gettext_lazy("Status"), "status", HAND_OFFS.choices()),
        Choice("kind", gettext_lazy("Kind"), "kind", HAND_OFF_KINDS.choices()),
        Choice("role", gettext_lazy("For"), "receiving_role", _roles),
        Flag("late", gettext_lazy("Overdue"), where=_overdue),
        Days("day", gettext_lazy("Sent"), "sent_at"),
    ),
    search=lambda rows, words: rows.filter(Q(title__icontains=words) | Q(ticket__company__name__icontains=words)),
    search_label=gettext_lazy("Search hand-offs"),
    empty_title=gettext_lazy("Nothing waits here"),
    empty_text=gettext_lazy(
        "What one role hands to another stands here until it is done: orders, licences, goods, wishes for a quote."
    ),
    empty_icon="inbox",
)  # fmt: skip
