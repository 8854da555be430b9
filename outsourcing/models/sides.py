"""What each side keeps to itself about a handover: its ticket, its prices, and what it has sent of its items."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from outsourcing.models.handover import Handover
from psa.tenancy.models import Membership, TenantModel
from psa.tenancy.same_tenant import OwnKey, SameTenant, same_tenant, tenant_key
from tickets.models import Ticket


class LeadSide(TenantModel):
    """The lead's half: its ticket, who prepared and who sent it, what it bills, and the draft while it is unsent.

    `hours_noticed` is the last threshold of the authorised hours our people were told of: 0, 80 or 100 per cent.
    `kept_at`: no partner is wanted any more, *we do it ourselves*.
    `fee` is the transaction fee it was shown when it sent, in the operator's currency.
    """

    handover = OwnKey(Handover, models.PROTECT)
    ticket = OwnKey(Ticket, models.PROTECT)
    prepared_by = OwnKey(Membership, models.PROTECT, null=True)
    sent_by = OwnKey(Membership, models.PROTECT, null=True)
    bill_rate = models.DecimalField(_("bill my customer at"), max_digits=10, decimal_places=2, null=True)
    draft = models.JSONField(default=dict)
    rule_reason = models.TextField(blank=True, default="")
    fee = models.DecimalField(max_digits=8, decimal_places=2, default=Decimal(0))
    is_active = models.BooleanField(default=True)
    hours_noticed = models.PositiveSmallIntegerField(default=0)
    kept_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "ticket"], name="lead_side_by_ticket")]
        constraints = [
            tenant_key(),
            SameTenant("handover", owners=(("tenant", "lead"),)),
            *same_tenant("ticket", "prepared_by", "sent_by"),
            models.UniqueConstraint(fields=["tenant", "handover"], name="a_handover_has_one_lead_side"),
            models.UniqueConstraint(
                fields=["tenant", "ticket"], condition=Q(is_active=True), name="a_ticket_has_one_active_handover"
            ),
        ]


class ServiceSide(TenantModel):
    """The service partner's half: the ticket made on acceptance, who accepted, and since when it is billed."""

    handover = OwnKey(Handover, models.PROTECT)
    ticket = OwnKey(Ticket, models.PROTECT)
    accepted_by = OwnKey(Membership, models.PROTECT, null=True)
    hours_noticed = models.PositiveSmallIntegerField(default=0)
    billed_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant", "handover"], condition=Q(billed_at=None), name="service_side_unbilled")
        ]
        constraints = [
            tenant_key(),
            SameTenant("handover", owners=(("tenant", "service"),)),
            *same_tenant("ticket", "accepted_by"),
            models.UniqueConstraint(fields=["tenant", "handover"], name="a_handover_has_one_service_side"),
            models.UniqueConstraint(fields=["tenant", "ticket"], name="an_insourced_ticket_has_one_handover"),
        ]


class Share(TenantModel):
    """How far one of our items got to the partner: the version it has and the version there is. Unequal means held."""

    handover = models.UUIDField()
    kind = models.CharField(max_length=20)
    item = models.UUIDField()
    version = models.PositiveIntegerField()
    version_sent = models.PositiveIntegerField(default=0)
    is_wanted = models.BooleanField(default=True)
    keep_local = models.BooleanField(default=False)
    held_since = models.DateTimeField(null=True)
    held_fields = models.JSONField(default=dict)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(
                fields=["tenant", "handover", "held_since"], condition=Q(held_since__isnull=False), name="share_held"
            )
        ]
        constraints = [
            tenant_key(),
            models.UniqueConstraint(fields=["tenant", "handover", "item"], name="an_item_is_shared_once_per_handover"),
        ]
