"""The address book: the companies a tenant knows, their people and places, and what was agreed with them."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from psa.calendars.models import Calendar
from psa.looks import Look
from psa.tenancy import capabilities
from psa.tenancy.actor import Actor
from psa.tenancy.models import ScopedManager, ScopedQuerySet, TenantModel
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key


class AddressBook(ScopedQuerySet):
    """Companies, their people and places."""

    def visible_to(self, actor: Actor) -> Any:
        """The rows this actor may see: all of them with the right, else none."""
        return self if actor.can("company.view") else self.none()


class Agreements(ScopedQuerySet):
    """Contracts."""

    def visible_to(self, actor: Actor) -> Any:
        """The contracts this actor may see."""
        return self if actor.can("contract.view") else self.none()


class Prices(ScopedQuerySet):
    """Rates of contracts."""

    def visible_to(self, actor: Actor) -> Any:
        """The rates this actor may see: those who see the contract and prices at all."""
        return self if actor.can("contract.view") and actor.can("price.view") else self.none()


class CompanyKind(models.TextChoices):
    """What a company is to us."""

    CUSTOMER = "customer", _("Customer")
    PARTNER = "partner", _("Partner")
    VENDOR = "vendor", _("Vendor")
    PROSPECT = "prospect", _("Prospect")


COMPANY_LOOKS = {
    CompanyKind.CUSTOMER: Look("blue", "building-2"),
    CompanyKind.PARTNER: Look("violet", "handshake"),
    CompanyKind.VENDOR: Look("teal", "truck"),
    CompanyKind.PROSPECT: Look("gray", "flag"),
}


class Company(TenantModel):
    """A company in one tenant's address book. The same company in another's is another row."""

    name = models.CharField(_("name"), max_length=160)
    kind = models.CharField(_("type"), max_length=12, choices=CompanyKind, default=CompanyKind.CUSTOMER)
    number = models.CharField(_("number"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    vat_id = models.CharField(_("VAT id"), max_length=20, blank=True)
    language = models.CharField(_("language"), max_length=5, blank=True)
    calendar = OwnKey(Calendar, models.PROTECT, null=True, blank=True, verbose_name=_("calendar"))
    note = models.TextField(_("note"), blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Any] = ScopedManager.from_queryset(AddressBook)()

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "name"], name="company_by_name")]
        constraints = [tenant_key(), *same_tenant("calendar")]

    def __str__(self) -> str:
        return self.name


class Location(TenantModel):
    """A place of a company: where the visitor goes and the goods are delivered."""

    company = OwnKey(Company, models.CASCADE, verbose_name=_("company"))
    name = models.CharField(_("name"), max_length=120)
    street = models.CharField(_("street"), max_length=160, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)

    objects: ClassVar[Any] = ScopedManager.from_queryset(AddressBook)()

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "company"], name="location_by_company")]
        constraints = [tenant_key(), *same_tenant("company")]

    def __str__(self) -> str:
        return ", ".join(filter(None, (self.name, self.street, f"{self.postal_code} {self.city}".strip())))


class Contact(TenantModel):
    """A person at a company."""

    company = OwnKey(Company, models.CASCADE, verbose_name=_("company"))
    location = OwnKey(Location, models.SET_NULL, null=True, blank=True, verbose_name=_("location"))
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=120)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    job_title = models.CharField(_("job title"), max_length=80, blank=True)
    language = models.CharField(_("language"), max_length=5, blank=True)
    is_default = models.BooleanField(_("first to be asked"), default=False)
    is_active = models.BooleanField(_("active"), default=True)

    objects: ClassVar[Any] = ScopedManager.from_queryset(AddressBook)()

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "company", "name"], name="contact_by_company")]
        constraints = [
            tenant_key(),
            *same_tenant("company", "location"),
            models.UniqueConstraint(
                fields=["tenant", "company"],
                condition=Q(is_default=True),
                name="a_company_has_one_default_contact",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class VatKind(models.TextChoices):
    """What VAT asks of a thing that is sold, before anybody looks at the customer."""

    STANDARD = "standard", _("Standard rate")
    REDUCED = "reduced", _("Reduced rate")
    ZERO = "zero", _("Zero rate")
    EXEMPT = "exempt", _("Exempt")


class WorkType(TenantModel):
    """What kind of work an hour was, and what becomes of it unless somebody says otherwise.

    Billed, at no charge (the customer reads it and pays nothing), or hidden (the customer never reads of it).
    """

    name = models.CharField(_("name"), max_length=80)
    is_billable = models.BooleanField(_("billable"), default=True)
    is_hidden = models.BooleanField(_("hidden"), default=False)
    is_for_calls = models.BooleanField(_("for the minutes of call notes"), default=False)
    vat_kind = models.CharField(_("VAT"), max_length=10, choices=VatKind, default=VatKind.STANDARD)
    is_active = models.BooleanField(_("active"), default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta(TenantModel.Meta):
        ordering = ["position", "name"]
        constraints = [
            tenant_key(),
            models.UniqueConstraint(fields=["tenant", "name"], name="a_work_type_is_named_once"),
            models.UniqueConstraint(
                fields=["tenant"], condition=Q(is_for_calls=True), name="one_work_type_is_for_calls"
            ),
            models.CheckConstraint(
                condition=Q(is_hidden=False) | Q(is_billable=False), name="hidden_work_is_not_billed"
            ),
            models.CheckConstraint(
                condition=Q(is_for_calls=False) | Q(is_active=True), name="calls_have_a_work_type_in_use"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ContractKind(models.TextChoices):
    """How the work under a contract is paid."""

    HOURLY = "hourly", _("Time and materials")
    FIXED = "fixed", _("Fixed price")
    BLOCK = "block", _("Block hours")
    RECURRING = "recurring", _("Recurring")


class Contract(TenantModel):
    """What was agreed with a customer: from when, in which currency, how the work is paid.

    `step_minutes`: time is rounded up to full steps, entry by entry, 0 for none. `fixed_price` is net; under a fixed
    price and a recurring contract work is covered: it is written down and billed at nothing.
    """

    company = OwnKey(Company, models.PROTECT, verbose_name=_("company"))
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("type"), max_length=10, choices=ContractKind, default=ContractKind.HOURLY)
    step_minutes = models.PositiveSmallIntegerField(_("round time up to full … minutes"), default=0)
    fixed_price = models.DecimalField(_("fixed price"), max_digits=12, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)

    objects: ClassVar[Any] = ScopedManager.from_queryset(Agreements)()

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "company"], name="contract_by_company")]
        constraints = [
            tenant_key(),
            *same_tenant("company"),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=models.F("starts_on")),
                name="a_contract_does_not_end_before_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Rate(TenantModel):
    """An hour's price under a contract from a day on, net, in the contract's currency: for one work type or for all of
    them, for the people of one role (its code) or for everybody. The narrower one counts; work of before `since` keeps
    the price it had."""

    contract = OwnKey(Contract, models.CASCADE, verbose_name=_("contract"))
    work_type = OwnKey(WorkType, models.PROTECT, null=True, blank=True, verbose_name=_("work type"))
    role = models.SlugField(_("role"), max_length=40, blank=True)
    since = models.DateField(_("since"), default=date(2000, 1, 1))
    amount = models.DecimalField(_("per hour"), max_digits=10, decimal_places=2)

    objects: ClassVar[Any] = ScopedManager.from_queryset(Prices)()

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("contract", "work_type"),
            models.UniqueConstraint(
                fields=["tenant", "contract", "work_type", "role", "since"],
                name="a_contract_has_one_rate_per_work_type",
            ),
            models.UniqueConstraint(
                fields=["tenant", "contract", "role", "since"],
                condition=Q(work_type=None),
                name="a_contract_has_one_rate_for_all_work",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="a_rate_is_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.work_type or _('All work')}: {self.amount}"

    @property
    def role_label(self) -> Any:
        """What the built-in roles are called; a company's own by its code."""
        return capabilities.ROLE_NAMES.get(self.role, self.role)


class Promises(ScopedQuerySet):
    """Service levels."""

    def visible_to(self, actor: Actor) -> Any:
        """All of them for who manages service levels, else none."""
        return self if actor.can("sla.manage") else self.none()


class ServiceLevel(TenantModel):
    """What was promised about time: to everybody, to one company, or under one contract; the narrower one counts.

    Measured on `calendar`, else on the company's, else on the tenant's default one.
    """

    name = models.CharField(_("name"), max_length=80)
    company = OwnKey(Company, models.CASCADE, null=True, blank=True, verbose_name=_("company"))
    contract = OwnKey(Contract, models.CASCADE, null=True, blank=True, verbose_name=_("contract"))
    calendar = OwnKey(Calendar, models.PROTECT, null=True, blank=True, verbose_name=_("calendar"))

    objects: ClassVar[Any] = ScopedManager.from_queryset(Promises)()

    class Meta(TenantModel.Meta):
        ordering = ["name"]
        constraints = [
            tenant_key(),
            *same_tenant("company", "contract", "calendar"),
            models.UniqueConstraint(fields=["tenant", "name"], name="a_service_level_is_named_once"),
            models.CheckConstraint(
                condition=Q(company=None) | Q(contract=None), name="a_service_level_is_for_a_company_or_a_contract"
            ),
            models.UniqueConstraint(
                fields=["tenant"],
                condition=Q(company=None, contract=None),
                name="a_tenant_has_one_service_level_for_everybody",
            ),
            models.UniqueConstraint(
                fields=["tenant", "company"], condition=Q(company__isnull=False), name="a_company_has_one_service_level"
            ),
            models.UniqueConstraint(
                fields=["tenant", "contract"],
                condition=Q(contract__isnull=False),
                name="a_contract_has_one_service_level",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ServiceTarget(TenantModel):
    """What a service level promises for one priority (the desk's number): working minutes to each target, None for
    none."""

    level = OwnKey(ServiceLevel, models.CASCADE)
    priority = models.PositiveSmallIntegerField()
    response_minutes = models.PositiveIntegerField(null=True)
    start_minutes = models.PositiveIntegerField(null=True)
    resolution_minutes = models.PositiveIntegerField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("level"),
            models.UniqueConstraint(fields=["tenant", "level", "priority"], name="a_priority_has_one_target"),
            models.CheckConstraint(
                condition=~Q(response_minutes=0) & ~Q(start_minutes=0) & ~Q(resolution_minutes=0),
                name="nothing_is_promised_at_once",
            ),
        ]
