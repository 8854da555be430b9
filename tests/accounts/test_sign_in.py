"""Coming in with a password: hostile tests B1, B2, B4 to B7 and B11, sessions, the log, the second factor."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from psa.accounts import services, signins
from psa.accounts.models import Outcome, SignIn
from psa.journal.models import Entry
from psa.mail.models import OutgoingMail
from psa.tenancy import scope
from psa.tenancy import services as tenants
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership, Role, SecondFactor, Tenant
from tests.accounts.conftest import PASSWORD, enter, with_password
from tests.conftest import acting, sign_in

RESET = "/accounts/password/reset/"
SESSIONS = "/accounts/sessions/"
HOME = "/nordlicht/"


def is_in(browser: Client, path: str = HOME) -> bool:
    answer = browser.get(path)
    return not answer.headers.get("Location", "").startswith("/accounts/") and answer.status_code != 404


def letters(member: Membership) -> list[OutgoingMail]:
    with scope.tenant(member.tenant_id):
        return list(OutgoingMail.objects.order_by("pk"))


def log(**wanted: Any) -> list[SignIn]:
    with scope.platform("test: the log"):
        return list(SignIn.objects.filter(**wanted).order_by("pk"))


def give_app(member: Membership) -> str:
    """An authenticator app for this person; its secret."""
    with scope.platform("test: a second factor"):
        secret = generate_totp_secret()
        TOTP.activate(member.user, secret)
        RecoveryCodes.activate(member.user)
    return secret


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


# Reset ----------------------------------------------------------------------------------------------------------------
def test_b1_a_forged_host_reaches_no_mail(ada):
    for forged in ({"HTTP_HOST": "evil.example"}, {"HTTP_X_FORWARDED_HOST": "evil.example"}):
        Client().post(RESET, {"email": ada.user.email}, **forged)
    Client().post(
        RESET, {"email": ada.user.email}, HTTP_X_FORWARDED_HOST="evil.example", HTTP_FORWARDED="host=evil.example"
    )
    written = letters(ada)
    assert written and all(letter.code == "password_reset" for letter in written)
    for letter in written:
        assert "evil.example" not in letter.text + letter.html
        assert settings.SITE_URL in letter.text


def test_b2_a_reset_says_the_same_for_everybody_and_writes_to_members_only(ada):
    with_password(ada)
    known = Client().post(RESET, {"email": ada.user.email})
    unknown = Client().post(RESET, {"email": "nobody@example.com"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert len(letters(ada)) == 1


def test_b2_a_reset_link_works_once_and_dies_with_the_password(ada):
    with_password(ada)
    Client().post(RESET, {"email": ada.user.email})
    link = re.search(r"/accounts/password/reset/key/\S+", letters(ada)[0].text)
    assert link
    path = link.group().rstrip(".)")
    browser = Client()
    form = browser.get(path)["Location"]
    new = "another-secret-of-length"
    assert browser.post(form, {"password1": new, "password2": new}).status_code == 302
    assert is_in(enter(ada, new)) and not is_in(enter(ada))
    assert "set-password" not in Client().get(path).headers.get("Location", "")
    with_password(ada, "a-third-secret-of-length")
    assert not is_in(enter(ada, new))


@pytest.mark.parametrize("key", ["-", "0-", "1-", "1-None", "1-0", "zzz-zzz"])
def test_b2_an_empty_or_invented_token_never_matches(ada, key):
    uid, _dash, token = key.partition("-")
    answer = Client().get(f"/accounts/password/reset/key/{uid or '0'}-{token or 'x'}/")
    assert "set-password" not in answer.headers.get("Location", "")


def test_b2_asking_again_and_again_is_slowed_down(ada):
    answers = [Client().post(RESET, {"email": ada.user.email}).status_code for _ in range(8)]
    assert 429 in answers and len(letters(ada)) <= 5


# Forms ----------------------------------------------------------------------------------------------------------------
def test_b4_every_form_of_an_account_wants_its_token(max):
    browser = Client(enforce_csrf_checks=True)
    with scope.platform("test: sign in"):
        browser.force_login(max.user)
    paths = [
        "/accounts/login/", "/accounts/logout/", RESET, "/accounts/password/change/", "/language/",
        "/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/login/", "/accounts/sessions/others/end/",
        "/accounts/sessions/1/end/", "/accounts/sign-on/", "/accounts/sign-on/nordlicht/",
        "/accounts/sign-on/nordlicht/connect/", f"{HOME}sign-in/rules/", f"{HOME}people/invite/",
        f"{HOME}people/{max.pk}/leave/", f"{HOME}people/{max.pk}/let-in/",
    ]  # fmt: skip
    assert {path: browser.post(path).status_code for path in paths} == dict.fromkeys(paths, 403)


def test_b4_asking_for_a_page_signs_nobody_out(max):
    browser = enter(with_password(max))
    for path in ("/accounts/logout/", SESSIONS):
        browser.get(path)
    assert is_in(browser)


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/", "//evil.example/", "/\\evil.example/", "\\\\evil.example", "http:evil.example",
        "javascript:alert(1)", "https://127.0.0.1@evil.example/", "http://localhost:9/",
        "/\t/evil.example", " //evil.example",
    ],
)  # fmt: skip
def test_b5_next_leads_nowhere_else(ada, wanted):
    with_password(ada)
    answer = Client().post("/accounts/login/", {"login": ada.user.email, "password": PASSWORD, "next": wanted})
    assert answer.status_code == 302 and answer["Location"] == "/"


# Sessions -------------------------------------------------------------------------------------------------------------
def test_b6_the_session_is_another_one_after_signing_in(ada):
    browser = Client()
    browser.get("/accounts/login/")
    session = browser.session
    session["planted"] = "by somebody else"
    session.save()
    before = session.session_key
    browser.cookies[settings.SESSION_COOKIE_NAME] = before
    enter(with_password(ada), client=browser)
    cookie = browser.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie.value != before and is_in(browser)
    assert cookie["httponly"] and cookie["samesite"] == "Lax"
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = before
    assert not is_in(thief)


def test_b6_sign_out_everywhere_leaves_this_browser_only(ada):
    with_password(ada)
    here, there, forgotten = enter(ada), enter(ada), sign_in(ada)  # the last one nobody wrote down
    assert here.post(f"{SESSIONS}others/end/").status_code == 302
    assert [is_in(one) for one in (here, there, forgotten)] == [True, False, False]
    assert "Firefox" not in here.get(SESSIONS).content.decode()


def test_b6_one_session_is_ended_and_nobody_elses(ada, max):
    with_password(ada), with_password(max)
    here, there = enter(ada), enter(ada, HTTP_USER_AGENT="Mozilla/5.0 (Windows NT 10.0) Firefox/140.0")
    assert "Firefox, Windows" in here.get(SESSIONS).content.decode()
    other = log(user=ada.user, outcome=Outcome.DONE)[-1]
    assert enter(max).post(f"{SESSIONS}{other.pk}/end/").status_code == 404
    assert is_in(there)
    assert here.post(f"{SESSIONS}{other.pk}/end/").status_code == 302
    assert is_in(here) and not is_in(there)
    assert here.post(f"{SESSIONS}{other.pk}/end/").status_code == 404


def test_b6_a_new_password_ends_every_session(ada):
    with_password(ada)
    here, there = enter(ada), enter(ada)
    new = "another-secret-of-length"
    here.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert not is_in(there) and not is_in(enter(ada)) and is_in(enter(ada, new))
    assert [letter.code for letter in letters(ada)] == ["account_changed"]


def test_a7_a_leaver_is_out_with_the_next_click(ada, max):
    browser = enter(with_password(ada))
    with acting(max) as by:
        tenants.deactivate(ada, by=by)
    assert not is_in(browser)
    with scope.platform("test"):
        ada.user.refresh_from_db()
    assert browser.get("/?all=1").status_code == 302, "the session itself is over"


def test_b7_no_header_says_who_somebody_is(max):
    headers = (
        "REMOTE_USER",
        "HTTP_REMOTE_USER",
        "HTTP_X_REMOTE_USER",
        "HTTP_X_FORWARDED_USER",
        "HTTP_X_FORWARDED_EMAIL",
    )
    for name in headers:
        assert not is_in(Client(**{name: max.user.email})), name


def test_b7_an_address_is_believed_from_our_own_proxies_only(ada, settings):
    with_password(ada)
    enter(ada, HTTP_X_FORWARDED_FOR="203.0.113.9")
    assert log()[-1].address == "127.0.0.1"
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    enter(ada, HTTP_X_FORWARDED_FOR="198.51.100.1, 203.0.113.9")
    assert log()[-1].address == "203.0.113.9"


# Attempts -------------------------------------------------------------------------------------------------------------
def test_b11_guessing_is_slowed_down_and_written_down(ada):
    with_password(ada)
    for _ in range(7):
        enter(ada, "wrong")
    assert not is_in(enter(ada)), "too many attempts: the right one waits too"
    assert {one.outcome for one in log(user=ada.user)} == {Outcome.FAILED, Outcome.BLOCKED}


def test_a_sign_in_says_who_when_from_where_and_how(ada, max):
    browser = enter(with_password(ada), HTTP_USER_AGENT="Mozilla/5.0 (Windows NT 10.0) Firefox/140.0")
    enter(ada, "wrong")
    done, failed = log(user=ada.user)
    assert (done.outcome, done.method, done.address) == (Outcome.DONE, "password", "127.0.0.1")
    assert (failed.outcome, failed.session_key) == (Outcome.FAILED, "")
    for reader, path in ((browser, SESSIONS), (sign_in(max), f"{HOME}sign-in/log/")):
        page = reader.get(path).content.decode()
        assert "Firefox" in page and "127.0.0.1" in page, path
    assert sign_in(ada).get(f"{HOME}sign-in/log/").status_code == 403


def test_what_was_typed_as_an_address_is_kept_for_people_only(ada):
    Client().post("/accounts/login/", {"login": "my-secret-password", "password": "x"})
    Client().post("/accounts/login/", {"login": "stranger@example.com", "password": "x"})
    assert [one for one in log() if "secret" in one.email or "stranger" in one.email] == []


def test_another_company_reads_nothing_of_it(ada, sam):
    enter(with_password(ada))
    assert "ada@" not in sign_in(sam).get("/atlas/sign-in/log/").content.decode()


# Second factor --------------------------------------------------------------------------------------------------------
def test_the_second_step_is_asked_for_counted_and_its_secret_sealed(ada):
    secret = give_app(with_password(ada))
    browser = enter(ada)
    assert not is_in(browser)
    assert browser.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert not is_in(browser)
    browser.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    assert is_in(browser)
    assert [(one.outcome, one.method) for one in log()] == [("failed", "code"), ("done", "password+totp")]
    with scope.platform("test"):
        kept = Authenticator.objects.get(user=ada.user, type="totp").data["secret"]
    assert secret not in kept


def test_a_recovery_code_opens_once(ada):
    give_app(with_password(ada))
    with scope.platform("test"):
        row = Authenticator.objects.get(user=ada.user, type="recovery_codes")
        code = row.wrap().get_unused_codes()[0]
    first, second = enter(ada), enter(ada)
    first.post("/accounts/2fa/authenticate/", {"code": code})
    second.post("/accounts/2fa/authenticate/", {"code": code})
    assert is_in(first) and not is_in(second)


def test_changing_how_one_signs_in_asks_for_the_password_again(ada):
    browser = sign_in(with_password(ada))
    for path in ("totp/activate/", "webauthn/add/", "recovery-codes/generate/"):
        answer = browser.get(f"/accounts/2fa/{path}")
        assert answer.status_code == 302 or answer.status_code == 200, path
    assert "reauthenticate" in browser.get("/accounts/2fa/webauthn/add/").headers.get("Location", "")


@pytest.mark.parametrize(
    ("asked", "technician", "administrator"),
    [("", True, True), (SecondFactor.ADMINISTRATORS, True, False), (SecondFactor.EVERYBODY, False, False)],
)
def test_a_company_asks_for_a_second_factor(nordlicht, ada, max, asked, technician, administrator):
    with scope.tenant(nordlicht):
        Tenant.objects.update(second_factor=asked)
    assert is_in(sign_in(ada)) is technician
    assert is_in(sign_in(max)) is administrator
    give_app(ada), give_app(max)
    assert is_in(sign_in(ada)) and is_in(sign_in(max))


def test_nobody_shuts_themselves_out(max, ada):
    rules = {"second_factor": SecondFactor.EVERYBODY, "needs_sign_on": False, "keeps_origins": 30}
    with acting(max) as by:
        with pytest.raises(Refused, match="second_factor_first"):
            services.settle(rules, has_second_factor=False, by=by)
        assert Entry.objects.count() == 0
        services.settle(rules, has_second_factor=True, by=by)
        assert Entry.objects.get().data["new"] == {"second_factor": "everybody", "keeps_origins": 30}
    with acting(ada) as by, pytest.raises(Denied):
        services.settle(rules, has_second_factor=True, by=by)


# Invitations ----------------------------------------------------------------------------------------------------------
def test_an_invited_colleague_gets_a_link_once(max, nordlicht):
    with scope.tenant(nordlicht):
        role = Role.objects.get(code="technician")
    form = {"name": "Nora New", "email": "nora@nordlicht.example", "role": role.pk, "language": "de"}
    browser = sign_in(max)
    assert browser.post(f"{HOME}people/invite/", form).status_code == 302
    assert browser.post(f"{HOME}people/invite/", form).status_code == 422, "a member once"
    (letter,) = letters(max)
    assert letter.code == "member_welcome" and letter.to_address == "nora@nordlicht.example"
    assert sign_in(max).get(f"{HOME}people/invite/").status_code == 200


def test_the_log_forgets_after_a_year(ada):
    enter(with_password(ada))
    assert signins.forget(timezone.now() + timedelta(days=364)) == 0
    assert signins.forget(timezone.now() + timedelta(days=366)) == 1 and log() == []


def test_the_pages_cost_the_same_for_many(ada, max, django_assert_max_num_queries):
    browser = enter(with_password(ada))
    administrator = sign_in(max)
    for _ in range(3):
        enter(ada)
    for one, path, most in ((browser, SESSIONS, 14), (administrator, f"{HOME}sign-in/log/", 14)):
        one.get(path)
        with django_assert_max_num_queries(most):
            assert one.get(path).status_code == 200
    assert reverse("accounts:sessions") == SESSIONS
