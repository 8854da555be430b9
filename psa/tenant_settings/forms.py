"""The company's settings as they are typed. What a change does to what is there already stands beside each field."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from psa.tenancy.errors import Refused
from psa.tenancy.models import NumberFormat, Tenant, Weekday
from psa.tenant_settings.services import SETTINGS
from psa.web import refusals
from psa.web.zones import zones

CURRENCIES = ("EUR", "CHF", "GBP", "USD", "PLN", "CZK", "DKK", "NOK", "SEK")


class Refusable(forms.Form):
    """A form that shows a service's no; what was typed stays."""

    def refuse(self, refused: Refused) -> None:
        self.add_error(None, refusals.explain(refused))


class CompanyForm(Refusable):
    """What the company is called and how it writes."""

    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        help_text=_(
            "On pages, mails and new papers. Papers already issued keep the old name;"
            " partners go on seeing the name they made the partnership with."
        ),
    )
    language = forms.ChoiceField(
        label=_("Language"),
        choices=settings.LANGUAGES,
        help_text=_("For everybody who chose none, and of mails to them. Nothing written before is translated."),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        help_text=_(
            "Times are kept as moments: the same moments are shown in the new zone. Days of time entries stay."
        ),
    )
    currency = forms.ChoiceField(
        label=_("Currency"),
        help_text=_(
            "For new contracts, charges and limits. Amounts there are keep their currency; nothing is converted."
        ),
    )
    number_format = forms.ChoiceField(
        label=_("Numbers"),
        choices=NumberFormat.choices,
        required=False,
        help_text=_("How amounts are written on pages, in mails and in sheets (CSV) from now on."),
    )
    week_starts = forms.TypedChoiceField(
        label=_("Week begins on"),
        choices=Weekday.choices,
        coerce=int,
        help_text=_("In week views, for past weeks too."),
    )
    mail_name = forms.CharField(
        label=_("Sender of mails"),
        max_length=60,
        required=False,
        help_text=_("The name beside the address; empty: the company's. Mails already waiting keep theirs."),
    )

    def __init__(self, tenant: Tenant, data: Any = None) -> None:
        present = {name: getattr(tenant, name) for name in SETTINGS}
        super().__init__(data, initial=present)
        fields: dict[str, Any] = self.fields
        fields["time_zone"].choices = zones()
        fields["currency"].choices = [(code, code) for code in dict.fromkeys((*CURRENCIES, tenant.currency))]
        for name in SETTINGS:
            fields[f"seen_{name}"] = forms.CharField(
                widget=forms.HiddenInput, required=False, max_length=200, initial=str(present[name])
            )

    def clean_name(self) -> str:
        return _plain(self.cleaned_data["name"])

    def clean_mail_name(self) -> str:
        return _plain(self.cleaned_data["mail_name"])

    @property
    def values(self) -> dict[str, Any]:
        """The settings as cleaned."""
        return {name: self.cleaned_data[name] for name in SETTINGS}

    @property
    def seen(self) -> dict[str, Any]:
        """The settings as the page showed them."""
        return {
            name: type(self.initial[name])(said) if said or name != "week_starts" else None
            for name in SETTINGS
            for said in [self.cleaned_data[f"seen_{name}"]]
        }

    def clean_seen_week_starts(self) -> str:
        said = self.cleaned_data["seen_week_starts"]
        return said if said.isdecimal() and len(said) < 3 else ""


def _plain(text: str) -> str:
    """One line without characters that no name has: it goes into the heads of mails."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


class LogoForm(Refusable):
    """A picture."""

    upload = forms.FileField(
        label=_("Picture"),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
        help_text=_(
            "PNG or JPEG, at most 2 MB. It is drawn anew, at most 600 × 200 pixels, and shown in the header and on new"
            " papers."
        ),
    )
