"""A form that can show a service's no where it belongs; what was typed stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from psa.tenancy.errors import Refused
from psa.web import refusals


class Refusable(forms.Form):
    """`places` says which field a code speaks of."""

    places: Mapping[str, str] = {}

    def refuse(self, refused: Refused) -> None:
        place: Any = self.places.get(refused.code)
        self.add_error(place if place in self.fields else None, refusals.explain(refused))
