"""Every page of the demo, as its people see it: silent console, no axe violation, no sideways scroll, no script needed.

The crawl follows links from the desk's home, so a page that nothing links to is a page nobody finds either. What is
visited is told apart by the name of its address; each is looked at in both themes as it is found, and at 360 px by a
browser of its own. Switching the theme changes nothing but colours, so the dark page is asked about these alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, BrowserContext, Page, expect

from demo.people import PASSWORD
from tests import stack

AXE = (Path(__file__).parent / "vendor" / "axe-4.min.js").read_text()
# A colour is measured when it has arrived, not on its way there.
STILL = """() => Promise.race([new Promise(done => setTimeout(done, 600)), Promise.all(document.getAnimations()
    .filter(one => one.effect.getComputedTiming().iterations !== Infinity).map(one => one.finished.catch(() => 0)))])"""
# What another theme can get wrong on the same page.
COLOURS = ["color-contrast", "link-in-text-block"]
ADMINISTRATORS = [("nordlicht", "max@nordlicht.example"), ("baltic", "gunta@baltic.example")]
OF_EACH, AT_MOST = Counter({"tickets:page": 6}), 80
NOT_PAGES = {"logout", "html", "file", "paper_pdf", "counts", "news"}

pytestmark = pytest.mark.skipif(stack.KIND != "embedded", reason="one crawl is enough: the pages are the same")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[stack.Stack]:
    """The demo as `manage.py demo` starts it."""
    folder = tmp_path_factory.mktemp("demo")
    port = stack.free_port()
    running = stack.Stack(folder, port, stack.environment(folder, port))
    running.start("demo", "manage.py", "demo", "--port", str(port))
    try:
        running.wait(seconds=180)
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

    def links(self) -> list[str]:
        """What can be opened; a sheet or a file is taken away and not looked at."""
        found = self.page.eval_on_selector_all("a[href]:not([download])", "all => all.map(a => a.href)")
        return [url for url in found if "format=csv" not in url]


def name_of(url: str) -> str:
    """The address's name, "" for what is no page of ours."""
    try:
        found = resolve(urlsplit(url).path)
    except Resolver404:
        return ""
    return "" if found.url_name in NOT_PAGES else found.view_name


def crawl(visitor: Visitor, look: Callable[[], object], *starts: str) -> list[str]:
    """Addresses of pages, some of each name, found by following links; `look` is called while one is open."""
    seen, counts, queue = [], Counter[str](), [*starts]
    while queue and len(seen) < AT_MOST:
        url = queue.pop(0).split("#")[0]
        name = name_of(url)
        if not url.startswith(visitor.demo.url) or not name or url in seen or counts[name] > OF_EACH[name]:
            continue
        answer = visitor.page.goto(url)
        assert answer is not None
        assert answer.status == 200, f"{url} answers {answer.status}"
        counts[name] += 1
        seen.append(url)
        queue += visitor.links()
        look()
    return seen


def violations(page: Page) -> list[str]:
    """What axe finds wrong on the open page, one line each: everything in the light, then the colours in the dark."""
    wrong = axe(page, {})
    page.emulate_media(color_scheme="dark")
    page.reload()
    wrong += axe(page, {"runOnly": {"type": "rule", "values": COLOURS}})
    page.emulate_media(color_scheme="light")
    return [f"{page.url}: {line}" for line in wrong]


def axe(page: Page, options: dict[str, Any]) -> list[str]:
    page.evaluate(STILL)
    page.evaluate(AXE)
    found = page.evaluate("options => axe.run(document, {resultTypes: ['violations'], ...options})", options)
    return [
        f"{one['id']}: {node['target']} {node['html'][:120]}"
        for one in found["violations"]
        for node in one["nodes"][:3]
    ]


@pytest.mark.timeout(1200)  # some sixty pages twice
@pytest.mark.parametrize(("tenant", "email"), ADMINISTRATORS)
def test_every_page_is_silent_accessible_and_fits_a_phone(
    chromium: Browser, demo: stack.Stack, tenant: str, email: str
):
    wide = Visitor(chromium, demo, viewport={"width": 1280, "height": 900}, bypass_csp=True, reduced_motion="reduce")
    wide.sign_in(email)
    wrong: list[str] = []
    wide.page.goto(f"{demo.url}/{tenant}/outsourcing/")
    handovers = [url for url in wide.links() if name_of(url) == "outsourcing:handover"]
    starts = (wide.page.url, *handovers[:1], f"{demo.url}/{tenant}/")
    pages = crawl(wide, lambda: wrong.extend(violations(wide.page)), *starts)
    names = {name_of(url) for url in pages}
    assert {"tickets:list", "tickets:page", "outsourcing:dashboard", "outsourcing:handover", "mail:outbox"} <= names
    narrow = Visitor(chromium, demo, viewport={"width": 360, "height": 740})
    narrow.sign_in(email)
    for url in pages:
        narrow.page.goto(url)
        width = narrow.page.evaluate("document.scrollingElement.scrollWidth")
        if width > 360:
            wrong.append(f"{url} is {width} px wide on a phone")
    print(f"{tenant}: {len(pages)} pages of {len(names)} names")
    assert not wrong, "\n".join(wrong)
    assert not wide.said + narrow.said, "\n".join(wide.said + narrow.said)


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
