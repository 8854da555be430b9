"""Work that is logged and not approved yet is priced by the rates of its day: how much of it a rate would reprice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db.models import Exists, OuterRef

from billing import pricing
from billing.models import BillingItem, BillingStatus
from billing.services import prices
from psa.directory.models import ContractKind, Rate
from tickets.models import TimeEntry


def count(wanted: Rate, since: date) -> int:
    """How many billable entries of the rate's contract, worked on `since` or later and not approved, would cost another
    price by the hour once it is as `wanted`. Work that had no price, an accepted estimate's and a partner's are none of
    them. The statements do not grow with the entries."""
    contract = wanted.contract
    if contract.kind != ContractKind.HOURLY:
        return 0
    decided = BillingItem.objects.filter(entry=OuterRef("pk")).exclude(status=BillingStatus.RETURNED)
    rows = TimeEntry.objects.filter(ticket__company=contract.company_id, worked_on__gte=since, is_billable=True)
    rows = rows.filter(removed_at=None, ticket__deleted_at=None, ticket__agreed_at=None).exclude(Exists(decided))
    found = list(rows.select_related("ticket__tenant"))
    if not found:
        return 0
    known = prices.read(found)
    before = list(Rate.objects.filter(contract=contract))
    after = [*(one for one in before if one.pk != wanted.pk), wanted]
    old, new = _lines(before), _lines(after)
    return sum(
        (was := _price(old, entry, known)) is not None and was != _price(new, entry, known)
        for entry in found
        if not known.partner.is_priced(entry) and prices.contract_of(entry, known.contracts) == contract
    )


def _lines(rates: Sequence[Rate]) -> list[pricing.Rate]:
    return [pricing.Rate(one.amount, one.since, one.work_type_id, one.role) for one in rates]


def _price(rates: Sequence[pricing.Rate], entry: TimeEntry, known: prices.Prices) -> Decimal | None:
    try:
        return pricing.rate_on(rates, entry.worked_on, entry.work_type_id, known.roles.get(entry.author_id or 0, ""))
    except pricing.NoRate:
        return None
