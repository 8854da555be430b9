"""Waking a worker after a commit. A lost nudge costs a second, never an event: the sweep finds it."""

from __future__ import annotations

import threading
import time

from celery import current_app
from django.db import transaction

WINDOW = 0.05
BREAK = 5.0


class Nudge:
    """One nudge per process and 50 ms, and none for five seconds after a broker did not answer.

    A thread of its own sends it: a broker that is gone holds its caller for seconds, and that must not be a person.
    """

    def __init__(self, task: str) -> None:
        self.task = task
        self._wanted = threading.Event()
        self._lock = threading.Lock()
        self._sender: threading.Thread | None = None

    def on_commit(self) -> None:
        """Nudge once the present transaction is committed."""
        transaction.on_commit(self.now, robust=True)

    def now(self) -> None:
        """Nudge at once, or at the end of the window if one went out just now. Never waits."""
        self._wanted.set()
        with self._lock:
            if self._sender is None or not self._sender.is_alive():  # a fork leaves threads behind
                self._sender = threading.Thread(target=self._send_when_wanted, name=f"nudge {self.task}", daemon=True)
                self._sender.start()

    def _send_when_wanted(self) -> None:
        while self._wanted.wait():
            self._wanted.clear()
            try:
                current_app.send_task(self.task, retry=False, expires=30)
            except Exception:  # whatever the broker's client raises: the sweep is there
                time.sleep(BREAK)
            else:
                time.sleep(WINDOW)
