"""What a page costs on the wire (performance spec, "Wire"): every file it names counts, as brotli.

The first visit brings everything; after that the files are in the browser for good and a page is its own markup.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import brotli
import pytest
from django.conf import settings
from django.test import Client

from psa.tenancy.models import Membership
from tests.conftest import acting
from tests.tickets.conftest import internal
from tests.tickets.pages import DESK, text_of
from tickets import services
from tickets.models import Ticket

STATIC = Path(settings.BASE_DIR) / "static"
FIRST, LATER = 80_000, 25_000


class Named(HTMLParser):
    """The files of ours a page makes a browser fetch: scripts, sheets, pictures, and the sprite its icons are of."""

    def __init__(self, body: str) -> None:
        super().__init__()
        self.files: set[str] = set()
        self.feed(body)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        named = {"script": "src", "link": "href", "img": "src", "use": "href"}.get(tag)
        url = (found.get(named) or "").partition("#")[0].partition("?")[0] if named else ""
        if url.startswith(settings.STATIC_URL):
            self.files.add(url.removeprefix(settings.STATIC_URL))


def files_of(page: str) -> set[str]:
    """Those the page names, and those its sheets name in turn."""
    found, waiting = set(), Named(page).files
    while waiting:
        name = waiting.pop()
        found.add(name)
        if name.endswith(".css"):
            words = re.findall(r"url\(\s*[\"']?([^\"')]+)|@import\s+[\"']([^\"']+)", (STATIC / name).read_text())
            inner = {one or other for one, other in words if not (one or other).startswith(("data:", "#"))}
            waiting |= {
                str((STATIC / name).parent.joinpath(one).resolve().relative_to(STATIC)) for one in inner
            } - found
    return found


def packed(content: bytes) -> int:
    return len(brotli.compress(content))


def wire(browser: Client, url: str) -> tuple[int, dict[str, int]]:
    """The page's own bytes, with the counts it asks for behind itself, and those of each file it names."""
    page = text_of(browser.get(url))
    own = sum(packed(one.encode()) for one in (page, text_of(browser.get("/nordlicht/counts/"))))
    return own, {name: packed((STATIC / name).read_bytes()) for name in files_of(page)}


@pytest.fixture
def busy(ticket: Ticket, max: Membership) -> Ticket:
    """A ticket somebody works on: forty notes of different words, times and a checklist."""
    words = [word for path in sorted(STATIC.parent.glob("docs/*.md")) for word in path.read_text().split()]
    with acting(max) as by:
        for at in range(40):
            said = " ".join(words[at * 60 : at * 60 + 60])
            services.items.add(ticket, "note", internal(ticket), by=by, text=said)
        for at in range(5):
            services.checklists.add_item(ticket, f"Step {at}", by=by)
        for at in range(60):
            title = " ".join(words[at * 7 : at * 7 + 7])[:150]
            services.create(by=by, title=title, company=ticket.company, queue=ticket.queue)
    return ticket


@pytest.mark.parametrize("path", ["{number}/", "", "new/"])
def test_the_first_visit_and_the_later_ones_stay_small(browser: Client, busy: Ticket, path: str) -> None:
    own, files = wire(browser, f"{DESK}{path.format(number=busy.number)}")
    everything = own + sum(files.values())
    assert everything <= FIRST, (everything, own, sorted(files.items()))
    assert own <= LATER, own


def test_no_file_of_the_tickets_page_is_left_uncounted(browser: Client, busy: Ticket) -> None:
    _own, files = wire(browser, f"{DESK}{busy.number}/")
    for name in ("app", "drafts", "files", "presence", "undo", "relations", "stopwatch", "texts", "palette"):
        assert f"js/{name}.js" in files, name
    assert {"css/tandem.css", "icons.svg", "favicon.svg", "vendor/htmx-4.0.1.min.js"} <= files.keys()


def test_a_page_that_brings_more_than_the_rest_still_fits(browser: Client, busy: Ticket) -> None:
    """Somebody who has seen a ticket opens another page for the first time: the scripts of its own count, too."""
    known: Any = wire(browser, f"{DESK}{busy.number}/")[1]
    for path in ("", "new/", "board/", "week/"):
        own, files = wire(browser, f"{DESK}{path}")
        more = sum(size for name, size in files.items() if name not in known)
        assert own + more <= LATER, (path, own, more)
