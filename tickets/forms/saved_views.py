"""The name of a saved view, and the view it is for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from tickets.forms.fields import Line
from tickets.models import SavedView
from tickets.services.saved_views import EVERYBODY, MINE, Audience


class ViewNameForm(forms.Form):
    """The name of one view."""

    name = Line(label=gettext_lazy("Name"), max_length=60)

    def __init__(self, data: Any = None, *, view: SavedView) -> None:
        super().__init__(data, initial={"name": view.name}, auto_id=f"view-{view.pk}-%s")


class ViewForm(forms.Form):
    """A view as its list posts it: which list, which of its pages, which query, the name that was typed, and for whom:
    nothing for oneself, "all", or a queue's id."""

    list = forms.SlugField(max_length=40)
    view = forms.SlugField(max_length=40, required=False)
    query = forms.CharField(max_length=1000, required=False)
    name = Line(max_length=60)
    audience = forms.RegexField(r"^(all|[0-9]{1,18})$", required=False)

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        clean, asked = self.cleaned_data, self.cleaned_data["audience"]
        whose = EVERYBODY if asked == "all" else Audience(int(asked)) if asked else MINE
        return {
            "list_name": clean["list"],
            "view": clean["view"],
            "query": clean["query"].lstrip("?"),
            "name": clean["name"],
            "audience": whose,
        }
