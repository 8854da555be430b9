"""What the first page shows of appointments and licences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from billing.lists import visits as lists
from billing.models import Licence, LicenceStatus
from psa.web import home
from tickets.models import Appointment
from tickets.services.appointments import OPEN, of_people

AHEAD = timedelta(days=7)
FIELDS = (
    "key", "starts_at", "ends_at", "status", "title", "ticket__title", "ticket__number", "ticket__company__name",
    "location__city", "address",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """An appointment as the first page shows it."""

    key: Any
    starts_at: datetime
    ends_at: datetime
    status: str
    own_title: str
    ticket_title: str
    number: int
    company: str
    city: str | None
    address: str

    @property
    def title(self) -> str:
        return self.own_title or self.ticket_title

    @property
    def span(self) -> str:
        return lists.span(self.starts_at, self.ends_at)

    @property
    def is_today(self) -> bool:
        return timezone.localdate(self.starts_at) <= timezone.localdate()

    @property
    def place(self) -> str:
        return self.address or self.city or ""


def appointments(request: Any) -> dict[str, Any] | None:
    """Where the reader has to be in the next days, what runs first. One statement."""
    if request.tenant.is_portal or request.actor.membership_id is None:
        return None
    now = timezone.now()
    rows = of_people(Appointment.objects.visible_to(request.actor), [request.actor.membership_id])
    rows = rows.filter(status__in=OPEN, starts_at__lt=now + AHEAD, ends_at__gt=now - timedelta(days=1))
    rows = rows.order_by("starts_at", "pk")
    lines = [Line(*row) for row in rows.values_list(*FIELDS)[: home.SHOWN + 1]]
    if not lines:
        return None
    url = reverse("billing:week", args=[request.tenant.slug])
    return {"lines": lines[: home.SHOWN], "has_more": len(lines) > home.SHOWN, "all_url": url}


def returned(request: Any) -> list[Licence] | None:
    """The licences the reader reported that sales has a question about. One statement, and none for who sees the
    hand-offs: there each of them stands as one that came back."""
    if request.tenant.is_portal or request.actor.membership_id is None or request.actor.can("order.view"):
        return None
    rows = Licence.objects.visible_to(request.actor).filter(
        reported_by=request.actor.membership_id, status=LicenceStatus.RETURNED
    )
    return list(rows.select_related("ticket", "company").order_by("reported_at")[: home.SHOWN]) or None
