"""The numbers a company bills under, as its tax office and its bank gave them."""

from __future__ import annotations

from django import forms

from psa.directory import official


class Seller(forms.Form):
    """A form with a VAT id, an IBAN and a BIC; each is compared with its check digits (`psa.directory.official`)."""

    def clean_vat_id(self) -> str:
        return official.vat_id(self.cleaned_data["vat_id"])

    def clean_iban(self) -> str:
        return official.account(self.cleaned_data["iban"])

    def clean_bic(self) -> str:
        return official.bank(self.cleaned_data["bic"])
