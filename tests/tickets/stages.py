"""Bringing a ticket into any state of its life, with the proofs some of them need."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.utils import timezone

from psa.journal import journal
from psa.tenancy.actor import Actor
from tickets import services
from tickets.models import Ticket
from tickets.services import reserved

# How a ticket gets into a state: the desk's moves, and those somebody above it proves.
WAYS: dict[str, tuple[str, ...]] = {
    "new": (),
    "open": ("accept",),
    "in_progress": ("accept", "start"),
    "estimated": ("accept", "estimate"),
    "estimate_accepted": ("accept", "estimate", "accept_estimate"),
    "waiting_clarification": ("accept", "start", "ask"),
    "waiting_solution_review": ("accept", "start", "submit"),
    "waiting_production_review": ("accept", "start", "submit", "request_deployment", "plan", "deployed"),
    "reopened_defect": ("accept", "close", "reopen"),
    "reopened_objection": ("accept", "start", "submit", "object"),
    "reopened_deploy_request": ("accept", "start", "submit", "request_deployment"),
    "ready_for_deploy": ("accept", "start", "submit", "request_deployment", "plan"),
    "invoice": ("accept", "start", "submit", "accept_solution"),
    "closed": ("accept", "close"),
    "cancelled": ("accept", "cancel"),
}

AGREED = reserved.Agreed(minutes=120, amount=Decimal("180.00"), currency="EUR", tolerance=10)


def customer(ticket: Ticket, channel: str = "portal") -> Actor:
    """The ticket's contact."""
    assert ticket.contact is not None
    return Actor.customer(ticket.contact.pk, ticket.contact.name, ticket.company.name, channel=channel)


def given(ticket: Ticket) -> reserved.Given:
    assert ticket.contact is not None
    return reserved.Given(ticket.contact, address="192.0.2.7")


RESERVED: dict[str, Callable[[Ticket, Actor], Ticket]] = {
    "estimate": lambda ticket, by: reserved.estimate(ticket, by=by, version=1),
    "revise": lambda ticket, by: reserved.revise(ticket, by=by, version=2),
    "accept_estimate": lambda ticket, by: reserved.accept_estimate(ticket, AGREED, by=customer(ticket)),
    "decline_estimate": lambda ticket, by: reserved.decline_estimate(ticket, "Too much.", by=customer(ticket)),
    "return_estimate": lambda ticket, by: reserved.return_estimate(ticket, "Why two hours?", by=customer(ticket)),
    "expire_estimate": lambda ticket, by: reserved.expire_estimate(ticket, by=Actor.system("timer")),
    "accept_solution": lambda ticket, by: reserved.accept_solution(ticket, given(ticket), by=customer(ticket)),
    "find_defect": lambda ticket, by: reserved.find_defect(ticket, "Still dead.", by=customer(ticket)),
    "object": lambda ticket, by: reserved.find_defect(ticket, "Not so.", by=customer(ticket), objection=True),
    "request_deployment": lambda ticket, by: reserved.request_deployment(
        ticket, "Please roll it out.", given(ticket), by=customer(ticket)
    ),
    "auto_accept": lambda ticket, by: reserved.auto_accept(ticket, by=Actor.system("timer"), until=timezone.now()),
    "to_billing": lambda ticket, by: reserved.to_billing(ticket, uuid4(), "Nordlicht IT", by=by),
    "settle": lambda ticket, by: reserved.settle(ticket, "", by=by),
    "reopen_unbilled": lambda ticket, by: reserved.reopen_unbilled(ticket, "Dead again.", by=customer(ticket)),
    "give_up": lambda ticket, by: reserved.give_up(ticket, by=Actor.system("timer")),
}


def make(ticket: Ticket, move: str, by: Actor) -> Ticket:
    """The move of this name with all it asks for."""
    if move in RESERVED:
        return RESERVED[move](ticket, by)
    wanted = services.BY_NAME[move]
    words: dict[str, Any] = {"text": "because"} if "text" in wanted.asks else {}
    if "window" in wanted.asks:
        begins = timezone.now() + timedelta(days=2)
        words |= {"begins": begins, "ends": begins + timedelta(hours=2)}
    if "resolution" in wanted.asks:
        words["resolution"] = "cancelled_by_us"
    if move == "submit":
        words["no_time"] = "on the house"
    return services.move(ticket, move, by=by, **words)


def bring(ticket: Ticket, moves: Iterable[str], by: Actor) -> Ticket:
    """The ticket after these moves."""
    for move in moves:
        ticket = make(ticket, move, by)
    return ticket


def asked_once(ticket: Ticket, by: Actor) -> None:
    """The customer was asked, and the question stands although the ticket is worked on again: nobody answered it."""
    journal.record(ticket, "ticket.asked", by=by, text="Which one?")
