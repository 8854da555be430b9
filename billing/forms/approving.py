"""What is typed about a decision: why something goes back, is taken back or written off, and what is billed instead."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import pricing
from billing.services.approving import CHECKS, USUAL
from outsourcing.forms.fields import Refusable
from psa.tenancy.capabilities import CONTACT
from psa.tenancy.errors import Refused
from psa.tenancy.models import Role
from tickets.forms.fields import Amount, Line, Text


class ReasonForm(forms.Form):
    """Why."""

    reason = Line(label=gettext_lazy("Why"), max_length=500)


class Hours(Amount):
    """A quantity which, of time, may be typed as a clock has it: 0:20 is a third of an hour."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and (found := re.fullmatch(r"(\d{1,4}):([0-5]\d)", value.strip())):
            return pricing.hours(int(found[1]) * 60 + int(found[2]))
        return super().to_python(value)


class CorrectForm(ReasonForm):
    """What is billed in place of what was posted. Hours or pieces; net."""

    quantity = Hours(
        label=gettext_lazy("Quantity"), max_digits=14, decimal_places=6, required=False,
        help_text=gettext_lazy("Time in hours, or as 0:20."),
    )  # fmt: skip
    unit_price = Amount(label=gettext_lazy("Price each"), max_digits=12, decimal_places=2, required=False)
    text = Text(label=gettext_lazy("Text on the invoice"), required=False)

    def __init__(self, data: Any = None, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        for name in ("quantity", "unit_price"):
            self.fields[name].validators.append(MinValueValidator(0))

    @property
    def is_instead(self) -> bool:
        """Whether something else is billed."""
        return bool(self.cleaned_data.get("quantity")) and self.cleaned_data.get("unit_price") is not None


class PriceForm(Refusable):
    """The price of something that has none its customer could be billed at: each, or the rate its own is changed at."""

    each = Amount(max_digits=12, decimal_places=2, required=False, min_value=Decimal(0))
    rate = Amount(
        label=gettext_lazy("Exchange rate"), max_digits=14, decimal_places=6, required=False,
        min_value=Decimal("0.000001"), error_messages={"min_value": gettext_lazy("A rate is more than 0.")},
    )  # fmt: skip

    def __init__(self, is_time: bool, lack: Refused, currency: str, data: Any = None) -> None:
        super().__init__(data)
        label = _("Price of an hour, net, in %(currency)s") if is_time else _("Price each, net, in %(currency)s")
        self.fields["each"].label = label % {"currency": currency}
        if lack.code == "price_in_other_currency":
            told = _("Instead of a price: what %(theirs)s 1 is in %(ours)s. It counts for all work of this handover.")
            self.fields["rate"].help_text = told % lack.params
        else:
            self.fields["each"].required = True
            del self.fields["rate"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "rate" in self.fields and not self.errors and (cleaned["each"] is None) == (cleaned["rate"] is None):
            self.add_error("each", _("Enter the price or the exchange rate, one of them."))
        return cleaned


class SettleForm(forms.Form):
    """Closing what waits for its bill: as nothing to bill, or written off for a reason."""

    reason = Line(label=gettext_lazy("Why it is written off"), max_length=500, required=False)


LABELS = {
    "text": gettext_lazy("says what was done"),
    "time": gettext_lazy("says from when until when"),
    "contract": gettext_lazy("is under a contract of the customer"),
}


class ChecksForm(forms.Form):
    """What is checked of each role's entries before they are approved, and how requests are closed."""

    settles_tickets = forms.BooleanField(
        label=gettext_lazy("Close a ticket by itself once all of its work is invoiced"), required=False
    )

    def __init__(self, kept: Mapping[str, Sequence[str]], settles: bool, data: Any = None) -> None:
        super().__init__(data, initial={"settles_tickets": settles})
        self.roles = list(Role.objects.exclude(code=CONTACT).order_by("pk"))
        for role in self.roles:
            self.fields[f"role_{role.code}"] = forms.MultipleChoiceField(
                label=role.label,
                choices=[(code, LABELS[code]) for code in CHECKS],
                widget=forms.CheckboxSelectMultiple,
                required=False,
                initial=list(kept.get(role.code, USUAL)),
            )

    @property
    def rows(self) -> list[Any]:
        """The fields of the roles."""
        return [self[f"role_{role.code}"] for role in self.roles]

    @property
    def values(self) -> dict[str, Any]:
        """What the service keeps."""
        clean = self.cleaned_data
        checks = {role.code: [one for one in CHECKS if one in clean[f"role_{role.code}"]] for role in self.roles}
        return {"checks": checks, "settles_tickets": clean["settles_tickets"]}
