"""What is typed of a partner's invoice after the end."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy

from outsourcing.forms.fields import Refusable
from outsourcing.papers import Owed
from tickets.forms import Amount, Day, Line, Text


class InvoiceForm(Refusable):
    """The partner's invoice for a handover: as it was entered, else as the partner announced it, else the amount of the
    statement. What the partner's papers have overtaken is offered as they are now."""

    number = Line(label=gettext_lazy("Invoice number"), max_length=60)
    date = Day(label=gettext_lazy("Invoice date"))
    amount = Amount(
        label=gettext_lazy("Net amount"),
        max_digits=12,
        decimal_places=2,
        min_value=0,
        help_text=gettext_lazy("Another amount than the statement's takes a word below."),
    )
    remark = Text(
        label=gettext_lazy("Why it is not the amount of the statement"),
        required=False,
        max_length=1000,
    )

    def __init__(self, owed: Owed, data: Any = None) -> None:
        initial: dict[str, Any] = {"date": timezone.localdate(), "amount": owed.paper.sums["payable"]}
        if owed.offer is not None and (owed.entered is None or owed.is_overtaken):
            initial = {"number": owed.offer.number, "date": owed.offer.on, "amount": owed.offer.amount}
        elif owed.entered is not None:
            known = owed.entered
            initial = {"number": known.number, "date": known.date, "amount": known.amount, "remark": known.remark}
        super().__init__(data, initial=initial)

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        clean = self.cleaned_data
        return {
            "number": clean["number"],
            "on": clean["date"],
            "amount": clean["amount"],
            "remark": clean["remark"],
        }
