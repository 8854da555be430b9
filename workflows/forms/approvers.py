"""Approvers, their limits and deputies, as they are typed on a company's page and by its own people in the portal."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy

from psa.directory.models import Contact
from psa.tenant_settings.forms import CURRENCIES
from tickets.forms.fields import Amount, Day
from workflows.forms.refusable import Refusable
from workflows.models import Mode


class LimitForm(Refusable):
    """Up to how much somebody decides, and when it is their turn."""

    limit = Amount(
        label=gettext_lazy("Up to, net"),
        max_digits=12,
        decimal_places=2,
        min_value=0,
        required=False,
        help_text=gettext_lazy("Empty is without a limit. The tolerance counts within it."),
    )
    currency = forms.ChoiceField(label=gettext_lazy("Currency"))
    position = forms.IntegerField(
        label=gettext_lazy("Turn"),
        min_value=1,
        max_value=99,
        help_text=gettext_lazy("Counts where they decide one after the other."),
    )

    def __init__(
        self, data: Any = None, *, currency: str, initial: dict[str, Any] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(data, initial={"currency": currency, **(initial or {})}, **kwargs)
        known = dict.fromkeys((currency, *CURRENCIES))
        self.fields["currency"].choices = [(code, code) for code in known]  # type: ignore[attr-defined]


class ApproverForm(LimitForm):
    """A new approver, one of `people`."""

    places = {"is_an_approver": "contact", "contact_is_elsewhere": "contact"}
    field_order = ("contact", "limit", "currency", "position")

    contact = forms.ModelChoiceField(Contact.objects.none(), label=gettext_lazy("Contact"), empty_label=None)

    def __init__(self, people: Any, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["contact"].queryset = people  # type: ignore[attr-defined]


class ModeForm(Refusable):
    """How many have to agree."""

    mode = forms.ChoiceField(label=gettext_lazy("Who has to agree"), choices=Mode.choices, widget=forms.RadioSelect)


class DeputyForm(Refusable):
    """Somebody of `people` who decides in an approver's place for some days."""

    places = {
        "deputy_is_the_approver": "contact",
        "contact_is_elsewhere": "contact",
        "deputy_ends_before": "ends_on",
    }

    contact = forms.ModelChoiceField(Contact.objects.none(), label=gettext_lazy("Deputy"), empty_label=None)
    starts_on = Day(label=gettext_lazy("From"))
    ends_on = Day(label=gettext_lazy("Until, included"))

    def __init__(self, people: Any, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, initial={"starts_on": timezone.localdate()}, **kwargs)
        self.fields["contact"].queryset = people  # type: ignore[attr-defined]
