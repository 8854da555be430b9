"""A request for release: somebody over their amount limit asks somebody who may (outsourcing spec §2)."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from outsourcing.models.handover import Handover
from psa.fsm import StateField, StateMachine, transition
from psa.looks import Look
from psa.tenancy.models import Membership, TenantModel
from psa.tenancy.same_tenant import OwnKey, SameTenant, same_tenant, tenant_key


class ReleaseAction(models.TextChoices):
    """What is asked for: the move that takes place when the release is given."""

    SEND = "send", _("Outsource")
    APPROVE = "approve", _("Approve")
    COMPLETE = "complete", pgettext_lazy("button", "Complete")
    CHANGE = "change", _("Authorise more")


class ReleaseStatus(models.TextChoices):
    """How far a request for release is."""

    REQUESTED = "requested", _("Requested")
    GIVEN = "given", _("Released")
    REFUSED = "refused", _("Not released")
    WITHDRAWN = "withdrawn", _("Withdrawn")


S = ReleaseStatus
RELEASE_LOOKS = {
    S.REQUESTED: Look("amber", "lock"),
    S.GIVEN: Look("green", "circle-check"),
    S.REFUSED: Look("red", "circle-x"),
    S.WITHDRAWN: Look("gray", "undo-2"),
}


class Release(StateMachine, TenantModel):
    """One request of the lead's side: which move of which handover, for how much, who asked, who decided, why.

    `amount` is the total authorised, net, in `currency`, as it was when it was asked for. A change of the terms (T16)
    keeps the new values by column in `changes`, seen from `terms_version`; `proposal` names the partner's proposal to
    agree to, none where the change is to be proposed with `note` as its reason.
    """

    handover = OwnKey(Handover, models.PROTECT)
    action = models.CharField(max_length=10, choices=ReleaseAction)
    status = StateField(choices=ReleaseStatus, default=ReleaseStatus.REQUESTED)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3)
    requested_by = OwnKey(Membership, models.PROTECT)
    requested_at = models.DateTimeField(default=timezone.now)
    note = models.TextField(blank=True)
    decided_by = OwnKey(Membership, models.PROTECT, null=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    changes = models.JSONField(default=dict)
    terms_version = models.PositiveSmallIntegerField(default=0)
    proposal = models.UUIDField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            SameTenant("handover", owners=(("tenant", "lead"),)),
            *same_tenant("requested_by", "decided_by"),
            models.UniqueConstraint(
                fields=["tenant", "handover", "action"],
                condition=Q(status="requested"),
                name="a_release_is_asked_for_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(status="requested", decided_at=None)
                | (~Q(status="requested") & Q(decided_at__isnull=False)),
                name="a_decided_release_knows_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.amount} {self.currency}"

    @property
    def is_open(self) -> bool:
        return self.status == S.REQUESTED

    @transition(status, source=S.REQUESTED, target=S.GIVEN)
    def give(self, now: datetime, by_id: int | None) -> None:
        """Somebody who may does it."""
        self.decided_at, self.decided_by_id = now, by_id

    @transition(status, source=S.REQUESTED, target=S.REFUSED)
    def refuse(self, now: datetime, by_id: int | None, reason: str) -> None:
        """Somebody who may says no."""
        self.decided_at, self.decided_by_id, self.reason = now, by_id, reason

    @transition(status, source=S.REQUESTED, target=S.WITHDRAWN)
    def withdraw(self, now: datetime, by_id: int | None) -> None:
        """Not wanted any more, or what it was asked for is no longer what it was."""
        self.decided_at, self.decided_by_id = now, by_id
