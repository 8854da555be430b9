"""The shell: language and theme, where it sends people, its errors, its navigation, and what no template may hold."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import brotli
import pytest
from django.conf import settings
from django.test import Client, RequestFactory
from django.utils.translation import get_language

from psa.tenancy import scope, services
from psa.tenancy.actor import Actor
from psa.tenancy.models import User
from psa.web import nav, refusals
from psa.web.views import safe_next
from tests.conftest import sign_in

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted(
    path
    for top in ("templates", "tickets", "outsourcing", "workflows", "billing", "demo", "psa")
    for path in (ROOT / top).rglob("*.html")
)

NEXT = [
    "https://evil.example/",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/%0d%0aSet-Cookie:x",
    "http:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    " //evil.example",
    "/\n/evil.example",
    "\x00//evil.example",
    "evil.example",
    "@evil.example",
    "https:/evil.example",
    "//testserver@evil.example",
    "https://testserver.evil.example/",
    "ftp://testserver/",
    "http://[::1",
    "",
]


@pytest.mark.parametrize("wanted", [one for one in NEXT if not one.startswith("/%")])
def test_b5_next_never_leaves_the_site(wanted):
    request = RequestFactory().post("/theme/", {"next": wanted})
    assert safe_next(request) == "/"


def test_b5_an_escaped_line_break_stays_escaped(client):
    response = client.post("/theme/", {"theme": "dark", "next": "/%0d%0aSet-Cookie:x"})
    assert response["Location"] == "/%0d%0aSet-Cookie:x"
    assert "x" not in response.cookies


@pytest.mark.parametrize("wanted", ["/", "/nordlicht/tickets/?q=a%20b&sort=-number", "/nordlicht/tickets/12/#note-3"])
def test_next_goes_back_to_the_page(wanted):
    assert safe_next(RequestFactory().post("/theme/", {"next": wanted})) == wanted


def test_a_stranger_keeps_language_and_theme_in_cookies(client, db):
    response = client.post("/language/", {"language": "lv", "next": "/accounts/login/"})
    assert response.status_code == 303
    assert client.cookies["tandem_language"].value == "lv"
    client.post("/theme/", {"theme": "dark"})
    page = client.get("/accounts/login/").content.decode()
    assert '<html lang="lv" data-theme="dark">' in page
    assert client.get("/accounts/login/")["Content-Language"] == "lv"
    assert get_language() == "en"


def test_a_person_keeps_language_and_theme_on_themselves(max):
    sign_in(max).post("/language/", {"language": "lv"})
    sign_in(max).post("/theme/", {"theme": "light"})
    with scope.platform("test"):
        user = User.objects.get(pk=max.user_id)
    assert (user.language, user.theme) == ("lv", "light")
    assert '<html lang="lv" data-theme="light">' in sign_in(max).get("/nordlicht/companies/").content.decode()


@pytest.mark.parametrize(
    ("path", "sent"), [("/language/", {"language": "xx"}), ("/theme/", {"theme": "<b>"}), ("/theme/", {})]
)
def test_what_is_no_choice_changes_nothing(max, path, sent):
    client = sign_in(max)
    assert client.post(path, sent).status_code == 303
    with scope.platform("test"):
        user = User.objects.get(pk=max.user_id)
    assert (user.language, user.theme) == ("", "")
    assert not {"tandem_language", "tandem_theme"} & client.cookies.keys()


@pytest.mark.parametrize("path", ["/language/", "/theme/"])
def test_b4_language_and_theme_take_only_posts_with_a_token(db, path):
    assert Client().get(path).status_code == 405
    assert Client(enforce_csrf_checks=True).post(path, {"language": "de"}).status_code == 403


def test_the_tenant_speaks_where_nobody_chose(nordlicht, max):
    assert '<html lang="de"' in sign_in(max).get("/nordlicht/companies/").content.decode()
    member = services.add_member(nordlicht, "lea@nordlicht.example", "Lea", "technician", language="lv")
    assert '<html lang="lv"' in sign_in(member).get("/nordlicht/companies/").content.decode()


# Errors --------------------------------------------------------------------------------------------------------------
def test_a_missing_right_is_named_with_who_grants_it(ada, max):
    client = sign_in(ada)
    client.post("/language/", {"language": "en"})
    response = client.get("/nordlicht/denied/")
    text = response.content.decode()
    assert response.status_code == 403
    assert "outsource tickets" in text
    assert "outsource.send" in text
    assert "Max Petersen" in text
    assert "Ada Brandt" not in re.sub(r"<header.*?</header>", "", text, flags=re.S)


def test_htmx_hears_the_same_as_a_toast(ada, max):
    response = sign_in(ada).get("/nordlicht/denied/", headers={"HX-Request": "true"})
    assert response.status_code == 403
    assert response["HX-Retarget"] == "#toasts"
    assert "<html" not in response.content.decode()
    assert "Max Petersen" in response.content.decode()


def test_a_refusal_has_its_sentence(ada, monkeypatch):
    monkeypatch.setattr(refusals, "_sentences", {"test.is_running": lambda p: f"This ticket is with {p['partner']}."})
    response = sign_in(ada).get("/nordlicht/refused/")
    assert response.status_code == 409
    assert "This ticket is with Baltic." in response.content.decode()


def test_a_refusal_nobody_wrote_a_sentence_for_still_says_something(monkeypatch):
    monkeypatch.setattr(refusals, "_sentences", {"a": lambda p: p["missing"]})
    assert "(a)" in refusals.sentence("a")
    assert "(b)" in refusals.sentence("b")


def test_a_code_has_one_sentence(monkeypatch):
    monkeypatch.setattr(refusals, "_sentences", {})
    refusals.register("a", str)
    with pytest.raises(ValueError, match="a"):
        refusals.register("a", repr)


def test_error_pages_are_pages(db, client):
    assert "There is nothing here" in client.get("/nowhere/else/").content.decode()
    failed = Client(raise_request_exception=False).get("/broken/")
    assert failed.status_code == 500
    assert "ZeroDivision" not in failed.content.decode()
    refused = Client(enforce_csrf_checks=True).post("/theme/", {})
    assert "send it again" in refused.content.decode()


# Navigation ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def registry(monkeypatch):
    """A navigation of our own."""
    monkeypatch.setattr(nav, "registered", nav.Registry())
    nav.group("books", "Books", 20)
    nav.register("Companies", "building-2", "companies", capability="company.view", group="books", count="companies")
    nav.register("Settings", "settings", "companies", capability="tenant.manage", order=5, thumb=True)
    nav.register("Gone", "circle", "nowhere:page")
    nav.register("Hidden", "circle", "companies", needs=lambda request: False)
    nav.count("companies", lambda actor: 100)
    nav.count("unseen", lambda actor: 1 / 0)
    nav.href.cache_clear()
    nav._markup.cache_clear()
    yield nav.registered
    nav.href.cache_clear()
    nav._markup.cache_clear()


def test_the_navigation_shows_what_its_reader_may_open(registry, ada, max):
    technician = sign_in(ada).get("/nordlicht/counts/").content.decode()
    assert technician == sign_in(ada).get("/nordlicht/counts/").content.decode()
    assert 'id="count-companies" hx-swap-oob="true">99+<' in technician
    assert "unseen" not in technician


def test_the_page_marks_where_it_is(registry, max, ada):
    request = RequestFactory().get("/nordlicht/companies/12/")
    with scope.tenant(max.tenant_id):
        for member, expected in ((max, ["Settings", "Companies"]), (ada, ["Companies"])):
            request.tenant, request.member, request.actor = member.tenant, member, Actor.of(member)
            assert [entry.label for entry in nav.visible(request)] == expected
            sidebar, tabbar = nav.markup(request)
            assert 'aria-current="page"' in sidebar
            assert ("Settings" in tabbar) == (member is max)
            assert nav.markup(request)[0] is sidebar


def test_counts_are_kept_for_a_while(registry, max, ada):
    client = sign_in(max)
    asked = []
    nav.count("companies", lambda actor: asked.append(actor) or 3)
    for _ in range(3):
        assert ">3<" in client.get("/nordlicht/counts/").content.decode()
    assert len(asked) == 1
    assert Client().get("/nordlicht/counts/").status_code == 302


# The styleguide ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("example", ["", "list/", "ticket/", "dashboard/", "offer/", "plain/"])
def test_the_styleguide_shows_every_pattern(client, db, settings, example):
    settings.DEMO = True
    assert client.get(f"/styleguide/{example}").status_code == 200
    settings.DEMO = False
    assert client.get(f"/styleguide/{example}").status_code == 404


def test_the_styleguide_has_no_other_pages(client, db, settings):
    settings.DEMO = True
    assert client.get("/styleguide/index/").status_code == 404
    assert client.get("/styleguide/parts/").status_code == 404


# What no template may hold -------------------------------------------------------------------------------------------
INLINE = {
    "a style attribute": r"\sstyle\s*=",
    "a handler": r"\son[a-z]+\s*=\s*[\"']",
    "a style element": r"<style\b",
    "an inline script": r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")",
    "a javascript: address": r"javascript:",
    "htmx that needs eval": r"hx-on|hx-live|[\"']js:|hx-trigger=\"[^\"]*\[",
    "an inherited htmx attribute without saying so": r"<body[^>]*hx-",
    "a foreign address": r"(?:src|href|action)=\"(?:https?:)?//",
}


@pytest.mark.parametrize("what", INLINE)
def test_x6_no_template_holds(what):
    pattern = re.compile(INLINE[what])
    found = [
        str(path.relative_to(ROOT))
        for path in TEMPLATES
        if "mail" not in path.parts and pattern.search(path.read_text())
    ]
    assert not found


def test_every_icon_that_is_named_is_in_the_sprite():
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "static/icons.svg").read_text()))
    named = set()
    for path in TEMPLATES:
        text = path.read_text()
        named |= set(re.findall(r'{% icon "([^"{]+)"', text)) | set(re.findall(r'\bicon="([^"{]+)"', text))
    for path in (ROOT / "psa/web").rglob("*.py"):
        named |= set(
            re.findall(r'(?:Label\([^)]*?"\w+", |_icon\(|Folder\(.*?, ")"?([a-z][a-z0-9-]+)"', path.read_text())
        )
    assert named - sprite == set()
    assert "<style" not in (ROOT / "static/icons.svg").read_text()


def test_vendored_files_are_what_they_were():
    rows = re.findall(r"\| `([^`]+)` \|.*\| `([0-9a-f]{64})` \|", (ROOT / "static/vendor/README.md").read_text())
    assert {name for name, _sum in rows} == {path.name for path in (ROOT / "static/vendor").glob("*.js")}
    for name, checksum in rows:
        assert hashlib.sha256((ROOT / "static/vendor" / name).read_bytes()).hexdigest() == checksum
    head = (ROOT / "templates/base_head.html").read_text()
    assert all(f"vendor/{name}" in head for name, _sum in rows)


def test_the_first_visit_stays_small():
    files = ["css/tandem.css", "js/app.js", "icons.svg", "favicon.svg", "vendor/htmx-4.0.1.min.js"]
    assert sum(len(brotli.compress((ROOT / "static" / name).read_bytes())) for name in files) < 45_000
