"""What was promised about time, and to whom: kept here, measured by the desk's clocks.

The journal hears of every change (`servicelevel.*`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from psa.calendars.models import Calendar
from psa.calendars.services import default
from psa.directory.models import Company, ServiceLevel, ServiceTarget
from psa.journal import journal
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused

CAPABILITY = "sla.manage"


@dataclass(frozen=True, slots=True)
class Minutes:
    """Working minutes to each target; None for no promise."""

    response: int | None = None
    start: int | None = None
    resolution: int | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """What counts for one company and priority, and the calendar it is measured on."""

    level: ServiceLevel
    minutes: Minutes
    calendar: Calendar


def calendar_of(company_id: int) -> Calendar:
    """The customer's calendar: the company's own, else the tenant's default one."""
    company = Company.objects.select_related("calendar").get(pk=company_id)
    return company.calendar or default()


def promised(company_id: int, priority: int, on: date) -> Promise | None:
    """The promise to a company for a priority: of its contract in force on that day (the latest begun), else its own,
    else everybody's; None without one. The narrowest counts even where it promises nothing for the priority."""
    everybody = Q(level__company=None, level__contract=None)
    runs = Q(level__contract__ends_on=None) | Q(level__contract__ends_on__gte=on)
    under = Q(level__contract__company=company_id, level__contract__starts_on__lte=on) & runs
    rows = ServiceTarget.objects.filter(everybody | Q(level__company=company_id) | under, priority=priority)
    found = max(rows.select_related("level__calendar", "level__contract"), key=_narrowness, default=None)
    if found is None:
        return None
    return Promise(found.level, _minutes(found), found.level.calendar or calendar_of(company_id))


def _narrowness(target: ServiceTarget) -> tuple[int, date, int]:
    level = target.level
    if level.contract is not None:
        return 2, level.contract.starts_on, level.contract.pk
    return (1 if level.company_id else 0), date.min, 0


@transaction.atomic
def add(*, by: Actor, targets: Mapping[int, Minutes], **fields: Any) -> ServiceLevel:
    """A new service level with its minutes for each priority. Raises Denied, Refused("service_level_name_taken"),
    ("service_level_there_already")."""
    by.require(CAPABILITY)
    level = ServiceLevel(**fields)
    _save(level, force_insert=True)
    _promise(level, targets)
    journal.record(level, "servicelevel.added", by=by, new={"name": level.name, "targets": _plain(targets)})
    return level


@transaction.atomic
def edit(level: ServiceLevel, *, by: Actor, targets: Mapping[int, Minutes], **changes: Any) -> ServiceLevel:
    """Promise something else from now on; clocks that run keep what they have counted. Raises as `add`."""
    by.require(CAPABILITY)
    level = ServiceLevel.objects.select_for_update(of=("self",), no_key=True).get(pk=level.pk)
    for name, value in changes.items():
        setattr(level, name, value)
    _save(level)
    _promise(level, targets)
    journal.record(level, "servicelevel.edited", by=by, new={"name": level.name, "targets": _plain(targets)})
    return level


@transaction.atomic
def delete(level: ServiceLevel, *, by: Actor) -> None:
    """Promise it no more: clocks go by the next wider level, or stop. Raises Denied."""
    by.require(CAPABILITY)
    level = ServiceLevel.objects.select_for_update(of=("self",), no_key=True).get(pk=level.pk)
    journal.record(level, "servicelevel.deleted", by=by, name=level.name)
    level.delete()


def targets_of(level: ServiceLevel) -> dict[int, Minutes]:
    """The minutes of a level by priority."""
    return {row.priority: _minutes(row) for row in ServiceTarget.objects.filter(level=level)}


def of_priority(priority: int) -> dict[int, Minutes]:
    """The minutes every level promises for one priority, by the level's id."""
    return {row.level_id: _minutes(row) for row in ServiceTarget.objects.filter(priority=priority)}


def _minutes(target: ServiceTarget) -> Minutes:
    return Minutes(target.response_minutes, target.start_minutes, target.resolution_minutes)


def _promise(level: ServiceLevel, targets: Mapping[int, Minutes]) -> None:
    for priority, minutes in targets.items():
        promised = {f"{name}_minutes": value for name, value in asdict(minutes).items()}
        ServiceTarget.objects.update_or_create(level=level, priority=priority, defaults=promised)


def _plain(targets: Mapping[int, Minutes]) -> dict[str, Any]:
    return {str(priority): asdict(minutes) for priority, minutes in targets.items()}


def _save(level: ServiceLevel, **how: Any) -> None:
    try:
        with transaction.atomic():
            level.save(**how)
    except IntegrityError:
        if ServiceLevel.objects.filter(name=level.name).exclude(pk=level.pk).exists():
            raise Refused("service_level_name_taken", name=level.name) from None
        raise Refused("service_level_there_already") from None
