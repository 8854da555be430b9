"""Sending into a lane: an event is a row of the author's transaction, numbered in the order of commits."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Case, F, Q, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from psa.lanes.models import Event, Lane
from psa.nudge import Nudge
from psa.tenancy import scope

nudge = Nudge("lanes.drain")


class LaneClosed(Exception):
    """The tap is closed: the change stays held at its source."""


def open_lane(channel: str, source: int, target: int) -> Lane:
    """The lane of a channel in one direction, made when it is first needed."""
    lane, _ = Lane.objects.get_or_create(channel=channel, source_id=source, target_id=target)
    return lane


def lane_of(channel: str, source: int, target: int) -> Lane | None:
    """The lane, if the channel has one in this direction."""
    return Lane.objects.filter(channel=channel, source_id=source, target_id=target).first()


def lock(*lanes: Lane) -> list[Lane]:
    """Lock these lanes in the order of their ids, which is everybody's order."""
    rows = Lane.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=[lane.pk for lane in lanes])
    return list(rows.order_by("pk"))


def emit(
    lane: Lane, kind: str, payload: dict[str, Any], *, item: UUID | None = None, version: int = 1, move: bool = False
) -> Event:
    """Put an event into the lane, in the author's transaction. Moves of the contract pass a closed tap; items do not.

    Raises LaneClosed, and WrongScope where the scope is not the lane's source. The lane's row lock makes the order of
    numbers the order of commits, without gaps.
    """
    if lane.source_id != scope.tenant_id():
        raise scope.WrongScope(f"Only its source sends into {lane}.")
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("An event leaves in the transaction of the change it tells of.")
    now = timezone.now()
    rows = Lane.objects.filter(pk=lane.pk)
    if not move:
        rows = rows.filter(is_open=True)
    woken = Case(When(parked_at=None, then=Coalesce("due", now)), default="due")
    if not rows.update(last_seq=F("last_seq") + 1, due=woken):
        raise LaneClosed(str(lane))
    seq = Lane.objects.values_list("last_seq", flat=True).get(pk=lane.pk)
    size, sha256 = weigh(payload)
    event = Event.objects.create(
        lane=lane,
        source_id=lane.source_id,
        target_id=lane.target_id,
        seq=seq,
        kind=kind,
        version=version,
        item=item,
        payload=payload,
        size=size,
        sha256=sha256,
    )
    nudge.on_commit()
    return event


def weigh(payload: dict[str, Any]) -> tuple[int, str]:
    """How many bytes a payload is and their SHA-256, written the same way on every database."""
    written = json.dumps(payload, sort_keys=True, separators=(",", ":")).encode("ascii")
    return len(written), hashlib.sha256(written).hexdigest()


def close_tap(*lanes: Lane) -> None:
    """Let no more items in. What is in the pipe still arrives."""
    Lane.objects.filter(pk__in=[lane.pk for lane in lanes]).update(is_open=False)


def open_tap(*lanes: Lane) -> None:
    """Let items in again; who holds changes back sends them now."""
    Lane.objects.filter(pk__in=[lane.pk for lane in lanes]).update(is_open=True)


def empty(lane: Lane, item: UUID) -> int:
    """Take the content out of an item's events that have not arrived yet: it was withdrawn. Locks the lane."""
    with transaction.atomic():
        lock(lane)
        waiting = Event.objects.filter(lane=lane, item=item, applied_at=None, source_id=scope.tenant_id())
        return waiting.update(payload={}, is_emptied=True)


def blank(channels: Iterable[str]) -> int:
    """Take the content out of everything that was settled in these channels, both ways: a person was erased.

    Size and hash stay, and so does the receipt; what is still on its way is left alone.
    """
    settled = Event.objects.filter(lane__channel__in=list(channels), applied_at__isnull=False, is_emptied=False)
    ids = list(settled.values_list("pk", flat=True))
    for event in settled.filter(sha256="").iterator():  # older than the ledger's columns
        event.size, event.sha256 = weigh(event.payload)
        event.save(update_fields=["size", "sha256"])
    return Event.objects.filter(pk__in=ids).update(payload={}, is_emptied=True)


def retry(lane: Lane) -> None:
    """Let a parked lane try its next event again now. Either side may."""
    Lane.objects.filter(pk=lane.pk).filter(Q(parked_at__isnull=False) | Q(attempts__gt=0)).update(
        parked_at=None, attempts=0, due=timezone.now()
    )


def skip(lane: Lane, reason: str) -> Event | None:
    """Give up the event a parked lane hangs on, with a reason both sides read. The sender's decision, in its scope."""
    if lane.source_id != scope.tenant_id():
        raise scope.WrongScope(f"Only its source gives up an event of {lane}.")
    with transaction.atomic():
        locked = lock(lane)[0]
        event = Event.objects.filter(lane=locked, seq=locked.applied_seq + 1, applied_at=None).first()
        if event is None or not locked.is_parked:
            return None
        event.applied_at, event.outcome, event.reason = timezone.now(), Event.Outcome.SKIPPED, reason[:200]
        event.save(update_fields=["applied_at", "outcome", "reason"])
        rest = timezone.now() if locked.last_seq > event.seq else None
        Lane.objects.filter(pk=locked.pk).update(applied_seq=event.seq, parked_at=None, attempts=0, error="", due=rest)
        nudge.on_commit()
        return event
