"""Goods as they are typed: an article by its number or name, or words; how much, how packed, from where."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.forms import naming
from billing.models import Article, PackagingUnit, StockPlace
from billing.services import articles
from billing.services.delivery_lines import Goods
from psa.tenancy.errors import Refused
from psa.web import refusals
from tickets.forms.fields import Amount, Line, Text

MOST_SERIALS = 200
LONGEST_SERIAL = 80
SMALLEST = Decimal("0.01")


class Serials(Line):
    """Serial numbers, one behind the other."""

    def __init__(self, **kwargs: Any) -> None:
        words = {"label": gettext_lazy("Serial numbers"), "help_text": gettext_lazy("Separated by commas")}
        super().__init__(**{**words, "required": False, "max_length": 4000, **kwargs})

    def clean(self, value: Any) -> tuple[str, ...]:
        found = [one.strip() for one in re.split(r"[,;]", super().clean(value)) if one.strip()]
        if len(found) > MOST_SERIALS or any(len(one) > LONGEST_SERIAL for one in found):
            raise forms.ValidationError(_("At most %(most)s serial numbers fit here.") % {"most": MOST_SERIALS})
        if twice := sorted({one for one in found if found.count(one) > 1}):
            raise forms.ValidationError(_("Entered twice: %(numbers)s") % {"numbers": ", ".join(twice)})
        return tuple(found)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list | tuple) else value


def _how_much() -> Amount:
    """How many, more than nothing; one unless somebody says otherwise."""
    more_than_nothing = [MinValueValidator(SMALLEST)]
    return Amount(
        label=gettext_lazy("Quantity"), max_digits=10, decimal_places=2, initial=1, validators=more_than_nothing
    )


class GoodsForm(forms.Form):
    """One kind of goods. `goods` is what it says, once it is valid."""

    what = Line(label=gettext_lazy("Article or name"), max_length=210)
    meant = naming.choice()
    quantity = _how_much()
    unit = Line(label=gettext_lazy("Unit or packaging"), max_length=20, required=False)
    place = forms.ModelChoiceField(
        StockPlace.objects.none(), label=gettext_lazy("Taken from"), required=False, empty_label="–"
    )
    serials = Serials()
    is_chargeable = forms.BooleanField(label=gettext_lazy("Chargeable"), required=False, initial=True)

    needs_article = False

    def __init__(
        self,
        data: Any = None,
        *,
        goods: Goods | None = None,
        listed: str = "articles",
        places: list[tuple[Any, str]] | None = None,
        **kwargs: Any,
    ) -> None:
        self.there = goods
        super().__init__(data, **kwargs)
        if goods is not None:
            self.initial = {**self.initial, **_initial(goods)}
        self.fields["what"].widget.attrs |= {"list": listed, "autocomplete": "off"}
        where: Any = self.fields["place"]
        kept = goods.place.pk if goods is not None and goods.place is not None else None
        where.queryset = StockPlace.objects.filter(Q(is_active=True) | Q(pk=kept))
        if places is not None:
            where.choices = places

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        words = cleaned.get("what") or ""
        found = self._read(words, cleaned.get("meant") or "")
        cleaned["article"], cleaned["packaging"] = found.article, None
        if found.article is not None:
            cleaned["packaging"] = self._packed(found.article, cleaned.get("unit") or "")
        elif found.offers:
            naming.ask(self, found)
        elif words and self.needs_article:
            self.add_error("what", _("There is no article of this number or name."))
        return cleaned

    @property
    def goods(self) -> Goods:
        """What was typed."""
        clean = self.cleaned_data
        return Goods(
            name=clean["what"],
            quantity=clean["quantity"],
            unit=clean["unit"],
            article=clean["article"],
            packaging=clean["packaging"],
            place=clean["place"],
            serials=clean["serials"],
            is_chargeable=clean["is_chargeable"],
        )

    def refuse(self, refused: Refused) -> None:
        """Show a service's no; what was typed stays."""
        self.add_error(None, refusals.explain(refused))

    def _read(self, words: str, meant: str) -> naming.Named:
        """What was typed; what stood there before may stay: an article that is retired, words that are no article."""
        stays = self.there is not None and words == self.there.written and not self.needs_article
        if stays and self.there is not None and self.there.article is not None:
            return naming.Named(self.there.article)
        found = naming.read(words, meant, articles.on_offer(), keeps_words=not self.needs_article)
        return naming.Named(found.article) if stays else found

    def _packed(self, article: Article, words: str) -> PackagingUnit | None:
        """How it is packed: in its own unit, or in one of its packaging units by name."""
        if not words or words.casefold() == article.unit.casefold():
            return None
        packed: list[PackagingUnit] = list(PackagingUnit.objects.filter(article=article))
        found = next((one for one in packed if one.name.casefold() == words.casefold()), None)
        if found is None:
            known = ", ".join(filter(None, [article.unit, *(one.name for one in packed)]))
            said = _("%(article)s comes as: %(units)s.") if known else _("%(article)s has no packaging units.")
            self.add_error("unit", said % {"article": article.name, "units": known})
        return found


class LineForm(GoodsForm):
    """A line the office puts on a delivery note."""


class OrderedLineForm(forms.Form):
    """What may still be said of a line that comes from an order."""

    quantity = Amount(
        label=gettext_lazy("Quantity"), max_digits=10, decimal_places=2, validators=[MinValueValidator(SMALLEST)]
    )
    place = forms.ModelChoiceField(
        StockPlace.objects.none(), label=gettext_lazy("Taken from"), required=False, empty_label="–"
    )
    serials = Serials()
    is_chargeable = forms.BooleanField(label=gettext_lazy("Chargeable"), required=False)

    def __init__(self, data: Any = None, *, goods: Goods) -> None:
        given = {name: value for name, value in _initial(goods).items() if name not in {"what", "unit"}}
        super().__init__(data, initial=given)
        self.there = goods
        places: Any = self.fields["place"]
        places.queryset = StockPlace.objects.filter(is_active=True)

    @property
    def goods(self) -> Goods:
        """The line with what was typed."""
        clean, there = self.cleaned_data, self.there
        return Goods(
            name=there.name,
            quantity=clean["quantity"],
            unit=there.unit,
            article=there.article,
            place=clean["place"],
            serials=clean["serials"],
            is_chargeable=clean["is_chargeable"],
        )

    def refuse(self, refused: Refused) -> None:
        """Show a service's no; what was typed stays."""
        self.add_error(None, refusals.explain(refused))


class NameForm(GoodsForm):
    """Which article the typed words meant."""

    needs_article = True

    def __init__(self, data: Any = None, *, goods: Goods, is_frozen: bool = False) -> None:
        super().__init__(data, goods=goods)
        self.fields["what"].label = gettext_lazy("Article")
        self.initial["what"] = ""
        for name in ("quantity", "serials", "is_chargeable", *(("place",) if is_frozen else ())):
            del self.fields[name]

    @property
    def goods(self) -> Goods:
        """The same goods, with their article."""
        clean = self.cleaned_data
        assert self.there is not None
        return Goods(
            name=self.there.name,
            quantity=self.there.quantity,
            article=clean["article"],
            packaging=clean["packaging"],
            place=clean.get("place") or self.there.place,
            serials=self.there.serials,
            is_chargeable=self.there.is_chargeable,
        )


class AskForm(forms.Form):
    """*Tell the office* what was used or is needed."""

    text = Line(label=gettext_lazy("What was used or is needed"), max_length=300)
    quantity = _how_much()
    unit = Line(label=gettext_lazy("Unit or packaging"), max_length=40, required=False)


class WordsForm(forms.Form):
    """A question, or the answer to it."""

    text = Text(label=gettext_lazy("Question"), max_length=2000)

    def __init__(self, data: Any = None, *, label: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["text"].label = label or self.fields["text"].label
        self.fields["text"].widget.attrs["rows"] = 3


def offered_places(*kept: StockPlace | None) -> list[tuple[Any, str]]:
    """The places of the field, for several rows at once; with those that are chosen already."""
    rows = StockPlace.objects.filter(Q(is_active=True) | Q(pk__in=[one.pk for one in kept if one is not None]))
    return [("", "–"), *rows.values_list("pk", "name")]


def _initial(goods: Goods) -> dict[str, Any]:
    return {
        "what": goods.written,
        "quantity": Decimal(f"{goods.quantity.normalize():f}"),
        "unit": goods.packed,
        "place": goods.place.pk if goods.place else None,
        "serials": goods.serials,
        "is_chargeable": goods.is_chargeable,
    }
