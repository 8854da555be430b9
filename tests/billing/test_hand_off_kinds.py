"""Every internal hand-off is one object in one inbox (it-house spec, "Hand-off inbox")."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from billing.services import delivery_lines, delivery_notes, goods_billing, goods_requests, licences, orders
from billing.services.delivery_lines import Goods
from billing.services.licences import Report
from psa.directory.models import Company
from psa.mail.models import OutgoingMail
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership
from tests.billing import bills
from tests.billing.stage import confirmed, draft
from tests.billing.visit_stage import at, clock, plan, seller  # noqa: F401
from tests.conftest import acting
from tests.tickets.pages import sign_in_english, text_of
from tickets.models import HandOff, HandOffKind, HandOffStatus, Queue, Ticket
from tickets.services import hand_offs

pytestmark = pytest.mark.usefixtures("clock", "seller")
# To whom each goes, and what its sender called it.
INBOX = {
    HandOffKind.ORDER: ("dispatcher", "Network for the new office"),
    HandOffKind.DELIVERY_NOTE: ("sales", "VPN drops every morning"),
    HandOffKind.GOODS: ("sales", "three plugs"),
    HandOffKind.LICENCE: ("sales", "3 × Office"),
    HandOffKind.QUOTE: ("sales", "A bigger switch"),
    HandOffKind.CREDIT: ("billing", "Reederei Hansen"),
}


@pytest.fixture
def handed(max: Membership, bea: Membership, ticket: Ticket, company: Company, queue: Queue) -> list[HandOff]:
    """One of each kind, each made by what makes it."""
    plan(ticket, max, at("2026-03-05T09:00"))
    with acting(max) as by:
        confirmed(orders.enter(draft(company), by=by), by)
        goods_requests.ask(ticket, "three plugs", by=by)
        licences.report(ticket, Report("Office", 3, date(2026, 2, 27)), by=by)
        hand_offs.send(HandOffKind.QUOTE, title="A bigger switch", ticket=ticket, by=by)
        came_back(company, by)
        return list(HandOff.objects.all())


def came_back(company: Company, by: Actor) -> None:
    """Goods that stand on the draft of an invoice."""
    note = delivery_notes.open_for_company(company, by=by)
    line = delivery_lines.add(note, Goods("Switch", Decimal(1)), by=by)
    there = delivery_notes.deliver(delivery_notes.prepare(note, by=by), by=by)
    items = goods_billing.bill(there, given={line.pk: Decimal(89)}, by=by)
    bills.draft(company, by, *items)
    delivery_notes.reverse(note, "Broken", by=by)


def test_every_kind_of_hand_off_is_one_object_with_sender_and_receiving_role(
    handed: list[HandOff], max: Membership
) -> None:
    assert {HandOffKind(one.kind): one.receiving_role for one in handed} == {
        kind: role for kind, (role, _title) in INBOX.items()
    }
    assert set(INBOX) == set(HandOffKind)
    for one in handed:
        assert (one.sender_id, one.status) == (max.pk, HandOffStatus.OPEN), one.kind
        assert INBOX[HandOffKind(one.kind)][1] in one.title, one.kind
    assert next(one for one in handed if one.kind == HandOffKind.DELIVERY_NOTE).due_at is not None


def test_all_of_them_stand_in_one_inbox_and_nothing_depends_on_a_mail(handed: list[HandOff], max: Membership) -> None:
    page = text_of(sign_in_english(max).get("/nordlicht/hand-offs/"))
    with acting(max) as by:
        assert not OutgoingMail.objects.filter(code__startswith="hand_off").exists(), "handing over mails nobody"
        assert set(HandOff.objects.filter(hand_offs.of_role(by))) == set(handed)
    for one in handed:
        assert one.title in page and str(HandOffKind(one.kind).label) in page, one.kind
