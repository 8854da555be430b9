"""The pages of orders, articles, service templates and the hand-off inbox, as people without scripts use them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from billing.models import (
    Article,
    BillingItem,
    DeliveryNote,
    Order,
    OrderLine,
    OrderStatus,
    OrderTicket,
    PackagingUnit,
    Promise,
    ServiceTemplate,
)
from billing.services import articles, delivery_lines, delivery_notes, order_documents, orders, promises
from psa.directory import services as directory
from psa.directory.models import Company, Location
from psa.journal import journal
from psa.mail.models import OutgoingMail
from psa.tenancy.models import Membership, Role
from tests.billing import bills
from tests.billing.stage import again, article, checklist, confirmed, draft, line, service
from tests.conftest import acting
from tests.tickets.pages import form_of, sign_in_english, statements, text_of
from tickets import timeline
from tickets.models import Attachment, HandOff, HandOffStatus, Queue, Ticket
from tickets.services import hand_offs

pytestmark = pytest.mark.django_db
ORDERS, INBOX, ARTICLES = "/nordlicht/orders/", "/nordlicht/hand-offs/", "/nordlicht/articles/"


@pytest.fixture
def browser(max: Membership) -> Client:
    """Max, signed in, reading English."""
    return sign_in_english(max)


@pytest.fixture
def order(max: Membership, queue: Queue, company: Company) -> Order:
    with acting(max) as by:
        return orders.enter(draft(company, line("Switch 48 ports", is_installable=True), line("Cable", "3")), by=by)


# Orders ---------------------------------------------------------------------------------------------------------------
def test_an_order_is_entered_line_by_line_without_scripts(
    browser: Client, max: Membership, queue: Queue, company: Company
) -> None:
    with acting(max) as by:
        found = articles.add(
            {"number": "SW48", "name": "Switch", "unit": "pc", "price": Decimal("90.00"), "is_installable": True},
            [articles.Packaging("carton", Decimal(4))],
            by=by,
        )
        carton = PackagingUnit.objects.get(article=found)
    new = f"{ORDERS}new/"
    form = form_of(browser.get(new))
    form |= {"company": str(company.pk), "title": "Office", "line0-article": "sw48", "do": "fill"}
    form = form_of(browser.post(new, form))
    assert (form["line0-name"], form["line0-unit"], form["line0-unit_price"]) == ("Switch", "pc", "90.00")
    assert "line0-is_installable" in form and form["title"] == "Office"
    form = form_of(browser.post(new, {**form, "line0-packaging": str(carton.pk), "do": "fill"}))
    assert (form["line0-unit"], form["line0-unit_price"]) == ("carton", "360.00")
    form = form_of(browser.post(new, {**form, "do": "add"}))
    assert form["lines"] == "2"
    form |= {"line1-name": "Cable", "line1-quantity": "2,5", "line1-unit": "m", "do": "save"}
    answer = browser.post(new, form, follow=True)
    assert "A-2026-" in text_of(answer) and "Switch" in text_of(answer)
    with acting(max):
        rows = OrderLine.objects.order_by("position")
        assert [(one.name, one.quantity, one.unit_price) for one in rows] == [
            ("Switch", Decimal(1), Decimal(360)),
            ("Cable", Decimal("2.5"), Decimal(0)),
        ]


def test_a_customer_brings_its_contact_and_its_only_address(browser: Client, max: Membership, company: Company) -> None:
    with acting(max) as by:
        other = Company.objects.create(name="Werft Förde")
        cleo = directory.add_contact(company, by=by, name="Cleo", is_default=True)
        colleague = directory.add_contact(company, by=by, name="Cord")
        hall = Location.objects.create(company=company, name="Hall 2")
    form = form_of(browser.get(f"{ORDERS}new/")) | {"title": "Office", "note": "Ring twice."}

    def chosen(company: Company, **more: str) -> tuple[str, str, str]:
        found = form_of(browser.post(f"{ORDERS}new/", form | {"company": str(company.pk), "again": "1"} | more))
        return found["contact"], found["location"], found["note"].strip()

    assert chosen(company) == (str(cleo.pk), str(hall.pk), "Ring twice.")
    assert chosen(company, contact=str(colleague.pk)) == (str(colleague.pk), str(hall.pk), "Ring twice.")
    assert chosen(other, contact=str(cleo.pk), location=str(hall.pk)) == ("", "", "Ring twice.")
    begun = form_of(browser.get(f"{ORDERS}new/?company={company.pk}"))
    assert (begun["contact"], begun["location"]) == (str(cleo.pk), str(hall.pk))


def test_what_is_wrong_is_said_at_its_line_and_nothing_typed_is_lost(
    browser: Client, max: Membership, company: Company
) -> None:
    form = form_of(browser.get(f"{ORDERS}new/"))
    form |= {"company": str(company.pk), "title": "Office", "line0-article": "no such thing", "do": "save"}
    answer = browser.post(f"{ORDERS}new/", form)
    assert answer.status_code == 422 and "No article has this number or name" in text_of(answer)
    assert form_of(answer)["line0-article"] == "no such thing"
    with acting(max):
        assert not Order.objects.exists()


def test_nothing_is_wanted_before_it_was_ordered(browser: Client, order: Order, max: Membership) -> None:
    url = f"{ORDERS}{order.pk}/edit/"
    form = {**form_of(browser.get(url)), "ordered_on": "2026-03-05", "wanted_on": "2026-03-04", "do": "save"}
    answer = browser.post(url, form)
    assert answer.status_code == 422 and "This is before the day of the order." in text_of(answer)
    assert form_of(answer)["wanted_on"] == "2026-03-04"
    assert browser.post(url, {**form, "wanted_on": "2026-03-05"}).status_code == 302


def test_an_order_of_one_line_says_so_and_its_history_is_a_sentence(
    browser: Client, max: Membership, queue: Queue, company: Company
) -> None:
    with acting(max) as by:
        made = orders.enter(draft(company, line("Cable", "3")), by=by)
        entry = journal.record(
            made, "order.goods_counted", by=by, status=str(OrderStatus.PARTLY_DELIVERED), number=made.number
        )
    assert "0 of 1 line<" in browser.get(f"{ORDERS}{made.pk}/").content.decode()
    assert timeline.told(entry.kind, entry.data) == "set the order to “Partly delivered”"


def test_a_stale_order_form_shows_both_and_saving_again_means_it(
    browser: Client, order: Order, max: Membership
) -> None:
    url = f"{ORDERS}{order.pk}/edit/"
    form = form_of(browser.get(url))
    with acting(max) as by:
        orders.change(order, again(order, title="Hers"), version=1, by=by)
    answer = browser.post(url, {**form, "title": "Mine", "do": "save"})
    assert answer.status_code == 409 and "Hers" in text_of(answer)
    kept = form_of(answer)
    assert kept["title"] == "Mine" and kept["version"] == "2"
    browser.post(url, {**kept, "do": "save"})
    with acting(max):
        order.refresh_from_db()
    assert (order.title, order.version) == ("Mine", 3)


def test_the_plan_is_confirmed_from_its_page_once(browser: Client, order: Order, max: Membership) -> None:
    url = f"{ORDERS}{order.pk}/tickets/"
    form = form_of(browser.get(url))
    assert browser.post(url, form).status_code == 422
    with acting(max):
        assert not Ticket.objects.exists()
    form["installation-knowledge"] = "Ring at the side door."
    for _press in range(2):
        answer = browser.post(url, form, follow=True)
        assert answer.status_code == 200
    assert "Nothing was made a second time" in text_of(answer)
    with acting(max):
        ticket = Ticket.objects.get()
        assert OrderTicket.objects.get().knowledge == "Ring at the side door."
    page = text_of(browser.get(f"/nordlicht/tickets/{ticket.number}/"))
    assert "Ring at the side door." in page and order.number in page


def test_the_plan_warns_of_a_missing_order_document_and_confirms_all_the_same(
    browser: Client, order: Order, max: Membership
) -> None:
    """O9: the document is to hang on the base ticket. It is a warning, no barrier."""
    url, missing = f"{ORDERS}{order.pk}/tickets/", "The order document is missing"
    page = text_of(browser.get(url))
    assert missing in page and "No document was added to this order." in page
    with acting(max) as by:
        order_documents.add(order, SimpleUploadedFile("drawing.pdf", b"%PDF-1.4 drawing"), by=by)
    page = text_of(browser.get(url))
    assert missing in page and "None of this order's documents is marked as the order." in page
    form = form_of(browser.get(url)) | {"installation-nothing_beyond": "on"}
    assert browser.post(url, form).status_code == 302
    with acting(max) as by:
        order_documents.add(order, SimpleUploadedFile("order.pdf", b"%PDF-1.4 order"), is_the_order=True, by=by)
        assert Attachment.objects.get().ticket == Ticket.objects.get()


def test_the_plan_of_an_order_with_its_document_warns_of_nothing(
    browser: Client, order: Order, max: Membership
) -> None:
    with acting(max) as by:
        order_documents.add(order, SimpleUploadedFile("order.pdf", b"%PDF-1.4 order"), is_the_order=True, by=by)
    assert "The order document is missing" not in text_of(browser.get(f"{ORDERS}{order.pk}/tickets/"))


def test_every_ticket_shows_what_was_promised_and_when_it_changed(
    browser: Client, order: Order, max: Membership
) -> None:
    """It-house spec: promises appear read-only on every ticket; later edits show as dated changes."""
    with acting(max) as by:
        first = promises.agree(order, "Installed on a Saturday.", by=by)
        [ticket] = confirmed(order, by)
    page = f"/nordlicht/tickets/{ticket.number}/"
    assert "Installed on a Saturday." in text_of(browser.get(page))
    change = f"{ORDERS}{order.pk}/promises/{first.thread}/"
    form = form_of(browser.get(change))
    browser.post(change, {**form, "text": "Installed on a Sunday.", "do": "change"})
    said = text_of(browser.get(page))
    assert "Installed on a Sunday." in said and "changed what was agreed with the customer" in said
    browser.post(f"{ORDERS}{order.pk}/promises/", {"text": "With coffee."})
    with acting(max):
        assert Promise.objects.count() == 3


def test_promises_stand_read_only_on_every_ticket_of_the_order(
    browser: Client, max: Membership, queue: Queue, company: Company
) -> None:
    """It-house spec: same knowledge as the customer; nobody writes them anywhere but on the order."""
    with acting(max) as by:
        lines = [line(name, article=article(by, name, service=service(by, name))) for name in ("Server", "Phones")]
        order = orders.enter(draft(company, *lines), by=by)
        promises.agree(order, "Installed on a Saturday.", by=by)
        tickets = confirmed(order, by)
    assert len(tickets) == 2
    for ticket in tickets:
        page = text_of(browser.get(f"/nordlicht/tickets/{ticket.number}/"))
        assert "Installed on a Saturday." in page and "/promises/" not in page


def test_an_order_is_cancelled_with_a_reason(browser: Client, order: Order, max: Membership) -> None:
    url = f"{ORDERS}{order.pk}/cancel/"
    assert browser.post(url, {"reason": ""}).status_code == 422
    with acting(max):
        assert Order.objects.get().status == OrderStatus.DRAFT
    assert "They moved." in text_of(browser.post(url, {"reason": "They moved."}, follow=True))


def test_prices_are_for_those_who_see_prices(order: Order, max: Membership, in_queue: Membership, people: Any) -> None:
    """A technician reads an order without its amounts, on the page, in the list and in the sheet."""
    sheet = f"{ORDERS}?format=csv"
    for person, sees in ((people("sales"), True), (in_queue, False)):
        browser = sign_in_english(person)
        for url in (ORDERS, f"{ORDERS}{order.pk}/", sheet):
            answer = browser.get(url)
            body = b"".join(answer.streaming_content).decode() if answer.streaming else text_of(answer)
            if answer.status_code == 200 and not (url == sheet and not sees):
                assert (("450.00" in body) or ("450,00" in body)) is sees, (url, sees)


def test_whoever_sees_no_prices_enters_what_the_article_costs(
    order: Order, max: Membership, people: Any, company: Company
) -> None:
    sales = people("sales")
    with acting(max) as by:
        article(by, "SW48")
        role = Role.objects.get(code="sales")
        role.capabilities = {**role.capabilities, "price.view": ""}
        role.save()
    browser = sign_in_english(sales)
    form = form_of(browser.get(f"{ORDERS}new/"))
    assert "line0-unit_price" not in form
    form |= {"company": str(company.pk), "title": "Office", "line0-article": "SW48", "line0-quantity": "2"}
    browser.post(f"{ORDERS}new/", {**form, "do": "save", "line0-unit_price": "1"})
    with acting(max):
        assert OrderLine.objects.get(order__title="Office").unit_price == Decimal(90)


# Statements do not grow with rows -----------------------------------------------------
def test_an_orders_page_leads_to_its_delivery_notes_and_its_invoices(
    browser: Client, max: Membership, order: Order
) -> None:
    page = f"{ORDERS}{order.pk}/"
    assert "New delivery note" not in text_of(browser.get(page))
    with acting(max) as by:
        confirmed(order, by)
    assert "Nothing went out yet." in text_of(browser.get(page))
    answer = browser.post("/nordlicht/delivery-notes/new/", {"order": order.pk}, follow=True)
    assert "Take lines from the order" in text_of(answer)
    assert "New delivery note" not in text_of(browser.get(page))  # the draft is there to go on with
    with acting(max) as by:
        note = DeliveryNote.objects.get()
        delivery_lines.add_from_order(note, {one.line.pk: one.open for one in delivery_lines.open_of(order)}, by=by)
        delivery_notes.deliver(delivery_notes.prepare(note, by=by), by=by)
    note_page = f"/nordlicht/delivery-notes/{note.key}/"
    posted = browser.post(f"{note_page}bill/", follow=True).content.decode()
    assert f'<a href="/nordlicht/invoices/waiting/{order.company_id}/">Draw up the invoice</a>' in posted
    with acting(max) as by:
        invoice = bills.issued(order.company, by, *BillingItem.objects.all())
    for url in (page, note_page):
        assert f'<a href="/nordlicht/invoices/{invoice.pk}/">{invoice.number}</a>' in browser.get(url).content.decode()


def test_the_lists_and_an_order_take_the_same_statements_whatever_the_number_of_rows(
    browser: Client, order: Order, ticket: Ticket, max: Membership, company: Company
) -> None:
    urls = [ORDERS, INBOX, ARTICLES, "/nordlicht/service-templates/", f"{ORDERS}{order.pk}/", "/nordlicht/"]

    def fill(start: int, count: int) -> None:
        with acting(max) as by:
            for n in range(start, start + count):
                orders.enter(draft(company, line(), line("Cable")), by=by)
                hand_offs.send("quote", title=f"Wish {n}", by=by)
                article(by, f"A{n}")
                service(by, f"Service {n}")
            orders.change(
                order, again(order, *again(order).lines, line(f"More {start}")), version=_version(order), by=by
            )
            promises.agree(order, f"Promise {start}", by=by)

    fill(0, 2)
    few = [statements(browser, url) for url in urls]
    fill(2, 9)
    many = [statements(browser, url) for url in urls]
    assert [n <= m for n, m in zip(many, few, strict=True)] == [True] * len(urls), list(
        zip(urls, few, many, strict=True)
    )


def _version(order: Order) -> int:
    order.refresh_from_db()
    return order.version


# Hand-offs ------------------------------------------------------
def test_a_wish_goes_from_the_ticket_to_sales_and_the_answer_comes_back(
    ticket: Ticket, in_queue: Membership, people: Any
) -> None:
    """It-house spec: accept / return with reason / done; the mail only tells of what stands here."""
    technician, sales = sign_in_english(in_queue), sign_in_english(people("sales"))
    url = f"/nordlicht/tickets/{ticket.number}/hand-to-sales/"
    form = form_of(technician.get(url))
    technician.post(url, {**form, "title": "A bigger switch", "text": "48 ports?"})
    assert "Handed over" in text_of(technician.get(f"/nordlicht/tickets/{ticket.number}/"))
    assert "A bigger switch" in text_of(sales.get(INBOX)) and "A bigger switch" in text_of(sales.get("/nordlicht/"))
    with acting(in_queue):
        made = HandOff.objects.get()
    page = f"{INBOX}{made.pk}/"
    sales.post(f"{page}accept/")
    assert sales.post(f"{page}back/", {"words": ""}).status_code == 422
    with acting(in_queue):
        assert HandOff.objects.get().status == HandOffStatus.ACCEPTED
    sales.post(f"{page}back/", {"words": "With or without PoE?"})
    assert "With or without PoE?" in text_of(technician.get(page)) and "came back to you" in text_of(
        technician.get("/nordlicht/")
    )
    with acting(in_queue):
        mail = OutgoingMail.objects.get(code="hand_off_answered")
        assert mail.to_address == in_queue.email and "With or without PoE?" in mail.text
    technician.post(f"{page}again/", {"words": "With."})
    answer = sales.post(f"{page}finish/", {"words": ""}, follow=True)
    assert "A bigger switch" not in text_of(sales.get(INBOX)) and answer.status_code == 200
    assert "A bigger switch" in text_of(sales.get(f"{INBOX}settled/"))
    with acting(in_queue):
        assert OutgoingMail.objects.filter(code="hand_off_answered").count() == 1


def test_whoever_comes_second_is_told_and_nothing_is_done_twice(ticket: Ticket, max: Membership, people: Any) -> None:
    with acting(max) as by:
        made = hand_offs.send("quote", title="A bigger switch", ticket=ticket, by=by)
    sales = sign_in_english(people("sales"))
    sales.post(f"{INBOX}{made.pk}/finish/", {"words": ""})
    answer = sales.post(f"{INBOX}{made.pk}/finish/", {"words": ""})
    assert answer.status_code == 409 and "Somebody was faster" in text_of(answer)
    assert sales.post(f"{INBOX}{made.pk}/explode/").status_code == 404


def test_a_technician_has_no_buttons_of_sales(ticket: Ticket, max: Membership, in_queue: Membership) -> None:
    with acting(in_queue) as by:
        made = hand_offs.send("quote", title="A bigger switch", ticket=ticket, by=by)
    browser = sign_in_english(in_queue)
    page = text_of(browser.get(f"{INBOX}{made.pk}/"))
    assert "/accept/" not in page and "/cancel/" in page
    assert browser.post(f"{INBOX}{made.pk}/accept/").status_code == 403
    with acting(in_queue):
        assert HandOff.objects.get().status == HandOffStatus.OPEN


# Articles and service templates -----------------------------------------------------
def test_an_article_with_its_packaging_units_is_written_without_scripts(browser: Client, max: Membership) -> None:
    new = f"{ARTICLES}new/"
    form = form_of(browser.get(new)) | {"number": "SW48", "name": "Switch", "price": "1.234,50", "do": "add"}
    form = form_of(browser.post(new, form))
    form |= {"row0-name": "carton", "row0-factor": "4", "do": "save"}
    browser.post(new, form)
    with acting(max):
        found = Article.objects.get()
        assert found.price == Decimal("1234.50")
        assert articles.packagings_of(found) == [articles.Packaging("carton", Decimal("4.00"), None)]
    edit = f"{ARTICLES}{found.pk}/edit/"
    stale = form_of(browser.get(edit))
    browser.post(edit, {**stale, "name": "Switch, new", "do": "save"})
    answer = browser.post(edit, {**stale, "name": "Mine", "do": "save"})
    assert answer.status_code == 422 and form_of(answer)["name"] == "Mine"
    with acting(max):
        assert Article.objects.get().name == "Switch, new"
    again_number = form_of(browser.get(new)) | {"number": "SW48", "name": "Other", "price": "1", "do": "save"}
    assert "already" in text_of(browser.post(new, again_number))


def test_a_retired_article_is_offered_no_more(browser: Client, max: Membership) -> None:
    with acting(max) as by:
        found = article(by, "SW48")
    assert "SW48" in text_of(browser.get(f"{ARTICLES}find/?q=sw4"))
    browser.post(f"{ARTICLES}{found.pk}/retire/")
    assert "SW48" not in text_of(browser.get(f"{ARTICLES}find/?q=sw4"))
    browser.post(f"{ARTICLES}{found.pk}/restore/")
    assert "SW48" in text_of(browser.get(f"{ARTICLES}find/"))


def test_a_service_template_brings_its_checklists(browser: Client, max: Membership, queue: Queue) -> None:
    with acting(max) as by:
        steps = checklist(by)
    url = "/nordlicht/service-templates/"
    form = form_of(browser.get(f"{url}new/")) | {"name": "Server", "title": "Install it", "checklists": str(steps.pk)}
    browser.post(f"{url}new/", form)
    with acting(max) as by:
        made = ServiceTemplate.objects.get()
        assert articles.checklists_of(made) == [steps]
    form = form_of(browser.get(f"{url}{made.pk}/"))
    del form["checklists"]
    browser.post(f"{url}{made.pk}/", form)
    with acting(max):
        assert articles.checklists_of(made) == []
