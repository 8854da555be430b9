"""What a contract brings, as its page says it: a block's state, a surcharge's window in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from billing.models import HourBlock, Surcharge
from billing.pricing import DAY
from psa.directory.models import Rate
from psa.tenancy.models import Role

# A block of which less is left than this, in per cent, is nearly used up.
NEAR = 20


@dataclass(frozen=True, slots=True)
class Block:
    """A block of hours: minutes bought, used and left; whether it is nearly used up, and whether it is over."""

    row: HourBlock
    left: int
    is_near: bool
    is_over: bool

    @classmethod
    def of(cls, row: HourBlock, today: date) -> Block:
        """What is left of it on a day."""
        left = row.minutes - row.used
        is_over = row.expires_on is not None and row.expires_on < today
        return cls(row, left, left * 100 <= row.minutes * NEAR, is_over)


@dataclass(frozen=True, slots=True)
class Window:
    """A surcharge and when it counts, in words."""

    row: Surcharge
    days: str
    hours: str

    @classmethod
    def of(cls, row: Surcharge) -> Window:
        """Its weekdays and its hours."""
        days = [str(WEEKDAYS_ABBR[day]) for day in sorted(row.weekdays)]
        days += [_("holidays")] if row.on_holidays else []
        is_whole = (row.starts, row.ends) == (0, DAY)
        hours = _("all day") if is_whole else f"{_clock(row.starts)} – {_clock(row.ends)}"
        return cls(row, ", ".join(days) or _("every day"), hours)


def named(rates: Iterable[Rate]) -> list[tuple[Rate, Any]]:
    """Each rate with the name of the role it is for, "" for everybody."""
    roles = {role.code: role.label for role in Role.objects.all()}
    return [(one, roles.get(one.role, one.role)) for one in rates]


def _clock(minute: int) -> str:
    hour, rest = divmod(minute % DAY, 60)
    return time_format(time(hour, rest), "TIME_FORMAT")
