"""The list of requests as a phone shows it: one's own or the company's, open or over, searched, in pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q

from workflows.portal import sight

EACH = 20
LONGEST_SEARCH, MOST_WORDS = 200, 8
MINE, COMPANY = "mine", "company"
OPEN, OVER, ALL = "open", "over", "all"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address asks for; anything else in it is ignored (hostile test A8)."""

    whose: str = MINE
    state: str = OPEN
    words: str = ""
    before: int = 0

    def query(self, **other: Any) -> str:
        """The address of the same list with something else."""
        said = {"whose": self.whose, "state": self.state, "q": self.words, **other}
        return urlencode({name: value for name, value in said.items() if value})


@dataclass(frozen=True, slots=True)
class Shown:
    """A page of the list: its requests, newest first, and where the next page begins."""

    wanted: Wanted
    requests: list[Any]
    more: int

    @property
    def next_query(self) -> str:
        return self.wanted.query(before=self.more) if self.more else ""


def wanted(given: Any, eyes: sight.Eyes) -> Wanted:
    """What is asked for, as far as there is such a list for this contact."""
    whose = COMPANY if given.get("whose") == COMPANY and eyes.shared_companies else MINE
    state = given.get("state") if given.get("state") in (OPEN, OVER, ALL) else OPEN
    before = given.get("before", "")
    return Wanted(
        whose,
        str(state),
        given.get("q", "").strip()[:LONGEST_SEARCH],
        int(before) if before.isascii() and before.isdecimal() and len(before) < 10 else 0,
    )


def page(eyes: sight.Eyes, asked: Wanted) -> Shown:
    """One statement, however many there are. A search looks at what the request itself and its words say, in sight."""
    rows = sight.own(eyes) if asked.whose == MINE else sight.requests(eyes).filter(company__in=eyes.shared_companies)
    if asked.state != ALL:
        rows = rows.filter(is_open=asked.state == OPEN)
    if asked.words:
        rows = found(rows, asked.words)
    if asked.before:
        rows = rows.filter(number__lt=asked.before)
    shown = list(rows.select_related("company", "contact").order_by("-number")[: EACH + 1])
    more = shown[EACH - 1].number if len(shown) > EACH else 0
    return Shown(asked, shown[:EACH], more)


def found(rows: Any, words: str) -> Any:
    """Of these requests those whose number, title or description has the words. What is internal is never looked at,
    so that no hit tells of it (hostile test A9)."""
    for word in words.split()[:MOST_WORDS]:
        bare = word.removeprefix("#")
        said = Q(title__icontains=word) | Q(description__icontains=word)
        if bare.isascii() and bare.isdecimal() and len(bare) < 10:
            said |= Q(number=int(bare))
        rows = rows.filter(said)
    return rows
