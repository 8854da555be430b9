"""Random calendars and moments from a seed: states of Germany, Latvia with its moved days, changes of the clock."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from psa.calendars import business
from tests.calendars.reference import Wall

STATES = ("BW", "BY", "BE", "BB", "HB", "HH", "HE", "MV", "NI", "NW", "RP", "SL", "SN", "ST", "SH", "TH")
WEEKS: tuple[list[Any], ...] = (
    [[(480, 1020)]] * 5 + [[], []],
    [[(480, 720), (780, 1020)]] * 5 + [[], []],
    [[(420, 600), (615, 720), (765, 990)]] * 4 + [[(420, 720)], [], []],
    [[(0, 1440)]] * 7,
    [[(540, 1080)]] * 5 + [[(600, 840)], []],
    # Over the hours in which clocks are changed, on the night they are.
    [[(480, 1020)]] * 5 + [[(1320, 1440)], [(0, 150), (165, 360)]],
    [[], [(60, 1500 - 60)], [(1200, 1440)], [(0, 240), (480, 1020)], [(480, 1020)], [(480, 600)], [(130, 190)]],
)
# Around both changes of the clock, Easter, moved days and the turn of the year.
NEAR = [
    date(2025, 3, 29), date(2025, 10, 25), date(2026, 3, 28), date(2026, 10, 24), date(2024, 10, 26), date(2026, 1, 1),
    date(2026, 1, 15), date(2026, 6, 19), date(2025, 5, 1), date(2025, 11, 16), date(2025, 12, 23), date(2026, 4, 1),
]  # fmt: skip


@dataclass
class Case:
    """One calendar in both ways to count."""

    wall: Wall
    rules: business.Rules


def calendar(dice: random.Random) -> Case:
    """A calendar nobody has, but somebody could."""
    latvian = dice.random() < 0.4
    zone, country = ("Europe/Riga", "LV") if latvian else ("Europe/Berlin", "DE")
    if dice.random() < 0.1:
        zone = dice.choice(["Australia/Lord_Howe", "Africa/Cairo", "America/St_Johns", "Asia/Kathmandu"])
    region = "" if latvian else dice.choice(("", *STATES))
    week = dice.choice(WEEKS)
    own: dict[date, tuple | None] = {}
    for _ in range(dice.randrange(4)):
        what = dice.choice([(), (), None, ((540, 780),), ((600, 700), (900, 1440))])
        own[dice.choice(NEAR) + timedelta(days=dice.randrange(-3, 6))] = what
    kept = business.rules(
        zone, country, region, tuple(tuple(day) for day in week), tuple(sorted(own.items(), key=lambda one: one[0]))
    )
    return Case(Wall(zone, country, region, week, own), kept)


def moment(dice: random.Random) -> datetime:
    """A full minute near a day that is not like others."""
    day = dice.choice(NEAR) + timedelta(days=dice.randrange(-2, 3))
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=dice.randrange(1440))
