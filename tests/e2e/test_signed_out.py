"""A session that ended while somebody was typing: nothing that was typed is lost, and one goes on where one was."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Desk

MAX = "max@nordlicht.example"
BOX = "#composer textarea[name=text]"


def on_a_ticket(desk: Desk) -> Page:
    page = desk.go("tickets/")
    page.get_by_role("link", name="Clean the server room").first.click()
    page.wait_for_selector(BOX)
    return page


def test_signing_in_again_in_another_tab_goes_on_here(desk: Callable[..., Desk]) -> None:
    one = desk("nordlicht", MAX)
    page = on_a_ticket(one)
    one.expects = "401"
    one.context.clear_cookies(name="tandem_session")
    page.fill(BOX, "Cleaned the shelves and the floor.")
    other = Desk(one.context, one.portal, "nordlicht").sign_in(MAX)
    other.page.close()
    page.locator(BOX).press("Control+Enter")
    expect(page.locator(".timeline")).to_contain_text("Cleaned the shelves and the floor.")


def test_what_was_sent_is_shown_and_stands_there_again_after_signing_in(desk: Callable[..., Desk]) -> None:
    one = desk("nordlicht", MAX)
    page = on_a_ticket(one)
    at = page.url
    page.fill(BOX, "Labelled all cables behind rack 4.")
    page.wait_for_timeout(2500)  # the draft is kept every two seconds
    one.expects = "401"
    one.context.clear_cookies(name="tandem_session")
    page.locator(BOX).press("Control+Enter")
    expect(page.get_by_role("heading", name="You are signed out.")).to_be_visible()
    expect(page.locator(".sent-text")).to_contain_text("Labelled all cables behind rack 4.")
    page.get_by_role("link", name="Sign in").click()
    page.fill("input[name=login]", MAX)
    page.fill("input[name=password]", "a-good-password")
    page.click("main button[type=submit]:not([form])")
    page.wait_for_url(lambda url: "/accounts/" not in url)
    assert page.url.partition("?")[0] == at.partition("?")[0].partition("#")[0]
    expect(page.locator(BOX)).to_have_value("Labelled all cables behind rack 4.")
