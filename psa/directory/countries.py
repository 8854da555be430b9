"""The countries there are (ISO 3166-1), by their names in the reader's language."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale
from django.utils.translation import get_language

# Regions that Unicode names beside the countries, or that are parts of one.
NO_COUNTRIES = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}


@lru_cache(maxsize=8)
def _named(language: str) -> list[tuple[str, str]]:
    names = ((str(code), str(name)) for code, name in Locale.parse(language).territories.items())
    pairs = [(code, name) for code, name in names if len(code) == 2 and code.isalpha() and code not in NO_COUNTRIES]
    return [("", "–"), *sorted(pairs, key=lambda pair: pair[1].casefold())]


def countries() -> list[tuple[str, str]]:
    """Every country by its name in the reader's language, and none of them."""
    return _named((get_language() or "en").partition("-")[0])


COUNTRIES = frozenset(code for code, _name in _named("en") if code)
