"""The single keys: said once, and the same on the page and in the list behind `?`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from psa.tenancy.models import Membership
from psa.web import keys
from tests.conftest import acting
from tests.tickets.pages import sign_in_english
from tickets import services
from tickets.models import Ticket


def listed(page: str) -> dict[str, str]:
    """The letters of the list behind `?` with their words."""
    dialog = page.partition('id="shortcuts"')[2].partition("</dialog>")[0]
    return dict(re.findall(r"<dt><kbd>(.)</kbd></dt><dd>(?:<[^>]+>)?([^<]+)", dialog))


@pytest.fixture
def browser(max: Membership) -> Client:
    return sign_in_english(max)


def test_every_key_of_a_ticket_is_listed_and_every_listed_key_does_something(
    browser: Client, ticket: Ticket, max: Membership, cleo: Any
) -> None:
    with acting(max) as by:
        services.edit(ticket, by=by, contact=cleo)
        type(cleo).objects.filter(pk=cleo.pk).update(email="cleo@hansen.example")
    page = browser.get(f"/nordlicht/tickets/{ticket.number}/").content.decode()
    pressed, shown = set(re.findall(r'data-key="(.)"', page)), listed(page)
    assert {"f", "m", "n", "t", "a", "e", "r", "i", "c"} <= pressed
    assert pressed <= shown.keys(), "a key nobody is told of"
    assert {one.letter for one in keys.listed()} <= pressed, "a key that does nothing"
    assert (shown["f"], shown["m"]) == ("Forward", "E-mail to the customer")


def test_no_page_gives_a_key_by_itself() -> None:
    literal = re.compile(r'data-key="|\bkey="[a-z]"')
    templates = (Path(settings.BASE_DIR) / "templates").rglob("*.html")
    assert [path.name for path in templates if literal.search(path.read_text())] == []


def test_a_letter_does_one_thing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "_keys", dict(keys._keys))
    for letter in ("f", "g", "?"):
        with pytest.raises(ValueError, match="does something else"):
            keys.register("another", letter, "Another")
    keys.register("another", "z", "Another")
    assert keys.letter("another") == "z" and keys.listed()[-1] == keys.Key("z", "Another")
