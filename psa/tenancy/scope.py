"""Whose rows are in sight. One ContextVar, entered at the edges only; without it nothing is visible.

The managers read it when a query is compiled and the PostgreSQL backend passes it on to row-level security, so the two
locks cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from psa.tenancy.models import Tenant

PLATFORM: Final = "platform"

_scope: ContextVar[int | str | None] = ContextVar("tandem_scope", default=None)
_reading: ContextVar[bool] = ContextVar("tandem_reading", default=False)


class NoScope(RuntimeError):
    """Tenant rows were asked for while no tenant was in scope."""


class WrongScope(RuntimeError):
    """A row was about to be written that belongs to somebody else than the scope."""


class ReadOnly(RuntimeError):
    """A row was about to be written by somebody who only looks."""


@contextmanager
def tenant(tenant: Tenant | int) -> Iterator[int]:
    """Put one tenant's rows in sight for the length of the block."""
    pk = tenant if isinstance(tenant, int) else tenant.pk
    token = _scope.set(pk)
    try:
        yield pk
    finally:
        _scope.reset(token)


@contextmanager
def platform(reason: str) -> Iterator[None]:
    """Put identities and the heads of queues in sight, nobody's own rows. `reason` says why, to the reader."""
    if not reason:
        raise ValueError("Say why the platform's scope is needed.")
    token = _scope.set(PLATFORM)
    try:
        yield
    finally:
        _scope.reset(token)


@contextmanager
def reading() -> Iterator[None]:
    """Let nothing be written for the length of the block, whatever scopes are entered in it: the managers refuse, and
    so do PostgreSQL's policies."""
    token = _reading.set(True)
    try:
        yield
    finally:
        _reading.reset(token)


def is_reading() -> bool:
    """Whether nothing may be written."""
    return _reading.get()


def told() -> str:
    """The scope as the database is told it: "", "17", "platform", and " reading" behind it where nothing may be
    written."""
    value = _scope.get()
    return "" if value is None else f"{value} reading" if _reading.get() else str(value)


def current() -> int | str | None:
    """The tenant's id, PLATFORM, or None."""
    return _scope.get()


def tenant_id() -> int:
    """The tenant in scope. Raises NoScope where there is none."""
    value = _scope.get()
    if not isinstance(value, int):
        raise NoScope("No tenant is in scope.")
    return value
