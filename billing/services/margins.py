"""What is left to the lead of work it gave away: what its customer pays less what the partner costs (spec §9).

Nobody's but ours: it is computed from our own rows and never travels. Only where both amounts are in one currency, or
somebody entered the rate between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from billing.models import BillingItem, BillingStatus, ExchangeRate
from billing.services import exchange, partner_money, prices
from outsourcing.links import Link, links
from outsourcing.models import Handover, Side, Statement
from outsourcing.settlement import NOTHING, cents
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets.models import Charge, Ticket, TimeEntry
from tickets.services.locking import lock

DEAD = (BillingStatus.RETURNED, BillingStatus.WRITTEN_OFF)


@dataclass(frozen=True, slots=True)
class Part:
    """Labour, or charges: what the customer pays, in `currency`, and the partner's cost in the same money, None where
    there is no rate between the two."""

    billed: Decimal
    cost: Decimal | None

    @property
    def margin(self) -> Decimal | None:
        """What is left; below nothing where it costs more."""
        return None if self.cost is None else self.billed - self.cost


@dataclass(frozen=True, slots=True)
class Margin:
    """The margin of one handover. `cost_currency` is the terms'; `rate` what one unit of it is in `currency`.

    `waiting` is how many entries and charges are not approved yet: they count with what they would be billed at. Where
    an estimate or a contract pays (`covered`), the customer's money is not this work's alone, so there is no margin."""

    labour: Part
    charges: Part
    currency: str
    cost_currency: str
    rate: Decimal | None
    waiting: int
    basis: partner_money.Basis
    covered: bool

    @property
    def needs_rate(self) -> bool:
        """Whether two currencies meet and nobody said what one is in the other."""
        return self.currency != self.cost_currency and self.rate is None

    @property
    def total(self) -> Decimal | None:
        """Both margins together."""
        labour, charges = self.labour.margin, self.charges.margin
        return None if labour is None or charges is None else labour + charges


def of(link: Link) -> Margin | None:
    """The margin of a handover we gave away and that is settled; None before that."""
    if not link.is_lead:
        return None
    handover = link.handover
    statement = Statement.objects.filter(handover=handover, side=Side.LEAD).order_by("-number").first()
    if statement is None:
        return None
    entries = list(_copies(TimeEntry, link))
    charges = list(_copies(Charge, link))
    labour, currencies, waiting, covered = _billed(entries, "entry")
    extra, others, more, _none = _billed(charges, "charge")
    found = sorted(currencies | others) or [statement.currency]
    ticket = link.lead_side.ticket
    days = [one.worked_on for one in entries if isinstance(one, TimeEntry)]
    kept = ExchangeRate.objects.filter(handover=handover.key, currency=statement.currency, into=found[0])
    rate = kept.values_list("rate", flat=True).first()
    is_one = len(found) == 1
    exchanged = Decimal(1) if is_one and found[0] == statement.currency else rate if is_one else None
    return Margin(
        labour=Part(labour, _in(statement.labour, exchanged)),
        charges=Part(extra, _in(statement.charges, exchanged)),
        currency=found[0],
        cost_currency=statement.currency,
        rate=rate,
        waiting=waiting + more,
        basis=partner_money.book_of_ticket(ticket).basis(
            ticket, link.lead_side.bill_rate, days[0] if days else timezone.localdate()
        ),
        covered=covered,
    )


@transaction.atomic
def enter_rate(ticket: Ticket, handover: Handover, rate: Decimal, *, by: Actor) -> ExchangeRate:
    """Say what one unit of the terms' currency is in the currency of our customer. Raises Denied,
    Refused("handover_moved_on") before there is a statement."""
    by.require("outsource.all")
    ticket = lock(ticket)
    link = next((one for one in links(ticket) if one.handover.pk == handover.pk), None)
    margin = of(link) if link is not None and link.handover.is_ended else None
    if margin is None:
        raise Refused("handover_moved_on", status=handover.status)
    return exchange.keep(ticket, handover.key, margin.cost_currency, margin.currency, rate, by=by)


def _in(amount: Decimal, rate: Decimal | None) -> Decimal | None:
    return None if rate is None else cents(amount * rate)


def _copies(model: type[TimeEntry] | type[Charge], link: Link) -> list[TimeEntry | Charge]:
    rows = model._default_manager.filter(
        ticket=link.own.ticket_id, handover=link.handover.key, received_at__isnull=False, removed_at=None
    )
    return list(rows.filter(is_billable=True).select_related("ticket__tenant").order_by("pk"))


def _billed(things: Sequence[TimeEntry | Charge], column: str) -> tuple[Decimal, set[str], int, bool]:
    """What the customer pays for these: in all, in which currencies, how many are not approved, whether something else
    pays for one of them."""
    items = BillingItem.objects.filter(**{f"{column}__in": [one.pk for one in things]}).exclude(status__in=DEAD)
    approved: dict[int, list[tuple[Decimal, str, str]]] = {}
    for key, amount, currency, covered in items.values_list(column, "amount", "currency", "covered"):
        approved.setdefault(key, []).append((amount, currency, covered))
    book, total, currencies, waiting, is_covered = prices.read(things), NOTHING, set(), 0, False
    for thing in things:
        lines = approved.get(thing.pk)
        if lines is None:
            waiting += 1
            lines = _quoted(book, thing)
        total += sum((amount for amount, _currency, _covered in lines), NOTHING)
        currencies |= {currency for _amount, currency, _covered in lines}
        is_covered |= any(covered for _amount, _currency, covered in lines)
    return total, currencies, waiting, is_covered


def _quoted(book: prices.Prices, thing: TimeEntry | Charge) -> list[tuple[Decimal, str, str]]:
    """What it would be billed at now; nothing where nobody can say."""
    try:
        quote = book.of(thing)
    except Refused:
        return []
    return [(part.amount, quote.currency, part.covered) for part in quote.parts]
