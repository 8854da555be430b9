"""Getting events to where they go: claim a lane, apply its events in order, write down how that went."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Case, F, When
from django.utils import timezone

from psa import leases
from psa.lanes.models import Event, Lane
from psa.tenancy import doors, scope
from psa.tenancy.errors import Refused

log = logging.getLogger(__name__)

TOGETHER = 10
PER_CLAIM = 200

Effect = Callable[[Event], None]
Upcast = Callable[[dict[str, Any], int], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Handler:
    """What an event of one kind does at the receiver, the payload version it speaks, how it reads the one before."""

    effect: Effect
    version: int
    upcast: Upcast | None


_handlers: dict[str, Handler] = {}
_alarms: list[Callable[[Lane], None]] = []


def on(kind: str, effect: Effect, *, version: int = 1, upcast: Upcast | None = None) -> None:
    """Apply events of `kind` with `effect`, in the receiver's scope and one transaction. Refused makes a receipt."""
    _handlers[kind] = Handler(effect, version, upcast)


def on_parked(alarm: Callable[[Lane], None]) -> None:
    """Call `alarm` when a lane is parked, once in the scope of each of its two tenants."""
    _alarms.append(alarm)


def drain(budget: float = 5.0, lanes: int = 20) -> int:
    """Apply what is due, lane by lane, each in turn. Returns the number of events settled. The worker's task.

    Nothing is brought to a suspended tenant: its lanes wait.
    """
    settled, deadline = 0, time.monotonic() + budget
    while ids := leases.due_ids(Lane, lanes, target__suspended_at=None):
        took = False
        for pk in ids:
            if time.monotonic() > deadline:
                return settled
            if (lane := leases.claim(Lane, pk)) is not None:
                took = True
                with doors.clock(lane.target_id), scope.tenant(lane.target_id):
                    settled += _run(lane)
        if not took:
            break
    return settled


def _run(lane: Lane) -> int:
    """The events of one claimed lane; after an error each has a transaction of its own."""
    settled, together = 0, 1 if lane.attempts > 1 else TOGETHER
    while settled < PER_CLAIM:
        try:
            count = _apply_next(lane, together)
        except leases.Overtaken:
            return settled
        except Exception as error:
            if together > 1:
                together = 1
                continue
            leases.postpone(lane, error)
            _raise_alarm(lane)
            return settled
        if not count:
            break
        settled += count
    _release(lane)
    return settled


def _raise_alarm(lane: Lane) -> None:
    """Tell both sides that the lane is parked now. An alarm that fails stops nothing."""
    parked = Lane.objects.filter(pk=lane.pk, parked_at__isnull=False).first()
    for tenant in (lane.source_id, lane.target_id) if parked else ():
        with doors.clock(tenant), scope.tenant(tenant):
            for alarm in _alarms:
                try:
                    with transaction.atomic():
                        alarm(parked)
                except Exception:
                    log.exception("Nobody was told that a lane is parked.")


def _apply_next(lane: Lane, together: int) -> int:
    """Up to `together` events in one transaction: effects, then the lane, then its events, as everybody locks them."""
    with transaction.atomic():
        waiting = Event.objects.filter(lane=lane, applied_at=None, seq__gt=lane.applied_seq).order_by("seq")
        events = list(waiting[:together])
        if not events:
            return 0
        outcomes = [_apply(event) for event in events]
        moved = {"applied_seq": events[-1].seq, "leased_until": timezone.now() + leases.LEASE}
        if not leases.mine(lane).filter(applied_seq=lane.applied_seq).update(attempts=0, error="", **moved):
            raise leases.Overtaken
        for event, (outcome, reason) in zip(events, outcomes, strict=True):
            settled = {"applied_at": timezone.now(), "outcome": outcome, "reason": reason}
            if not Event.objects.filter(pk=event.pk, applied_at=None).update(**settled):
                raise leases.Overtaken
    lane.applied_seq, lane.leased_until, lane.attempts = moved["applied_seq"], moved["leased_until"], 1
    return len(events)


def _apply(event: Event) -> tuple[str, str]:
    """The effect of one event, and what its sender reads about it."""
    if event.is_emptied:
        return Event.Outcome.APPLIED, ""
    handler = _handler(event)
    try:
        with transaction.atomic():
            handler.effect(event)
    except Refused as refusal:
        return Event.Outcome.REFUSED, refusal.code
    return Event.Outcome.APPLIED, ""


def _handler(event: Event) -> Handler:
    handler = _handlers.get(event.kind)
    if handler is None or event.version > handler.version:
        raise leases.NotYet(f"{event.kind} v{event.version}")
    if event.version < handler.version:
        if handler.upcast is None:
            raise leases.Permanent("no_upcast")
        event.payload = handler.upcast(event.payload, event.version)
    return handler


def _release(lane: Lane) -> None:
    """Give the lane back; if something came in meanwhile it is due again at once."""
    rest = Case(When(last_seq__gt=F("applied_seq"), then=timezone.now()), default=None)
    leases.mine(lane).update(leased_until=None, attempts=0, error="", due=rest)
