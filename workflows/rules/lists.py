"""The log of runs as a list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from psa.web.lists import Choice, Column, Days, List, Sort, row_link
from psa.web.templatetags import ui
from workflows.models import Rule
from workflows.rules import events
from workflows.rules.telling import OUTCOMES


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as the list shows it."""

    id: int
    rule_id: int
    rule_name: str
    event: str
    ticket_number: int | None
    ticket_title: str | None
    outcome: str
    took: int
    at: datetime
    slug: str


def _rule(row: RunRow) -> SafeString:
    return row_link(reverse("workflows:run", args=[row.slug, row.id]), row.rule_name)


def _ticket(row: RunRow) -> SafeString | str:
    if row.ticket_number is None:
        return ""
    url = reverse("tickets:page", args=[row.slug, row.ticket_number])
    return format_html('<a href="{}">{}</a> {}', url, row.ticket_number, row.ticket_title)


def _event(row: RunRow) -> Any:
    event = events.EVENTS.get(row.event)
    return event.label if event else row.event


def _rules(request: Any) -> list[tuple[str, str]]:
    rows = Rule.objects.visible_to(request.actor).order_by("position", "pk")
    return [(str(pk), name) for pk, name in rows.values_list("pk", "name")]


RUNS = List(
    "runs",
    RunRow,
    ("id", "rule_id", "rule_name", "event", "ticket__number", "ticket__title", "outcome", "took", "at", "tenant__slug"),
    (
        Column("rule", _("Rule"), _rule, css="cell-title", plain=lambda row: row.rule_name),
        Column("ticket", _("Ticket"), _ticket, css="cell-clip", plain=lambda row: row.ticket_number or ""),
        Column("outcome", _("Outcome"), lambda row: OUTCOMES.badge(row.outcome, plain=True), css="cell-nowrap",
               plain=lambda row: OUTCOMES.text(row.outcome)),
        Column("event", _("Event"), _event, css="cell-hide"),
        Column("took", _("ms"), lambda row: row.took, css="cell-num cell-hide"),
        Column("at", _("When"), lambda row: ui.ago(row.at), css="cell-nowrap", plain=lambda row: row.at),
    ),
    (Sort("newest", _("Newest"), "pk", "int", descending=True),),
    (
        Choice("rule", _("Rule"), "rule_id", _rules),
        Choice("outcome", _("Outcome"), "outcome", OUTCOMES.choices()),
        Days("day", _("Day"), "at"),
    ),
    empty_title=_("No rule has run yet"),
    empty_text=_("Every run stands here: which rule, on which ticket, and what each step did, or why not."),
    empty_icon="zap",
)  # fmt: skip
