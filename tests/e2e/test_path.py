"""The whole way of a handover in two browsers: Max at Nordlicht and Gunta at Baltic (issue criterion 2)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Desk

LATEST_MAIL = """
import re
from psa.tenancy import doors, scope
from psa.mail.models import OutgoingMail
with scope.tenant(doors.tenant_named('nordlicht')):
    mail = OutgoingMail.objects.filter(code='invitation').order_by('-pk').first()
    print('LINK', re.search(r'https?://[^/\\s]+(/invitations/[^/\\s]+/)', mail.text).group(1))
"""


def move(page: Page, label: str, reason: str = "") -> None:
    """Press a move's button, say why where it asks, and confirm."""
    press(page, label).first.click()
    dialog = page.get_by_role("dialog")
    if reason:
        dialog.get_by_role("textbox").first.fill(reason)
    dialog.get_by_role("button", name=label, exact=True).click()


def press(page: Page, label: str) -> Locator:
    """A button that is open, on the page itself and not in a dialog."""
    is_open = "button:not([aria-disabled=true])"
    drawn = page.locator(f"main .infobar a, main .infobar {is_open}, main .head a, main .head button")
    return drawn.filter(has_text=re.compile(f"^\\s*{label}\\s*$"))


def say(page: Page, text: str, to: str) -> None:
    """Write a note for a reader by name."""
    composer = page.locator("#composer")
    composer.locator(f"label:has(input[name=reader][value*='{to}'])").click()
    composer.locator("textarea[name=text]").fill(text)
    composer.locator("button.is-primary[type=submit]").click()
    expect(page.locator(".timeline").first).to_contain_text(text)


def eventually(page: Page, find: Callable[[Page], Locator], seconds: int = 30) -> None:
    """Reload until the partner's change has arrived, as an impatient person would."""
    for _ in range(seconds * 2):
        if find(page).count():
            return
        page.wait_for_timeout(500)
        page.reload()
    expect(find(page)).not_to_have_count(0)


def shows(text: str) -> Callable[[Page], Locator]:
    return lambda page: page.locator("main").get_by_text(text, exact=False)


@pytest.fixture(scope="module")
def partners(portal: Any, chromium: Any) -> None:
    """Nothing yet: the first test makes them partners."""


def outsource(max: Desk, number: int, **fields: str) -> None:
    """Send the offer form of a ticket."""
    page = max.go(f"tickets/{number}/outsource/")
    page.locator("[name=partner]").first.wait_for(state="attached")
    if fields.pop("rate_type", "hourly") == "flat":
        page.locator("input[name=rate_type][value=flat]").check(force=True)
    for name, value in fields.items():
        page.fill(f"[name={name}]", value)
    page.get_by_role("button", name="Outsource", exact=True).click()
    expect(page.locator("#handover")).to_contain_text("Baltic Service")


def test_1_agreement_and_invitation(desk: Callable[..., Desk]) -> None:
    max = desk("nordlicht", "max@nordlicht.example")
    page = max.go("outsourcing/")
    page.get_by_label("I agree to the terms above").check()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("All my open").first).to_be_visible()

    page = max.go("outsourcing/partners/")
    row = page.locator("tr, li", has_text="gunta@baltic.example").first
    row.locator("input[type=checkbox]").check()
    page.get_by_role("button", name="Invite the ticked companies").click()
    page.locator("main").get_by_role("button", name=re.compile("Send|Invite")).last.click()
    expect(page.locator("body")).to_contain_text("Invited")

    link = re.search(r"LINK (\S+)", max.portal.run("manage.py", "shell", "-v", "0", "-c", LATEST_MAIL))
    assert link
    gunta = desk("baltic", "gunta@baltic.example")
    gunta.page.goto(max.portal.url + link.group(1))
    expect(gunta.page.get_by_role("heading", level=1)).to_contain_text("Nordlicht IT")
    gunta.page.get_by_role("button", name="Accept the invitation").click()
    expect(gunta.page.locator("body")).to_contain_text("Nordlicht IT")
    page = max.go("outsourcing/partners/")
    eventually(page, lambda page: page.locator("tr, li", has_text="Baltic Service").get_by_text("Active"))


def test_2_offer_to_approval(desk: Callable[..., Desk]) -> None:
    max, gunta = desk("nordlicht", "max@nordlicht.example"), desk("baltic", "gunta@baltic.example")
    outsource(max, 1, cost_rate="60", bill_rate="95", authorised_hours="5", authorised_charges="50")

    page = gunta.go("outsourcing/?folder=received-waiting")
    page = gunta.go("outsourcing/")
    page.get_by_role("link", name=re.compile("Waiting acceptance")).last.click()
    page.get_by_role("link", name=re.compile("Replace the switch in Riga")).first.click()
    expect(page.locator("body")).not_to_contain_text("95.00")
    page.locator("main").get_by_role("link", name="Accept", exact=True).click()
    page.fill("[name=new_company]", "Nordlicht IT")
    page.get_by_role("button", name="Accept and create the ticket").click()
    expect(page.locator("#handover")).to_contain_text("Nordlicht IT")
    theirs = page.url

    lead = max.go("tickets/1/")
    eventually(lead, shows("Accepted"))
    say(lead, "The key is at the gate.", "Baltic Service")
    eventually(page, shows("The key is at the gate."))

    say(page, "On my way.", "Nordlicht IT")
    log_time(page, "1:30", "Switch replaced", "Nordlicht IT")
    eventually(lead, shows("On my way."))
    eventually(lead, shows("Switch replaced"))
    expect(lead.locator("main")).to_contain_text("Gunta Bērziņa (Baltic Service)")

    move(page, "Insourcing complete")
    eventually(lead, shows("Waiting approval"))
    eventually(lead, lambda page: press(page, "Approve"))
    say(page, "I forgot something.", "Nordlicht IT")
    expect(page.locator("main")).to_contain_text("1 item held")
    move(lead, "Reject", "Port 12 is still dead.")
    eventually(page, shows("Port 12 is still dead."))
    eventually(lead, shows("I forgot something."))

    page.goto(theirs)
    move(page, "Insourcing complete")
    eventually(lead, shows("Waiting approval"))
    move(page, "Recall")
    eventually(lead, shows("In progress"))
    page.goto(theirs)
    move(page, "Insourcing complete")
    eventually(lead, shows("Waiting approval"))
    eventually(lead, lambda page: press(page, "Approve"))
    lead.wait_for_timeout(1500)
    lead.reload()
    move(lead, "Approve")
    expect(lead.locator("#handover")).to_contain_text("Complete")
    eventually(page, shows("Complete"))


def test_3_flat_return_take_back_and_close(desk: Callable[..., Desk]) -> None:
    max, gunta = desk("nordlicht", "max@nordlicht.example"), desk("baltic", "gunta@baltic.example")
    outsource(max, 2, rate_type="flat", flat_amount="400")
    lead = max.go("tickets/2/")
    move(lead, "Cancel the offer")
    expect(lead.locator(".timeline").first).to_contain_text(re.compile("cancel", re.I))

    outsource(max, 2, rate_type="flat", flat_amount="400")
    decline(gunta, "Move the printer", "No technician is free this week.")
    eventually(lead, shows("No technician is free this week."))

    outsource(max, 2, rate_type="flat", flat_amount="400")
    page = accept(gunta, "Move the printer")
    move(page, "Return", "The printer is bolted to the wall.")
    lead = max.go("tickets/2/")
    eventually(lead, shows("The printer is bolted to the wall."))

    outsource(max, 4, cost_rate="60", bill_rate="95", authorised_hours="2")
    page = accept(gunta, "Label the racks")
    lead = max.go("tickets/4/")
    eventually(lead, shows("Accepted"))
    lead.get_by_role("button", name="Accept for work").click()
    expect(lead.get_by_role("link", name="Start work")).to_be_visible()  # it asks how long it will take
    lead = max.go("tickets/4/end-and-close/")
    lead.locator("input[value=take_back]").check(force=True)
    lead.locator("main textarea").first.fill("We do it ourselves.")
    lead.locator("main form button[type=submit]").last.click()
    expect(lead.locator("body")).to_contain_text("Closed")
    eventually(page, shows("We do it ourselves."))


def log_time(page: Page, worked: str, text: str, to: str) -> None:
    """Log time for a reader by name."""
    page.locator("#composer .composer-tabs a", has_text="Time").click()
    composer = page.locator("#composer")
    expect(composer.locator("[name=worked_on]")).to_be_visible()  # a note has a field for minutes, too
    composer.locator("[name=minutes]").fill(worked)
    composer.locator(f"label:has(input[name=reader][value*='{to}'])").click()
    composer.locator("textarea[name=text]").fill(text)
    composer.locator("button.is-primary[type=submit]").click()
    expect(page.locator(".timeline").first).to_contain_text(text)


def offer_of(gunta: Desk, title: str) -> Page:
    """Find an offer on the dashboard."""
    page = gunta.go("outsourcing/")
    page.get_by_role("link", name=re.compile("Waiting acceptance")).last.click()
    page.get_by_role("link", name=re.compile(title)).first.click()
    return page


def accept(gunta: Desk, title: str) -> Page:
    """Accept an offer; the mapping is known by now."""
    page = offer_of(gunta, title)
    page.locator("main").get_by_role("link", name="Accept", exact=True).click()
    page.get_by_role("button", name="Accept and create the ticket").click()
    expect(page.locator("#handover")).to_contain_text("Nordlicht IT")
    return page


def decline(gunta: Desk, title: str, reason: str) -> None:
    """Decline an offer with a reason."""
    page = offer_of(gunta, title)
    page.locator("main").get_by_role("link", name="Decline", exact=True).click()
    page.locator("main textarea").first.fill(reason)
    page.get_by_role("button", name="Decline", exact=True).click()
    expect(page.locator("body")).to_contain_text("Declined")


MORE_PEOPLE = """
from psa.directory.models import Company
from psa.tenancy import doors, scope, services
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership
from tests.e2e.seed import PASSWORD
from tickets.services import lifecycle
lead, partner = doors.tenant_named('nordlicht'), doors.tenant_named('baltic')
services.add_member(
    lead, 'jana@nordlicht.example', 'Jana Krüger', 'administrator', password=PASSWORD, language='de'
)
services.add_member(
    partner, 'andris@baltic.example', 'Andris Ozols', 'administrator', password=PASSWORD, language='lv'
)
with scope.tenant(lead):
    by = Actor.of(Membership.objects.select_related('tenant', 'role').get(email='max@nordlicht.example'))
    for title in ('Two at once', 'Two approvers'):
        made = lifecycle.create(by=by, title=title, company=Company.objects.get(name='Reederei Hansen'))
        print('NUMBER', made.number)
"""


def test_4_a_lost_race_is_told_on_both_screens(desk: Callable[..., Desk]) -> None:
    """Criterion 7: who was slower reads what happened, who did it and what to do next, in the own language."""
    max = desk("nordlicht", "max@nordlicht.example")
    said = max.portal.run("manage.py", "shell", "-v", "0", "-c", MORE_PEOPLE)
    first, second = (int(number) for number in re.findall(r"NUMBER (\d+)", said))
    andris, jana = desk("baltic", "andris@baltic.example"), desk("nordlicht", "jana@nordlicht.example")
    andris.expects = jana.expects = max.expects = "409"

    # Andris fills in his new ticket while Max takes the offer off the table.
    outsource(max, first, cost_rate="60", bill_rate="95", authorised_hours="2")
    theirs = open_offer(andris, "Two at once")
    theirs.fill("[name=title]", "Typed by Andris")
    lead = max.go(f"tickets/{first}/")
    move(lead, "Cancel the offer")
    expect(lead.locator("main")).not_to_contain_text("Max Petersen was faster")
    theirs.locator("main form button[type=submit]").last.click()
    expect(theirs.get_by_role("alert")).to_contain_text("Max Petersen bija ātrāks")
    expect(theirs.locator("[name=title]")).to_have_value("Typed by Andris")

    # The other way round: Jana has the offer's dialog open while Andris accepts.
    outsource(max, first, cost_rate="60", bill_rate="95", authorised_hours="2")
    hers = jana.go(f"tickets/{first}/cancel-offer/")
    theirs = open_offer(andris, "Two at once")
    theirs.locator("main form button[type=submit]").last.click()
    expect(theirs.locator("#handover")).to_contain_text("Nordlicht IT")
    hers.locator("main form button[type=submit]").last.click()
    expect(hers.get_by_role("alert")).to_contain_text("Andris Ozols war schneller")

    # Two approvers: Max approves what Jana is about to reject, with her reason typed already.
    outsource(max, second, cost_rate="60", bill_rate="95", authorised_hours="2")
    theirs = open_offer(andris, "Two approvers")
    theirs.locator("main form button[type=submit]").last.click()
    expect(theirs.locator("#handover")).to_contain_text("Nordlicht IT")
    theirs.goto(theirs.url + "submit-work/")
    theirs.locator("main form button[type=submit]").last.click()
    lead = max.go(f"tickets/{second}/")
    eventually(lead, lambda page: press(page, "Approve"))
    hers = jana.go(f"tickets/{second}/reject/")
    hers.locator("main textarea").first.fill("Von Jana getippt")
    move(lead, "Approve")
    expect(lead.locator("#handover")).to_contain_text("Complete")
    hers.locator("main form button[type=submit]").last.click()
    expect(hers.get_by_role("alert")).to_contain_text("Max Petersen war schneller")
    expect(hers.locator("main textarea").first).to_have_value("Von Jana getippt")


def open_offer(andris: Desk, title: str) -> Page:
    """The new-ticket form of the newest offer of this title, whatever the language."""
    page = andris.go("outsourcing/?folder=offers")
    eventually(page, lambda at: at.get_by_role("link", name=re.compile(title)))
    page.get_by_role("link", name=re.compile(title)).first.click()
    page.goto(page.url + "accept/")
    return page
