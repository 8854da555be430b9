"""What operators did: the installation's own journal, outside every tenant."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from psa.tenancy.models import ScopedModel, Tenant
from psa.tenancy.rows import RowClass


class Act(ScopedModel):
    """One thing an operator did, to which tenant, why and when. Never changed, and seen from the platform only."""

    row_class: ClassVar[RowClass] = RowClass("identity", platform=True, append_only=True)

    about = models.ForeignKey(Tenant, models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=60)
    data = models.JSONField(default=dict)
    reason = models.TextField(blank=True)
    by_name = models.CharField(max_length=120)
    by_email = models.EmailField(blank=True)
    channel = models.CharField(max_length=20)
    at = models.DateTimeField(default=timezone.now)

    class Meta(ScopedModel.Meta):
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.kind} by {self.by_name}"
