"""Putting what hangs in a queue back into it, written down as anything an administrator does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from psa import leases
from psa.journal.journal import record
from psa.tenancy.actor import Actor
from psa.tenancy.models import Tenant


def noted(part: str, rows: int, by: Actor) -> int:
    """Write down that so many rows of a part were put back; how many."""
    if rows:
        record(Tenant.objects.get(pk=by.tenant_id), "queue.retried", by=by, part=part, rows=rows)
    return rows


def of(part: str, model: type[Any]) -> Callable[[Actor], int]:
    """The repair of a queue whose rows can simply be tried again."""
    return lambda by: noted(part, leases.again(model), by)
