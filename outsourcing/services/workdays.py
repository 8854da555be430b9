"""Counting working days, Monday to Friday, at the same time of day in the tenant's zone."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from psa.tenancy import scope
from psa.tenancy.models import Tenant

SATURDAY = 5


def zone() -> ZoneInfo:
    """The zone of the tenant in scope."""
    return ZoneInfo(Tenant.objects.values_list("time_zone", flat=True).get(pk=scope.tenant_id()))


def after(moment: datetime, days: int, where: ZoneInfo) -> datetime:
    """So many working days after `moment` (aware), before it where `days` is negative."""
    local, step = moment.astimezone(where), timedelta(days=1 if days > 0 else -1)
    for _ in range(abs(days)):
        local += step
        while local.weekday() >= SATURDAY:
            local += step
    return local
