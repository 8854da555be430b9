"""What is typed of a partner's invoice after the end."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy

from outsourcing.forms.fields import Refusable
from outsourcing.models import PartnerInvoice
from outsourcing.papers import Paper
from tickets.forms import Amount, Day, Line


class InvoiceForm(Refusable):
    """The partner's invoice for a handover; the amount is offered from the statement."""

    number = Line(label=gettext_lazy("Invoice number"), max_length=60)
    date = Day(label=gettext_lazy("Invoice date"))
    amount = Amount(
        label=gettext_lazy("Net amount"),
        max_digits=12,
        decimal_places=2,
        min_value=0,
        help_text=gettext_lazy("A difference to the statement is shown, not refused."),
    )

    def __init__(self, paper: Paper, known: PartnerInvoice | None, data: Any = None) -> None:
        payable = paper.sums["payable"]
        initial: dict[str, Any] = {"date": timezone.localdate(), "amount": payable}
        if known is not None:
            initial = {"number": known.number, "date": known.date, "amount": known.amount}
        super().__init__(data, initial=initial)

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        clean = self.cleaned_data
        return {"number": clean["number"], "on": clean["date"], "amount": clean["amount"]}
