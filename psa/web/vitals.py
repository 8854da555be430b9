"""Whether the machinery of a company runs: what waits too long and what hangs, each with its repair.

vitals.register("timers", _("Timers"), "timer", late=…, stuck=…, repair=…)

An app names two queries: `late(now)`, rows that should have run, their moments as the one column, oldest first, and
`stuck()`, rows nobody tries any more. All of them are asked in one statement. `repair(by)` puts what hangs back into
the queue and says how many there were; where a person has to look first there is a page (`url_name`) instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet, Subquery
from django.utils import timezone

from psa.tenancy import plans
from psa.tenancy.actor import Actor
from psa.tenancy.models import Tenant
from psa.web import nav
from psa.web.counting import Capped

# What is due for less than this is on its way.
PATIENCE = timedelta(minutes=5)
MOST_REPAIRED = 200


@dataclass(frozen=True, slots=True)
class Vital:
    """One part of the machinery."""

    code: str
    label: Any
    icon: str
    late: Callable[[datetime], QuerySet]
    stuck: Callable[[], QuerySet]
    repair: Callable[[Actor], int] | None = None
    url_name: str = ""
    query: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a part is doing at the moment."""

    vital: Vital
    since: datetime | None
    stuck: int
    href: str

    @property
    def colour(self) -> str:
        return "red" if self.stuck else "amber" if self.since else "green"

    @property
    def shown(self) -> str:
        return nav.shown(self.stuck)

    @property
    def can_be_repaired(self) -> bool:
        return bool(self.stuck and self.vital.repair)


_vitals: dict[str, Vital] = {}


def register(code: str, label: Any, icon: str, **fields: Any) -> None:
    """Add a part: late, stuck, repair, url_name, query."""
    _vitals[code] = Vital(code, label, icon, **fields)


def readings(request: Any) -> list[Reading]:
    """How every part is doing; one statement."""
    then, asked = timezone.now() - PATIENCE, {}
    for one in _vitals.values():
        asked[f"{one.code}_late"] = Subquery(one.late(then)[:1])
        asked[f"{one.code}_stuck"] = Capped(one.stuck().order_by().values("pk")[: nav.LIMIT])
    found: Any = Tenant.objects.filter(pk=request.tenant.pk).values(**asked).get() if asked else {}
    return [
        Reading(one, found[f"{one.code}_late"], found[f"{one.code}_stuck"], _href(one, request))
        for one in _vitals.values()
    ]


def _href(one: Vital, request: Any) -> str:
    if not one.url_name or not plans.opens(request.tenant, one.url_name):
        return ""
    at = nav.href(one.url_name, request.tenant.slug)
    return f"{at}?{one.query}" if at and one.query else at


def named(code: str) -> Vital | None:
    """The part of this name, if it can be repaired at all."""
    found = _vitals.get(code)
    return found if found is not None and found.repair else None


@transaction.atomic
def repair(vital: Vital, *, by: Actor) -> int:
    """Put what hangs back into the queue; how many there were. Raises Denied."""
    by.require("tenant.manage")
    assert vital.repair is not None
    return vital.repair(by)
