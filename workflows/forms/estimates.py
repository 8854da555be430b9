"""An estimate as it is typed, and a decision that is recorded for somebody."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from psa.directory.models import Contact
from psa.tenant_settings.forms import CURRENCIES
from tickets.forms.fields import Amount, Minutes, Moment, Text
from tickets.models import Proof
from workflows.forms.refusable import Refusable
from workflows.models import Pricing, Said
from workflows.services.estimates import Draft

LONGEST = 60 * 5000
RECORDED = (
    (Said.ACCEPTED, gettext_lazy("Accepts the estimate")),
    (Said.RETURNED, gettext_lazy("Has a question, or proposes something else")),
    (Said.DECLINED, gettext_lazy("Cancels the request")),
)


class EstimateForm(Refusable):
    """Minutes and what they cost, how much more they may become, and by when."""

    places = {
        "deadline_is_past": "proposed_due",
        "deadline_is_no_working_day": "proposed_due",
        "price_missing": "rate",
    }

    minutes = Minutes(
        label=gettext_lazy("Time to come"),
        longest=LONGEST,
        error_messages={"too_long": gettext_lazy("This is longer than an estimate can be.")},
        help_text=gettext_lazy("1:30, 1.5 h or 90 (minutes); what was worked before does not belong to it."),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Price"), choices=Pricing.choices, widget=forms.RadioSelect)
    rate = Amount(label=gettext_lazy("Per hour, net"), max_digits=10, decimal_places=2, min_value=0, required=False)
    amount = Amount(
        label=gettext_lazy("Fixed price, net"), max_digits=12, decimal_places=2, min_value=0, required=False
    )
    currency = forms.ChoiceField(label=gettext_lazy("Currency"))
    vat_rate = Amount(label=gettext_lazy("VAT in per cent"), max_digits=5, decimal_places=2, min_value=0, max_value=100)
    tolerance = forms.IntegerField(
        label=gettext_lazy("Tolerance in per cent"),
        min_value=0,
        max_value=100,
        required=False,
        help_text=gettext_lazy("So much more may it become without asking again. A fixed price has none."),
    )
    proposed_due = Moment(
        label=gettext_lazy("Deadline"), help_text=gettext_lazy("A working day; accepted, it becomes the due date.")
    )
    text = Text(
        label=gettext_lazy("What the customer reads"),
        required=False,
        help_text=gettext_lazy("What will be done, and why."),
    )

    def __init__(self, data: Any = None, *, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        known = dict.fromkeys((initial["currency"], *CURRENCIES))
        self.fields["currency"].choices = [(code, code) for code in known]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        is_hourly = cleaned.get("kind") == Pricing.HOURLY
        price = "rate" if is_hourly else "amount"
        if cleaned.get("kind") and price not in self.errors and cleaned.get(price) is None:
            self.add_error(price, _("Enter the rate per hour.") if is_hourly else _("Enter the fixed price."))
        return cleaned

    @property
    def draft(self) -> Draft:
        """What was typed, as the service takes it."""
        clean = self.cleaned_data
        return Draft(
            minutes=clean["minutes"],
            proposed_due=clean["proposed_due"],
            kind=clean["kind"],
            rate=clean["rate"],
            amount=clean["amount"],
            tolerance=clean["tolerance"],
            currency=clean["currency"],
            vat_rate=clean["vat_rate"] or Decimal(0),
            text=clean["text"],
        )


class RecordForm(Refusable):
    """Who decided what, and what shows it."""

    places = {"proof_missing": "text", "not_an_approver": "contact", "estimate_over_limit": "contact"}

    contact = forms.ModelChoiceField(Contact.objects.none(), label=gettext_lazy("Who decided"), empty_label=None)
    decision = forms.ChoiceField(label=gettext_lazy("Decision"), choices=RECORDED, widget=forms.RadioSelect)
    proof = forms.ChoiceField(label=gettext_lazy("What shows it"), choices=Proof.choices)
    text = Text(
        label=gettext_lazy("Where it can be found"),
        help_text=gettext_lazy(
            "When the call was and what was said; the mail's subject; where the signed document is."
        ),
    )

    def __init__(self, data: Any = None, *, people: list[Contact]) -> None:
        super().__init__(data)
        rows = Contact.objects.filter(pk__in=[one.pk for one in people]).order_by("name")
        self.fields["contact"].queryset = rows  # type: ignore[attr-defined]
