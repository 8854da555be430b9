"""The settlement statement: what is payable for a handover, computed once by each side (outsourcing spec §9)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from outsourcing.models.handover import PARTIES, Handover, Side
from psa.tenancy.models import ScopedModel, Tenant
from psa.tenancy.rows import RowClass
from psa.tenancy.same_tenant import OwnKey, SameTenant

SUMMED = ("handover", "currency", "labour", "charges", "total")


class Statement(ScopedModel):
    """One side's statement, never changed: a correction is the next number. Both read both; their hashes agree.

    Minutes to bill; money net in `currency`. The document holds only what both may read: no price of the lead's own.
    """

    row_class: ClassVar[RowClass] = RowClass(
        "two-party", parties=("lead", "service"), append_only=True, erasable=("document",)
    )

    handover = OwnKey(Handover, models.PROTECT)
    lead = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    service = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    side = models.CharField(max_length=10, choices=Side)
    number = models.PositiveSmallIntegerField(default=1)
    sha256 = models.CharField(max_length=64)
    document = models.JSONField()
    currency = models.CharField(max_length=3)
    minutes = models.PositiveIntegerField()
    labour = models.DecimalField(max_digits=12, decimal_places=2)
    charges = models.DecimalField(max_digits=12, decimal_places=2)
    total = models.DecimalField(max_digits=12, decimal_places=2)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta(ScopedModel.Meta):
        indexes = [
            # The sums of a report, from the index alone; the other party is in it because the policies ask for it.
            models.Index(fields=["lead", "side", "number", "service", *SUMMED], name="statement_sums_by_lead"),
            models.Index(fields=["service", "side", "number", "lead", *SUMMED], name="statement_sums_by_service"),
        ]
        constraints = [
            SameTenant("handover", owners=PARTIES),
            models.UniqueConstraint(fields=["handover", "side", "number"], name="a_side_settles_once"),
        ]
