"""A change somebody proposes to the other side of a handover: other terms, or the part of a flat amount to pay.

Nothing changes by silence: what is not accepted stays as it was agreed (outsourcing spec T13, T15, T16).
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from outsourcing.models.handover import PARTIES, Handover, Side
from psa.fsm import StateField, StateMachine, transition
from psa.looks import Look
from psa.tenancy.models import ScopedModel, Tenant
from psa.tenancy.rows import RowClass, two_party
from psa.tenancy.same_tenant import OwnKey, SameTenant


class ProposalStatus(models.TextChoices):
    """How far a proposal is, as both sides read it."""

    OPEN = "open", _("Open")
    ACCEPTED = "accepted", _("Accepted")
    REFUSED = "refused", _("Not agreed")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    LAPSED = "lapsed", _("Lapsed")


P = ProposalStatus

PROPOSAL_LOOKS = {
    P.OPEN: Look("amber", "hourglass"),
    P.ACCEPTED: Look("green", "circle-check"),
    P.REFUSED: Look("red", "circle-x"),
    P.WITHDRAWN: Look("gray", "undo-2"),
    P.LAPSED: Look("gray", "clock"),
}


class ProposalKind(models.TextChoices):
    """What is proposed: other terms, or how much of a flat amount is paid for work that was not finished."""

    TERMS = "terms", _("Terms")
    PART = "part", _("Part of the flat amount")


class Proposal(StateMachine, ScopedModel):
    """One side's proposal, answered by the other. `changes` are the new values by column of the terms, as plain data:
    minutes, net amounts in the terms' currency, aware moments. `part` is in per cent of the flat amount."""

    row_class: ClassVar[RowClass] = two_party("lead", "service")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    handover = OwnKey(Handover, models.PROTECT)
    lead = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    service = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    side = models.CharField(max_length=10, choices=Side)
    by_name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=ProposalKind, default=ProposalKind.TERMS)
    status = StateField(choices=ProposalStatus, default=ProposalStatus.OPEN)
    changes = models.JSONField(default=dict)
    part = models.PositiveSmallIntegerField(null=True)
    reason = models.TextField(blank=True)
    made_at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True)
    answered_by_name = models.CharField(max_length=120, blank=True)
    answer_reason = models.TextField(blank=True)
    due = models.DateTimeField(null=True)

    class Meta(ScopedModel.Meta):
        ordering = ["id"]
        indexes = [models.Index(fields=["handover", "id"], name="proposal_by_handover")]
        constraints = [
            SameTenant("handover", owners=PARTIES),
            models.UniqueConstraint(
                fields=["handover", "side", "kind"],
                condition=Q(status="open"),
                name="a_side_has_one_open_proposal_of_a_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind="terms", part=None) | Q(kind="part", part__isnull=False, part__gte=0, part__lte=100),
                name="a_part_is_0_to_100_per_cent",
            ),
            models.CheckConstraint(
                condition=Q(status="open", answered_at=None) | (~Q(status="open") & Q(answered_at__isnull=False)),
                name="what_is_answered_knows_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.side} {self.status}"

    @property
    def is_open(self) -> bool:
        return self.status == P.OPEN

    @property
    def is_part(self) -> bool:
        return self.kind == ProposalKind.PART

    @transition(status, source=P.OPEN, target=P.ACCEPTED)
    def accept(self, now: datetime, by_name: str) -> None:
        """The other side agrees: what is proposed counts from now on."""
        self.answered_at, self.answered_by_name = now, by_name

    @transition(status, source=P.OPEN, target=P.REFUSED)
    def refuse(self, now: datetime, by_name: str, reason: str) -> None:
        """The other side does not agree, and says why."""
        self.answered_at, self.answered_by_name, self.answer_reason = now, by_name, reason

    @transition(status, source=P.OPEN, target=P.WITHDRAWN)
    def withdraw(self, now: datetime, by_name: str) -> None:
        """Whoever proposed it takes it back."""
        self.answered_at, self.answered_by_name = now, by_name

    @transition(status, source=P.OPEN, target=P.LAPSED)
    def lapse(self, now: datetime) -> None:
        """Nobody answered in time, or there is nothing left to change. Nothing changes by silence."""
        self.answered_at = now
