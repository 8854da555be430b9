"""Recurring positions of contracts: which periods are due, and billing each of them exactly once.

Periods follow the calendar: months, quarters, half-years and years begin where the calendar's do. A position that
begins or ends within a period is billed for its days of that period's days, and its line says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from billing import units
from billing.models import BillingItem, BillingSource, ContractLine, Invoice
from billing.pricing import cents
from billing.services import billing_settings, drafts
from psa.directory.models import Company
from psa.journal import journal
from psa.tenancy.actor import Actor

YEAR = 12
MOST_PERIODS = 60


@dataclass(frozen=True, slots=True)
class Period:
    """A period to bill: its first and last day, and how many days of how many it is."""

    begins: date
    ends: date
    days: int
    of_days: int

    @property
    def is_part(self) -> bool:
        return self.days < self.of_days

    def quantity(self, whole: Decimal) -> Decimal:
        """How much of a position falls into it."""
        part = whole * self.days / self.of_days if self.is_part else whole
        return part.quantize(Decimal("0.0001"), ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Due:
    """One period of one position that is due. Net, in the contract's currency."""

    line: ContractLine
    period: Period

    @property
    def quantity(self) -> Decimal:
        return self.period.quantity(self.line.quantity)

    @property
    def amount(self) -> Decimal:
        return cents(self.quantity * self.line.unit_price)


def periods(line: ContractLine, until: date) -> Iterator[Period]:
    """The periods of a position that begin by this day and were not billed, the oldest first."""
    begins = line.next_on
    for _count in range(MOST_PERIODS):
        if begins > until or (line.ends_on and begins > line.ends_on):
            return
        first, following = _whole(line, begins)
        ends = following - timedelta(days=1)
        if line.ends_on:
            ends = min(ends, line.ends_on)
        yield Period(begins, ends, (ends - begins).days + 1, (following - first).days)
        begins = following


def _whole(line: ContractLine, day: date) -> tuple[date, date]:
    """The whole period a day is in: its first day, and that of the next one."""
    months = day.year * YEAR + day.month - 1
    anchor = 0 if YEAR % line.months == 0 else line.starts_on.year * YEAR + line.starts_on.month - 1
    first = months - (months - anchor) % line.months
    return _first_of(first), _first_of(first + line.months)


def _first_of(months: int) -> date:
    return date(months // YEAR, months % YEAR + 1, 1)


def due(until: date, company: int | None = None) -> list[Due]:
    """What is due until this day, by customer. One statement."""
    rows = _lines(until).select_related("contract__company", "article")
    if company is not None:
        rows = rows.filter(contract__company=company)
    ordered = rows.order_by("contract__company__name", "contract__company", "contract", "pk")
    return [Due(line, period) for line in ordered for period in periods(line, until)]


def _lines(until: date) -> Any:
    rows = ContractLine.objects.filter(next_on__lte=until)
    return rows.filter(Q(ends_on=None) | Q(ends_on__gte=F("next_on")))


def companies(found: Iterable[Due]) -> dict[int, Company]:
    """The customers something is due of."""
    return {one.line.contract.company_id: one.line.contract.company for one in found}


@transaction.atomic
def bill(company: Company, until: date, *, by: Actor) -> list[Invoice]:
    """Bill a customer's periods that are due: posted items, and one draft for each currency. Nothing due, no draft.

    Whoever comes second waits for the locks of the positions, and then finds nothing. Raises Denied.
    """
    by.require("invoice.manage")
    rows = _lines(until).filter(contract__company=company).select_for_update(of=("self",), no_key=True)
    made: dict[str, list[int]] = {}
    language = company.language or billing_settings.of_tenant().tenant.language
    for line in rows.select_related("contract", "article").order_by("pk"):
        for period in periods(line, until):
            with translation.override(language):
                item = _item(line, period, company, by)
            made.setdefault(line.contract.currency, []).append(item.pk)
            line.next_on = period.ends + timedelta(days=1)
        line.save(update_fields=["next_on"])
    return [drafts.draw(company, currency, items, by=by) for currency, items in sorted(made.items())]


def _item(line: ContractLine, period: Period, company: Company, by: Actor) -> BillingItem:
    quantity = period.quantity(line.quantity)
    item: BillingItem = BillingItem.objects.create(
        source=BillingSource.RECURRING,
        company=company,
        contract=line.contract,
        contract_line=line,
        article=line.article,
        worked_on=period.begins,
        period_from=period.begins,
        period_until=period.ends,
        name=line.name,
        text=told(period),
        quantity=quantity,
        unit=line.unit,
        unit_code=line.article.unit_code if line.article else units.code_of(line.unit),
        unit_price=line.unit_price,
        amount=cents(quantity * line.unit_price),
        currency=line.contract.currency,
        vat_kind=line.vat_kind,
        approved_by_id=by.membership_id,
    )
    item.post(timezone.now())
    item.save(update_fields=["status", "posted_at"])
    journal.record(item, "billingitem.recurred", by=by, name=line.name, begins=period.begins.isoformat())
    return item


def told(period: Period) -> str:
    """A period in words: its days, and how many of how many where it is not a whole one."""
    said = {
        "from": date_format(period.begins, "SHORT_DATE_FORMAT"),
        "until": date_format(period.ends, "SHORT_DATE_FORMAT"),
    }
    if not period.is_part:
        return _("%(from)s – %(until)s") % said
    return _("%(from)s – %(until)s (%(days)s of %(of_days)s days)") % {
        **said,
        "days": period.days,
        "of_days": period.of_days,
    }
