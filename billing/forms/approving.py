"""What is typed about a decision: why something goes back, is taken back or written off, and what is billed instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.utils.translation import gettext_lazy

from billing.services.approving import CHECKS, USUAL
from psa.tenancy.capabilities import CONTACT
from psa.tenancy.models import Role
from tickets.forms.fields import Amount, Line, Text


class ReasonForm(forms.Form):
    """Why."""

    reason = Line(label=gettext_lazy("Why"), max_length=500)


class CorrectForm(ReasonForm):
    """What is billed in place of what was posted. Hours or pieces; net."""

    quantity = Amount(label=gettext_lazy("Quantity"), max_digits=10, decimal_places=2, required=False)
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
