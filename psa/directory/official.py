"""Numbers somebody else gives out – VAT ids, bank accounts, electronic addresses – checked where they are typed.

Shapes and check digits are those of python-stdnum (ADR 26). What is checked is the number alone: whether it is in use
is known to the register that gave it out. Every check takes what was typed and gives back how it is kept; it raises
ValidationError in the reader's language.
"""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from stdnum import bic, ean, iban
from stdnum.ch import vat as swiss_vat
from stdnum.de import leitweg
from stdnum.eu import vat as eu_vat
from stdnum.gb import vat as british_vat
from stdnum.no import mva as norwegian_vat

from psa.directory.countries import COUNTRIES

# What a VAT id begins with where that is not its country's code.
VAT_PREFIXES = {"EL": "GR", "XI": "GB"}
OTHER_VAT = {"CH": swiss_vat, "GB": british_vat, "NO": norwegian_vat}
# Lists of electronic addresses whose members are VAT ids, by their code (EAS).
VAT_SCHEMES = {
    "9910": "HU", "9914": "AT", "9920": "ES", "9925": "BE", "9926": "BG", "9928": "CY", "9929": "CZ", "9930": "DE",
    "9931": "EE", "9933": "GR", "9934": "HR", "9935": "IE", "9937": "LT", "9938": "LU", "9939": "LV", "9943": "MT",
    "9944": "NL", "9945": "PL", "9946": "PT", "9947": "RO", "9949": "SI", "9950": "SK", "9957": "FR",
}  # fmt: skip
MAIL, LEITWEG, GLN = "EM", "0204", "0088"
# The codes EN 16931 knows for electronic addresses (EAS, code list of the European Commission).
SCHEMES = frozenset(
    "0002 0007 0009 0037 0060 0088 0096 0097 0106 0130 0135 0142 0147 0151 0154 0158 0170 0177 0183 0184 0188 0190"
    " 0191 0192 0193 0194 0195 0196 0198 0199 0200 0201 0202 0203 0204 0205 0208 0209 0210 0211 0212 0213 0215 0216"
    " 0217 0218 0219 0220 0221 0225 0230 0235 0240 0242 0244 0245 0246 0248 9910 9913 9914 9915 9918 9919 9920 9922"
    " 9923 9924 9925 9926 9927 9928 9929 9930 9931 9932 9933 9934 9935 9936 9937 9938 9939 9940 9941 9942 9943 9944"
    " 9945 9946 9947 9948 9949 9950 9951 9952 9953 9957 9959 AN AQ AS AU EM".split()
)
ADDRESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._/+@-]{1,99}")


def _bare(text: str) -> str:
    return re.sub(r"[\s./-]", "", text).upper()


def vat_country(vat_id: str) -> str:
    """The country whose VAT id begins like this, as ISO 3166-1; "" for none."""
    code = _bare(vat_id)[:2]
    code = VAT_PREFIXES.get(code, code)
    return code if code in COUNTRIES else ""


def vat_id(text: str) -> str:
    """A VAT id without blanks (Swiss ones as Swiss papers write them): its country's letters, shape and check digits.

    Of countries whose numbers nobody here can check the letters alone are. "" stays "".
    """
    bare = _bare(text)
    if not bare:
        return ""
    if not vat_country(bare):
        raise ValidationError(_("A VAT id begins with the two letters of its country, for example DE136695976."))
    code = bare[:2]
    if code == "CH":
        _checked(swiss_vat, bare)
        return str(swiss_vat.format(bare))
    if code.lower() in eu_vat.MEMBER_STATES | {"el"}:
        _checked(eu_vat, bare)
    elif code in OTHER_VAT:
        _checked(OTHER_VAT[code], bare)
    elif not re.fullmatch(r"[A-Z0-9]{4,20}", bare):
        raise ValidationError(_("A VAT id has letters and digits alone."))
    return bare


def _checked(kind: Any, bare: str) -> None:
    if not kind.is_valid(bare):
        raise ValidationError(
            _("%(country)s gives out no such VAT id: its length or its check digit does not fit. Please compare it."),
            params={"country": bare[:2]},
        )


def account(text: str) -> str:
    """An IBAN without blanks: its country's length and its check digits (ISO 13616). "" stays ""."""
    if not (bare := _bare(text)):
        return ""
    if not iban.is_valid(bare):
        raise ValidationError(_("This is no IBAN: its check digits do not fit. Please compare it once more."))
    return bare


def bank(text: str) -> str:
    """A BIC (ISO 9362) of eight or eleven signs, of a country there is. "" stays ""."""
    if not (bare := _bare(text)):
        return ""
    if not bic.is_valid(bare) or bare[4:6] not in COUNTRIES:
        raise ValidationError(_("This is no BIC: it has 8 or 11 signs, for example COBADEFF or COBADEFFXXX."))
    return bare


def scheme(text: str) -> str:
    """The list an electronic address is of, by its code. "" stays ""."""
    if not (code := text.strip().upper()):
        return ""
    if code not in SCHEMES:
        raise ValidationError(
            _("There is no such list. EM is an e-mail address, 0204 a Leitweg-ID, 0088 a GLN, 9930 a German VAT id.")
        )
    return code


def address(text: str, code: str) -> str:
    """An electronic address as its list `code` writes them. "" stays ""."""
    plain = text.strip()
    if not plain:
        return ""
    if code == MAIL:
        validate_email(plain)
    elif code == LEITWEG and not leitweg.is_valid(plain):
        raise ValidationError(_("This is no Leitweg-ID: its check digits do not fit."))
    elif code == GLN and not (len(plain) == 13 and ean.is_valid(plain)):
        raise ValidationError(_("This is no GLN: 13 digits, of which the last is a check digit."))
    elif code in VAT_SCHEMES:
        country = VAT_SCHEMES[code]
        bare = _bare(plain)
        vat_id(bare if vat_country(bare) == country else f"{country}{bare}")
    elif not ADDRESS.fullmatch(plain):
        raise ValidationError(_("An electronic address has no blanks and no special signs."))
    return plain
