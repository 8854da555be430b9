"""Material on a time entry: a charge and a line on the ticket's one open delivery note (it-house spec)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from billing.models import Article, DeliveryLine, DeliveryNote, Material, PackagingUnit, StockPlace
from billing.services import delivery_notes, materials
from billing.services.delivery_lines import Goods
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from tests.billing.goods.conftest import Part, log, row
from tests.conftest import acting
from tests.tickets.conftest import customer, internal
from tickets import services
from tickets.models import Charge, Ticket
from tickets.services import items

pytestmark = pytest.mark.django_db


def two(cable: Article, **more: Any) -> Goods:
    return Goods("", Decimal(2), article=cable, **more)


def the_line() -> DeliveryLine:
    found: DeliveryLine = DeliveryLine.objects.select_related("note").get()
    return found


def test_material_is_a_charge_and_a_line_on_the_draft(hers: Ticket, ada: Membership, cable: Article) -> None:
    entry = log(hers, ada, two(cable, serials=("A1", "A2")))
    with acting(ada):
        charge, line = Charge.objects.get(), the_line()
        assert (charge.category, charge.name, charge.unit_price) == ("material", "Patch cable", Decimal("4.90"))
        assert (line.quantity, line.unit, line.serials, line.note.ticket_id) == (2, "pc", ["A1", "A2"], hers.pk)
        assert (line.note.status, line.note.recipient) == ("draft", "Reederei Hansen")
        assert Material.objects.get().entry_id == entry.pk


def test_a_packaging_unit_counts_and_is_priced_by_what_it_holds(hers: Ticket, ada: Membership, cable: Article) -> None:
    with acting(ada):
        box = PackagingUnit.objects.get()
    log(hers, ada, two(cable, packaging=box))
    with acting(ada):
        line = the_line()
        assert (line.unit, line.factor, line.unit_price) == ("box", 10, Decimal("49.00"))


def test_free_text_is_flagged_and_sales_say_which_article_it_was(
    hers: Ticket, ada: Membership, office: Membership, cable: Article
) -> None:
    log(hers, ada, Goods("blue cable", Decimal(3)))
    with acting(office) as by:
        material = Material.objects.flagged().get()
        assert the_line().unit_price == 0
        materials.name(material, Goods("blue cable", Decimal(3), article=cable), by=by)
        assert not Material.objects.flagged().exists()
        line, charge = the_line(), Charge.objects.get()
        assert (line.name, line.unit_price, charge.name) == ("Patch cable", Decimal("4.90"), "Patch cable")


def test_n5_the_second_entry_shares_the_draft(hers: Ticket, ada: Membership, cable: Article) -> None:
    log(hers, ada, two(cable))
    log(hers, ada, two(cable), Goods("screws", Decimal(10)))
    with acting(ada):
        assert DeliveryNote.objects.count() == 1
        assert list(DeliveryLine.objects.order_by("position").values_list("position", flat=True)) == [1, 2, 3]


def test_n3_a_form_that_is_sent_twice_writes_its_rows_once(hers: Ticket, ada: Membership, cable: Article) -> None:
    opening = uuid4()
    first = log(hers, ada, two(cable), opening=opening)
    again = log(hers, ada, two(cable), opening=opening)
    with acting(ada) as by:
        assert first.pk == again.pk and DeliveryLine.objects.count() == 1
        one = row(two(cable))
        for _sent in range(2):
            materials.write(first, [one], by=by)
        assert DeliveryLine.objects.count() == Charge.objects.count() == 2


def test_editing_the_entry_edits_the_draft(hers: Ticket, ada: Membership, cable: Article) -> None:
    entry = log(hers, ada, two(cable))
    with acting(ada) as by:
        key = Charge.objects.get().key
        services.items.edit(entry, by=by, parts=(Part(row(Goods("", Decimal(5), article=cable), key)),))
        assert (the_line().quantity, Charge.objects.get().quantity) == (5, 5)
        services.items.edit(entry, by=by, parts=(Part(row(None, key)),))
        assert not DeliveryLine.objects.exists() and Charge.objects.get().is_removed


def test_editing_the_charge_itself_edits_the_draft(hers: Ticket, ada: Membership, max: Membership, cable: Any) -> None:
    log(hers, ada, two(cable))
    with acting(max) as by:
        items.edit(Charge.objects.get(), by=by, quantity=Decimal(7), is_billable=False)
        line = the_line()
        assert (line.quantity, line.is_chargeable) == (7, False)
        items.remove(Charge.objects.get(), by=by)
        assert not DeliveryLine.objects.exists()


def test_deleting_the_entry_takes_its_material_off_the_draft(hers: Ticket, ada: Membership, cable: Article) -> None:
    entry = log(hers, ada, two(cable))
    with acting(ada) as by:
        items.remove(entry, by=by)
        assert not DeliveryLine.objects.exists() and Charge.objects.get().is_removed


@pytest.mark.parametrize("path", ["edit", "remove", "part", "part_off"])
def test_n2_once_it_is_prepared_the_material_stands_still_on_every_path(
    path: str, hers: Ticket, ada: Membership, max: Membership, cable: Article
) -> None:
    entry = log(hers, ada, two(cable))
    with acting(max) as by:
        note = delivery_notes.prepare(DeliveryNote.objects.get(), by=by)
        charge = Charge.objects.get()
        more = Goods("", Decimal(9), article=cable)
        with pytest.raises(Refused) as refused:
            if path == "edit":
                items.edit(charge, by=by, quantity=Decimal(9))
            elif path == "remove":
                items.remove(charge, by=by)
            else:
                part = Part(row(more if path == "part" else None, charge.key))
                items.edit(entry, by=by, parts=(part,), text="And this")
        assert (refused.value.code, refused.value.params["number"]) == ("material_is_on_its_note", note.number)
        entry.refresh_from_db()
        charge.refresh_from_db()
        assert (charge.quantity, charge.is_removed, the_line().quantity, entry.text) == (2, False, 2, "")


def test_the_entry_itself_may_still_be_edited_and_what_comes_next_opens_another_draft(
    hers: Ticket, ada: Membership, office: Membership, cable: Article
) -> None:
    entry = log(hers, ada, two(cable))
    with acting(office) as by:
        delivery_notes.prepare(DeliveryNote.objects.get(), by=by)
    with acting(ada) as by:
        items.edit(entry, by=by, text="Wrote it down")
        items.edit(entry, by=by, parts=(Part(row(two(cable))),))
        assert sorted(DeliveryNote.objects.values_list("status", flat=True)) == ["draft", "prepared"]
        items.remove(entry, by=by)
        assert [one.is_removed for one in Charge.objects.order_by("pk")] == [False, True]


def test_whoever_reads_the_entry_reads_its_material(hers: Ticket, max: Membership, cable: Article) -> None:
    entry = log(hers, max, two(cable))
    with acting(max) as by:
        public = customer(hers)
        key = Charge.objects.get().key
        items.edit(entry, by=by, reader=public, parts=(Part(row(two(cable), key)),))
        assert Charge.objects.get().audience == "customer"


def test_nobody_without_the_right_logs_material(ticket: Ticket, people: Any, cable: Article) -> None:
    with acting(people("billing")) as by:
        entry = items.add(ticket, "timeentry", internal(ticket), by=by, minutes=5, worked_on="2026-03-02")
    with acting(people("read-only")) as by, pytest.raises(Denied):
        materials.write(entry, [row(two(cable))], by=by)  # type: ignore[arg-type]
    with acting(people("billing")):
        assert not DeliveryNote.objects.exists() and not Charge.objects.exists()


def test_a_merged_tickets_draft_goes_on_with_the_survivor(
    hers: Ticket, ada: Membership, max: Membership, cable: Article, company: Any, queue: Any, store: StockPlace
) -> None:
    log(hers, ada, two(cable))
    with acting(max) as by:
        other = services.create(by=by, title="The same", company=company, queue=queue)
    log(other, max, two(cable))
    with acting(max) as by:
        services.merging.merge(hers, other, by=by)
        assert list(DeliveryLine.objects.values_list("note__ticket", flat=True)) == [other.pk] * 2
