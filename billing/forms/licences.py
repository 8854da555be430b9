"""A licence as the technician reports it, and where sales takes it in."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models import Article, ContractLine, Licence, LicenceChange
from billing.models.articles import ArticleKind
from billing.models.contracts import LONGEST_PERIOD
from billing.services.licences import Position, Report
from psa.directory.models import Contract
from psa.tenancy.errors import Refused
from psa.web import refusals
from tickets.forms.fields import Amount, Day, Line, Text
from tickets.models import Ticket


class Refusable(forms.Form):
    """`places` says which field a code speaks of."""

    places: dict[str, str] = {}

    def refuse(self, refused: Refused) -> None:
        """Show a service's no where it belongs; what was typed stays."""
        place: Any = self.places.get(refused.code)
        self.add_error(place if place in self.fields else None, refusals.explain(refused))


class LicenceForm(Refusable):
    """What was installed, how many, on which day and for whom."""

    places = {
        "licence_product_missing": "product",
        "licence_replaces_nothing": "remark",
        "licence_is_in_the_future": "installed_on",
        "licence_reported_already": "is_sure",
    }

    article = forms.ModelChoiceField(
        Article.objects.none(), label=_("Product"), required=False, empty_label=_("Another one, typed below")
    )
    product = Line(label=_("Name of the product"), max_length=160, required=False)
    quantity = forms.IntegerField(label=_("Quantity"), min_value=1, max_value=100_000, initial=1)
    change = forms.ChoiceField(label=_("What is it"), choices=LicenceChange.choices, widget=forms.RadioSelect)
    replaces = forms.ModelChoiceField(
        ContractLine.objects.none(),
        label=_("Position it changes"),
        required=False,
        empty_label="–",
        help_text=_("Of the customer's contracts; for a new licence none."),
    )
    installed_on = Day(label=_("Installed on"))
    device = Line(label=_("Device or user"), max_length=160, required=False)
    remark = Text(label=_("Remark"), required=False, max_length=5000)
    is_sure = forms.BooleanField(label=_("Report it all the same"), required=False)

    def __init__(self, ticket: Ticket, data: Any = None) -> None:
        super().__init__(data, initial={"change": LicenceChange.NEW, "installed_on": timezone.localdate()})
        fields: dict[str, Any] = self.fields
        fields["article"].queryset = Article.objects.filter(kind=ArticleKind.LICENCE, is_active=True).order_by("name")
        rows = ContractLine.objects.filter(contract__company=ticket.company_id)
        fields["replaces"].queryset = rows.select_related("contract").order_by("name")
        fields["remark"].widget.attrs["rows"] = 2
        self.asks_again = bool(data and data.get("is_sure"))

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if not found.get("product") and found.get("article"):
            found["product"] = found["article"].name
        return found

    @property
    def report(self) -> Report:
        """What was typed, as the service takes it."""
        clean = self.cleaned_data
        return Report(**{name: clean[name] for name in Report.__slots__})

    def refuse(self, refused: Refused) -> None:
        self.asks_again = self.asks_again or refused.code == "licence_reported_already"
        super().refuse(refused)


class AcceptForm(Refusable):
    """The contract, the position, from which day, at which price."""

    places = {
        "licence_position_missing": "position",
        "licence_reduces_too_much": "position",
        "licence_position_elsewhere": "position",
        "licence_position_billed": "starts_on",
    }

    contract = forms.ModelChoiceField(Contract.objects.none(), label=_("Contract"), empty_label=None)
    position = forms.ModelChoiceField(
        ContractLine.objects.none(), label=_("Position it changes"), required=False, empty_label=_("A new position")
    )
    starts_on = Day(label=_("Billed from"))
    unit_price = Amount(
        label=_("Price each, net"), max_digits=12, decimal_places=2, min_value=Decimal(0), initial=Decimal(0)
    )
    months = forms.IntegerField(label=_("Every … months"), min_value=1, max_value=LONGEST_PERIOD, initial=1)

    def __init__(self, licence: Licence, data: Any = None) -> None:
        price = licence.article.price if licence.article else Decimal(0)
        start = {"starts_on": licence.installed_on, "position": licence.replaces_id, "unit_price": price}
        super().__init__(data, initial=start)
        fields: dict[str, Any] = self.fields
        fields["contract"].queryset = Contract.objects.filter(company=licence.company_id).order_by("-starts_on")
        rows = ContractLine.objects.filter(contract__company=licence.company_id)
        fields["position"].queryset = rows.select_related("contract").order_by("name")
        if licence.change == LicenceChange.NEW:
            del fields["position"]
        if licence.change == LicenceChange.REDUCTION:
            del fields["unit_price"], fields["months"]

    @property
    def wanted(self) -> Position:
        """What was typed, as the service takes it."""
        clean = self.cleaned_data
        price = {name: clean[name] for name in ("unit_price", "months") if name in clean}
        return Position(clean["contract"], clean["starts_on"], clean.get("position"), **price)


class WordsForm(Refusable):
    """A question, or the answer to it."""

    places = {"licence_words_missing": "text"}

    text = Text(label=_("What do you want to know"), max_length=5000)

    def __init__(self, data: Any = None, *, label: Any = "") -> None:
        super().__init__(data)
        if label:
            self.fields["text"].label = label
