"""What a portal company types of its invoices: who it is, who the lead partner is, why an invoice is taken back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.forms.sellers import Seller
from billing.models import BillingProfile, BillingSettings
from billing.services import numbers
from outsourcing.forms.fields import Refusable
from psa.directory import official
from psa.directory.countries import countries
from psa.directory.models import Company
from psa.tenancy.errors import Refused
from tickets.forms import Line

ADDRESS = ("street", "postal_code", "city", "country")
SELLER = ("legal_name", *ADDRESS, "vat_id", "tax_number", "is_small_business", "bank", "iban", "bic", "email", "phone")


class SellerForm(Refusable, Seller):
    """What stands on our invoices of ourselves, and how they are numbered."""

    legal_name = Line(label=gettext_lazy("Legal name"), max_length=160)
    street = Line(label=gettext_lazy("Street"), max_length=160)
    postal_code = Line(label=gettext_lazy("Postal code"), max_length=20)
    city = Line(label=gettext_lazy("City"), max_length=80)
    country = forms.ChoiceField(label=gettext_lazy("Country"), choices=countries)
    vat_id = Line(label=gettext_lazy("VAT id"), max_length=30, required=False)
    tax_number = Line(
        label=gettext_lazy("Tax number"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("One of the two numbers must stand on an invoice."),
    )
    is_small_business = forms.BooleanField(label=gettext_lazy("Small business without VAT"), required=False)
    bank = Line(label=gettext_lazy("Bank"), max_length=120, required=False)
    iban = Line(label=gettext_lazy("IBAN"), max_length=42, required=False)
    bic = Line(label=gettext_lazy("BIC"), max_length=20, required=False)
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)
    phone = Line(label=gettext_lazy("Phone"), max_length=40, required=False)
    number = Line(
        label=gettext_lazy("How invoices are numbered"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("For example R-{year}-{number:05d}. Numbers have no gaps."),
    )

    def __init__(self, settings: BillingSettings, data: Any = None) -> None:
        initial = {name: getattr(settings, name) for name in SELLER}
        number = settings.number_patterns.get("invoice") or numbers.PATTERNS["invoice"]
        super().__init__(data, initial={**initial, "number": number})
        self.patterns = dict(settings.number_patterns)

    def clean_number(self) -> str:
        """A pattern with one place for the number."""
        pattern = str(self.cleaned_data["number"])
        try:
            if pattern:
                numbers.check(pattern)
        except Refused as refused:
            raise forms.ValidationError(_("Write {number} where the number goes, once.")) from refused
        return pattern

    def clean(self) -> dict[str, Any]:
        """One of the two numbers is needed."""
        clean: dict[str, Any] = super().clean() or self.cleaned_data
        if "vat_id" in clean and not clean["vat_id"] and not clean.get("tax_number"):
            self.add_error("vat_id", _("Enter the VAT id or the tax number."))
        return clean

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        found = {name: self.cleaned_data[name] for name in SELLER}
        pattern = self.cleaned_data["number"]
        return found | {"number_patterns": {**self.patterns, "invoice": pattern} if pattern else self.patterns}


class BuyerForm(forms.Form):
    """The lead partner as it stands on our invoices."""

    name = Line(label=gettext_lazy("Name on the invoice"), max_length=160)
    street = Line(label=gettext_lazy("Street"), max_length=160)
    postal_code = Line(label=gettext_lazy("Postal code"), max_length=20, required=False)
    city = Line(label=gettext_lazy("City"), max_length=80)
    country = forms.ChoiceField(label=gettext_lazy("Country"), choices=countries)
    vat_id = Line(label=gettext_lazy("VAT id"), max_length=30, required=False)
    email = forms.EmailField(
        label=gettext_lazy("Invoices go to"),
        required=False,
        help_text=gettext_lazy("Left empty, you send the PDF yourself."),
    )

    def __init__(self, company: Company, profile: BillingProfile, data: Any = None) -> None:
        known = {name: getattr(profile, name) for name in (*ADDRESS, "email")}
        super().__init__(data, initial={**known, "name": profile.name or company.name, "vat_id": company.vat_id})

    def clean_vat_id(self) -> str:
        return official.vat_id(self.cleaned_data["vat_id"])

    def values(self) -> dict[str, Any]:
        """What the profile takes; the VAT id is the company's own."""
        return {name: self.cleaned_data[name] for name in ("name", *ADDRESS, "email")}


class CreditForm(forms.Form):
    """Why an invoice is taken back."""

    reason = Line(label=gettext_lazy("Reason"), max_length=200)
