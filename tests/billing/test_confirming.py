"""An order becomes tickets: all or none, and once (it-house spec, "Orders become tickets"; criterion 4 of issue 6)."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from billing.models import Order, OrderStatus, OrderTicket
from billing.services import confirming, order_documents, orders
from psa.directory.models import Company, Contact
from psa.journal.models import Entry
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from tests.billing.stage import article, checklist, confirmed, draft, line, nothing_beyond, service
from tests.conftest import acting, needs_postgres
from tests.races import race
from tickets import services as tickets
from tickets.models import (
    Attachment,
    Checklist,
    HandOff,
    HandOffStatus,
    NumberRange,
    Queue,
    Source,
    StoredFile,
    Ticket,
    TicketLink,
)


def refused(call: Any) -> str:
    with pytest.raises(Refused) as caught:
        call()
    return caught.value.code


@pytest.fixture
def order(max: Membership, queue: Queue, company: Company, cleo: Contact) -> Order:
    """A server and a telephone system to be installed, and a cable beside; two tickets, the server's is the base."""
    with acting(max) as by:
        steps = checklist(by)
        server = service(by, "Install the server", steps, is_base=True, planned_minutes=240, queue=queue)
        phones = service(by, "Install the telephones")
        lines = (
            line("Telephone", "10", article=article(by, "TEL", service=phones, is_installable=True)),
            line("Server", "1", article=article(by, "SRV", service=server), needs_appointment=True),
            line("Cable", "3"),
        )
        made = orders.enter(draft(company, *lines, contact=cleo), by=by)
        upload = SimpleUploadedFile("order.pdf", b"%PDF-1.4 signed", "application/pdf")
        order_documents.add(made, upload, is_the_order=True, by=by)
        return made


def nothing_was_made() -> None:
    """No ticket, no hand-off, no number taken; the order is what it was."""
    assert not Ticket.objects.exists() and not OrderTicket.objects.exists() and not HandOff.objects.exists()
    assert not Attachment.objects.exists() and not Checklist.objects.exists()
    assert not NumberRange.objects.filter(kind="ticket").exists()
    found = Order.objects.get()
    assert (found.status, found.confirmed_at, found.version) == (OrderStatus.DRAFT, None, 1)
    assert not Entry.objects.filter(kind__in=("order.confirmed", "ticket.created")).exists()


@pytest.mark.django_db
def test_confirming_makes_every_ticket_of_the_plan(order: Order, max: Membership) -> None:
    with acting(max) as by:
        planned = confirming.plan(order)
        assert [(one.title, one.is_base, len(one.lines)) for one in planned] == [
            ("Install the telephones", False, 1),
            ("Install the server", True, 2),
        ]
        base, phones = confirmed(order, by)
        assert (base.title, base.planned_minutes, base.company_id) == ("Install the server", 240, order.company_id)
        assert {base.source, phones.source} == {Source.ORDER}
        assert "3 × Cable" in base.description and "Telephone" not in base.description
        order.refresh_from_db()
        assert (order.status, order.version) == (OrderStatus.CONFIRMED, 2)
        assert Checklist.objects.get().ticket_id == base.pk
        base.refresh_from_db()
        assert base.checklist_total == 2
        assert Entry.objects.get(kind="order.confirmed").data["tickets"] == [base.number, phones.number]


@pytest.mark.django_db
def test_the_order_document_hangs_on_the_base_ticket_and_the_others_link_to_it(order: Order, max: Membership) -> None:
    with acting(max) as by:
        base, phones = confirmed(order, by)
        shown = Attachment.objects.get()
        assert (shown.ticket_id, shown.name) == (base.pk, "order.pdf")
        assert StoredFile.objects.get().pk == shown.file_id  # the bytes are the order's own
        link = TicketLink.objects.get()
        assert {link.first_id, link.second_id} == {base.pk, phones.pk}
        assert OrderTicket.objects.get(is_base=True).ticket_id == base.pk


@pytest.mark.django_db
def test_an_order_of_one_service_is_one_ticket_which_bears_the_document(
    max: Membership, queue: Queue, company: Company
) -> None:
    with acting(max) as by:
        made = orders.enter(draft(company, line(), line("Cable")), by=by)
        upload = SimpleUploadedFile("order.pdf", b"%PDF-1.4 signed", "application/pdf")
        order_documents.add(made, upload, is_the_order=True, by=by)
        [only] = confirmed(made, by)
        row = OrderTicket.objects.get()
        assert row.is_base and len(row.lines) == 2 and only.title == made.title
        assert Attachment.objects.get().ticket_id == only.pk and not TicketLink.objects.exists()


@pytest.mark.django_db
def test_whoever_sells_makes_tickets_with_checklists_they_never_tick(order: Order, people: Any) -> None:
    with acting(people("sales")) as by:
        assert not by.can("checklist.tick")
        assert len(confirmed(order, by)) == 2
        assert Checklist.objects.count() == 1


@pytest.mark.django_db
def test_each_ticket_needs_its_knowledge_or_a_word_that_there_is_none(order: Order, max: Membership) -> None:
    with acting(max) as by:
        said = nothing_beyond(order)
        base, other = (one.code for one in sorted(confirming.plan(order), key=lambda one: not one.is_base))

        def confirm(said: Any, base: str = base) -> Any:
            return confirming.confirm(order, said, base=base, version=1, by=by)

        for wrong in ({}, {base: said[base]}, {**said, other: confirming.Said(knowledge="  ")}):
            assert refused(lambda: confirm(wrong)) == "knowledge_missing"  # noqa: B023
        for nobody in ("", "service-0"):
            assert refused(lambda: confirm(said, nobody)) == "base_missing"  # noqa: B023
        nothing_was_made()
        confirm({**said, base: confirming.Said(knowledge="The key is at the bakery.")})
        row = OrderTicket.objects.get(is_base=True)
        assert (row.knowledge, row.nothing_beyond) == ("The key is at the bakery.", False)


@pytest.mark.django_db
def test_only_who_manages_orders_confirms(order: Order, ada: Membership, people: Any) -> None:
    for person in (ada, people("dispatcher"), people("billing"), people("read-only")):
        with acting(person) as by:
            with pytest.raises(Denied):
                confirmed(order, by)
            nothing_was_made()


@pytest.mark.django_db
def test_a_plan_of_an_older_order_makes_nothing(order: Order, max: Membership) -> None:
    with acting(max) as by:
        code = refused(lambda: confirming.confirm(order, nothing_beyond(order), base="x", version=0, by=by))
        assert code == "order_changed_meanwhile"
        nothing_was_made()


@pytest.mark.django_db
def test_pressed_twice_the_tickets_are_made_once(order: Order, max: Membership) -> None:
    with acting(max) as by:
        confirmed(order, by)
        assert refused(lambda: confirmed(order, by)) == "order_confirmed_already"
        assert Ticket.objects.count() == OrderTicket.objects.count() == 2
        assert HandOff.objects.count() == Attachment.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("where", ["bring", "add", "send", "create"])
def test_a_crash_halfway_leaves_nothing(
    order: Order, max: Membership, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """Wherever it breaks – at the checklists, the links, the hand-off, the second ticket – there is no ticket."""
    module: Any = {
        "bring": confirming.checklists,
        "add": confirming.linking,
        "send": confirming.hand_offs,
        "create": confirming,
    }[where]
    whole, calls = getattr(module, where), []

    def breaks(*args: Any, **kwargs: Any) -> Any:
        calls.append(where)
        if where != "create" or len(calls) == 2:
            raise RuntimeError("The power went.")
        return whole(*args, **kwargs)

    monkeypatch.setattr(module, where, breaks)
    with acting(max) as by:
        with pytest.raises(RuntimeError):
            confirmed(order, by)
        nothing_was_made()
        monkeypatch.setattr(module, where, whole)
        assert len(confirmed(order, by)) == 2


@pytest.mark.django_db
def test_the_order_is_handed_to_dispatch_until_somebody_takes_the_ticket(order: Order, max: Membership) -> None:
    """It-house spec, "Hand-off inbox": order → ticket is a hand-off; nothing depends on somebody reading a mail."""
    with acting(max) as by:
        base, phones = confirmed(order, by)
        handed = HandOff.objects.get()
        assert (handed.kind, handed.receiving_role, handed.ticket_id) == ("order", "dispatcher", base.pk)
        tickets.accept(phones, by=by)
        assert HandOff.objects.get().status == HandOffStatus.OPEN
        tickets.accept(base, by=by)
        assert HandOff.objects.get().status == HandOffStatus.DONE


@needs_postgres
@pytest.mark.django_db(transaction=True)
def test_four_who_confirm_at_once_make_the_tickets_once(order: Order, max: Membership) -> None:
    def confirm() -> Any:
        with acting(max) as by:
            return confirmed(order, by)

    answers = race(*[confirm] * 4)
    assert sum(isinstance(one, list) for one in answers) == 1, answers
    assert all(isinstance(one, list | Refused) for one in answers), answers
    with acting(max):
        assert Ticket.objects.count() == OrderTicket.objects.count() == 2
        assert HandOff.objects.count() == Attachment.objects.count() == 1


@needs_postgres
@pytest.mark.django_db(transaction=True)
def test_confirmed_and_changed_at_once_one_of_them_is_told(order: Order, max: Membership) -> None:
    def confirm() -> Any:
        with acting(max) as by:
            return confirmed(order, by)

    def cancel() -> Any:
        with acting(max) as by:
            return orders.cancel(order, "They called.", by=by)

    answers = race(confirm, cancel)
    assert all(isinstance(one, list | Order | Refused) for one in answers), answers
    with acting(max):
        found = Order.objects.get()
        assert found.status == OrderStatus.CANCELLED
        assert Ticket.objects.count() in (0, 2)
