"""What a lead owes the operator for work a portal tenant accepted (outsourcing spec §10 "transaction fee")."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from outsourcing.models.handover import Handover
from psa.tenancy.models import OwnedModel
from psa.tenancy.rows import BILL, RowClass
from psa.tenancy.same_tenant import OwnKey, SameTenant, tenant_key


class Fee(OwnedModel):
    """One accepted handover, one fee, in the operator's currency. The lead's row; the operator reads it for the bill.

    It holds no name, number or title: the operator learns how many and how much, not what the work was.
    """

    row_class: ClassVar[RowClass] = BILL

    handover = OwnKey(Handover, models.PROTECT)
    amount = models.DecimalField(max_digits=8, decimal_places=2)
    currency = models.CharField(max_length=3)
    at = models.DateTimeField(default=timezone.now)

    class Meta(OwnedModel.Meta):
        indexes = [models.Index(fields=["tenant", "-id"], name="fee_by_tenant")]
        constraints = [
            tenant_key(),
            SameTenant("handover", owners=(("tenant", "lead"),)),
            models.UniqueConstraint(fields=["tenant", "handover"], name="a_handover_costs_one_fee"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_fee_is_more_than_nothing"),
        ]


class FeeStatement(OwnedModel):
    """What a lead was billed for one month: the fees of that month (UTC) in one currency, once. Without a row the
    month is not billed yet; with one nothing can join it, since only a month that is over is billed."""

    row_class: ClassVar[RowClass] = BILL

    month = models.DateField()
    currency = models.CharField(max_length=3)
    fees = models.PositiveIntegerField()
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    by_name = models.CharField(max_length=120)
    at = models.DateTimeField(default=timezone.now)

    class Meta(OwnedModel.Meta):
        constraints = [
            tenant_key(),
            models.UniqueConstraint(fields=["tenant", "month", "currency"], name="a_month_of_fees_is_billed_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="a_month_is_named_by_its_first_day"),
        ]
