"""A portal company writes its invoice from the settlement, under its own numbers (outsourcing spec §10)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing.models import BillingItem, Invoice
from billing.services import papers
from outsourcing.models import AnnouncedInvoice, Handover, ServiceSide
from outsourcing.services import answering, ending
from psa.tenancy import scope
from psa.tenancy.models import Membership
from tests.billing.partners.reading import in_english, plain
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import drain
from tests.outsourcing.portal.conftest import Portal, accepted, link, offered, ozols
from tickets import readers
from tickets.models import Audience, Ticket
from tickets.services import items

__all__ = ["accepted", "link", "offered", "ozols"]
OURS = {
    "legal_name": "Ozols Montāža SIA", "street": "Brīvības 1", "postal_code": "LV-1010", "city": "Rīga",
    "country": "LV", "vat_id": "LV49999999956", "number": "OZ-{year}-{number:03d}",
}  # fmt: skip
LEAD = {
    "name": "Nordlicht IT GmbH", "street": "Kai 1", "postal_code": "24103", "city": "Kiel", "country": "DE",
    "vat_id": "DE123456788",
}  # fmt: skip


@pytest.fixture
def settled(ozols: Portal, accepted: Ticket, ticket: Ticket, max: Membership) -> Handover:
    """Example A, approved by Nordlicht: 4.25 h × 60 and cable for 40."""
    with acting(ozols.ivo) as by:
        reader = next(one for one in readers.readers(accepted) if one.audience == Audience.PARTNER)
        for minutes, offset in ((180, 0), (90, -15)):
            logged: dict[str, Any] = {"minutes": minutes, "offset_minutes": offset, "text": "Changed the switch"}
            items.add(accepted, "timeentry", reader, by=by, worked_on="2026-03-02", **logged)
        items.add(accepted, "charge", reader, by=by, name="Cable", unit_price=Decimal(40), currency="EUR")
        answering.submit(accepted, by=by)
    drain()
    with acting(max) as by:
        ending.approve(ticket, by=by)
    drain()
    in_english()
    with scope.tenant(ozols.tenant):
        return Handover.objects.get()


def at(settled: Handover, verb: str = "") -> str:
    return f"/ozols-montaza/partner-portal/invoices/{settled.key}/{verb}"


def of(ozols: Portal) -> list[Invoice]:
    with scope.tenant(ozols.tenant):
        return list(Invoice.objects.order_by("pk"))


def seen(draft: Invoice) -> dict[str, int]:
    """What the page of this draft sends along."""
    return {"draft": draft.pk, "version": draft.version}


def issued(ozols: Portal, settled: Handover) -> Invoice:
    """Drawn and issued through the pages, all data entered."""
    assert ozols.client.post("/ozols-montaza/partner-portal/invoices/our-data/", OURS).status_code == 302
    assert ozols.client.post(at(settled, "lead/"), LEAD).status_code == 302
    assert ozols.client.post(at(settled, "draw/")).status_code == 302
    answer = ozols.client.post(at(settled, "issue/"), seen(of(ozols)[-1]))
    assert answer.status_code == 302
    with scope.platform("the worker"):
        papers.work()
    return of(ozols)[-1]


def test_from_the_settlement_to_the_paper(ozols: Portal, settled: Handover) -> None:
    """Example A: the partner's invoice is 295.00, without VAT: Germany owes it (reverse charge)."""
    page = plain(ozols.client.get("/ozols-montaza/partner-portal/invoices/").content.decode())
    assert "Replace the switch in Riga" in page and "€295.00" in page
    made = issued(ozols, settled)
    assert (made.status, made.net, made.vat, made.currency) == ("issued", Decimal("295.00"), Decimal(0), "EUR")
    assert re.fullmatch(r"OZ-20\d\d-001", made.number)
    assert (made.seller["name"], made.buyer["name"]) == ("Ozols Montāža SIA", "Nordlicht IT GmbH")
    paper = ozols.client.get(at(settled, f"{made.number}/pdf/"))
    assert paper["Content-Type"] == "application/pdf" and paper.content.startswith(b"%PDF")
    with scope.tenant(ozols.tenant):
        assert ServiceSide.objects.get().billed_at is not None
        assert set(BillingItem.objects.values_list("status", flat=True)) == {"invoiced"}
    assert made.number in plain(ozols.client.get("/ozols-montaza/partner-portal/invoices/").content.decode())


def test_the_lead_finds_the_portal_companys_invoice_filled_in(
    ozols: Portal, settled: Handover, max: Membership
) -> None:
    made = issued(ozols, settled)
    drain()
    page = plain(sign_in(max).get(f"/nordlicht/handovers/{settled.key}/statement/").content.decode())
    assert "Invoice to check" in page and f"Invoice {made.number}," in page and "Checked, received" in page
    with acting(max):
        assert AnnouncedInvoice.objects.values_list("paper", "amount").get() == (made.key, Decimal("295.00"))


def test_drawn_and_issued_twice_there_is_one_invoice(ozols: Portal, settled: Handover) -> None:
    made = issued(ozols, settled)
    assert ozols.client.post(at(settled, "draw/")).status_code == 409
    for verb in ("issue/", "discard/"):
        late = ozols.client.post(at(settled, verb), seen(made), follow=True)
        assert late.redirect_chain == [(at(settled), 302)]
        assert f"Issued already as {made.number}." in late.content.decode()
    assert [one.status for one in of(ozols)] == ["issued"]


def test_what_an_invoice_must_say_is_asked_for_first(ozols: Portal, settled: Handover) -> None:
    assert ozols.client.post(at(settled, "draw/")).status_code == 302
    draft = seen(of(ozols)[0])
    answer = ozols.client.post(at(settled, "issue/"), draft)
    assert answer["Location"].endswith("/our-data/")
    assert ozols.client.post("/ozols-montaza/partner-portal/invoices/our-data/", OURS).status_code == 302
    answer = ozols.client.post(at(settled, "issue/"), draft)
    assert answer["Location"].endswith("/lead/")
    assert [one.status for one in of(ozols)] == ["draft"]
    wrong = {**OURS, "vat_id": "", "number": "no place"}
    assert ozols.client.post("/ozols-montaza/partner-portal/invoices/our-data/", wrong).status_code == 422


def test_a_draft_is_discarded_and_drawn_again(ozols: Portal, settled: Handover) -> None:
    assert ozols.client.post(at(settled, "draw/")).status_code == 302
    first = seen(of(ozols)[0])
    assert f'name="draft" value="{first["draft"]}"' in ozols.client.get(at(settled)).content.decode()
    assert ozols.client.post(at(settled, "discard/"), first).status_code == 302
    assert of(ozols) == []
    late = ozols.client.post(at(settled, "issue/"), first, follow=True)
    assert late.redirect_chain == [("/ozols-montaza/partner-portal/invoices/", 302)]
    assert "This draft was discarded meanwhile." in late.content.decode() and of(ozols) == []
    assert ozols.client.post(at(settled, "draw/")).status_code == 302
    assert [one.net for one in of(ozols)] == [Decimal("295.00")]


def test_a_page_of_a_discarded_draft_issues_no_other(ozols: Portal, settled: Handover) -> None:
    for address, data in (("our-data/", OURS), (f"{settled.key}/lead/", LEAD)):
        assert ozols.client.post(f"/ozols-montaza/partner-portal/invoices/{address}", data).status_code == 302
    ozols.client.post(at(settled, "draw/"))
    stale = seen(of(ozols)[0])
    ozols.client.post(at(settled, "discard/"), stale)
    ozols.client.post(at(settled, "draw/"))
    assert of(ozols)[0].version == stale["version"]
    for verb in ("issue/", "discard/"):
        assert ozols.client.post(at(settled, verb), stale).status_code == 409
    assert [one.status for one in of(ozols)] == ["draft"]


def test_a_credit_note_takes_it_back_and_the_work_is_not_billed_any_more(ozols: Portal, settled: Handover) -> None:
    made = issued(ozols, settled)
    assert ozols.client.post(at(settled, f"{made.number}/credit/"), {"reason": ""}).status_code == 302
    assert len(of(ozols)) == 1
    assert ozols.client.post(at(settled, f"{made.number}/credit/"), {"reason": "Wrong address"}).status_code == 302
    assert [(one.kind, one.status) for one in of(ozols)][0] == ("invoice", "credited")
    assert of(ozols)[1].kind == "credit_note"
    with scope.tenant(ozols.tenant):
        assert ServiceSide.objects.get().billed_at is None
    assert "Make the invoice" in plain(ozols.client.get(at(settled)).content.decode())


def test_a_full_company_and_strangers_have_no_such_pages(
    ozols: Portal, settled: Handover, max: Membership, sam: Membership
) -> None:
    for client in (sign_in(max), sign_in(sam)):
        assert client.get(at(settled)).status_code == 404
        assert client.post(at(settled, "draw/")).status_code == 404
    address = reverse("billing:portal_invoice", args=["nordlicht", settled.key])
    assert sign_in(max).get(address).status_code == 404
    assert of(ozols) == []


def test_the_list_asks_the_same_number_of_questions_for_many(ozols: Portal, settled: Handover) -> None:
    made = issued(ozols, settled)
    page = "/ozols-montaza/partner-portal/invoices/"
    ozols.client.get(page)
    with CaptureQueriesContext(connection) as few:
        ozols.client.get(page)
    with scope.tenant(ozols.tenant):
        for _one in range(5):
            Invoice.objects.create(company_id=made.company_id, handover=settled.key)
    with CaptureQueriesContext(connection) as many:
        ozols.client.get(page)
    assert len(many) <= len(few)
