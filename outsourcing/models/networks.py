"""Networks and vendors outside the portal, and the referrals sent to them (outsourcing spec §3)."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from psa.directory.models import Company
from psa.fsm import StateField, StateMachine, transition
from psa.looks import Look
from psa.tenancy.models import Membership, TenantModel
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key
from tickets.models import Ticket


class NetworkKind(models.TextChoices):
    """What it is."""

    NETWORK = "network", _("Network")
    VENDOR = "vendor", _("Vendor")


class NetworkAction(models.TextChoices):
    """What happens when a referral is sent."""

    EMAIL = "email", _("Send an e-mail")
    LINK = "link", _("Open a link")
    NOTHING = "nothing", _("Nothing: it is only written down")


class Network(TenantModel):
    """Somebody outside the portal work is passed to: a freelancers' network, a manufacturer's service."""

    kind = models.CharField(_("kind"), max_length=10, choices=NetworkKind, default=NetworkKind.NETWORK)
    name = models.CharField(_("name"), max_length=120)
    action = models.CharField(_("on sending"), max_length=10, choices=NetworkAction, default=NetworkAction.EMAIL)
    address = models.CharField(_("address"), max_length=500, blank=True)
    company = OwnKey(Company, models.PROTECT, null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta(TenantModel.Meta):
        ordering = ["name"]
        constraints = [
            tenant_key(),
            *same_tenant("company"),
            models.UniqueConstraint(fields=["tenant", "name"], name="a_network_is_named_once"),
            models.CheckConstraint(
                condition=Q(action="nothing") | ~Q(address=""), name="a_network_that_acts_has_an_address"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ReferralStatus(models.TextChoices):
    """How far a referral got. Nobody answers it here: who sent it says when it is done."""

    UNSENT = "unsent", _("Unsent")
    SENT = "sent", _("Sent")
    COMPLETE = "complete", _("Complete")
    CANCELED = "canceled", _("Canceled")


REFERRAL_LOOKS = {
    ReferralStatus.UNSENT: Look("gray", "pencil"),
    ReferralStatus.SENT: Look("violet", "send"),
    ReferralStatus.COMPLETE: Look("green", "circle-check"),
    ReferralStatus.CANCELED: Look("gray", "ban"),
}
UNDER_WAY = (ReferralStatus.UNSENT, ReferralStatus.SENT)
R = ReferralStatus


class Referral(StateMachine, TenantModel):
    """A ticket passed on to a network or vendor. While it is under way it is the ticket's one active handover.

    `cost` is what it is expected to cost us, net, in the tenant's currency; empty where nobody knows.
    """

    key = models.UUIDField(default=uuid.uuid4, editable=False)
    ticket = OwnKey(Ticket, models.PROTECT)
    network = OwnKey(Network, models.PROTECT)
    status = StateField(choices=ReferralStatus, default=ReferralStatus.UNSENT)
    cost = models.DecimalField(_("cost"), max_digits=12, decimal_places=2, null=True)
    note = models.TextField(_("note"), blank=True)
    sent_by = OwnKey(Membership, models.PROTECT, null=True)
    sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant", "status", "-id"], name="referral_by_status"),
            models.Index(fields=["tenant", "ticket"], name="referral_by_ticket"),
        ]
        constraints = [
            tenant_key(),
            *same_tenant("ticket", "network", "sent_by"),
            models.UniqueConstraint(
                fields=["tenant", "ticket"],
                condition=Q(status__in=["unsent", "sent"]),
                name="a_ticket_has_one_active_referral",
            ),
            models.UniqueConstraint(fields=["tenant", "key"], name="a_referral_key_is_given_once"),
            models.CheckConstraint(
                condition=~Q(status__in=["sent", "complete"]) | Q(sent_at__isnull=False),
                name="a_sent_referral_knows_when",
            ),
            models.CheckConstraint(condition=Q(cost=None) | Q(cost__gte=0), name="a_referral_costs_nothing_or_more"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} → {self.network_id}"

    @transition(status, source=R.UNSENT, target=R.SENT)
    def send(self, now: datetime, by_id: int | None) -> None:
        """It is out: by mail, by a link, or by word of mouth."""
        self.sent_at, self.sent_by_id = now, by_id

    @transition(status, source=R.SENT, target=R.COMPLETE)
    def complete(self, now: datetime) -> None:
        """They did it, or the ticket was resolved."""
        self.ended_at = now

    @transition(status, source=[R.UNSENT, R.SENT], target=R.CANCELED)
    def cancel(self, now: datetime) -> None:
        """We do it otherwise."""
        self.ended_at = now
