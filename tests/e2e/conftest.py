"""A portal that runs, and browsers to sit in front of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests import stack
from tests.e2e.seed import PASSWORD

CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=15_000)


@pytest.fixture(scope="package")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[stack.Stack]:
    """The chosen stack (TANDEM_STACK) with two companies in it."""
    with stack.running(tmp_path_factory.mktemp("portal")) as running:
        running.run("manage.py", "shell", "-v", "0", "-c", "from tests.e2e.seed import seed; seed()")
        yield running


@pytest.fixture(scope="package")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


class Desk:
    """Somebody's browser: where they are signed in, and what the console said."""

    def __init__(self, context: BrowserContext, portal: stack.Stack, tenant: str) -> None:
        self.context, self.portal, self.tenant = context, portal, tenant
        self.page: Page = context.new_page()
        self.said: list[str] = []
        # A status the browser is to report in this test, for it calls every answer from 400 on an error.
        self.expects = ""
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not (self.expects and f"status of {self.expects}" in message.text):
            self.said.append(f"{self.page.url}: {message.text}")

    def go(self, path: str) -> Page:
        """Open a page of this tenant."""
        self.page.goto(f"{self.portal.url}/{self.tenant}/{path}")
        return self.page

    def sign_in(self, email: str) -> Desk:
        """Through the login page, with the password."""
        self.page.goto(f"{self.portal.url}/accounts/login/")
        self.page.fill("input[name=login]", email)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.click("main button[type=submit]")
        self.page.wait_for_url(lambda url: "/accounts/login" not in url)
        return self


@pytest.fixture
def desk(chromium: Browser, portal: stack.Stack, tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """`desk("nordlicht", "max@nordlicht.example")` gives a signed-in browser of its own."""
    contexts: list[BrowserContext] = []
    desks: list[Desk] = []

    def open_desk(tenant: str, email: str = "", **options: Any) -> Desk:
        context = chromium.new_context(**{"locale": "en-GB", "viewport": {"width": 1280, "height": 900}, **options})
        context.set_default_timeout(20_000)
        contexts.append(context)
        made = Desk(context, portal, tenant)
        desks.append(made)
        return made.sign_in(email) if email else made

    yield open_desk
    said = [line for one in desks for line in one.said]
    for context in contexts:
        context.close()
    assert said == [], "the console stays silent"
