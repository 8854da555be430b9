"""From the links in mails to decisions, on a phone of 360 px, without a script, in each language; what axe says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from billing.services import credit_notes
from psa.directory.models import Contact
from psa.tenancy import scope
from psa.tenancy.models import Membership
from tests import stack
from tests.billing import bills
from tests.conftest import acting
from tests.workflows.portal.conftest import (  # noqa: F401  (fixtures)
    _no_waiting,
    ask,
    cleo,
    code_of,
    give,
    in_state,
    offered,
    path_in,
)
from tests.workflows.stage import approver
from tickets.models import Acceptance, Status, Ticket
from workflows.models import Decision

AXE = (Path(__file__).parent / "vendor" / "axe-4.min.js").read_text()
PHONE = {"width": 360, "height": 740}
VIOLATIONS = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
    .map(one => `${one.id}: ${one.nodes.map(node => node.target.join(" ")).join(" | ")}`)"""
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

pytestmark = [
    pytest.mark.skipif(stack.KIND != "embedded", reason="the pages are the same"),
    pytest.mark.django_db(transaction=True),
]


def phone(chromium: Browser, **options: Any) -> Page:
    return chromium.new_context(viewport=PHONE, **options).new_page()


def speaks(contact: Contact, language: str) -> None:
    with scope.tenant(contact.tenant_id):
        Contact.objects.filter(pk=contact.pk).update(language=language)


def status(ticket: Ticket) -> str:
    with scope.tenant(ticket.tenant_id):
        return str(Ticket.objects.get(pk=ticket.pk).status)


def come_in(page: Page, url: str, contact: Contact) -> None:
    """By the link, the button on it, and the code from the mailbox."""
    page.goto(url)
    page.click("main form button[type=submit]")
    page.fill("input[name=code]", code_of(contact))
    page.click("main form:has(input[name=code]) button[type=submit]")


@pytest.mark.parametrize("language", ["en", "de", "lv"])
def test_from_the_mails_to_the_decisions_without_a_script(
    chromium: Browser,
    live_server: Any,
    cleo: Contact,  # noqa: F811
    max: Membership,
    language: str,
) -> None:
    speaks(cleo, language)
    approver(max, cleo)
    ticket = ask(cleo)
    offered(ticket, max)
    page = phone(chromium, java_script_enabled=False)
    come_in(page, live_server.url + path_in(cleo, "estimate_sent"), cleo)
    assert page.url.endswith(f"/requests/{ticket.number}/estimate/")
    assert page.locator("html").get_attribute("lang") == language
    assert page.evaluate(SIDEWAYS) <= 0
    page.click("form[action$='/estimate/accept/'] button")
    assert page.url.endswith(f"/requests/{ticket.number}/")
    assert status(ticket) == Status.ESTIMATE_ACCEPTED
    in_state(ticket, max, "start", "submit")
    page.goto(live_server.url + path_in(cleo, "review_notice"))  # signed in already: straight to the page
    assert page.url.endswith(f"/requests/{ticket.number}/review/")
    page.click("summary:has(use[href$='rotate-ccw'])")
    page.fill("textarea[name=happened]", "Still dead.")
    page.click("form[action$='/review/reopen/'] button[type=submit]")
    assert status(ticket) == Status.REOPENED_DEFECT
    in_state(ticket, max, "start", "submit")
    elsewhere = phone(chromium, java_script_enabled=False)
    come_in(elsewhere, live_server.url + path_in(cleo, "review_notice"), cleo)
    assert elsewhere.evaluate(SIDEWAYS) <= 0
    elsewhere.click("form[action$='/review/accept/'] button")
    assert status(ticket) == Status.INVOICE
    with scope.tenant(cleo.tenant_id):
        assert list(Decision.objects.values_list("said", "name")) == [("accepted", cleo.name)]
        assert list(Acceptance.objects.values_list("kind", "name")) == [("person", cleo.name)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["de", "lv"])
def test_the_pages_are_clean_and_never_scroll_sideways(
    chromium: Browser,
    live_server: Any,
    cleo: Contact,  # noqa: F811
    max: Membership,
    give: Any,  # noqa: F811
    scheme: Any,
    language: str,
) -> None:
    give(cleo, is_administrator=True, sees_invoices=True)
    with acting(max) as by:
        invoice = bills.issued(cleo.company, by, bills.posted(cleo.company, name="W" * 80), email=cleo.email)
        note = credit_notes.credit(bills.issued(cleo.company, by), [], "Twice", by=by)
    speaks(cleo, language)
    seat = approver(max, cleo, "500")
    first, second = ask(cleo), in_state(ask(cleo, "W" * 120), max, "accept", "start", "submit")
    offered(first, max), offered(first, max, minutes=120)
    page = phone(chromium, color_scheme=scheme, bypass_csp=True)
    home = f"{live_server.url}/nordlicht/portal/"
    url = live_server.url + path_in(cleo, "review_notice")
    found = []

    def look(path: str) -> None:
        page.goto(path)
        page.evaluate(AXE)
        found.extend(f"{path}: {one}" for one in page.evaluate(VIOLATIONS))
        assert page.evaluate(SIDEWAYS) <= 0, path

    look(f"{home}sign-in/")
    look(url)
    come_in(page, url, cleo)
    for path in (
        "",
        "requests/?state=all",
        "requests/new/",
        f"requests/{second.number}/",
        f"requests/{first.number}/estimate/",
        f"requests/{second.number}/review/",
        f"requests/{ask(cleo).number}/cancel/",
        "profile/",
        "people/",
        f"people/{cleo.pk}/",
        "people/approvers/new/",
        f"people/approvers/{seat.pk}/",
        "invoices/",
        f"invoices/{invoice.key}/",
        f"invoices/{note.key}/",
        "invoices/delivery-notes/",
    ):
        look(home + path)
    assert not found, "\n".join(found)
