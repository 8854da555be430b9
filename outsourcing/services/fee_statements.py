"""The operator's bill to a lead: the transaction fees of a month, billed once (outsourcing spec §10).

Called in the operators' scope. A month is a month of UTC, named by its first day, and billed when it is over.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone

from outsourcing.models import Fee, FeeStatement
from psa.operators import services as operators
from psa.operators.services import Operator
from psa.tenancy.errors import Refused
from psa.tenancy.models import Tenant

SHOWN = 200


@dataclass(frozen=True, slots=True)
class Month:
    """The fees of one lead in one month and currency. `billed` is its statement, None while it is not billed."""

    tenant: int
    lead: str
    slug: str
    month: date
    currency: str
    fees: int
    amount: Decimal
    billed: FeeStatement | None = None

    @property
    def last(self) -> date:
        """The last day of the month."""
        return self.month.replace(day=monthrange(self.month.year, self.month.month)[1])

    @property
    def is_over(self) -> bool:
        """Whether no fee can join it any more."""
        return self.month < timezone.now().date().replace(day=1)


def months() -> list[Month]:
    """Every lead's months, the newest first, at most 200; each with its statement where it is billed."""
    rows = Fee.objects.order_by().annotate(month=TruncMonth("at", tzinfo=UTC)).values("month", "currency", "tenant")
    found = rows.annotate(fees=Count("pk"), sum=Sum("amount")).order_by("-month", "tenant__name", "currency")
    values = found.values_list("tenant", "tenant__name", "tenant__slug", "month", "currency", "fees", "sum")
    listed = list(values[:SHOWN])
    billed = _billed({row[0] for row in listed})
    return [
        Month(pk, lead, slug, at.date(), currency, count, amount, billed.get((pk, at.date(), currency)))
        for pk, lead, slug, at, currency, count, amount in listed
    ]


def month_of(slug: str, month: date, currency: str) -> Month | None:
    """The fees of this lead in this month and currency; None where there are none."""
    rows = fees_of(slug, month, currency).order_by().values_list("tenant", "tenant__name")
    found = rows.annotate(fees=Count("pk"), sum=Sum("amount")).order_by("tenant").first()
    if found is None:
        return None
    pk, lead, count, amount = found
    return Month(pk, lead, slug, month, currency, count, amount, _billed({pk}).get((pk, month, currency)))


def fees_of(slug: str, month: date, currency: str) -> QuerySet[Fee]:
    """The fees one by one, in order."""
    begins = datetime(month.year, month.month, 1, tzinfo=UTC)
    ends = (begins + timedelta(days=31)).replace(day=1)
    return Fee.objects.filter(tenant__slug=slug, currency=currency, at__gte=begins, at__lt=ends).order_by("pk")


@transaction.atomic
def bill(slug: str, month: date, currency: str, *, by: Operator) -> FeeStatement:
    """Mark a month as billed. Raises Refused("fees_missing"), ("month_is_not_over"), ("month_is_billed")."""
    found = month_of(slug, month, currency)
    if found is None:
        raise Refused("fees_missing")
    if not found.is_over:
        raise Refused("month_is_not_over")
    if found.billed is not None:
        raise Refused("month_is_billed", by=found.billed.by_name)
    said = {"fees": found.fees, "amount": found.amount, "by_name": by.name}
    try:
        with transaction.atomic():
            made = FeeStatement.objects.create(tenant_id=found.tenant, month=month, currency=currency, **said)
    except IntegrityError as twice:
        raise Refused("month_is_billed", by="") from twice
    told = {"month": month.isoformat(), "amount": str(found.amount), "currency": currency}
    operators.wrote(Tenant.objects.get(pk=found.tenant), "fees.billed", by, **told)
    return made


def _billed(tenants: set[int]) -> dict[tuple[int, date, str], FeeStatement]:
    rows = FeeStatement.objects.filter(tenant__in=tenants)
    return {(row.tenant_id, row.month, row.currency): row for row in rows}
