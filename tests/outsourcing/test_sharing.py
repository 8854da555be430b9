"""What may leave: every column is classified, and what travels is exactly what §6 names (S6, S7)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from outsourcing import payloads
from outsourcing.models import Handover, LeadSide, Move, Partnership, Terms
from outsourcing.services import answering, sync
from psa.journal.models import Entry
from psa.lanes.models import Event
from psa.mail.models import OutgoingMail
from psa.tenancy import scope
from psa.tenancy.models import Membership, User
from psa.timers import timers
from psa.timers.models import Timer
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import Pair, drain
from tests.outsourcing.test_path import for_partner
from tickets import readers
from tickets.models import Charge, Note, StoredFile, Ticket, TimeEntry
from tickets.models.items import KINDS
from tickets.services import fields, items

BILL_RATE = "95"


@pytest.mark.parametrize("kind", [*KINDS, "ticket"])
def test_s6_a_new_field_is_not_shared_until_somebody_classifies_it(kind: str) -> None:
    model = KINDS.get(kind, Ticket)
    columns = {field.name for field in model._meta.concrete_fields}
    own = payloads.OWN[kind] | (payloads.OWN["item"] if kind in KINDS else set())
    assert columns - payloads.SHARED[kind] - own == set(), "classify these in outsourcing/payloads.py"
    assert payloads.SHARED[kind] & own == set()
    assert (payloads.SHARED[kind] | own) - columns == set(), "these columns are gone"


@pytest.mark.parametrize("model", [Handover, Terms, Move, Partnership, Event])
def test_a_contract_row_points_at_nobodys_ticket(model: type) -> None:
    for field in model._meta.concrete_fields:
        if field.is_relation:
            target = field.remote_field.model.__name__
            assert target in {"Tenant", "Partnership", "Handover", "Lane"}, f"{model.__name__}.{field.name} → {target}"


def test_s7_nothing_of_the_leads_own_is_in_any_row_the_partner_reads(pair: Pair) -> None:
    with pair.lead() as by:
        assert LeadSide.objects.get().bill_rate == Decimal(BILL_RATE)
        items.add(pair.ticket, "note", for_internal(pair.ticket), by=by, text="CANARY internal")
        items.add(
            pair.ticket,
            "charge",
            for_partner(pair.ticket),
            by=by,
            name="Cable",
            unit_price=Decimal("77.77"),
            text="CANARY",
        )
    drain()
    with pair.service():
        seen = [str(list(model.objects.values())) for model in (Handover, Terms, Move, Partnership, Event)]
        seen += [str(list(model.objects.values())) for model in KINDS.values()]
        assert LeadSide.objects.count() == 0
        for row in seen:
            assert "CANARY" not in row
            assert "77.77" not in row
            assert "Decimal('95" not in row


def test_time_of_the_lead_arrives_as_a_note_and_never_counts(pair: Pair) -> None:
    with pair.lead() as by:
        items.add(
            pair.ticket, "timeentry", for_partner(pair.ticket), by=by, worked_on=date(2026, 3, 2), minutes=45,
            text="Asked the customer", internal_text="CANARY",
        )  # fmt: skip
        items.add(pair.ticket, "charge", for_partner(pair.ticket), by=by, name="Cable", unit="m", quantity=Decimal(3))
    drain()
    with pair.service():
        assert TimeEntry.objects.count() == Charge.objects.count() == 0
        told = {note.text: note.stands_for for note in Note.objects.all()}
        line = {"name": "Cable", "quantity": "3.00", "unit": "m"}
        assert told == {"Asked the customer": {"worked_on": "2026-03-02"}, "": line}


def test_what_the_lead_counted_is_written_for_each_reader(pair: Pair, gunta: Membership) -> None:
    """Day, hours and quantity as the reader's language writes them, on the ticket, in the mail, and gone with it."""
    with pair.lead() as by:
        reader = for_partner(pair.ticket)
        cable = {"name": "Cable", "unit": "m", "quantity": Decimal("2.5")}
        charge = items.add(pair.ticket, "charge", reader, by=by, **cable)
        items.add(pair.ticket, "charge", reader, by=by, name="Plug", quantity=Decimal(40))
        items.add(pair.ticket, "timeentry", reader, by=by, worked_on=date(2026, 3, 2), minutes=90, text="Asked")
    drain()
    for language, said in (
        ("de", ("2,50 m Cable", "40 × Plug", "02.03.2026")),
        ("lv", ("2,50 m Cable", "40 × Plug", "2.03.2026")),
        ("en", ("2.50 m Cable", "40 × Plug", "2 Mar 2026")),
    ):
        with scope.platform("test"):
            User.objects.filter(pk=gunta.user_id).update(language=language)
            client = sign_in(Membership.objects.select_related("user").get(pk=gunta.pk))
        page = client.get(f"/baltic/tickets/{pair.insourced.number}/").content.decode()
        assert [one for one in said if one not in page] == [], language
        assert "2026-03-02" not in page and "1:30" not in page  # the hours are not shared
    with pair.service():
        Timer.objects.update(due=timezone.now())
    timers.sweep()
    with pair.service():
        mail = OutgoingMail.objects.filter(code="items_arrived").latest("pk")
    assert "2,50 m Cable" in mail.text and "2. marts" in mail.text, mail.text
    with pair.lead() as by:
        items.remove(charge, by=by)
    drain()
    with pair.service():
        assert Note.objects.get(key=charge.key).stands_for == {}


def test_charges_of_the_partner_arrive_with_its_amount(pair: Pair) -> None:
    with pair.service() as by:
        items.add(
            pair.insourced, "charge", for_partner(pair.insourced), by=by, name="Cable", quantity=Decimal(2),
            unit_price=Decimal("20.00"),
        )  # fmt: skip
    drain()
    with pair.lead():
        assert Charge.objects.get().amount == Decimal("40.00")


def test_a_file_arrives_as_its_own_row_with_the_same_bytes(pair: Pair) -> None:
    with pair.service() as by:
        file = StoredFile.objects.create(path="x/1", size=3, sha256="abc", content_type="image/png")
        items.add(pair.insourced, "attachment", for_partner(pair.insourced), by=by, file=file, name="photo.png")
    drain()
    with pair.lead():
        copy = StoredFile.objects.get()
        assert copy.pk != file.pk
        assert (copy.path, copy.sha256) == ("x/1", "abc")


def test_shared_to_internal_withdraws_it(pair: Pair) -> None:
    with pair.service() as by:
        note = items.add(pair.insourced, "note", for_partner(pair.insourced), by=by, text="Too much said.")
    drain()
    with pair.service() as by:
        items.edit(note, by=by, reader=for_internal(pair.insourced), text="Too much said.")
    drain()
    with pair.lead():
        copy = Note.objects.get()
        assert (copy.removal, copy.text, copy.author_name) == ("withdrawn", "", "Gunta Bērziņa (Baltic Service)")


def test_withdrawing_empties_what_has_not_arrived(pair: Pair) -> None:
    with pair.service() as by:
        note = items.add(pair.insourced, "note", for_partner(pair.insourced), by=by, text="SLIP")
        items.remove(note, by=by)
        assert "SLIP" not in str(list(Event.objects.values_list("payload", flat=True)))
    drain()
    with pair.lead():
        assert Note.objects.count() == 0


def test_changed_fields_are_told_old_and_new_and_stay_own(pair: Pair) -> None:
    with pair.lead() as by:
        fields.edit(pair.ticket, by=by, title="Replace two switches in Riga")
    drain()
    with pair.service():
        entry = Entry.objects.get(kind="handover.fields_changed")
        assert entry.data["changes"] == {"title": ["Replace the switch in Riga", "Replace two switches in Riga"]}
        assert Ticket.objects.get().title == "Replace the switch in Riga"


def test_a_held_item_can_be_kept_on_our_side(pair: Pair) -> None:
    with pair.service() as by:
        answering.submit(pair.insourced, by=by)
        items.add(pair.insourced, "note", for_partner(pair.insourced), by=by, text="Kept here.")
        items.add(pair.insourced, "note", for_partner(pair.insourced), by=by, text="Goes out.")
        sync.keep_local(pair.insourced, sync.held(pair.link(pair.gunta))[0].item, True, by=by)
        answering.recall(pair.insourced, by=by)
    drain()
    with pair.lead():
        assert [*Note.objects.values_list("text", flat=True)] == ["Goes out."]


def for_internal(ticket: Ticket):
    return readers.readers(ticket)[0]


def test_a4_a_stranger_sees_no_row_of_a_handover(pair: Pair, sam) -> None:
    with acting(sam):
        for model in (Handover, Terms, Move, Partnership, Event):
            assert model.objects.count() == 0
