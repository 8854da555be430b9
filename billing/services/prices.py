"""What an entry or a charge would be billed at now: its contract, rates, blocks and surcharges, read once for a page.

Reads only. Money net in the contract's currency (a charge's own); minutes those to bill. A price is never guessed: what
has none, or one in other money than its customer's, is priced by who approves it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from billing import pricing, units
from billing.models import HourBlock, Material, Surcharge, VatKind
from billing.services import partner_money
from psa.calendars import business, days_off
from psa.calendars import services as calendars
from psa.directory.models import Company, Contract, ContractKind, Rate
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from psa.web.figures import number
from tickets.models import Charge, Source, TimeEntry

COVERING = {ContractKind.FIXED: "fixed", ContractKind.RECURRING: "recurring"}
# What stands against a price that whoever approves can give.
GIVEN = ("charge_has_no_price", "price_in_other_currency")
ESTIMATE, NO_CONTRACT, BLOCK = "estimate", "no_contract", "block"


@dataclass(frozen=True, slots=True)
class Part:
    """One item of it. `quantity` in hours for time; `covered` says what pays it; `block` is the block it is drawn
    from."""

    name: str
    quantity: Decimal
    unit: str
    unit_code: str
    unit_price: Decimal
    amount: Decimal
    minutes: int = 0
    covered: str = ""
    block: int | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """What it would be billed at, part by part, and to whom."""

    company: int
    currency: str
    parts: tuple[Part, ...]
    contract: int | None = None
    handover: UUID | None = None
    vat_kind: str = VatKind.STANDARD
    article: int | None = None

    @property
    def amount(self) -> Decimal:
        """The sum of the parts."""
        return sum((part.amount for part in self.parts), pricing.NOTHING)

    @property
    def covered(self) -> str:
        """What pays all of it; "" where something is billed."""
        return self.parts[0].covered


def contract_of(thing: TimeEntry, contracts: Iterable[Contract]) -> Contract | None:
    """The contract work is under: the entry's own where it is the customer's, for a partner's the one in force."""
    mine = [one for one in contracts if one.company_id == thing.ticket.company_id]
    if not thing.is_copy:
        return next((one for one in mine if one.pk == thing.contract_id), None)
    on = thing.worked_on
    valid = [one for one in mine if one.starts_on <= on and (one.ends_on is None or one.ends_on >= on)]
    return max(valid, key=lambda one: (one.starts_on, one.pk), default=None)


@dataclass(slots=True)
class Prices:
    """What the prices of some entries and charges depend on."""

    partner: partner_money.Book
    contracts: list[Contract] = field(default_factory=list)
    rates: dict[int, list[pricing.Rate]] = field(default_factory=dict)
    surcharges: dict[int, list[pricing.Surcharge]] = field(default_factory=dict)
    blocks: dict[int, list[pricing.Block]] = field(default_factory=dict)
    roles: dict[int, str] = field(default_factory=dict)
    calendars: dict[int, business.Rules] = field(default_factory=dict)
    materials: dict[int, Material] = field(default_factory=dict)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))

    def of(self, thing: TimeEntry | Charge, each: Decimal | None = None) -> Quote:
        """What it would be billed at; `each` is the price of one that somebody gives to what has none. Raises
        Refused("no_rate_for_work"), ("charge_has_no_price"), ("price_in_other_currency")."""
        if (priced := self.partner.price_of(thing, each)) is not None:
            return _of_partner(thing, priced)
        return self._charge(thing, each) if isinstance(thing, Charge) else self._entry(thing)

    def _charge(self, charge: Charge, each: Decimal | None) -> Quote:
        """At its own price. An article may cost nothing; words at nothing were never priced."""
        material = self.materials.get(charge.pk)
        article = material.article if material else None
        if each is None and article is None and not charge.unit_price:
            raise Refused("charge_has_no_price")
        price = charge.unit_price if each is None else each
        amount = pricing.of_quantity(charge.quantity, price)
        code = article.unit_code if article else units.code_of(charge.unit)
        part = Part(charge.name, charge.quantity, charge.unit, code, price, amount)
        vat_kind = article.vat_kind if article else VatKind.STANDARD
        return Quote(
            charge.ticket.company_id,
            charge.currency,
            (part,),
            vat_kind=vat_kind,
            article=article.pk if article else None,
        )

    def _entry(self, entry: TimeEntry) -> Quote:
        contract, ticket = contract_of(entry, self.contracts), entry.ticket
        agreed = ticket.agreed_at is not None and ticket.source != Source.INSOURCED
        currency = ticket.agreed_currency if agreed else contract.currency if contract else ticket.tenant.currency
        work = pricing.Work(
            entry.worked_on,
            entry.minutes,
            entry.offset_minutes,
            entry.started_at,
            entry.ended_at,
            entry.work_type_id,
            self.roles.get(entry.author_id or 0, ""),
        )
        try:
            priced = pricing.price(work, self._rules(entry, contract))
        except pricing.NoRate as missing:
            raise Refused("no_rate_for_work", contract=str(contract), day=entry.worked_on.isoformat()) from missing
        parts = tuple(_part(entry, line) for line in priced.lines)
        return Quote(ticket.company_id, currency, parts, contract.pk if contract else None, vat_kind=_vat_of(entry))

    def _rules(self, entry: TimeEntry, contract: Contract | None) -> pricing.Rules:
        """An accepted estimate counts before the contract, and work without either has no price."""
        ticket, step = entry.ticket, contract.step_minutes if contract else 0
        if ticket.agreed_at is not None and ticket.source != Source.INSOURCED:
            if ticket.agreed_rate is None:
                return pricing.Rules(step=step, covered=ESTIMATE)
            return pricing.Rules([pricing.Rate(ticket.agreed_rate)], step)
        if contract is None:
            return pricing.Rules(covered=NO_CONTRACT)
        if covered := COVERING.get(ContractKind(contract.kind), ""):
            return pricing.Rules(step=step, covered=covered)
        surcharges = self.surcharges.get(contract.pk, ())
        return pricing.Rules(
            self.rates.get(contract.pk, ()),
            step,
            surcharges,
            self.blocks.get(contract.pk, ()),
            zone=self.zone,
            holidays=self._holidays(entry) if any(one.on_holidays for one in surcharges) else frozenset(),
        )

    def _holidays(self, entry: TimeEntry) -> frozenset[date]:
        """The holidays of the customer's calendar, and the days it is closed besides, around this work."""
        rules = self.calendars[entry.ticket.company_id]
        first, last = entry.worked_on - timedelta(days=1), entry.worked_on + timedelta(days=7)
        found = {day for year in {first.year, last.year} for day in _feasts(rules.country, rules.region, year)}
        return frozenset(found | {day for day, windows in rules.days.items() if not windows})


@lru_cache(maxsize=128)
def _feasts(country: str, region: str, year: int) -> frozenset[date]:
    return frozenset(days_off.year(country, region, year).holidays)


def _of_partner(thing: TimeEntry | Charge, priced: partner_money.Priced) -> Quote:
    is_time = isinstance(thing, TimeEntry)
    name = work_name(thing) if isinstance(thing, TimeEntry) else thing.name
    unit = _("h") if is_time else thing.unit  # type: ignore[union-attr]
    code = pricing.HOUR if is_time else units.code_of(unit)
    part = Part(
        name, priced.quantity, unit, code, priced.unit_price, priced.amount, priced.minutes, covered=priced.covered
    )
    vat_kind = _vat_of(thing) if isinstance(thing, TimeEntry) else VatKind.STANDARD
    return Quote(priced.company, priced.currency, (part,), vat_kind=vat_kind, handover=priced.handover)


def _vat_of(entry: TimeEntry) -> str:
    """How VAT takes this work: as its work type says (it-house spec, "VAT: rate and category per … work type")."""
    return entry.work_type.vat_kind if entry.work_type else VatKind.STANDARD


def _part(entry: TimeEntry, line: pricing.Line) -> Part:
    """A line of a price as an item: an hour costs so much, of which so many."""
    name = work_name(entry)
    if line.percent:
        name = _("%(name)s: %(percent)s %% surcharge") % {"name": line.name, "percent": number(line.percent)}
    return Part(
        name[:200],
        pricing.hours(line.minutes),
        _("h"),
        pricing.HOUR,
        line.unit_price,
        line.amount,
        line.minutes,
        covered=line.covered,
        block=line.block,
    )


def work_name(entry: TimeEntry) -> str:
    """What a line of an invoice calls this work."""
    return entry.work_type.name if entry.work_type else _("Work")


def read(things: Sequence[TimeEntry | Charge]) -> Prices:
    """Read what the prices of these depend on; their tickets must be selected along."""
    made = Prices(partner_money.book(things))
    entries = [one for one in things if isinstance(one, TimeEntry)]
    charges = [one.pk for one in things if isinstance(one, Charge)]
    if charges:
        found = Material.objects.filter(charge__in=charges).select_related("article")
        made.materials = {one.charge_id: one for one in found}
    if entries:
        _read_contracts(made, entries)
    return made


def _read_contracts(made: Prices, entries: Sequence[TimeEntry]) -> None:
    companies = {one.ticket.company_id for one in entries}
    made.zone = ZoneInfo(entries[0].ticket.tenant.time_zone)
    made.contracts = list(Contract.objects.filter(company__in=companies))
    keys = [one.pk for one in made.contracts]
    for rate in Rate.objects.filter(contract__in=keys):
        line = pricing.Rate(rate.amount, rate.since, rate.work_type_id, rate.role)
        made.rates.setdefault(rate.contract_id, []).append(line)
    for one in Surcharge.objects.filter(contract__in=keys).order_by("pk"):
        days = tuple(one.weekdays)
        surcharge = pricing.Surcharge(
            one.name, one.percent, one.starts, one.ends, days, one.on_holidays, one.work_type_id
        )
        made.surcharges.setdefault(one.contract_id, []).append(surcharge)
    for block in HourBlock.objects.filter(contract__in=keys):
        left = pricing.Block(block.pk, block.minutes - block.used, block.bought_on, block.expires_on)
        made.blocks.setdefault(block.contract_id, []).append(left)
    authors = {one.author_id for one in entries if one.author_id}
    made.roles = dict(Membership.objects.filter(pk__in=authors).values_list("pk", "role__code"))
    if any(one.on_holidays for lines in made.surcharges.values() for one in lines):
        _read_calendars(made, companies)


def _read_calendars(made: Prices, companies: set[int]) -> None:
    default = calendars.default()
    for company in Company.objects.filter(Q(pk__in=companies)).select_related("calendar"):
        made.calendars[company.pk] = (company.calendar or default).rules


def lack(thing: TimeEntry | Charge) -> Refused | None:
    """Why it has no price that an invoice could bear, where whoever approves it can give one."""
    try:
        of(thing)
    except Refused as refused:
        return refused if refused.code in GIVEN else None
    return None


def of(thing: TimeEntry | Charge, each: Decimal | None = None) -> Quote:
    """What one of them would be billed at, in the company's own language. Raises as `Prices.of`."""
    with translation.override(thing.ticket.tenant.language):
        return read([thing]).of(thing, each)
