"""Orders: entered, changed, cancelled, with what was promised beyond them (it-house spec, "Orders become tickets")."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from billing.models import Order, OrderDocument, OrderLine, OrderStatus, PackagingUnit, Promise
from billing.services import articles, delivery_notes, order_documents, orders, promises
from psa.directory.models import Company, Contact, Location
from psa.journal.models import Entry
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from tests.billing.stage import again, article, confirmed, draft, line
from tests.conftest import acting
from tickets.models import Attachment, HandOff, HandOffStatus, Queue, StoredFile

pytestmark = pytest.mark.django_db


def refused(call: Any) -> str:
    with pytest.raises(Refused) as caught:
        call()
    return caught.value.code


@pytest.fixture
def order(max: Membership, queue: Queue, company: Company) -> Order:
    """Two switches for the new office, a draft."""
    with acting(max) as by:
        return orders.enter(draft(company), by=by)


def test_an_order_has_a_number_of_its_own_and_its_seller(order: Order, max: Membership, company: Company) -> None:
    with acting(max) as by:
        second = orders.enter(draft(company), by=by)
        assert (order.number, second.number) == ("A-2026-00001", "A-2026-00002")
        assert (order.status, order.owner_id, order.version) == (OrderStatus.DRAFT, max.pk, 1)
        assert OrderLine.objects.get(order=order).amount == Decimal("180.00")


def test_an_order_has_a_contact_a_seller_and_a_place_its_goods_go_to(
    max: Membership, queue: Queue, company: Company, cleo: Contact, people: Any
) -> None:
    seller = people("sales")
    with acting(max) as by:
        place = Location.objects.create(company=company, name="Store", street="Kai 3", city="Kiel")
        wanted = draft(company, contact=cleo, location=place, owner=Membership.objects.get(pk=seller.pk))
        made = orders.enter(wanted, by=by)
        found = Order.objects.get(pk=made.pk)
        assert (found.contact, found.location, found.owner_id) == (cleo, place, seller.pk)
        confirmed(found, by)
        note = delivery_notes.open_for_order(Order.objects.get(pk=made.pk), by=by)
        assert (note.recipient, note.address) == ("Reederei Hansen", "Store\nKai 3\nKiel")


def test_only_who_manages_orders_enters_changes_or_cancels_one(
    order: Order, company: Company, people: Any, ada: Membership
) -> None:
    for person in (ada, people("dispatcher"), people("billing"), people("read-only")):
        with acting(person) as by:
            for call in (
                lambda: orders.enter(draft(company), by=by),
                lambda: orders.change(order, again(order, title="x"), version=1, by=by),
                lambda: orders.cancel(order, "x", by=by),
                lambda: promises.agree(order, "x", by=by),
            ):
                with pytest.raises(Denied):
                    call()
    with acting(people("sales")) as by:
        assert orders.change(order, again(order, title="Bigger"), version=1, by=by).version == 2
        assert Order.objects.count() == 1 and not Promise.objects.exists()


def test_a_stale_form_changes_nothing_and_is_told(order: Order, max: Membership) -> None:
    with acting(max) as by:
        orders.change(order, again(order, title="Hers"), version=1, by=by)
        stale = again(order, title="Mine")
        assert refused(lambda: orders.change(order, stale, version=1, by=by)) == "order_changed_meanwhile"
        assert Order.objects.get().title == "Hers"
        assert Entry.objects.filter(kind="order.changed").count() == 1


def test_saving_what_was_not_changed_is_no_news(order: Order, max: Membership) -> None:
    with acting(max) as by:
        assert orders.change(order, again(order), version=1, by=by).version == 1
        assert not Entry.objects.filter(kind="order.changed").exists()


def test_lines_come_go_and_change_their_places(order: Order, max: Membership) -> None:
    with acting(max) as by:
        kept = again(order).lines[0]
        orders.change(order, again(order, line("Cable", "10"), kept), version=1, by=by)
        rows = OrderLine.objects.filter(order=order)
        assert list(rows.values_list("name", flat=True)) == ["Cable", "Switch 48 ports"]
        assert rows.get(name="Switch 48 ports").key == kept.key
        entry = Entry.objects.get(kind="order.changed")
        assert entry.data["added"] == ["10 × Cable"] and "90" not in str(entry.data)
        cable = rows.get(name="Cable")
        found = again(order)
        orders.change(order, again(order, *[one for one in found.lines if one.key != cable.key]), version=2, by=by)
        assert OrderLine.objects.get(order=order).key == kept.key


def test_a_price_alone_is_a_change_too(order: Order, max: Membership) -> None:
    with acting(max) as by:
        [one] = again(order).lines
        dearer = line(key=one.key, unit_price=Decimal("99.00"))
        assert orders.change(order, again(order, dearer), version=1, by=by).version == 2
        assert OrderLine.objects.get().unit_price == Decimal("99.00")


def test_what_was_delivered_stays_and_the_rest_may_change(order: Order, max: Membership) -> None:
    """It-house spec: lines not yet delivered may be added and changed after the order was confirmed."""
    with acting(max) as by:
        confirmed(order, by)
        OrderLine.objects.update(delivered=1)
        order.refresh_from_db()
        [one] = again(order).lines
        assert (
            refused(lambda: orders.change(order, again(order, line("Cable")), version=order.version, by=by))
            == "line_is_delivered"
        )
        dearer = line(key=one.key, unit_price=Decimal("1.00"))
        assert (
            refused(lambda: orders.change(order, again(order, dearer), version=order.version, by=by))
            == "line_is_delivered"
        )
        assert OrderLine.objects.get().unit_price == Decimal("90.00")
        orders.change(order, again(order, one, line("Cable")), version=order.version, by=by)
        assert OrderLine.objects.count() == 2


def test_a_confirmed_order_keeps_its_customer(order: Order, max: Membership) -> None:
    with acting(max) as by:
        confirmed(order, by)
        order.refresh_from_db()
        other = Company.objects.create(name="Other")
        moved = again(order, company=other)
        assert refused(lambda: orders.change(order, moved, version=order.version, by=by)) == "customer_stays"
        order.refresh_from_db()
        assert order.company_id != other.pk


def test_another_customers_people_and_other_packaging_are_refused(order: Order, max: Membership) -> None:
    with acting(max) as by:
        other = Company.objects.create(name="Other")
        stranger = Contact.objects.create(company=other, name="Stranger")
        with_stranger = again(order, contact=stranger)
        assert refused(lambda: orders.change(order, with_stranger, version=1, by=by)) == "not_of_this_company"
        articles.add({"number": "K1", "name": "Cable"}, [articles.Packaging("reel", Decimal(100))], by=by)
        packed = PackagingUnit.objects.get()
        wrong = again(order, line(packaging=packed, article=article(by, "S1")))
        assert refused(lambda: orders.change(order, wrong, version=1, by=by)) == "packed_otherwise"
        empty = draft(order.company)
        assert refused(lambda: orders.enter(again(order, lines=()), by=by)) == "order_without_lines"
        assert len(empty.lines) == 1 and Order.objects.count() == 1


def test_cancelling_says_why_and_its_hand_offs_go(order: Order, max: Membership) -> None:
    with acting(max) as by:
        [ticket] = confirmed(order, by)
        assert HandOff.objects.get().status == HandOffStatus.OPEN
        assert refused(lambda: orders.cancel(order, "  ", by=by)) == "reason_missing"
        orders.cancel(order, "They chose somebody else.", by=by)
        assert HandOff.objects.get().status == HandOffStatus.CANCELLED
        ticket.refresh_from_db()
        assert ticket.is_open
        said = Entry.objects.get(kind="ticket.order_cancelled")
        assert (said.subject_id, said.data["text"]) == (ticket.pk, "They chose somebody else.")
        assert refused(lambda: orders.cancel(order, "Again.", by=by)) == "order_moved_on"
        changed = again(order, title="x")
        assert refused(lambda: orders.change(order, changed, version=3, by=by)) == "order_is_closed"


def test_what_was_delivered_is_not_cancelled(order: Order, max: Membership) -> None:
    with acting(max) as by:
        confirmed(order, by)
        OrderLine.objects.update(delivered=1)
        assert refused(lambda: orders.cancel(order, "No.", by=by)) == "order_is_delivered"
        assert Order.objects.get().status == OrderStatus.CONFIRMED


# Promises -------------------------------------------------------------------------------------------------------------
def test_promises_are_dated_and_only_ever_added(order: Order, max: Membership) -> None:
    with acting(max) as by:
        first = promises.agree(order, "Installed on a Saturday.", by=by)
        second = promises.change(order, first.thread, "Installed on a Sunday.", seen=first.pk, by=by)
        promises.withdraw(order, first.thread, "The house is closed.", seen=second.pk, by=by)
        [thread] = promises.of(order.pk)
        assert [one.change for one in thread.words] == ["agreed", "changed", "withdrawn"]
        assert (thread.stands, thread.text) == (False, "Installed on a Sunday.")
        assert Promise.objects.count() == 3


def test_a_promise_somebody_changed_meanwhile_is_not_changed_over(order: Order, max: Membership) -> None:
    with acting(max) as by:
        first = promises.agree(order, "Installed on a Saturday.", by=by)
        promises.change(order, first.thread, "On a Sunday.", seen=first.pk, by=by)
        code = refused(lambda: promises.change(order, first.thread, "Never.", seen=first.pk, by=by))
        assert code == "promise_changed_meanwhile"
        assert Promise.objects.count() == 2


def test_a_later_promise_is_a_dated_change_on_every_ticket(order: Order, max: Membership) -> None:
    """It-house spec: promises appear on every ticket; later edits show as dated changes."""
    with acting(max) as by:
        [ticket] = confirmed(order, by)
        made = promises.agree(order, "Access by the back door.", by=by)
        promises.change(order, made.thread, "Access by the front door.", seen=made.pk, by=by)
        found = Entry.objects.filter(subject_type="ticket", subject_id=ticket.pk, kind__startswith="ticket.promise")
        assert [(one.kind, one.data["text"]) for one in found.order_by("pk")] == [
            ("ticket.promise_agreed", "Access by the back door."),
            ("ticket.promise_changed", "Access by the front door."),
        ]


# Documents ------------------------------------------------------------------------------------------------------------
def paper(name: str = "order.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"%PDF-1.4 order", "application/pdf")


def test_one_document_is_the_order(order: Order, max: Membership) -> None:
    with acting(max) as by:
        first = order_documents.add(order, paper(), is_the_order=True, by=by)
        assert refused(lambda: order_documents.add(order, paper(), is_the_order=True, by=by)) == (
            "order_document_is_there"
        )
        assert StoredFile.objects.count() == 1
        second = order_documents.add(order, paper("offer.pdf"), by=by)
        order_documents.make_the_order(second, by=by)
        assert list(OrderDocument.objects.filter(is_the_order=True)) == [second]
        order_documents.remove(first, by=by)
        assert list(OrderDocument.objects.all()) == [second]


def test_an_order_document_that_comes_late_goes_to_the_base_ticket(order: Order, max: Membership, people: Any) -> None:
    with acting(max) as by:
        [ticket] = confirmed(order, by)
    with acting(people("sales")) as by:
        made = order_documents.add(order, paper(), is_the_order=True, by=by)
        shown = Attachment.objects.get(ticket=ticket)
        assert (shown.file_id, shown.audience) == (made.file_id, "internal")
        other = order_documents.add(order, paper(), by=by)
        for call in (
            lambda: order_documents.make_the_order(other, by=by),
            lambda: order_documents.remove(made, by=by),
        ):
            assert refused(call) == "order_document_stays"
        assert Attachment.objects.count() == 1
