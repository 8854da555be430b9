"""Goods that come back after they were billed: what is posted is reversed, what is on an invoice goes to billing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from billing.models import Article, BillingItem, BillingStatus, DeliveryLine, DeliveryNote, Invoice, InvoiceLine
from billing.services import (
    approving,
    credit_notes,
    delivery_lines,
    delivery_notes,
    drafts,
    goods_billing,
    posting,
    returns,
)
from billing.services.delivery_lines import Goods
from psa.directory.models import Company
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from tests.billing import bills
from tests.billing.goods.conftest import log
from tests.conftest import acting
from tests.tickets.pages import sign_in_english, text_of
from tickets.models import Charge, HandOff, HandOffKind, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def billed(max: Membership, company: Company, cable: Article) -> DeliveryNote:
    """Five cables at 4.90 and one plug of an article at 3.00, delivered and posted."""
    with acting(max) as by:
        plug = Article.objects.create(number="1002", name="Plug", unit="pc", price=Decimal(3))
        note = delivery_notes.open_for_company(company, by=by)
        cables = Goods("", Decimal(5), article=cable, serials=("C1", "C2", "C3", "C4", "C5"))
        for goods in (cables, Goods("", Decimal(1), article=plug)):
            delivery_lines.add(note, goods, by=by)
        delivery_notes.deliver(delivery_notes.prepare(note, by=by), by=by)
        goods_billing.bill(note, by=by)
        return DeliveryNote.objects.get()


def cables_back(note: DeliveryNote, member: Membership, count: int) -> DeliveryNote:
    with acting(member) as by:
        line = DeliveryLine.objects.get(note=note, name="Patch cable")
        serials = {line.pk: line.serials[:count]}
        return returns.take_back(note, {line.pk: Decimal(count)}, "Not needed", serials=serials, by=by)


def amounts() -> list[tuple[str, Decimal]]:
    """What is posted and waits for its invoice, in the order it was."""
    rows = BillingItem.objects.filter(status=BillingStatus.POSTED).order_by("pk")
    return [(item.name, item.amount) for item in rows]


def became(note: DeliveryNote) -> list[str]:
    return list(DeliveryLine.objects.filter(note=note).values_list("billing", flat=True))


def test_of_a_posted_line_what_stayed_is_posted_anew(billed: DeliveryNote, max: Membership, office: Membership) -> None:
    """Who takes them back prepares delivery notes and bills nothing."""
    made = cables_back(billed, office, 2)
    with acting(max):
        assert amounts() == [("Plug", Decimal(3)), ("Patch cable", Decimal("14.70"))]
        assert became(made) == ["reversed"] and not HandOff.objects.exists()
        new = BillingItem.objects.latest("pk")
        assert (new.text, new.reason) == ("C3, C4, C5", f"{made.number}: Not needed")
    assert "Billing reversed" in text_of(sign_in_english(office).get(f"/nordlicht/delivery-notes/{made.key}/"))


def test_more_that_comes_back_reverses_what_was_posted_anew(billed: DeliveryNote, office: Membership) -> None:
    cables_back(billed, office, 2)
    with acting(office) as by:
        left = {line.pk: part.quantity for line, part in returns.left_of(billed).items()}
        returns.take_back(billed, left, "All of it", by=by)
        assert amounts() == []
        assert BillingItem.objects.filter(reverses__isnull=False).count() == 3


def test_a_cancelled_note_bills_nothing_and_twice_sent_acts_once(billed: DeliveryNote, office: Membership) -> None:
    with acting(office) as by:
        made = delivery_notes.reverse(billed, "Never ordered", by=by)
        with pytest.raises(Refused, match="delivery_note_moved_on"):
            delivery_notes.reverse(billed, "Never ordered", by=by)
        assert amounts() == [] and BillingItem.objects.filter(status=BillingStatus.BALANCED).count() == 4
        assert became(made) == ["reversed", "reversed"]


def post_the_charge(max: Membership) -> None:
    with acting(max) as by:
        posting.post([approving.approve(Charge.objects.get(), by=by)], by=by)


def invoiced(max: Membership, company: Company, name: str, *, issues: bool) -> Invoice:
    with acting(max) as by:
        item = BillingItem.objects.get(name=name)
        if issues:
            return bills.issued(company, by, item)
        bills.settled(company, by)
        return bills.draft(company, by, item)


@pytest.mark.parametrize("issues", [True, False], ids=["issued", "draft"])
def test_what_is_on_an_invoice_is_handed_to_billing_and_the_rest_reversed(
    billed: DeliveryNote, company: Company, max: Membership, office: Membership, *, issues: bool
) -> None:
    invoice = invoiced(max, company, "Patch cable", issues=issues)
    with acting(office) as by:
        made = delivery_notes.reverse(billed, "Wrong colour", by=by)
        assert became(made) == ["handed_off", "reversed"]
        handed = HandOff.objects.get()
        assert (handed.kind, handed.subject, handed.sender_id) == (HandOffKind.CREDIT, made.key, office.pk)
        assert "Patch cable" in handed.text and "Plug" not in handed.text
        assert not BillingItem.objects.filter(reverses__name="Patch cable").exists()
    browser = sign_in_english(max)
    page = browser.get(f"/nordlicht/hand-offs/{handed.pk}/").content.decode()
    assert f"/delivery-notes/{made.key}/" in page and f"/invoices/{invoice.pk}/" in page
    assert made.number in text_of(browser.get(f"/nordlicht/invoices/{invoice.pk}/"))
    page = text_of(browser.get(f"/nordlicht/delivery-notes/{made.key}/"))
    assert "Handed to billing" in page and "Billing reversed" in page


def test_two_returns_of_one_invoice_are_two_hand_offs(
    billed: DeliveryNote, company: Company, max: Membership, office: Membership
) -> None:
    invoiced(max, company, "Patch cable", issues=True)
    made = [cables_back(billed, office, 1)]
    with acting(office) as by:
        line = DeliveryLine.objects.get(note=billed, name="Patch cable")
        made.append(returns.take_back(billed, {line.pk: Decimal(1)}, "Too", serials={line.pk: ["C2"]}, by=by))
        assert set(HandOff.objects.values_list("subject", flat=True)) == {one.key for one in made}


def test_what_nobody_billed_yet_is_neither_reversed_nor_handed_over(
    company: Company, max: Membership, cable: Article
) -> None:
    with acting(max) as by:
        note = delivery_notes.open_for_company(company, by=by)
        delivery_lines.add(note, Goods("", Decimal(1), article=cable), by=by)
        delivery_notes.deliver(delivery_notes.prepare(note, by=by), by=by)
        made = delivery_notes.reverse(note, "Wrong", by=by)
        assert became(made) == ["none"]
        assert not HandOff.objects.exists() and not BillingItem.objects.exists()


@pytest.fixture
def used(hers: Ticket, ada: Membership, max: Membership, cable: Article) -> DeliveryNote:
    """Three cables Ada used on her ticket, delivered; nobody approved them yet."""
    log(hers, ada, Goods("", Decimal(3), article=cable))
    with acting(max) as by:
        return delivery_notes.deliver(delivery_notes.prepare(DeliveryNote.objects.get(), by=by), by=by)


def test_a_charge_that_is_approved_is_approved_anew_with_what_stayed(used: DeliveryNote, max: Membership) -> None:
    with acting(max) as by:
        charge = Charge.objects.get()
        approving.approve(charge, by=by)
    made = cables_back(used, max, 1)
    with acting(max) as by:
        assert Charge.objects.get().quantity == 2 and became(made) == ["none"]
        item = BillingItem.objects.get()
        assert item.status == BillingStatus.RETURNED
        again = approving.approve(Charge.objects.get(), by=by)
        assert (again.pk, again.amount) == (item.pk, Decimal("9.80"))


def test_a_charge_that_is_posted_stands_still_and_is_reversed(
    used: DeliveryNote, max: Membership, office: Membership
) -> None:
    post_the_charge(max)
    made = cables_back(used, office, 1)
    with acting(max):
        assert Charge.objects.get().quantity == 3 and became(made) == ["reversed"]
        assert [amount for _name, amount in amounts()] == [Decimal("9.80")]


def test_a_charge_on_an_invoice_is_handed_to_billing(
    used: DeliveryNote, company: Company, max: Membership, office: Membership
) -> None:
    post_the_charge(max)
    invoice = invoiced(max, company, "Patch cable", issues=True)
    made = cables_back(used, office, 3)
    with acting(max):
        assert became(made) == ["handed_off"] and HandOff.objects.get().ticket_id == used.ticket_id
    assert made.number in text_of(sign_in_english(max).get(f"/nordlicht/invoices/{invoice.pk}/"))


def test_what_was_given_up_is_left_alone(used: DeliveryNote, max: Membership) -> None:
    with acting(max) as by:
        posting.write_off(Charge.objects.get(), "Goodwill", by=by)
    made: Any = cables_back(used, max, 1)
    with acting(max):
        assert became(made) == ["none"] and Charge.objects.get().quantity == 3


# Off the invoice again ------------------------------------------------------------------------------------------------
def waiting() -> Decimal:
    """How many cables wait for their invoice, what was reversed taken off."""
    rows = drafts.free(BillingItem.objects.filter(name="Patch cable"))
    return sum((item.quantity for item in rows), Decimal(0))


def credited(invoice: Invoice, member: Membership, *, written_off: bool = False) -> None:
    with acting(member) as by:
        lines = InvoiceLine.objects.filter(invoice=invoice).values_list("pk", flat=True) if written_off else ()
        credit_notes.credit(invoice, [], "Came back", by=by, written_off=list(lines))


@pytest.mark.parametrize(("back", "left"), [(2, 3), (5, 0)])
@pytest.mark.parametrize("order", ["returned, credited", "credited, returned"])
def test_after_a_credit_note_what_stayed_waits_and_no_more(
    billed: DeliveryNote, company: Company, max: Membership, office: Membership, order: str, back: int, left: int
) -> None:
    invoice = invoiced(max, company, "Patch cable", issues=True)
    if order.startswith("credited"):
        credited(invoice, max)
    made = cables_back(billed, office, back)
    if order.startswith("returned"):
        credited(invoice, max)
    with acting(max):
        assert (waiting(), became(made)) == (left, ["reversed"])
        assert not HandOff.objects.exclude(status="done").exists()
        assert not left or BillingItem.objects.latest("pk").text == ", ".join(f"C{n}" for n in range(back + 1, 6))


def test_two_returns_before_the_credit_note_and_one_behind_it_are_each_taken_off_once(
    billed: DeliveryNote, company: Company, max: Membership, office: Membership
) -> None:
    invoice = invoiced(max, company, "Patch cable", issues=True)
    cables_back(billed, office, 1)
    with acting(office) as by:
        line = DeliveryLine.objects.get(note=billed, name="Patch cable")
        returns.take_back(billed, {line.pk: Decimal(1)}, "Too", serials={line.pk: ["C2"]}, by=by)
    credited(invoice, max)
    with acting(max):
        assert waiting() == 3 and set(HandOff.objects.values_list("status", flat=True)) == {"done"}
        again = bills.issued(company, Actor.of(max), BillingItem.objects.latest("pk"))
    with acting(office) as by:
        returns.take_back(billed, {line.pk: Decimal(1)}, "Three", serials={line.pk: ["C3"]}, by=by)
    credited(again, max)
    with acting(max):
        assert waiting() == 2 and BillingItem.objects.latest("pk").text == "C4, C5"


@pytest.mark.parametrize("way", ["line", "draft"])
def test_taken_off_a_draft_what_stayed_waits(
    billed: DeliveryNote, company: Company, max: Membership, office: Membership, way: str
) -> None:
    invoice = invoiced(max, company, "Patch cable", issues=False)
    made = cables_back(billed, office, 2)
    with acting(max) as by:
        if way == "line":
            drafts.drop_line(InvoiceLine.objects.get(), version=invoice.version, by=by)
        else:
            drafts.discard(invoice, version=invoice.version, by=by)
        assert (waiting(), became(made)) == (3, ["reversed"])


def test_credited_and_written_off_nothing_waits(
    used: DeliveryNote, company: Company, max: Membership, office: Membership
) -> None:
    post_the_charge(max)
    invoice = invoiced(max, company, "Patch cable", issues=True)
    made = cables_back(used, office, 1)
    credited(invoice, max, written_off=True)
    with acting(max):
        assert (waiting(), became(made), BillingItem.objects.count()) == (0, ["reversed"], 1)
        assert HandOff.objects.get().status == "done"
