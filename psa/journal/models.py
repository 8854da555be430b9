"""One row for every fact: the timeline, the audit, and what the rest of the system hears."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from psa.leases import QueueModel, due_index
from psa.tenancy.models import Membership, OwnedModel, TenantModel
from psa.tenancy.rows import JOURNAL, RowClass
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key


class Origin(TenantModel):
    """Where a member acted from on one day: address and browser; no member for a guest, who looked. Apart from the
    entries that point here, because it is about a person: it is removed when the tenant's retention is over, and the
    entries stay."""

    member = OwnKey(Membership, models.PROTECT, null=True)
    address = models.CharField(max_length=45)
    browser = models.CharField(max_length=200)
    at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "at"], name="origin_by_age")]
        constraints = [tenant_key(), *same_tenant("member")]

    def __str__(self) -> str:
        return self.address


class Entry(TenantModel):
    """One fact about one subject: what happened (`noun.past_tense`), by whom, because of what, when. Never changed,
    but for a person's name that is taken out of `data` when the person is erased."""

    row_class: ClassVar[RowClass] = JOURNAL

    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    kind = models.CharField(max_length=60)
    data = models.JSONField(default=dict)
    by = OwnKey(Membership, models.PROTECT, null=True)
    by_kind = models.CharField(max_length=10)
    by_name = models.CharField(max_length=200)
    channel = models.CharField(max_length=20)
    cause_id = models.BigIntegerField(null=True)
    origin_id = models.BigIntegerField(null=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant", "subject_type", "subject_id", "-id"], name="entry_by_subject"),
            models.Index(fields=["tenant", "-id"], name="entry_by_time"),
        ]
        constraints = [tenant_key(), *same_tenant("by")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_type}:{self.subject_id}"


class Job(QueueModel):
    """Somebody wants to hear of an entry after its transaction; the worker tells them."""

    entry_id = models.BigIntegerField()
    listener = models.CharField(max_length=120)

    class Meta(OwnedModel.Meta):
        indexes = [due_index("job_due")]
