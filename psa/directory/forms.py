"""The forms of the address book. They offer the tenant's own rows and of those the company's own."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from babel.numbers import list_currencies
from django import forms
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from psa.calendars.models import Calendar
from psa.directory import official, repricing
from psa.directory.countries import countries
from psa.directory.models import Company, Contact, Contract, ContractKind, Location, Rate, WorkType
from psa.tenancy.capabilities import CONTACT
from psa.tenancy.models import Role
from psa.web.inputs import Amount, Day

# What no contract of an IT house is about: more was mistyped.
LARGEST_RATE, LARGEST_PRICE = Decimal(99_999), Decimal(99_999_999)


def languages() -> list[tuple[str, Any]]:
    """The languages mails are written in, and none of them."""
    return [("", _("As ours")), *settings.LANGUAGES]


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

    def clean_vat_id(self) -> str:
        """One its country can have given out. What is kept already is asked about when somebody changes it."""
        typed: str = self.cleaned_data["vat_id"]
        return typed if typed == self.instance.vat_id else official.vat_id(typed)


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


def _bounded(field: forms.Field, most: Decimal) -> None:
    field.validators += [MinValueValidator(Decimal(0)), MaxValueValidator(most)]


class ContractForm(forms.ModelForm):
    """What was agreed."""

    class Meta:
        model = Contract
        fields = ("name", "kind", "currency", "step_minutes", "fixed_price", "starts_on", "ends_on")
        field_classes = {"fixed_price": Amount, "starts_on": Day, "ends_on": Day}

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["step_minutes"].validators.append(MaxValueValidator(24 * 60))
        self.fields["step_minutes"].required = False
        self.fields["step_minutes"].help_text = _("Entry by entry; 0 bills to the minute.")
        _bounded(self.fields["fixed_price"], LARGEST_PRICE)
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
        field_classes = {"amount": Amount, "since": Day}

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contracts = Contract.objects.filter(company=company).order_by("-starts_on")
        self.fields["contract"].queryset = contracts  # type: ignore[attr-defined]
        self.fields["work_type"].queryset = WorkType.objects.filter(is_active=True)  # type: ignore[attr-defined]
        self.fields["work_type"].empty_label = _("All work")  # type: ignore[attr-defined]
        _bounded(self.fields["amount"], LARGEST_RATE)
        roles = [(role.code, role.label) for role in Role.objects.exclude(code=CONTACT).order_by("pk")]
        self.fields["role"] = forms.ChoiceField(label=_("Role"), choices=[("", _("Everybody")), *roles], required=False)
        self.fields["since"].required = False
        self.fields["since"].help_text = _(
            "Work of before keeps the price it had. Empty: the contract's start for the first rate of this kind of "
            "work, else today."
        )
        if not self.instance.pk:
            chosen = str(self.initial.get("contract", ""))
            contract = contracts.filter(pk=chosen).first() if chosen.isdecimal() else None
            rates = Rate.objects.filter(contract=contract)
            self.initial["since"] = _begin(contract, rates) if contract else timezone.localdate()

    def clean(self) -> dict[str, Any]:
        """One rate for each work type and role of a contract from a day on. One of the past asks before it changes the
        price of work that is logged and not approved yet."""
        given = self.cleaned_data
        if not (contract := given.get("contract")) or self.errors:
            return given
        others = Rate.objects.filter(contract=contract, work_type=given["work_type"], role=given["role"])
        others = others.exclude(pk=self.instance.pk)
        given["since"] = given["since"] or _begin(contract, others)
        if others.filter(since=given["since"]).exists():
            self.add_error("work_type", _("This contract has a rate for it already."))
        elif self.has_changed():
            self._ask_to_reprice()
        return given

    def _ask_to_reprice(self) -> None:
        since = self.cleaned_data["since"]
        if self.instance.pk:
            since = min(since, self.initial["since"])
        if since >= timezone.localdate():
            return
        count = repricing.entries(Rate(pk=self.instance.pk, **self.cleaned_data), since)
        if count:
            self.fields["reprices"] = forms.BooleanField(
                required=False, label=_("Also for the work that is logged already")
            )
        if count and self.data.get("reprices") != "on":
            said = ngettext(
                "%(count)s entry since then is logged and not approved yet; its price would change. Tick that this is "
                "meant, or choose a later day.",
                "%(count)s entries since then are logged and not approved yet; their price would change. Tick that "
                "this is meant, or choose a later day.",
                count,
            )
            self.add_error("since", said % {"count": count})


def _begin(contract: Contract, others: Any) -> date:
    """Since when a rate counts that says no day: the first of its kind from the contract's start, the next from today
    on, so that what was worked keeps its price."""
    return timezone.localdate() if others.exists() else contract.starts_on
