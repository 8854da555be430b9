"""Forms that were sent, so that none of them counts twice."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from psa.tenancy.models import Membership, TenantModel
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key


class SentForm(TenantModel):
    """One form a member sent and what it said did happen: the key the form carried, where it was sent (`path`), and
    the address its answer led to. Written with the work itself, in one transaction (psa.web.once)."""

    member = OwnKey(Membership, models.CASCADE)
    path = models.CharField(max_length=300)
    key = models.UUIDField()
    location = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "at"], name="sent_form_by_age")]
        constraints = [
            tenant_key(),
            *same_tenant("member"),
            models.UniqueConstraint(fields=["tenant", "member", "path", "key"], name="a_form_counts_once"),
        ]

    def __str__(self) -> str:
        return f"{self.path} {self.key}"
