"""What waits for one's role, and what came back, on the first page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from billing.lists.hand_offs import waiting_for
from psa.tenancy import plans
from psa.web import home
from tickets.labels import HAND_OFF_KINDS
from tickets.models import HandOffStatus
from tickets.models.ticket import NO_DEADLINE


@dataclass(frozen=True, slots=True)
class Line:
    """A hand-off as the first page shows it."""

    pk: int
    title: str
    kind: str
    status: str
    sender: str
    company: str | None
    due_at: datetime | None
    sent_at: datetime

    @property
    def badge(self) -> Any:
        return HAND_OFF_KINDS.badge(self.kind, True)

    @property
    def is_back(self) -> bool:
        return self.status == HandOffStatus.RETURNED


def fill(request: Any) -> dict[str, Any] | None:
    """The most urgent of what waits for the reader. One statement."""
    if not plans.opens(request.tenant, "billing:hand_offs"):
        return None
    fields = ("pk", "title", "kind", "status", "sender_name", "ticket__company__name", "due_at", "sent_at")
    rows = list(waiting_for(request.actor).order_by("due_at", "pk").values_list(*fields)[: home.SHOWN + 1])
    lines = sorted((Line(*row) for row in rows), key=lambda one: (one.due_at or NO_DEADLINE, one.pk))
    if not lines:
        return None
    url = reverse("billing:hand_offs", args=[request.tenant.slug])
    return {"lines": lines[: home.SHOWN], "has_more": len(lines) > home.SHOWN, "all_url": url}
