"""Goods that come in and are counted, and the places they lie at."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.forms import naming
from billing.forms.delivery import Refusing
from billing.forms.goods import Serials
from billing.models import StockPlace
from billing.services import articles
from tickets.forms.fields import Amount, Line


class AtPlaceForm(Refusing):
    """An article kept in stock, as it is typed, and a place. `initial` may name the article by its id."""

    article = Line(label=gettext_lazy("Article"), max_length=210)
    meant = naming.choice()
    place = forms.ModelChoiceField(StockPlace.objects.none(), label=gettext_lazy("Stock place"), empty_label="–")

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        if asked := articles.on_offer(is_stocked=True).filter(pk=self.initial.pop("article", None)).first():
            self.initial["article"] = articles.written(asked)
        self.fields["article"].widget.attrs |= {"list": "articles", "autocomplete": "off"}
        places: Any = self.fields["place"]
        places.queryset = StockPlace.objects.filter(is_active=True)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if words := cleaned.get("article"):
            found = naming.read(words, cleaned.get("meant") or "", articles.on_offer(is_stocked=True))
            cleaned["article"] = found.article
            if found.offers:
                naming.ask(self, found)
            elif found.article is None:
                self.add_error("article", _("No article that is kept in stock has this number or name."))
        return cleaned


class ReceiveForm(AtPlaceForm):
    """Goods that came in."""

    quantity = Amount(
        label=gettext_lazy("Quantity"),
        max_digits=12,
        decimal_places=2,
        help_text=gettext_lazy("In the article's own unit."),
        validators=[MinValueValidator(Decimal("0.01"))],
    )
    serials = Serials()
    reason = Line(label=gettext_lazy("Remark"), max_length=200, required=False)


class CountForm(AtPlaceForm):
    """What was counted, and from how little on it is low."""

    counted = Amount(
        label=gettext_lazy("Counted"), max_digits=12, decimal_places=2, validators=[MinValueValidator(Decimal(0))]
    )
    reason = Line(
        label=gettext_lazy("Reason for a difference"), max_length=200, required=False,
        help_text=gettext_lazy("Needed where it differs from what should be there."),
    )  # fmt: skip
    minimum = Amount(
        label=gettext_lazy("Low below"),
        max_digits=12,
        decimal_places=2,
        required=False,
        validators=[MinValueValidator(Decimal(0))],
        help_text=gettext_lazy("Empty: never."),
    )


class PlaceForm(Refusing):
    """What a place is called."""

    name = Line(label=gettext_lazy("Name"), max_length=80)
