"""Who decides on estimates for a customer: approvers with their limits, their deputies, and how many it takes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from psa.directory.models import Company, Contact
from psa.tenancy.actor import Actor
from psa.tenancy.models import ScopedManager, ScopedQuerySet, TenantModel
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key


class Mode(models.TextChoices):
    """How many of those whose limit covers an amount have to agree."""

    ANY = "any", _("Any one of them")
    ALL = "all", _("All of them")
    SEQUENCE = "sequence", _("All of them, one after the other")


class ApprovalRule(TenantModel):
    """How a customer's approvers decide together. Without one any one of them decides."""

    company = OwnKey(Company, models.CASCADE)
    mode = models.CharField(_("who has to agree"), max_length=10, choices=Mode, default=Mode.ANY)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("company"),
            models.UniqueConstraint(fields=["tenant", "company"], name="a_customer_has_one_approval_rule"),
        ]

    def __str__(self) -> str:
        return f"{self.company_id} {self.mode}"


class ApproverQuerySet(ScopedQuerySet):
    def visible_to(self, actor: Actor) -> Any:
        """Those of every customer, for whoever sees companies."""
        return self if actor.can("company.view") else self.none()


class Approver(TenantModel):
    """A contact who decides on estimates of their company, up to `limit` (net, tolerance included, in `currency`), or
    without one. `position` is their turn where approvers decide one after the other."""

    company = OwnKey(Company, models.CASCADE)
    contact = OwnKey(Contact, models.CASCADE, verbose_name=_("contact"))
    limit = models.DecimalField(
        _("up to, net"), max_digits=12, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    position = models.PositiveSmallIntegerField(_("turn"), default=1)

    objects: ClassVar[Any] = ScopedManager.from_queryset(ApproverQuerySet)()

    class Meta(TenantModel.Meta):
        ordering = ["position", "pk"]
        constraints = [
            tenant_key(),
            *same_tenant("company", "contact"),
            models.UniqueConstraint(fields=["tenant", "company", "contact"], name="a_contact_approves_once"),
            models.CheckConstraint(
                condition=Q(limit=None) | Q(limit__gte=0), name="an_approvers_limit_is_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} {self.limit}"

    def covers(self, amount: Decimal, currency: str) -> bool:
        """Whether this net amount is within the limit. A limit says nothing about another currency."""
        return self.limit is None or (self.currency == currency and amount <= self.limit)


class DeputyQuerySet(ScopedQuerySet):
    def visible_to(self, actor: Actor) -> Any:
        """As approvers."""
        return self if actor.can("company.view") else self.none()


class Deputy(TenantModel):
    """A contact who decides in an approver's place from one day until another, both included, with their limit."""

    approver = OwnKey(Approver, models.CASCADE, related_name="deputies")
    contact = OwnKey(Contact, models.CASCADE, verbose_name=_("contact"))
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))

    objects: ClassVar[Any] = ScopedManager.from_queryset(DeputyQuerySet)()

    class Meta(TenantModel.Meta):
        ordering = ["starts_on", "pk"]
        constraints = [
            tenant_key(),
            *same_tenant("approver", "contact"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="a_deputy_starts_before_they_end"),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} {self.starts_on} {self.ends_on}"

    def stands_in(self, on: date) -> bool:
        """Whether they decide on that day."""
        return self.starts_on <= on <= self.ends_on
