"""Letting the demo's past happen at its own time.

The demo is not inserted, it is lived through: every row is written by the real services. What they write is dated by
Django's clock, and half of it (journal entries, moves, terms) can never be changed afterwards: on PostgreSQL the
application has no right to. So the clock is set back instead of the rows, for the length of the build and in this
process only.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, tzinfo

from django.utils import timezone


class Clock(datetime):
    """What `django.utils.timezone.now` reads while the demo is built."""

    shown: datetime

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return cls.shown.astimezone(tz)

    @classmethod
    def set(cls, moment: datetime) -> None:
        """It is `moment` (aware) until somebody sets it again."""
        cls.shown = moment


@contextmanager
def past() -> Iterator[type[Clock]]:
    """Django's clock stands wherever it is set; afterwards it runs again."""
    real = timezone.datetime  # type: ignore[attr-defined]
    Clock.set(timezone.now())
    timezone.datetime = Clock  # type: ignore[attr-defined]
    try:
        yield Clock
    finally:
        timezone.datetime = real  # type: ignore[attr-defined]
