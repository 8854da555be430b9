"""Recording facts and telling whoever asked to be told."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from django.db import models, transaction

from psa import leases
from psa.journal.models import Entry, Job
from psa.tenancy import scope
from psa.tenancy.actor import Actor

Listener = Callable[[Entry], None]
Asks = Callable[[Entry], bool]

DEPTH = 8
_subscribers: dict[str, list[Listener]] = {}
_listeners: dict[str, Listener] = {}
_asks: dict[str, Asks] = {}
_listening: dict[str, list[str]] = {}
_waiting: ContextVar[deque[tuple[int, Entry]] | None] = ContextVar("journal_waiting", default=None)
_depth: ContextVar[int] = ContextVar("journal_depth", default=0)


class TooDeep(RuntimeError):
    """Entries went on causing entries; somebody answers their own news."""


def subscribe(kind: str, listener: Listener) -> None:
    """Call `listener` with every entry of `kind` ("ticket.*" for a noun, "*" for all), in the author's transaction.

    It must succeed with the author and writes rows only. Entries it records are told afterwards, breadth first.
    """
    _subscribers.setdefault(kind, []).append(listener)


def afterwards(kind: str, listener: Listener, asks: Asks | None = None) -> None:
    """Have the worker call `listener` after the author's transaction; it may fail, wait and be tried again.

    With `asks` only for entries it answers yes to; it reads, in the author's transaction, in one statement at most.
    """
    name = f"{listener.__module__}.{listener.__qualname__}"
    _listeners[name] = listener
    if asks is not None:
        _asks[name] = asks
    _listening.setdefault(kind, []).append(name)


def record(subject: models.Model, kind: str, /, *, by: Actor, **data: Any) -> Entry:
    """Write down one fact about `subject`, in the transaction of the change it describes."""
    if by.tenant_id != scope.tenant_id():
        raise scope.WrongScope(f"{by.name} acts in another tenant than the one in scope.")
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("A fact is recorded in the transaction of the change it describes.")
    entry = Entry.objects.create(
        subject_type=subject._meta.model_name,
        subject_id=subject.pk,
        kind=kind,
        data=data,
        by_id=by.membership_id,
        by_kind=by.kind,
        by_name=f"{by.name} ({by.company})" if by.kind == "partner" and by.company else by.name,
        channel=by.channel,
        cause_id=by.cause_id,
        origin_id=by.origin_id,
    )
    _tell(entry)
    return entry


def work() -> int:
    """Tell the listeners that wait. The body of the worker's task."""
    return leases.sweep(Job, _tell_later)


def _tell(entry: Entry) -> None:
    waiting = _waiting.get()
    if waiting is not None:
        waiting.append((_depth.get() + 1, entry))
        return
    waiting = deque([(1, entry)])
    token = _waiting.set(waiting)
    try:
        while waiting:
            depth, current = waiting.popleft()
            if depth > 1 and not Entry.objects.filter(pk=current.pk).exists():
                continue  # taken back with the savepoint it was recorded in
            if depth > DEPTH:
                raise TooDeep(f"{current.kind} is the {depth}th consequence in a row.")
            level = _depth.set(depth)
            try:
                for listener in _matching(current.kind):
                    listener(current)
            finally:
                _depth.reset(level)
            _queue(current)
    finally:
        _waiting.reset(token)


def _matching(kind: str) -> list[Listener]:
    return [listener for name in _names(kind) for listener in _subscribers.get(name, ())]


def _queue(entry: Entry) -> None:
    names = dict.fromkeys(listener for name in _names(entry.kind) for listener in _listening.get(name, ()))
    names = {name: None for name in names if name not in _asks or _asks[name](entry)}
    if names:
        Job.objects.bulk_create(Job(entry_id=entry.pk, listener=name) for name in names)


def _names(kind: str) -> tuple[str, str, str]:
    """What a listener may have asked for to hear of this kind."""
    return kind, kind.partition(".")[0] + ".*", "*"


def _tell_later(job: Job) -> None:
    listener = _listeners.get(job.listener)
    if listener is None:
        raise leases.NotYet(job.listener)
    with transaction.atomic():
        listener(Entry.objects.get(pk=job.entry_id))
        leases.settle(job)
