"""Amounts, minutes, sizes and times as the reader's language writes them. Pure: no database, no request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from babel import Locale
from babel.numbers import format_currency, format_decimal, get_decimal_symbol
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from psa.web import reading
from psa.web.reading import once

MINUTE, HOUR, DAY = 60, 3600, 86400


@lru_cache(maxsize=8)
def _locale(language: str) -> Locale:
    return Locale.parse(language.replace("-", "_"))


def locale() -> Locale:
    """Babel's locale of the active language."""
    return _locale(get_language() or "en")


def write_numbers_as(code: str) -> None:
    """Write numbers as this locale does from here on, "" for the language's own way."""
    reading.numbers.set(code)


@contextmanager
def numbers_as(code: str) -> Iterator[None]:
    """Write numbers as this locale does for the length of the block: where no request of the company's is answered."""
    before = reading.numbers.set(code)
    try:
        yield
    finally:
        reading.numbers.reset(before)


def of_numbers() -> Locale:
    """Babel's locale numbers are written in: the company's format, else the active language's."""
    return _locale(reading.numbers.get() or get_language() or "en")


def money(value: Any, currency: str = "EUR") -> str:
    """`1.234,50 €`; nothing for nothing. Decimals only: a float would have lost the cents already."""
    if value is None or value == "":
        return ""
    try:
        amount = Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        return ""
    return format_currency(amount, currency or "EUR", locale=of_numbers())


def number(value: Any) -> str:
    """A plain number with the language's separators."""
    return "" if value is None or value == "" else format_decimal(value, locale=of_numbers())


def decimal_sign() -> str:
    """What stands before the decimals: a comma or a point."""
    return str(get_decimal_symbol(of_numbers()))


def quantity(value: Any, unit: str = "") -> str:
    """`2,50 m`, `40 m`, `3 ×`: whole numbers as such, else two decimals."""
    count = Decimal(value)
    pattern = "#,##0" if count == count.to_integral_value() else "#,##0.00"
    shown = format_decimal(count, format=pattern, locale=of_numbers())
    return f"{shown} {unit or '×'}"


def hours(minutes: Any) -> str:
    """Minutes as hours and minutes, `1:30 h`, to the nearest. A negative offset keeps its sign."""
    if minutes is None or minutes == "":
        return ""
    whole = round(Decimal(minutes))
    sign = "−" if whole < 0 else ""
    big, small = divmod(abs(whole), 60)
    return _("%(hours)s h") % {"hours": f"{sign}{big}:{small:02d}"}


def size(count: Any) -> str:
    """A file's size. 1 kB is 1000 bytes."""
    amount, unit = float(count or 0), "B"
    for larger in ("kB", "MB", "GB"):
        if amount < 1000:
            break
        amount, unit = amount / 1000, larger
    shown = round(amount, 1 if amount < 10 and unit != "B" else 0)
    return f"{number(int(shown) if shown == int(shown) else shown)} {unit}"


@once
def moment(at: datetime) -> str:
    """Date and time in the reader's zone, in full."""
    return date_format(timezone.localtime(at), "DATETIME_FORMAT")


def day(at: datetime) -> str:
    """The short date; the time of day as well if it is today."""
    local = timezone.localtime(at)
    return date_format(local, "TIME_FORMAT" if local.date() == timezone.localdate() else "SHORT_DATE_FORMAT")


def span(seconds: float) -> str:
    """How long, in one unit: `5 min`, `3 h`, `2 days`."""
    amount = abs(int(seconds))
    if amount < HOUR:
        return _("%(n)s min") % {"n": max(1, amount // MINUTE)}
    if amount < 2 * DAY:
        return _("%(n)s h") % {"n": amount // HOUR}
    return ngettext("%(n)s day", "%(n)s days", amount // DAY) % {"n": amount // DAY}


def ago(at: datetime, now: datetime | None = None) -> str:
    """How long since; a date once it is more than a week."""
    passed = ((now or timezone.now()) - at).total_seconds()
    if abs(passed) < 45:
        return _("just now")
    if passed < 0:
        return _("in %(span)s") % {"span": span(passed)}
    if passed < 7 * DAY:
        return _("%(span)s ago") % {"span": span(passed)}
    return day(at)


def left(until: datetime, now: datetime | None = None) -> tuple[str, str]:
    """A deadline in words and how near it is: "late", "soon" (under a quarter of a day) or ""."""
    rest = (until - (now or timezone.now())).total_seconds()
    if rest < 0:
        return _("%(span)s late") % {"span": span(rest)}, "late"
    near = "soon" if rest < timedelta(hours=6).total_seconds() else ""
    if rest < 7 * DAY:
        return _("in %(span)s") % {"span": span(rest)}, near
    return day(until), near
