"""Erasing a person: the contract stays, the person leaves it, on both sides (hostile tests S11, spec §6)."""

from __future__ import annotations

from datetime import date

import pytest

from outsourcing.models import Handover, Move, Question, Statement, Terms
from outsourcing.services import answering, ending, questions, sending
from outsourcing.terms import Draft
from psa.directory import erasing
from psa.directory.models import Company, Contact
from psa.journal.models import Entry
from psa.lanes.models import Event
from psa.mail.models import OutgoingMail
from psa.tenancy.models import Membership
from tests.conftest import acting
from tests.outsourcing.conftest import HOURLY, Pair, drain
from tests.outsourcing.test_path import for_partner
from tickets.models import Ticket, TimeEntry
from tickets.models.items import KINDS
from tickets.services import fields, items


@pytest.fixture
def named(
    max: Membership, gunta: Membership, ticket: Ticket, partnership: object, desk_of_baltic: Company
) -> tuple[Pair, Contact]:
    """Baltic works for Cleo Hansen, whom the offer named in full."""
    with acting(max) as by:
        cleo = Contact.objects.create(
            company=ticket.company, name="Cleo Hansen", email="cleo@hansen.example", phone="+371 2000 0001"
        )
        ticket = fields.edit(ticket, by=by, contact=cleo, description="Ask for Cleo Hansen.")
        offer = sending.send(ticket, partnership, Draft(**HOURLY, detail="full"), by=by)  # type: ignore[arg-type]
    drain()
    with acting(gunta) as by:
        said = {"title": ticket.title, "description": ticket.description}
        insourced = answering.accept(offer, desk_of_baltic, by=by, **said)
    drain()
    return Pair(max, gunta, ticket, insourced, offer), cleo


def test_s11_erasing_a_person_leaves_the_contract_and_takes_them_out_of_it_on_both_sides(
    named: tuple[Pair, Contact],
) -> None:
    """§6 "erasing a person": terms, both companies' items and journals lose the name; what was agreed stays."""
    pair, contact = named
    cleo = ("Cleo Hansen", "cleo@hansen.example", "+371 2000 0001")
    with pair.lead() as by:
        frozen = Terms.objects.get(handover=pair.handover)
        assert frozen.customer["contact"] == cleo[0] and cleo[0] in frozen.description
        agreed = (frozen.sha256, frozen.total, frozen.customer["company"], frozen.version)
        items.add(pair.ticket, "note", for_partner(pair.ticket), by=by, text=f"Call {cleo[0]}, {cleo[2]}.")
    with pair.service() as by:
        items.add(pair.insourced, "note", for_partner(pair.insourced), by=by, text=f"Wrote to {cleo[1].upper()}.")
        items.add(
            pair.insourced, "timeentry", for_partner(pair.insourced), by=by, worked_on=date(2026, 3, 2), minutes=30,
            text=f"Talked to {cleo[0]}", internal_text=f"{cleo[0]} was late",
        )  # fmt: skip
        questions.ask(Handover.objects.get(pk=pair.handover.pk), f"Where is {cleo[0]}?", by=by)
    drain()
    with pair.lead() as by:
        ending.complete(pair.ticket, by=by)
    drain()
    for side in (pair.lead, pair.service):
        with side():
            about = {"subject_type": "handover", "subject_id": pair.handover.pk}
            OutgoingMail.objects.create(
                code="x", to_address="x@example.com", language="en", message_id="<1@x>",
                html=f"<p>{cleo[0]}<br>came.</p>", text=f"Call {cleo[2]}", **about,
            )  # fmt: skip
    with pair.lead() as by:
        erasing.anonymise(contact, by=by)
    drain()
    for side in (pair.lead, pair.service):
        with side():
            frozen = Terms.objects.get(handover=pair.handover)
            assert (frozen.sha256, frozen.total, frozen.customer["company"], frozen.version) == agreed
            assert frozen.customer["contact"] == erasing.ERASED
            models = (Terms, Statement, Move, Question, Ticket, Event, Entry, OutgoingMail, *KINDS.values())
            kept = " ".join(str(list(model.objects.values())) for model in models).casefold()
            assert [word for word in cleo if word.casefold() in kept] == []
            assert Entry.objects.filter(kind="ticket.person_erased").count() == 1
            assert len(set(Statement.objects.values_list("sha256", flat=True))) == 1
            assert TimeEntry.objects.get().minutes == 30
    with pair.lead():
        assert Entry.objects.filter(kind=erasing.ANONYMISED).count() == 1


def test_s11_erasing_takes_out_whole_names_and_nothing_else() -> None:
    words = ["Ann Lee", "ann@lee.example"]
    said = {"to": ["Ann Lee", "JoAnn Leeds"], "n": 3, "text": "ann lee <ANN@lee.example> and Joann Lee"}
    assert erasing.without(said, words) == {"to": ["–", "JoAnn Leeds"], "n": 3, "text": "– <–> and Joann Lee"}
