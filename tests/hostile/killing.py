"""kill -9 in the middle of a transaction: after any statement, right before its COMMIT and right after it.

What is to be killed runs in a child of the test's process, on a connection of its own to the same database.
"""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable
from typing import Any

from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

Verb = Callable[[], Any]
BEFORE_COMMIT, AFTER_COMMIT = "before the commit", "after the commit"
PARTS = 6


def moments(verb: Verb) -> list[int | str]:
    """Where to kill it so that nothing may stay: after a sixth of its statements, two sixths …, and before the end."""
    with CaptureQueriesContext(connection) as found, transaction.atomic():
        verb()
        transaction.set_rollback(True)
    return [*(len(found) * part // PARTS for part in range(1, PARTS)), BEFORE_COMMIT]


def kill(verb: Verb, at: int | str) -> None:
    """Do it in a process that dies there: after so many statements, or about its commit."""
    connections.close_all()
    child = os.fork()
    if not child:
        _do_and_die(verb, at)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, f"It was not killed: {at}"


def _do_and_die(verb: Verb, at: int | str) -> None:
    """The child: never comes back, and never runs what a test cleans up."""
    try:
        commit = connection.commit

        def committing() -> None:
            if at == AFTER_COMMIT:
                commit()
            _die()

        connection.commit = committing  # type: ignore[method-assign]
        with connection.execute_wrapper(_Countdown(at)):
            verb()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)


class _Countdown:
    """Dies after so many statements; of one that is to die about its commit it only looks on."""

    def __init__(self, at: int | str) -> None:
        self.left = at if isinstance(at, int) else None

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if self.left is not None:
            self.left -= 1
            if not self.left:
                _die()
        return result


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
