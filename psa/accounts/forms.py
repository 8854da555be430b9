"""What is typed about coming in."""

from __future__ import annotations

from typing import Any

from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from psa.accounts import idle, oidc, signins
from psa.accounts.models import Outcome, SignOn
from psa.members.forms import Refusable
from psa.tenancy import capabilities
from psa.tenancy.models import Role, SecondFactor, Tenant

REASONS = {
    "unreachable": gettext_lazy("The provider does not answer there, or not as a provider does."),
    "other_issuer": gettext_lazy(
        "The provider answers there, but calls itself by another address. Copy its issuer exactly."
    ),
    "incomplete": gettext_lazy("The provider answers there, but does not say what is needed to sign in through it."),
    "not_https": gettext_lazy("The address must begin with https://."),
    "private_address": gettext_lazy(
        "This address leads into a private network; the provider must be reachable from outside."
    ),
    "port": gettext_lazy("The provider must answer on port 443 or 8443."),
}

KEPT = ("issuer", "client_id", "is_on", "ends_there")


class SecondFactorForm(AuthenticateForm):
    """The code of the second step; a wrong one is written down."""

    def clean_code(self) -> str:
        try:
            return super().clean_code()
        except ValidationError:
            signins.note(context.request, Outcome.FAILED, "code", user=self.user)
            raise


class InviteForm(Refusable):
    """A new colleague."""

    name = forms.CharField(label=pgettext_lazy("of a person", "Name"), max_length=120)
    email = forms.EmailField(label=gettext_lazy("E-mail"))
    role = forms.ModelChoiceField(Role.objects.none(), label=gettext_lazy("Role"), empty_label=None)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)

    def __init__(self, data: Any, tenant: Tenant) -> None:
        super().__init__(data, initial={"language": tenant.language})
        rows = Role.objects.exclude(code=capabilities.CONTACT).order_by("pk")
        self.fields["role"].queryset = rows  # type: ignore[attr-defined]
        self.fields["role"].initial = next((row.pk for row in rows if row.code == "technician"), None)


class RulesForm(Refusable):
    """What the company asks of those who come in."""

    second_factor = forms.ChoiceField(
        label=gettext_lazy("Second factor"), choices=SecondFactor.choices, widget=forms.RadioSelect, required=False
    )
    needs_sign_on = forms.BooleanField(label=gettext_lazy("Only through our own sign-on"), required=False)
    keeps_origins = forms.IntegerField(
        label=gettext_lazy("Keep addresses and browsers for"), min_value=7, max_value=1825
    )
    idle_minutes = forms.TypedChoiceField(
        label=gettext_lazy("Sign out without a click for"), choices=idle.CHOICES, coerce=int
    )

    def __init__(self, data: Any, tenant: Tenant) -> None:
        super().__init__(data, initial={name: getattr(tenant, name) for name in self.base_fields})


class SignOnForm(Refusable):
    """The company's identity provider. An empty secret leaves the one that is kept."""

    issuer = forms.URLField(label=gettext_lazy("Issuer"), max_length=300, assume_scheme="https")
    client_id = forms.CharField(label=gettext_lazy("Client ID"), max_length=200)
    secret = forms.CharField(
        label=gettext_lazy("Client secret"),
        max_length=500,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    is_on = forms.BooleanField(label=gettext_lazy("People may sign in through it"), required=False)
    ends_there = forms.BooleanField(label=gettext_lazy("Signing out here signs people out there, too"), required=False)

    def __init__(self, data: Any, row: SignOn | None) -> None:
        start = {name: getattr(row, name) for name in KEPT} if row else {}
        super().__init__(data, prefix="sign_on", initial=start)

    def clean_issuer(self) -> str:
        """The provider is asked who it is, before anything is saved."""
        issuer = self.cleaned_data["issuer"]
        try:
            oidc.discover(issuer)
        except oidc.Untrusted as error:
            raise ValidationError(REASONS.get(error.code, REASONS["unreachable"])) from error
        return issuer


class CompanyForm(forms.Form):
    """Whose sign-on to use: the company's address here."""

    company = forms.SlugField(label=gettext_lazy("Your company's address here"), max_length=50)

    def refuse(self) -> None:
        self.add_error("company", _("No company has a sign-on of its own under this address."))
