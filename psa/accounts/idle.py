"""A session nobody sits in front of any more ends (hostile test B6): after the time that the strictest of the person's
companies sets.

It is kept in the session, which every page reads anyway, so asking costs no statement. When somebody was last there is
written again once a twelfth of the time has passed, not with every click: a session ends at the earliest when its time
is over, and a twelfth later at the latest. What a page asks for by itself (`UNATTENDED`) is nobody being there.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

SEEN, LIMIT = "seen", "idle"
UNATTENDED = "X-Unattended"
STEPS = 12
CHOICES = (
    (15, gettext_lazy("15 minutes")),
    (30, gettext_lazy("30 minutes")),
    (60, gettext_lazy("1 hour")),
    (120, gettext_lazy("2 hours")),
    (240, gettext_lazy("4 hours")),
    (480, gettext_lazy("8 hours")),
    (720, gettext_lazy("12 hours")),
    (0, gettext_lazy("never")),
)


def strictest(minutes: Iterable[int]) -> int:
    """The shortest of some limits, 0 where none of them is one."""
    return min(filter(None, minutes), default=0)


def begin(session: Any, minutes: int) -> None:
    """A session begins, in which `minutes` without a click are the end; 0 for never."""
    session[SEEN], session[LIMIT] = int(time.time()), minutes


def is_over(session: Any, minutes: int | None = None) -> bool:
    """Whether nobody was there for too long, by the session's own limit or by that of the company to be entered."""
    limit = session.get(LIMIT, 0) if minutes is None else minutes
    return bool(limit) and SEEN in session and time.time() - session[SEEN] > limit * 60 * (1 + 1 / STEPS)


def see(session: Any) -> None:
    """Somebody is there."""
    limit = session.get(LIMIT, 0) or 12 * 60
    if time.time() - session.get(SEEN, 0) > limit * 60 / STEPS:
        session[SEEN] = int(time.time())


def tighten(session: Any, minutes: int) -> None:
    """A company asks for a shorter time than the session was begun with."""
    if minutes and minutes < (session.get(LIMIT) or minutes + 1):
        session[LIMIT] = minutes


def said(minutes: int) -> str:
    """That it is over, in words; `minutes` is the limit."""
    if minutes % 60:
        text = ngettext(
            "You were signed out after %(n)s minute without a click.",
            "You were signed out after %(n)s minutes without a click.",
            minutes,
        )
        return text % {"n": minutes}
    hours = minutes // 60
    text = ngettext(
        "You were signed out after %(n)s hour without a click.",
        "You were signed out after %(n)s hours without a click.",
        hours,
    )
    return text % {"n": hours} if hours else _("You are signed out.")
