"""When somebody is where: visits and other appointments of a ticket (it-house spec, "On-site appointments")."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from psa.directory.models import Contact, Location
from psa.fsm import StateField, StateMachine, transition
from psa.looks import Look
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership, ScopedManager, ScopedQuerySet, TenantModel
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key
from tickets.models.ticket import Ticket


class AppointmentStatus(models.TextChoices):
    """How far it is."""

    PLANNED = "planned", _("Planned")
    STARTED = "started", _("Under way")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", pgettext_lazy("appointment", "Cancelled")


APPOINTMENT_LOOKS = {
    AppointmentStatus.PLANNED: Look("blue", "calendar-clock"),
    AppointmentStatus.STARTED: Look("amber", "map-pin"),
    AppointmentStatus.DONE: Look("green", "circle-check"),
    AppointmentStatus.CANCELLED: Look("gray", "ban"),
}
A = AppointmentStatus


class AppointmentQuerySet(ScopedQuerySet):
    def visible_to(self, actor: Actor) -> Any:
        """Those of the tickets one may see, and one's own."""
        seen = Q(ticket__in=Ticket.objects.visible_to(actor))
        own = AppointmentPerson.objects.filter(appointment=OuterRef("pk"), member=actor.membership_id)
        return self.filter(seen | Q(Exists(own)))


class Appointment(StateMachine, TenantModel):
    """A window of time in which people of ours work for a ticket, at a place if it is on site. Moments are aware.

    `version` counts its changes: a form that shows an older one is told so. The feed names it by `key`.
    """

    key = models.UUIDField(default=uuid.uuid4, editable=False)
    ticket = OwnKey(Ticket, models.PROTECT, verbose_name=_("ticket"))
    status = StateField(_("status"), choices=AppointmentStatus, default=AppointmentStatus.PLANNED)
    title = models.CharField(_("title"), max_length=160, blank=True)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    is_on_site = models.BooleanField(_("on site"), default=True)
    location = OwnKey(Location, models.SET_NULL, null=True, blank=True, verbose_name=_("location"))
    address = models.CharField(_("address"), max_length=300, blank=True)
    contact = OwnKey(Contact, models.SET_NULL, null=True, blank=True, verbose_name=_("contact"))
    material = models.TextField(_("planned material"), blank=True)
    note = models.TextField(_("note"), blank=True)
    late_reason = models.TextField(_("why at such short notice"), blank=True)
    override_reason = models.TextField(_("why without a delivery note"), blank=True)
    version = models.PositiveIntegerField(default=1)
    created_by = OwnKey(Membership, models.PROTECT, null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = ScopedManager.from_queryset(AppointmentQuerySet)()

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant", "starts_at"], name="appointment_by_time"),
            models.Index(fields=["tenant", "ticket"], name="appointment_by_ticket"),
        ]
        constraints = [
            tenant_key(),
            *same_tenant("ticket", "location", "contact", "created_by"),
            models.UniqueConstraint(fields=["tenant", "key"], name="an_appointment_key_is_given_once"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="an_appointment_ends_after_it_begins"),
            models.CheckConstraint(
                condition=Q(status="planned", ended_at=None) | ~Q(status="planned"),
                name="a_planned_appointment_is_not_over",
            ),
        ]

    def __str__(self) -> str:
        return self.title or str(self.ticket_id)

    @transition(status, source=A.PLANNED, target=A.STARTED)
    def start(self, now: datetime) -> None:
        """Somebody is there."""
        self.started_at = now

    @transition(status, source=[A.PLANNED, A.STARTED], target=A.DONE)
    def finish(self, now: datetime) -> None:
        """The visit is over."""
        self.ended_at = now

    @transition(status, source=A.PLANNED, target=A.CANCELLED)
    def cancel(self, now: datetime) -> None:
        """It does not take place."""
        self.ended_at = now


class AppointmentPerson(TenantModel):
    """Who goes."""

    appointment = OwnKey(Appointment, models.CASCADE)
    member = OwnKey(Membership, models.PROTECT)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "member", "appointment"], name="appointment_of_person")]
        constraints = [
            tenant_key(),
            *same_tenant("appointment", "member"),
            models.UniqueConstraint(
                fields=["tenant", "appointment", "member"], name="a_person_is_at_an_appointment_once"
            ),
        ]


class CalendarFeed(TenantModel):
    """The secret address at which a member's own calendar program reads their appointments. Only its hash is kept."""

    member = OwnKey(Membership, models.CASCADE)
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("member"),
            models.UniqueConstraint(fields=["tenant", "member"], name="a_member_has_one_feed"),
        ]
