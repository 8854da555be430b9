"""Which of a customer's people may come into the portal, and what they see and may do there (lifecycle spec)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from psa.directory.models import Company, Contact
from psa.tenancy.actor import Actor
from psa.tenancy.models import ScopedManager, ScopedQuerySet, TenantModel
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key
from tickets.models import Ticket


class Sight(models.TextChoices):
    """How much of a company's requests somebody sees: those they asked for, or all that are shared with the company."""

    OWN = "own", _("Their own requests")
    COMPANY = "company", _("The company's requests")


class AccessQuerySet(ScopedQuerySet):
    def visible_to(self, actor: Actor) -> Any:
        """Those of everybody, for whoever sees companies."""
        return self if actor.can("company.view") == "all" else self.none()


class PortalAccess(TenantModel):
    """A contact's way into the portal, given by the desk. Approving estimates is a right of its own (`Approver`).

    `accepts` is the right to accept solutions and to ask for deployments; an administrator looks after the company's
    people; `sees_invoices` is of their own company. Taken away, everything they hold – sessions, links – ends at once.
    """

    contact = OwnKey(Contact, models.CASCADE)
    sees = models.CharField(_("sees"), max_length=10, choices=Sight, default=Sight.OWN)
    accepts = models.BooleanField(_("accepts solutions"), default=True)
    sees_invoices = models.BooleanField(_("sees the company's invoices"), default=False)
    is_administrator = models.BooleanField(_("looks after the company's people"), default=False)
    is_active = models.BooleanField(default=True)
    # Counts up when everything that was handed out to them is to end.
    round = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Any] = ScopedManager.from_queryset(AccessQuerySet)()

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("contact"),
            models.UniqueConstraint(fields=["tenant", "contact"], name="a_contact_has_one_way_into_the_portal"),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} {self.sees}"


class ServedCompany(TenantModel):
    """Another company somebody of the portal speaks for, with what they see of it; nothing of it widens their own."""

    access = OwnKey(PortalAccess, models.CASCADE, related_name="served")
    company = OwnKey(Company, models.CASCADE)
    sees = models.CharField(_("sees"), max_length=10, choices=Sight, default=Sight.OWN)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("access", "company"),
            models.UniqueConstraint(
                fields=["tenant", "access", "company"], name="a_company_is_served_once_by_somebody"
            ),
        ]


class PortalSession(TenantModel):
    """A customer's contact at one browser, after they proved their mailbox. The key itself is in the cookie alone.

    It is bound to the access and to its round: counted up, every session of an earlier one has ended.
    """

    access = OwnKey(PortalAccess, models.CASCADE)
    round = models.PositiveIntegerField()
    hash = models.CharField(max_length=64)
    address = models.CharField(max_length=45, blank=True)
    browser = models.CharField(max_length=200, blank=True)
    began_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("access"),
            models.UniqueConstraint(fields=["tenant", "hash"], name="a_portal_session_has_a_key_of_its_own"),
        ]

    def __str__(self) -> str:
        return f"{self.access_id} {self.began_at}"


class PortalCode(TenantModel):
    """The one-time code that went to a contact's mailbox; the newest counts, and only in its round."""

    access = OwnKey(PortalAccess, models.CASCADE)
    round = models.PositiveIntegerField()
    hash = models.CharField(max_length=64)
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("access"),
            models.UniqueConstraint(fields=["tenant", "access"], name="one_code_of_a_contact_counts"),
        ]

    def __str__(self) -> str:
        return f"{self.access_id} {self.sent_at}"


class SharedRequest(TenantModel):
    """A request its company may read; without this row it is its contact's alone."""

    ticket = OwnKey(Ticket, models.CASCADE)
    shared_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("ticket"),
            models.UniqueConstraint(fields=["tenant", "ticket"], name="a_request_is_shared_once"),
        ]

    def __str__(self) -> str:
        return str(self.ticket_id)
