"""Starting a batch, doing it step by step, stopping it, and throwing old ones away."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone, translation

from psa import leases
from psa.batches import kinds
from psa.batches.models import OPEN, Batch, BatchLine, BatchState, BatchTurn
from psa.journal.journal import record
from psa.nudge import Nudge
from psa.tenancy import doors, scope
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from psa.web import figures, own_words

# How long a worker stays with one batch before the next one has its turn, and a request with its own.
TURN = 4.0
AT_ONCE = 0.7
KEPT = timedelta(days=7)
MOST_OPEN = 3
MOST_LINES = 10_000
CHUNK = 500

nudge = Nudge("batches.work")


@transaction.atomic
def start(
    code: str, *, by: Actor, lines: Iterable[BatchLine] = (), total: int | None = None, params: dict[str, Any]
) -> Batch:
    """Ask for a batch of this kind. Raises Denied, Refused("batch.too_many"), Refused("batch.too_long").

    `lines` are new rows without batch and position; `total` is for kinds that have none. The reader's language and zone
    are those in force.
    """
    kind = kinds.named(code)
    assert kind is not None and by.membership_id is not None
    by.require(kind.capability)
    Membership.objects.select_for_update(of=("self",), no_key=True).get(pk=by.membership_id)
    if Batch.objects.filter(member=by.membership_id, state__in=OPEN).count() >= MOST_OPEN:
        raise Refused("batch.too_many", way_out="batches:list", most=MOST_OPEN)
    batch = Batch.objects.create(
        kind=code,
        member_id=by.membership_id,
        params=params,
        language=translation.get_language() or by.language,
        zone=str(timezone.get_current_timezone()),
    )
    count = _write(batch, lines)
    batch.total = count if total is None else total
    batch.save(update_fields=["total"])
    BatchTurn.objects.create(batch_id=batch.pk)
    record(batch, "batch.started", by=by, kind=code, total=batch.total)
    nudge.on_commit()
    return batch


def _write(batch: Batch, lines: Iterable[BatchLine]) -> int:
    count, chunk = 0, []
    for line in lines:
        line.batch, line.position, line.label = batch, count, line.label[:200]
        chunk.append(line)
        count += 1
        if count > MOST_LINES:
            raise Refused("batch.too_long", most=MOST_LINES)
        if len(chunk) == CHUNK:
            BatchLine.objects.bulk_create(chunk)
            chunk = []
    BatchLine.objects.bulk_create(chunk)
    return count


def go_on(batch: Batch, budget: float = AT_ONCE) -> None:
    """Do what can be done while the reader waits: a small batch is finished when its page comes."""
    deadline = time.monotonic() + budget
    while time.monotonic() < deadline and step(batch.pk):
        pass


def step(pk: int) -> bool:
    """One step of a batch of the tenant in scope, in a transaction of its own. False when there is nothing more to do.

    Whoever does it holds the batch's row: a second worker waits, and then finds what the first has left.
    """
    with transaction.atomic():
        batch = Batch.objects.select_for_update(of=("self",), no_key=True).filter(pk=pk).first()
        if batch is None or not batch.is_open:
            return False
        member = Membership.objects.select_related("role", "tenant").get(pk=batch.member_id)
        if (kind := kinds.named(batch.kind)) is None:
            raise leases.NotYet(batch.kind)
        now = timezone.now()
        if batch.state == BatchState.QUEUED:
            batch.begin(now)
        by = Actor.of(member, channel="batch")
        numbers = figures.numbers_as(member.tenant.number_format)
        spoken = own_words.spoken_as(member.tenant.wording)
        with translation.override(batch.language), timezone.override(ZoneInfo(batch.zone)), numbers, spoken:
            try:
                if not member.is_active:
                    raise Denied(kind.capability)
                by.require(kind.capability)
                more = kind.step(batch, by)
            except Denied:
                batch.fail("denied", now)
                more = False
            except Refused as refused:
                batch.fail(refused.code, now)
                more = False
        if not more and batch.is_open:
            batch.finish(timezone.now())
            record(batch, "batch.finished", by=by, kind=batch.kind, done=batch.done, refused=batch.refused)
        batch.save(update_fields=[*Batch.MOVES, "done", "refused", "already", "cursor", "params", "total"])
        return more


@transaction.atomic
def cancel(batch: Batch, *, by: Actor) -> Batch:
    """Stop a batch between two steps. Raises Refused("batch.has_ended")."""
    found = Batch.objects.visible_to(by).select_for_update(of=("self",), no_key=True).get(pk=batch.pk)
    if not found.is_open:
        raise Refused("batch.has_ended")
    found.cancel(timezone.now())
    found.save(update_fields=Batch.MOVES)
    record(found, "batch.canceled", by=by, done=found.done)
    return found


def work() -> int:
    """Give every batch that waits a turn. The worker's task."""
    return leases.sweep(BatchTurn, _turn, limit=10, budget=TURN * 3)


def _turn(turn: BatchTurn) -> None:
    """Some steps of one batch; then it stands in line again behind the others."""
    deadline, more = time.monotonic() + TURN, True
    try:
        while more and time.monotonic() < deadline:
            leases.hold(turn)
            more = step(turn.batch_id)
    except Exception as error:
        if not isinstance(error, (leases.Overtaken, leases.NotYet)) and turn.attempts >= turn.tries:
            _give_up(turn.batch_id)
        raise
    with transaction.atomic():
        if more:
            leases.mine(turn).update(leased_until=None, attempts=0, due=timezone.now())
        else:
            leases.settle(turn)


def _give_up(pk: int) -> None:
    """Say on the batch that it will not go on by itself."""
    with transaction.atomic():
        batch = Batch.objects.select_for_update(of=("self",), no_key=True).filter(pk=pk, state__in=OPEN).first()
        if batch is not None:
            batch.fail("batch.gave_up", timezone.now())
            batch.save(update_fields=Batch.MOVES)


def tidy() -> int:
    """Throw away what ended a week ago, lines and sheets with it. The worker's task, once an hour."""
    gone = 0
    for tenant_id in doors.tenant_ids():
        with scope.tenant(tenant_id):
            gone += Batch.objects.filter(finished_at__lt=timezone.now() - KEPT).delete()[0]
    return gone
