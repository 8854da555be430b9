"""The time zones of the world as forms offer them."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import available_timezones

AREAS = ("Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


@lru_cache(maxsize=1)
def zones() -> list[tuple[str, str]]:
    """By area and city, UTC first."""
    found = sorted(zone for zone in available_timezones() if zone.partition("/")[0] in AREAS)
    return [("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in found)]
