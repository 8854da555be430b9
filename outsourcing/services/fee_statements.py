"""The operator's bill to a lead: the transaction fees of a month, billed once (outsourcing spec §10).

Called in the operators' scope. A month is a month of UTC, named by its first day, and billed when it is over.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Count, DateField, Exists, OuterRef, QuerySet, Sum
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
    """The fees of one lead in one month and currency, and whether they are billed; `billed` is the statement where one
    month was asked for."""

    tenant: int
    lead: str
    slug: str
    month: date
    currency: str
    fees: int
    amount: Decimal
    is_billed: bool
    billed: FeeStatement | None = None

    @property
    def last(self) -> date:
        """The last day of the month."""
        return self.month.replace(day=monthrange(self.month.year, self.month.month)[1])

    @property
    def is_over(self) -> bool:
        """Whether no fee can join it any more."""
        return self.month < timezone.now().date().replace(day=1)


def months(lead: str = "") -> list[Month]:
    """The months of every lead, or of the one at this address, the newest first, at most 200, and whether each is
    billed. One statement."""
    month = TruncMonth("at", output_field=DateField(), tzinfo=UTC)
    asked = Fee.objects.filter(tenant__slug=lead) if lead else Fee.objects.all()
    rows = asked.order_by().annotate(month=month).values("month", "currency", "tenant")
    billed = FeeStatement.objects.filter(
        tenant__pk=OuterRef("tenant"), month=OuterRef("month"), currency=OuterRef("currency")
    )
    found = rows.annotate(fees=Count("pk"), sum=Sum("amount"), is_billed=Exists(billed))
    found = found.order_by("-month", "tenant__name", "currency")
    names = ("tenant", "tenant__name", "tenant__slug", "month", "currency", "fees", "sum", "is_billed")
    return [Month(*values) for values in found.values_list(*names)[:SHOWN]]


def month_of(slug: str, month: date, currency: str) -> Month | None:
    """The fees of this lead in this month and currency; None where there are none."""
    rows = fees_of(slug, month, currency).order_by().values_list("tenant", "tenant__name")
    found = rows.annotate(fees=Count("pk"), sum=Sum("amount")).order_by("tenant").first()
    if found is None:
        return None
    pk, lead, count, amount = found
    billed = FeeStatement.objects.filter(tenant__pk=pk, month=month, currency=currency).first()
    return Month(pk, lead, slug, month, currency, count, amount, billed is not None, billed)


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
