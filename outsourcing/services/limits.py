"""How much a member may authorise, who may more, and whether sender and approver must differ (outsourcing spec §2)."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import Q

from outsourcing.models import LeadSide
from outsourcing.services import settings
from psa.tenancy import granting
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from tickets import permissions
from tickets.models import Ticket


def suffices(amount: Decimal, by: Actor) -> bool:
    """Whether somebody's limit covers this total, net."""
    return by.amount_limit is None or amount <= by.amount_limit


def check(amount: Decimal, currency: str, by: Actor) -> None:
    """Raise Refused("over_your_limit") where it does not."""
    if not suffices(amount, by):
        raise Refused("over_your_limit", total=str(amount), limit=str(by.amount_limit), currency=currency)


def may_release(ticket: Ticket, amount: Decimal, by: Actor) -> bool:
    """Whether somebody may authorise this total on this ticket."""
    return bool(by.can("outsource.send")) and suffices(amount, by) and permissions.may(ticket, "ticket.edit", by)


def who_may(ticket: Ticket, amount: Decimal, but: int | None = None) -> list[Membership]:
    """The members who may authorise this total on this ticket, by name; `but` is left out."""
    people = granting.members().filter(~Q(outsourcing_level="none") | granting.ADMINISTRATORS).exclude(pk=but or 0)
    return granting.holders(lambda actor: may_release(ticket, amount, actor), people)


def is_own_work(own: LeadSide, by: Actor) -> bool:
    """Whether the setting keeps this member from approving what they sent themselves."""
    is_sender = by.is_person and own.sent_by_id == by.membership_id
    return is_sender and settings.of_tenant().needs_second_person


def check_second_person(ticket: Ticket, own: LeadSide, amount: Decimal, by: Actor) -> None:
    """Raise Refused("second_person_needed") with the names of those who may, where sender and approver must differ."""
    if is_own_work(own, by):
        names = [one.name for one in who_may(ticket, amount, but=by.membership_id)[: granting.SHOWN]]
        raise Refused("second_person_needed", names=names)
