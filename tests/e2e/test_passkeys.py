"""Passkeys in a browser that has one: Chromium's virtual authenticator answers as a finger on a sensor would."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests import stack
from tests.e2e.conftest import Desk
from tests.e2e.seed import PASSWORD

EMAIL = "paula@nordlicht.example"
PERSON = f"""
from psa.tenancy import doors, services
services.add_member(doors.tenant_named("nordlicht"), {EMAIL!r}, "Paula Keys", "technician", password={PASSWORD!r})
"""
KEY = {
    "protocol": "ctap2",
    "ctap2Version": "ctap2_1",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Sensor:
    """The authenticator of one browser."""

    def __init__(self, page: Page) -> None:
        self.session = page.context.new_cdp_session(page)
        self.session.send("WebAuthn.enable")
        self.id = self.session.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})["authenticatorId"]

    def keys(self) -> list[Any]:
        return self.session.send("WebAuthn.getCredentials", {"authenticatorId": self.id})["credentials"]

    def verifies(self, yes: bool) -> None:
        """Whether the finger is the right one."""
        self.session.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": yes})


@pytest.fixture(scope="module")
def paula(portal: stack.Stack) -> str:
    """Somebody of her own: with a passkey nobody else's sign-in changes."""
    portal.run("manage.py", "shell", "-v", "0", "-c", PERSON)
    return EMAIL


@pytest.fixture
def browser(desk: Callable[..., Desk], portal: stack.Stack, paula: str) -> Iterator[Desk]:
    """A browser with a sensor, at a name: a passkey belongs to one, not to an address of four numbers."""
    made = desk("nordlicht")
    made.sensor = Sensor(made.page)  # type: ignore[attr-defined]
    made.home = portal.url.replace("127.0.0.1", "localhost")  # type: ignore[attr-defined]
    yield made


def at(browser: Any, path: str) -> Page:
    browser.page.goto(f"{browser.home}{path}")
    return browser.page


def with_password(browser: Any) -> Page:
    page = at(browser, "/accounts/login/?next=/nordlicht/tickets/")
    page.fill("input[name=login]", EMAIL)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button[type=submit]:not([form])")
    page.wait_for_url(lambda url: "/accounts/login" not in url)
    return page


def proved(browser: Any, path: str) -> Page:
    """A page that asks who one is once more: changing how one signs in does."""
    page = at(browser, path)
    assert "/accounts/reauthenticate/" in page.url
    page.fill("input[name=password]", PASSWORD)
    page.locator("form", has=page.locator("input[name=password]")).locator("button[type=submit]").click()
    page.wait_for_url(f"**{path}")
    return page


def add_key(browser: Any, name: str) -> None:
    page = proved(browser, "/accounts/2fa/webauthn/add/")
    page.fill("input[name=name]", name)
    page.check("input[name=passwordless]")
    page.click("#mfa_webauthn_add")
    page.wait_for_url(lambda url: "/add/" not in url)


def sign_out(browser: Any) -> None:
    page = at(browser, "/accounts/logout/")
    page.click("main button[type=submit]")
    page.wait_for_url("**/accounts/login/**")


def test_a_passkey_is_added_signs_in_is_a_second_factor_and_goes(browser: Any) -> None:
    page = with_password(browser)
    expect(page).to_have_url(f"{browser.home}/nordlicht/tickets/")

    # Added: with it alone she can come in.
    add_key(browser, "My finger")
    expect(at(browser, "/accounts/2fa/webauthn/").get_by_role("cell", name="My finger")).to_be_visible()
    (kept,) = browser.sensor.keys()
    assert kept["rpId"] == "localhost" and kept["isResidentCredential"]
    sign_out(browser)

    # Alone, without a password.
    page = at(browser, "/accounts/login/?next=/nordlicht/tickets/")
    page.click("#passkey_login")
    page.wait_for_url(f"{browser.home}/nordlicht/tickets/")
    expect(at(browser, "/accounts/sessions/").get_by_role("cell", name="Passkey", exact=True).first).to_be_visible()
    sign_out(browser)

    # Behind a password, as the second step; the password alone opens nothing.
    page = with_password(browser)
    expect(page).to_have_url(f"{browser.home}/accounts/2fa/authenticate/")
    asked = browser.context.request.get(f"{browser.home}/nordlicht/tickets/", max_redirects=0)
    assert asked.status == 302 and "/accounts/login/" in asked.headers["location"]
    page.click("#mfa_webauthn_authenticate")
    page.wait_for_url(f"{browser.home}/nordlicht/tickets/")

    # Gone: the password is enough again, and the key opens nothing.
    page = at(browser, "/accounts/2fa/webauthn/")
    page = proved(browser, page.get_by_role("link", name="Remove").get_attribute("href") or "")
    page.click("main button[type=submit]")
    page.wait_for_url(lambda url: "/remove/" not in url)
    expect(at(browser, "/accounts/2fa/webauthn/").get_by_text("No passkey yet")).to_be_visible()
    sign_out(browser)
    expect(with_password(browser)).to_have_url(f"{browser.home}/nordlicht/tickets/")
    sign_out(browser)
    page = at(browser, "/accounts/login/")
    page.click("#passkey_login")
    expect(page.locator("main")).to_contain_text("Sign In")
    assert "/nordlicht/" not in page.url


def test_another_finger_does_not_come_in(browser: Any) -> None:
    with_password(browser)
    add_key(browser, "My other finger")
    sign_out(browser)
    browser.sensor.verifies(False)
    page = at(browser, "/accounts/login/")
    page.click("#passkey_login")
    page.wait_for_timeout(500)
    assert page.url.startswith(f"{browser.home}/accounts/login/")
    assert any("NotAllowedError" in one or "not allowed" in one for one in browser.said)
    browser.said.clear()
