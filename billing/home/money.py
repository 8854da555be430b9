"""What waits for who approves, on the first page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy

from billing.lists import approving
from psa.web import home, nav

SHOWN = (
    ("time", gettext_lazy("To approve")),
    ("no-contract", gettext_lazy("No contract")),
    ("returned", gettext_lazy("Returned")),
)


@dataclass(frozen=True, slots=True)
class Line:
    """How many wait on one list, capped."""

    label: Any
    count: str
    url: str


def approvals(request: Any) -> dict[str, Any] | None:
    """How much time waits, what has no contract, what was sent back. One statement."""
    if request.tenant.is_portal:
        return None
    found = approving.waiting(request.actor)
    counted = [(code, label, min(found[code], nav.LIMIT)) for code, label in SHOWN]
    made = [
        Line(label, nav.shown(count) or "0", reverse("billing:approve_tab", args=[request.tenant.slug, code]))
        for code, label, count in counted
    ]
    return {"lines": made} if any(count for _code, _label, count in counted) else None


def register() -> None:
    """For whoever approves."""
    home.panel("approvals", "billing/home/approving.html", approvals, capability="time.approve", order=20)
