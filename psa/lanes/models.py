"""A lane carries events from one tenant to another, in the order their transactions committed, each once in effect."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from psa.leases import Leased, due_index
from psa.tenancy.models import ScopedModel, Tenant
from psa.tenancy.rows import RowClass, two_party
from psa.tenancy.same_tenant import OwnKey, SameTenant, tenant_key


class Lane(ScopedModel, Leased):
    """One direction between two tenants about one thing (its channel): counters, a tap, and its own retry clock."""

    row_class: ClassVar[RowClass] = RowClass("queue", parties=("source", "target"), platform=True)

    channel = models.CharField(max_length=60)
    source = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    target = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    last_seq = models.BigIntegerField(default=0)
    applied_seq = models.BigIntegerField(default=0)
    is_open = models.BooleanField(default=True)
    due = models.DateTimeField(null=True)

    class Meta(ScopedModel.Meta):
        indexes = [
            due_index("lane_due"),
            models.Index(
                fields=["source", "parked_at"], condition=models.Q(parked_at__isnull=False), name="lane_parked_out"
            ),
            models.Index(
                fields=["target", "parked_at"], condition=models.Q(parked_at__isnull=False), name="lane_parked_in"
            ),
        ]
        constraints = [
            tenant_key("source", "target"),
            models.UniqueConstraint(fields=["source", "target", "channel"], name="one_lane_per_channel_and_direction"),
            models.CheckConstraint(condition=~models.Q(source=models.F("target")), name="a_lane_joins_two_tenants"),
            models.CheckConstraint(
                condition=models.Q(applied_seq__lte=models.F("last_seq")), name="nothing_is_applied_before_it_is_sent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.source_id}→{self.target_id}"

    @property
    def has_arrived(self) -> bool:
        """Whether everything sent was applied or skipped: the boundary is reached."""
        return self.applied_seq == self.last_seq


class Event(ScopedModel):
    """One change on its way: queue, ledger ("everything that ever left this company") and receipt in one.

    `size` (bytes) and `sha256` are the payload's as it left; they stay when its content is taken out.
    """

    row_class: ClassVar[RowClass] = two_party("source", "target", inserted_by=("source",))

    class Outcome(models.TextChoices):
        WAITING = "", "waiting"
        APPLIED = "applied", "applied"
        REFUSED = "refused", "refused"
        SKIPPED = "skipped", "skipped"

    lane = OwnKey(Lane, models.PROTECT)
    source = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    target = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    seq = models.BigIntegerField()
    kind = models.CharField(max_length=60)
    version = models.PositiveSmallIntegerField(default=1)
    item = models.UUIDField(null=True)
    payload = models.JSONField(default=dict)
    size = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True, default="")
    is_emptied = models.BooleanField(default=False)
    sent_at = models.DateTimeField(default=timezone.now)
    applied_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.WAITING, blank=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta(ScopedModel.Meta):
        indexes = [
            models.Index(fields=["lane", "seq"], condition=models.Q(applied_at=None), name="event_waiting"),
            models.Index(fields=["lane", "item"], name="event_by_item"),
            models.Index(fields=["source", "-id"], name="event_by_source"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["lane", "seq"], name="an_event_is_delivered_once"),
            SameTenant("lane", owners=(("source", "source"), ("target", "target"))),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.seq}"
