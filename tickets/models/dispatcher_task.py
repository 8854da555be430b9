"""What a dispatcher has to decide because a machine may not."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership, ScopedManager, ScopedQuerySet, TenantModel
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key
from tickets.models.ticket import Ticket


class TaskQuerySet(ScopedQuerySet):
    def visible_to(self, actor: Actor) -> Any:
        """Those of the tickets one may see."""
        return self.filter(ticket__in=Ticket.objects.visible_to(actor))

    def open(self) -> Any:
        return self.filter(settled_at=None)


class DispatcherTask(TenantModel):
    """Something on a ticket that waits for a dispatcher's decision: why, since when, and who settled it.

    `code` and `params` are said in the reader's language (tickets/refusals.py); the same one is open once a ticket.
    """

    ticket = OwnKey(Ticket, models.CASCADE)
    code = models.SlugField(max_length=60)
    params = models.JSONField(default=dict)
    raised_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = OwnKey(Membership, models.SET_NULL, null=True, blank=True)

    objects: ClassVar[Any] = ScopedManager.from_queryset(TaskQuerySet)()

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant", "raised_at"], condition=Q(settled_at=None), name="open_dispatcher_tasks")
        ]
        constraints = [
            tenant_key(),
            *same_tenant("ticket", "settled_by"),
            models.UniqueConstraint(
                fields=["tenant", "ticket", "code"], condition=Q(settled_at=None), name="a_task_is_open_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.code}"
