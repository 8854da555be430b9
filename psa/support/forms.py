"""What an administrator says when the support may look in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from psa.support import services
from psa.tenant_settings.forms import Refusable


class GrantForm(Refusable):
    """Who, for how long and why."""

    operator = forms.ChoiceField(label=_("Who"), required=False)
    hours = forms.TypedChoiceField(
        label=_("For how long"), choices=((1, _("1 hour")), (4, _("4 hours")), (24, _("1 day"))), coerce=int, initial=1
    )
    reason = forms.CharField(label=_("Reason"), max_length=500)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        fields: dict[str, Any] = self.fields
        fields["operator"].choices = [("", _("Everybody of the support")), *services.people()]
