"""Every page of the demo, as its people see it: silent console, no axe violation, no sideways scroll, no script needed.

What there is, is found by following links from the desk's home without a browser, so a page that nothing links to is a
page nobody finds either. Then a browser looks at one page of each kind (the name of its address), in both themes and
at 360 px. Switching the theme changes nothing but colours, so the dark page is asked about these alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, BrowserContext, Page, expect

from demo.people import PASSWORD
from tests import stack
from tests.access_table import PATHS

AXE = (Path(__file__).parent / "vendor" / "axe-4.min.js").read_text()
# A colour is measured when it has arrived, not on its way there.
STILL = """() => Promise.race([new Promise(done => setTimeout(done, 600)), Promise.all(document.getAnimations()
    .filter(one => one.effect.getComputedTiming().iterations !== Infinity).map(one => one.finished.catch(() => 0)))])"""
# What another theme can get wrong on the same page.
COLOURS = ["color-contrast", "link-in-text-block"]
# Each after the first sees kinds that those before have not: a stopwatch of one's own, work received from a partner.
PEOPLE = (
    ("nordlicht", "max@nordlicht.example"),
    ("nordlicht", "ada@nordlicht.example"),
    ("baltic", "gunta@baltic.example"),
)
# Where one begins: the first page, and where the search field leads.
STARTS = ("", "tickets/search/?q=netz")
LINK = re.compile(r"<a\b([^>]*)>")
HREF = re.compile(r'\bhref="([^"]+)"')
# So many of a kind are read for links, and looked at: tickets differ in what leads on from them.
READ, LOOKED_AT = {"tickets:page": 12, "outsourcing:handover": 4}, {"tickets:page": 4}
# Parts of pages, files, and what answers without a page.
PARTS = {
    "web:palette",
    "web:counts",
    "tickets:counts",
    "tickets:find_customers",
    "tickets:find_texts",
    "tickets:find_tickets",
    "tickets:people",
    "tickets:news",
    "tickets:file",
    "tickets:customer_mail",
    "tickets:paper_pdf",
    "workflows:estimate_paper",
    "portal:estimate_paper",
    "tickets:came_mail",  # only tickets that came by mail have one
    "tickets:came_mail_html",
    "tickets:came_mail_original",
    "tickets:move",
    "tickets:quarantined_html",
    "tickets:quarantined_original",
    "tickets:file_pages",
    "mail:html",
    "account_logout",
    "outsourcing:work_order_pdf",
    "billing:order_document",
    "billing:article_units",
    "billing:find_articles",
    "billing:delivery_paper",
    "billing:signed_delivery_paper",
    "billing:invoice_paper",
    "billing:invoice_xml",
    "billing:statement_paper",
    "billing:portal_paper",
    "billing:feed",
}
# What the desk consists of. Some pages of partners' show only in one state; those stand in tests/outsourcing.
DESK = (
    "home",
    "tickets:",
    "members:",
    "accounts:",
    "settings:",
    "directory:",
    "notifications:",
    "batches:",
    "imports:",
)
DESK += ("mail:",)

pytestmark = pytest.mark.skipif(stack.KIND != "embedded", reason="one crawl is enough: the pages are the same")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[stack.Stack]:
    """The demo as `manage.py demo` starts it."""
    folder = tmp_path_factory.mktemp("demo")
    port = stack.free_port()
    running = stack.Stack(folder, port, stack.environment(folder, port))
    running.start("demo", "manage.py", "demo", "--port", str(port))
    try:
        running.wait(seconds=600)
        yield running
    finally:
        running.stop()


class Visitor:
    """A person's browser that remembers what the console said."""

    def __init__(self, browser: Browser, demo: stack.Stack, **options: object) -> None:
        self.demo = demo
        self.context: BrowserContext = browser.new_context(**options)  # type: ignore[arg-type]
        self.context.set_default_timeout(20_000)
        self.page: Page = self.context.new_page()
        self.said: list[str] = []
        self.page.on("console", lambda m: self.said.append(f"{self.page.url}: {m.text}") if m.type != "log" else None)
        self.page.on("pageerror", lambda error: self.said.append(f"{self.page.url}: {error}"))

    def sign_in(self, email: str) -> None:
        self.page.goto(f"{self.demo.url}/accounts/login/")
        self.page.fill("input[name=login]", email)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.locator("form", has=self.page.locator("input[name=password]")).locator("button[type=submit]").click()
        self.page.wait_for_url(lambda url: "/accounts/login" not in url)

    def links(self, url: str) -> list[str] | None:
        """What the page at `url` leads to, None where it says why not. A sheet or a file is taken away and
        not looked at."""
        answer = self.context.request.get(url)
        if answer.status == 409 or (answer.status == 403 and not name_of(url).startswith(DESK)):
            return None  # a breadcrumb of partners' pages begins at the dashboard, which a technician may not open
        assert answer.status == 200, f"{url} answers {answer.status}"
        found = []
        for tag in LINK.findall(answer.text()):
            href = HREF.search(tag)
            if href and " download" not in tag and "format=csv" not in tag:
                found.append(urljoin(url, unescape(href[1])).split("#")[0])
        return found


def name_of(url: str) -> str:
    """The address's name, "" for what is no page of ours."""
    try:
        name = resolve(urlsplit(url).path).view_name
    except Resolver404:
        return ""
    return "" if name in PARTS else name


def find(visitor: Visitor, *starts: str) -> dict[str, list[str]]:
    """The addresses of each kind of page that links lead to, the first found first."""
    found: dict[str, list[str]] = {}
    seen, queue = set(starts), list(starts)
    while queue:
        url = queue.pop(0)
        name = name_of(url)
        if not name or not url.startswith(visitor.demo.url):
            continue
        if len(found.get(name, [])) >= READ.get(name, 1):
            continue
        links = visitor.links(url)
        if links is None:
            continue
        found.setdefault(name, []).append(url)
        new = [link for link in dict.fromkeys(links) if link not in seen]
        seen.update(new)
        queue += new
    return found


def violations(page: Page) -> list[str]:
    """What axe finds wrong on the open page, one line each: everything in the light, then the colours in the dark."""
    wrong = axe(page, {})
    page.emulate_media(color_scheme="dark")
    wrong += axe(page, {"runOnly": {"type": "rule", "values": COLOURS}})
    page.emulate_media(color_scheme="light")
    return [f"{page.url}: {line}" for line in wrong]


def axe(page: Page, options: dict[str, Any]) -> list[str]:
    page.evaluate(STILL)
    page.evaluate("source => window.axe || (0, eval)(source)", AXE)
    found = page.evaluate("options => axe.run(document, {resultTypes: ['violations'], ...options})", options)
    return [
        f"{one['id']}: {node['target']} {node['html'][:120]}"
        for one in found["violations"]
        for node in one["nodes"][:3]
    ]


def too_wide(page: Page) -> list[str]:
    """The open page as a phone shows it."""
    page.set_viewport_size({"width": 360, "height": 740})
    width = page.evaluate("document.scrollingElement.scrollWidth")
    page.set_viewport_size({"width": 1280, "height": 900})
    return [f"{page.url} is {width} px wide on a phone"] if width > 360 else []


@pytest.mark.timeout(1200)  # some hundred and twenty pages
def test_every_kind_of_page_is_silent_accessible_and_fits_a_phone(chromium: Browser, demo: stack.Stack):
    wrong: list[str] = []
    kinds: set[str] = set()
    for tenant, email in PEOPLE:
        options = {"viewport": {"width": 1280, "height": 900}, "bypass_csp": True, "reduced_motion": "reduce"}
        wide = Visitor(chromium, demo, **options)
        wide.sign_in(email)
        found = find(wide, *(f"{demo.url}/{tenant}/{path}" for path in STARTS))
        new = [(name, urls[: LOOKED_AT.get(name, 1)]) for name, urls in found.items() if name not in kinds]
        for url in (url for _name, urls in new for url in urls):
            answer = wide.page.goto(url)
            assert answer is not None
            assert answer.status == 200, f"{url} answers {answer.status}"
            wrong += violations(wide.page) + too_wide(wide.page)
        kinds |= found.keys()
        wrong += wide.said
        wide.context.close()
    wanted = {name for name, path in PATHS.items() if path.administrator == 200 and name.startswith(DESK)}
    assert not wanted - kinds - PARTS, "no link of the demo leads there"
    assert not wrong, "\n".join(wrong)


def test_every_page_works_without_javascript(chromium: Browser, demo: stack.Stack):
    visitor = Visitor(chromium, demo, java_script_enabled=False)
    visitor.sign_in("max@nordlicht.example")
    visitor.page.goto(f"{demo.url}/nordlicht/tickets/")
    visitor.page.locator("table tbody a").first.click()
    visitor.page.locator("#composer textarea[name=text]").fill("Written without a script.")
    visitor.page.locator("#composer button[type=submit]").last.click()
    expect(visitor.page.locator(".timeline").first).to_contain_text("Written without a script.")
    for path in ("tickets/new/", "outsourcing/", "outsourcing/partners/", "companies/", "outbox/"):
        answer = visitor.page.goto(f"{demo.url}/nordlicht/{path}")
        assert answer is not None
        assert answer.status == 200
        assert visitor.page.locator("main h1").count() == 1
