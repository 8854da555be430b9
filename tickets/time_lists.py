"""The list of time entries: what stands behind every figure of a week, and what has no contract yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext_lazy as _

from psa.directory.models import WorkType
from psa.tenancy.models import Membership
from psa.web.figures import hours
from psa.web.lists import Choice, Column, Days, Flag, List, Sort, Text, row_link


@dataclass(frozen=True, slots=True)
class EntryRow:
    """A time entry as the list shows it."""

    id: int
    key: Any
    author_name: str
    worked_on: date
    started_at: datetime | None
    ended_at: datetime | None
    minutes: int
    offset_minutes: int
    is_billable: bool
    is_hidden: bool
    is_over_estimate: bool
    text: str
    work_type: str | None
    contract: str | None
    number: int
    title: str
    company: str
    slug: str

    @property
    def to_bill(self) -> int:
        return self.minutes + self.offset_minutes if self.is_billable and not self.is_over_estimate else 0


FIELDS = (
    "id", "key", "author_name", "worked_on", "started_at", "ended_at", "minutes", "offset_minutes", "is_billable",
    "is_hidden", "is_over_estimate", "text", "work_type__name", "contract__name", "ticket__number", "ticket__title",
    "ticket__company__name", "slug",
)  # fmt: skip
# Without a contract, or with one of another customer: the ticket's customer was changed since.
NO_CONTRACT = Q(contract=None) | ~Q(contract__company=F("ticket__company"))


def _link(row: EntryRow) -> str:
    return row_link(reverse("tickets:edit_item", args=[row.slug, row.number, "timeentry", row.key]), row.title)


def _span(row: EntryRow) -> str:
    ends = [timezone.localtime(at) for at in (row.started_at, row.ended_at) if at]
    return " – ".join(time_format(at, "TIME_FORMAT") for at in ends) if len(ends) == 2 else ""


def _billing(row: EntryRow) -> Any:
    if row.is_over_estimate:
        return _("Over the estimate")
    return _("Hidden") if row.is_hidden else _("Billable") if row.is_billable else _("No charge")


def _people(request: Any) -> list[tuple[int, str]]:
    actor = request.actor
    rows = Membership.objects.order_by("name")
    return list(
        (rows if actor.can("time.edit") == "all" else rows.filter(pk=actor.membership_id)).values_list("pk", "name")
    )


def _work_types(request: Any) -> list[tuple[int, str]]:
    return list(WorkType.objects.values_list("pk", "name"))


ENTRIES = List(
    "time",
    row=EntryRow,
    fields=FIELDS,
    columns=(
        Column("day", _("Day"), lambda row: date_format(row.worked_on, "SHORT_DATE_FORMAT"), sort="day",
               plain=lambda row: row.worked_on.isoformat(), css="cell-nowrap"),
        Column("span", _("From – until"), _span, css="cell-nowrap cell-hide"),
        Column("ticket", _("Ticket"), lambda row: row.number, css="cell-number"),
        Column("title", _("Title"), _link, plain=lambda row: row.title, css="cell-title"),
        Column("company", _("Customer"), lambda row: row.company, css="cell-clip"),
        Column("person", _("Person"), lambda row: row.author_name, css="cell-nowrap"),
        Column("work_type", _("Work type"), lambda row: row.work_type or "", css="cell-nowrap cell-wide"),
        Column("contract", _("Contract"), lambda row: row.contract or "", css="cell-clip cell-wide",
               needs="contract.view"),
        Column("minutes", _("Worked"), lambda row: hours(row.minutes), plain=lambda row: row.minutes, css="cell-num"),
        Column("to_bill", _("To bill"), lambda row: hours(row.to_bill), plain=lambda row: row.to_bill,
               css="cell-num cell-hide"),
        Column("billing", _("Billing"), _billing, css="cell-nowrap cell-wide", shown=False),
        Column("text", _("What was done"), lambda row: row.text[:120], plain=lambda row: row.text, css="cell-clip",
               shown=False),
    ),
    sorts=(Sort("day", _("Day"), "worked_on", "date", descending=True),),
    filters=(
        Days("day", _("Day"), field="worked_on", is_moment=False),
        Choice("person", _("Person"), field="author", choices=_people),
        Choice("work_type", _("Work type"), field="work_type", choices=_work_types),
        Text("ticket", _("Ticket"), where=lambda rows, words: _of_ticket(rows, words)),
        Flag("no_contract", _("Without a contract"), where=NO_CONTRACT),
        Flag("billable", _("Billable"), where=Q(is_billable=True, is_over_estimate=False)),
        Flag("over_estimate", _("Over the estimate"), where=Q(is_over_estimate=True)),
    ),
    empty_title=_("No time here"),
    empty_text=_("Time is logged on a ticket: start the stopwatch there, or type how long it took."),
    empty_icon="timer",
)  # fmt: skip


def _of_ticket(rows: Any, words: str) -> Any:
    """The entries of the ticket with this number."""
    is_number = words.isascii() and words.isdecimal() and len(words) < 10
    return rows.filter(ticket__number=int(words)) if is_number else rows.none()
