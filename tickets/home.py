"""My day: what runs, what is due next, and where somebody else did something (desk spec, "Home pages by role")."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone

from psa.journal.models import Entry
from psa.web import home
from tickets.labels import STATUSES
from tickets.models import Source, Ticket
from tickets.models.ticket import NO_DEADLINE

RECENT = timedelta(days=14)
# Of the tickets a person moved last, so many are looked at for somebody else's last word.
LOOKED_AT = 50
FIELDS = ("number", "title", "company__name", "status", "source", "next_deadline", "last_activity")


@dataclass(frozen=True, slots=True)
class Line:
    """A ticket as the first page shows it."""

    number: int
    title: str
    company: str
    status: str
    source: str
    next_deadline: datetime
    last_activity: datetime
    by: str = ""

    @property
    def due(self) -> datetime | None:
        return None if self.next_deadline >= NO_DEADLINE else self.next_deadline

    @property
    def badge(self) -> Any:
        return STATUSES.badge(self.status)

    @property
    def is_insourced(self) -> bool:
        return self.source == Source.INSOURCED


def _mine(request: Any) -> QuerySet:
    actor = request.actor
    return Ticket.objects.visible_to(actor).filter(is_open=True, assignee_id=actor.membership_id)


def my_day(request: Any) -> dict[str, Any]:
    """My open tickets, the nearest deadline first."""
    rows = _mine(request).order_by("next_deadline", "pk").values_list(*FIELDS)[: home.SHOWN + 1]
    lines = [Line(*row) for row in rows]
    return {
        "lines": lines[: home.SHOWN],
        "has_more": len(lines) > home.SHOWN,
        "all_url": reverse("tickets:view", args=[request.tenant.slug, "mine"]),
        "may_take": request.actor.can("ticket.edit"),
        "free_url": reverse("tickets:view", args=[request.tenant.slug, "unassigned"]),
        "open_url": reverse("tickets:list", args=[request.tenant.slug]),
    }


def something_new(request: Any) -> list[Line] | None:
    """My open tickets in which the last word of these days is somebody else's, the latest first."""
    latest = Entry.objects.filter(subject_type="ticket", subject_id=OuterRef("pk")).order_by("-pk")
    moved = _mine(request).filter(last_activity__gte=timezone.now() - RECENT).order_by("-last_activity", "-pk")
    known = moved.values("pk")[:LOOKED_AT]
    rows = Ticket.objects.filter(pk__in=known).annotate(
        last_by=Subquery(latest.values("by")[:1]), last_name=Subquery(latest.values("by_name")[:1])
    )
    rows = rows.filter(Q(last_by=None) | ~Q(last_by=F("assignee"))).exclude(last_name=None)
    rows = rows.order_by("-last_activity", "-pk").values_list(*FIELDS, "last_name")[: home.SHOWN]
    return [Line(*row) for row in rows] or None


def register() -> None:
    """Put both on the first page."""
    home.panel("my-day", "tickets/home/my_day.html", my_day, capability="ticket.view", order=40)
    home.panel("something-new", "tickets/home/something_new.html", something_new, capability="ticket.view", order=50)
