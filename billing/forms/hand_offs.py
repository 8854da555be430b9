"""Hand-offs as they are typed: a wish for sales, a reason, an answer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from psa.tenancy.errors import Refused
from psa.web import refusals
from tickets.forms.fields import Line, Moment, Text


class WishForm(forms.Form):
    """What sales shall do for the customer of a ticket."""

    title = Line(label=gettext_lazy("What is wished for"), max_length=200)
    text = Text(
        label=gettext_lazy("What sales must know"),
        required=False,
        max_length=5000,
        help_text=gettext_lazy("Quantities, dates, what was said on the phone."),
    )
    due_at = Moment(label=gettext_lazy("Due"), required=False)

    def refuse(self, refused: Refused) -> None:
        """Show a service's no; what was typed stays."""
        self.add_error(None, refusals.explain(refused))


class WordsForm(forms.Form):
    """The words of a move."""

    words = Text(max_length=5000)

    def __init__(self, data: Any = None, *, is_needed: bool = True, label: Any = "") -> None:
        super().__init__(data)
        self.fields["words"].required = is_needed
        self.fields["words"].label = label or _("Answer")
        self.fields["words"].widget.attrs["rows"] = 3

    def refuse(self, refused: Refused) -> None:
        """Show a service's no; what was typed stays."""
        self.add_error(None, refusals.explain(refused))
