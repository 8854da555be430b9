"""Both versions beside each other: what differs is marked, what stands in both is not."""

from __future__ import annotations

import time

from django.test import Client

from psa.tenancy.models import Membership
from tests.conftest import acting
from tests.tickets.conftest import put
from tests.tickets.pages import DESK, form_of, text_of
from tickets.differences import between
from tickets.models import Ticket
from tickets.services import items


def marked(pieces: object) -> list[str]:
    return [text for text, differs in pieces if differs]  # type: ignore[attr-defined]


def test_only_what_differs_is_marked() -> None:
    for now, typed, theirs, mine in (
        ("The switch is old.", "The router is old.", ["switch"], ["router"]),
        ("Same words", "Same words", [], []),
        ("Same\r\nlines", "Same\nlines", [], []),
        ("", "Added", [], ["Added"]),
        ("Ārpus birojā", "Ārpus telpā", ["birojā"], ["telpā"]),
    ):
        found = between(now, typed)
        assert found and (marked(found.now), marked(found.typed)) == (theirs, mine), (now, typed)
        assert "".join(text for text, _ in found.typed) == typed
    assert between("", "") is None


def test_long_texts_are_compared_in_time() -> None:
    began = time.monotonic()
    for one, other in (
        ("word " * 9_000, "other " * 9_000),
        ("x" * 50_000, "y" * 50_000),
        ("a\n" * 25_000, "b\n" * 25_000),
    ):
        assert between(one, other)
    assert time.monotonic() - began < 5


def test_both_versions_of_a_time_entry_stand_side_by_side(browser: Client, ticket: Ticket, max: Membership) -> None:
    entry = put(ticket, "timeentry", max)
    url = f"{DESK}1/time/{entry.key}/edit/"
    form = form_of(browser.get(url)) | {"minutes": "0:50", "text": "The <i>router</i> was changed"}
    with acting(max) as by:
        items.edit(entry, by=by, text="The switch was changed", minutes=40)
    page = text_of(browser.post(url, form))
    for words in ("As it stands now", "As you wrote it", "<mark>switch</mark>", "&lt;i&gt;router", "<mark>0:50</mark>"):
        assert words in page, words
    assert "<i>router" not in page
