"""Claim, do, settle: the columns and the few statements every queue here shares.

A claim is a lease, one conditional UPDATE that is committed before the work begins, never a lock held while working.
A worker that dies leaves a lease that runs out; one that was only slow finds its lease gone and must leave nothing.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from psa.tenancy import doors, scope
from psa.tenancy.models import OwnedModel
from psa.tenancy.rows import QUEUE

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=15)
LATER = timedelta(seconds=30)


class Temporary(Exception):
    """It could not be done now; another try is worth it. `code` is what is stored and shown."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Permanent(Temporary):
    """It will never be done as it is; somebody has to look."""


class NotYet(Exception):
    """This worker is older than the row: a newer one will know what to do. No attempt is counted."""


class Overtaken(Exception):
    """The lease is somebody else's by now, or the row is gone; the transaction that finds out must leave nothing."""


class Leased(models.Model):
    """The columns of a queue: when a row may run, who has it until when, how often it was tried, and why it waits."""

    tries: ClassVar[int] = 8

    due = models.DateTimeField(null=True, default=timezone.now)
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    parked_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=80, blank=True)

    class Meta:
        abstract = True

    @property
    def is_parked(self) -> bool:
        return self.parked_at is not None


class QueueModel(OwnedModel, Leased):
    """A row of a tenant's queue. The platform sees its head; what it carries stands in a tenant's row elsewhere."""

    row_class = QUEUE

    class Meta(OwnedModel.Meta):
        abstract = True


def due_index(name: str) -> models.Index:
    """The index a sweep reads: only rows that wait for something."""
    return models.Index(fields=["due"], condition=Q(due__isnull=False), name=name)


def due_ids(model: type[Leased], limit: int, **only: Any) -> list[int]:
    """The rows that may be claimed now, oldest first, drawn in random order so that workers do not meet."""
    with scope.platform(f"sweep {model._meta.label}"):
        rows = _free(model).filter(**only).order_by("due", "pk")
        found = list(rows.values_list("pk", flat=True)[:limit])
    random.shuffle(found)
    return found


def claim(model: type[Leased], pk: int) -> Any:
    """Take one row for the length of a lease; None when somebody else has it. The attempt is counted and committed.

    A row that was claimed too often without ever being settled or postponed kills its workers: it is parked.
    """
    with scope.platform(f"claim {model._meta.label}"):
        until = timezone.now() + LEASE
        if not _free(model).filter(pk=pk).update(leased_until=until, attempts=F("attempts") + 1):
            return None
        row = model._default_manager.filter(pk=pk, leased_until=until).first()
        if row is not None and row.attempts > model.tries:
            postpone(row, Permanent("worker_lost"))
            return None
        return row


def mine(row: Any) -> Any:
    """The row, as a query that finds it only while the lease it was claimed with holds."""
    return type(row)._default_manager.filter(pk=row.pk, leased_until=row.leased_until)


def hold(row: Any, length: timedelta = LEASE) -> None:
    """Prolong the lease before something slow. Raises Overtaken when it is no longer ours."""
    until = timezone.now() + length
    if not mine(row).update(leased_until=until):
        raise Overtaken
    row.leased_until = until


def settle(row: Any) -> None:
    """The row is done: remove it. Raises Overtaken when it was moved, taken over or removed meanwhile."""
    if not mine(row).delete()[0]:
        raise Overtaken


def pause(attempts: int) -> timedelta:
    """How long to wait before the next try: 1 s, 2 s, 4 s … at most an hour."""
    return timedelta(seconds=min(3600, 2 ** max(0, attempts - 1)))


def postpone(row: Any, error: Exception) -> None:
    """Write down why it did not work and when to try again; after enough tries, or for good reason, park it.

    Nothing is written when the lease is no longer ours: whoever has the row knows better.
    """
    now = timezone.now()
    changes: dict[str, Any] = {"leased_until": None, "attempts": row.attempts, "error": _code(error)}
    if isinstance(error, NotYet):
        changes |= {"due": now + LATER, "attempts": 0}
    elif isinstance(error, Permanent) or row.attempts >= row.tries:
        changes |= {"due": None, "parked_at": now}
    else:
        changes |= {"due": now + pause(row.attempts)}
    mine(row).update(**changes)


def sweep(model: type[QueueModel], run: Callable[[Any], None], *, limit: int = 50, budget: float = 5.0) -> int:
    """Claim what is due and run each row inside its tenant. `run` settles the row itself. Returns how many ran well."""
    done, deadline = 0, time.monotonic() + budget
    while time.monotonic() < deadline and (ids := due_ids(model, limit)):
        claimed = [
            row for pk in ids if time.monotonic() < deadline and (row := claim_and_run(model, pk, run)) is not None
        ]
        done += sum(claimed)
        if not claimed:
            break
    return done


def claim_and_run(model: type[QueueModel], pk: int, run: Callable[[Any], None]) -> bool | None:
    """One row: True when it ran, False when it has to wait, None when somebody else has it."""
    if (row := claim(model, pk)) is None:
        return None
    with doors.clock(row.tenant_id), scope.tenant(row.tenant_id):
        try:
            run(row)
        except Overtaken:
            return False
        except Exception as error:
            postpone(row, error)
            return False
    return True


def late(model: type[Leased], then: Any) -> Any:
    """When rows of the tenant in scope should have run that were due before `then`, the oldest first."""
    return model._default_manager.filter(due__lt=then).order_by("due").values("due")


def parked(model: type[Leased]) -> Any:
    """The rows of the tenant in scope nobody tries any more."""
    return model._default_manager.filter(parked_at__isnull=False, due=None)


def again(model: type[Leased]) -> int:
    """Have what is parked tried again from the beginning; how many rows that were."""
    return parked(model).update(due=timezone.now(), parked_at=None, attempts=0, leased_until=None, error="")


def _free(model: type[Leased]) -> Any:
    now = timezone.now()
    return model._default_manager.filter(Q(leased_until=None) | Q(leased_until__lt=now), due__lte=now)


def _code(error: Exception) -> str:
    """What is stored and shown; the words of an error nobody expected stay in the log."""
    if isinstance(error, NotYet):
        return "not_yet"
    if isinstance(error, Temporary):
        return error.code[:80]
    log.error("A row of a queue failed.", exc_info=error)
    return type(error).__name__[:80]
