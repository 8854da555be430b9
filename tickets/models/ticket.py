"""The ticket: one request, from the moment it is asked until it is settled."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from psa.directory.models import Company, Contact, Location
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership, ScopedManager, ScopedQuerySet, TenantModel
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key
from tickets.models import life
from tickets.models.desk import Category, Priority, Queue, QueueMember, TicketType
from tickets.models.life import Life

# A ticket without a deadline sorts behind every ticket with one.
NO_DEADLINE = datetime(9999, 12, 31, tzinfo=UTC)


class Source(models.TextChoices):
    """How a ticket came in."""

    PHONE = "phone", _("Phone")
    EMAIL = "email", _("E-mail")
    PORTAL = "portal", _("Portal")
    MONITORING = "monitoring", _("Monitoring")
    ORDER = "order", pgettext_lazy("sales", "Order")
    INSOURCED = "insourced", _("Insourced")
    OTHER = "other", _("Other")


def _within(member_id: int | None, reach: str) -> Q:
    """What a reach covers without asking who watches."""
    if reach == "all":
        return Q()
    if reach not in {"queues", "mine", "own"}:
        return Q(pk__in=[])
    mine = Q(assignee_id=member_id) | Q(created_by_id=member_id)
    mine |= Q(pk__in=CoAssignee.objects.filter(member_id=member_id).values("ticket_id"))
    if reach == "queues":
        worked = QueueMember.objects.filter(member_id=member_id).values("queue_id")
        return mine | Q(queue_id__in=worked)
    return mine


class TicketQuerySet(ScopedQuerySet):
    def visible_to(self, actor: Actor) -> TicketQuerySet:
        """The tickets a member may see: all, those of their queues and their own, or their own; no deleted ones."""
        return self.seen_by(actor.membership_id, actor.can("ticket.view"))

    def seen_by(self, member_id: int | None, reach: str) -> TicketQuerySet:
        """The same, of a member whose sight reaches so far."""
        return self.filter(_within(member_id, reach), deleted_at=None)

    def reached_by(self, actor: Actor, reach: str) -> TicketQuerySet:
        """The tickets a right of this reach covers for this member. What one watches is one's own for as long as one
        may see it; watching shows nothing."""
        member_id, sight = actor.membership_id, actor.can("ticket.view")
        if reach in {"all", "", sight}:
            return self.filter(_within(member_id, reach))
        watched = Q(pk__in=Watcher.objects.filter(member_id=member_id).values("ticket_id"))
        return self.filter(_within(member_id, reach) | (watched & _within(member_id, sight)))

    def unresolved(self) -> TicketQuerySet:
        return self.filter(is_open=True)


class Ticket(Life, TenantModel):
    """A request for help at one tenant's desk. A ticket a partner works on is two tickets, ours and theirs."""

    number = models.PositiveIntegerField(_("number"))
    key = models.UUIDField(default=uuid.uuid4, editable=False)
    title = models.CharField(_("title"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    company = OwnKey(Company, models.PROTECT, verbose_name=_("company"))
    contact = OwnKey(Contact, models.SET_NULL, null=True, blank=True, verbose_name=_("contact"))
    location = OwnKey(Location, models.SET_NULL, null=True, blank=True, verbose_name=_("location"))
    queue = OwnKey(Queue, models.PROTECT, verbose_name=_("queue"))
    category = OwnKey(Category, models.PROTECT, null=True, blank=True, verbose_name=_("category"))
    type = OwnKey(TicketType, models.PROTECT, null=True, blank=True, verbose_name=_("type"))
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority, default=Priority.NORMAL)
    source = models.CharField(_("source"), max_length=12, choices=Source, default=Source.PHONE)
    assignee = OwnKey(Membership, models.PROTECT, null=True, blank=True, verbose_name=_("assignee"))
    created_by = OwnKey(Membership, models.PROTECT, null=True, blank=True)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    planned_minutes = models.PositiveIntegerField(_("planned minutes"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    next_deadline = models.DateTimeField(default=NO_DEADLINE)
    last_activity = models.DateTimeField(default=timezone.now)
    checklist_done = models.PositiveSmallIntegerField(default=0)
    checklist_total = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    # Both numbers lead to the survivor, which has not been merged itself.
    merged_into = OwnKey("self", models.PROTECT, null=True, blank=True, related_name="merged")
    deleted_at = models.DateTimeField(null=True, blank=True)
    deleted_reason = models.CharField(max_length=500, blank=True)

    objects: ClassVar[Any] = ScopedManager.from_queryset(TicketQuerySet)()

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant", "next_deadline", "id"], condition=Q(is_open=True), name="open_by_deadline"),
            models.Index(
                fields=["tenant", "assignee", "next_deadline", "id"], condition=Q(is_open=True), name="open_by_assignee"
            ),
            models.Index(
                fields=["tenant", "queue", "next_deadline", "id"], condition=Q(is_open=True), name="open_by_queue"
            ),
            models.Index(fields=["tenant", "-last_activity", "-id"], name="ticket_by_activity"),
            models.Index(fields=["tenant", "company", "-id"], name="ticket_by_company"),
            models.Index(
                fields=["tenant", "merged_into"], condition=Q(merged_into__isnull=False), name="merged_by_survivor"
            ),
        ]
        constraints = [
            tenant_key(),
            *same_tenant(
                "company",
                "contact",
                "location",
                "queue",
                "category",
                "type",
                "assignee",
                "created_by",
                "merged_into",
                "acceptance",
            ),
            models.UniqueConstraint(fields=["tenant", "number"], name="a_ticket_number_is_given_once"),
            models.UniqueConstraint(fields=["tenant", "key"], name="a_ticket_key_is_given_once"),
            *life.constraints(),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("tickets:page", args=[self.tenant.slug, self.number])


class CoAssignee(TenantModel):
    """Somebody who works on a ticket beside its assignee; it is one of theirs, too."""

    ticket = OwnKey(Ticket, models.CASCADE)
    member = OwnKey(Membership, models.CASCADE)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("ticket", "member"),
            models.UniqueConstraint(fields=["tenant", "member", "ticket"], name="a_member_helps_on_a_ticket_once"),
        ]


class Watcher(TenantModel):
    """A member who wants to hear what happens on a ticket. Watching gives no sight: who lost it hears nothing.
    What one sees and watches is one's own (the reach *mine*)."""

    ticket = OwnKey(Ticket, models.CASCADE)
    member = OwnKey(Membership, models.CASCADE)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("ticket", "member"),
            models.UniqueConstraint(fields=["tenant", "ticket", "member"], name="a_member_watches_a_ticket_once"),
        ]
