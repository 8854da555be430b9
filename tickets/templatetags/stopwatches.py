"""The reader's stopwatches where pages draw them: in the top bar of every page and on the ticket.

The member's own row, which every page reads, has them: no query.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone

from psa.tenancy import plans
from psa.web import refusals
from psa.web.figures import hours
from tickets import guards, permissions
from tickets.models import Stopwatch, Ticket

register = template.Library()


@dataclass(frozen=True, slots=True)
class Shown:
    """A stopwatch ready to draw: whole seconds now, and as hours and minutes."""

    pk: int
    number: int
    title: str
    seconds: int
    is_running: bool

    @property
    def time(self) -> str:
        """Full minutes that have passed; logging rounds up."""
        return hours(self.seconds // 60).removesuffix(" h")


@register.simple_tag(takes_context=True)
def stopwatches(context: Any) -> list[Shown]:
    """The reader's own, the running one first; none for who cannot log time."""
    page = context.get("page")
    actor = getattr(page, "actor", None)
    if (
        actor is None
        or not page.member.stopwatches
        or not actor.can("time.log")
        or not plans.opens(page.tenant, "tickets:week")
    ):
        return []
    if "stopwatches" not in page.__dict__:
        now = timezone.now()
        page.__dict__["stopwatches"] = [_shown(one, now) for one in page.member.stopwatches]
    return page.__dict__["stopwatches"]


@register.inclusion_tag("tickets/_stopwatch_panel.html", takes_context=True)
def stopwatch_panel(context: Any, ticket: Ticket) -> dict[str, Any]:
    """The reader's stopwatch on this ticket, or the button that starts one; what stands against it in words."""
    page = context["page"]
    is_open = plans.opens(page.tenant, "tickets:week") and permissions.may(ticket, "time.log", page.actor)
    may_note = plans.opens(page.tenant, "tickets:call") and permissions.may(ticket, "note.write", page.actor)
    watch = next((one for one in stopwatches(context) if one.number == ticket.number), None) if is_open else None
    refused = guards.refusals(ticket, "timeentry.add", [], page.actor).get(None) if is_open else None
    return {
        "page": page,
        "ticket": ticket,
        "watch": watch,
        "reason": refusals.explain(refused) if refused else "",
        "is_open": is_open,
        "may_note": may_note,
        "csrf_token": context.get("csrf_token"),
    }


def _shown(kept: dict[str, Any], now: datetime) -> Shown:
    since = datetime.fromisoformat(kept["since"]) if kept["since"] else None
    seconds = Stopwatch(seconds=kept["seconds"], running_since=since).elapsed(now)
    return Shown(kept["pk"], kept["number"], kept["title"], seconds, since is not None)
