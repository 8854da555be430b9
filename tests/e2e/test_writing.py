"""Writing in a real browser: a mail taken back while it counts down, who else is here, and forms that were left."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Desk

Open = Callable[..., Desk]
REACHABLE = """
from psa.directory.models import Contact
from psa.tenancy import doors, scope
from tickets.models import Ticket
for pk in doors.tenant_ids():
    with scope.tenant(pk):
        for contact in Contact.objects.filter(name="Cleo Hansen"):
            Ticket.objects.filter(number=2, company=contact.company_id).update(contact=contact)
"""
STATES = """
from psa.mail.models import Delivery
from psa.tenancy import doors, scope
for pk in doors.tenant_ids():
    with scope.tenant(pk):
        for one in Delivery.objects.filter(mail__code="public_note").order_by("pk"):
            print("STATE", one.state)
"""


def states(desk: Desk) -> list[str]:
    said = desk.portal.run("manage.py", "shell", "-v", "0", "-c", STATES)
    return [line.split()[1] for line in said.splitlines() if line.startswith("STATE ")]


def write(page: Page, words: str) -> None:
    page.goto(f"{page.url.split('/tickets/')[0]}/tickets/2/mail/")
    page.fill("textarea[name=mail_text]", words)
    page.get_by_role("button", name="Send", exact=True).last.click()
    page.wait_for_url("**/tickets/2/")


def test_undo_counts_down_in_the_corner_and_gives_the_words_back(desk: Open) -> None:
    max_ = desk("nordlicht", "max@nordlicht.example")
    max_.portal.run("manage.py", "shell", "-v", "0", "-c", REACHABLE)
    page = max_.go("tickets/2/")
    before = len(states(max_))
    write(page, "We come at 9.")
    toast = page.locator("#toasts .undo-toast")
    counted = toast.locator("[data-undo-said]")
    expect(counted).to_contain_text("The mail to Cleo Hansen leaves in ")
    first = counted.text_content()
    page.wait_for_function(
        "first => document.querySelector('#toasts [data-undo-said]').textContent !== first", arg=first
    )
    toast.get_by_role("button", name="Undo").click()
    page.wait_for_url("**/tickets/2/mail/")
    expect(page.locator("textarea[name=mail_text]")).to_have_value("We come at 9.")
    expect(page.locator("#toasts")).to_contain_text("The mail was not sent.")

    # Not taken back, it leaves by itself, and nothing offers to take it back any more.
    page.fill("textarea[name=mail_text]", "We come at 10.")
    page.get_by_role("button", name="Send", exact=True).last.click()
    page.wait_for_url("**/tickets/2/")
    expect(page.locator("#stream .undo button")).to_be_visible()
    expect(page.locator("#stream .undo [data-undo-said]")).to_contain_text("leaves now", timeout=15_000)
    expect(page.locator("#stream .undo button")).to_be_hidden()
    expect(page.locator("#toasts .undo-toast")).to_have_count(0)
    page.wait_for_timeout(3000)
    page.reload()
    expect(page.locator("#stream .undo")).to_have_count(0)
    assert states(max_)[before:] == ["withdrawn", "sent"]


def test_undo_works_without_scripts(desk: Open) -> None:
    max_ = desk("nordlicht", "max@nordlicht.example", java_script_enabled=False)
    max_.portal.run("manage.py", "shell", "-v", "0", "-c", REACHABLE)
    page = max_.go("tickets/2/")
    write(page, "In plain HTML.")
    expect(page.locator("#stream .undo")).to_contain_text("The mail to Cleo Hansen leaves in ")
    page.locator("#stream .undo button").click()
    page.wait_for_url("**/tickets/2/mail/")
    expect(page.locator("textarea[name=mail_text]")).to_have_value("In plain HTML.")
    page.get_by_role("button", name="Discard").click()
    expect(page.locator("textarea[name=mail_text]")).to_have_count(0)


def test_who_else_is_here_is_said_without_moving_anything(desk: Open) -> None:
    max_ = desk("nordlicht", "max@nordlicht.example")
    page = max_.go("tickets/3/")
    line = page.locator("[data-presence]")
    expect(line).to_have_text("")
    top = page.locator("#composer").bounding_box()
    # Somebody else of the house writes there. The desk of the tests has one person only, so the cache says it.
    page.route("**/tickets/3/presence/", lambda route: route.fulfill(body="<span>Ada Brandt is writing</span>"))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(line).to_have_text("Ada Brandt is writing")
    assert page.locator("#composer").bounding_box() == top, "nothing moves under the cursor"
    page.unroute("**/tickets/3/presence/")

    # Writing is said with the beat, and leaving when the page is left.
    page.locator("#composer textarea[name=text]").fill("Half a sentence")
    with page.expect_request(lambda one: "/presence/" in one.url) as asked:
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert asked.value.post_data == "writes=1"
    with page.expect_request(lambda one: "/presence/" in one.url and "leaves" in (one.post_data or "")):
        page.evaluate("dispatchEvent(new Event('pagehide'))")


def test_a_new_ticket_that_was_left_is_offered_here_and_elsewhere(desk: Open) -> None:
    max_ = desk("nordlicht", "max@nordlicht.example")
    page = max_.go("tickets/new/")
    with page.expect_response(lambda answer: "/new/drafts/" in answer.url and answer.ok):
        page.fill("[name=title]", "No link at port 12")
        page.fill("[name=description]", "Told at length")
    # Elsewhere the server offers it.
    other = desk("nordlicht", "max@nordlicht.example").go("tickets/new/")
    offer = other.locator(".draft-offer", has_text="No link at port 12")
    expect(offer).to_be_visible()
    expect(other.locator("[name=title]")).to_have_value("")
    offer.locator("a").click()
    expect(other.locator("[name=description]")).to_have_value("Told at length")
    other.locator("[data-draft-discard]").click()
    expect(offer).to_have_count(0)

    # Killed before the server heard of it: this browser offers it.
    page.goto(page.url)
    for _offer in page.locator(".draft-offer button", has_text="Throw away").all()[:3]:
        page.locator(".draft-offer button", has_text="Throw away").first.click()
        page.wait_for_load_state()
    page.route("**/new/drafts/**", lambda route: route.abort())
    page.fill("[name=title]", "Only here")
    page.reload()
    max_.said.clear()
    offer = page.locator(".draft-offer", has_text="kept by this browser")
    expect(offer).to_have_count(1)
    expect(page.locator("[name=title]")).to_have_value("")
    offer.get_by_role("button", name="Take it up").click()
    expect(page.locator("[name=title]")).to_have_value("Only here")
    expect(offer).to_have_count(0)
    max_.said.clear()


def test_a_choice_alone_is_no_draft_of_a_new_ticket(desk: Open) -> None:
    max_ = desk("nordlicht", "max@nordlicht.example")
    page = max_.go("tickets/new/")
    saves: list[str] = []
    page.on("request", lambda one: saves.append(one.url) if "/new/drafts/" in one.url else None)
    page.select_option("[name=priority]", index=0)
    page.wait_for_timeout(3000)
    assert saves == []


def test_properties_edited_in_place_are_kept_and_offered_there(desk: Open) -> None:
    max_ = desk("nordlicht", "max@nordlicht.example")
    page = max_.go("tickets/3/")
    page.locator("#properties [data-key=e]").click()
    with page.expect_response(lambda answer: "/drafts/properties-" in answer.url and answer.ok):
        page.locator("#properties-form textarea[name=description]").fill("A new story")
    page.reload()
    page.locator("#properties [data-key=e]").click()
    expect(page.locator("#properties-form .draft-offer")).to_contain_text("You began this at ")
    page.locator("#properties-form .draft-offer a").click()
    expect(page.locator("#properties-form textarea[name=description]")).to_have_value("A new story")
    page.locator("#properties-form .form-actions button[type=submit]").click()
    expect(page.locator(".ticket-description")).to_contain_text("A new story")
    page.locator("#properties [data-key=e]").click()
    expect(page.locator("#properties-form textarea[name=description]")).to_have_value("A new story")
    expect(page.locator("#properties-form .draft-offer")).to_have_count(0)


def test_what_was_discarded_comes_not_back_from_the_browser(desk: Open) -> None:
    max_ = desk("nordlicht", "max@nordlicht.example")
    page = max_.go("tickets/3/")
    area = page.locator("#composer textarea[name=text]")
    with page.expect_response(lambda answer: "/drafts/note/" in answer.url and answer.ok):
        area.fill("Nobody wants this")
    page.reload()
    expect(area).to_have_value("Nobody wants this")
    page.locator("#composer [data-draft-discard]").click()
    expect(area).to_have_value("")
    page.reload()
    expect(area).to_have_value("")
