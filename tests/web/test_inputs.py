"""Amounts as they are typed: a bound is told as the reader, or the company, writes numbers."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django import forms
from django.utils.translation import override

from psa.web.figures import numbers_as
from psa.web.inputs import Amount


class Price(forms.Form):
    price = Amount(min_value=Decimal("0.01"), max_value=Decimal("999999.99"))


@pytest.mark.parametrize(
    ("language", "numbers", "least", "most"),
    [
        ("de", "", "0,01", "999.999,99"),
        ("lv", "", "0,01", "999\u00a0999,99"),
        ("en", "", "0.01", "999,999.99"),
        ("en", "de", "0,01", "999.999,99"),
        ("de", "de-CH", "0.01", "999’999.99"),
    ],
)
def test_a_bound_is_told_as_numbers_are_written(language: str, numbers: str, least: str, most: str) -> None:
    with override(language), numbers_as(numbers):
        assert least in Price({"price": "0"}).errors["price"][0]
        assert most in Price({"price": "1000000"}).errors["price"][0]


class Quantity(forms.Form):
    count = Amount(max_digits=10, decimal_places=2)


@pytest.mark.parametrize(
    ("numbers", "typed", "meant"),
    [
        ("de", "1.149", "1149"),
        ("de", "1.149,50", "1149.50"),
        ("de", "1,149", None),
        ("de", "1.000.000", "1000000"),
        ("de", "1 149,5", "1149.5"),
        ("de", "12.5", "12.5"),
        ("en", "1,149", "1149"),
        ("en", "1,149.50", "1149.50"),
        ("en", "1.149", None),
        ("de-CH", "1’149.50", "1149.50"),
        ("de", "1e1", None),
        ("de", "1.149.50", None),
        ("de", "1,2,3", None),
    ],
)
def test_thousands_stand_in_groups_as_they_are_printed(numbers: str, typed: str, meant: str | None) -> None:
    with override("en"), numbers_as(numbers):
        form = Quantity({"count": typed})
        assert form.is_valid() == (meant is not None), form.errors
        assert meant is None or form.cleaned_data["count"] == Decimal(meant)


@pytest.mark.parametrize("typed", ["1e99", "-1e99", "9" * 40, "NaN", "Infinity"])
def test_a_number_without_end_is_refused(typed: str) -> None:
    assert not Price({"price": typed}).is_valid()
