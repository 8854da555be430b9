"""Files in a real browser: dropped, pasted, taken off, sent with a note, kept over a refusal, looked at in a dialog."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Desk
from tests.pictures import picture

Open = Callable[..., Desk]
MOVED = """([where, kind, files]) => {
    const moved = new DataTransfer();
    for (const [name, type, size] of files) moved.items.add(new File([new Uint8Array(size)], name, { type }));
    const options = { bubbles: true, cancelable: true };
    const event = kind === "paste" ? new ClipboardEvent(kind, { ...options, clipboardData: moved })
        : new DragEvent(kind, { ...options, dataTransfer: moved });
    document.querySelector(where).dispatchEvent(event);
}"""


def chosen(page: Page) -> Any:
    return page.locator("#composer .chosen-files li")


def test_files_are_dropped_pasted_and_sent_with_a_note(desk: Open) -> None:
    max_ = desk("nordlicht", "max@nordlicht.example")
    page = max_.go("tickets/2/")
    target = page.locator("#composer .drop-here")

    # The place to drop shows while something is dragged, and only then.
    expect(target).to_be_hidden()
    page.evaluate(MOVED, ["main", "dragover", [["a.txt", "text/plain", 1]]])
    expect(target).to_be_visible()
    page.evaluate(MOVED, ["main", "drop", [["a.txt", "text/plain", 3000], ["nothing.txt", "text/plain", 0]]])
    expect(target).to_be_hidden()
    expect(chosen(page)).to_have_count(1)
    expect(chosen(page)).to_contain_text("3 kB")
    expect(page.locator("#composer .file-wrong")).to_contain_text("nothing.txt")

    # A picture from the clipboard gets a name; a file above the limit is told before anything is sent.
    page.evaluate(MOVED, ["#composer textarea[name=text]", "paste", [["image.png", "image/png", 40]]])
    expect(chosen(page).nth(1)).to_contain_text("Picture 20")
    page.evaluate(MOVED, ["main", "drop", [["huge.iso", "", 26 * 1024 * 1024]]])
    expect(page.locator("#composer .file-wrong")).to_contain_text("huge.iso")
    expect(chosen(page)).to_have_count(2)

    # Choosing adds, and each is taken off by itself.
    rack = {"name": "rack.png", "mimeType": "image/png", "buffer": picture("PNG", 300, 200)}
    page.locator("#composer input[type=file]").set_input_files(rack)
    expect(chosen(page)).to_have_count(3)
    chosen(page).nth(1).locator("button").click()
    expect(chosen(page)).to_have_count(2)

    # A refusal keeps words and files; then everything goes in one submit.
    page.evaluate("document.querySelector('#composer textarea[name=text]').required = false")
    max_.expects = "422"
    with page.expect_response(lambda answer: "/notes/add/" in answer.url) as refused:
        page.locator("#composer .composer-foot button.is-primary").click()
    assert refused.value.status == 422
    expect(page.locator("#composer .composer-errors")).to_be_visible()
    expect(chosen(page)).to_have_count(2)
    page.locator("#composer textarea[name=text]").fill("The rack as it stands.")
    with page.expect_navigation():
        page.locator("#composer .composer-foot button.is-primary").click()
    expect(page.locator("#stream")).to_contain_text("The rack as it stands.")
    expect(page.locator("#totals a.file")).to_have_count(2)

    # Looked at without leaving: arrows go from file to file, Escape comes back to the same place.
    page.locator("#totals a.file", has_text="rack.png").click()
    dialog = page.locator("dialog.preview-dialog")
    expect(dialog.locator("img")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(dialog.locator("h1")).to_have_text("a.txt")
    page.keyboard.press("ArrowLeft")
    expect(dialog.locator("h1")).to_have_text("rack.png")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.locator("#stream")).to_contain_text("The rack as it stands.")


def test_without_scripts_the_field_and_the_page_do_the_same(desk: Open) -> None:
    plain = desk("nordlicht", "max@nordlicht.example", java_script_enabled=False)
    page = plain.go("tickets/3/?compose=file")
    rack = {"name": "plan.png", "mimeType": "image/png", "buffer": picture("PNG", 300, 200)}
    page.locator("#composer input[type=file]").set_input_files([rack, {**rack, "name": "second.png"}])
    page.locator("#composer .composer-foot button.is-primary").click()
    page.locator("#totals a.file", has_text="plan.png").click()
    expect(page.locator("main .preview img")).to_be_visible()
    page.locator("main .preview a[data-close-preview]").click()
    expect(page.locator("#composer")).to_be_visible()


def test_a_new_ticket_takes_files_dropped_and_pasted_and_keeps_them_over_a_refusal(desk: Open) -> None:
    max_ = desk("nordlicht", "max@nordlicht.example")
    page = max_.go("tickets/new/")
    chosen_here = page.locator("#new-ticket .chosen-files li")
    target = page.locator("#new-ticket .drop-here")
    page.evaluate(MOVED, ["main", "dragover", [["a.txt", "text/plain", 1]]])
    expect(target).to_be_visible()
    page.evaluate(MOVED, ["main", "drop", [["a.txt", "text/plain", 3000]]])
    expect(target).to_be_hidden()
    page.evaluate(MOVED, ["#new-ticket textarea[name=description]", "paste", [["image.png", "image/png", 40]]])
    expect(chosen_here).to_have_count(2)
    page.fill("input[name=find]", "Hansen")
    page.locator("#customers-list [role=option]").first.click()
    page.fill("textarea[name=description]", "The rack as it stands.")

    # Refused: words, customer and files are still there, and the box that searches works again.
    page.evaluate("document.querySelector('#new-ticket input[name=title]').required = false")
    max_.expects = "422"
    with page.expect_response(lambda answer: answer.url.endswith("/tickets/new/") and answer.status == 422):
        page.locator("#new-ticket .form-actions button.is-primary").click()
    expect(page.locator("#new-ticket .form-errors, #new-ticket [role=alert]").first).to_be_visible()
    expect(chosen_here).to_have_count(2)
    expect(page.locator("#new-ticket .file-again")).to_have_count(0)
    expect(page.locator("textarea[name=description]")).to_have_value("The rack as it stands.")
    expect(page.locator("#new-ticket input[name=find][role=combobox]")).to_have_value("Reederei Hansen")

    page.fill("#new-ticket input[name=title]", "The rack hums")
    with page.expect_navigation():
        page.locator("#new-ticket .form-actions button.is-primary").click()
    expect(page.locator("#totals a.file")).to_have_count(2)
    expect(page.locator("main")).to_contain_text("The rack hums")
