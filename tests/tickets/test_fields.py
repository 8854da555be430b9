"""What people type as a day, a moment or an amount: nothing no clock can show, nothing that widens the page."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone, translation

from tickets.forms import Amount, Day, Moment

BERLIN = "Europe/Berlin"


@pytest.mark.parametrize("typed", ["0001-01-01T00:00", "1999-12-31T23:59", "2101-01-01T00:00", "9999-12-31T23:59"])
def test_a_moment_nobody_means_is_refused(typed: str) -> None:
    with timezone.override(BERLIN), pytest.raises(ValidationError):
        Moment().clean(typed)


@pytest.mark.parametrize("typed", ["0001-01-01", "1900-01-01", "9999-12-31"])
def test_a_day_nobody_means_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        Day().clean(typed)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("2026-07-01T09:30", "2026-07-01 09:30+0200"),
        ("2026-10-25T02:30", "2026-10-25 02:30+0200"),  # comes twice: the first
        ("2026-03-29T02:30", "2026-03-29 03:30+0200"),  # never comes: what the clock shows then
    ],
)
def test_the_hours_when_the_clocks_change_are_taken(typed: str, shown: str) -> None:
    with timezone.override(BERLIN):
        assert Moment().clean(typed).strftime("%Y-%m-%d %H:%M%z") == shown


@pytest.mark.parametrize(("language", "shown"), [("de", "95,00"), ("lv", "95,00"), ("en", "95.00")])
def test_an_amount_stands_in_the_form_as_the_reader_writes_it_and_comes_back_the_same(
    language: str, shown: str
) -> None:
    field = Amount(max_digits=10, decimal_places=2)
    with translation.override(language):
        assert field.prepare_value(Decimal("95.00")) == shown
        assert field.clean(shown) == Decimal("95.00")
        assert not field.has_changed(Decimal("95.00"), shown)
