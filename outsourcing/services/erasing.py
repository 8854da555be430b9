"""When a person is erased: what the contract needs stays, their name, address and number leave both companies (§6).

The ledger keeps size and hash of what it told, not the content. The terms stay with their hash, without the person.
Each side takes them out of its own ticket: ours here, the partner's when it hears of it over the lane.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from outsourcing.links import ticket_of
from outsourcing.models import (
    Handover,
    LeadSide,
    Move,
    Proposal,
    Question,
    Referral,
    Release,
    ServiceSide,
    Statement,
    Terms,
)
from psa.directory import erasing
from psa.directory.models import Contact
from psa.journal import journal
from psa.journal.models import Entry
from psa.lanes import delivery, lanes
from psa.lanes.models import Event, Lane
from psa.mail import erasing as mails
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets.models import Ticket
from tickets.services.erasing import take_out

ERASED = "person.erased"
TALK: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (Question, ("text", "answer")),
    (Proposal, ("reason", "answer_reason", "changes")),
)


def connect() -> None:
    """Answer the address book. Called once, when the app starts."""
    erasing.guard(nobody_works_with)
    erasing.follow(on_erased)
    delivery.on(ERASED, on_heard)
    journal.subscribe(erasing.ANONYMISED, on_anonymised)


def nobody_works_with(contact: Contact) -> None:
    """While a partner works for a person, the partner needs to know whom.

    Raises Refused("contact_has_handover"), and "items_still_arriving" while news of the end is on its way.
    """
    me = scope.tenant_id()
    for handover in _handovers(contact):
        if handover.is_active:
            raise Refused("contact_has_handover", partner=handover.partner_name(me))
        waiting = sum(lane.last_seq - lane.applied_seq for lane in Lane.objects.filter(channel=handover.channel))
        if waiting:
            raise Refused("items_still_arriving", count=waiting, partner=handover.partner_name(me))


def on_anonymised(entry: Entry) -> None:
    """Blank what was exchanged about this person's tickets, in the one row both companies read."""
    contact = Contact.objects.get(pk=entry.subject_id)
    lanes.blank(handover.channel for handover in _handovers(contact))


def on_erased(contact: Contact, words: Sequence[str], by: Actor) -> None:
    """Take the person out of our tickets and of the terms, and tell each partner who had one of them to do likewise."""
    for ticket in Ticket.objects.filter(contact=contact).order_by("pk"):
        take_out(ticket, words, by=by)
    _take_out_of_own(Referral.objects.filter(ticket__contact=contact), ("note",), words)
    me = scope.tenant_id()
    for handover in _handovers(contact):
        _take_out_of_contract(handover, words)
        other = handover.service_id if handover.lead_id == me else handover.lead_id
        if lane := lanes.lane_of(handover.channel, me, other):
            company = handover.lead_name if handover.lead_id == me else handover.service_name
            lanes.emit(lane, ERASED, {"words": list(words), "by": by.name, "company": company}, move=True)


def on_heard(event: Event) -> None:
    """A person was erased at the partner's: our copies lose the words too, and the event that named them does."""
    handover = Handover.objects.get(key=UUID(event.lane.channel.partition(":")[2]))
    words, by = event.payload["words"], Actor.partner(event.payload["by"], event.payload["company"])
    if ticket := ticket_of(handover, event.target_id):
        take_out(ticket, words, by=by)
    _take_out_of_mails(handover, words)
    Event.objects.filter(pk=event.pk).update(payload={}, is_emptied=True)


def _take_out_of_contract(handover: Handover, words: Sequence[str]) -> None:
    """What was agreed and paid stays; who the customer's person is does not. Both companies read these rows."""
    _take_out_of_mails(handover, words)
    model: Any
    for model in (Terms, Move, Statement):
        for row in model.objects.filter(handover=handover):
            model.objects.filter(pk=row.pk).erase(**_without(row, model.row_class.erasable, words))
    for model, columns in TALK:
        for row in model.objects.filter(handover=handover):
            model.objects.filter(pk=row.pk).update(**_without(row, columns, words))


def _take_out_of_mails(handover: Handover, words: Sequence[str]) -> None:
    """Our mails about the handover and releases of it, and what was said of these; the other side does its own."""
    mails.take_out("handover", [handover.pk], words)
    _take_out_of_own(Release.objects.filter(handover=handover), ("note", "reason", "changes"), words)


def _take_out_of_own(rows: QuerySet, columns: Sequence[str], words: Sequence[str]) -> None:
    for row in rows:
        type(row)._default_manager.filter(pk=row.pk).update(**_without(row, columns, words))
        mails.take_out(row._meta.model_name or "", [row.pk], words)


def _without(row: Any, columns: Sequence[str], words: Sequence[str]) -> dict[str, Any]:
    return {name: erasing.without(getattr(row, name), words) for name in columns}


def _handovers(contact: Contact) -> list[Handover]:
    ids = [
        *LeadSide.objects.filter(ticket__contact=contact).values_list("handover_id", flat=True),
        *ServiceSide.objects.filter(ticket__contact=contact).values_list("handover_id", flat=True),
    ]
    return list(Handover.objects.filter(pk__in=ids).order_by("pk"))
