"""Text modules: wording written once and used often, in as many languages as its readers have."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from psa.looks import Look
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership, ScopedManager, ScopedQuerySet, TenantModel
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key
from tickets.models.desk import Queue, QueueMember


class TextKind(models.TextChoices):
    """Where a text module is used (house spec, "Text modules")."""

    TICKET = "ticket", _("Ticket text")
    TIME = "time", _("Time entry text")
    MAIL = "mail", _("Mail to the customer")
    SOLUTION = "solution", _("Solution")


TEXT_KIND_LOOKS = {
    TextKind.TICKET: Look("blue", "ticket"),
    TextKind.TIME: Look("violet", "timer"),
    TextKind.MAIL: Look("teal", "mail"),
    TextKind.SOLUTION: Look("green", "circle-check"),
}


class TextModuleQuerySet(ScopedQuerySet):
    def visible_to(self, actor: Actor) -> TextModuleQuerySet:
        """The company's, those of the queues one works (whoever manages text modules: of all queues), and one's own."""
        teams = Q(queue__isnull=False)
        if not actor.can("textmodule.manage"):
            teams &= Q(queue_id__in=QueueMember.objects.filter(member_id=actor.membership_id).values("queue_id"))
        return self.filter(Q(queue=None, member=None) | teams | Q(member_id=actor.membership_id, member__isnull=False))

    def editable_by(self, actor: Actor) -> TextModuleQuerySet:
        """One's own, and whoever manages text modules all but other people's own."""
        own = Q(member_id=actor.membership_id, member__isnull=False)
        return self.filter(own | Q(member=None) if actor.can("textmodule.manage") else own)


class TextModule(TenantModel):
    """One piece of wording: the company's, a team's (its queue) or one member's own."""

    kind = models.CharField(_("kind"), max_length=10, choices=TextKind)
    name = models.CharField(_("name"), max_length=80)
    keyword = models.CharField(_("keyword"), max_length=30, blank=True)
    queue = OwnKey(Queue, models.PROTECT, null=True, blank=True, verbose_name=_("queue"))
    member = OwnKey(Membership, models.CASCADE, null=True, blank=True)
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)
    search_text = models.TextField(blank=True)
    changed_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[Any] = ScopedManager.from_queryset(TextModuleQuerySet)()

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "kind", "name", "id"], name="text_module_by_kind")]
        constraints = [
            tenant_key(),
            *same_tenant("queue", "member"),
            models.CheckConstraint(condition=~Q(name=""), name="a_text_module_has_a_name"),
            models.CheckConstraint(
                condition=Q(queue=None) | Q(member=None), name="a_text_module_is_a_teams_or_ones_own"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TextVariant(TenantModel):
    """What a text module says in one language."""

    module = OwnKey(TextModule, models.CASCADE)
    language = models.CharField(_("language"), max_length=5)
    text = models.TextField(_("text"))

    class Meta(TenantModel.Meta):
        ordering = ["language"]
        constraints = [
            tenant_key(),
            *same_tenant("module"),
            models.UniqueConstraint(
                fields=["tenant", "module", "language"], name="a_text_module_says_it_once_a_language"
            ),
            models.CheckConstraint(condition=~Q(text=""), name="a_variant_says_something"),
        ]
