"""A batch: what somebody asked for, how far it got, a line for each thing it is about, and the sheet it made."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from psa.fsm import StateField, StateMachine, transition
from psa.leases import QueueModel, due_index
from psa.looks import Look
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership, OwnedModel, ScopedManager, ScopedQuerySet, TenantModel
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key


class BatchState(models.TextChoices):
    """How far a batch got."""

    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    DONE = "done", _("Finished")
    CANCELED = "canceled", _("Stopped")
    FAILED = "failed", _("Not finished")


BATCH_LOOKS = {
    BatchState.QUEUED: Look("blue", "clock"),
    BatchState.RUNNING: Look("teal", "circle-play"),
    BatchState.DONE: Look("green", "circle-check"),
    BatchState.CANCELED: Look("gray", "ban"),
    BatchState.FAILED: Look("red", "circle-alert"),
}
OPEN = (BatchState.QUEUED, BatchState.RUNNING)


class BatchQuerySet(ScopedQuerySet):
    """Whose batches a member may look at."""

    def visible_to(self, actor: Actor) -> Any:
        """One's own, and for the tenant's administrators everybody's."""
        return self if actor.can("tenant.manage") else self.filter(member_id=actor.membership_id)


class Batch(StateMachine, TenantModel):
    """Something long that somebody started. It runs with that person's rights of each moment, in their language."""

    MOVES: ClassVar = ("state", "started_at", "finished_at", "error")

    kind = models.SlugField(max_length=40)
    member = OwnKey(Membership, models.CASCADE)
    state = StateField(choices=BatchState, default=BatchState.QUEUED)
    params = models.JSONField(default=dict)
    language = models.CharField(max_length=5)
    zone = models.CharField(max_length=64)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    already = models.PositiveIntegerField(default=0)
    cursor = models.JSONField(null=True)
    error = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = ScopedManager.from_queryset(BatchQuerySet)()

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "member", "-id"], name="batch_by_member")]
        constraints = [
            tenant_key(),
            *same_tenant("member"),
            models.CheckConstraint(
                condition=Q(state__in=OPEN, finished_at=None) | (~Q(state__in=OPEN) & Q(finished_at__isnull=False)),
                name="a_batch_that_ended_knows_when",
            ),
            models.CheckConstraint(
                condition=Q(done__gte=F("refused") + F("already")), name="what_was_refused_was_tried"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("batches:page", args=[self.tenant.slug, self.pk])

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def went_well(self) -> int:
        """How many lines did what was asked."""
        return self.done - self.refused - self.already

    @transition(field=state, source=BatchState.QUEUED, target=BatchState.RUNNING)
    def begin(self, now: datetime) -> None:
        """The first step is made."""
        self.started_at = now

    @transition(field=state, source=BatchState.RUNNING, target=BatchState.DONE)
    def finish(self, now: datetime) -> None:
        """Every line had its turn."""
        self.finished_at = now

    @transition(field=state, source=OPEN, target=BatchState.CANCELED)
    def cancel(self, now: datetime) -> None:
        """Somebody stopped it; what is done stays done."""
        self.finished_at = now

    @transition(field=state, source=OPEN, target=BatchState.FAILED)
    def fail(self, error: str, now: datetime) -> None:
        """It cannot go on; what is done stays done."""
        self.error, self.finished_at = error, now


class LineState(models.TextChoices):
    """What became of a line."""

    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Done")
    ALREADY = "already", _("Was so already")
    REFUSED = "refused", _("Refused")


LINE_LOOKS = {
    LineState.WAITING: Look("gray", "clock"),
    LineState.DONE: Look("green", "circle-check"),
    LineState.ALREADY: Look("gray", "check"),
    LineState.REFUSED: Look("red", "circle-x"),
}


class BatchLine(TenantModel):
    """One of the things a batch is about, in the order it is done, and the sentence that came of it (code, params)."""

    batch = OwnKey(Batch, models.CASCADE)
    position = models.PositiveIntegerField()
    subject_id = models.BigIntegerField(null=True, blank=True)
    label = models.CharField(max_length=200, blank=True)
    data = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=LineState, default=LineState.WAITING)
    code = models.CharField(max_length=80, blank=True)
    detail = models.JSONField(default=dict)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(
                fields=["tenant", "batch", "position"], condition=Q(state=LineState.WAITING), name="line_that_waits"
            )
        ]
        constraints = [
            tenant_key(),
            *same_tenant("batch"),
            models.UniqueConstraint(fields=["tenant", "batch", "position"], name="a_batch_has_a_line_once"),
        ]


class BatchPiece(TenantModel):
    """A piece of the sheet a batch makes, committed with the cursor that says where the next begins."""

    batch = OwnKey(Batch, models.CASCADE)
    position = models.PositiveIntegerField()
    content = models.TextField()

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("batch"),
            models.UniqueConstraint(fields=["tenant", "batch", "position"], name="a_batch_has_a_piece_once"),
        ]


class BatchTurn(QueueModel):
    """The batch wants a worker. Gone when it has ended."""

    tries: ClassVar[int] = 5

    batch_id = models.BigIntegerField()

    class Meta(OwnedModel.Meta):
        indexes = [due_index("batch_turn_due")]
