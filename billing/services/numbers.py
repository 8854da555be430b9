"""Numbers of papers: gapless in the order of commits, patterned as the tenant writes them (hostile test N4)."""

from __future__ import annotations

import re
from datetime import date

from billing.services import billing_settings
from psa.tenancy.errors import Refused
from tickets.models import NumberRange

PATTERNS = {
    "order": "A-{year}-{number:05d}",
    "delivery_note": "L-{year}-{number:05d}",
    "return_note": "RL-{year}-{number:05d}",
    "invoice": "R-{year}-{number:05d}",
    "credit_note": "G-{year}-{number:05d}",
}
LONGEST = 40
# A closed list, never a template engine: {year}, {number}, and {number:05d} for so many digits.
PART = re.compile(r"\{(year|number)(?::0([1-9])d)?\}")
PLAIN = re.compile(r"[A-Za-z0-9./_-]*")


def take(kind: str, on: date) -> str:
    """The next number of a paper of `kind` with this date. Called last in the caller's transaction: the range stays
    locked until its end, and what is rolled back gives its number back."""
    pattern = of_kind(kind)
    return written(pattern, on.year, NumberRange.next(f"{kind}-{on.year}" if "{year" in pattern else kind))


def of_kind(kind: str) -> str:
    """How papers of this kind are numbered."""
    return billing_settings.of_tenant().number_patterns.get(kind) or PATTERNS[kind]


def written(pattern: str, year: int, number: int) -> str:
    """A number as the pattern writes it: `R-{year}-{number:05d}` gives R-2026-00007."""
    values = {"year": str(year), "number": str(number)}
    return PART.sub(lambda found: values[found[1]].zfill(int(found[2] or 0)), pattern)


def check(pattern: str) -> None:
    """Raises Refused("number_pattern_wrong") for a pattern without {number}, with other parts, or too long."""
    rest, parts = PART.sub("", pattern), [found[1] for found in PART.finditer(pattern)]
    if not PLAIN.fullmatch(rest) or parts.count("number") != 1 or len(written(pattern, 2026, 10**9)) > LONGEST:
        raise Refused("number_pattern_wrong", pattern=pattern)
