"""An order from its entry to the signed delivery note, the invoice and the payment (the IT house, criterion 6)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

from playwright.sync_api import Locator, Page, expect

from tests.e2e import it_house
from tests.e2e.conftest import Desk
from tests.e2e.test_path import eventually
from tests.stack import Stack

WORD = "alster"
UBL = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\n%%EOF\n"


def button(page: Page, label: str) -> Locator:
    return page.locator("main").get_by_role("button", name=label, exact=True)


def link(page: Page, label: str) -> Locator:
    return page.locator("main").get_by_role("link", name=label, exact=True)


def panel(page: Page, heading: str) -> Locator:
    """A part of the page by its heading."""
    return page.locator("main section", has=page.get_by_role("heading", name=heading, exact=True))


def taken(page: Page, label: str, to: Path) -> bytes:
    """A file as a link hands it out; its page says so until it is drawn."""
    eventually(page, lambda page: link(page, label))
    with page.expect_download() as begun:
        link(page, label).click()
    begun.value.save_as(to)
    return to.read_bytes()


def test_an_order_becomes_tickets_a_signed_note_and_a_paid_invoice(
    portal: Stack, desk: Callable[..., Desk], tmp_path: Path
) -> None:
    it_house.built(portal, WORD)
    nora = desk("nordlicht", it_house.email("sales", WORD))
    nora.expects = "422"  # the plan is sent once without what a technician must know
    order = enter(nora.go("orders/"), tmp_path)
    confirm(nora.page)
    work(desk("nordlicht", it_house.email("technician", WORD)).go("tickets/"))
    deliver(nora.page, tmp_path)
    bea = desk("nordlicht", it_house.email("billing", WORD))
    approve(bea.go("approve/"))
    bill(bea.go("delivery-notes/"), tmp_path)
    nora.page.goto(order)
    eventually(nora.page, lambda page: page.locator(".head").get_by_text("Invoiced"))
    expect(panel(nora.page, "Order")).to_contain_text("3 of 3 lines")


def enter(page: Page, tmp_path: Path) -> str:
    """Sales: customer and contact, three lines from the catalogue, the order document, a promise; its address."""
    link(page, "New order").click()
    page.fill("[name=find]", it_house.customer(WORD))
    page.get_by_role("option", name=it_house.customer(WORD)).click()
    expect(page.locator("[name=contact] option:checked")).to_have_text("Cleo Claasen")
    page.locator("[name=location]").select_option(label="Hall 2, Kai 2, 24103 Kiel")
    page.fill("[name=title]", f"Network for hall 2 {WORD}")
    page.fill("[name=customer_reference]", "B-2026-77")
    for place, (number, quantity) in enumerate((("switch", "1"), ("cable", "2"), ("dock", "2"))):
        if place:
            button(page, "Another line").click()
        page.fill(f"[name=line{place}-article]", f"{WORD}-{number}")
        page.locator(f"[name=line{place}-article]").press("Tab")
        expect(page.locator(f"[name=line{place}-name]")).to_have_value(re.compile(WORD))
        page.fill(f"[name=line{place}-quantity]", quantity)
    page.locator("[name=line1-packaging]").select_option(label="box")
    expect(page.locator("[name=line1-unit_price]")).to_have_value("89.00")
    expect(page.locator("[name=line1-quantity]")).to_have_value("2")
    expect(page.locator("[name=line0-needs_appointment]")).to_be_checked()
    button(page, "Save").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Network for hall 2 {WORD}")
    expect(page.locator("tfoot")).to_contain_text("€1,245.00")
    (tmp_path / "order.pdf").write_bytes(PDF)
    page.set_input_files("[name=upload]", tmp_path / "order.pdf")
    expect(page.get_by_label("This is the order itself")).to_be_checked()
    button(page, "Add").click()
    expect(page.locator("#documents")).to_contain_text("order.pdf")
    page.locator("#promises summary").click()
    page.fill("#promises [name=text]", "The old switch is taken along for free.")
    button(page, "Write it down").click()
    expect(page.locator("#promises")).to_contain_text("The old switch is taken along for free.")
    return page.url


def confirm(page: Page) -> None:
    """Sales: the plan of two tickets, and what the technician must know; one that says neither is asked for it."""
    link(page, "Confirm …").click()
    expect(page.locator("main")).to_contain_text("This order becomes 2 tickets.")
    network, desks = page.locator("fieldset", has=page.locator("textarea")).all()
    network.locator("textarea").fill("The key lies at the gate.")
    button(page, "Confirm the order").click()
    expect(desks).to_contain_text("Write it down, or tick that there is nothing beyond the order.")
    expect(network.locator("textarea")).to_have_value("The key lies at the gate.")
    desks.get_by_label("Nothing beyond the order").check()
    button(page, "Confirm the order").click()
    expect(page.locator("body")).to_contain_text("Confirmed. Tickets made:")
    tickets = panel(page, "Tickets")
    expect(tickets.get_by_role("link")).to_have_count(2)
    expect(tickets.locator("li").first).to_contain_text("Set up the network")
    expect(tickets.locator("li").first).to_contain_text("Base installation")


def work(page: Page) -> None:
    """The technician: the base installation with all that sales knows; time with material in one go."""
    page.locator("main").get_by_role("link", name=f"Set up the network {WORD}").first.click()
    known = page.locator("#order")
    for said in (
        "The key lies at the gate.",
        "The old switch is taken along for free.",
        f"1 pc Switch 48 ports {WORD}",
    ):
        expect(known).to_contain_text(said)
    expect(known.get_by_role("link", name=re.compile("order.pdf"))).to_be_visible()
    button(page, "Accept for work").click()
    page.locator("#composer .composer-tabs a", has_text="Time").click()
    composer = page.locator("#composer")
    expect(composer.locator("[name=worked_on]")).to_be_visible()
    composer.locator("[name=minutes]").fill("1:30")
    composer.locator("textarea[name=text]").fill("Switch mounted and patched.")
    composer.locator("summary", has_text="Material").click()
    composer.locator("[name=material-0-what]").fill(f"{WORD}-bracket")
    composer.locator("[name=material-0-quantity]").fill("2")
    composer.locator("[name=material-0-serials]").fill("WB-1, WB-2")
    composer.locator("button.is-primary[type=submit]").click()
    expect(page.locator("#stream")).to_contain_text("Switch mounted and patched.")
    expect(page.locator("#goods")).to_contain_text("Draft")


def deliver(page: Page, tmp_path: Path) -> None:
    """Sales: the ticket's draft with the rest of the order, prepared, delivered, signed with a name and a drawing."""
    page.reload()
    panel(page, "Delivery notes").get_by_role("link", name="Draft").click()
    expect(page.locator("table")).to_contain_text("WB-1, WB-2")
    link(page, "Take lines from the order").click()
    button(page, "Put on the delivery note").click()
    lines = page.locator("main table tbody tr")
    expect(lines).to_have_count(4)
    expect(lines.filter(has_text="Patch cable")).to_contain_text("2 box")
    button(page, "Prepare").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile(r"Delivery note L-\d{4}-\d+"))
    paper = taken(page, "PDF", tmp_path / "note.pdf")
    page.reload()
    expect(panel(page, "Paper")).to_contain_text(hashlib.sha256(paper).hexdigest())
    assert paper.startswith(b"%PDF")
    button(page, "Delivered").click()
    link(page, "Have it signed").click()
    page.fill("[name=name]", "Cleo Claasen")
    draw(page)
    button(page, "Sign").click()
    expect(panel(page, "Delivery note")).to_contain_text("Cleo Claasen")
    assert taken(page, "Signed PDF", tmp_path / "signed.pdf").startswith(b"%PDF")


def draw(page: Page) -> None:
    """A signature, with the mouse."""
    place = page.locator("[data-signature] canvas").bounding_box()
    assert place is not None
    left, top = place["x"], place["y"] + place["height"] / 2
    page.mouse.move(left + 20, top)
    page.mouse.down()
    for step in range(1, 12):
        page.mouse.move(left + 20 + 12 * step, top + (15 if step % 2 else -15))
    page.mouse.up()


def approve(page: Page) -> None:
    """Billing: the technician's time is approved, then posted."""
    for tab, label in (("To approve", "Approve"), ("Approved", "Post")):
        page.locator("main nav").get_by_role("link", name=tab, exact=True).click()
        row = page.locator("main tbody tr", has_text=it_house.customer(WORD))
        expect(row).to_contain_text("€142.50")
        row.locator("input[type=checkbox]").check()
        button(page, label).click()
        eventually(page, lambda page: page.locator("#batch-head").get_by_text("Done").first)
        link(page, "Back to where you came from").click()


def bill(page: Page, tmp_path: Path) -> None:
    """Billing: the goods of the note beside the time on one draft, to the cent; issued, its papers taken; paid."""
    page.get_by_role("row", name=re.compile(it_house.customer(WORD))).get_by_role("link").first.click()
    button(page, "To be invoiced").click()
    page.locator("body").get_by_role("link", name="Draw up the invoice").click()
    expect(page.locator("main tbody tr")).to_have_count(5)
    button(page, "Draw the draft").click()
    sums = page.locator("main tfoot")
    for amount in ("€1,437.30", "€273.09", "€1,710.39"):
        expect(sums).to_contain_text(amount)
    expect(panel(page, "Properties")).to_contain_text("B-2026-77")
    button(page, "Issue the invoice").click()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_contain_text(re.compile(r"Invoice R-\d{4}-\d+"))
    number = heading.inner_text().split()[-1]
    assert taken(page, "PDF", tmp_path / "invoice.pdf").startswith(b"%PDF")
    said = ElementTree.fromstring(taken(page, "XML", tmp_path / "invoice.xml"))
    totals = {name: said.findtext(f".//{UBL}{name}") for name in ("ID", "TaxExclusiveAmount", "PayableAmount")}
    assert totals == {"ID": number, "TaxExclusiveAmount": "1437.30", "PayableAmount": "1710.39"}
    paid = page.locator("#payments")
    expect(paid.locator("[name=amount]")).to_have_value("1710.39")
    paid.locator("[name=note]").fill("Bank, 22")
    button(page, "Record payment").click()
    expect(page.locator(".head")).to_contain_text("Paid")
