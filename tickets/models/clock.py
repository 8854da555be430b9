"""How long a promise has left: a clock for each target of a service level, and the spans it ran and was paused."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from psa.calendars.models import Calendar
from psa.directory.models import ServiceLevel
from psa.tenancy.models import TenantModel
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key
from tickets.models.ticket import Ticket


class ClockKind(models.TextChoices):
    """What is promised (lifecycle spec, "Calendars and SLA")."""

    RESPONSE = "response", _("Response")
    START = "start", _("Start of work")
    RESOLUTION = "resolution", _("Resolution")


class Clock(TenantModel):
    """One target of a ticket. What is worked until it is met counts; what the customer keeps it waiting does not.

    `target_seconds` of working time are promised, None while nothing is; `spent_seconds` stand in closed spans.
    `agreed_until` is the moment the customer was told, which the target was made of. While it runs, `warn_at` (three
    quarters) and `due_at` say when that much is spent if it goes on running. `stale_since`: what it counts by was
    changed then, and it is to be brought up to date.
    """

    ticket = OwnKey(Ticket, models.CASCADE)
    kind = models.CharField(max_length=12, choices=ClockKind)
    level = OwnKey(ServiceLevel, models.SET_NULL, null=True)
    target_seconds = models.PositiveIntegerField(null=True)
    spent_seconds = models.PositiveIntegerField(default=0)
    agreed_until = models.DateTimeField(null=True)
    warn_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    warned_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True)
    met_at = models.DateTimeField(null=True)
    stale_since = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant", "ticket"], condition=~Q(stale_since=None), name="stale_clocks"),
        ]
        constraints = [
            tenant_key(),
            *same_tenant("ticket", "level"),
            models.UniqueConstraint(fields=["tenant", "ticket", "kind"], name="a_ticket_has_one_clock_of_a_kind"),
            models.CheckConstraint(
                condition=Q(due_at=None, warn_at=None) | Q(due_at__isnull=False, warn_at__isnull=False, met_at=None),
                name="a_clock_that_is_met_does_not_run",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.kind}"


class Span(TenantModel):
    """A stretch in which a clock ran, or was paused because of the ticket's status `why`. Closed, it keeps its seconds.

    A run counts by its calendar as it stood (`version`) when it began.
    """

    clock = OwnKey(Clock, models.CASCADE)
    is_pause = models.BooleanField(default=False)
    why = models.CharField(max_length=40)
    calendar = OwnKey(Calendar, models.PROTECT)
    version = models.PositiveIntegerField()
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    seconds = models.PositiveIntegerField(default=0)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant", "clock", "began_at"], name="span_by_clock"),
            models.Index(fields=["tenant", "calendar"], condition=Q(ended_at=None), name="open_span_by_calendar"),
        ]
        constraints = [
            tenant_key(),
            *same_tenant("clock", "calendar"),
            models.UniqueConstraint(
                fields=["tenant", "clock"], condition=Q(ended_at=None), name="a_clock_is_in_one_span_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("began_at")), name="a_span_does_not_end_before_it_begins"
            ),
            models.CheckConstraint(condition=Q(is_pause=False) | Q(seconds=0), name="a_pause_is_not_counted"),
        ]
