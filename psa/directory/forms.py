"""The forms of the address book. They offer the tenant's own rows and of those the company's own."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from babel import Locale
from babel.numbers import list_currencies
from django import forms
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from psa.calendars.models import Calendar
from psa.directory.models import Company, Contact, Contract, ContractKind, Location, Rate, WorkType
from psa.tenancy.capabilities import CONTACT
from psa.tenancy.models import Role

# Regions that Unicode names beside the countries.
NO_COUNTRIES = {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}


def languages() -> list[tuple[str, Any]]:
    """The languages mails are written in, and none of them."""
    return [("", _("As ours")), *settings.LANGUAGES]


@lru_cache(maxsize=8)
def _countries(language: str) -> list[tuple[str, str]]:
    names = ((str(code), str(name)) for code, name in Locale.parse(language).territories.items())
    pairs = [(code, name) for code, name in names if len(code) == 2 and code.isalpha() and code not in NO_COUNTRIES]
    return [("", "–"), *sorted(pairs, key=lambda pair: pair[1].casefold())]


def countries() -> list[tuple[str, str]]:
    """Every country by its name in the reader's language."""
    return _countries((get_language() or "en").partition("-")[0])


class CompanyForm(forms.ModelForm):
    """A company."""

    class Meta:
        model = Company
        fields = ("name", "kind", "number", "email", "phone", "vat_id", "language", "calendar", "note", "is_active")
        widgets = {"note": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, company: Company | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"] = forms.ChoiceField(label=_("Language"), choices=languages, required=False)
        self.fields["calendar"].queryset = Calendar.objects.all()  # type: ignore[attr-defined]
        self.fields["calendar"].empty_label = _("As ours")  # type: ignore[attr-defined]


class ContactForm(forms.ModelForm):
    """A person at a company."""

    class Meta:
        model = Contact
        fields = ("name", "job_title", "email", "phone", "location", "language", "is_default", "is_active")

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"] = forms.ChoiceField(label=_("Language"), choices=languages, required=False)
        self.fields["location"].queryset = Location.objects.filter(company=company).order_by("name")  # type: ignore[attr-defined]


class LocationForm(forms.ModelForm):
    """A place of a company."""

    class Meta:
        model = Location
        fields = ("name", "street", "postal_code", "city", "country")

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"] = forms.ChoiceField(label=_("Country"), choices=countries, required=False)


class ContractForm(forms.ModelForm):
    """What was agreed."""

    class Meta:
        model = Contract
        fields = ("name", "kind", "currency", "step_minutes", "fixed_price", "starts_on", "ends_on")
        localized_fields = ("fixed_price",)
        widgets = {
            name: forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d") for name in ("starts_on", "ends_on")
        }

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["step_minutes"].validators.append(MaxValueValidator(24 * 60))
        self.fields["step_minutes"].required = False
        self.fields["step_minutes"].help_text = _("Entry by entry; 0 bills to the minute.")
        self.fields["fixed_price"].validators.append(MinValueValidator(0))
        self.fields["fixed_price"].help_text = _("Net, for contracts at a fixed price.")

    def clean_step_minutes(self) -> int:
        """Nothing is to the minute."""
        return self.cleaned_data["step_minutes"] or 0

    def clean_currency(self) -> str:
        """The code of a currency there is."""
        code = self.cleaned_data["currency"].upper()
        if code not in list_currencies():
            raise forms.ValidationError(_("There is no currency with this code."))
        return code

    def clean(self) -> None:
        """A contract does not end before it starts."""
        starts, ends = self.cleaned_data.get("starts_on"), self.cleaned_data.get("ends_on")
        if starts and ends and ends < starts:
            self.add_error("ends_on", _("This is before the contract starts."))
        if self.cleaned_data.get("kind") == ContractKind.FIXED and self.cleaned_data.get("fixed_price") is None:
            self.add_error("fixed_price", _("Say what the fixed price is."))


class RateForm(forms.ModelForm):
    """An hour's price under one of the company's contracts."""

    class Meta:
        model = Rate
        fields = ("contract", "work_type", "role", "since", "amount")
        localized_fields = ("amount",)
        widgets = {"since": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contracts = Contract.objects.filter(company=company).order_by("-starts_on")
        self.fields["contract"].queryset = contracts  # type: ignore[attr-defined]
        self.fields["work_type"].queryset = WorkType.objects.filter(is_active=True)  # type: ignore[attr-defined]
        self.fields["work_type"].empty_label = _("All work")  # type: ignore[attr-defined]
        self.fields["amount"].validators.append(MinValueValidator(0))
        roles = [(role.code, role.label) for role in Role.objects.exclude(code=CONTACT).order_by("pk")]
        self.fields["role"] = forms.ChoiceField(label=_("Role"), choices=[("", _("Everybody")), *roles], required=False)
        self.fields["since"].required = False
        self.fields["since"].help_text = _("Work of before keeps the price it had.")

    def clean(self) -> None:
        """One rate for each work type and role of a contract from a day on; without a day it is from the beginning."""
        given = self.cleaned_data
        given["since"] = given.get("since") or Rate._meta.get_field("since").get_default()
        others = Rate.objects.filter(contract=given.get("contract"), work_type=given.get("work_type"))
        others = others.filter(role=given.get("role", ""), since=given.get("since"))
        if others.exclude(pk=self.instance.pk).exists():
            self.add_error("work_type", _("This contract has a rate for it already."))
