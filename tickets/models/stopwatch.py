"""A member's running time on a ticket: what is not yet a time entry (IT house spec, "Time entries")."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from psa.tenancy.models import Membership, TenantModel
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key
from tickets.models.ticket import Ticket


class Stopwatch(TenantModel):
    """Time one member has on one ticket and did not log: `seconds` of earlier runs, and a run since `running_since`.

    Nothing ticks: what it shows is worked out when it is looked at, so no restart costs a second. It ends with the time
    entry made from it, in one transaction, or by being discarded. `version` moves with every start and pause.
    """

    member = OwnKey(Membership, models.CASCADE)
    ticket = OwnKey(Ticket, models.CASCADE)
    seconds = models.PositiveIntegerField(default=0)
    running_since = models.DateTimeField(null=True, blank=True)
    first_started_at = models.DateTimeField()
    last_stopped_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("member", "ticket"),
            models.UniqueConstraint(
                fields=["tenant", "member"],
                condition=Q(running_since__isnull=False),
                name="a_member_has_one_running_stopwatch",
            ),
            models.UniqueConstraint(
                fields=["tenant", "member", "ticket"], name="a_member_has_one_stopwatch_for_a_ticket"
            ),
        ]

    @property
    def is_running(self) -> bool:
        return self.running_since is not None

    def elapsed(self, now: datetime) -> int:
        """Whole seconds on it at this moment. A clock that was set back takes nothing off."""
        run = int((now - self.running_since).total_seconds()) if self.running_since else 0
        return self.seconds + max(0, run)

    def minutes(self, now: datetime) -> int:
        """What would be logged now: rounded up to the minute, and at least one."""
        return max(1, -(-self.elapsed(now) // 60))
