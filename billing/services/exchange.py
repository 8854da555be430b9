"""Between a partner's money and our customer's: the rate of a handover, entered by who approves its work or looks at
its margin (outsourcing spec §9)."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from billing.models import ExchangeRate
from billing.services import partner_money
from psa.journal import journal
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets import permissions
from tickets.models import Charge, Ticket, TimeEntry
from tickets.services.locking import lock


@transaction.atomic
def enter(thing: TimeEntry | Charge, rate: Decimal, *, by: Actor) -> ExchangeRate:
    """What one unit of the money of a partner's entry or charge is in the customer's; it counts for all of the
    handover's that is approved from now on. Raises Denied, Refused("no_exchange_needed"), ("charge_has_no_price")."""
    by.require("time.approve")
    by.require("price.view")
    ticket = lock(thing.ticket)
    permissions.require(ticket, "ticket.view", by)
    try:
        partner_money.price_of(thing)
    except Refused as refused:
        if refused.code != "price_in_other_currency":
            raise
        assert thing.handover is not None  # it is a partner's
        return keep(ticket, thing.handover, refused.params["theirs"], refused.params["ours"], rate, by=by)
    raise Refused("no_exchange_needed")


def keep(ticket: Ticket, handover: UUID, currency: str, into: str, rate: Decimal, *, by: Actor) -> ExchangeRate:
    """The rate of a handover between two currencies, in the place of the one before; its ticket is locked."""
    said = {"rate": rate, "by_name": by.name, "at": timezone.now()}
    of_two = {"handover": handover, "currency": currency, "into": into}
    row: ExchangeRate = ExchangeRate.objects.update_or_create(**of_two, defaults=said)[0]
    told = {"currency": currency, "into": into, "rate": str(rate)}
    journal.record(ticket, "ticket.exchange_rate_entered", by=by, handover=str(handover), **told)
    return row
