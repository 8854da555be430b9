"""What a rate would change of the past: who prices work says how much of it that waits would cost something else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from psa.directory.models import Rate

# Gets the rate as it is to be (unsaved, with its id where it is one that changes) and the first day it is asked about.
Count = Callable[[Rate, date], int]
_counts: list[Count] = []


def register(count: Count) -> None:
    """Ask this app how many entries that are not approved a rate would give another price."""
    _counts.append(count)


def entries(rate: Rate, since: date) -> int:
    """How many entries worked on `since` or later, which nobody approved yet, would cost something else."""
    return sum(count(rate, since) for count in _counts)
