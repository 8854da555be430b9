"""A technician's visit on a phone of 360 px: found, begun, written down, signed for, finished, submitted (the IT house,
criterion 6). On the way each page is as wide as the phone, its buttons are large enough for a thumb, and axe is silent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils.translation import gettext as _
from django.utils.translation import override
from playwright.sync_api import Locator, Page, expect

from tests.e2e import it_house
from tests.e2e.conftest import Desk
from tests.e2e.test_every_page import axe
from tests.stack import Stack

PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True, "bypass_csp": True,
}  # fmt: skip
# What a thumb would miss of a page's main actions.
SMALL = """() => [...document.querySelectorAll("main .button.is-primary")]
    .map(one => [one.textContent.trim(), one.getBoundingClientRect().height])
    .filter(([_name, height]) => height > 0 && height < 40)"""


def look(page: Page) -> None:
    """What holds of every page on the way."""
    width = page.evaluate("document.scrollingElement.scrollWidth")
    assert width <= 360, f"{page.url} is {width} px wide"
    assert page.evaluate(SMALL) == [], page.url
    assert axe(page, {}) == [], page.url


def button(page: Page, label: str) -> Locator:
    return page.locator("main").get_by_role("button", name=label, exact=True)


def link(page: Page, label: str) -> Locator:
    return page.locator("main").get_by_role("link", name=label, exact=True)


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("de", "dark")])
def test_a_visit_from_the_first_page_to_the_submitted_ticket(
    portal: Stack, desk: Callable[..., Desk], language: str, scheme: str
) -> None:
    word = f"visit{language}"
    number = it_house.visited(portal, word, language)
    tove = desk("nordlicht", it_house.email("technician", word), color_scheme=scheme, **PHONE)
    tove.expects = "422"  # the visit is begun once without the reason that is wanted
    page = tove.go("")
    with override(language):
        begin(page, f"Set up the network {word}")
        visit = page.url
        write(page, word)
        it_house.prepared(portal, number)
        page.goto(visit)
        sign(page)
        finish(page)


def begin(page: Page, title: str) -> None:
    """From the first page over the week to the visit that is on; no delivery note is prepared, so it asks why."""
    visits = page.locator("main section", has=page.get_by_role("heading", name=_("My appointments"), exact=True))
    expect(visits).to_contain_text(_("Today"))
    look(page)
    visits.get_by_role("link", name=_("My week")).tap()
    today = page.locator(".board-column.is-today")
    expect(today).to_contain_text(title)
    look(page)
    today.get_by_role("link", name=title).tap()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page.locator("main")).to_contain_text("Hall 2, Kai 2")
    look(page)
    button(page, _("Start the visit")).tap()
    expect(page.get_by_role("alert")).to_contain_text(_("Why without a delivery note"))
    page.locator("form[action$='/start/'] [name=reason]").fill("The parcel is late.")
    button(page, _("Start the visit")).tap()
    expect(link(page, _("Log time and material"))).to_be_visible()
    expect(page.locator("main")).to_contain_text("The parcel is late.")
    look(page)


def write(page: Page, word: str) -> None:
    """Time, what was used with its serial number, and the ticket's next state, in one go."""
    link(page, _("Log time and material")).tap()
    composer = page.locator("#composer")
    composer.locator("[name=minutes]").fill("1:30")
    composer.locator("textarea[name=text]").fill("Switch mounted.")
    composer.locator("summary", has_text=_("Material")).tap()
    composer.locator("[name=material-0-what]").fill(f"{word}-bracket")
    composer.locator("[name=material-0-quantity]").fill("1")
    composer.locator("[name=material-0-serials]").fill("SN-4711")
    composer.locator("[name=move]").select_option("start")
    look(page)
    composer.locator("button.is-primary[type=submit]").tap()
    expect(page.locator("#stream")).to_contain_text("Switch mounted.")
    expect(page.locator("#ticket-head")).to_contain_text(_("In progress"))
    look(page)


def sign(page: Page) -> None:
    """From the visit to the paper and what stands on it: a name and a drawing."""
    page.locator("main a[href$='/sign/']").tap()
    expect(page.locator("main")).to_contain_text("SN-4711")
    page.fill("[name=name]", "Cleo Claasen")
    button(page, _("Sign")).tap()
    expect(page.locator("[name=is_on_paper]")).to_have_attribute("aria-invalid", "true")
    draw(page)
    look(page)
    page.fill("[name=name]", " ")
    button(page, _("Sign")).tap()
    page.fill("[name=name]", "Cleo Claasen")
    with page.expect_request(lambda request: request.method == "POST" and "/sign/" in request.url) as sent:
        button(page, _("Sign")).tap()
    assert len(sent.value.post_data or "") > 2000, "the drawing came back with the refused form, and goes with the name"
    expect(page.locator("main")).to_contain_text("Cleo Claasen")
    expect(link(page, _("Signed PDF"))).to_be_visible()
    look(page)


def draw(page: Page) -> None:
    """A signature with a finger."""
    field = page.locator("[data-signature] canvas")
    field.scroll_into_view_if_needed()
    place, phone = field.bounding_box(), page.context.new_cdp_session(page)
    assert place is not None
    left, top = place["x"] + 20, place["y"] + place["height"] / 2
    for step in range(12):
        point = {"x": left + 20 * step, "y": top + (20 if step % 2 else -20)}
        phone.send("Input.dispatchTouchEvent", {"type": "touchMove" if step else "touchStart", "touchPoints": [point]})
    phone.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def finish(page: Page) -> None:
    """Back to the visit, which ends on the ticket: no licences, then it goes to the customer for review."""
    page.locator("main a[href*='/appointments/']").tap()
    button(page, _("Finish the visit")).tap()
    expect(page.locator("#ticket-head")).to_contain_text(_("In progress"))
    button(page, _("None installed")).tap()
    expect(button(page, _("None installed"))).to_have_count(0)
    page.locator("#ticket-head").get_by_text(_("Submit for review")).tap()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").first.fill("The switch is in.")
    dialog.get_by_role("button", name=_("Submit for review"), exact=True).tap()
    expect(page.locator("#ticket-head")).not_to_contain_text(_("In progress"))
    expect(page.locator("#stream")).to_contain_text("The switch is in.")
    look(page)


def test_a_prepared_visit_begins_at_once_and_is_signed_for_without_a_script(
    portal: Stack, desk: Callable[..., Desk]
) -> None:
    word = "plain"
    it_house.visited(portal, word, is_prepared=True)
    technician = desk("nordlicht", it_house.email("technician", word), java_script_enabled=False, **PHONE)
    page = technician.go("")
    page.locator("main").get_by_role("link", name=f"Set up the network {word}").first.tap()
    expect(page.locator("textarea[name=reason]:visible")).to_have_count(0)
    button(page, "Start the visit").tap()
    page.locator("main a[href$='/sign/']").tap()
    expect(page.locator("[data-signature]")).to_be_hidden()
    page.fill("[name=name]", "Cleo Claasen")
    technician.expects = "422"  # a name alone is no signature
    button(page, "Sign").tap()
    page.get_by_label("Signed on paper").check()
    button(page, "Sign").tap()
    expect(page.locator("main")).to_contain_text("Cleo Claasen")
    expect(link(page, "Signed PDF")).to_be_visible()
