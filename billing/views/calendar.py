"""The week of appointments, and the feed a member's own calendar program reads."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseNotModified, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.lists import visits as lists
from billing.services import calendar_files
from psa.journal import origins
from psa.tenancy import doors
from psa.tenancy.models import Membership
from psa.web import throttle
from psa.web.access import for_everybody, needs
from tickets import spans
from tickets.forms.ticket import colleagues
from tickets.models import Appointment, AppointmentStatus
from tickets.services import appointments, calendar_feeds

# So many appointments a week shows; the list has the rest.
MOST = 300


@require_safe
@needs("ticket.view")
def week(request: Any) -> HttpResponse:
    """A week, a column for each day; on a phone the days stand below each other."""
    return render(request, "billing/visits/week.html", {"desk": Week(request)})


@dataclass(slots=True)
class Card:
    """One appointment in a day: `is_later_day` where it began the day before."""

    row: Appointment
    href: str
    span: str
    people: list[str]
    state: Any


@dataclass(slots=True)
class Day:
    """A day of the week with its appointments in their order."""

    on: date
    is_today: bool
    cards: list[Card] = field(default_factory=list)

    @property
    def head(self) -> str:
        return date_format(self.on, "D j")

    @property
    def name(self) -> str:
        return date_format(self.on, "l")


class Week:
    """What the page draws: of one person, or of everybody the reader sees."""

    def __init__(self, request: Any) -> None:
        self.request, self.actor = request, request.actor
        self.people = list(colleagues().values_list("pk", "name"))
        asked = request.GET.get("person", "")
        known = {str(pk): pk for pk, _name in self.people}
        # Who goes to no customer looks at everybody's.
        self.usual = self.actor.membership_id if self.actor.can("delivery.sign") else None
        self.person = None if asked == "all" else known.get(asked, self.usual)
        self.today = timezone.localdate()
        self.first = spans.week_of(request.GET.get("week", ""), self.today, request.tenant.week_starts)
        self.last = self.first + timedelta(days=6)
        self.days = self._days()

    @property
    def is_empty(self) -> bool:
        return not any(day.cards for day in self.days)

    @property
    def sees_all(self) -> bool:
        """Whether what is empty here is so for everybody."""
        return bool(self.actor.can("ticket.view") == "all")

    @property
    def person_name(self) -> str:
        """Whose week it is; "" for everybody's."""
        return dict(self.people).get(self.person, "")

    @property
    def everybody_url(self) -> str:
        """The same week of everybody."""
        asked = urlencode({"week": self.week_name, "person": "all"})
        return f"{reverse('billing:week', args=[self.request.tenant.slug])}?{asked}"

    @property
    def turns(self) -> tuple[str, str, str]:
        """The addresses of the week before, this week and the week after."""
        step = timedelta(days=7)
        return self._url(self.first - step), self._url(None), self._url(self.first + step)

    @property
    def week_name(self) -> str:
        return spans.week_name(self.first)

    def _url(self, first: date | None) -> str:
        asked: dict[str, Any] = {"week": spans.week_name(first)} if first else {}
        if self.person != self.usual:
            asked["person"] = self.person or "all"
        url = reverse("billing:week", args=[self.request.tenant.slug])
        return f"{url}?{urlencode(asked)}" if asked else url

    def _rows(self) -> list[Appointment]:
        begins, ends = _midnight(self.first), _midnight(self.first + timedelta(days=7))
        rows = Appointment.objects.visible_to(self.actor).filter(starts_at__lt=ends, ends_at__gt=begins)
        rows = rows.exclude(status=AppointmentStatus.CANCELLED)
        if self.person is not None:
            rows = appointments.of_people(rows, [self.person])
        return list(rows.select_related("ticket__company", "location").order_by("starts_at", "pk")[:MOST])

    def _days(self) -> list[Day]:
        rows = self._rows()
        names = appointments.names_of(rows)
        days = [Day(on, on == self.today) for on in (self.first + timedelta(days=n) for n in range(7))]
        for row in rows:
            card = self._card(row, names.get(row.pk, []))
            for day in days:
                if row.starts_at < _midnight(day.on + timedelta(days=1)) and row.ends_at > _midnight(day.on):
                    day.cards.append(card)
        return days

    def _card(self, row: Appointment, people: list[str]) -> Card:
        href = reverse("billing:appointment", args=[self.request.tenant.slug, row.key])
        state = "" if row.status == AppointmentStatus.PLANNED else lists.APPOINTMENT_STATES.badge(row.status)
        return Card(row, href, lists.span(row.starts_at, row.ends_at), people, state)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


# The feed -----------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@needs("ticket.view")
def feed(request: Any) -> HttpResponse:
    """The reader's own feed: make a new address, which is shown this once, or stop it."""
    context: dict[str, Any] = {}
    if request.method == "POST":
        raw = calendar_feeds.renew(by=request.actor)
        context["address"] = request.build_absolute_uri(reverse("billing:ics", args=[request.tenant.slug, raw]))
    context["feed"] = calendar_feeds.of(request.actor)
    response = render(request, "billing/visits/feed.html", context)
    patch_cache_control(response, no_store=True)
    return response


@require_POST
@needs("ticket.view")
def stop_feed(request: Any) -> HttpResponse:
    """No program reads it any more."""
    calendar_feeds.stop(by=request.actor)
    return HttpResponseRedirect(reverse("billing:feed", args=[request.tenant.slug]))


@require_safe
@for_everybody
def ics(request: Any, desk: str, secret: str) -> HttpResponse:
    """The calendar file behind a secret address; an unknown one looks like any page that is not there."""
    throttle.count_for("feed", origins.address(request))
    tenant = doors.received(desk)
    if tenant is None:
        raise Http404
    with doors.at(tenant.pk):
        found = calendar_feeds.opened(secret)
        if found is None:
            raise Http404
        content = _file(found.member)
    return _answer(request, content)


def _file(member: Membership) -> bytes:
    tenant = member.tenant
    address = f"{settings.SITE_URL}/{tenant.slug}/tickets/{{number}}/"
    with override(member.language or tenant.language):
        name = _("Appointments of %(name)s") % {"name": member.name}
    return calendar_files.calendar(calendar_feeds.appointments(member), name, address)


def _answer(request: Any, content: bytes) -> HttpResponse:
    """The file with its mark, or only that it is still the same."""
    mark = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": mark, "Cache-Control": "private, no-cache"}
    if request.headers.get("If-None-Match") == mark:
        return HttpResponseNotModified(headers=headers)
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8", headers=headers)
    response["Content-Disposition"] = 'inline; filename="appointments.ics"'
    return response
