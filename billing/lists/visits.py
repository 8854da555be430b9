"""The lists of appointments and of licences, and the two reports of what was done and is not billed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import npgettext

from billing.models import DELIVERY_LOOKS, LICENCE_LOOKS, DeliveryStatus, LicenceChange, LicenceStatus
from psa.tenancy.models import Membership
from psa.web import labels
from psa.web.lists import Choice, Column, Days, Flag, List, Sort, row_link
from tickets.models import APPOINTMENT_LOOKS, AppointmentPerson, AppointmentStatus
from tickets.services.appointments import OPEN

APPOINTMENT_STATES = labels.Table(
    {code: labels.Label(code.label, *APPOINTMENT_LOOKS[code]) for code in AppointmentStatus}
)
LICENCE_STATES = labels.Table({code: labels.Label(code.label, *LICENCE_LOOKS[code]) for code in LicenceStatus})
DELIVERY_STATES = labels.Table({code: labels.Label(code.label, *DELIVERY_LOOKS[code]) for code in DeliveryStatus})
# How old what is not billed is, in days: from, below.
AGES = {
    "week": (_("Up to a week"), 0, 8),
    "month": (_("Up to a month"), 8, 32),
    "quarter": (_("Up to three months"), 32, 93),
    "older": (_("Older"), 93, None),
}


@dataclass(frozen=True, slots=True)
class AppointmentRow:
    """An appointment as the list shows it."""

    id: int
    key: UUID
    starts_at: datetime
    ends_at: datetime
    status: str
    title: str
    is_on_site: bool
    number: int
    ticket_title: str
    company: str
    slug: str


def span(starts_at: datetime, ends_at: datetime) -> str:
    """From and until in the reader's zone; the second day is named where it is another."""
    begins, ends = timezone.localtime(starts_at), timezone.localtime(ends_at)
    last = time_format(ends, "TIME_FORMAT")
    last = last if begins.date() == ends.date() else f"{date_format(ends, 'SHORT_DATE_FORMAT')} {last}"
    return f"{time_format(begins, 'TIME_FORMAT')} – {last}"


def _appointment(row: AppointmentRow) -> str:
    return row_link(reverse("billing:appointment", args=[row.slug, row.key]), row.title or row.ticket_title)


def _day(row: AppointmentRow) -> str:
    return date_format(timezone.localtime(row.starts_at), "SHORT_DATE_FORMAT")


def _going(ids: Any, actor: Any) -> dict[int, str]:
    """Who goes, by name."""
    found: dict[int, list[str]] = {}
    rows = AppointmentPerson.objects.filter(appointment__in=ids).order_by("member__name")
    for pk, name in rows.values_list("appointment", "member__name"):
        found.setdefault(pk, []).append(name)
    return {pk: ", ".join(names) for pk, names in found.items()}


def _people(request: Any) -> list[tuple[int, str]]:
    return list(Membership.objects.order_by("name").values_list("pk", "name"))


def _of_people(rows: QuerySet, people: list[int]) -> QuerySet:
    return rows.filter(pk__in=AppointmentPerson.objects.filter(member__in=people).values("appointment"))


APPOINTMENTS = List(
    "appointments",
    row=AppointmentRow,
    fields=(
        "id", "key", "starts_at", "ends_at", "status", "title", "is_on_site", "ticket__number", "ticket__title",
        "ticket__company__name", "slug",
    ),
    columns=(
        Column("day", _("Day"), _day, sort="day", css="cell-nowrap",
               plain=lambda row: timezone.localtime(row.starts_at).date().isoformat()),
        Column("span", _("From – until"), lambda row: span(row.starts_at, row.ends_at), css="cell-nowrap"),
        Column("title", _("What for"), _appointment, css="cell-title", plain=lambda row: row.title or row.ticket_title),
        Column("people", _("Who goes"), lambda row, found: found or "", batch=_going, css="cell-who"),
        Column("company", _("Customer"), lambda row: row.company, beneath="title"),
        Column("ticket", _("Ticket"), lambda row: row.number, css="cell-number cell-hide"),
        Column("status", _("Status"), lambda row: APPOINTMENT_STATES.badge(row.status, plain=True),
               css="cell-nowrap", plain=lambda row: APPOINTMENT_STATES.text(row.status)),
    ),
    sorts=(Sort("day", _("Day"), "starts_at", "datetime", descending=True),),
    filters=(
        Choice("person", _("Who goes"), choices=_people, where=_of_people),
        Choice("status", _("Status"), field="status", choices=AppointmentStatus.choices),
        Days("day", _("Day"), field="starts_at"),
        Flag("on_site", _("At the customer's"), where=Q(is_on_site=True)),
        Flag("coming", _("Still to come"), where=Q(status__in=OPEN)),
    ),
    empty_title=_("No appointments here"),
    empty_text=_("An appointment is planned on its ticket: who goes, when and where to."),
    empty_icon="calendar-clock",
)  # fmt: skip


# Licences -----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class LicenceRow:
    """A licence as the list shows it."""

    id: int
    key: UUID
    product: str
    quantity: int
    change: str
    status: str
    installed_on: date
    device: str
    reported_by_name: str
    number: int
    company: str
    slug: str


def _licence(row: LicenceRow) -> str:
    return row_link(reverse("billing:licence", args=[row.slug, row.key]), f"{row.quantity} × {row.product}")


def _age(day: date) -> str:
    days = max(0, (timezone.localdate() - day).days)
    return npgettext("age", "%(n)s day", "%(n)s days", days) % {"n": days}


def _by_age(field: str) -> Any:
    """The rows of these ages, counted in calendar days of the tenant's zone from `field` on."""

    def where(rows: QuerySet, codes: list[str]) -> QuerySet:
        wanted = Q()
        for code in codes:
            wanted |= age(code, field)
        return rows.filter(wanted)

    return where


def age(code: str, field: str) -> Q:
    """The condition of one age."""
    _label, least, below = AGES[code]
    today = timezone.localdate()
    found = Q(**{f"{field}__lte": today - timedelta(days=least)}) if least else Q()
    return found & (Q(**{f"{field}__gt": today - timedelta(days=below)}) if below else Q())


AGE_CHOICES = [(code, label) for code, (label, _least, _below) in AGES.items()]

LICENCES = List(
    "licences",
    row=LicenceRow,
    fields=(
        "id", "key", "product", "quantity", "change", "status", "installed_on", "device", "reported_by_name",
        "ticket__number", "company__name", "slug",
    ),
    columns=(
        Column("product", _("Licence"), _licence, css="cell-title",
               plain=lambda row: f"{row.quantity} × {row.product}"),
        Column("company", _("Customer"), lambda row: row.company, css="cell-clip has-room"),
        Column("change", _("Change"), lambda row: LicenceChange(row.change).label, css="cell-nowrap"),
        Column("installed", _("Installed on"), lambda row: date_format(row.installed_on, "SHORT_DATE_FORMAT"),
               sort="installed", css="cell-nowrap", plain=lambda row: row.installed_on.isoformat()),
        Column("age", _("Age"), lambda row: _age(row.installed_on), beneath="installed",
               plain=lambda row: (timezone.localdate() - row.installed_on).days),
        Column("device", _("Device or user"), lambda row: row.device, beneath="product"),
        Column("by", _("Reported by"), lambda row: row.reported_by_name, css="cell-who cell-wide"),
        Column("ticket", _("Ticket"), lambda row: row.number, css="cell-number cell-hide"),
        Column("status", _("Status"), lambda row: LICENCE_STATES.badge(row.status, plain=True),
               css="cell-state has-room", plain=lambda row: LICENCE_STATES.text(row.status)),
    ),
    sorts=(Sort("installed", _("Installed on"), "installed_on", "date"),),
    filters=(
        Choice("status", _("Status"), field="status", choices=LicenceStatus.choices),
        Choice("age", _("Age"), choices=AGE_CHOICES, where=_by_age("installed_on")),
        Choice("change", _("Change"), field="change", choices=LicenceChange.choices),
        Days("installed", _("Installed on"), field="installed_on", is_moment=False),
    ),
    search=lambda rows, words: rows.filter(
        Q(product__icontains=words) | Q(device__icontains=words) | Q(company__name__icontains=words)
    ),
    search_label=_("Search licences"),
    empty_title=_("No licences here"),
    empty_text=_("A licence is reported on the ticket of its installation."),
    empty_icon="key",
)  # fmt: skip


# Delivered, not invoiced --------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery note as the report shows it; `number` of a ticket is None where it came from an order alone."""

    id: int
    key: UUID
    number: str
    status: str
    delivered_at: datetime
    company: str
    ticket: int | None
    slug: str

    @property
    def day(self) -> date:
        return timezone.localtime(self.delivered_at).date()


def _note(row: DeliveryRow) -> str:
    return row_link(reverse("billing:delivery_note", args=[row.slug, row.key]), row.number)


DELIVERIES = List(
    "deliveries",
    row=DeliveryRow,
    fields=("id", "key", "number", "status", "delivered_at", "company__name", "ticket__number", "slug"),
    columns=(
        Column("number", _("Delivery note"), _note, css="cell-title is-short", plain=lambda row: row.number),
        Column("company", _("Customer"), lambda row: row.company, css="cell-clip has-room"),
        Column("ticket", _("Ticket"), lambda row: row.ticket or "", css="cell-number cell-hide"),
        Column("delivered", _("Delivered"), lambda row: date_format(row.day, "SHORT_DATE_FORMAT"), sort="delivered",
               css="cell-nowrap", plain=lambda row: row.day.isoformat()),
        Column("age", _("Age"), lambda row: _age(row.day), css="cell-nowrap",
               plain=lambda row: (timezone.localdate() - row.day).days),
        Column("status", _("Status"), lambda row: DELIVERY_STATES.badge(row.status, plain=True), css="cell-nowrap",
               plain=lambda row: DELIVERY_STATES.text(row.status)),
    ),
    sorts=(Sort("delivered", _("Delivered"), "delivered_at", "datetime"),),
    filters=(
        Choice("age", _("Age"), choices=AGE_CHOICES, where=_by_age("delivered_on")),
        Days("delivered", _("Delivered"), field="delivered_at"),
    ),
    search=lambda rows, words: rows.filter(Q(number__icontains=words) | Q(company__name__icontains=words)),
    search_label=_("Search delivery notes"),
    empty_title=_("Everything delivered is invoiced"),
    empty_icon="circle-check",
)  # fmt: skip


def with_day(rows: QuerySet) -> QuerySet:
    """Delivery notes with the calendar day they were delivered on, in the tenant's zone."""
    return rows.annotate(delivered_on=TruncDate(F("delivered_at")))
