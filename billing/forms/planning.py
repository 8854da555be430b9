"""The plan of an order's tickets as it is confirmed: for each what the technician must know, or nothing beyond the
order; and which of them is the base installation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.planning import Planned
from billing.services.confirming import Said
from psa.tenancy.errors import Refused
from psa.web import refusals
from tickets.forms.fields import Line, Text


class TicketForm(forms.Form):
    """One ticket of the plan."""

    title = Line(label=gettext_lazy("Title"), max_length=200)
    knowledge = Text(
        label=gettext_lazy("What the technician must know"),
        required=False,
        max_length=10_000,
        help_text=gettext_lazy("What was said beside the order: access, people, what must not happen."),
    )
    nothing_beyond = forms.BooleanField(label=gettext_lazy("Nothing beyond the order"), required=False)

    def __init__(self, planned: Planned, data: Any = None) -> None:
        super().__init__(data, prefix=planned.code, initial={"title": planned.title})
        self.planned = planned
        self.fields["knowledge"].widget.attrs["rows"] = 3

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if found.get("knowledge") and found.get("nothing_beyond"):
            self.add_error("nothing_beyond", _("You wrote what they must know: leave this unticked."))
        if not found.get("knowledge") and not found.get("nothing_beyond") and "knowledge" not in self.errors:
            self.add_error("knowledge", _("Write it down, or tick that there is nothing beyond the order."))
        return found

    @property
    def said(self) -> Said:
        """What the service takes."""
        clean = self.cleaned_data
        return Said(clean["title"], clean["knowledge"], clean["nothing_beyond"])


class PlanForm(forms.Form):
    """All tickets of the plan. `version` is the order's as the page showed it."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    base = forms.ChoiceField(label=gettext_lazy("Base installation"), widget=forms.RadioSelect, required=False)

    def __init__(self, planned: Sequence[Planned], version: int, data: Any = None) -> None:
        proposed = next((one.code for one in planned if one.is_base), "")
        super().__init__(data, initial={"version": version, "base": proposed})
        self.tickets = [TicketForm(one, data) for one in planned]
        field: Any = self.fields["base"]
        field.choices = [(one.code, one.title) for one in planned]
        if len(planned) < 2:
            del self.fields["base"]
        else:
            field.required = True

    def is_valid(self) -> bool:
        """The plan and each of its tickets."""
        tickets = [one.is_valid() for one in self.tickets]
        return super().is_valid() and all(tickets)

    @property
    def said(self) -> dict[str, Said]:
        """What was typed for each ticket, by the plan's codes."""
        return {one.planned.code: one.said for one in self.tickets}

    def refuse(self, refused: Refused) -> None:
        """Show a service's no; what was typed stays."""
        self.add_error(None, refusals.explain(refused))
