"""Days and amounts as they are typed on every form; a bound is told as the reader writes numbers."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from psa.web import figures

FIRST_YEAR, LAST_YEAR = 2000, 2100
# 1.000 and 12,345,678.90: groups of three by one sign, decimals behind the other.
GROUPED = re.compile(r"[+-]?\d{1,3}(?P<sign>[.,])\d{3}(?:(?P=sign)\d{3})*(?P<rest>(?!(?P=sign))[.,]\d+)?")


def within_reason(value: date) -> None:
    """Refuse a day nobody means: what lies outside these years was mistyped, and some of it no clock can show."""
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        years = {"first": FIRST_YEAR, "last": LAST_YEAR}
        raise forms.ValidationError(_("Enter a day between the years %(first)s and %(last)s.") % years, code="no_day")


class Day(forms.DateField):
    """A date as the browser offers it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs})
        self.validators.append(within_reason)


class Amount(forms.DecimalField):
    """An amount or a quantity; a comma is as good as a point."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> Any:
        return super().to_python(self._plain(value) if isinstance(value, str) else value)

    def _plain(self, typed: str) -> str:
        """What was typed, as Python writes it: thousands may stand in groups, as the reader or somebody else writes
        them. An exponent is a slip of the finger."""
        bare = re.sub(r"[\s'’]", "", typed)
        if re.search(r"[^\d.,+-]", bare):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        if grouped := GROUPED.fullmatch(bare):
            sign, is_whole = grouped["sign"], not grouped["rest"]
            is_decimal = is_whole and bare.count(sign) == 1 and (self._takes_three() or sign == figures.decimal_sign())
            bare = bare if is_decimal else bare.replace(sign, "")
        return bare.replace(",", ".") if bare.count(",") == 1 else bare

    def _takes_three(self) -> bool:
        return self.decimal_places is None or self.decimal_places > 2

    def run_validators(self, value: Any) -> None:
        """A bound is told as numbers are written, not as Python does."""
        try:
            super().run_validators(value)
        except forms.ValidationError as found:
            for error in found.error_list:
                if error.params and isinstance(error.params.get("limit_value"), Decimal):
                    error.params["limit_value"] = figures.number(error.params["limit_value"])
            raise

    def prepare_value(self, value: Any) -> Any:
        return number_format(value, use_l10n=True) if isinstance(value, Decimal) else value

    def widget_attrs(self, widget: Any) -> dict[str, Any]:
        return {"inputmode": "decimal", "autocomplete": "off"}
