"""The links between tenants that hang, for whoever runs the installation: what, how big, how old, why; never the text.

Kind and size of an event are read in its sender's scope; the payload itself does not leave the database.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F
from django.utils import timezone

from psa.lanes.models import Event, Lane
from psa.tenancy import doors, scope

SHOWN = 50


@dataclass(slots=True)
class Hanging:
    """One parked lane as operators see it. `size` is the characters of what waits first, `waiting` how many events."""

    lane: int
    source: str
    target: str
    error: str
    parked_at: datetime
    waiting: int
    kind: str = ""
    size: int = 0
    sent_at: datetime | None = None

    @property
    def age(self) -> float:
        """Seconds since it was sent, or since it parked."""
        return (timezone.now() - (self.sent_at or self.parked_at)).total_seconds()


def hanging() -> list[Hanging]:
    """The links that hang longest first, a page of them."""
    with doors.operating():
        parked = list(
            Lane.objects.filter(parked_at__isnull=False)
            .select_related("source", "target")
            .order_by("parked_at", "pk")[:SHOWN]
        )
    found = {lane.pk: _row(lane) for lane in parked}
    for source in sorted({lane.source_id for lane in parked}):
        _complete(source, [lane.pk for lane in parked if lane.source_id == source], found)
    return list(found.values())


def _row(lane: Lane) -> Hanging:
    assert lane.parked_at is not None
    waiting = lane.last_seq - lane.applied_seq
    return Hanging(lane.pk, lane.source.name, lane.target.name, lane.error, lane.parked_at, waiting)


def _complete(source: int, lanes: list[int], found: dict[int, Hanging]) -> None:
    """The first waiting event of each of these lanes: kind, size and when, read where its sender reads."""
    with scope.tenant(source):
        first = Event.objects.filter(lane__in=lanes, seq=F("lane__applied_seq") + 1)
        for lane, kind, size, sent_at in first.values_list("lane", "kind", "size", "sent_at"):
            row = found[lane]
            row.kind, row.size, row.sent_at = kind, size, sent_at
