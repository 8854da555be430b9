"""What a contract brings beyond its hours: recurring positions, blocks of hours, surcharges; and licences (MSP)."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models.articles import Article
from billing.models.settings import VatKind
from psa.directory.models import Company, Contract, WorkType
from psa.fsm import StateField, StateMachine, transition
from psa.looks import Look
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership, ScopedManager, ScopedQuerySet, TenantModel
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key
from tickets.models import HandOff, Ticket

# Months between two bills of a position that somebody can mean.
LONGEST_PERIOD = 120


class OfContracts(ScopedQuerySet):
    def visible_to(self, actor: Actor) -> Any:
        """Those of the contracts one may see."""
        return self if actor.can("contract.view") else self.none()


class ContractLine(TenantModel):
    """A recurring position: so much of an article every `months` from `starts_on` on. `next_on` is the first day of the
    next period to bill. Net, in the contract's currency."""

    contract = OwnKey(Contract, models.PROTECT)
    key = models.UUIDField(default=uuid.uuid4, editable=False)
    article = OwnKey(Article, models.PROTECT, null=True, blank=True, verbose_name=_("article"))
    name = models.CharField(_("name"), max_length=160)
    quantity = models.DecimalField(_("quantity"), max_digits=10, decimal_places=2, default=Decimal(1))
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    unit_price = models.DecimalField(_("price each"), max_digits=12, decimal_places=2)
    vat_kind = models.CharField(_("VAT"), max_length=10, choices=VatKind, default=VatKind.STANDARD)
    months = models.PositiveSmallIntegerField(
        _("every … months"), default=1, validators=[MaxValueValidator(LONGEST_PERIOD)]
    )
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    next_on = models.DateField(_("next period"))

    objects: ClassVar[Any] = ScopedManager.from_queryset(OfContracts)()

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "next_on"], name="contract_line_by_due")]
        constraints = [
            tenant_key(),
            *same_tenant("contract", "article"),
            models.UniqueConstraint(fields=["tenant", "key"], name="a_contract_line_key_is_given_once"),
            models.CheckConstraint(condition=Q(months__gt=0), name="a_period_has_months"),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="a_contract_line_is_not_negative"),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="a_position_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class HourBlock(TenantModel):
    """Hours bought ahead under a contract; what is used is the sum of what was drawn from it. Minutes; net price."""

    contract = OwnKey(Contract, models.PROTECT)
    name = models.CharField(_("name"), max_length=120)
    minutes = models.PositiveIntegerField(_("minutes"))
    used = models.PositiveIntegerField(default=0)
    price = models.DecimalField(_("price"), max_digits=12, decimal_places=2)
    bought_on = models.DateField(_("bought on"))
    expires_on = models.DateField(_("good until"), null=True, blank=True)

    objects: ClassVar[Any] = ScopedManager.from_queryset(OfContracts)()

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("contract"),
            models.CheckConstraint(condition=Q(used__lte=F("minutes")), name="no_more_is_drawn_than_was_bought"),
        ]


class Surcharge(TenantModel):
    """More per hour in a window of the week, or on holidays of the customer's calendar, in per cent of the rate. Times
    are of the tenant's zone, in minutes of the day; `weekdays` from Monday = 0."""

    contract = OwnKey(Contract, models.CASCADE)
    name = models.CharField(_("name"), max_length=80)
    percent = models.DecimalField(_("per cent"), max_digits=5, decimal_places=2)
    weekdays = models.JSONField(_("weekdays"), default=list, blank=True)
    starts = models.PositiveSmallIntegerField(_("from"), default=0)
    ends = models.PositiveSmallIntegerField(_("until"), default=24 * 60)
    on_holidays = models.BooleanField(_("on holidays"), default=False)
    work_type = OwnKey(WorkType, models.PROTECT, null=True, blank=True, verbose_name=_("work type"))

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("contract", "work_type"),
            models.CheckConstraint(condition=Q(percent__gt=0), name="a_surcharge_adds_something"),
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="a_surcharge_has_a_window"),
        ]


class LicenceChange(models.TextChoices):
    """What the installation does to the customer's licences."""

    NEW = "new", _("New")
    EXTENSION = "extension", _("Extension")
    REPLACEMENT = "replacement", _("Replacement")
    REDUCTION = "reduction", _("Reduction")


class LicenceStatus(models.TextChoices):
    """How far a licence a technician reported is."""

    REPORTED = "reported", _("Installed, not yet billed")
    ACCEPTED = "accepted", _("In the contract")
    RETURNED = "returned", _("Returned with a question")
    CANCELLED = "cancelled", _("Cancelled")


LICENCE_LOOKS = {
    LicenceStatus.REPORTED: Look("amber", "key"),
    LicenceStatus.ACCEPTED: Look("green", "badge-check"),
    LicenceStatus.RETURNED: Look("orange", "undo-2"),
    LicenceStatus.CANCELLED: Look("gray", "ban"),
}
L = LicenceStatus


class Licences(ScopedQuerySet):
    def visible_to(self, actor: Actor) -> Any:
        """All of them for who sees orders, else none."""
        return self if actor.can("order.view") else self.none()


class Licence(StateMachine, TenantModel):
    """A licence installed at a customer, handed to sales so that it is billed (it-house spec, "Licences")."""

    key = models.UUIDField(default=uuid.uuid4, editable=False)
    ticket = OwnKey(Ticket, models.PROTECT)
    company = OwnKey(Company, models.PROTECT)
    hand_off = OwnKey(HandOff, models.PROTECT, null=True, blank=True)
    status = StateField(_("status"), choices=LicenceStatus, default=LicenceStatus.REPORTED)
    change = models.CharField(_("change"), max_length=12, choices=LicenceChange, default=LicenceChange.NEW)
    article = OwnKey(Article, models.PROTECT, null=True, blank=True, verbose_name=_("product"))
    product = models.CharField(_("product"), max_length=160)
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
    replaces = OwnKey(ContractLine, models.PROTECT, null=True, blank=True, verbose_name=_("replaces"))
    installed_on = models.DateField(_("installed on"))
    device = models.CharField(_("device or user"), max_length=160, blank=True)
    remark = models.TextField(_("remark"), blank=True)
    answer = models.TextField(blank=True)
    line = OwnKey(ContractLine, models.PROTECT, null=True, blank=True, related_name="+")
    starts_on = models.DateField(null=True, blank=True)
    reported_by = OwnKey(Membership, models.PROTECT, null=True)
    reported_by_name = models.CharField(max_length=200)
    reported_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = ScopedManager.from_queryset(Licences)()

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant", "ticket"], name="licence_by_ticket"),
            models.Index(
                fields=["tenant", "installed_on", "id"],
                condition=Q(status__in=["reported", "returned"]),
                name="licence_not_billed",
            ),
        ]
        constraints = [
            tenant_key(),
            *same_tenant("ticket", "company", "hand_off", "article", "replaces", "line", "reported_by"),
            models.UniqueConstraint(fields=["tenant", "key"], name="a_licence_key_is_given_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="a_licence_has_a_quantity"),
            models.CheckConstraint(
                condition=~Q(change="replacement") | Q(replaces__isnull=False) | ~Q(remark=""),
                name="a_replacement_names_what_it_replaces",
            ),
            models.CheckConstraint(
                condition=~Q(status="accepted") | Q(line__isnull=False, starts_on__isnull=False),
                name="an_accepted_licence_is_in_a_contract",
            ),
        ]

    @transition(status, source=[L.REPORTED, L.RETURNED], target=L.ACCEPTED)
    def accept(self, now: datetime, line_id: int, starts_on: date) -> None:
        """The contract's position was changed; it is billed from then on."""
        self.settled_at, self.line_id, self.starts_on = now, line_id, starts_on

    @transition(status, source=L.REPORTED, target=L.RETURNED)
    def give_back(self, answer: str) -> None:
        """Sales asks the technician."""
        self.answer = answer

    @transition(status, source=L.RETURNED, target=L.REPORTED)
    def report_again(self, remark: str) -> None:
        """The technician answered."""
        self.remark = remark

    @transition(status, source=[L.REPORTED, L.RETURNED], target=L.CANCELLED)
    def cancel(self, now: datetime) -> None:
        """It was not installed after all."""
        self.settled_at = now


class LicenceCheck(TenantModel):
    """The answer at the end of an installation to "licences installed?": none, or they are listed."""

    ticket = OwnKey(Ticket, models.PROTECT)
    none_installed = models.BooleanField()
    by_name = models.CharField(max_length=200)
    at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("ticket"),
            models.UniqueConstraint(fields=["tenant", "ticket"], name="licences_are_asked_once_a_ticket"),
        ]
