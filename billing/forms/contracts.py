"""What a contract brings beyond its hours, as it is typed. Prices net, in the contract's currency."""

from __future__ import annotations

from datetime import time
from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import Article, ContractLine, HourBlock, Surcharge
from billing.pricing import DAY as FULL_DAY
from psa.directory.models import Contract, WorkType
from tickets.forms.fields import Amount, Day, Minutes


class BlockForm(forms.ModelForm):
    """Hours bought ahead. Its price is billed once, when it is added."""

    minutes = Minutes(label=gettext_lazy("Hours"), longest=60 * 10_000)

    class Meta:
        model = HourBlock
        fields = ("name", "minutes", "price", "bought_on", "expires_on")
        field_classes = {"price": Amount, "bought_on": Day, "expires_on": Day}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["price"].validators.append(MinValueValidator(0))
        if self.instance.pk:
            del self.fields["price"], self.fields["bought_on"]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        bought = found.get("bought_on") or self.instance.bought_on
        if bought and found.get("expires_on") and found["expires_on"] < bought:
            self.add_error("expires_on", _("This is before it was bought."))
        return found


class SurchargeForm(forms.ModelForm):
    """More per hour in a window; one that ends before it begins goes on into the next day."""

    begins = forms.TimeField(
        label=gettext_lazy("From"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), initial=time(0)
    )
    until = forms.TimeField(
        label=gettext_lazy("Until"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        initial=time(0),
        help_text=gettext_lazy("00:00 is midnight. Earlier than the beginning: on the next day."),
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Weekdays"),
        coerce=int,
        required=False,
        choices=list(WEEKDAYS.items()),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None: every day, or only on holidays where these are chosen."),
    )

    class Meta:
        model = Surcharge
        fields = ("name", "percent", "weekdays", "on_holidays", "work_type")
        field_classes = {"percent": Amount}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["work_type"].queryset = WorkType.objects.filter(is_active=True)
        fields["work_type"].empty_label = _("All work")
        fields["percent"].validators.append(MinValueValidator(0))
        self.order_fields(("name", "percent", "begins", "until", "weekdays", "on_holidays", "work_type"))
        if self.instance.pk:
            self.initial.update(begins=_clock(self.instance.starts), until=_clock(self.instance.ends))

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if found.get("percent") == 0:
            self.add_error("percent", _("A surcharge adds something."))
        begins, until = found.pop("begins", None), found.pop("until", None)
        if begins is not None and until is not None:
            starts, ends = (one.hour * 60 + one.minute for one in (begins, until))
            found |= {"starts": starts, "ends": ends if ends > starts else ends + FULL_DAY}
        return found


def _clock(minute: int) -> time:
    return time(minute % FULL_DAY // 60, minute % 60)


class LineForm(forms.ModelForm):
    """A recurring position: so much every so many months."""

    class Meta:
        model = ContractLine
        fields = ("name", "article", "quantity", "unit", "unit_price", "vat_kind", "months", "starts_on", "ends_on")
        field_classes = {"quantity": Amount, "unit_price": Amount, "starts_on": Day, "ends_on": Day}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["article"].queryset = Article.objects.filter(is_active=True).order_by("name")
        for name, least in (("quantity", 0), ("unit_price", 0), ("months", 1)):
            fields[name].validators.append(MinValueValidator(least))

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        starts, ends = found.get("starts_on"), found.get("ends_on")
        if starts and ends and ends < starts:
            self.add_error("ends_on", _("This is before it starts."))
        return found


FORMS: dict[str, Any] = {"blocks": BlockForm, "surcharges": SurchargeForm, "lines": LineForm}


def initial(part: str, contract: Contract) -> dict[str, Any]:
    """What a new one begins with: a position from today, or with its contract where that is later. Nobody bills the
    months before by accident."""
    return {"starts_on": max(contract.starts_on, timezone.localdate())} if part == "lines" else {}
