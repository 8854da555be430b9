"""How a company bills: its papers, VAT, numbers and rules about visits; and each customer's side of it."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from psa.directory.models import Company, VatKind
from psa.tenancy.models import TenantModel
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key

# Days to pay that somebody can mean; a later day no calendar may know.
LONGEST_PAYMENT = 365
# Signs of the text under every invoice: about six lines of the paper, so that an invoice of one page stays one.
LONGEST_FOOTER = 600


class VatCategory(models.TextChoices):
    """The code of UNCL5305 an invoice says."""

    STANDARD = "S", _("VAT")
    ZERO = "Z", _("Zero rated")
    EXEMPT = "E", _("Exempt from VAT")
    REVERSE_CHARGE = "AE", _("Reverse charge")
    INTRA_COMMUNITY = "K", _("Intra-Community supply")
    EXPORT = "G", _("Export outside the EU")
    OUTSIDE = "O", _("Not subject to VAT")


class EInvoiceFormat(models.TextChoices):
    """How a customer wants its invoices beside the paper."""

    NONE = "", _("PDF alone")
    ZUGFERD = "zugferd", _("ZUGFeRD / Factur-X (PDF with XML)")
    XRECHNUNG = "xrechnung", _("XRechnung (UBL)")
    PEPPOL = "peppol", _("Peppol BIS Billing (UBL)")


def usual_dunning_days() -> list[int]:
    """The reminder after a week, then two weeks, then four."""
    return [7, 14, 28]


class BillingSettings(TenantModel):
    """What stands on a tenant's papers, and how it bills. Days are calendar days; `cut_off` is of the branch calendar.

    `day_before_rule`: a visit on site wants its delivery note by `cut_off` on the working day before.
    `number_patterns`: how papers are numbered by kind ("invoice": "R-{year}-{number:05d}"); where a pattern has
    {year} each year has a number range of its own.
    """

    legal_name = models.CharField(_("legal name"), max_length=160, blank=True)
    street = models.CharField(_("street"), max_length=160, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    vat_id = models.CharField(_("VAT id"), max_length=20, blank=True)
    tax_number = models.CharField(_("tax number"), max_length=40, blank=True)
    register = models.CharField(_("commercial register"), max_length=120, blank=True)
    managers = models.CharField(_("managing directors"), max_length=200, blank=True)
    contact_name = models.CharField(_("contact for invoices"), max_length=120, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    bank = models.CharField(_("bank"), max_length=120, blank=True)
    iban = models.CharField(_("IBAN"), max_length=34, blank=True)
    bic = models.CharField(_("BIC"), max_length=11, blank=True)
    endpoint = models.CharField(_("electronic address"), max_length=100, blank=True)
    endpoint_scheme = models.CharField(_("scheme of the electronic address"), max_length=4, default="EM")
    footer = models.TextField(_("text under every invoice"), blank=True, max_length=LONGEST_FOOTER)
    is_small_business = models.BooleanField(_("small business without VAT"), default=False)
    payment_days = models.PositiveSmallIntegerField(
        _("days to pay"), default=14, validators=[MaxValueValidator(LONGEST_PAYMENT)]
    )
    number_patterns = models.JSONField(default=dict, blank=True)
    # {"technician": ["text", "time", "contract"]}: what is checked before an entry of that role is approved.
    checks = models.JSONField(default=dict, blank=True)
    settles_tickets = models.BooleanField(_("close tickets once all of their work is invoiced"), default=True)
    day_before_rule = models.BooleanField(_("visits want a delivery note the working day before"), default=True)
    cut_off = models.TimeField(_("until"), default=time(15, 0))
    # After how many days past due the reminder, the first and the second dunning letter may go out.
    dunning_days = models.JSONField(default=usual_dunning_days, blank=True)
    # For the booking batch: the tax adviser's number, the client's, and revenue accounts by VAT ("S19", "AE" …).
    adviser_number = models.CharField(_("tax adviser's number"), max_length=7, blank=True)
    client_number = models.CharField(_("client number"), max_length=5, blank=True)
    accounts = models.JSONField(default=dict, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            models.UniqueConstraint(fields=["tenant"], name="a_tenant_bills_in_one_way"),
        ]


class VatRate(TenantModel):
    """A rate in per cent from a day on; the newest that has begun counts."""

    kind = models.CharField(_("kind"), max_length=10, choices=VatKind)
    percent = models.DecimalField(_("per cent"), max_digits=5, decimal_places=2)
    since = models.DateField(_("since"), default=date(2000, 1, 1))

    class Meta(TenantModel.Meta):
        ordering = ["kind", "-since"]
        constraints = [
            tenant_key(),
            models.UniqueConstraint(fields=["tenant", "kind", "since"], name="a_vat_rate_begins_once_a_day"),
            models.CheckConstraint(condition=Q(percent__gte=0, percent__lte=100), name="a_vat_rate_is_a_percentage"),
        ]


class BillingProfile(TenantModel):
    """How one customer is billed: name and address on the paper, where it goes, in which format, until when it pays.

    Without one the company's own data and the tenant's settings count. `rounding` is what the total is rounded to in
    cash (0.05 in Switzerland), 0 for none. `reference` is the buyer's (BT-10, in Germany the Leitweg-ID).
    """

    company = OwnKey(Company, models.CASCADE, verbose_name=_("company"))
    name = models.CharField(_("name on the invoice"), max_length=160, blank=True)
    street = models.CharField(_("street"), max_length=160, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    email = models.EmailField(_("invoices go to"), blank=True)
    format = models.CharField(
        _("format"), max_length=10, choices=EInvoiceFormat, default=EInvoiceFormat.NONE, blank=True
    )
    reference = models.CharField(_("buyer reference"), max_length=60, blank=True)
    endpoint = models.CharField(_("electronic address"), max_length=100, blank=True)
    endpoint_scheme = models.CharField(_("scheme of the electronic address"), max_length=4, default="EM", blank=True)
    is_business = models.BooleanField(_("is a business"), default=True)
    payment_days = models.PositiveSmallIntegerField(
        _("days to pay"), null=True, blank=True, validators=[MaxValueValidator(LONGEST_PAYMENT)]
    )
    discount = models.DecimalField(
        _("discount in per cent"),
        max_digits=5,
        decimal_places=2,
        default=Decimal(0),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
    )
    rounding = models.DecimalField(_("round totals to"), max_digits=4, decimal_places=2, default=Decimal(0))
    no_dunning = models.BooleanField(_("is never dunned"), default=False)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("company"),
            models.UniqueConstraint(fields=["tenant", "company"], name="a_company_is_billed_in_one_way"),
            models.CheckConstraint(condition=Q(discount__gte=0, discount__lte=100), name="a_discount_is_a_percentage"),
            models.CheckConstraint(condition=Q(rounding__gte=0), name="a_rounding_is_not_negative"),
        ]
