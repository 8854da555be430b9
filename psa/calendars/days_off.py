"""Public holidays and moved working days by country and region, from the maintained `holidays` library (ADR 23). Pure.

Where a state moves working days (Latvia does, by order of its government) the library names both: the day off in a
week, and the Saturday that is worked instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import holidays


@dataclass(frozen=True, slots=True)
class DaysOff:
    """A year's holidays by their names, and the days of weekends that are worked."""

    holidays: Mapping[date, str]
    workdays: frozenset[date]


@lru_cache(maxsize=1)
def _regions() -> dict[str, tuple[str, ...]]:
    """The regions of each country that is known."""
    found = holidays.list_supported_countries(include_aliases=False)
    return {code: tuple(regions) for code, regions in found.items()}


def is_known(country: str) -> bool:
    """Whether holidays of this country (two letters) are known."""
    return country in _regions()


def countries() -> list[str]:
    """The codes of the countries whose holidays are known."""
    return sorted(code for code in _regions() if len(code) == 2)


@lru_cache(maxsize=64)
def regions(country: str) -> tuple[tuple[str, str], ...]:
    """Codes and names of a country's regions whose holidays differ, by name."""
    if not is_known(country):
        return ()
    aliases = holidays.country_holidays(country).subdivisions_aliases
    names = {code: name for name, code in sorted(aliases.items(), key=lambda pair: len(pair[0]))}  # the longest in full
    return tuple(sorted(((code, names.get(code, code)) for code in _regions()[country]), key=lambda pair: pair[1]))


@lru_cache(maxsize=512)
def year(country: str, region: str, year: int, language: str = "") -> DaysOff:
    """The days off of one year, named in `language` where the library speaks it. Nothing for a country not known."""
    if not is_known(country):
        return DaysOff({}, frozenset())
    subdivision = region if region in _regions()[country] else None
    known = holidays.country_holidays(country).supported_languages
    spoken = next((one for one in (language, "en_US") if language and one in known), None)
    found = holidays.country_holidays(country, subdiv=subdivision, years=year, language=spoken)
    moved = frozenset(day for day in found.weekend_workdays if day.year == year)
    return DaysOff({day: name for day, name in found.items() if day.year == year}, moved)
