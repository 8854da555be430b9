"""A company's own sign-on: hostile test B15, and everything a provider could lie about."""

from __future__ import annotations

import re
import time
from html import unescape
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from psa.accounts import oidc, services
from psa.accounts.models import SignIn, SignOn, Subject
from psa.tenancy import scope
from psa.tenancy import services as tenants
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership, Tenant
from tests.accounts.conftest import PASSWORD, enter, with_password
from tests.accounts.provider import Provider
from tests.accounts.test_sign_in import give_app, is_in
from tests.conftest import acting, sign_in

START = "/accounts/sign-on/nordlicht/"
RETURN = "/accounts/sign-on/return/"


@pytest.fixture
def sign_on(max: Membership, provider: Provider) -> SignOn:
    """Nordlicht's provider, switched on."""
    with acting(max) as by:
        return services.set_sign_on(provider.issuer, provider.client_id, provider.secret, True, by=by)


@pytest.fixture
def linked(ada: Membership, sign_on: SignOn) -> Membership:
    """Ada, whom the provider knows as "a1"."""
    with acting(ada) as by:
        services.link(sign_on.issuer, "a1", by=by)
    return ada


def leave(browser: Client, path: str = START, **data: Any) -> str:
    """The address the browser is sent to."""
    page = browser.post(path, data).content.decode()
    found = re.search(r'content="0;url=([^"]+)"', page)
    assert found, page
    return unescape(found.group(1))


def through(provider: Provider, subject: str, browser: Client | None = None, **claims: Any) -> tuple[Client, Any]:
    """Out to the provider and back; the browser and what it was answered."""
    browser = browser or Client()
    answer = browser.get(RETURN, provider.vouch(leave(browser), subject, **claims))
    return browser, answer


def test_a_linked_member_comes_in(linked, provider):
    browser, answer = through(provider, "a1")
    assert (answer.status_code, answer["Location"]) == (302, "/nordlicht/")
    assert is_in(browser)
    assert {"/.well-known/openid-configuration", "/token", "/keys"} <= set(provider.asked)
    with scope.platform("test"):
        row = SignIn.objects.latest("pk")
        assert (row.user_id, row.method, row.opens_id) == (linked.user_id, "sign_on", linked.tenant_id)


def test_b15_a_provider_opens_its_own_company_only(linked, provider, atlas):
    tenants.add_member(atlas, linked.user.email, "Ada", "administrator")
    browser, _answer = through(provider, "a1")
    assert is_in(browser) and browser.get("/atlas/").status_code == 404
    desks = browser.get("/?all=1").content.decode()
    assert 'href="/nordlicht/"' in desks and 'href="/atlas/"' not in desks
    assert "/accounts/login/?next=/atlas/" in desks, "asked to sign in again for the other"
    assert is_in(sign_in(linked), "/atlas/"), "a password opens both"


def test_b15_matched_by_subject_never_by_address(linked, provider, max, gunta):
    """Nordlicht's provider says it is Baltic's administrator, or Nordlicht's own."""
    for address in (gunta.user.email, max.user.email, linked.user.email):
        browser, answer = through(provider, "somebody-else", email=address, email_verified=True)
        assert answer.status_code == 403 and not is_in(browser) and not is_in(browser, "/baltic/")


def test_b15_the_same_subject_of_another_provider_is_somebody_else(linked, provider, sam):
    with acting(sam) as by:
        services.set_sign_on(provider.issuer, provider.client_id, provider.secret, True, by=by)
    browser = Client()
    answer = browser.get(RETURN, provider.vouch(leave(browser, "/accounts/sign-on/atlas/"), "a1"))
    assert answer.status_code == 403 and not is_in(browser)


def test_a_leaver_does_not_come_in(linked, provider, max):
    with acting(max) as by:
        tenants.deactivate(linked, by=by)
    assert through(provider, "a1")[1].status_code == 403


def forged(provider: Provider) -> dict[str, dict[str, Any]]:
    now = int(time.time())
    return {
        "another key": {"key": rsa.generate_private_key(public_exponent=65537, key_size=2048)},
        "no signature": {"key": "", "algorithm": "none"},
        "signed with the client secret": {"key": provider.secret * 3, "algorithm": "HS256"},
        "another issuer": {"claims": {"iss": "https://evil.example"}},
        "another audience": {"claims": {"aud": "somebody-else"}},
        "two audiences, not ours to use": {"claims": {"aud": [provider.client_id, "b"], "azp": "b"}},
        "too old": {"claims": {"exp": now - 600}},
        "another nonce": {"claims": {"nonce": "x"}},
        "no subject": {"claims": {"sub": ""}},
    }


def test_nothing_forged_lets_anybody_in(linked, provider):
    for title, lies in forged(provider).items():
        provider.lies = lies
        browser, answer = through(provider, "a1")
        assert answer.status_code == 403 and not is_in(browser), title
    provider.lies = {}
    assert is_in(through(provider, "a1")[0])


def test_what_comes_back_must_have_been_asked_for_by_this_browser(linked, provider):
    browser, thief = Client(), Client()
    brought = provider.vouch(leave(browser), "a1")
    assert thief.get(RETURN, brought).status_code == 403
    assert browser.get(RETURN, {**brought, "state": "x"}).status_code == 403
    assert browser.get(RETURN, brought).status_code == 403, "used up by the first try"
    assert not is_in(browser) and not is_in(thief)


def test_the_session_is_another_one_afterwards(linked, provider):
    browser = Client()
    brought = provider.vouch(leave(browser), "a1")
    before = browser.session.session_key
    browser.get(RETURN, brought)
    assert browser.session.session_key != before


def test_connecting_proves_both(ada, sign_on, provider):
    browser = enter(with_password(ada))
    answer = browser.post(f"{START}connect/")
    assert answer.status_code == 302 and "reauthenticate" in answer["Location"], "signed in is not enough"
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    back = provider.vouch(leave(browser, f"{START}connect/"), "a1")
    assert browser.get(RETURN, back).status_code == 302
    assert is_in(through(provider, "a1")[0])


def test_a_subject_is_one_member(linked, sign_on, max):
    with acting(max) as by, pytest.raises(Refused, match="subject_is_taken"):
        services.link(sign_on.issuer, "a1", by=by)


def test_another_issuer_disconnects_everybody(linked, sign_on, max):
    with acting(max) as by:
        services.set_sign_on("https://login.example", "x", "", True, by=by)
        assert not Subject.objects.exists()


def test_only_through_the_sign_on_but_for_an_administrator_with_a_second_factor(linked, provider, max, nordlicht):
    with scope.tenant(nordlicht):
        Tenant.objects.update(needs_sign_on=True)
    assert sign_in(linked).get("/nordlicht/tickets/")["Location"].startswith(START)
    assert not is_in(sign_in(max))
    give_app(max), give_app(linked)
    assert is_in(sign_in(max)) and not is_in(sign_in(linked))
    assert is_in(through(provider, "a1")[0])


def test_the_provider_signs_people_out(linked, provider):
    browser, _answer = through(provider, "a1")
    base = {"iss": provider.issuer, "aud": provider.client_id, "sub": "a1", "iat": int(time.time())}
    told = {**base, "jti": "1", "events": {oidc.ENDED: {}}}
    refused = [{**told, "nonce": "x"}, {**told, "events": {}}, {**told, "aud": "b"}, {**told, "sub": ""}]
    post = Client(enforce_csrf_checks=True).post
    for claims in refused:
        assert post(f"{START}ended/", {"logout_token": provider.token(claims)}).status_code == 400
    assert is_in(browser)
    for status in (200, 400):  # the second time it is a replay
        assert post(f"{START}ended/", {"logout_token": provider.token({**told, "jti": "2"})}).status_code == status
    assert not is_in(browser)


# Signing out there, too -----------------------------------------------------------------------------------------------
@pytest.fixture
def ends_there(linked: Membership, sign_on: SignOn) -> SignOn:
    """Nordlicht wants people signed out at its provider as well."""
    with scope.tenant(sign_on.tenant_id):
        SignOn.objects.update(ends_there=True)
    return sign_on


def sign_out(browser: Client) -> Any:
    return browser.post("/accounts/logout/")


def onward(answer: Any) -> str:
    """Where the page leads on, "" where it does not."""
    found = re.search(r'content="0;url=([^"]+)"', answer.content.decode())
    return unescape(found.group(1)) if found else ""


def test_signing_out_goes_on_to_the_provider_with_the_token_it_gave(ends_there, provider):
    browser, _answer = through(provider, "a1")
    answer = sign_out(browser)
    assert answer.status_code == 200 and not is_in(browser), "here it is over first"
    assert provider.end(onward(answer)) == f"{settings.SITE_URL}/accounts/login/"
    assert provider.ended == ["a1"]
    with scope.platform("test"):
        assert SignIn.objects.latest("pk").ended_at is not None


def test_only_where_the_company_wants_it_and_the_provider_can(linked, sign_on, provider):
    browser, _answer = through(provider, "a1")
    answer = sign_out(browser)
    assert (answer.status_code, onward(answer)) == (302, "") and not is_in(browser)
    with scope.tenant(sign_on.tenant_id):
        SignOn.objects.update(ends_there=True)
    for said in ({"end_session_endpoint": None}, {"end_session_endpoint": "javascript:alert(1)"},
                 {"end_session_endpoint": 'https://x"><script>\n'}, {"issuer": "https://evil.example"}):  # fmt: skip
        browser, _answer = through(provider, "a1")
        provider.lies = {"said": said}
        cache.clear()
        answer = sign_out(browser)
        assert (answer.status_code, onward(answer)) == (302, ""), said
        assert not is_in(browser)
        provider.lies = {}
        cache.clear()


def test_who_came_in_with_a_password_is_not_sent_there(ends_there, linked, provider):
    browser = enter(with_password(linked))
    assert onward(sign_out(browser)) == "" and provider.ended == []


def test_a_provider_that_is_down_keeps_nobody_signed_in(ends_there, provider, monkeypatch):
    browser, _answer = through(provider, "a1")
    monkeypatch.setattr(oidc, "discover", _down)
    assert sign_out(browser).status_code == 302 and not is_in(browser)


def _down(issuer: str) -> Any:
    raise oidc.Untrusted("unreachable")


def test_a_suspended_company_or_a_switched_off_provider_sends_nobody_on(ends_there, provider):
    browser, _answer = through(provider, "a1")
    with scope.tenant(ends_there.tenant_id):
        SignOn.objects.update(is_on=False)
    assert onward(sign_out(browser)) == "" and not is_in(browser)


def test_the_token_is_kept_only_where_it_is_needed(linked, provider):
    browser, _answer = through(provider, "a1")
    assert not [value for value in browser.session.values() if isinstance(value, str) and value.count(".") == 2]


def test_the_secret_is_sealed_and_the_pages_do_not_show_it(sign_on, provider, max, ada):
    assert provider.secret not in sign_on.secret
    assert provider.secret not in sign_in(max).get("/nordlicht/sign-in/rules/").content.decode()
    with acting(ada) as by, pytest.raises(Denied):
        services.set_sign_on(provider.issuer, "x", "y", False, by=by)


def test_the_page_asks_the_provider_before_it_saves(max, provider):
    browser = sign_in(max)
    form = {
        "part": "sign_on", "sign_on-issuer": provider.issuer, "sign_on-client_id": "tandem", "sign_on-secret": "s",
        "sign_on-is_on": "on",
    }  # fmt: skip
    provider.lies = {"issuer": "https://evil.example"}
    assert browser.post("/nordlicht/sign-in/rules/", form).status_code == 422
    provider.lies = {}
    assert browser.post("/nordlicht/sign-in/rules/", form).status_code == 302


@pytest.mark.parametrize(
    ("issuer", "code"),
    [
        ("http://example.com", "not_https"), ("https://127.0.0.1", "private_address"),
        ("https://[::ffff:10.0.0.1]", "private_address"), ("https://example.com:6379", "port"),
    ],
)  # fmt: skip
def test_b8_a_provider_is_called_as_carefully_as_anybody(issuer, code, settings):
    """What is refused is in tests/psa/test_outward.py."""
    settings.SIGN_ON_ANYWHERE = False
    with pytest.raises(oidc.Untrusted) as error:
        oidc.discover(issuer)
    assert error.value.code == code


def test_b8_the_page_says_why_and_nothing_of_what_came_back(max, provider, settings):
    settings.SIGN_ON_ANYWHERE = False
    form = {"part": "sign_on", "sign_on-issuer": provider.issuer, "sign_on-client_id": "x", "sign_on-secret": "s"}
    answer = sign_in(max).post("/nordlicht/sign-in/rules/", form)
    assert answer.status_code == 422 and "https://" in answer.content.decode() and provider.asked == []
    settings.SIGN_ON_ANYWHERE = True
    provider.lies = {"issuer": "CanaryFromInside"}
    assert "CanaryFromInside" not in sign_in(max).post("/nordlicht/sign-in/rules/", form).content.decode()


def test_b8_where_a_provider_sends_us_is_judged_as_well(provider, settings, monkeypatch):
    """Its own address may be public; the one it names for tokens is not."""
    said = {"issuer": "https://login.example", "authorization_endpoint": "https://93.184.216.34/a",
            "token_endpoint": "https://169.254.169.254/token", "jwks_uri": "https://93.184.216.34/k"}  # fmt: skip
    settings.SIGN_ON_ANYWHERE = False
    monkeypatch.setattr(oidc, "_ask", lambda *args: said)
    with pytest.raises(oidc.Untrusted, match="private_address"):
        oidc.discover("https://login.example")


def test_a_password_still_opens_a_company_that_does_not_insist(linked):
    assert is_in(enter(with_password(linked), PASSWORD))
