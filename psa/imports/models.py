"""A file somebody brings in, and which row of ours each row of the other system became."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.urls import reverse
from django.utils import timezone

from psa.batches.models import Batch
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership, ScopedManager, ScopedQuerySet, TenantModel
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key


class ImportQuerySet(ScopedQuerySet):
    """Which files a member may look at."""

    def visible_to(self, actor: Actor) -> Any:
        """All of the tenant's with the right to import, else none."""
        return self if actor.can("import.run") else self.none()


class Import(TenantModel):
    """One file: its rows until they are brought in, which column is what, its last check and its one run.

    `columns` says for each heading the code of a field, or "". The rows go when the run has taken them over.
    """

    subject = models.SlugField(max_length=40)
    name = models.CharField(max_length=200)
    member = OwnKey(Membership, models.CASCADE)
    heads = models.JSONField(default=list)
    rows = models.JSONField(default=list)
    columns = models.JSONField(default=list)
    check_batch = OwnKey(Batch, models.SET_NULL, null=True, related_name="+")
    run_batch = OwnKey(Batch, models.SET_NULL, null=True, related_name="+")
    ran_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[Any] = ScopedManager.from_queryset(ImportQuerySet)()

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "subject", "-id"], name="import_by_subject")]
        constraints = [tenant_key(), *same_tenant("member", "check_batch", "run_batch")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("imports:page", args=[self.tenant.slug, self.pk])


class ImportKey(TenantModel):
    """The name another system has for a row of ours: whoever brings the same row again changes ours, and adds none."""

    subject = models.SlugField(max_length=40)
    key = models.CharField(max_length=120)
    row_id = models.BigIntegerField()

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            models.UniqueConstraint(fields=["tenant", "subject", "key"], name="an_imported_key_names_one_row"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.key}"
