"""Calendars of a tenant, and each as it stood before it was changed."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from psa.calendars import business, windows
from psa.tenancy.actor import Actor
from psa.tenancy.models import ScopedManager, ScopedQuerySet, TenantModel
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key

OFFICE = ((8 * 60, 17 * 60),)


def office_week() -> list[Any]:
    """Monday to Friday, eight to five."""
    return [*([[list(one) for one in OFFICE]] * 5), [], []]


class Working(models.Model):
    """When somebody works: zone, country and region (their holidays), the week's windows in minutes of the day for each
    weekday from Monday, and days of one's own by date: `{"label": …, "windows": […]}`, None for the usual hours."""

    time_zone = models.CharField(_("time zone"), max_length=50, default="UTC")
    country = models.CharField(_("country"), max_length=2, blank=True)
    region = models.CharField(_("region"), max_length=20, blank=True)
    week = models.JSONField(default=office_week)
    days = models.JSONField(default=dict)

    class Meta:
        abstract = True

    @property
    def rules(self) -> business.Rules:
        """What business time is counted by."""
        week = tuple([windows.plain(one) for one in self.week])
        own = ((date.fromisoformat(day), one["windows"]) for day, one in sorted(self.days.items()))
        days = tuple([(day, None if found is None else windows.plain(found)) for day, found in own])
        return business.rules(self.time_zone, self.country, self.region, week, days)


class CalendarQuerySet(ScopedQuerySet):
    def visible_to(self, actor: Actor) -> Any:
        """All of them for who manages calendars, else none."""
        return self if actor.can("calendar.manage") else self.none()


class Calendar(Working, TenantModel):
    """A calendar as it stands. The tenant has one that counts wherever nobody names another."""

    name = models.CharField(_("name"), max_length=80)
    is_default = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    objects: ClassVar[Any] = ScopedManager.from_queryset(CalendarQuerySet)()

    class Meta(TenantModel.Meta):
        ordering = ["-is_default", "name"]
        constraints = [
            tenant_key(),
            models.UniqueConstraint(fields=["tenant", "name"], name="a_calendar_is_named_once"),
            models.UniqueConstraint(
                fields=["tenant"], condition=Q(is_default=True), name="a_tenant_has_one_default_calendar"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CalendarVersion(Working, TenantModel):
    """A calendar as it stood from `made_at` until its next version: what was measured by it stays measured."""

    calendar = OwnKey(Calendar, models.CASCADE)
    number = models.PositiveIntegerField()
    made_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("calendar"),
            models.UniqueConstraint(
                fields=["tenant", "calendar", "number"], name="a_version_of_a_calendar_is_made_once"
            ),
        ]
