"""Partners: the invitation a lead sends, the partnership both read, and what each side notes about it (spec §3)."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from psa.directory.models import Company, Contact, WorkType
from psa.fsm import StateField, StateMachine, transition
from psa.looks import Look
from psa.tenancy.models import Membership, ScopedModel, Tenant, TenantModel
from psa.tenancy.rows import RowClass, two_party
from psa.tenancy.same_tenant import OwnKey, SameTenant, same_tenant, tenant_key
from tickets.models import Category, ChargeCategory, Queue


class InvitationStatus(models.TextChoices):
    """How far an invitation got."""

    SENT = "sent", _("Sent")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    EXPIRED = "expired", _("Expired")
    WITHDRAWN = "withdrawn", _("Withdrawn")


INVITATION_LOOKS = {
    InvitationStatus.SENT: Look("amber", "mail"),
    InvitationStatus.ACCEPTED: Look("green", "circle-check"),
    InvitationStatus.DECLINED: Look("red", "circle-x"),
    InvitationStatus.EXPIRED: Look("gray", "clock"),
    InvitationStatus.WITHDRAWN: Look("gray", "undo-2"),
}


class Invitation(StateMachine, TenantModel):
    """The lead's letter to a company that may become its service partner."""

    company = OwnKey(Company, models.PROTECT)
    contact = OwnKey(Contact, models.SET_NULL, null=True, blank=True)
    to_name = models.CharField(_("recipient"), max_length=120)
    to_email = models.EmailField(_("e-mail"))
    status = StateField(choices=InvitationStatus, default=InvitationStatus.SENT)
    invited_by = OwnKey(Membership, models.PROTECT)
    sent_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    # The one-time code that proves the mailbox to somebody signed in under another address: a keyed hash, never itself.
    code_hash = models.CharField(max_length=64, blank=True, default="")
    code_sent_at = models.DateTimeField(null=True)
    code_tries = models.PositiveSmallIntegerField(default=0)
    codes_sent = models.PositiveSmallIntegerField(default=0)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "status", "-id"], name="invitation_by_status")]
        constraints = [
            tenant_key(),
            *same_tenant("company", "contact", "invited_by"),
            models.UniqueConstraint(
                fields=["tenant", "company"],
                condition=models.Q(status="sent"),
                name="a_company_has_one_open_invitation",
            ),
        ]

    @transition(status, source=InvitationStatus.SENT, target=InvitationStatus.ACCEPTED)
    def accept(self, now: datetime) -> None:
        self.answered_at = now

    @transition(status, source=InvitationStatus.SENT, target=InvitationStatus.DECLINED)
    def decline(self, now: datetime) -> None:
        self.answered_at = now

    @transition(status, source=InvitationStatus.SENT, target=InvitationStatus.EXPIRED)
    def expire(self) -> None:
        """Fourteen days without an answer."""

    @transition(status, source=InvitationStatus.SENT, target=InvitationStatus.WITHDRAWN)
    def withdraw(self) -> None:
        """The lead thought better of it, or sends a new one."""


class PartnershipStatus(models.TextChoices):
    """Whether work may be offered."""

    ACTIVE = "active", _("Active")
    PAUSED = "paused", _("Paused")
    ENDED = "ended", _("Ended")


PARTNERSHIP_LOOKS = {
    PartnershipStatus.ACTIVE: Look("green", "handshake"),
    PartnershipStatus.PAUSED: Look("amber", "pause"),
    PartnershipStatus.ENDED: Look("gray", "circle-slash"),
}


class Partnership(StateMachine, ScopedModel):
    """Lead → service, directed, once per ordered pair. Both read this row; what each thinks of it stands elsewhere."""

    row_class: ClassVar[RowClass] = two_party("lead", "service")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    lead = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    service = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    lead_name = models.CharField(max_length=120)
    service_name = models.CharField(max_length=120)
    status = StateField(choices=PartnershipStatus, default=PartnershipStatus.ACTIVE)
    paused_by_lead = models.BooleanField(null=True)
    since = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta(ScopedModel.Meta):
        constraints = [
            tenant_key("lead"),
            tenant_key("service"),
            tenant_key("lead", "service"),
            models.UniqueConstraint(fields=["lead", "service"], name="one_partnership_per_ordered_pair"),
            models.CheckConstraint(
                condition=~models.Q(lead=models.F("service")), name="nobody_partners_with_themselves"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lead_name} → {self.service_name}"

    @property
    def channel(self) -> str:
        return f"partnership:{self.key}"

    @transition(status, source=PartnershipStatus.ACTIVE, target=PartnershipStatus.PAUSED)
    def pause(self, by_lead: bool) -> None:
        self.paused_by_lead = by_lead

    @transition(status, source=PartnershipStatus.PAUSED, target=PartnershipStatus.ACTIVE)
    def resume(self) -> None:
        self.paused_by_lead = None

    @transition(status, source=[PartnershipStatus.ACTIVE, PartnershipStatus.PAUSED], target=PartnershipStatus.ENDED)
    def end(self, now: datetime) -> None:
        self.ended_at = now

    @transition(status, source=PartnershipStatus.ENDED, target=PartnershipStatus.ACTIVE)
    def renew(self) -> None:
        """A later invitation was accepted: the same pair goes on with the same row."""
        self.ended_at, self.paused_by_lead = None, None


class PartnershipSide(TenantModel):
    """What one side keeps about a partnership: the partner in its address book, addresses, notes, and its setup.

    `lead_of` or `service_of` says which side this is; the database holds it to a partnership of which this tenant is
    that side. The lead's default terms (a draft as JSON) prefill its offers; the service side's setup prefills the
    tickets it insources.
    """

    lead_of = OwnKey(Partnership, models.PROTECT, null=True)
    service_of = OwnKey(Partnership, models.PROTECT, null=True)
    company = OwnKey(Company, models.PROTECT, null=True)
    notify_email = models.EmailField(_("notify"), blank=True)
    note = models.TextField(_("note"), blank=True)
    tags = models.JSONField(default=list)
    terms = models.JSONField(null=True)
    queue = OwnKey(Queue, models.PROTECT, null=True, blank=True)
    category = OwnKey(Category, models.PROTECT, null=True, blank=True)
    work_type = OwnKey(WorkType, models.PROTECT, null=True, blank=True)
    charge_category = models.CharField(max_length=10, choices=ChargeCategory, blank=True)
    assignee = OwnKey(Membership, models.PROTECT, null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            SameTenant("lead_of", owners=(("tenant", "lead"),)),
            SameTenant("service_of", owners=(("tenant", "service"),)),
            *same_tenant("company", "queue", "category", "work_type", "assignee"),
            models.UniqueConstraint(fields=["tenant", "lead_of"], name="a_lead_keeps_one_side"),
            models.UniqueConstraint(fields=["tenant", "service_of"], name="a_service_partner_keeps_one_side"),
            models.CheckConstraint(
                condition=models.Q(lead_of=None, service_of__isnull=False)
                | models.Q(lead_of__isnull=False, service_of=None),
                name="a_side_is_one_side",
            ),
        ]

    @property
    def partnership(self) -> Partnership:
        found = self.lead_of or self.service_of
        assert found is not None  # a_side_is_one_side
        return found
