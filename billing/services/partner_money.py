"""What work with a partner is billed at, on both sides (outsourcing spec §9). Reads only.

As the service partner the terms are the contract: the lead partner is billed for what it was told of. As the lead the
customer is billed: an accepted estimate or a covering contract counts before *bill my customer at*, and that before the
rate of a contract by the hour; always in the customer's own currency, at the rate that was entered or a price somebody
gives. Until the handover is over a partner's work is provisional.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models.enums import TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing import pricing
from billing.models import ExchangeRate
from outsourcing.models import HandoverStatus, LeadSide, PartnershipSide, ServiceSide, Side, Statement, Terms
from outsourcing.services import statements
from outsourcing.settlement import NOTHING, Version, cents, in_force, to_bill
from psa.directory.models import Contract, ContractKind
from psa.tenancy.errors import Refused
from tickets.models import Charge, Source, Ticket, TimeEntry

# Work under one of these is paid by what was agreed for all of it.
COVERING = (ContractKind.FIXED, ContractKind.BLOCK, ContractKind.RECURRING)
# The service partner reviews until *Insourcing complete*; from then on it approves and posts.
REVIEWED = (HandoverStatus.WAITING_APPROVAL, HandoverStatus.COMPLETE, HandoverStatus.RETURNED)


class Basis(TextChoices):
    """What the price of work with a partner comes from."""

    ESTIMATE = "estimate", _("Accepted estimate")
    CONTRACT = "contract", _("Contract that covers the work")
    BILL_RATE = "bill_rate", _("Bill my customer at")
    CONTRACT_RATE = "contract_rate", _("Rate of the contract")
    EXCHANGED = "exchanged", _("In the customer's currency")
    NO_CONTRACT = "no_contract", _("No contract")
    TERMS = "terms", _("Terms with the lead partner")
    FLAT = "flat", _("Flat amount")
    INTERNAL = "internal", _("Not shared with the lead partner")
    OTHER_CURRENCY = "other_currency", _("In another currency than the terms")


@dataclass(frozen=True, slots=True)
class Priced:
    """What an entry or a charge is billed at. Minutes to bill; `quantity` in hours for time; net, in `currency`.

    `company` is who pays. `covered` says why the amount is nothing: the flat amount pays it, the lead partner was not
    told of it, or it is in a currency nobody agreed on.
    """

    company: int
    handover: UUID
    basis: Basis
    minutes: int
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    currency: str
    covered: str = ""


def price_of(item: TimeEntry | Charge) -> Priced | None:
    """The price of one entry or charge; None where it is priced as any other: no work with a partner, or an accepted
    estimate, a contract or nothing but the price itself says what the customer pays. Raises as the book's."""
    return book([item]).price_of(item)


def is_provisional(item: TimeEntry | Charge) -> bool:
    """Whether it can be neither approved nor posted yet, because the handover is still under way."""
    return book([item]).is_provisional(item)


def check(item: TimeEntry | Charge) -> None:
    """Raise Refused("partner_work_is_provisional") or ("insourced_work_is_under_way") while it cannot be approved."""
    if refusal := book([item]).refusal(item):
        raise refusal


@dataclass(slots=True)
class Book:
    """What the prices of some entries and charges depend on, read at once for a whole page."""

    leads: dict[UUID, LeadSide] = field(default_factory=dict)
    services: dict[int, ServiceSide] = field(default_factory=dict)
    terms: dict[int, list[Version]] = field(default_factory=dict)
    payers: dict[int, int] = field(default_factory=dict)
    contracts: dict[int, list[Contract]] = field(default_factory=dict)
    written: set[int] = field(default_factory=set)
    rates: dict[tuple[UUID, str, str], Decimal] = field(default_factory=dict)

    def price_of(self, item: TimeEntry | Charge, each: Decimal | None = None) -> Priced | None:
        """As the function of this name, for one of the items the book was read for; `each` is the price an hour or a
        piece that somebody gives in the customer's currency. Raises Refused("price_in_other_currency")."""
        if own := self.services.get(item.ticket_id):
            return None if item.is_copy else self._received(item, own)
        lead = self._lead(item)
        if lead is None or not self.is_priced(item):
            return None
        return self._charged(item, lead, each) if isinstance(item, Charge) else self._sent(item, lead, each)

    def is_priced(self, item: TimeEntry | Charge) -> bool:
        """Whether `price_of` says the price, or why there is none."""
        if item.ticket_id in self.services:
            return not item.is_copy
        if (lead := self._lead(item)) is None:
            return False
        if isinstance(item, Charge):
            return item.currency != self.currency(item)
        return self.basis(lead.ticket, lead.bill_rate, item.worked_on) == Basis.BILL_RATE

    def currency(self, item: TimeEntry | Charge) -> str:
        """What the customer of a ticket we lead is billed in: what was agreed, else the contract's of the day, else
        ours."""
        ticket = item.ticket
        if ticket.agreed_at is not None and ticket.agreed_currency:
            return str(ticket.agreed_currency)
        day = timezone.localdate(item.made_at) if isinstance(item, Charge) else item.worked_on
        contract = self.contract(ticket, day)
        return contract.currency if contract else ticket.tenant.currency

    def is_provisional(self, item: TimeEntry | Charge) -> bool:
        """As the function of this name."""
        return self.refusal(item) is not None

    def refusal(self, item: TimeEntry | Charge) -> Refused | None:
        """Why it cannot be approved yet; None where nothing stands against it."""
        if (own := self.services.get(item.ticket_id)) and not item.is_copy:
            if own.handover.status in REVIEWED:
                return None
            return Refused("insourced_work_is_under_way", partner=own.handover.lead_name)
        lead = self._lead(item)
        if lead is None or (lead.handover.is_ended and lead.handover_id in self.written):
            return None
        return Refused("partner_work_is_provisional", partner=lead.handover.service_name)

    def basis(self, ticket: Ticket, bill_rate: Decimal | None, on: date) -> Basis:
        """What the customer of this ticket is billed by for a partner's work of that day."""
        if ticket.agreed_at is not None:
            return Basis.ESTIMATE
        contract = self.contract(ticket, on)
        if contract is not None and contract.kind in COVERING:
            return Basis.CONTRACT
        if bill_rate is not None:
            return Basis.BILL_RATE
        return Basis.CONTRACT_RATE if contract is not None else Basis.NO_CONTRACT

    def _lead(self, item: TimeEntry | Charge) -> LeadSide | None:
        return self.leads.get(item.handover) if item.is_copy and item.handover else None

    def contract(self, ticket: Ticket, on: date) -> Contract | None:
        """The latest begun of the customer's contracts that is in force on the day."""
        mine = self.contracts.get(ticket.company_id, ())
        return next((one for one in mine if one.starts_on <= on and (one.ends_on is None or one.ends_on >= on)), None)

    def _sent(self, entry: TimeEntry, lead: LeadSide, each: Decimal | None) -> Priced:
        """As the lead: the minutes after the offset, in the steps of the customer's contract, at our own rate."""
        contract = self.contract(lead.ticket, entry.worked_on)
        minutes = to_bill(entry.minutes, entry.offset_minutes, contract.step_minutes if contract else 0)
        currency, into = self.terms[lead.handover_id][-1].currency, self.currency(entry)
        rate = self._exchanged(lead, lead.bill_rate or NOTHING, currency, into) if each is None else each
        return _hours(lead.ticket.company_id, lead.handover.key, Basis.BILL_RATE, minutes, rate, into)

    def _charged(self, charge: Charge, lead: LeadSide, each: Decimal | None) -> Priced:
        """As the lead: what a partner charged in other money than the customer's."""
        into = self.currency(charge)
        if each is None and not charge.unit_price:
            raise Refused("charge_has_no_price")
        price = self._exchanged(lead, charge.unit_price, charge.currency, into) if each is None else each
        made = (lead.ticket.company_id, lead.handover.key, Basis.EXCHANGED)
        return Priced(*made, 0, charge.quantity, price, cents(charge.quantity * price), into)

    def _exchanged(self, lead: LeadSide, amount: Decimal, currency: str, into: str) -> Decimal:
        if currency == into:
            return amount
        rate = self.rates.get((lead.handover.key, currency, into))
        if rate is None:
            raise Refused("price_in_other_currency", theirs=currency, ours=into)
        return cents(amount * rate)

    def _received(self, item: TimeEntry | Charge, own: ServiceSide) -> Priced:
        """As the service partner: by the terms in force on the day, billed to the lead partner."""
        versions = self.terms[own.handover_id]
        company = self.payers.get(own.handover.partnership_id) or item.ticket.company_id
        key, currency = own.handover.key, versions[-1].currency
        shared = item.handover == key
        if isinstance(item, Charge):
            if not shared or item.currency != currency:
                basis = Basis.OTHER_CURRENCY if shared else Basis.INTERNAL
                unit = (item.quantity, NOTHING, NOTHING, item.currency)
                return Priced(company, key, basis, 0, *unit, covered=basis.value)
            amount = cents(item.quantity * item.unit_price)
            return Priced(company, key, Basis.TERMS, 0, item.quantity, item.unit_price, amount, currency)
        minutes = to_bill(item.minutes, item.offset_minutes, in_force(versions, item.worked_on).step_minutes)
        if not shared or versions[-1].is_flat:
            basis = Basis.FLAT if shared else Basis.INTERNAL
            return _hours(company, key, basis, minutes, NOTHING, currency, covered=basis.value)
        return _hours(company, key, Basis.TERMS, minutes, rate_on(versions, item.worked_on), currency)


def rate_on(versions: list[Version], day: date) -> Decimal:
    """The hourly rate of a day: its version's; days of a flat version count at the rate agreed last."""
    rate = in_force(versions, day).cost_rate
    return cents(rate if rate is not None else versions[-1].cost_rate or NOTHING)


def payer(own: ServiceSide) -> int:
    """Who pays for work we received: the lead partner as it is mapped now, else the ticket's company."""
    mapped = PartnershipSide.objects.filter(service_of=own.handover.partnership_id, company__isnull=False)
    return mapped.values_list("company", flat=True).first() or own.ticket.company_id


def _hours(
    company: int, handover: UUID, basis: Basis, minutes: int, rate: Decimal, currency: str, *, covered: str = ""
) -> Priced:
    amount = pricing.of_minutes(minutes, rate)
    return Priced(company, handover, basis, minutes, pricing.hours(minutes), rate, amount, currency, covered)


def book(items: Iterable[TimeEntry | Charge]) -> Book:
    """Read what the prices of these depend on; their tickets should be selected along. Nothing is read where none of
    them is work with a partner."""
    items = list(items)
    made = Book()
    keys = {item.handover for item in items if item.is_copy and item.handover}
    insourced = {item.ticket_id for item in items if not item.is_copy and item.ticket.source == Source.INSOURCED}
    if keys:
        sides = LeadSide.objects.filter(handover__key__in=keys).select_related("handover", "ticket")
        made.leads = {side.handover.key: side for side in sides}
    if insourced:
        owns = ServiceSide.objects.filter(ticket__in=insourced).select_related("handover")
        made.services = {own.ticket_id: own for own in owns}
    _fill(made)
    return made


def book_of_ticket(ticket: Ticket) -> Book:
    """What a ticket's customer would pay for a partner's work, before anything was offered."""
    made = Book()
    _fill_contracts(made, {ticket.company_id})
    return made


def _fill(made: Book) -> None:
    sides: list[LeadSide | ServiceSide] = [*made.leads.values(), *made.services.values()]
    handovers = [side.handover for side in sides]
    if not handovers:
        return
    for row in Terms.objects.filter(handover__in=handovers).order_by("version"):
        made.terms.setdefault(row.handover_id, []).append(statements.version_of(row))
    if made.services:
        partnerships = {own.handover.partnership_id for own in made.services.values()}
        mapped = PartnershipSide.objects.filter(service_of__in=partnerships, company__isnull=False)
        made.payers = dict(mapped.values_list("service_of", "company"))
    if made.leads:
        written = Statement.objects.filter(handover__in=handovers, side=Side.LEAD)
        made.written = set(written.values_list("handover", flat=True))
        _fill_contracts(made, {lead.ticket.company_id for lead in made.leads.values()})
        for rate in ExchangeRate.objects.filter(handover__in=made.leads):
            made.rates[rate.handover, rate.currency, rate.into] = rate.rate


def _fill_contracts(made: Book, companies: set[int]) -> None:
    for contract in Contract.objects.filter(company__in=companies).order_by("-starts_on", "-pk"):
        made.contracts.setdefault(contract.company_id, []).append(contract)
