"""A call note: who was on the phone, who called whom, what was said, and how long it took."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from tickets.forms.fields import Line, Minutes, Text
from tickets.forms.items import ItemForm
from tickets.models import Direction


class CallForm(ItemForm):
    """Information by phone on a ticket that is there."""

    place = "call"
    kind, icon, label = "note", "phone", gettext_lazy("Call note")
    names = ("caller", "direction", "text", "minutes")

    caller = Line(label=gettext_lazy("On the phone"), max_length=120)
    direction = forms.ChoiceField(
        label=gettext_lazy("Direction"), choices=Direction.choices, initial=Direction.IN, widget=forms.RadioSelect
    )
    text = Text(label=gettext_lazy("What was said"))
    minutes = Minutes(
        label=gettext_lazy("Minutes"),
        required=False,
        help_text=gettext_lazy("Becomes a time entry. Leave it empty to log none."),
    )

    def blank(self) -> dict[str, Any]:
        return {"caller": self.ticket.contact.name if self.ticket.contact else ""}

    def narrow(self) -> None:
        if not self.actor.can("time.log"):
            del self.fields["minutes"]
