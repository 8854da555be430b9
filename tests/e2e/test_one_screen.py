"""A new ticket on one screen with the keyboard alone: text module, fill-ins, forward, mail and time (criterion 3)."""

from __future__ import annotations

import time
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Desk

PREPARED = """
from psa.directory import services as directory
from psa.directory.models import Contact
from psa.tenancy import doors, scope, services
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership, Tenant
from tickets.services import text_modules
with scope.platform('test: a colleague'):
    tenant = Tenant.objects.get(slug='nordlicht')
services.add_member(tenant, 'ada@nordlicht.example', 'Ada Brandt', 'technician')
with scope.tenant(tenant):
    by = Actor.of(Membership.objects.select_related('tenant', 'role').get(name='Max Petersen'))
    directory.edit_contact(Contact.objects.get(name='Cleo Hansen'), by=by, phone='+49 431 555 01', is_default=True)
    said = {'en': 'No link. Since: [[since when*]]. Call back: [[number*]].'}
    text_modules.add(text_modules.Wording('ticket', 'No link', 'nolink', None, False, said), by=by)
"""
FOUND = """
from psa.mail.models import OutgoingMail
from psa.tenancy import doors, scope
from tickets.models import Note, Ticket, TimeEntry
with scope.tenant(doors.tenant_named('nordlicht')):
    ticket = Ticket.objects.filter(title='No link at port 12').get()
    print('ROW', ticket.description)
    print('ROW', ticket.assignee.name, '|', ticket.contact.name, '|', ticket.category.name)
    print('ROW', list(TimeEntry.objects.filter(ticket=ticket).values_list('minutes', flat=True)))
    print('ROW', 'At noon' in Note.objects.get(ticket=ticket, kind_of='mail').text)
    mails = OutgoingMail.objects.filter(subject__contains='No link at port 12')
    print('ROW', sorted(mails.values_list('code', flat=True)))
"""


def reach(page: Page, name: str) -> None:
    """Tab until the field of this name has the focus."""
    for _ in range(40):
        if page.evaluate("document.activeElement.name") == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} is not reached by keyboard")


def test_the_one_screen_ticket_takes_the_keyboard_one_post_and_45_seconds(desk: Callable[..., Desk]) -> None:
    max = desk("nordlicht", "max@nordlicht.example")
    max.portal.run("manage.py", "shell", "-v", "0", "-c", PREPARED)
    page = max.go("tickets/")
    saved: list[str] = []
    page.on(
        "request",
        lambda request: (
            saved.append(request.url) if request.method == "POST" and request.is_navigation_request() else None
        ),
    )
    keys, began = page.keyboard, time.monotonic()
    keys.press("c")
    page.wait_for_url("**/tickets/new/")
    expect(page.locator("[name=find]")).to_be_focused()
    keys.type("cleo", delay=15)
    expect(page.get_by_role("option", name="Reederei Hansen")).to_be_visible()
    keys.press("Enter")
    expect(page.locator("[name=contact] option:checked")).to_have_text("Cleo Hansen")
    expect(page.locator("#contact-reached")).to_contain_text("+49 431 555 01")
    expect(page.locator("#recent-tickets")).to_contain_text("Move the printer")
    reach(page, "category")
    keys.type("Net")
    reach(page, "title")
    keys.type("No link at port 12", delay=5)
    reach(page, "description")
    keys.type("::nolink", delay=15)
    expect(page.get_by_role("option", name="No link")).to_be_visible()
    keys.press("Enter")
    keys.type("this morning")
    keys.press("Tab")
    keys.type("0431 555 01")
    reach(page, "forward_to")
    keys.type("Ada")
    reach(page, "forward_note")
    keys.type("Please go there.")
    reach(page, "mail")
    keys.press("Space")
    expect(page.locator("[name=mail_text]")).to_be_visible()
    reach(page, "mail_text")
    keys.press("Control+a")
    keys.type("At noon we are there. {{ticket.number}}")
    reach(page, "minutes")
    keys.type("0:06")
    keys.press("Enter")
    expect(page.locator("#ticket-head")).to_contain_text("No link at port 12")
    took = time.monotonic() - began
    expect(page.locator("#stream")).to_contain_text("forwarded the ticket")
    assert took <= 45, f"{took:.0f} s"
    assert len(saved) == 1, saved
    said = max.portal.run("manage.py", "shell", "-v", "0", "-c", FOUND)
    rows = [line.removeprefix("ROW ") for line in said.splitlines() if line.startswith("ROW ")]
    assert rows == [
        "No link. Since: this morning. Call back: 0431 555 01.",
        "Ada Brandt | Cleo Hansen | Network",
        "[6]",
        "True",
        "['public_note', 'ticket_forwarded']",
    ]
