"""Keeping the calendars. Every change of what is worked is a new version; those before are kept for what they counted.

The journal hears of each (`calendar.*`): clocks that run by a calendar are brought up to date by who has them.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext, override

from psa.calendars import days_off
from psa.calendars.business import Windows
from psa.calendars.models import Calendar, CalendarVersion
from psa.journal import journal
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.models import Tenant

CAPABILITY = "calendar.manage"
RULES = ("time_zone", "country", "region", "week", "days")
MOST_DAYS = 400


def default() -> Calendar:
    """The calendar of the tenant in scope that counts where nobody names another; made where there is none yet."""
    return Calendar.objects.filter(is_default=True).first() or _first()


def begin(tenant: Tenant) -> None:
    """A new tenant's calendar. Called in its scope when it is created."""
    default()


@transaction.atomic
def _first() -> Calendar:
    """Monday to Friday from eight to five where the tenant is at home."""
    tenant = Tenant.objects.get(pk=scope.tenant_id())
    with override(tenant.language):
        name = gettext("Office hours")
    country = tenant.country if days_off.is_known(tenant.country) else ""
    calendar = Calendar(name=name, time_zone=tenant.time_zone, country=country, is_default=True)
    try:
        with transaction.atomic():
            calendar.save(force_insert=True)
    except IntegrityError:  # somebody else was the first, at the same moment
        return Calendar.objects.get(is_default=True)
    _keep(calendar)
    return calendar


@transaction.atomic
def add(*, by: Actor, **fields: Any) -> Calendar:
    """A new calendar. Raises Denied, Refused("calendar_name_taken"), ("calendar_without_hours")."""
    by.require(CAPABILITY)
    calendar = Calendar(**fields)
    _check(calendar)
    _save(calendar, force_insert=True)
    _keep(calendar)
    journal.record(calendar, "calendar.added", by=by, new=fields)
    return calendar


@transaction.atomic
def edit(calendar: Calendar, *, by: Actor, **changes: Any) -> Calendar:
    """Change a calendar from now on. Raises Denied, Refused("calendar_name_taken"), ("calendar_without_hours")."""
    by.require(CAPABILITY)
    return _change(_locked(calendar), "calendar.edited", by, changes)


@transaction.atomic
def put_day(calendar: Calendar, day: date, *, by: Actor, label: str = "", windows: Windows | None = ()) -> Calendar:
    """A day of one's own: closed for (), worked in these windows, or in the usual hours for None.

    It counts before holidays, moved days and the week, and replaces what the day was. Raises Denied,
    Refused("too_many_own_days").
    """
    by.require(CAPABILITY)
    calendar = _locked(calendar)
    said = {"label": label, "windows": None if windows is None else [list(one) for one in windows]}
    days = {**calendar.days, day.isoformat(): said}
    if len(days) > MOST_DAYS:
        raise Refused("too_many_own_days", most=MOST_DAYS)
    return _change(calendar, "calendar.day_put", by, {"days": days}, day=day.isoformat())


@transaction.atomic
def drop_day(calendar: Calendar, day: date, *, by: Actor) -> Calendar:
    """The day is as the week and the holidays have it again. Raises Denied."""
    by.require(CAPABILITY)
    calendar = _locked(calendar)
    days = {kept: said for kept, said in calendar.days.items() if kept != day.isoformat()}
    return _change(calendar, "calendar.day_dropped", by, {"days": days}, day=day.isoformat())


@transaction.atomic
def make_default(calendar: Calendar, *, by: Actor) -> Calendar:
    """Let this one count where nobody names another. Raises Denied."""
    by.require(CAPABILITY)
    rows = {one.pk: one for one in Calendar.objects.select_for_update(of=("self",), no_key=True).order_by("pk")}
    calendar = rows[calendar.pk]
    if not calendar.is_default:
        Calendar.objects.filter(is_default=True).update(is_default=False)
        calendar.is_default = True
        calendar.save(update_fields=["is_default"])
        journal.record(calendar, "calendar.made_default", by=by, name=calendar.name)
    return calendar


@transaction.atomic
def delete(calendar: Calendar, *, by: Actor) -> None:
    """Remove a calendar nobody needs. Raises Denied, Refused("default_calendar_stays"), ("calendar_is_in_use")."""
    by.require(CAPABILITY)
    calendar = _locked(calendar)
    if calendar.is_default:
        raise Refused("default_calendar_stays", name=calendar.name)
    journal.record(calendar, "calendar.deleted", by=by, name=calendar.name)
    try:
        with transaction.atomic():
            calendar.delete()
    except ProtectedError as error:
        named = sorted({str(one) for one in error.protected_objects if hasattr(one, "name")})
        raise Refused("calendar_is_in_use", name=calendar.name, by=named) from None


def _change(calendar: Calendar, kind: str, by: Actor, changes: dict[str, Any], **facts: Any) -> Calendar:
    changed = [name for name, value in changes.items() if getattr(calendar, name) != value]
    if not changed:
        return calendar
    old = {name: getattr(calendar, name) for name in changed}
    for name in changed:
        setattr(calendar, name, changes[name])
    _check(calendar)
    moved = any(name in RULES for name in changed)
    if moved:
        calendar.version += 1
    _save(calendar)
    if moved:
        _keep(calendar)
    new = {name: changes[name] for name in changed}
    journal.record(calendar, kind, by=by, old=old, new=new, version=calendar.version, **facts)
    return calendar


def _locked(calendar: Calendar) -> Calendar:
    return Calendar.objects.select_for_update(of=("self",), no_key=True).get(pk=calendar.pk)


def _check(calendar: Calendar) -> None:
    if not any(calendar.week):
        raise Refused("calendar_without_hours")


def _save(calendar: Calendar, **how: Any) -> None:
    try:
        with transaction.atomic():
            calendar.save(**how)
    except IntegrityError:
        raise Refused("calendar_name_taken", name=calendar.name) from None


def _keep(calendar: Calendar) -> None:
    """The calendar as it stands from now on."""
    rules = {name: getattr(calendar, name) for name in RULES}
    CalendarVersion.objects.create(calendar=calendar, number=calendar.version, made_at=timezone.now(), **rules)
