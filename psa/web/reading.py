"""How the reader of this moment reads: language, time zone, way to write numbers. What depends on that and on plain
values alone is worked out once and kept in the process (`once`, `{% kept %}`)."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import lru_cache, wraps
from typing import Any, ParamSpec, TypeVar

from django.utils import timezone
from django.utils.translation import get_language

P = ParamSpec("P")
R = TypeVar("R")
KEPT = 4096
# Stands for the form token of a page in markup that is kept.
TOKEN = "csrf-token-of-the-reader"

# How the company whose page this is writes numbers, where it does not leave that to the language.
numbers: ContextVar[str] = ContextVar("number_format", default="")


# Their own words for our codes (psa.web.own_words), where they have any.
words: ContextVar[Any] = ContextVar("own_words", default=None)


def setting() -> tuple[str | None, str, str, Any]:
    """Language, time zone, the locale of numbers ("" for the language's own), and the company's own words."""
    return get_language(), timezone.get_current_timezone_name(), numbers.get(), words.get()


def once(function: Callable[P, R]) -> Callable[P, R]:
    """Keep what a function of plain values gives, for each way to read. For functions that ask nothing else: no clock,
    no database, no request."""

    @lru_cache(maxsize=KEPT, typed=True)
    def kept(_setting: tuple[Any, ...], *args: P.args, **kwargs: P.kwargs) -> R:
        return function(*args, **kwargs)

    @wraps(function)
    def asked(*args: P.args, **kwargs: P.kwargs) -> R:
        return kept(setting(), *args, **kwargs)  # type: ignore[arg-type]

    return asked
