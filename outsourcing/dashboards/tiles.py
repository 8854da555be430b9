"""The figures above received work: open offers, hours this month, what is not billed yet. Each opens its list (§8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db.models import Count, F, OuterRef, Subquery, Sum
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from outsourcing.dashboards import folders, reports
from outsourcing.models import ServiceSide, Side, Statement
from outsourcing.models.handover import ENDED
from psa.web import figures, nav
from tickets.models import Source, TimeEntry

LEADS = 4
KEPT = nav.COUNTS_KEPT
HOURS = "hours_this_month"
UNBILLED = "unbilled_by_lead"


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure and the list behind it."""

    label: Any
    value: Any
    href: str
    note: Any = ""


def counts(request: Any, wanted: Sequence[folders.Folder], here: folders.Folder) -> dict[str, int]:
    """What the folders count and, beside received work for who may see sums, this month's hours: one statement."""
    if here.side != Side.SERVICE or not request.actor.can("outsource.all"):
        return folders.counts(request.actor, wanted)
    if (kept := cache.get(_key(request, HOURS))) is not None:
        return {**folders.counts(request.actor, wanted), HOURS: kept}
    found = folders.counts(request.actor, wanted, **{HOURS: _hours_this_month()})
    cache.set(_key(request, HOURS), found[HOURS] or 0, KEPT)
    return found


def forget(request: Any) -> None:
    """Something was billed just now."""
    cache.delete(_key(request, UNBILLED))


def _key(request: Any, name: str) -> str:
    return f"outsourcing.{name}:{request.tenant.pk}"


def tiles(request: Any, here: folders.Folder, found: Mapping[str, int]) -> list[Tile]:
    """The tiles of received work; outsourced work has its folders."""
    if here.side != Side.SERVICE:
        return []
    offers = Tile(_("Open offers"), nav.shown(found["offers"]) or "0", f"{request.path}?folder=offers")
    made = [offers]
    if HOURS in found:
        first = timezone.localdate().replace(day=1)
        href = reports.address(request, Side.SERVICE, worked_from=first.isoformat())
        made.append(Tile(_("Hours this month"), figures.hours(found[HOURS] or 0), href))
    return [*made, *_unbilled(request)]


def _hours_this_month() -> Subquery:
    """Minutes our people logged for lead partners since the first of the month."""
    first = timezone.localdate().replace(day=1)
    rows = TimeEntry.objects.filter(handover__isnull=False, received_at=None, removed_at=None, worked_on__gte=first)
    rows = rows.filter(ticket__source=Source.INSOURCED).order_by().values("tenant")
    return Subquery(rows.annotate(sum=Sum(F("minutes") + F("offset_minutes"))).values("sum"))


def _sums_unbilled(request: Any) -> list[dict[str, Any]]:
    """What ended and is not billed, by lead. One statement, kept as long as the counts of the navigation."""
    if (kept := cache.get(_key(request, UNBILLED))) is not None:
        return kept
    settled = Statement.objects.filter(handover=OuterRef("handover"), side=Side.SERVICE).order_by("-number")
    rows = ServiceSide.objects.filter(billed_at=None, handover__status__in=ENDED)
    rows = rows.annotate(total=Subquery(settled.values("total")[:1]), currency=Subquery(settled.values("currency")[:1]))
    by_lead = rows.order_by().values("handover__partnership__key", "handover__lead_name", "currency")
    found = list(by_lead.annotate(number=Count("pk"), sum=Sum("total")).order_by("-number")[:LEADS])
    cache.set(_key(request, UNBILLED), found, KEPT)
    return found


def _unbilled(request: Any) -> list[Tile]:
    """A tile for each lead: how many, and for who may see sums how much."""
    made = []
    for one in _sums_unbilled(request):
        query = urlencode({"folder": "unbilled", "lead": one["handover__partnership__key"]})
        many = ngettext("%(n)s handover", "%(n)s handovers", one["number"]) % {"n": one["number"]}
        sees = bool(request.actor.can("outsource.all")) and one["currency"]
        label = _("Unbilled: %(lead)s") % {"lead": one["handover__lead_name"]}
        value = figures.money(one["sum"], one["currency"]) if sees else many
        made.append(Tile(label, value, f"{request.path}?{query}", many if sees else ""))
    return made
