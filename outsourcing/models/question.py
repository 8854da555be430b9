"""A question one side of a handover asks the other; open until it is answered (outsourcing spec §5)."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from outsourcing.models.handover import PARTIES, Handover, Side
from psa.tenancy.models import ScopedModel, Tenant
from psa.tenancy.rows import RowClass, two_party
from psa.tenancy.same_tenant import OwnKey, SameTenant


class Question(ScopedModel):
    """What was asked and answered. Where it was written as a note, `key` is the note's."""

    row_class: ClassVar[RowClass] = two_party("lead", "service")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    handover = OwnKey(Handover, models.PROTECT)
    lead = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    service = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    side = models.CharField(max_length=10, choices=Side)
    by_name = models.CharField(max_length=120)
    text = models.TextField()
    asked_at = models.DateTimeField(default=timezone.now)
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by_name = models.CharField(max_length=120, blank=True)

    class Meta(ScopedModel.Meta):
        ordering = ["id"]
        indexes = [
            models.Index(fields=["handover", "id"], name="question_by_handover"),
            models.Index(fields=["handover"], condition=Q(answered_at=None), name="question_open"),
        ]
        constraints = [
            SameTenant("handover", owners=PARTIES),
            models.CheckConstraint(
                condition=Q(answered_at=None, answer="") | (Q(answered_at__isnull=False) & ~Q(answer="")),
                name="an_answer_has_words_and_a_time",
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def is_open(self) -> bool:
        return self.answered_at is None
