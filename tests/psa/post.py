"""Posting into a lane, looking at it, and letting time pass."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import time_machine
from django.db import transaction
from django.utils import timezone

from psa.lanes import lanes
from psa.lanes.models import Event, Lane
from psa.tenancy import scope


def send(lane: Lane, *names: str, kind: str = "note", **more) -> list[Event]:
    """Each name in a transaction of its own, as its source."""
    sent = []
    for name in names:
        with scope.tenant(lane.source_id), transaction.atomic():
            sent.append(lanes.emit(lane, kind, {"name": name}, **more))
    return sent


def state(lane: Lane) -> Lane:
    with scope.tenant(lane.source_id):
        return Lane.objects.get(pk=lane.pk)


def later(seconds: float) -> Any:
    """The clock goes on from there."""
    return time_machine.travel(timezone.now() + timedelta(seconds=seconds), tick=True)
