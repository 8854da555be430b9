"""How a tenant sorts its tickets: queues and who works them, categories, priorities, and the numbers."""

from __future__ import annotations

from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from psa.looks import Look
from psa.tenancy.models import Membership, TenantModel
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key


class Queue(TenantModel):
    """Where tickets wait for whoever works them."""

    name = models.CharField(_("name"), max_length=80)
    is_default = models.BooleanField(_("default"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta(TenantModel.Meta):
        ordering = ["position", "name"]
        constraints = [
            tenant_key(),
            models.UniqueConstraint(fields=["tenant", "name"], name="a_queue_is_named_once"),
            models.UniqueConstraint(
                fields=["tenant"], condition=models.Q(is_default=True), name="a_tenant_has_one_default_queue"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class QueueMember(TenantModel):
    """A member who works a queue: its tickets are among "my queues"."""

    queue = OwnKey(Queue, models.CASCADE)
    member = OwnKey(Membership, models.CASCADE)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("queue", "member"),
            models.UniqueConstraint(fields=["tenant", "member", "queue"], name="a_member_works_a_queue_once"),
        ]


class Priority(models.IntegerChoices):
    """How much it hurts. Lower is sooner."""

    CRITICAL = 1, _("Critical")
    HIGH = 2, _("High")
    NORMAL = 3, _("Normal")
    LOW = 4, _("Low")


PRIORITY_LOOKS = {
    Priority.CRITICAL: Look("red", "triangle-alert"),
    Priority.HIGH: Look("amber", "arrow-up"),
    Priority.NORMAL: Look("gray", "arrow-right"),
    Priority.LOW: Look("gray", "arrow-down"),
}


class Requirable(models.TextChoices):
    """What a category may ask for before a ticket of it is saved. The words are the ticket's columns."""

    DESCRIPTION = "description", _("Description")
    CONTACT = "contact", _("Contact")
    LOCATION = "location", _("Location")
    DUE = "due_at", _("Due")
    PLANNED = "planned_minutes", _("Planned time")


class TicketType(TenantModel):
    """What kind of request a ticket is: an incident, a wish, an order. Each tenant has its own words for it."""

    name = models.CharField(_("name"), max_length=80)
    is_active = models.BooleanField(_("active"), default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta(TenantModel.Meta):
        ordering = ["position", "name"]
        constraints = [
            tenant_key(),
            models.UniqueConstraint(fields=["tenant", "name"], name="a_ticket_type_is_named_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Category(TenantModel):
    """What a ticket is about: a main category, or one below it. It says what its tickets begin with and must have."""

    name = models.CharField(_("name"), max_length=80)
    parent = OwnKey("self", models.PROTECT, null=True, blank=True, verbose_name=_("main category"))
    is_active = models.BooleanField(_("active"), default=True)
    position = models.PositiveSmallIntegerField(default=0)
    default_queue = OwnKey(Queue, models.PROTECT, null=True, blank=True, verbose_name=_("queue"))
    default_priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority, null=True, blank=True)
    default_assignee = OwnKey(Membership, models.SET_NULL, null=True, blank=True, verbose_name=_("assignee"))
    required = models.JSONField(_("required fields"), default=list, blank=True)
    needs_acceptance = models.BooleanField(_("the customer accepts the work"), default=False)
    expected_minutes = models.PositiveIntegerField(_("expected minutes"), null=True, blank=True)

    class Meta(TenantModel.Meta):
        ordering = ["position", "name"]
        constraints = [
            tenant_key(),
            *same_tenant("parent", "default_queue", "default_assignee"),
            models.UniqueConstraint(fields=["tenant", "name"], name="a_category_is_named_once"),
        ]

    def __str__(self) -> str:
        return self.name


class NumberRange(TenantModel):
    """The last number given out of one kind. The row's lock makes numbers follow the order of commits."""

    kind = models.SlugField(max_length=30)
    last = models.PositiveBigIntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            models.UniqueConstraint(fields=["tenant", "kind"], name="a_number_range_is_counted_once"),
        ]

    @classmethod
    def next(cls, kind: str) -> int:
        """The next number of `kind` in the tenant in scope, taken in the caller's transaction."""
        ranges = cls.objects.filter(kind=kind)
        if not ranges.update(last=F("last") + 1):
            cls.objects.bulk_create([cls(kind=kind)], ignore_conflicts=True)
            ranges.update(last=F("last") + 1)
        return ranges.values_list("last", flat=True).get()
