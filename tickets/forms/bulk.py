"""What is to be done to many tickets at once: one thing, chosen from a list of them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from psa.tenancy.models import Membership
from tickets.forms.fields import Moment, Text
from tickets.forms.ticket import colleagues
from tickets.labels import PRIORITIES
from tickets.models import Category, Queue
from tickets.services import MOVES_FOR_ALL, bulk

WHATS = (
    ("assignee", gettext_lazy("Assignee")),
    ("queue", gettext_lazy("Queue")),
    ("category", gettext_lazy("Category")),
    ("priority", gettext_lazy("Priority")),
    ("due_at", gettext_lazy("Due")),
    ("move", gettext_lazy("Status")),
    ("note", gettext_lazy("Internal note")),
)


class BulkForm(forms.Form):
    """One change. Only the control beside the chosen word is read; the others keep what was typed."""

    what = forms.ChoiceField(label=gettext_lazy("What to change"), choices=WHATS, widget=forms.RadioSelect)
    assignee = forms.ModelChoiceField(
        Membership.objects.none(), label=gettext_lazy("Assignee"), required=False, empty_label=gettext_lazy("Nobody")
    )
    queue = forms.ModelChoiceField(Queue.objects.none(), label=gettext_lazy("Queue"), required=False)
    category = forms.ModelChoiceField(
        Category.objects.none(), label=gettext_lazy("Category"), required=False, empty_label=gettext_lazy("None")
    )
    priority = forms.TypedChoiceField(label=gettext_lazy("Priority"), coerce=int, required=False, empty_value=None)
    due_at = Moment(label=gettext_lazy("Due"), required=False)
    move = forms.ChoiceField(label=gettext_lazy("Status"), required=False)
    text = Text(label=gettext_lazy("What to say with it"), required=False)
    note = Text(label=gettext_lazy("Internal note"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["assignee"].queryset = colleagues()
        fields["queue"].queryset = Queue.objects.filter(is_active=True)
        fields["category"].queryset = Category.objects.filter(is_active=True)
        fields["priority"].choices = PRIORITIES.choices()
        fields["move"].choices = [(move.name, move.label) for move in MOVES_FOR_ALL if "window" not in move.asks]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        what = found.get("what")
        for name in set(self.errors) - {"what", what, "text"}:
            del self.errors[name]  # a control nobody chose
        if what in {"queue", "priority", "move", "note"} and not found.get(what) and what not in self.errors:
            self.add_error(what, _("Say what it is to be."))
        move = next((one for one in MOVES_FOR_ALL if one.name == found.get("move")), None)
        if what == "move" and move and "text" in move.asks and not found.get("text"):
            self.add_error("text", _("This needs a few words."))
        return found

    def change(self) -> dict[str, Any]:
        """The change as it is kept and made."""
        clean = self.cleaned_data
        match what := clean["what"]:
            case "note":
                return {"note": clean["note"]}
            case "move":
                return {"move": clean["move"], "text": clean["text"]}
            case _:
                return {"field": what, "value": bulk.kept(clean[what])}
