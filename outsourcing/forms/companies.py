"""What people type about a company of the small plan: setting it up, its settings, its people."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from outsourcing.forms.fields import Refusable
from outsourcing.services import portals
from outsourcing.terms import CURRENCIES
from psa.directory.forms import countries
from psa.tenancy.capabilities import ROLE_NAMES
from psa.tenancy.models import Tenant, User
from psa.web.zones import zones
from tickets.forms import Line

# Where a company of this country most likely is, and what it counts in; anything else is chosen.
ZONES = {"AT": "Europe/Vienna", "CH": "Europe/Zurich", "DE": "Europe/Berlin", "EE": "Europe/Tallinn",
         "GB": "Europe/London", "LT": "Europe/Vilnius", "LV": "Europe/Riga", "PL": "Europe/Warsaw"}  # fmt: skip


def currencies(present: str = "") -> list[tuple[str, str]]:
    """The currencies offers are made in, and the one that is set already."""
    codes = [*CURRENCIES, present] if present and present not in CURRENCIES else list(CURRENCIES)
    return [(code, code) for code in codes]


class CompanyForm(Refusable):
    """Where a company is, and how it writes dates, amounts and mails."""

    country = forms.ChoiceField(label=_("Country"))
    language = forms.ChoiceField(
        label=_("Language"), choices=settings.LANGUAGES, help_text=_("Of mails; everybody may choose their own.")
    )
    time_zone = forms.ChoiceField(label=_("Time zone"))
    currency = forms.ChoiceField(label=_("Currency"))

    def __init__(self, data: Any = None, tenant: Tenant | None = None, **kwargs: Any) -> None:
        initial = {name: getattr(tenant, name) for name in portals.SETTINGS} if tenant else {}
        super().__init__(data, initial={**initial, **kwargs.pop("initial", {})}, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["country"].choices = [("", _("Choose a country")), *countries()[1:]]
        fields["time_zone"].choices = zones()
        fields["currency"].choices = currencies(tenant.currency if tenant else "")

    def settings(self) -> dict[str, str]:
        """The cleaned settings by the names of the tenant's columns."""
        return {name: self.cleaned_data[name] for name in portals.SETTINGS}


class SetUpForm(CompanyForm):
    """A new company out of an invitation: one page. Whoever has an account keeps their password."""

    places = {"invitation_is_void": ""}

    company = Line(label=_("Name of your company"), max_length=120)
    name = Line(label=_("Your name"), max_length=120)
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least ten characters, and nothing that is easy to guess."),
    )
    field_order = ("company", "country", "language", "time_zone", "currency", "name", "password")

    def __init__(self, email: str, data: Any = None, person: str = "", *, needs_password: bool = True) -> None:
        self.email = email
        language = get_language() or "en"
        country = {"de": "DE", "lv": "LV"}.get(language, "")
        start = {"language": language, "country": country, "time_zone": ZONES.get(country, "UTC"), "currency": "EUR"}
        super().__init__(data, initial={**start, "name": person})
        if not needs_password:
            del self.fields["password"]

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, User(email=self.email, name=self.cleaned_data.get("name", "")))
        return password


class PersonForm(Refusable):
    """A new colleague."""

    places = {"is_a_member": "email"}

    name = Line(label=_("First and last name"), max_length=120)
    email = forms.EmailField(label=_("E-mail"))
    role = forms.ChoiceField(
        label=_("Role"),
        initial="technician",
        help_text=_(
            "Technicians work tickets. Dispatchers answer offers and return work as well. Administrators manage people"
            " and settings besides."
        ),
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    def __init__(self, data: Any = None, language: str = "en") -> None:
        super().__init__(data, initial={"language": language})
        fields: dict[str, Any] = self.fields
        fields["role"].choices = [(code, ROLE_NAMES[code]) for code in reversed(portals.ROLES)]
