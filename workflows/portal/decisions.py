"""The one place where the portal's pages meet the services of estimates, reviews and follow-ups.

Each page asks here what there is to decide, and hands the contact's word on; the services themselves lock, ask and
write.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils import timezone

from psa.directory.models import Contact
from psa.mail.inbound.weighing import Weight
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets.models import Status, Ticket
from tickets.models.status import IN_REVIEW
from tickets.services import customer_messages
from workflows.portal.sight import Eyes, everybodys, requests
from workflows.services import approvers as seats_of_company
from workflows.services import deciding, estimates, reviews

CENT = Decimal("0.01")
FIXED = "fixed"
# Where the ball is with the customer, and which page asks for their word.
ASKS = {Status.ESTIMATED: "estimate", **dict.fromkeys(IN_REVIEW, "review")}


# Estimates ------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Offer:
    """An estimate as its page shows it, and what this contact may do with it. Amounts are in `estimate.currency`."""

    estimate: Any
    refusal: Refused | None
    cannot_answer: Refused | None
    changes: Sequence[dict[str, Any]]
    worked: int
    charged: int
    others: Sequence[Contact]

    @property
    def is_fixed(self) -> bool:
        return bool(self.estimate.kind == FIXED)

    @property
    def vat(self) -> Decimal:
        """The VAT on the net amount."""
        return _cents(self.estimate.amount_net * self.estimate.vat_rate / 100)

    @property
    def gross(self) -> Decimal:
        """Net and VAT together."""
        return _cents(self.estimate.amount_net) + self.vat

    @property
    def most(self) -> Decimal:
        """Net: up to here nobody asks again."""
        return _cents(self.estimate.amount_net * (100 + self.estimate.tolerance) / 100)

    @property
    def is_open(self) -> bool:
        """Whether it waits for somebody's word."""
        return bool(self.estimate.status == "sent")


def offer(ticket: Ticket, contact: Contact) -> Offer | None:
    """The newest estimate of a request for this contact; None where there is none."""
    if (found := estimates.current(ticket)) is None:
        return None
    worked, charged = estimates.so_far(ticket)
    cannot = deciding.why_not_answer(found, contact)
    others = [] if cannot else _others(deciding.table(found).able, contact)
    changes = estimates.changes(found, estimates.before(found))
    return Offer(found, deciding.why_not(found, contact), cannot, changes, worked, charged, others)


def is_approver(ticket: Ticket, contact: Contact) -> bool:
    """Whether this contact is asked about the request's estimate, or had a say in it, though the request itself is not
    theirs to read."""
    if (found := estimates.current(ticket)) is None:
        return False
    return deciding.has_spoken(found, contact) or deciding.why_not_answer(found, contact) is None


def accept_estimate(found: Any, *, version: int, sha256: str, contact: Contact, by: Actor, address: str) -> Ticket:
    """8. Raises what estimates.accept raises."""
    moved: Ticket = deciding.accept(found, version=version, sha256=sha256, contact=contact, by=by, address=address)
    return moved


def decline_estimate(found: Any, text: str, *, contact: Contact, by: Actor, address: str) -> Ticket:
    """9."""
    moved: Ticket = deciding.decline(found, text, contact=contact, by=by, address=address)
    return moved


def give_back(found: Any, text: str, *, contact: Contact, by: Actor) -> Ticket:
    """10."""
    moved: Ticket = deciding.give_back(found, text, contact=contact, by=by)
    return moved


def pass_to(found: Any, to: Contact, text: str, *, contact: Contact, by: Actor) -> None:
    """Let another approver of the company decide."""
    deciding.pass_to(found, to, text, contact=contact, by=by)


# Reviews --------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Inspection:
    """Finished work as its page shows it, and what this contact may do. `facts` are the review's, where it runs."""

    refusal: Refused | None
    facts: Any

    @property
    def until(self) -> Any:
        return getattr(self.facts, "until", None)

    @property
    def may_extend(self) -> bool:
        return bool(getattr(self.facts, "may_extend", False))

    @property
    def is_accepted_ahead(self) -> bool:
        """Whether somebody accepted while the work is not quite over."""
        return getattr(self.facts, "held", None) is not None


def inspection(ticket: Ticket, contact: Contact) -> Inspection | None:
    """The review a request is in; None where it is in none."""
    if ticket.status not in IN_REVIEW:
        return None
    return Inspection(reviews.why_not(ticket, contact), reviews.facts(ticket))


def accept(ticket: Ticket, *, contact: Contact, by: Actor, address: str, stay: int) -> Ticket:
    """15."""
    moved: Ticket = reviews.accept(ticket, contact=contact, by=by, address=address, stay=stay)
    return moved


def reopen(ticket: Ticket, text: str, *, objection: bool, contact: Contact, by: Actor, stay: int) -> Ticket:
    """16."""
    moved: Ticket = reviews.reopen(ticket, text, objection=objection, contact=contact, by=by, stay=stay)
    return moved


def request_deployment(ticket: Ticket, text: str, *, contact: Contact, by: Actor, address: str, stay: int) -> Ticket:
    """17."""
    moved: Ticket = reviews.request_deployment(ticket, text, contact=contact, by=by, address=address, stay=stay)
    return moved


def need_until(ticket: Ticket, until: date, *, contact: Contact, by: Actor) -> None:
    """The contact looks at it until that day."""
    reviews.need_until(ticket, until, contact=contact, by=by)


# After the end --------------------------------------------------------------------------------------------------------
def may_ask_again(ticket: Ticket) -> bool:
    """Whether a request that is over can be asked about again."""
    return not ticket.is_open


def write(ticket: Ticket, text: str, uploads: Sequence[Any], *, contact: Contact, by: Actor) -> Ticket:
    """Say something on a request; on one that is over this asks again (22, 29): the request itself is opened, or
    another one follows it."""
    return customer_messages.receive(ticket, contact, text, uploads, by=by, weight=Weight.MESSAGE).ticket


# What waits -----------------------------------------------------------------------------------------------------------
def waiting(eyes: Eyes, most: int = 20) -> list[tuple[Ticket, str]]:
    """What waits for this contact's word: requests in sight that wait for the customer, each with its page's name."""
    states = [*ASKS, Status.WAITING_CLARIFICATION]
    seen = requests(eyes).filter(status__in=states)
    rows = Ticket.objects.filter(pk__in=seen.values("pk"))
    if decides(eyes):
        rows |= everybodys(eyes.contact.company_id).filter(status=Status.ESTIMATED)
    rows = rows.select_related("company").order_by("status_since")
    return [(ticket, ASKS.get(ticket.status, "request")) for ticket in rows[:most]]


def decides(eyes: Eyes) -> bool:
    """Whether this contact is an approver of their company, or stands in for one today. Two statements."""
    seats = seats_of_company.seats(eyes.contact.company_id, timezone.localdate())
    return any(eyes.contact.pk in seat.ids for seat in seats)


def _others(seats: Sequence[Any], contact: Contact) -> list[Contact]:
    people = {one.pk: one for seat in seats for one in seat.people if one.pk != contact.pk}
    return sorted(people.values(), key=lambda one: one.name)


def _cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)
