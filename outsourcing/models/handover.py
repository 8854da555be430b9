"""The handover: one ticket outsourced once, to one partner. One machine, read from two sides (outsourcing spec §4).

These rows have two readers, so they hold only what both may read, and they point at nobody's ticket.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from outsourcing.models.partnership import Partnership
from psa.fsm import StateField, StateMachine, transition
from psa.looks import Look
from psa.tenancy.models import ScopedManager, ScopedModel, ScopedQuerySet, Tenant
from psa.tenancy.rows import RowClass, two_party
from psa.tenancy.same_tenant import OwnKey, SameTenant, tenant_key

PARTIES = (("lead", "lead"), ("service", "service"))


class Side(models.TextChoices):
    """Whose move it was, whose reading it is."""

    LEAD = "lead", _("Lead partner")
    SERVICE = "service", _("Service partner")


class HandoverStatus(models.TextChoices):
    """How far a handover is, as the lead reads it."""

    UNSENT = "unsent", _("Unsent")
    ASSIGNED = "assigned", _("Assigned")
    ACCEPTED = "accepted", _("Accepted")
    IN_PROGRESS = "in_progress", _("In progress")
    WAITING_APPROVAL = "waiting_approval", _("Waiting approval")
    COMPLETE = "complete", _("Complete")
    RETURNED = "returned", _("Returned")
    DECLINED = "declined", _("Declined")
    CANCELED = "canceled", _("Canceled")
    EXPIRED = "expired", _("Expired")
    DISCARDED = "discarded", _("Discarded")


S = HandoverStatus

# The service partner's words where they differ.
SERVICE_LABELS = {
    S.ASSIGNED: pgettext_lazy("insource status", "Waiting acceptance"),
    S.ACCEPTED: pgettext_lazy("insource status", "In progress"),
}

# The group says who is to act: the lead, the service partner, or nobody any more.
HANDOVER_LOOKS = {
    S.UNSENT: Look("gray", "pencil", "lead"),
    S.ASSIGNED: Look("amber", "send", "service"),
    S.ACCEPTED: Look("teal", "handshake", "service"),
    S.IN_PROGRESS: Look("teal", "circle-play", "service"),
    S.WAITING_APPROVAL: Look("violet", "signature", "lead"),
    S.COMPLETE: Look("green", "circle-check"),
    S.RETURNED: Look("gray", "undo-2"),
    S.DECLINED: Look("red", "circle-x"),
    S.CANCELED: Look("gray", "ban"),
    S.EXPIRED: Look("gray", "clock"),
    S.DISCARDED: Look("gray", "trash-2"),
}

ACTIVE = (S.UNSENT, S.ASSIGNED, S.ACCEPTED, S.IN_PROGRESS, S.WAITING_APPROVAL)
RUNNING = (S.ACCEPTED, S.IN_PROGRESS, S.WAITING_APPROVAL)
LIVE = (S.ACCEPTED, S.IN_PROGRESS)
ENDED = (S.COMPLETE, S.RETURNED)
PRIVATE = (S.UNSENT, S.DISCARDED)


class HandoverQuerySet(ScopedQuerySet):
    def running(self) -> HandoverQuerySet:
        return self.filter(status__in=RUNNING)

    def active(self) -> HandoverQuerySet:
        return self.filter(status__in=ACTIVE)


class Handover(StateMachine, ScopedModel):
    """One ticket outsourced once. What the lead has not sent does not exist for the service partner.

    Kept for the scorecards, so that they read these rows and no others (§8): `is_right` until a submission is rejected
    or the work is handed over again as rework; the minutes to bill of the statement that was written first, and those
    its terms authorised.
    """

    row_class: ClassVar[RowClass] = two_party(
        "lead", "service", second_sees=~Q(status__in=PRIVATE), inserted_by=("lead",)
    )

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partnership = OwnKey(Partnership, models.PROTECT)
    lead = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    service = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    lead_name = models.CharField(max_length=120)
    service_name = models.CharField(max_length=120)
    status = StateField(choices=HandoverStatus, default=HandoverStatus.UNSENT)
    lead_number = models.PositiveIntegerField()
    service_number = models.PositiveIntegerField(null=True)
    title = models.CharField(max_length=200)
    terms_version = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    sent_by_name = models.CharField(max_length=120, blank=True)
    answer_by = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    accepted_by_name = models.CharField(max_length=120, blank=True)
    complete_by = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    lead_boundary = models.BigIntegerField(null=True)
    service_boundary = models.BigIntegerField(null=True)
    rework_of = OwnKey("self", models.PROTECT, null=True)
    is_right = models.BooleanField(default=True)
    minutes = models.PositiveIntegerField(null=True)
    minutes_authorised = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[Any] = ScopedManager.from_queryset(HandoverQuerySet)()

    class Meta(ScopedModel.Meta):
        indexes = [
            models.Index(fields=["lead", "status", "-id"], name="handover_by_lead"),
            models.Index(fields=["service", "status", "-id"], name="handover_by_service"),
            models.Index(fields=["lead", "-id"], condition=Q(status__in=ACTIVE), name="active_by_lead"),
            models.Index(fields=["lead", "-sent_at", "-id"], condition=Q(sent_at__isnull=False), name="sent_by_lead"),
            models.Index(
                fields=["service", "-sent_at", "-id"], condition=Q(sent_at__isnull=False), name="sent_by_service"
            ),
        ]
        constraints = [
            tenant_key("lead"),
            tenant_key("service"),
            tenant_key("lead", "service"),
            SameTenant("partnership", owners=PARTIES),
            SameTenant("rework_of", owners=PARTIES),
            models.CheckConstraint(
                condition=Q(status__in=PRIVATE)
                | Q(sent_at__isnull=False, answer_by__isnull=False, terms_version__gt=0),
                name="what_is_sent_has_terms_and_an_answer_by",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[*RUNNING, *ENDED])
                | Q(accepted_at__isnull=False, service_number__isnull=False),
                name="what_runs_was_accepted",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=ENDED) | Q(ended_at__isnull=False), name="what_ended_knows_when"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lead_name} {self.lead_number} → {self.service_name}"

    @property
    def channel(self) -> str:
        return f"handover:{self.key}"

    def side_of(self, tenant_id: int) -> Side:
        """Which side a party is."""
        return Side.LEAD if tenant_id == self.lead_id else Side.SERVICE

    def partner_name(self, tenant_id: int) -> str:
        """The other company's name."""
        return self.service_name if tenant_id == self.lead_id else self.lead_name

    @property
    def is_running(self) -> bool:
        return self.status in RUNNING

    @property
    def is_live(self) -> bool:
        return self.status in LIVE

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE

    @property
    def is_ended(self) -> bool:
        return self.status in ENDED

    def agree(self, version: int, answer_by: datetime, complete_by: datetime | None) -> None:
        """T16, no move: another version of the terms is in force, with its times."""
        self.terms_version, self.answer_by, self.complete_by = version, answer_by, complete_by

    # The moves T0–T15 (docs/lifecycles.md). Each sets its own columns and nothing else.

    @transition(status, source=S.UNSENT, target=S.DISCARDED)
    def discard(self) -> None:
        """T0: the draft is gone; that there was one stays."""

    @transition(status, source=S.UNSENT, target=S.ASSIGNED)
    def send(self, now: datetime, by_name: str, answer_by: datetime, complete_by: datetime | None) -> None:
        """T2: the partner has the offer, on version 1 of the terms."""
        self.sent_at, self.sent_by_name, self.answer_by, self.complete_by = now, by_name, answer_by, complete_by
        self.terms_version = 1

    @transition(status, source=S.ASSIGNED, target=S.CANCELED)
    def cancel(self, now: datetime) -> None:
        """T3: the lead takes the offer off the table before it was accepted."""
        self.ended_at = now

    @transition(status, source=S.ASSIGNED, target=S.DECLINED)
    def decline(self, now: datetime) -> None:
        """T4: the partner does not want it."""
        self.ended_at = now

    @transition(status, source=S.ASSIGNED, target=S.ACCEPTED)
    def accept(self, now: datetime, by_name: str, number: int) -> None:
        """T5: the partner has a ticket of its own for it."""
        self.accepted_at, self.accepted_by_name, self.service_number = now, by_name, number

    @transition(status, source=S.ASSIGNED, target=S.EXPIRED)
    def expire(self, now: datetime) -> None:
        """T6: nobody answered in time."""
        self.ended_at = now

    @transition(status, source=S.ACCEPTED, target=S.IN_PROGRESS)
    def begin(self) -> None:
        """T7: the service side did something of its own."""

    @transition(status, source=[S.ACCEPTED, S.IN_PROGRESS], target=S.WAITING_APPROVAL)
    def submit(self, now: datetime, lead_boundary: int, service_boundary: int) -> None:
        """T8: "Insourcing complete". The taps close at these boundaries."""
        self.submitted_at, self.lead_boundary, self.service_boundary = now, lead_boundary, service_boundary

    @transition(status, source=S.WAITING_APPROVAL, target=S.IN_PROGRESS)
    def reject(self) -> None:
        """T9: not yet good; the link is live again."""
        self.is_right = False
        self.submitted_at, self.lead_boundary, self.service_boundary = None, None, None

    @transition(status, source=S.WAITING_APPROVAL, target=S.COMPLETE)
    def approve(self, now: datetime) -> None:
        """T10: good."""
        self.ended_at = now

    @transition(status, source=[S.ACCEPTED, S.IN_PROGRESS], target=S.COMPLETE)
    def complete(self, now: datetime) -> None:
        """T11: the lead calls it done without a submission. The same end."""
        self.ended_at = now

    @transition(status, source=[S.ACCEPTED, S.IN_PROGRESS, S.WAITING_APPROVAL], target=S.RETURNED)
    def give_back(self, now: datetime) -> None:
        """T13: the service partner returns it."""
        self.ended_at = now

    @transition(status, source=S.WAITING_APPROVAL, target=S.IN_PROGRESS)
    def recall(self) -> None:
        """T14: the service partner is not done after all."""
        self.submitted_at, self.lead_boundary, self.service_boundary = None, None, None

    @transition(status, source=[S.ACCEPTED, S.IN_PROGRESS, S.WAITING_APPROVAL], target=S.RETURNED)
    def take_back(self, now: datetime) -> None:
        """T15: the lead takes it back."""
        self.ended_at = now


class RateType(models.TextChoices):
    """What the partner is paid by."""

    HOURLY = "hourly", _("Hourly rate")
    FLAT = "flat", _("Flat amount")


class Detail(models.TextChoices):
    """How much of the end customer the partner learns."""

    FULL = "full", _("Company, site and contact")
    SITE = "site", _("Site only")
    NONE = "none", _("Nothing")


class Terms(ScopedModel):
    """One frozen version of what was agreed, and the snapshot of the ticket the insourced one is made from.

    Hours in minutes, money net in `currency`. `items` are the chosen notes and files as they were when it was sent.
    Version 1 is the lead's offer; each later one is written by the side that agreed to a change (T16). What was agreed
    never changes; the end customer's person is taken out of the snapshot when they are erased. The hash stays that of
    what was agreed.
    """

    row_class: ClassVar[RowClass] = RowClass(
        "two-party",
        parties=("lead", "service"),
        append_only=True,
        erasable=("customer", "description", "instructions", "items"),
    )

    handover = OwnKey(Handover, models.PROTECT)
    lead = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    service = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    version = models.PositiveSmallIntegerField()
    sha256 = models.CharField(max_length=64)
    rate_type = models.CharField(max_length=10, choices=RateType)
    currency = models.CharField(max_length=3)
    cost_rate = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    flat_amount = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    step_minutes = models.PositiveSmallIntegerField(default=0)
    authorised_minutes = models.PositiveIntegerField(default=0)
    authorised_charges = models.DecimalField(max_digits=12, decimal_places=2, default=Decimal(0))
    not_to_exceed = models.BooleanField(default=False)
    answer_by = models.DateTimeField()
    complete_by = models.DateTimeField(null=True)
    instructions = models.TextField(blank=True)
    is_on_site = models.BooleanField(default=False)
    shares_effort = models.BooleanField(default=False)
    detail = models.CharField(max_length=5, choices=Detail, default=Detail.SITE)
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    priority = models.PositiveSmallIntegerField()
    customer = models.JSONField(default=dict)
    lead_contact = models.JSONField(default=dict)
    items = models.JSONField(default=list)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta(ScopedModel.Meta):
        constraints = [
            SameTenant("handover", owners=PARTIES),
            models.UniqueConstraint(fields=["handover", "version"], name="a_version_of_the_terms_is_agreed_once"),
            models.CheckConstraint(
                condition=Q(rate_type="hourly", cost_rate__isnull=False, flat_amount=None)
                | Q(rate_type="flat", flat_amount__isnull=False, cost_rate=None),
                name="terms_are_hourly_or_flat",
            ),
        ]

    @property
    def total(self) -> Decimal:
        """What the lead authorised in all: labour and charges, net, in `currency`, to the cent."""
        return total(self.rate_type, self.cost_rate, self.flat_amount, self.authorised_minutes, self.authorised_charges)


def total(
    rate_type: str, cost_rate: Decimal | None, flat_amount: Decimal | None, minutes: int, charges: Decimal
) -> Decimal:
    """Authorised labour and charges together, net, to the cent (outsourcing spec §5 "total")."""
    labour = flat_amount if rate_type == RateType.FLAT else Decimal(minutes) / 60 * (cost_rate or Decimal(0))
    return ((labour or Decimal(0)) + charges).quantize(Decimal("0.01"))


class Move(ScopedModel):
    """One row of a handover's history: who moved it, from where to where, why, when, how. Never changed."""

    row_class: ClassVar[RowClass] = RowClass(
        "two-party",
        parties=("lead", "service"),
        unless=(("service", Q(is_shared=False)),),
        append_only=True,
        erasable=("reason", "data"),
    )

    handover = OwnKey(Handover, models.PROTECT)
    lead = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    service = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=20)
    side = models.CharField(max_length=10, choices=Side, blank=True)
    by_name = models.CharField(max_length=120)
    from_status = models.CharField(max_length=20, blank=True)
    to_status = models.CharField(max_length=20)
    reason = models.TextField(blank=True)
    data = models.JSONField(default=dict)
    channel = models.CharField(max_length=20)
    is_shared = models.BooleanField(default=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta(ScopedModel.Meta):
        ordering = ["id"]
        indexes = [models.Index(fields=["handover", "id"], name="move_by_handover")]
        constraints = [SameTenant("handover", owners=PARTIES)]
