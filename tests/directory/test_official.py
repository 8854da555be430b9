"""VAT ids, accounts and electronic addresses: what is kept of what was typed, and what nobody can have given out."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from psa.directory import official
from psa.directory.countries import COUNTRIES, countries


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", ""),
        ("DE136695976", "DE136695976"),
        (" de 136.695.976 ", "DE136695976"),
        ("LV49999999918", "LV49999999918"),
        ("atu12345675", "ATU12345675"),
        ("EL094259216", "EL094259216"),
        ("XI110305878", "XI110305878"),
        ("GB980780684", "GB980780684"),
        ("che 107 787 577 mwst", "CHE-107.787.577 MWST"),
        ("US 12-3456789", "US123456789"),
    ],
)
def test_a_vat_id_is_kept_without_what_was_typed_to_read_it(typed: str, kept: str) -> None:
    assert official.vat_id(typed) == kept
    assert official.vat_id(kept) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "DE1",
        "DE136695977",
        "LV49999999910",
        "ATU1",
        "136695976",
        "ZZ136695976",
        "XX1",
        "CHE107787578MWST",
        "US<b>1</b>",
    ],
)
def test_a_vat_id_no_country_gave_out_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        official.vat_id(typed)


def test_it_is_refused_in_the_readers_language() -> None:
    with override("de"), pytest.raises(ValidationError, match="USt-IdNr"):
        official.vat_id("DE1")
    with override("lv"), pytest.raises(ValidationError, match="PVN"):
        official.vat_id("DE1")


@pytest.mark.parametrize("vat_id, country", [("EL094259216", "GR"), ("xi1", "GB"), ("1", ""), ("QQ1", "")])
def test_a_vat_id_says_its_country(vat_id: str, country: str) -> None:
    assert official.vat_country(vat_id) == country


@pytest.mark.parametrize("typed", ["DE03120300000000202051", "DE0212030000000020205", "XX02120300000000202051", "12"])
def test_an_account_has_its_countrys_length_and_its_check_digits(typed: str) -> None:
    assert official.account("de02 1203 0000 0000 2020 51") == "DE02120300000000202051"
    with pytest.raises(ValidationError):
        official.account(typed)


@pytest.mark.parametrize("typed", ["COBADEF", "C0BADEFF!", "COBAQQFF", "COBADEFFXX"])
def test_a_bank_has_eight_or_eleven_signs_and_a_country(typed: str) -> None:
    assert official.bank("coba de ff xxx") == "COBADEFFXXX" and official.bank("") == ""
    with pytest.raises(ValidationError):
        official.bank(typed)


@pytest.mark.parametrize(
    ("scheme", "right", "wrong"),
    [
        ("EM", "office@hansen.example", "office@"),
        ("0204", "04011000-1234512345-06", "04011000-1234512345-99"),
        ("0088", "4006381333931", "4006381333932"),
        ("9930", "DE136695976", "DE1"),
        ("9939", "49999999918", "DE136695976"),
        ("0192", "987654321", "no blanks, please"),
    ],
)
def test_an_electronic_address_is_one_of_its_list(scheme: str, right: str, wrong: str) -> None:
    assert official.address(right, official.scheme(scheme.lower())) == right
    with pytest.raises(ValidationError):
        official.address(wrong, scheme)


def test_a_list_nobody_keeps_is_refused() -> None:
    with pytest.raises(ValidationError):
        official.scheme("1234")


def test_countries_are_those_there_are() -> None:
    assert {"DE", "LV", "CH", "GB"} <= COUNTRIES and not {"EU", "UK", "AC", "XA"} & COUNTRIES
    with override("lv"):
        assert ("DE", "Vācija") in countries()
