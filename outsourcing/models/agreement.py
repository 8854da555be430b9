"""The outsourcing agreement: the operator's versions, and which one a tenant accepted (outsourcing spec §1)."""

from __future__ import annotations

import hashlib
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from psa.tenancy.models import Membership, TenantModel
from psa.tenancy.rows import PLATFORM, RowClass
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key


class Agreement(models.Model):
    """One version of the text in one language, hashed when it is published. Nobody's row: everybody reads the same."""

    row_class: ClassVar[RowClass] = PLATFORM

    version = models.PositiveIntegerField()
    language = models.CharField(max_length=5)
    title = models.CharField(max_length=160)
    text = models.TextField()
    sha256 = models.CharField(max_length=64, editable=False)
    published_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-version", "language"]
        constraints = [
            models.UniqueConstraint(fields=["version", "language"], name="an_agreement_has_one_text_per_language")
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.version} ({self.language})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.sha256 = hashlib.sha256(self.text.encode()).hexdigest()
        super().save(*args, **kwargs)


class Acceptance(TenantModel):
    """A tenant's acceptance: which text, in which language, by whom, when, and when it was withdrawn."""

    version = models.PositiveIntegerField()
    language = models.CharField(max_length=5)
    sha256 = models.CharField(max_length=64)
    by = OwnKey(Membership, models.PROTECT)
    by_name = models.CharField(max_length=120)
    at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        ordering = ["-at"]
        constraints = [
            tenant_key(),
            *same_tenant("by"),
            models.UniqueConstraint(
                fields=["tenant", "version"],
                condition=models.Q(withdrawn_at=None),
                name="a_version_is_accepted_once_at_a_time",
            ),
        ]
