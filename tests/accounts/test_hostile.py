"""Hostile tests B1, B2, B4, B6 and A7 where they are about every address, every session or the clock."""

from __future__ import annotations

import re
import time
from statistics import median
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from outsourcing.services import partners
from psa.accounts.models import SignIn
from psa.directory.models import Company
from psa.mail.models import OutgoingMail
from psa.members import services as members
from psa.tenancy import scope
from psa.tenancy.models import Membership, Role, Tenant, User
from tests.access_outside import OUTSIDE
from tests.access_stage import World, a_desk, with_a_partner
from tests.access_table import PATHS
from tests.accounts.conftest import enter, with_password
from tests.conftest import acting, sign_in

RESET = "/accounts/password/reset/"
FORGED = {
    "HTTP_X_FORWARDED_HOST": "evil.example",
    "HTTP_FORWARDED": "host=evil.example",
    "HTTP_ORIGIN": "http://evil.example",
}
# What proves itself by a signature, with no browser involved.
# Doors of machines, each with a proof of its own: the provider's signature, the mail service's secret.
EXEMPT = {"accounts:provider_ended", "mail_webhook"}


def letters(tenant: int) -> list[OutgoingMail]:
    with scope.tenant(tenant):
        return list(OutgoingMail.objects.order_by("pk"))


# B1, B2 ---------------------------------------------------------------------------------------------------------------
def test_b1_a_forged_host_reaches_no_invitation(max: Membership, nordlicht: Tenant) -> None:
    with scope.tenant(nordlicht):
        role = Role.objects.get(code="technician")
    form = {"name": "Nora", "email": "nora@nordlicht.example", "role": role.pk, "language": "de"}
    browser = sign_in(max)
    assert browser.post("/nordlicht/people/invite/", form, **FORGED).status_code == 302
    assert browser.post("/nordlicht/people/invite/", form, HTTP_HOST="evil.example").status_code == 400
    with acting(max) as by:
        partners.invite(Company.objects.create(name="Atlas"), "sam@atlas.example", "Sam", by=by)
    written = letters(nordlicht.pk)
    assert {letter.code for letter in written} >= {"member_welcome"} and len(written) == 2
    for letter in written:
        links = re.findall(r"https?://[^\s\"'<>]+", letter.text + letter.html)
        foreign = [link for link in links if not link.startswith((settings.SITE_URL, "http://www.w3.org/"))]
        assert links and foreign == [], letter.code


def took(email: str) -> float:
    begun = time.perf_counter()
    Client().post(RESET, {"email": email}, REMOTE_ADDR=f"203.0.113.{int(begun * 1000) % 250}")
    return time.perf_counter() - begun


def test_b2_a_reset_takes_as_long_for_an_unknown_address(ada: Membership) -> None:
    with_password(ada)
    known = [took(ada.user.email) for _ in range(3)]
    unknown = [took(f"nobody{n}@example.com") for n in range(3)]
    assert abs(median(known) - median(unknown)) < 0.15
    assert len(letters(ada.tenant_id)) == 3, "and it did write"


def test_b2_a_wrong_password_takes_as_long_for_an_unknown_address(ada: Membership, monkeypatch: Any) -> None:
    """Counted, not timed: a password is hashed for both."""
    hashed: list[str] = []
    real = User.check_password
    monkeypatch.setattr(User, "check_password", lambda user, raw: hashed.append("known") or real(user, raw))
    monkeypatch.setattr(User, "set_password", lambda user, raw: hashed.append("unknown"))
    enter(ada, "wrong")
    Client().post("/accounts/login/", {"login": "nobody@example.com", "password": "wrong"})
    assert hashed == ["known", "unknown"]


def test_b2_asking_for_many_from_one_address_is_slowed_down(ada: Membership, monkeypatch: Any) -> None:
    monkeypatch.setattr("psa.accounts.views.RESET_SECONDS", 0)
    answers = [Client().post(RESET, {"email": f"nobody{n}@example.com"}).status_code for n in range(25)]
    assert answers[:20] == [302] * 20 and 429 in answers


def test_b2_a_reset_link_dies_with_the_address(ada: Membership) -> None:
    with_password(ada)
    Client().post(RESET, {"email": ada.user.email})
    found = re.search(r"/accounts/password/reset/key/\S+", letters(ada.tenant_id)[0].text)
    assert found
    path = found.group().rstrip(".)")
    assert "set-password" in Client().get(path)["Location"]
    with scope.platform("test"):
        User.objects.filter(pk=ada.user_id).update(email="ada.brandt@nordlicht.example")
    assert "set-password" not in Client().get(path).headers.get("Location", "")


# B4 -------------------------------------------------------------------------------------------------------------------
@pytest.fixture
def nord(max: Membership, baltic: Tenant) -> World:
    return with_a_partner(a_desk(max, "CanaryNord", 6), baltic)


def test_b4_every_address_wants_its_token(nord: World) -> None:
    """Of all there are, by every unsafe method, those outside any company too."""
    browser = Client(enforce_csrf_checks=True)
    with scope.platform("test: sign in"):
        browser.force_login(nord.max.user)
    urls = {name: reverse(name, kwargs={"tenant": "nordlicht", **path.args(nord)}) for name, path in PATHS.items()}
    urls |= {name: reverse(name, kwargs=args) for name, (args, _stranger, _member) in OUTSIDE.items()}
    open_to_others = [
        f"{name} {method}"
        for name, url in urls.items()
        if name not in EXEMPT
        for method in ("post", "put", "patch", "delete")
        if getattr(browser, method)(url).status_code != 403
    ]
    assert open_to_others == []


# B6, A7 ---------------------------------------------------------------------------------------------------------------
def give(member: Membership, code: str, max: Membership) -> None:
    with acting(max) as by:
        members.change_role(member, Role.objects.get(code=code), by=by, takes_preset=True)


def test_b6_another_role_is_another_session_key(ada: Membership, max: Membership) -> None:
    browser, other = enter(with_password(ada)), enter(ada)
    old = browser.session.session_key
    give(ada, "dispatcher", max)
    assert browser.get("/nordlicht/tickets/").status_code == other.get("/nordlicht/tickets/").status_code == 200
    new = browser.session.session_key
    assert new != old and not Session.objects.filter(session_key=old).exists()
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = old
    assert thief.get("/nordlicht/tickets/").status_code == 302
    with scope.platform("test"):
        kept = set(SignIn.objects.filter(user=ada.user).values_list("session_key", flat=True))
    assert kept == {new, other.session.session_key}, "she can still end it from elsewhere"
    browser.get("/nordlicht/tickets/")
    assert browser.session.session_key == new, "once"


def test_b6_the_cookies_are_for_this_site_alone(ada: Membership) -> None:
    browser = enter(with_password(ada))
    session = browser.cookies[settings.SESSION_COOKIE_NAME]
    assert session["httponly"] and session["samesite"] == "Lax" and session["path"] == "/" and not session["domain"]
    browser.get("/accounts/password/change/")
    token = browser.cookies[settings.CSRF_COOKIE_NAME]
    assert token["samesite"] == "Lax" and not token["domain"]


def test_a7_who_has_another_role_keeps_nothing_of_the_old_one(ada: Membership, max: Membership, ticket: Any) -> None:
    browser = sign_in(ada)
    give(ada, "dispatcher", max)
    counts = browser.get("/nordlicht/counts/").content.decode()
    assert browser.get("/nordlicht/tickets/").content.decode().count("VPN drops") and ">1<" in counts
    give(ada, "sales", max)  # sees her own tickets only
    assert "VPN drops" not in browser.get("/nordlicht/tickets/").content.decode()
    assert ">1<" not in browser.get("/nordlicht/counts/").content.decode(), "not even a count that was kept"
    assert browser.get(f"/nordlicht/tickets/{ticket.number}/").status_code == 404
