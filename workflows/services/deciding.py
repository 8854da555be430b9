"""What a customer's approvers say to an estimate (lifecycle spec 8–10, "Approvers"): yes, no, a question, pass it on;
or what a dispatcher records on their behalf. Each is one transaction under the ticket's lock: of two at the same moment
one wins, the other is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from psa.directory.models import Contact
from psa.journal import journal
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied, Refused
from psa.timers import timers
from tickets import permissions
from tickets.models import Status, Ticket
from tickets.services import reserved
from tickets.services.locking import lock
from workflows import working_days
from workflows.models import Decision, Estimate, EstimateStatus, Mode, Said
from workflows.services import allowance, approvers, tasks
from workflows.services.approvers import Seat

MOVES = ("status", "decided_at")
REMIND, REMIND_AGAIN, EXPIRE = "estimate.remind", "estimate.remind_again", "estimate.expire"
CAPABILITY = "estimate.decide"


@dataclass(frozen=True, slots=True)
class Evidence:
    """How a decision came: pressed by the contact from an address, or recorded by a member who says what shows it."""

    address: str = ""
    proof: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Who sits around an estimate now: every place, those its amount is within the limit of, and what was said."""

    estimate: Estimate
    seats: Sequence[Seat]
    said: Sequence[Decision]

    @property
    def able(self) -> list[Seat]:
        """The places that are asked."""
        return [seat for seat in self.seats if seat.covers(self.estimate.most_net, self.estimate.currency)]

    @property
    def agreed(self) -> set[int]:
        """The approvers in whose place somebody agreed."""
        return {pk for one in self.said if one.said == Said.ACCEPTED for pk in one.stands_for}

    @property
    def open(self) -> list[Seat]:
        """The places whose word is still missing, in their turn."""
        return [seat for seat in self.able if seat.approver.pk not in self.agreed]

    @property
    def asked(self) -> list[Seat]:
        """The places whose turn it is."""
        return self.open[:1] if self.estimate.mode == Mode.SEQUENCE else self.open

    def of(self, contact: Contact) -> list[Seat]:
        """The places this contact may speak in: their own, as a deputy, or because it was passed to them."""
        passed = {pk for one in self.said if one.passed_to_id == contact.pk for pk in one.stands_for}
        return [seat for seat in self.seats if contact.pk in seat.ids or seat.approver.pk in passed]


def table(estimate: Estimate) -> Table:
    """Who decides now. Three statements."""
    ticket = estimate.ticket
    said = sorted(estimate.decisions.all(), key=lambda one: one.pk)
    return Table(estimate, approvers.seats(ticket.company_id, _today(ticket)), said)


def waits_for(estimate: Estimate) -> list[Contact]:
    """The contacts who are asked now, each once: approvers and their deputies, and to whom it was passed."""
    found = table(estimate)
    asked = {seat.approver.pk for seat in found.asked}
    passed = [one.passed_to for one in found.said if one.passed_to and asked & set(one.stands_for)]
    people = {one.pk: one for seat in found.asked for one in seat.people}
    return [*people.values(), *(one for one in passed if one.pk not in people)]


def why_not(estimate: Estimate, contact: Contact) -> Refused | None:
    """Why this contact cannot accept it now, None where they can. Codes: estimate_is_decided, estimate_is_outdated,
    not_an_approver, estimate_over_limit, agreed_already, not_your_turn."""
    return _over(estimate) or _may_not_accept(table(estimate), contact)


def why_not_answer(estimate: Estimate, contact: Contact) -> Refused | None:
    """Why this contact cannot decline it, give it back or pass it on; a limit does not matter for that."""
    return _over(estimate) or _may_not_answer(table(estimate), contact)


def has_spoken(estimate: Estimate, contact: Contact) -> bool:
    """Whether this contact said something to this version: what they decided on stays theirs to read."""
    return bool(estimate.decisions.filter(contact=contact).exists())


# The verbs of an approver -------------------------------------------------------------------------------------------
@transaction.atomic
def accept(estimate: Estimate, *, version: int, sha256: str, contact: Contact, by: Actor, address: str = "") -> Ticket:
    """8: an approver agrees to what they read: `version` and `sha256` are those of the page. Where several have to
    agree the last one's word moves the ticket. Raises what `why_not` says, and Denied for another's contact."""
    _themselves(contact, by)
    ticket, row = _current(estimate)
    if row.version != version or row.sha256 != sha256 or row.sha256 != row.digest():
        raise Refused("estimate_is_outdated", version=row.version)
    return _accept(ticket, row, contact, by, Evidence(address))


@transaction.atomic
def decline(estimate: Estimate, text: str, *, contact: Contact, by: Actor, address: str = "") -> Ticket:
    """9: the customer cancels the request; what a partner has of it ends in the same transaction."""
    _themselves(contact, by)
    ticket, row = _current(estimate)
    return _decline(ticket, row, contact, by, Evidence(address, text=text.strip()))


@transaction.atomic
def give_back(estimate: Estimate, text: str, *, contact: Contact, by: Actor, address: str = "") -> Ticket:
    """10: a question, or another proposal, in words. Raises Refused("words_missing")."""
    _themselves(contact, by)
    ticket, row = _current(estimate)
    return _give_back(ticket, row, contact, by, Evidence(address, text=text.strip()))


@transaction.atomic
def pass_to(estimate: Estimate, to: Contact, text: str, *, contact: Contact, by: Actor, address: str = "") -> Estimate:
    """Let another approver of the company decide, on record: they may speak in the places of whoever passes it on.

    Raises Refused("passed_to_oneself"), ("cannot_decide_either") where the amount is over the other's limit."""
    _themselves(contact, by)
    _ticket, row = _current(estimate)
    found = table(row)
    if refused := _may_not_answer(found, contact):
        raise refused
    if to.pk == contact.pk:
        raise Refused("passed_to_oneself")
    if not any(to.pk in seat.ids for seat in found.able):
        raise Refused("cannot_decide_either", name=to.name)
    mine = [seat.approver.pk for seat in found.of(contact)]
    theirs = [seat.approver.pk for seat in found.able if to.pk in seat.ids]
    made = _write(row, Said.PASSED, contact, by, Evidence(address, text=text.strip()), [*mine, *theirs], to)
    facts = {"estimate": row.pk, "version": row.version, "decision": made.pk, "name": contact.name, "to": to.name}
    journal.record(row.ticket, "ticket.estimate_passed", by=by, text=made.text, **facts)
    return row


@transaction.atomic
def record(estimate: Estimate, decision: str, *, contact: Contact, proof: str, text: str, by: Actor) -> Ticket:
    """Write down what a named contact decided elsewhere: `decision` is one of Said but passing on, `proof` what shows
    it. It is marked so for ever, and the contact is told, with a way to say that this was not them.

    Raises Refused("proof_missing"), what `why_not` says of the contact, Denied."""
    ticket, row = _current(estimate)
    permissions.require(ticket, "ticket.override", by)
    evidence = Evidence(proof=proof, text=text.strip())
    if not evidence.proof or not evidence.text:
        raise Refused("proof_missing")
    made = {Said.ACCEPTED: _accept, Said.DECLINED: _decline, Said.RETURNED: _give_back}[Said(decision)]
    return made(ticket, row, contact, by, evidence)


@transaction.atomic
def disown(decision: Decision, *, by: Actor) -> None:
    """The contact a decision was recorded for says it was not theirs: a dispatcher looks into it. Nothing is undone."""
    ticket = lock(decision.estimate.ticket)
    facts = {
        "decision": decision.pk,
        "name": decision.name,
        "version": decision.version,
        "recorded_by": decision.by_name,
    }
    tasks.need(ticket, "decision_was_not_theirs", by=by, **facts)
    journal.record(ticket, "ticket.decision_disowned", by=by, **facts)


def disarm(estimate: Estimate) -> None:
    """Nothing happens to it any more by the clock."""
    timers.disarm(estimate.pk, REMIND, REMIND_AGAIN, EXPIRE)


# What each does -----------------------------------------------------------------------------------------------------
def _accept(ticket: Ticket, row: Estimate, contact: Contact, by: Actor, evidence: Evidence) -> Ticket:
    found = table(row)
    if refused := _may_not_accept(found, contact):
        raise refused
    mine = {seat.approver.pk for seat in found.of(contact)}
    places = _in_turn(found, mine)
    made = _write(row, Said.ACCEPTED, contact, by, evidence, places)
    facts = _facts(row, made)
    missing = [seat for seat in found.open if seat.approver.pk not in places]
    if row.mode != Mode.ANY and missing:
        waiting = [seat.approver.contact.name for seat in missing]
        journal.record(ticket, "ticket.estimate_agreed", by=by, waiting=waiting, **facts)
        return ticket
    row.accept()
    row.save(update_fields=MOVES)
    disarm(row)
    agreed = reserved.Agreed(
        row.minutes, row.amount_net, row.currency, row.tolerance, row.proposed_due, row.worked, row.rate
    )
    ticket = reserved.accept_estimate(ticket, agreed, by=by, **facts)
    allowance.count(ticket)
    return ticket


def _in_turn(found: Table, mine: set[int]) -> list[int]:
    """The places a yes fills: where it goes in turn those from the first open one on, as far as they are theirs."""
    if found.estimate.mode != Mode.SEQUENCE:
        return [seat.approver.pk for seat in found.open if seat.approver.pk in mine]
    places: list[int] = []
    for seat in found.open:
        if seat.approver.pk not in mine:
            break
        places.append(seat.approver.pk)
    return places


def _decline(ticket: Ticket, row: Estimate, contact: Contact, by: Actor, evidence: Evidence) -> Ticket:
    made = _answer(row, Said.DECLINED, contact, by, evidence)
    row.decline()
    row.save(update_fields=MOVES)
    disarm(row)
    return reserved.decline_estimate(ticket, evidence.text, by=by, **_facts(row, made))


def _give_back(ticket: Ticket, row: Estimate, contact: Contact, by: Actor, evidence: Evidence) -> Ticket:
    if not evidence.text:
        raise Refused("words_missing")
    made = _answer(row, Said.RETURNED, contact, by, evidence)
    row.give_back()
    row.save(update_fields=MOVES)
    disarm(row)
    return reserved.return_estimate(ticket, evidence.text, by=by, **_facts(row, made))


def _answer(row: Estimate, said: str, contact: Contact, by: Actor, evidence: Evidence) -> Decision:
    found = table(row)
    if refused := _may_not_answer(found, contact):
        raise refused
    return _write(row, said, contact, by, evidence, [seat.approver.pk for seat in found.of(contact)])


def _write(
    row: Estimate,
    said: str,
    contact: Contact,
    by: Actor,
    evidence: Evidence,
    places: list[int],
    to: Contact | None = None,
) -> Decision:
    on_behalf = not by.is_customer
    made: Decision = Decision.objects.create(
        estimate=row,
        said=said,
        contact=contact,
        name=contact.name,
        passed_to=to,
        stands_for=places,
        version=row.version,
        sha256=row.sha256,
        amount_net=row.amount_net,
        amount_gross=row.gross,
        currency=row.currency,
        deadline=row.proposed_due,
        text=evidence.text,
        by_id=by.membership_id if on_behalf else None,
        by_name=by.name if on_behalf else "",
        evidence=evidence.proof,
        channel=by.channel,
        address=evidence.address,
    )
    return made


def _facts(row: Estimate, made: Decision) -> dict[str, Any]:
    facts = {"estimate": row.pk, "version": row.version, "decision": made.pk, "name": made.name}
    return facts | ({"proof": made.evidence} if made.is_on_behalf else {})


# Guards -------------------------------------------------------------------------------------------------------------
def _current(estimate: Estimate) -> tuple[Ticket, Estimate]:
    """The locked ticket and the version as it is now, if it still waits."""
    ticket = lock(estimate.ticket)
    row: Estimate = Estimate.objects.get(pk=estimate.pk)
    row.ticket = ticket
    if refused := _over(row):
        raise refused
    return ticket, row


def _over(row: Estimate) -> Refused | None:
    if row.status == EstimateStatus.SUPERSEDED:
        newest = Estimate.objects.filter(ticket=row.ticket_id).order_by("-version").values_list("version", flat=True)
        return Refused("estimate_is_outdated", version=newest.first())
    if not row.is_current or row.ticket.status != Status.ESTIMATED:
        return Refused("estimate_is_decided", status=row.status)
    return None


def _may_not_accept(found: Table, contact: Contact) -> Refused | None:
    if refused := _may_not_answer(found, contact):
        return refused
    mine = {seat.approver.pk for seat in found.of(contact)}
    able = {seat.approver.pk for seat in found.able}
    if not mine & able:
        return Refused("estimate_over_limit", amount=str(found.estimate.most_net), currency=found.estimate.currency)
    if not any(seat.approver.pk in mine for seat in found.open):
        return Refused("agreed_already")
    if not any(seat.approver.pk in mine for seat in found.asked):
        return Refused("not_your_turn", name=found.asked[0].approver.contact.name)
    return None


def _may_not_answer(found: Table, contact: Contact) -> Refused | None:
    return None if found.of(contact) else Refused("not_an_approver", name=contact.name)


def _themselves(contact: Contact, by: Actor) -> None:
    """A contact speaks for themselves; what a member writes down for them is `record`."""
    if not by.is_customer or by.contact_id != contact.pk:
        raise Denied(CAPABILITY)
    by.require(CAPABILITY)


def _today(ticket: Ticket) -> date:
    return timezone.now().astimezone(working_days.zone(ticket)).date()
