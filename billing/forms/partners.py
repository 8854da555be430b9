"""What is typed about money between partners."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy

from billing.services.margins import Margin
from outsourcing.forms.fields import Refusable
from tickets.forms import Amount


class RateForm(Refusable):
    """What one unit of the terms' currency is in the currency of our customer."""

    rate = Amount(
        label=gettext_lazy("Exchange rate"), max_digits=14, decimal_places=6, min_value=Decimal("0.000001"),
        error_messages={"min_value": gettext_lazy("A rate is more than 0.")},
    )  # fmt: skip

    def __init__(self, margin: Margin | None = None, data: Any = None) -> None:
        super().__init__(data, initial={"rate": margin.rate} if margin else None)
