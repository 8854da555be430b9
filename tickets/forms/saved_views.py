"""The name of a saved view, and the view it is for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from tickets.forms.fields import Line
from tickets.models import SavedView


class ViewNameForm(forms.Form):
    """The name of one view."""

    name = Line(label=gettext_lazy("Name"), max_length=60)

    def __init__(self, data: Any = None, *, view: SavedView) -> None:
        super().__init__(data, initial={"name": view.name}, auto_id=f"view-{view.pk}-%s")


class ViewForm(forms.Form):
    """A view as its list posts it: which list, which query, and the name that was typed."""

    list = forms.SlugField(max_length=40)
    query = forms.CharField(max_length=1000, required=False)
    name = Line(max_length=60)

    def values(self) -> dict[str, str]:
        """What the service takes."""
        clean = self.cleaned_data
        return {"list_name": clean["list"], "query": clean["query"].lstrip("?"), "name": clean["name"]}
