"""The desk without a mouse: list, page, form, dialog and palette are walked by keys, and the focus is always seen."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Desk

MAX = "max@nordlicht.example"
# Where the focus is, and whether one sees it: without it the element or what is around it looks different.
FOCUS = """() => {
    const at = document.activeElement;
    const looks = () => {
        const found = [];
        for (let one = at, up = 0; one && up < 4; one = one.parentElement, up += 1) {
            const style = getComputedStyle(one);
            found.push(style.outline, style.boxShadow, style.borderColor, style.clipPath);
        }
        return found.join();
    };
    const box = at.getBoundingClientRect(), focused = looks();
    if (at !== document.body) { at.blur(); }
    const shown = looks() !== focused;
    at.focus({preventScroll: true});
    const inside = box.bottom > 0 && box.top < innerHeight;
    return {tag: at.tagName, name: at.name || '', href: at.href || '', shown, inside, html: at.outerHTML.slice(0, 90)};
}"""


def steps(page: Page, many: int, key: str = "Tab") -> list[dict[str, str]]:
    """Go on by `key` so many times; each stop must be seen, and in the window."""
    found = []
    for _ in range(many):
        page.keyboard.press(key)
        at = page.evaluate(FOCUS)
        if at["tag"] == "BODY":
            break
        assert at["shown"], f"the focus is not seen on {at}"
        assert at["inside"], f"the focus is out of sight on {at}"
        found.append(at)
    return found


@pytest.fixture
def page(desk: Callable[..., Desk]) -> Page:
    """Max at the list of tickets."""
    return desk("nordlicht", MAX).go("tickets/")


def open_ticket(page: Page, title: str = "Move the printer") -> None:
    page.locator("a.row-link", has_text=title).first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(title)


def test_the_list_is_walked_by_keys(page: Page):
    first = steps(page, 1)[0]
    assert first["href"].endswith("#main"), "the first stop skips what stands on every page"
    page.keyboard.press("Enter")
    page.keyboard.press("j")
    titles = page.locator("a.row-link")
    expect(titles.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(titles.nth(1)).to_be_focused()
    assert page.evaluate(FOCUS)["shown"]
    page.keyboard.press("k")
    expect(titles.nth(0)).to_be_focused()
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.type("printer")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/search/\?q=printer"))
    filters = page.locator("#list-filters > summary")
    filters.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#list-filters")).to_have_attribute("open", "")
    assert steps(page, 3)[0]["tag"] == "INPUT", "the open filters come next"
    page.keyboard.press("Escape")
    expect(filters).to_be_focused()


def test_every_stop_of_list_and_page_is_seen_and_leads_out_again(page: Page):
    assert len(steps(page, 60)) >= 25
    open_ticket(page)
    there = steps(page, 90)
    assert {"TEXTAREA", "BUTTON", "A"} <= {at["tag"] for at in there}
    assert len(steps(page, 3, "Shift+Tab")) == 3, "nothing holds the focus"


def test_the_ticket_page_takes_single_keys_unless_they_are_switched_off(page: Page):
    open_ticket(page)
    page.keyboard.press("n")
    note = page.locator("#composer textarea[name=text]")
    expect(note).to_be_focused()
    page.keyboard.type("nrt? by keys")
    expect(note).to_have_value("nrt? by keys")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".timeline").first).to_contain_text("nrt? by keys")
    page.locator("#main").focus()
    page.keyboard.press("g")
    page.keyboard.press("t")
    expect(page).to_have_url(re.compile(r"/nordlicht/tickets/$"))
    page.keyboard.press("?")
    switch = page.locator("#shortcuts [data-shortcuts-switch]")
    expect(switch).to_be_visible()
    switch.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    expect(page.locator("#shortcuts")).to_be_hidden()
    page.keyboard.press("/")
    expect(page.locator("#find")).not_to_be_focused()


def test_the_form_of_a_new_ticket_is_filled_by_keys_and_says_what_is_missing(page: Page):
    page.keyboard.press("c")
    expect(page).to_have_url(re.compile(r"/tickets/new/"))
    names = [at["name"] for at in steps(page, 45)]
    order = [name for name in ("contact", "title", "description", "queue", "priority") if name in names]
    assert order == sorted(order, key=names.index) and len(order) == 5, "fields come in the order they are read"
    page.locator("input[name=title]").focus()
    page.keyboard.type("Nobody to ask for")
    page.locator("main form.form button[type=submit]").last.focus()
    page.keyboard.press("Enter")
    missing = page.locator("input:invalid:focus, [aria-invalid=true], .form-errors")
    expect(missing.first).to_be_attached()
    expect(page.locator("input[name=title]")).to_have_value("Nobody to ask for")


def test_a_dialog_takes_the_focus_keeps_it_and_gives_it_back(page: Page):
    open_ticket(page, "Clean the server room")
    page.locator(".ticket-head button", has_text="Accept").focus()
    page.keyboard.press("Enter")
    opener = page.locator(".ticket-head [data-dialog]", has_text="Ask the customer")
    opener.focus()
    page.keyboard.press("Enter")
    dialog = page.locator("dialog[open]")
    expect(dialog.locator("textarea")).to_be_focused()
    for _ in range(8):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "() => document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        )
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.type("Which room?")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".timeline").first).to_contain_text("Which room?")


def test_the_palette_opens_chooses_goes_and_gives_the_focus_back(page: Page):
    row = page.locator("a.row-link").first
    row.focus()
    page.keyboard.press("Control+k")
    field = page.locator("#palette-input")
    expect(field).to_be_focused()
    page.keyboard.press("Escape")
    expect(row).to_be_focused()
    page.keyboard.press("Control+k")
    page.keyboard.type("switch")
    hit = page.locator("#palette-hits .palette-hit", has_text="Replace the switch")
    expect(hit.first).to_be_visible()
    expect(field).to_be_focused()
    for _ in range(page.locator("#palette-hits .palette-hit").count()):
        chosen = field.get_attribute("aria-activedescendant") or ""
        if "Replace the switch" in page.locator(f"[id='{chosen}']").inner_text():
            break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Replace the switch")
