"""The pages of the calendars, for whoever manages them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from psa.calendars import services, windows, years
from psa.calendars.forms import CalendarForm, DayForm
from psa.calendars.models import Calendar
from psa.tenancy.errors import Refused
from psa.web import refusals
from psa.web.access import needs

YEARS = range(1990, 2100)
editing = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@needs(services.CAPABILITY)
def listing(request: Any) -> HttpResponse:
    """All of them, the default one first."""
    rows = [(one, [windows.write(day) for day in one.week]) for one in Calendar.objects.visible_to(request.actor)]
    return render(request, "calendars/list.html", {"rows": rows})


@editing
@needs(services.CAPABILITY)
def new(request: Any) -> HttpResponse:
    """A new one; it begins as the default one is."""
    usual = Calendar.objects.visible_to(request.actor).filter(is_default=True).first()
    return _edit(request, CalendarForm(request.POST or None, usual=usual), services.add, None)


@editing
@needs(services.CAPABILITY)
def edit(request: Any, pk: int) -> HttpResponse:
    """Zone, holidays and the week."""
    calendar = _calendar(request, pk)

    def change(**fields: Any) -> Calendar:
        return services.edit(calendar, **fields)

    return _edit(request, CalendarForm(request.POST or None, calendar=calendar), change, calendar)


@require_safe
@needs(services.CAPABILITY)
def page(request: Any, pk: int) -> HttpResponse:
    """A year of a calendar."""
    return _page(request, _calendar(request, pk), DayForm())


@require_POST
@needs(services.CAPABILITY)
def put_day(request: Any, pk: int) -> HttpResponse:
    """A day of one's own: closed, or worked."""
    calendar, form = _calendar(request, pk), DayForm(request.POST)
    if form.is_valid():
        try:
            services.put_day(calendar, form.cleaned_data["day"], by=request.actor, **form.values())
            messages.success(request, _("Saved."))
            return _back(request, calendar, form.cleaned_data["day"].year)
        except Refused as refused:
            form.add_error(None, refusals.explain(refused))
    return _page(request, calendar, form, 422)


@require_POST
@needs(services.CAPABILITY)
def drop_day(request: Any, pk: int) -> HttpResponse:
    """The day is as it would be anyway."""
    calendar, form = _calendar(request, pk), DayForm(request.POST)
    form.full_clean()
    if day := form.cleaned_data.get("day"):
        services.drop_day(calendar, day, by=request.actor)
        messages.success(request, _("Saved."))
        return _back(request, calendar, day.year)
    return _back(request, calendar, _year(request))


@require_POST
@needs(services.CAPABILITY)
def make_default(request: Any, pk: int) -> HttpResponse:
    """Let it count where nobody names another."""
    services.make_default(_calendar(request, pk), by=request.actor)
    messages.success(request, _("Saved."))
    return redirect("calendars:list", request.tenant.slug)


@require_POST
@needs(services.CAPABILITY)
def delete(request: Any, pk: int) -> HttpResponse:
    """Remove one nobody needs."""
    try:
        services.delete(_calendar(request, pk), by=request.actor)
        messages.success(request, _("The calendar was deleted."))
    except Refused as refused:
        messages.warning(request, refusals.explain(refused))
    return redirect("calendars:list", request.tenant.slug)


def _calendar(request: Any, pk: int) -> Calendar:
    return get_object_or_404(Calendar.objects.visible_to(request.actor), pk=pk)


def _year(request: Any) -> int:
    asked = request.GET.get("year", "")
    number = int(asked) if asked.isdecimal() and len(asked) == 4 else 0
    return number if number in YEARS else timezone.localdate().year


def _back(request: Any, calendar: Calendar, year: int) -> HttpResponse:
    response = redirect("calendars:page", request.tenant.slug, calendar.pk)
    response["Location"] += f"?year={year}"
    return response


def _page(request: Any, calendar: Calendar, form: DayForm, status: int = 200) -> HttpResponse:
    year = years.of(calendar, _year(request), (get_language() or "en").partition("-")[0])
    week = [(bound.label, windows.write(calendar.week[at])) for at, bound in enumerate(CalendarForm().week)]
    context = {"calendar": calendar, "year": year, "week": week, "form": form}
    return render(request, "calendars/page.html", context, status=status)


def _edit(request: Any, form: CalendarForm, save: Callable[..., Calendar], calendar: Calendar | None) -> HttpResponse:
    """The one form page. *Show the regions* draws it again for another country and saves nothing."""
    asks_for_regions = "regions" in request.POST
    if request.method == "POST" and not asks_for_regions and form.is_valid():
        try:
            saved = save(by=request.actor, **form.values())
            messages.success(request, _("Saved."))
            return redirect("calendars:page", request.tenant.slug, saved.pk)
        except Refused as refused:
            form.add_error("name" if refused.code == "calendar_name_taken" else None, refusals.explain(refused))
    if asks_for_regions:
        form.fields["region"].initial = ""
        form.errors.clear()
    status = 422 if form.errors else 200
    return render(request, "calendars/edit.html", {"form": form, "calendar": calendar}, status=status)
