"""A customer's people and what their company was billed: who sees it, what stands there, and which papers they get."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from billing.models import Invoice, StockPlace
from billing.services import (
    credit_notes,
    delivery_lines,
    delivery_notes,
    delivery_papers,
    dunning,
    papers,
    payments,
    returns,
)
from billing.services.delivery_lines import Goods
from psa.directory.models import Company, Contact
from psa.journal.models import Entry
from psa.mail.models import OutgoingMail
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership, Tenant
from tests.billing import bills
from tests.conftest import acting, sign_in
from tests.workflows.portal.conftest import (  # noqa: F401  (fixtures)
    HOME,
    _no_waiting,
    browser,
    cleo,
    code_of,
    dirk,
    fred,
    give,
    ines,
    other_company,
    path_in,
    person,
)

# ruff: noqa: F811
from tickets.services.files import bytes_of
from workflows.models import PortalAccess
from workflows.services import portal_access

pytestmark = pytest.mark.django_db
LIST = f"{HOME}invoices/"


def billed(company: Company, by: Actor, name: str = "On-site support", price: str = "100") -> Invoice:
    """An issued invoice of one line."""
    return bills.issued(company, by, bills.posted(company, price, name=name))


def late(row: Invoice) -> None:
    Invoice.objects.filter(pk=row.pk).update(due_on=timezone.localdate() - timedelta(days=3))


def page_of(row: Invoice) -> str:
    return f"{LIST}{row.key}/"


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def count(client: Client, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(path).status_code == 200
    return len(seen)


# The list -------------------------------------------------------------------------------------------------------------
def test_the_list_says_what_is_open_overdue_paid_and_credited(max: Membership, company: Company, ines: Contact) -> None:
    with acting(max) as by:
        open_, overdue, paid, credited = (billed(company, by) for _ in range(4))
        late(overdue)
        payments.pay(paid, Decimal(119), bills.DAY, "", by=by)
        payments.pay(open_, Decimal(19), bills.DAY, "", by=by)
        note = credit_notes.credit(credited, [], "Twice", by=by)
        bills.draft(company, by)
    client = browser(ines)
    kept = {
        "": {open_, overdue, paid, credited, note},
        "open": {open_, overdue},
        "overdue": {overdue},
        "paid": {paid},
        "credited": {credited, note},
        "nonsense": {open_, overdue, paid, credited, note},
    }
    for state, rows in kept.items():
        page = text(client, f"{LIST}?state={state}")
        assert {row for row in kept[""] if page_of(row) in page} == rows, state
    page = text(client, LIST)
    assert page.count("€119.00") == 5 and "open: €100.00" in page and "payable by" in page
    assert [page.index(page_of(row)) for row in (note, credited, open_)] == sorted(
        page.index(page_of(row)) for row in (note, credited, open_)
    )
    assert page_of(paid) in text(client, f"{LIST}?q={paid.number}")
    assert page_of(open_) not in text(client, f"{LIST}?q={paid.number}&before=nonsense")


def test_a_long_list_goes_on_and_costs_no_more(max: Membership, company: Company, ines: Contact) -> None:
    with acting(max) as by:
        rows = [billed(company, by) for _ in range(3)]
    client = browser(ines)
    few = count(client, LIST)
    with acting(max) as by:
        rows += [billed(company, by) for _ in range(19)]
    assert count(client, LIST) == few <= 9
    page = text(client, LIST)
    assert sum(page_of(row) in page for row in rows) == 20
    older = text(client, f"{LIST}?before={rows[2].key}")
    assert [page_of(row) in older for row in rows[:3]] == [True, True, False]
    assert f"before={rows[2].key}" in page


def test_the_first_page_says_what_is_open_to_who_may_see_it(
    max: Membership, company: Company, ines: Contact, cleo: Contact
) -> None:
    with acting(max) as by:
        first, second, paid = (billed(company, by) for _ in range(3))
        late(first)
        payments.pay(paid, Decimal(119), bills.DAY, "", by=by)
        payments.pay(second, Decimal(19), bills.DAY, "", by=by)
    client = browser(ines)
    page = text(client, HOME)
    assert "2 open invoices" in page and "1 overdue" in page and "€219.00" in page
    assert count(client, HOME) <= 14
    assert "open invoices" not in text(browser(cleo), HOME) and LIST not in text(browser(cleo), HOME)


# One invoice ----------------------------------------------------------------------------------------------------------
def test_an_invoice_shows_what_its_paper_says_and_nothing_of_ours(
    max: Membership, company: Company, ines: Contact
) -> None:
    with acting(max) as by:
        row = billed(company, by)
        payments.pay(row, Decimal(19), bills.DAY, "CanaryRemark", by=by)
        Invoice.objects.filter(pk=row.pk).update(created_by_name="CanaryAuthor", dunning_level=2)
    client = browser(ines)
    page = text(client, page_of(row))
    for said in (row.number, "On-site support", "€100.00", "€19.00", "€119.00", "Still open", bills.SELLER["iban"]):
        assert said in page, said
    for hidden in ("Canary", "/nordlicht/invoices/", "/nordlicht/tickets/", row.sha256):
        assert hidden not in page, hidden
    assert count(client, page_of(row)) <= 10


def test_papers_are_the_kept_bytes_and_a_changed_one_is_not_handed_out(
    max: Membership, company: Company, ines: Contact
) -> None:
    with acting(max) as by:
        row = bills.issued(company, by, bills.posted(company), format="xrechnung")
        kept = bytes_of(row.file), bytes_of(row.xml)
    client = browser(ines)
    for path, content, kind in zip(("paper.pdf", "electronic.xml"), kept, ("pdf", "xml"), strict=True):
        answer = client.get(page_of(row) + path)
        assert (answer.content, answer["Content-Type"]) == (content, f"application/{kind}")
        assert answer["Content-Disposition"] == f'attachment; filename="{row.number}.{kind}"'
    with default_storage.open(row.file.path, "wb") as file:
        file.write(b"%PDF- another amount")
    answer = client.get(f"{page_of(row)}paper.pdf")
    assert answer.status_code == 409 and b"another amount" not in answer.content


def test_before_its_papers_are_made_the_page_says_so(max: Membership, company: Company, ines: Contact) -> None:
    with acting(max) as by:
        row = billed(company, by)
        Invoice.objects.filter(pk=row.pk).update(file=None)
    client = browser(ines)
    assert "The PDF is being made" in text(client, page_of(row))
    for path in ("paper.pdf", "electronic.xml"):
        assert client.get(page_of(row) + path).status_code == 404


def test_invoice_and_credit_note_lead_to_each_other(max: Membership, company: Company, ines: Contact) -> None:
    with acting(max) as by:
        row = billed(company, by)
        payments.pay(row, Decimal(119), bills.DAY, "", by=by)
        note = credit_notes.credit(row, [], "Delivered twice", by=by)
    client = browser(ines)
    assert page_of(note) in text(client, page_of(row)) and "Credited" in text(client, page_of(row))
    page = text(client, page_of(note))
    assert page_of(row) in page and "To be paid back" in page and "Delivered twice" in page


# Who may --------------------------------------------------------------------------------------------------------------
def addresses(row: Invoice) -> list[str]:
    return [LIST, f"{LIST}delivery-notes/", page_of(row), f"{page_of(row)}paper.pdf", f"{page_of(row)}electronic.xml"]


def test_without_the_right_there_is_nothing(max: Membership, company: Company, cleo: Contact, ines: Contact) -> None:
    with acting(max) as by:
        row = bills.issued(company, by, bills.posted(company), format="xrechnung")
    client = browser(cleo)
    for path in addresses(row):
        answer = client.get(path)
        assert answer.status_code == 404 and row.number not in answer.content.decode(), path
    theirs = browser(ines)
    assert [theirs.get(path).status_code for path in addresses(row)] == [200] * 5
    assert {client.post(path).status_code for path in addresses(row)} == {405}


def test_another_companys_a_draft_and_a_row_of_nobody_are_not_there(
    max: Membership, company: Company, other_company: Company, fred: Contact, ines: Contact, give: Any
) -> None:
    """Ines speaks for the other company, too: its requests are hers to read, its invoices are not."""
    with acting(max) as by:
        portal_access.serve(ines, [(other_company, "company")], by=by)
        theirs = billed(other_company, by, "CanaryWork")
        draft = bills.draft(company, by)
    client = browser(ines)
    assert theirs.number not in text(client, LIST) and "Canary" not in text(client, HOME)
    for row in (theirs, draft):
        for path in addresses(row)[2:]:
            assert client.get(path).status_code == 404, path
    assert client.get(page_of(theirs).replace(str(theirs.key), str(uuid4()))).status_code == 404


def test_at_another_company_and_at_the_door_nobody_sees_anything(
    max: Membership, company: Company, ines: Contact, atlas: Tenant
) -> None:
    with acting(max) as by:
        row = billed(company, by)
    client = browser(ines)
    for path in addresses(row):
        elsewhere = client.get(path.replace("/nordlicht/", "/atlas/"))
        assert elsewhere.status_code == 303 and elsewhere["Location"].startswith("/atlas/portal/sign-in/")
        assert Client().get(path)["Location"].startswith(f"{HOME}sign-in/")
        assert sign_in(max).get(path).status_code == 303


@pytest.mark.parametrize("end", ["right", "access", "contact"])
def test_what_was_taken_away_ends_at_once(max: Membership, company: Company, ines: Contact, end: str) -> None:
    with acting(max) as by:
        row = billed(company, by)
    client = browser(ines)
    assert client.get(page_of(row)).status_code == 200
    with acting(max) as by:
        if end == "right":
            portal_access.change(ines, by=by, sees_invoices=False)
        elif end == "access":
            portal_access.take(ines, by=by)
        else:
            Contact.objects.filter(pk=ines.pk).update(is_active=False)
    assert client.get(page_of(row)).status_code == 303
    if end == "right":
        assert browser(ines).get(page_of(row)).status_code == 404


# Who gives the right --------------------------------------------------------------------------------------------------
def test_the_desk_and_the_companys_own_administrator_give_the_right(
    max: Membership, company: Company, cleo: Contact, dirk: Contact
) -> None:
    desk = f"/nordlicht/companies/{company.pk}/contacts/{cleo.pk}/portal/"
    client = sign_in(max)
    assert 'name="sees_invoices"' in client.get(desk).content.decode()
    client.post(desk, {"sees": "own", "accepts": "on", "sees_invoices": "on"})
    with scope.tenant(max.tenant_id):
        assert PortalAccess.objects.get(contact=cleo).sees_invoices
        told = Entry.objects.get(kind="contact.portal_changed")
        assert (told.data["old"]["sees_invoices"], told.data["new"]["sees_invoices"]) == (False, True)
    theirs = browser(dirk)
    assert "sees invoices" in text(theirs, f"{HOME}people/")
    theirs.post(f"{HOME}people/{cleo.pk}/", {"sees": "own", "accepts": "on"})
    with scope.tenant(max.tenant_id):
        assert not PortalAccess.objects.get(contact=cleo).sees_invoices


def test_whom_the_invoices_go_to_begins_with_the_right(max: Membership, company: Company, dirk: Contact) -> None:
    with acting(max) as by:
        bills.settled(company, by, email="Books@hansen.example")
        books = Contact.objects.create(company=company, name="Bo Hansen", email="books@Hansen.example")
        other = Contact.objects.create(company=company, name="Otto Hansen", email="otto@hansen.example")
        given = [portal_access.give(one, by=by).sees_invoices for one in (books, other)]
        portal_access.take(books, by=by)
    assert given == [True, False]
    asked = text(browser(dirk), f"{HOME}people/{books.pk}/")
    assert (
        'name="sees_invoices" id="id_sees_invoices" checked' in asked
        or "checked" in asked.split("sees_invoices")[1][:80]
    )


# Mails ----------------------------------------------------------------------------------------------------------------
def mails(code: str) -> list[OutgoingMail]:
    return list(OutgoingMail.objects.filter(code=code).order_by("pk"))


def test_the_mail_leads_its_reader_to_the_invoice(max: Membership, company: Company, ines: Contact) -> None:
    with acting(max) as by:
        row = bills.issued(company, by, bills.posted(company), email=ines.email)
    path = path_in(ines, "invoice_sent")
    client = Client()
    assert path.startswith(f"{HOME}enter/") and "Ihre Rechnung" in text(client, path)
    client.post(path)
    answer = client.post(f"{HOME}sign-in/code/", {"code": code_of(ines)})
    assert answer["Location"] == page_of(row)
    assert row.number in text(client, page_of(row))
    assert client.get(path)["Location"] == page_of(row)


def test_letters_and_credit_notes_lead_there_too(max: Membership, company: Company, ines: Contact) -> None:
    with acting(max) as by:
        row = bills.issued(company, by, bills.posted(company), email=ines.email)
        Invoice.objects.filter(pk=row.pk).update(due_on=date(2026, 1, 2))
        dunning.dun(row, by=by)
        credit_notes.credit(row, [], "Twice", by=by)
        papers.work()
        for one in (*mails("invoice_sent"), *mails("invoice_overdue")):
            assert f"{HOME}enter/" in one.text, one.subject
        assert len(mails("invoice_sent")) == 2


def test_whoever_may_not_see_it_gets_no_link(max: Membership, company: Company, cleo: Contact) -> None:
    with acting(max) as by:
        bills.issued(company, by, bills.posted(company), email=cleo.email)
        bills.issued(company, by, bills.posted(company), email="nobody@hansen.example")
        assert [HOME in one.text for one in mails("invoice_sent")] == [False, False]


# Delivery notes -------------------------------------------------------------------------------------------------------
def test_what_was_signed_for_stands_beside_the_invoices(
    max: Membership, company: Company, other_company: Company, ines: Contact
) -> None:
    with acting(max) as by:
        signed, unsigned, theirs = (_prepared(one, by) for one in (company, company, other_company))
        for note in (signed, theirs):
            delivery_papers.keep_signed(delivery_notes.sign(note, "Cleo Hansen", is_on_paper=True, by=by))
        signed.refresh_from_db()
        kept = delivery_papers.signed_paper_of(signed)
    client = browser(ines)
    page = text(client, f"{LIST}delivery-notes/")
    assert signed.number in page and "signed by Cleo Hansen" in page
    assert unsigned.number not in page and str(theirs.key) not in page
    assert client.get(f"{LIST}delivery-notes/{signed.key}/paper.pdf").content == kept
    for note in (unsigned, theirs):
        assert client.get(f"{LIST}delivery-notes/{note.key}/paper.pdf").status_code == 404
    assert count(client, f"{LIST}delivery-notes/") <= 9
    with acting(max) as by:
        (line,) = delivery_lines.of_note(signed)
        back = delivery_papers.keep(returns.take_back(signed, {line.pk: Decimal(1)}, "Broken", by=by))
        hidden = returns.take_back(unsigned, {delivery_lines.of_note(unsigned)[0].pk: Decimal(1)}, "Broken", by=by)
        delivery_papers.keep(hidden)
    page = text(client, f"{LIST}delivery-notes/")
    assert f"Return note {back.number}" in page and f"corrects delivery note {signed.number}" in page
    assert "some of it came back" in page and hidden.number not in page
    assert client.get(f"{LIST}delivery-notes/{back.key}/paper.pdf").content.startswith(b"%PDF")


def _prepared(company: Company, by: Actor) -> Any:
    place, _made = StockPlace.objects.get_or_create(name="Store")
    note = delivery_notes.open_for_company(company, by=by)
    delivery_lines.add(note, Goods("Switch", Decimal(1), place=place), by=by)
    return delivery_notes.prepare(note, by=by)
