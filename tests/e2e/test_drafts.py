"""Draft safety in a real browser (issue 4, criterion 4): killed, reloaded, in two windows – it is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Desk

Open = Callable[..., Desk]
WORDS = "An hour of typing"


def area(page: Page) -> Any:
    return page.locator("#composer textarea[name=text]")


def note(page: Page) -> Any:
    return page.locator("#composer [data-draft-note]")


def saved(page: Page, act: Callable[[], Any]) -> None:
    """Do something and wait until the server keeps it."""
    with page.expect_response(lambda answer: "/drafts/note/" in answer.url):
        act()


def test_draft_safety_from_the_first_key_to_the_sent_note(desk: Open) -> None:
    max_ = desk("nordlicht", "max@nordlicht.example")
    page = max_.go("tickets/1/")
    url = page.url

    # The browser is killed between two keys and its next save: its own copy has the text.
    page.route("**/drafts/note/", lambda route: route.abort())
    area(page).fill(WORDS)
    page.reload()
    expect(area(page)).to_have_value(WORDS)
    expect(note(page)).to_contain_text("kept by this browser")
    max_.said.clear()
    page.unroute("**/drafts/note/")
    max_.expects = "409"
    with page.expect_response(lambda answer: "/drafts/note/" in answer.url and answer.ok):
        area(page).fill(f"{WORDS}, besides tea")

    # Another machine opens with it.
    elsewhere = desk("nordlicht", "max@nordlicht.example")
    other = elsewhere.page
    other.goto(url)
    expect(area(other)).to_have_value(f"{WORDS}, besides tea")
    expect(note(other)).to_contain_text("Draft from")

    # Both go on: the second to save is told, keeps its text, and may look at the other one.
    elsewhere.expects = max_.expects = "409"
    saved(other, lambda: area(other).fill("From the other machine"))
    saved(page, lambda: area(page).fill("From the first machine"))
    expect(note(page)).to_contain_text("Another window of yours")
    expect(area(page)).to_have_value("From the first machine")
    note(page).locator("[data-draft-other]").click()
    expect(area(page)).to_have_value("From the other machine")
    note(page).locator("[data-draft-other]").click()
    expect(area(page)).to_have_value("From the first machine")

    # Sent, it is gone everywhere, here and at the next opening.
    page.locator("#composer button[type=submit]").last.click()
    expect(page.locator(".timeline").first).to_contain_text("From the first machine")
    expect(area(page)).to_have_value("")
    page.reload()
    expect(area(page)).to_have_value("")
    page.goto(url)
    expect(note(page)).to_be_hidden()
