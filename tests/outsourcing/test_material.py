"""Material on an insourced ticket: it synchronises as a charge, and its delivery note is addressed to the lead."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from billing.models import Article, DeliveryNote
from billing.services import delivery_notes, materials
from billing.services.delivery_lines import Goods
from billing.services.materials import Row
from outsourcing.models import Handover
from outsourcing.services import answering, sending
from outsourcing.terms import Draft
from psa.directory.models import Location
from psa.tenancy.models import Membership
from tests.conftest import acting
from tests.outsourcing.conftest import HOURLY, drain
from tickets import services
from tickets.models import Charge, Ticket
from tickets.readers import readers
from tickets.services import items

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("detail", "place"),
    [("full", "Reederei Hansen\nLager Riga"), ("site", "Lager Riga"), ("none", "")],
)
def test_the_delivery_place_of_insourced_goods_is_as_it_was_shared(
    max: Membership, gunta: Membership, ticket: Ticket, partnership: Any, desk_of_baltic: Any, detail: str, place: str
) -> None:
    """It-house spec: addressed to the lead, delivery place as shared; what the lead keeps to itself is not on it."""
    with acting(max) as by:
        where = Location.objects.create(company=ticket.company, name="Lager Riga")
        ticket = services.edit(ticket, by=by, location=where)
        offer = sending.send(ticket, partnership, Draft(**HOURLY, detail=detail), by=by)  # type: ignore[arg-type]
    drain()
    with acting(gunta) as by:
        theirs = answering.accept(Handover.objects.get(pk=offer.pk), desk_of_baltic, by=by, title=offer.title)
        note = delivery_notes.draft_of(theirs, by=by)
        assert (note.recipient, note.address) == ("Nordlicht IT", place)


def test_material_for_a_lead_arrives_as_a_charge_and_its_note_is_addressed_to_the_lead(
    pair: Any, max: Membership, gunta: Membership, ticket: Ticket
) -> None:
    with acting(gunta) as by:
        theirs = Ticket.objects.get(source="insourced")
        lead = next(one for one in readers(theirs) if one.audience == "partner")
        cable = Article.objects.create(number="1", name="Patch cable", unit="pc", price=Decimal("4.90"))
        entry: Any = items.add(theirs, "timeentry", lead, by=by, minutes=30, worked_on="2026-03-02")
        materials.write(entry, [Row(uuid4(), Goods("", Decimal(2), article=cable))], by=by)
        note = DeliveryNote.objects.get()
        assert note.recipient == pair.handover.lead_name
        key = Charge.objects.get().key
    drain()
    with acting(max):
        copy = Charge.objects.get(ticket=ticket)
        assert (copy.key, copy.name, copy.quantity, copy.unit_price) == (key, "Patch cable", 2, Decimal("4.90"))
        assert not DeliveryNote.objects.exists()
    with acting(gunta) as by:
        delivery_notes.reverse(delivery_notes.prepare(note, by=by), "Not used", by=by)
    drain()
    with acting(max):
        assert Charge.objects.get(ticket=ticket).is_removed
