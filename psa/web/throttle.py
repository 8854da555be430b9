"""How often one person may ask for what costs much: searches, sheets and papers, uploads (hostile tests, B11).

    throttle.spend("search", request)              # raises TooOften once the settings' limit is reached
    @throttle.limited("search")                    # the same, in front of a view

Counted in the cache alone, for each member and each customer of each company by itself, from one full minute or hour
to the next: no statement, and whoever is stopped stops nobody else. The limits are generous;
RATE_LIMITS in the settings says them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from time import time as now
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import ngettext

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class TooOften(Exception):
    """More than one person asks for. `wait` says in how many seconds there is room again."""

    def __init__(self, kind: str, wait: int) -> None:
        super().__init__(kind)
        self.kind, self.wait = kind, wait

    @property
    def sentence(self) -> str:
        """What happened and when to try again, in the reader's language."""
        minutes = -(-self.wait // 60)
        if self.wait < 60:
            return ngettext(
                "That was too often in a short time. Try again in %(n)s second.",
                "That was too often in a short time. Try again in %(n)s seconds.",
                self.wait,
            ) % {"n": self.wait}
        return ngettext(
            "That was too often in a short time. Try again in %(n)s minute.",
            "That was too often in a short time. Try again in %(n)s minutes.",
            minutes,
        ) % {"n": minutes}


def limit_of(kind: str) -> tuple[int, int]:
    """So many in so many seconds: `300/m` is (300, 60). A limit of 0 is none."""
    most, _slash, unit = settings.RATE_LIMITS[kind].partition("/")
    return int(most), SECONDS[unit]


def spend(kind: str, request: Any, count: int = 1) -> None:
    """Count this request; raises TooOften where it is one too many. Outside a company there is nobody to count."""
    actor = getattr(request, "actor", None)
    if actor is None or (actor.membership_id is None and actor.contact_id is None):
        return
    who = str(actor.membership_id) if actor.contact_id is None else f"contact-{actor.contact_id}"
    count_for(kind, f"{actor.tenant_id}:{who}", count)


def count_for(kind: str, who: str, count: int = 1) -> None:
    """Count for somebody named otherwise, before there is anybody: an address, a mailbox. Raises TooOften."""
    most, seconds = limit_of(kind)
    if not most or not count:
        return
    at = int(now())
    key = f"often:{kind}:{who}:{at // seconds}"
    cache.add(key, 0, seconds)
    try:
        spent = cache.incr(key, count)
    except ValueError:  # it ended between the two
        spent = count
    if spent > most:
        raise TooOften(kind, seconds - at % seconds)


def limited(kind: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Count every request of a view. It stands under `needs`: a stranger is turned away first."""

    def guarded(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def asked(request: Any, *args: Any, **kwargs: Any) -> Any:
            spend(kind, request)
            return view(request, *args, **kwargs)

        return asked

    return guarded
