"""Ways to look at a list that were kept: a name for an address (desk spec, "Ticket list" and "Lists")."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership, ScopedManager, ScopedQuerySet, TenantModel
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key
from tickets.models.desk import Queue, QueueMember


class SavedViewQuerySet(ScopedQuerySet):
    def visible_to(self, actor: Actor) -> SavedViewQuerySet:
        """The actor's own views, those of the queues they work, and the company's. Nobody reads another team's."""
        return self.seen_by(actor.membership_id)

    def seen_by(self, member_id: int | None) -> SavedViewQuerySet:
        """Those of one member, as `visible_to` says."""
        worked = QueueMember.objects.filter(member_id=member_id).values("queue_id")
        return self.filter(Q(member_id=member_id) | Q(queue_id__in=worked) | Q(member=None, queue=None))


class SavedView(TenantModel):
    """One saved view: the list it belongs to and which of its views it narrows, its name, and the query that shows it.

    It is one member's, or a team's (of those who work a queue), or, with neither, everybody's. The query is read by
    the list engine like any other address, for whoever opens it: it grants nothing.
    """

    member = OwnKey(Membership, models.CASCADE, null=True)
    queue = OwnKey(Queue, models.CASCADE, null=True)
    list = models.CharField(max_length=40)
    view = models.CharField(max_length=40, blank=True)
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(max_length=1000, blank=True)
    saved_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[Any] = ScopedManager.from_queryset(SavedViewQuerySet)()

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("member", "queue"),
            models.UniqueConstraint(fields=["tenant", "member", "list", "name"], name="a_view_has_its_own_name"),
            models.UniqueConstraint(fields=["tenant", "queue", "list", "name"], name="a_teams_view_has_its_own_name"),
            models.UniqueConstraint(
                fields=["tenant", "list", "name"],
                condition=Q(member=None, queue=None),
                name="a_companys_view_has_its_own_name",
            ),
            models.CheckConstraint(condition=Q(member=None) | Q(queue=None), name="a_view_is_one_persons_or_one_teams"),
            models.CheckConstraint(condition=~Q(name=""), name="a_view_has_a_name"),
        ]

    @property
    def is_personal(self) -> bool:
        return self.member_id is not None
