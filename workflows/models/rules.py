"""Rules: what happens by itself, when and on which tickets; and what became of it each time."""

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
from tickets.models import Ticket

# How often a rule may run in an hour until somebody says otherwise, and at most.
USUAL_LIMIT, HIGHEST_LIMIT = 60, 1000


class RuleQuerySet(ScopedQuerySet):
    def visible_to(self, actor: Actor) -> RuleQuerySet:
        """All of them for whoever manages rules, else none; the deleted ones are gone."""
        return self.filter(deleted_at=None) if actor.can("rule.manage") else self.none()

    def deleted_for(self, actor: Actor) -> RuleQuerySet:
        """Those that can be taken back, for whoever manages rules."""
        return self.exclude(deleted_at=None) if actor.can("rule.manage") else self.none()

    def standing(self) -> RuleQuerySet:
        """Those that run: switched on, not paused by their limit, not deleted."""
        return self.filter(is_active=True, paused_at=None, deleted_at=None)


class Rule(TenantModel):
    """When `event` happens and the conditions hold, the steps are made, one after the other (desk spec, "automation").

    `conditions`, `steps` and what the event takes (`setting`) are plain data of workflows.rules; rows are named in them
    by id and looked up in the tenant each time. `scanned_to`: up to here the clock was looked at, for rules that wait
    for a moment. `paused_at`: it ran into its limit and waits for somebody.
    """

    name = models.CharField(_("name"), max_length=80)
    is_active = models.BooleanField(default=False)
    event = models.CharField(max_length=60)
    setting = models.JSONField(default=dict)
    conditions = models.JSONField(default=dict)
    steps = models.JSONField(default=list)
    position = models.PositiveIntegerField(default=0)
    limit = models.PositiveSmallIntegerField(default=USUAL_LIMIT)
    version = models.PositiveIntegerField(default=1)
    scanned_to = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    changed_by = OwnKey(Membership, models.PROTECT, null=True)
    changed_at = models.DateTimeField(default=timezone.now)
    deleted_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = ScopedManager.from_queryset(RuleQuerySet)()

    class Meta(TenantModel.Meta):
        ordering = ["position", "id"]
        indexes = [
            models.Index(
                fields=["tenant", "event"],
                condition=Q(is_active=True, paused_at=None, deleted_at=None),
                name="rule_by_event",
            )
        ]
        constraints = [
            tenant_key(),
            *same_tenant("changed_by"),
            models.CheckConstraint(condition=~Q(name=""), name="a_rule_has_a_name"),
            models.CheckConstraint(condition=Q(limit__gte=1, limit__lte=HIGHEST_LIMIT), name="a_rule_has_a_limit"),
            models.CheckConstraint(
                condition=Q(deleted_at=None) | Q(is_active=False), name="a_deleted_rule_is_switched_off"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RunOutcome(models.TextChoices):
    """What became of one run."""

    DONE = "done", _("Done")
    PARTLY = "partly", _("Partly done")
    REFUSED = "refused", _("Refused")
    FAILED = "failed", _("Failed")
    LOOP = "loop", _("Stopped: loop")
    LIMIT = "limit", _("Stopped: limit")


RUN_LOOKS = {
    RunOutcome.DONE: Look("green", "circle-check"),
    RunOutcome.PARTLY: Look("amber", "triangle-alert"),
    RunOutcome.REFUSED: Look("amber", "ban"),
    RunOutcome.FAILED: Look("red", "circle-alert"),
    RunOutcome.LOOP: Look("red", "rotate-ccw"),
    RunOutcome.LIMIT: Look("red", "pause"),
}
TROUBLES = (RunOutcome.PARTLY, RunOutcome.REFUSED, RunOutcome.FAILED, RunOutcome.LOOP, RunOutcome.LIMIT)


class RuleRunQuerySet(ScopedQuerySet):
    def visible_to(self, actor: Actor) -> RuleRunQuerySet:
        """All of them for whoever manages rules, else none."""
        return self.all() if actor.can("rule.manage") else self.none()


class RuleRun(TenantModel):
    """One run of a rule whose conditions held: on which ticket or handover, because of which entry, and what each step
    did, or why not. `rule_name` and `version` are the rule's of that moment; `took` is in milliseconds. Kept for
    the time RuleSettings says."""

    rule = OwnKey(Rule, models.CASCADE, related_name="runs")
    rule_name = models.CharField(max_length=80)
    version = models.PositiveIntegerField()
    event = models.CharField(max_length=60)
    ticket = OwnKey(Ticket, models.CASCADE, null=True)
    handover = models.UUIDField(null=True)
    entry_id = models.BigIntegerField()
    depth = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(max_length=10, choices=RunOutcome)
    steps = models.JSONField(default=list)
    took = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[Any] = ScopedManager.from_queryset(RuleRunQuerySet)()

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant", "rule", "-id"], name="run_by_rule"),
            models.Index(fields=["tenant", "-id"], name="run_by_time"),
            models.Index(fields=["tenant", "entry_id"], name="run_by_entry"),
            models.Index(fields=["tenant", "at"], name="run_by_age"),
        ]
        constraints = [
            tenant_key(),
            *same_tenant("rule", "ticket"),
            models.UniqueConstraint(fields=["tenant", "rule", "entry_id"], name="a_rule_runs_once_for_an_entry"),
        ]


class RuleSettings(TenantModel):
    """A company's switch for all its rules, and for how many days it keeps their runs."""

    is_stopped = models.BooleanField(default=False)
    stopped_at = models.DateTimeField(null=True)
    stopped_by = OwnKey(Membership, models.PROTECT, null=True)
    keeps_days = models.PositiveSmallIntegerField(default=90)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("stopped_by"),
            models.UniqueConstraint(fields=["tenant"], name="a_company_has_one_switch_for_its_rules"),
        ]
