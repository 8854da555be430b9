"""Delivery and return notes: frozen once they have a number, signed, corrected by return notes (it-house spec)."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils import timezone
from PIL import Image, ImageDraw

from billing.models import Article, DeliveryLine, DeliveryNote, Order, OrderLine, Stock, StockMove, StockPlace
from billing.services import delivered, delivery_lines, delivery_notes, delivery_papers, returns, signatures, stock
from billing.services.delivery_lines import Goods
from psa.tenancy import scope
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from tests import paper
from tests.billing.goods.conftest import log
from tests.conftest import acting
from tickets.models import Charge, StoredFile, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(office: Membership, company: Any, cable: Article) -> Order:
    """Six cables and two days of work, confirmed."""
    with acting(office):
        made: Order = Order(number="A-1", title="New office", company=company, ordered_on=timezone.localdate())
        made.confirm(timezone.now())
        made.save()
        for at, (name, quantity, article) in enumerate((("Patch cable", 6, cable), ("Installation", 2, None)), 1):
            OrderLine.objects.create(
                order=made, position=at, name=name, quantity=quantity, unit_price=Decimal(5), article=article
            )
        return made


@pytest.fixture
def note(hers: Ticket, ada: Membership, office: Membership, cable: Article, store: StockPlace) -> DeliveryNote:
    """Four cables of fifty, used by Ada; a draft."""
    with acting(office) as by:
        stock.receive(cable, store, Decimal(50), by=by)
    log(hers, ada, Goods("", Decimal(4), article=cable, place=store, serials=("S1",)))
    with acting(office):
        found: DeliveryNote = DeliveryNote.objects.get()
        return found


def lying() -> Decimal:
    return Decimal(Stock.objects.get().quantity)


def drawn(colour: str = "black") -> bytes:
    """What a finger draws."""
    picture = Image.new("RGBA", (300, 100), "white")
    ImageDraw.Draw(picture).line((10, 80, 290, 20), fill=colour, width=4)
    made = BytesIO()
    picture.save(made, "PNG")
    return made.getvalue()


def test_preparing_takes_the_number_moves_the_stock_and_freezes_the_lines(
    note: DeliveryNote, office: Membership
) -> None:
    with acting(office) as by:
        made = delivery_notes.prepare(note, by=by)
        assert made.number == f"L-{timezone.localdate().year}-00001" and made.prepared_by_name == "Sales"
        assert lying() == 46
        line = DeliveryLine.objects.get()
        for verb in (
            lambda: delivery_lines.add(made, Goods("More", Decimal(1)), by=by),
            lambda: delivery_lines.remove(line, by=by),
            lambda: delivery_lines.edit(line, Goods("Less", Decimal(1)), by=by),
        ):
            with pytest.raises(Refused, match="delivery_note_is_frozen"):
                verb()
        assert DeliveryLine.objects.get().quantity == 4


def test_an_empty_note_is_not_prepared_and_takes_no_number(office: Membership, company: Any) -> None:
    with acting(office) as by:
        made = delivery_notes.open_for_company(company, by=by)
        with pytest.raises(Refused, match="delivery_note_is_empty"):
            delivery_notes.prepare(made, by=by)
        delivery_lines.add(made, Goods("Plug", Decimal(1)), by=by)
        assert delivery_notes.prepare(made, by=by).number.endswith("-00001")


def test_n4_what_is_rolled_back_gives_its_number_back(office: Membership, company: Any) -> None:
    with acting(office) as by:
        first, second = (delivery_notes.open_for_company(company, by=by) for _note in range(2))
        for one in (first, second):
            delivery_lines.add(one, Goods("Plug", Decimal(1)), by=by)
        with transaction.atomic():
            delivery_notes.prepare(first, by=by)
            transaction.set_rollback(True)
        assert delivery_notes.prepare(second, by=by).number.endswith("-00001")
        assert delivery_notes.prepare(first, by=by).number.endswith("-00002")


def test_a_second_prepare_is_told_and_moves_nothing(note: DeliveryNote, office: Membership) -> None:
    with acting(office) as by:
        delivery_notes.prepare(note, by=by)
        with pytest.raises(Refused, match="delivery_note_moved_on"):
            delivery_notes.prepare(note, by=by)
        assert lying() == 46 and StockMove.objects.count() == 2


def test_the_paper_is_drawn_once_and_its_bytes_are_checked(note: DeliveryNote, office: Membership) -> None:
    with acting(office) as by:
        made = delivery_notes.prepare(note, by=by)
        first = delivery_papers.paper_of(made)
        kept = DeliveryNote.objects.get(pk=made.pk)
        assert delivery_papers.paper_of(kept) == first and kept.sha256
        said = paper.text(first)
        assert all(word in said for word in (made.number, "Patch cable", "S1", "Reederei Hansen", "1001"))
        with default_storage.open(kept.file.path, "wb") as file:
            file.write(first + b"%")
        with pytest.raises(Refused, match="paper_was_changed"):
            delivery_papers.paper_of(kept)


def test_the_papers_say_the_companys_time_of_day(note: DeliveryNote, max: Membership) -> None:
    with acting(max) as by:
        made = delivery_notes.sign(delivery_notes.prepare(note, by=by), "Cleo", is_on_paper=True, by=by)
        made.prepared_at = datetime(2026, 7, 1, 20, 15, tzinfo=UTC)
        made.signed_at = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
        said = paper.text(delivery_papers.drawn(made, with_signature=True))
        assert "1. Juli 2026 22:15" in said and "2. Juli 2026 00:30" in said


def test_who_only_looks_in_reads_a_paper_and_keeps_none(note: DeliveryNote, max: Membership) -> None:
    with acting(max) as by:
        made = delivery_notes.sign(delivery_notes.prepare(note, by=by), "Cleo", is_on_paper=True, by=by)
        files = StoredFile.objects.count()
        with scope.reading():
            assert made.number in paper.text(delivery_papers.paper_of(made)), "not drawn yet, and readable all the same"
            with pytest.raises(Refused, match="papers_are_being_made"):
                delivery_papers.signed_paper_of(made)
        kept = DeliveryNote.objects.get(pk=made.pk)
        assert (kept.file_id, kept.signed_file_id, StoredFile.objects.count()) == (None, None, files)
        first, second = delivery_papers.paper_of(kept), delivery_papers.signed_paper_of(kept)
        kept.refresh_from_db()
        with scope.reading():
            assert delivery_papers.paper_of(kept) == first
            assert delivery_papers.signed_paper_of(kept) == second


def test_a_signature_stands_on_a_second_paper_and_the_first_stays(
    note: DeliveryNote, ada: Membership, max: Any
) -> None:
    with acting(max) as by:
        made = delivery_notes.prepare(note, by=by)
        first = delivery_papers.paper_of(made)
    with acting(ada) as by:
        signed = delivery_notes.sign(made, "  Cleo Hansen ", drawn(), by=by)
        assert (signed.status, signed.signed_by) == ("signed", "Cleo Hansen") and signed.delivered_at
        second = delivery_papers.signed_paper_of(signed)
        kept = DeliveryNote.objects.get()
        assert len(paper.pages(second)) == 2 and "Cleo Hansen" in paper.pages(second)[1]
        assert kept.sha256 in paper.text(second).replace("\n", "").replace(" ", "")
        assert delivery_papers.paper_of(kept) == first


def test_a_name_alone_is_no_signature(note: DeliveryNote, max: Membership) -> None:
    with acting(max) as by:
        made = delivery_notes.prepare(note, by=by)
        with pytest.raises(Refused, match="name_missing"):
            delivery_notes.sign(made, " ", drawn(), by=by)
        with pytest.raises(Refused, match="signature_missing"):
            delivery_notes.sign(made, "Cleo", by=by)
        with pytest.raises(IntegrityError, match="a_signature_is_drawn_or_on_paper"), transaction.atomic():
            DeliveryNote.objects.update(signed_by="Cleo", signed_at=timezone.now())
        assert DeliveryNote.objects.get().status == "prepared"


def test_what_was_signed_by_hand_says_so_on_the_signed_paper(note: DeliveryNote, max: Membership) -> None:
    with acting(max) as by:
        made = delivery_notes.prepare(note, by=by)
        signed = delivery_notes.sign(made, "Cleo", drawn(), is_on_paper=True, by=by)
        assert (signed.signature, signed.signed_on_paper) == (None, True)
        assert "Von Hand" in paper.text(delivery_papers.signed_paper_of(signed))
        with pytest.raises(Refused, match="delivery_note_moved_on"):
            delivery_notes.sign(made, "Somebody else", is_on_paper=True, by=by)
        assert DeliveryNote.objects.get().signed_by == "Cleo"


@pytest.mark.parametrize("sent", [b"<svg onload='x'/>", b"\x89PNG\r\n\x1a\nno", b"x" * 400_000])
def test_what_is_no_picture_is_no_signature_and_leaves_nothing(
    sent: bytes, note: DeliveryNote, max: Membership
) -> None:
    with acting(max) as by:
        made = delivery_notes.prepare(note, by=by)
        with pytest.raises(Refused, match="signature_unreadable"):
            delivery_notes.sign(made, "Cleo", sent, by=by)
        assert DeliveryNote.objects.get().status == "prepared"


def test_a_signature_is_drawn_anew_without_what_the_file_carried() -> None:
    again = signatures.redrawn(drawn() + b"<script>")
    assert again.startswith(b"\x89PNG") and b"script" not in again
    with pytest.raises(Refused, match="signature_is_empty"):
        signatures.redrawn(drawn("white"))
    assert signatures.decoded(signatures.PREFIX + base64.b64encode(b"x").decode()) == b"x"
    for wrong in ("data:image/svg+xml;base64,eA==", signatures.PREFIX + "!!"):
        with pytest.raises(Refused, match="signature_unreadable"):
            signatures.decoded(wrong)


def test_cancelling_a_numbered_note_makes_a_return_note_of_all_of_it(note: DeliveryNote, office: Membership) -> None:
    with acting(office) as by:
        made = delivery_notes.prepare(note, by=by)
        with pytest.raises(Refused, match="reason_missing"):
            delivery_notes.reverse(made, " ", by=by)
        back = delivery_notes.reverse(made, "Wrong customer", by=by)
        assert (back.kind, back.status) == ("return", "delivered") and back.number.startswith("RL-")
        made = DeliveryNote.objects.get(pk=made.pk)
        assert (made.status, made.reason, lying()) == ("cancelled", "Wrong customer", 50)
        assert Charge.objects.get().is_removed
        assert "Wrong customer" in paper.text(delivery_papers.paper_of(back))
        with pytest.raises(Refused, match="a_return_is_not_reversed"):
            delivery_notes.reverse(back, "Again", by=by)


def test_goods_come_back_line_by_line_and_never_more_than_went_out(note: DeliveryNote, office: Membership) -> None:
    with acting(office) as by:
        made = delivery_notes.prepare(note, by=by)
        line = DeliveryLine.objects.get()
        returns.take_back(made, {line.pk: Decimal(1)}, "Too long", by=by)
        assert (lying(), Charge.objects.get().quantity) == (47, 3)
        with pytest.raises(Refused, match="more_back_than_out"):
            returns.take_back(made, {line.pk: Decimal(4)}, "Too long", by=by)
        with pytest.raises(Refused, match="nothing_comes_back"):
            returns.take_back(made, {}, "Too long", by=by)
        delivery_notes.reverse(DeliveryNote.objects.get(pk=made.pk), "All of it", by=by)
        assert lying() == 50 and DeliveryNote.objects.filter(kind="return").count() == 2
        assert DeliveryLine.objects.get(pk=line.pk).quantity == 4


def test_a_draft_with_material_is_not_dropped_and_one_without_is(note: DeliveryNote, office: Any, company: Any) -> None:
    with acting(office) as by:
        with pytest.raises(Refused, match="draft_holds_material"):
            delivery_notes.reverse(note, "Not needed", by=by)
        other = delivery_notes.open_for_company(company, by=by)
        assert delivery_notes.reverse(other, "Not needed", by=by).status == "cancelled"


def test_an_order_counts_what_went_out_and_what_came_back(order: Order, office: Membership) -> None:
    def status() -> str:
        return str(Order.objects.get().status)

    with acting(office) as by:
        cables, work = OrderLine.objects.order_by("position")
        made = delivery_notes.open_for_order(order, by=by)
        delivery_lines.add_from_order(made, {cables.pk: Decimal(4)}, by=by)
        assert [one.open for one in delivery_lines.open_of(order)] == [2, 2]
        with pytest.raises(Refused, match="more_than_ordered"):
            delivery_lines.add_from_order(made, {cables.pk: Decimal(3)}, by=by)
        delivery_notes.deliver(delivery_notes.prepare(made, by=by), by=by)
        assert status() == "partly_delivered"
        rest = delivery_notes.open_for_order(Order.objects.get(), by=by)
        delivery_lines.add_from_order(rest, {cables.pk: Decimal(2), work.pk: Decimal(2)}, by=by)
        delivery_notes.sign(delivery_notes.prepare(rest, by=by), "Cleo", is_on_paper=True, by=by)
        assert status() == "delivered"
        returns.take_back(rest, {DeliveryLine.objects.get(note=rest, order_line=work).pk: Decimal(1)}, "Less", by=by)
        assert status() == "partly_delivered"
        delivery_notes.reverse(DeliveryNote.objects.get(pk=rest.pk), "All", by=by)
        delivery_notes.reverse(DeliveryNote.objects.get(pk=made.pk), "All", by=by)
        assert status() == "confirmed"
        assert set(OrderLine.objects.values_list("delivered", flat=True)) == {Decimal(0)}


def test_what_is_delivered_and_not_invoiced(note: DeliveryNote, office: Membership) -> None:
    with acting(office) as by:
        made = delivery_notes.prepare(note, by=by)
        assert not delivered.not_invoiced(by).exists()
        delivery_notes.deliver(made, by=by)
        line = delivered.not_invoiced(by).get()
        returns.take_back(made, {line.pk: Decimal(1)}, "Too long", by=by)
        assert delivered.not_invoiced(by).get().left == 3
        returns.take_back(made, {line.pk: Decimal(3)}, "Too long", by=by)
        assert not delivered.not_invoiced(by).exists()


def test_a_technician_signs_on_their_own_tickets_and_prepares_nothing(
    note: DeliveryNote, ada: Membership, people: Any, office: Membership
) -> None:
    with acting(ada) as by, pytest.raises(Denied):
        delivery_notes.prepare(note, by=by)
    with acting(office) as by:
        made = delivery_notes.prepare(note, by=by)
    with acting(people("technician")) as by, pytest.raises(Denied):
        delivery_notes.sign(made, "Cleo", is_on_paper=True, by=by)
    with acting(ada) as by:
        assert DeliveryNote.objects.get().status == "prepared"
        assert delivery_notes.deliver(made, by=by).status == "delivered"
