"""A company's own words for codes everybody has, the states of a ticket for one: said instead of ours wherever the
code is shown, in the languages it gave them in.

    own_words.speak_as(tenant.wording)            # from here on (psa.web.reader)
    with own_words.spoken_as(tenant.wording): …   # for the length of a mail or a batch
    own_words.own("status", "open")               # their word in the reader's language, "" for ours
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language

from psa.web.reading import words

NONE: Mapping[str, Any] = {}


class Words:
    """One company's words. The same words are the same object, so that what was drawn with them is found again."""

    __slots__ = ("said",)

    def __init__(self, said: Mapping[str, Any]) -> None:
        self.said = said


@lru_cache(maxsize=512)
def _words(text: str) -> Words:
    return Words(json.loads(text))


def _known(said: Mapping[str, Any] | None) -> Words | None:
    return _words(json.dumps(said, sort_keys=True)) if said else None


def speak_as(said: Mapping[str, Any] | None) -> None:
    """Say these words from here on."""
    words.set(_known(said))


@contextmanager
def spoken_as(said: Mapping[str, Any] | None) -> Iterator[None]:
    """Say these words for the length of the block: where no request of the company's is answered."""
    before = words.set(_known(said))
    try:
        yield
    finally:
        words.reset(before)


def own(kind: str, code: str) -> str:
    """The company's word for a code in the reader's language, "" where it has none."""
    now = words.get()
    return str(now.said.get(kind, NONE).get(code, NONE).get(get_language() or "", "")) if now is not None else ""
