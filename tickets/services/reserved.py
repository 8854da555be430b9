"""The moves of a ticket that need a proof (lifecycle spec, "Moves"): an approver's word, an acceptance, a bill.

Apps above hold the proof and call these; no page, list, rule or import offers them. Each is one transaction: lock, the
state, the guards, move, save, record. Whether the actor may is asked by who holds the proof.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from psa.directory.models import Contact
from psa.fsm import can_proceed
from psa.journal import journal
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets import guards
from tickets.models import Acceptance, AcceptedBy, Resolution, Source, Status, Ticket, TimeEntry
from tickets.services.lifecycle import RESOLVED, UNRESOLVED, end_what_hangs, moved_on
from tickets.services.locking import lock, save

AGREED = (
    "agreed_at",
    "agreed_minutes",
    "agreed_amount",
    "agreed_rate",
    "agreed_currency",
    "agreed_tolerance",
    "agreed_logged",
    "due_at",
    "next_deadline",
    "planned_minutes",
)


# What there is on an insourced ticket, where the lead partner stands for the customer.
FOR_PARTNERS = ("to_billing", "settle", "reopen_unbilled")


@dataclass(frozen=True, slots=True)
class Agreed:
    """What an approver agreed to: minutes from the moment it was sent, the net amount in `currency`, the tolerance in
    per cent ("up to X without asking you again"), and by when. `logged` are the minutes of ours that stood there when
    it was sent; without them those of now count. `rate` is an hour's price, None for a fixed price."""

    minutes: int
    amount: Decimal
    currency: str
    tolerance: int
    due_at: Any = None
    logged: int | None = None
    rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """Who accepts the work, and what shows it. `address` is a network address; `proof` and `text` are the evidence of a
    decision recorded on the contact's behalf."""

    contact: Contact
    address: str = ""
    proof: str = ""
    text: str = ""


# Estimates --------------------------------------------------------------------------------------------------------
@transaction.atomic
def estimate(ticket: Ticket, *, by: Actor, **facts: Any) -> Ticket:
    """6, 12: an estimate goes to the approvers; `facts` (its version, amount, currency) go into the journal."""
    ticket = _locked(ticket, "estimate", "ticket.estimated", by, "ticket.estimate")
    ticket.estimate()
    save(ticket, "status")
    journal.record(ticket, "ticket.estimated", by=by, **facts)
    return ticket


@transaction.atomic
def revise(ticket: Ticket, *, by: Actor, **facts: Any) -> Ticket:
    """7: the next version; the older ones cannot be accepted any more."""
    ticket = _locked(ticket, "revise", "ticket.revised", by, "ticket.estimate")
    ticket.revise()
    save(ticket, "status")
    journal.record(ticket, "ticket.revised", by=by, **facts)
    return ticket


@transaction.atomic
def accept_estimate(ticket: Ticket, agreed: Agreed, *, by: Actor, **facts: Any) -> Ticket:
    """8: the approvers agreed; what they agreed to stands on the ticket, the deadline becomes its due date."""
    ticket = _locked(ticket, "accept_estimate", "ticket.estimate_accepted", by, "ticket.decide")
    logged = agreed.logged
    if logged is None:
        standing = TimeEntry.objects.filter(ticket=ticket, removed_at=None, received_at=None)
        logged = standing.aggregate(sum=Sum("minutes"))["sum"] or 0
    ticket.accept_estimate()
    ticket.agreed_at = timezone.now()
    ticket.agreed_minutes, ticket.agreed_amount, ticket.agreed_rate = agreed.minutes, agreed.amount, agreed.rate
    ticket.agreed_currency, ticket.agreed_tolerance = agreed.currency, agreed.tolerance
    ticket.agreed_logged, ticket.planned_minutes = logged, logged + agreed.minutes
    if agreed.due_at is not None:
        ticket.due_at = ticket.next_deadline = agreed.due_at
    save(ticket, "status", *AGREED)
    journal.record(ticket, "ticket.estimate_accepted", by=by, **facts)
    return ticket


@transaction.atomic
def decline_estimate(ticket: Ticket, text: str, *, by: Actor, **facts: Any) -> Ticket:
    """9: the customer would rather not have it done. What a partner has of it ends in the same transaction."""
    ticket = _locked(ticket, "decline_estimate", "ticket.estimate_declined", by, "ticket.decide")
    end_what_hangs(ticket, by, text)
    ticket = lock(ticket)
    ticket.decline_estimate(timezone.now())
    save(ticket, *RESOLVED)
    journal.record(ticket, "ticket.estimate_declined", by=by, text=text, **facts)
    return ticket


@transaction.atomic
def return_estimate(ticket: Ticket, text: str, *, by: Actor, **facts: Any) -> Ticket:
    """10: a question, or another proposal; the ticket is ours again."""
    ticket = _locked(ticket, "return_estimate", "ticket.estimate_returned", by, "ticket.decide")
    ticket.return_estimate()
    save(ticket, "status")
    journal.record(ticket, "ticket.estimate_returned", by=by, text=text, **facts)
    return ticket


@transaction.atomic
def expire_estimate(ticket: Ticket, *, by: Actor, cancels: bool = False, **facts: Any) -> Ticket:
    """11: nobody answered: open again, or over where the company ends such requests (`cancels`)."""
    ticket = _locked(ticket, "expire_estimate", "ticket.estimate_expired", by)
    if cancels:
        end_what_hangs(ticket, by, "")
        ticket = lock(ticket)
        ticket.lapse_estimate(timezone.now())
        save(ticket, *RESOLVED)
    else:
        ticket.expire_estimate()
        save(ticket, "status")
    journal.record(ticket, "ticket.estimate_expired", by=by, cancelled=cancels, **facts)
    return ticket


# Acceptance -------------------------------------------------------------------------------------------------------
@transaction.atomic
def accept_solution(ticket: Ticket, given: Given, *, by: Actor) -> Ticket:
    """15: the customer accepts what is there; the record says who, when and from where. A decision a member records
    names what shows it. Raises Refused("ticket_moved_on"), ("proof_missing")."""
    ticket = _locked(ticket, "accept_solution", "ticket.accepted_by_customer", by, "ticket.accept_solution")
    is_production = ticket.status == Status.WAITING_PRODUCTION_REVIEW
    made = _record(ticket, given, by)
    ticket.accept_solution(Resolution.DEPLOYED_ACCEPTED if is_production else Resolution.ACCEPTED, timezone.now())
    ticket.acceptance = made
    save(ticket, *UNRESOLVED)
    journal.record(ticket, "ticket.accepted_by_customer", by=by, **_facts(made))
    return ticket


@transaction.atomic
def find_defect(ticket: Ticket, text: str, *, by: Actor, objection: bool = False) -> Ticket:
    """16: the customer opens it again: a defect, or an objection, in their words."""
    told = "ticket.objected" if objection else "ticket.defect_found"
    ticket = _locked(ticket, "object" if objection else "find_defect", told, by, "ticket.decide")
    if not text.strip():
        raise Refused("words_missing")
    ticket.object() if objection else ticket.find_defect()
    ticket.answer_needed_since = None
    save(ticket, "status", "answer_needed_since")
    journal.record(ticket, told, by=by, text=text)
    return ticket


@transaction.atomic
def request_deployment(ticket: Ticket, text: str, given: Given, *, by: Actor) -> Ticket:
    """17: the solution is accepted and shall go into production; the acceptance of the solution is on record."""
    ticket = _locked(ticket, "request_deployment", "ticket.deployment_requested", by, "ticket.accept_solution")
    made = _record(ticket, given, by)
    ticket.request_deployment()
    ticket.answer_needed_since = None
    save(ticket, "status", "answer_needed_since")
    journal.record(ticket, "ticket.deployment_requested", by=by, **{**_facts(made), "text": text})
    return ticket


@transaction.atomic
def auto_accept(ticket: Ticket, *, by: Actor, until: Any, stops_in_invoice: bool = False) -> Ticket:
    """20: the time the customer was told of (`until`, an aware moment) is over. Who calls has asked the guards of the
    timer under this ticket's lock."""
    ticket = _locked(ticket, "auto_accept", "ticket.auto_accepted", by)
    made = Acceptance.objects.create(
        ticket=ticket, kind=AcceptedBy.TIMER, accepted=ticket.status, name=by.name, channel=by.channel
    )
    if stops_in_invoice:
        ticket.auto_accept_to_invoice(timezone.now())
    else:
        ticket.auto_accept(timezone.now())
    ticket.acceptance = made
    save(ticket, *UNRESOLVED)
    journal.record(ticket, "ticket.auto_accepted", by=by, acceptance=made.pk, until=until.isoformat())
    return ticket


@transaction.atomic
def to_billing(ticket: Ticket, handover: UUID, partner: str, *, by: Actor) -> Ticket:
    """26: the lead partner's approval of this handover stands for the acceptance; the bill is next."""
    ticket = _locked(ticket, "to_billing", "ticket.to_billing", by, "ticket.to_billing")
    made = Acceptance.objects.create(
        ticket=ticket, kind=AcceptedBy.HANDOVER, handover=handover, name=partner, channel=by.channel
    )
    ticket.to_billing(timezone.now())
    ticket.acceptance = made
    save(ticket, *UNRESOLVED)
    journal.record(ticket, "ticket.to_billing", by=by, **_facts(made))
    return ticket


# The end ----------------------------------------------------------------------------------------------------------
@transaction.atomic
def settle(ticket: Ticket, text: str, *, by: Actor, written_off: bool = False) -> Ticket:
    """21: invoice → closed: everything is billed, there is nothing to bill, or it is written off and why."""
    ticket = _locked(ticket, "settle", "ticket.settled", by, "ticket.settle")
    ticket.settle()
    save(ticket, "status")
    journal.record(ticket, "ticket.settled", by=by, text=text, written_off=written_off)
    return ticket


@transaction.atomic
def reopen_unbilled(ticket: Ticket, text: str, *, by: Actor) -> Ticket:
    """29: invoice → reopened: it does not work after all, and nothing was posted yet: guards of billing say so."""
    ticket = _locked(ticket, "reopen_unbilled", "ticket.reopened_unbilled", by, "ticket.reopen")
    if not text.strip():
        raise Refused("words_missing")
    ticket.reopen_unbilled()
    save(ticket, *UNRESOLVED)
    journal.record(ticket, "ticket.reopened_unbilled", by=by, text=text)
    return ticket


@transaction.atomic
def reopen_closed(ticket: Ticket, text: str, *, by: Actor) -> Ticket:
    """22: closed → reopened, in the customer's own words."""
    ticket = _locked(ticket, "reopen", "ticket.reopened", by, "ticket.reopen")
    if not text.strip():
        raise Refused("words_missing")
    ticket.reopen()
    save(ticket, *UNRESOLVED)
    journal.record(ticket, "ticket.reopened", by=by, text=text)
    return ticket


@transaction.atomic
def give_up(ticket: Ticket, *, by: Actor) -> Ticket:
    """24: the customer never answered, two reminders reached them, and the company ends such requests."""
    ticket = _locked(ticket, "give_up", "ticket.given_up", by)
    ticket.give_up(timezone.now())
    save(ticket, *RESOLVED)
    journal.record(ticket, "ticket.given_up", by=by)
    return ticket


def _locked(ticket: Ticket, transition: str, told: str, by: Actor, verb: str = "") -> Ticket:
    ticket = lock(ticket)
    if not can_proceed(getattr(ticket, transition)):
        raise moved_on(ticket, told, by)
    if ticket.source == Source.INSOURCED and transition not in FOR_PARTNERS:
        raise Refused("no_customer_here")
    if verb:
        guards.check(ticket, verb, by)
    return ticket


def _record(ticket: Ticket, given: Given, by: Actor) -> Acceptance:
    """The acceptance by the contact themselves, or recorded for them by a member who names what shows it."""
    is_theirs = by.is_customer
    if not is_theirs and not (given.proof and given.text.strip()):
        raise Refused("proof_missing")
    return Acceptance.objects.create(
        ticket=ticket,
        kind=AcceptedBy.PERSON if is_theirs else AcceptedBy.ON_BEHALF,
        accepted=ticket.status,
        contact=given.contact,
        name=given.contact.name,
        by_id=by.membership_id,
        evidence="" if is_theirs else given.proof,
        text=given.text.strip(),
        channel=by.channel,
        address=given.address,
    )


def _facts(made: Acceptance) -> dict[str, Any]:
    return {"acceptance": made.pk, "kind": made.kind, "name": made.name}
