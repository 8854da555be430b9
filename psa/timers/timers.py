"""Arming, disarming and firing. What fires reads the clock under its own lock and never trusts that it was in time."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from datetime import datetime

from django.db import transaction

from psa import leases
from psa.timers.models import Timer

Fire = Callable[[int], None]
_fires: dict[str, Fire] = {}
_firing: ContextVar[Timer | None] = ContextVar("timer_firing", default=None)


def on(kind: str, fire: Fire) -> None:
    """Call `fire(subject_id)` in the tenant's scope and a transaction when a timer of `kind` is due."""
    _fires[kind] = fire


def arm(kind: str, subject_id: int, due: datetime) -> None:
    """Let `kind` happen to the subject at `due` (an aware moment). An armed timer is moved, a firing one let go."""
    _let_go(subject_id, kind)
    fresh = {"due": due, "leased_until": None, "attempts": 0, "parked_at": None, "error": ""}
    Timer.objects.update_or_create(kind=kind, subject_id=subject_id, defaults=fresh)


def arm_once(kind: str, subject_id: int, due: datetime) -> None:
    """Let `kind` happen at `due` unless it is armed already; what is armed keeps its moment.

    The armed row is locked, so it cannot fire without what the caller's transaction adds; one that fires is armed anew.
    """
    with transaction.atomic():
        waiting = Timer.objects.select_for_update(of=("self",), no_key=True).filter(kind=kind, subject_id=subject_id)
        if waiting.filter(leased_until=None, due__isnull=False).first() is None:
            arm(kind, subject_id, due)


def disarm(subject_id: int, *kinds: str) -> None:
    """Let these not happen after all."""
    _let_go(subject_id, *kinds)
    Timer.objects.filter(kind__in=kinds, subject_id=subject_id).delete()


def sweep() -> int:
    """Fire what is due. The worker's task."""
    return leases.sweep(Timer, _fire)


def _fire(timer: Timer) -> None:
    """The timer's row goes last: whoever moves the subject locks the subject first and its timer after.

    Where it was moved, disarmed or fired by somebody else meanwhile, settling raises and the effect is undone.
    """
    fire = _fires.get(timer.kind)
    if fire is None:
        raise leases.NotYet(timer.kind)
    with transaction.atomic():
        token = _firing.set(timer)
        try:
            fire(timer.subject_id)
            _let_go(timer.subject_id, timer.kind)
            leases.mine(timer).delete()  # still there when the handler armed it anew in a savepoint and took that back
        finally:
            _firing.reset(token)


def _let_go(subject_id: int, *kinds: str) -> None:
    """Settle the timer that is firing if it is this one; from here on its own handler may arm it anew."""
    timer = _firing.get()
    if timer is not None and timer.subject_id == subject_id and timer.kind in kinds:
        leases.settle(timer)
        _firing.set(None)
