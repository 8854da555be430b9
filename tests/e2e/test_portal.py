"""From the invitation to approval with a company that was not there before (issue criterion 7): Max and Ivo."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.e2e.conftest import Desk
from tests.e2e.seed import PASSWORD
from tests.e2e.test_path import LATEST_MAIL, eventually, move, press, say, shows

CRAFTSMAN = """
from outsourcing.models import Agreement
from outsourcing.services import agreement, partners
from psa.directory.models import Company
from psa.tenancy import doors, scope
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership
tenant = doors.tenant_named('nordlicht')
with scope.tenant(tenant):
    by = Actor.of(Membership.objects.select_related('tenant', 'role').get(email='max@nordlicht.example'))
    agreement.accept(agreement.present('en'), by=by)
    partners.invite(Company.objects.create(name='Ozols', kind='partner'), 'ivo@ozols.example', 'Ivo Ozols', by=by)
"""


def test_invitation_to_approval_with_a_new_portal_company(desk: Callable[..., Desk]) -> None:
    max, ivo = desk("nordlicht", "max@nordlicht.example"), desk("ozols")
    max.portal.run("manage.py", "shell", "-v", "0", "-c", CRAFTSMAN)
    link = re.search(r"LINK (\S+)", max.portal.run("manage.py", "shell", "-v", "0", "-c", LATEST_MAIL))
    assert link
    page = ivo.page
    page.goto(max.portal.url + link.group(1))
    page.get_by_role("link", name="Set up my company and accept").click()
    page.fill("[name=company]", "Ozols")
    page.select_option("[name=country]", "LV")
    page.select_option("[name=time_zone]", "Europe/Riga")
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Set up and accept").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Received work")

    offer = max.go("tickets/2/outsource/")
    eventually(offer, lambda at: at.locator("[name=partner] option", has_text="Ozols"))
    offer.select_option("[name=partner]", label="Ozols")
    for name, value in {"cost_rate": "38", "bill_rate": "95", "authorised_hours": "3"}.items():
        offer.fill(f"[name={name}]", value)
    offer.get_by_role("button", name="Outsource", exact=True).click()
    expect(offer.locator("#handover")).to_contain_text("Ozols")

    page = ivo.go("outsourcing/")
    eventually(page, shows("Move the printer"))
    page.locator("main").get_by_role("link", name="Accept", exact=True).first.click()
    page.get_by_role("button", name="Accept and create the ticket").click()
    expect(page.locator("#handover")).to_contain_text("Nordlicht IT")
    say(page, "The printer stands on the second floor.", "Nordlicht IT")
    theirs = page.url
    page.get_by_role("link", name="Work order").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Work order")
    page.goto(theirs)
    move(page, "Insourcing complete")

    lead = max.go("tickets/2/")
    eventually(lead, shows("The printer stands on the second floor."))
    eventually(lead, shows("Waiting approval"))
    eventually(lead, lambda at: press(at, "Approve"))  # open once the last item has arrived
    move(lead, "Approve")
    eventually(page, shows("Complete"))
