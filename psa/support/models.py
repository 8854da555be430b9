"""An administrator's permission for the support to look in."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from psa.tenancy.models import Membership, OwnedModel, User
from psa.tenancy.rows import IDENTITY, RowClass
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key


class SupportGrant(OwnedModel):
    """Who of the operators may look into the tenant, until when and why; without an operator, every one of them. It is
    asked with every request, so it ends by the clock, or the moment somebody takes it back."""

    row_class: ClassVar[RowClass] = IDENTITY

    operator = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(_("Reason"), max_length=500)
    granted_by = OwnKey(Membership, models.PROTECT, related_name="+")
    granted_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField()
    revoked_by = OwnKey(Membership, models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    class Meta(OwnedModel.Meta):
        indexes = [models.Index(fields=["tenant", "-ends_at"], name="support_by_end")]
        constraints = [
            tenant_key(),
            *same_tenant("granted_by"),
            *same_tenant("revoked_by"),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("granted_at")), name="support_ends_after_it_began"
            ),
            models.CheckConstraint(
                condition=models.Q(revoked_at=None, revoked_by=None)
                | models.Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="support_is_taken_back_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tenant_id} until {self.ends_at}"

    @property
    def is_open(self) -> bool:
        """Whether somebody may look in by it now."""
        return self.revoked_at is None and self.ends_at > timezone.now()

    @property
    def ended_at(self) -> datetime:
        """When it ended, or will."""
        return self.revoked_at or self.ends_at
