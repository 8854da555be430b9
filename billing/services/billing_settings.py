"""How the tenant bills: what stands on its papers, its VAT rates and number patterns; and each customer's part."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from billing.models import BillingProfile, BillingSettings, EInvoiceFormat, VatKind, VatRate
from psa.directory.models import Company
from psa.journal import journal
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.models import Tenant

# Standard and reduced rate in per cent, where the tenant has put in none of its own.
USUAL_RATES = {
    "DE": ("19", "7"),
    "LV": ("21", "12"),
    "AT": ("20", "10"),
    "CH": ("8.1", "2.6"),
}
# What an invoice must say of its seller; of the two numbers one will do.
NEEDED = ("legal_name", "street", "postal_code", "city", "country")
# What an electronic invoice asks for besides.
NEEDED_FOR_XML = ("iban", "contact_name", "email", "phone")


def of_tenant() -> BillingSettings:
    """The settings of the tenant in scope, made with what is known of it on first use."""
    found = BillingSettings.objects.first()
    if found is None:
        tenant = Tenant.objects.get(pk=scope.tenant_id())
        known = {"legal_name": tenant.name, "country": tenant.country, "day_before_rule": not tenant.is_portal}
        found, _made = BillingSettings.objects.get_or_create(defaults=known)
    return found


def vat_percent(kind: str, on: date) -> Decimal:
    """The rate of a kind of VAT on a day, in per cent: the tenant's own, else its country's, else 0.

    Small businesses have rates too; that they show none is said by billing/vat.py."""
    own = VatRate.objects.filter(kind=kind, since__lte=on).order_by("-since").values_list("percent", flat=True).first()
    return own if own is not None else _usual(kind, of_tenant().country)


def _usual(kind: str, country: str) -> Decimal:
    standard, reduced = USUAL_RATES.get(country, ("0", "0"))
    return {VatKind.STANDARD: Decimal(standard), VatKind.REDUCED: Decimal(reduced)}.get(VatKind(kind), Decimal(0))


def rates() -> list[VatRate]:
    """The tenant's own rates, by kind, the newest first."""
    return list(VatRate.objects.order_by("-kind", "-since"))


def usual_rates(country: str) -> tuple[Decimal, Decimal] | None:
    """Standard and reduced rate of a country in per cent, where they are known here."""
    found = USUAL_RATES.get(country)
    return (Decimal(found[0]), Decimal(found[1])) if found else None


def rates_are_known() -> bool:
    """Whether VAT can be worked out: the country's rates are known here, or the tenant put in its own."""
    return of_tenant().country in USUAL_RATES or VatRate.objects.filter(kind=VatKind.STANDARD).exists()


def missing(settings: BillingSettings, invoice_format: str = "") -> list[str]:
    """The names of what the seller's data lacks for an invoice in this format."""
    wanted = [*NEEDED, *(NEEDED_FOR_XML if invoice_format != EInvoiceFormat.NONE else ())]
    found = [name for name in wanted if not getattr(settings, name)]
    return found if settings.vat_id or settings.tax_number else [*found, "vat_id"]


def lacking(settings: BillingSettings, invoice_format: str = "") -> list[str]:
    """What `missing` found, by the names the form has for it."""
    fields: Any = settings._meta
    return [str(fields.get_field(name).verbose_name) for name in missing(settings, invoice_format)]


@transaction.atomic
def settle(values: Mapping[str, Any], *, version: int, by: Actor) -> BillingSettings:
    """Change the tenant's settings. Raises Refused("settings_changed_meanwhile"), Denied."""
    by.require("tenant.settings")
    of_tenant()
    row = BillingSettings.objects.select_for_update(of=("self",), no_key=True).get()
    changed = _changed(row, values)
    if not changed:
        return row
    if row.version != version:
        raise Refused("settings_changed_meanwhile")
    old = {name: _plain(getattr(row, name)) for name in changed}
    for name, value in changed.items():
        setattr(row, name, value)
    row.version += 1
    row.save()
    new = {name: _plain(value) for name, value in changed.items()}
    journal.record(row, "billing.settings_changed", by=by, old=old, new=new)
    return row


@transaction.atomic
def put_rate(kind: str, percent: Decimal, since: date, *, by: Actor) -> VatRate:
    """A rate in per cent from a day on. What was issued keeps what it says. Raises Denied."""
    by.require("tenant.settings")
    row, _made = VatRate.objects.update_or_create(kind=kind, since=since, defaults={"percent": percent})
    said = {"kind": kind, "percent": str(percent), "since": since.isoformat()}
    journal.record(of_tenant(), "billing.rate_put", by=by, **said)
    return row


@transaction.atomic
def drop_rate(rate: VatRate, *, by: Actor) -> None:
    """The rate does not count any more; the one before it does. Raises Denied."""
    by.require("tenant.settings")
    said = {"kind": rate.kind, "percent": str(rate.percent), "since": rate.since.isoformat()}
    rate.delete()
    journal.record(of_tenant(), "billing.rate_dropped", by=by, **said)


def profile_of(company: Company) -> BillingProfile:
    """How this customer is billed; where nobody said, an unsaved row that leaves everything to the company's data."""
    found: BillingProfile | None = BillingProfile.objects.filter(company=company).first()
    return found or BillingProfile(company=company)


@transaction.atomic
def agree(company: Company, values: Mapping[str, Any], *, by: Actor) -> BillingProfile:
    """Say how a customer is billed. Drafts keep what they took over. Raises Denied."""
    by.require("invoice.manage")
    Company.objects.select_for_update(of=("self",), no_key=True).get(pk=company.pk)
    row = profile_of(company)
    changed = _changed(row, values)
    if changed or row.pk is None:
        old = {name: _plain(getattr(row, name)) for name in changed}
        for name, value in changed.items():
            setattr(row, name, value)
        row.save()
        new = {name: _plain(value) for name, value in changed.items()}
        journal.record(company, "billing.profile_changed", by=by, old=old, new=new)
    return row


def _changed(row: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if getattr(row, name) != value}


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (str, int, bool, list, dict)) else str(value)
