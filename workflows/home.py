"""What waits for a dispatcher, on the first page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from psa.web import home, refusals
from tickets.models import DispatcherTask


@dataclass(frozen=True, slots=True)
class Line:
    """A decision that waits: of which ticket, what, since when."""

    number: int
    title: str
    company: str
    what: str
    since: datetime


def decisions(request: Any) -> dict[str, Any] | None:
    """The oldest decisions that wait, of the tickets the reader sees. One statement."""
    rows = DispatcherTask.objects.visible_to(request.actor).open().order_by("raised_at", "pk")
    found = rows.values_list("ticket__number", "ticket__title", "ticket__company__name", "code", "params", "raised_at")[
        : home.SHOWN + 1
    ]
    lines = [
        Line(number, title, company, refusals.sentence(code, params), since)
        for number, title, company, code, params, since in found
    ]
    if not lines:
        return None
    url = reverse("tickets:view", args=[request.tenant.slug, "decisions"])
    return {"lines": lines[: home.SHOWN], "has_more": len(lines) > home.SHOWN, "all_url": url}


def register() -> None:
    """For whoever may decide, above their day."""
    home.panel("decisions", "workflows/home/decisions.html", decisions, capability="ticket.override", order=15)
