"""Time across tickets: a member's week, and the list of entries behind its figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Value
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from psa.web.access import needs
from psa.web.views import safe_next
from tickets import services, spans, weeks
from tickets.forms.ticket import colleagues
from tickets.models import Item, Ticket, TimeEntry
from tickets.time_lists import ENTRIES
from tickets.views import fetch


@require_safe
@needs("time.log")
def entries(request: Any) -> HttpResponseBase:
    """Time entries: the reader's own, or everybody's for those who may edit them."""
    rows = services.times.of(request.actor).filter(removed_at=None).annotate(slug=Value(request.tenant.slug))
    context = {
        "is_unpriced": request.GET.get("no_contract") == "1",
        "knows_contracts": request.actor.can("contract.view"),
    }
    return ENTRIES.open(request, rows).answer("tickets/time_entries.html", context)


@require_safe
@needs("time.log")
def week(request: Any) -> HttpResponse:
    """A week as a grid of days and tickets."""
    return render(request, "tickets/week.html", {"desk": WeekPage(request)})


@dataclass
class WeekPage:
    """What the page of a week draws."""

    request: Any

    def __post_init__(self) -> None:
        self.actor = self.request.actor
        self.may_choose = self.actor.can("time.edit") == "all"
        self.people = list(colleagues().values_list("pk", "name")) if self.may_choose else []
        asked = self.request.GET.get("person", "")
        self.person = next((pk for pk, _name in self.people if str(pk) == asked), self.actor.membership_id)
        today = timezone.localdate()
        first = spans.week_of(self.request.GET.get("week", ""), today, self.request.tenant.week_starts)
        rows = services.times.of(self.actor).filter(author_id=self.person, removed_at=None)
        found = weeks.read(rows.filter(worked_on__range=(first, first + timedelta(days=6))))
        seen = Ticket.objects.visible_to(self.actor).filter(pk__in={one.ticket for one in found})
        self.week = weeks.week(first, found, dict(seen.values_list("pk", "title")))
        self.today = today
        self.knows_contracts = bool(self.actor.can("contract.view"))

    @property
    def heads(self) -> list[tuple[weeks.Day, str]]:
        return [(day, self.entries_url(day.on, day.on)) for day in self.week.days]

    @property
    def rows(self) -> list[tuple[weeks.Line, str, list[tuple[int, str]], str]]:
        """Each ticket: its address where the reader sees it, minutes and address of each day, address of the week."""
        made = []
        for line in self.week.lines:
            at = [day.on for day in self.week.days]
            cells = [
                (n, self.entries_url(on, on, line.number) if n else "") for n, on in zip(line.minutes, at, strict=True)
            ]
            made.append((line, self._ticket(line), cells, self.entries_url(at[0], at[-1], line.number)))
        return made

    @property
    def stacked(self) -> list[tuple[weeks.Day, str, list[tuple[weeks.Line, str, int, str]]]]:
        """The same by day, for a phone."""
        return [
            (
                day,
                href,
                [(line, self._ticket(line), n, self.entries_url(day.on, day.on, line.number)) for line, n in day.lines],
            )
            for day, href in self.heads
            if day.lines or day.on == self.today
        ]

    @property
    def hinted(self) -> list[tuple[weeks.Day, str]]:
        """The days with something to look at, each with the address of its entries."""
        return [(day, href) for day, href in self.heads if day.hints]

    @property
    def week_name(self) -> str:
        return spans.week_name(self.week.first)

    @property
    def total_url(self) -> str:
        return self.entries_url(self.week.first, self.week.last)

    @property
    def csv_url(self) -> str:
        if not self.actor.can("export.csv"):
            return ""
        columns = "day,span,ticket,title,company,person,work_type,minutes,to_bill,billing,text"
        return f"{self.total_url}&{urlencode({'cols': columns, 'format': 'csv'})}"

    @property
    def turns(self) -> tuple[str, str, str]:
        """The addresses of the week before, this week and the week after."""
        step, first = timedelta(days=7), self.week.first
        return self._week(first - step), self._week(None), self._week(first + step)

    def entries_url(self, first: date, last: date, number: int | None = None) -> str:
        asked: dict[str, Any] = {"day_from": first.isoformat(), "day_to": last.isoformat(), "person": self.person}
        asked |= {"ticket": number} if number else {}
        return f"{reverse('tickets:time_entries', args=[self.request.tenant.slug])}?{urlencode(asked)}"

    def _week(self, first: date | None) -> str:
        asked: dict[str, Any] = {"week": spans.week_name(first)} if first else {}
        asked |= {"person": self.person} if self.person != self.actor.membership_id else {}
        url = reverse("tickets:week", args=[self.request.tenant.slug])
        return f"{url}?{urlencode(asked)}" if asked else url

    def _ticket(self, line: weeks.Line) -> str:
        return reverse("tickets:page", args=[self.request.tenant.slug, line.number]) if line.title else ""


def warn(request: HttpRequest, item: Item) -> None:
    """Say which other entries of the same person share time with the one just saved; it was saved all the same."""
    found = list(services.times.overlapping(item)[:5]) if isinstance(item, TimeEntry) else []
    if found:
        links = format_html_join(", ", '<a href="{}">{}</a>', [(_edit(request, one), _named(one)) for one in found])
        messages.warning(request, format_html("{} {}", _("Saved. This time overlaps with:"), links))


def _edit(request: Any, entry: TimeEntry) -> str:
    return fetch.address(request, entry.ticket, "edit_item", "timeentry", entry.key)


def _named(entry: TimeEntry) -> str:
    ends = [time_format(timezone.localtime(at), "TIME_FORMAT") for at in (entry.started_at, entry.ended_at) if at]
    return f"{entry.ticket.number} ({' – '.join(ends)})"


def after(request: HttpRequest, ticket: Ticket) -> str:
    """Where to go when an item was saved: to the ticket, back to the list it was opened from ("Save and leave"), or on
    to the words for the customer ("Save and submit for review", lifecycle move 13)."""
    if "review" in request.POST:
        return fetch.address(request, ticket, "move", "submit")
    if "leave" not in request.POST:
        return fetch.address(request, ticket)
    return safe_next(request, reverse("tickets:list", args=[request.tenant.slug]))  # type: ignore[attr-defined]
