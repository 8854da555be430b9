"""Delivery notes as they are addressed, signed and taken back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from billing.models import DeliveryLine, DeliveryNote, Order, StockPlace
from billing.services import signatures
from billing.services.delivery_lines import DELIVERABLE
from billing.services.returns import Part
from psa.directory.models import Company
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.web import refusals
from psa.web.figures import quantity
from tickets.forms.fields import Amount, Line, Text


class Refusing(forms.Form):
    """A form that shows a service's no; what was typed stays."""

    def refuse(self, refused: Refused) -> None:
        """Say it above the form."""
        self.add_error(None, refusals.explain(refused))


class NewNoteForm(Refusing):
    """A new delivery note: for an order, or for a customer without one."""

    order = forms.ModelChoiceField(
        Order.objects.none(), label=pgettext_lazy("sales", "Order"), required=False,
        empty_label=gettext_lazy("Without an order"),
    )  # fmt: skip
    company = forms.ModelChoiceField(
        Company.objects.none(), label=gettext_lazy("Customer"), required=False, empty_label="–",
        help_text=gettext_lazy("Only without an order."),
    )  # fmt: skip

    def __init__(self, actor: Actor, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        orders: Any = self.fields["order"]
        orders.queryset = Order.objects.visible_to(actor).filter(status__in=DELIVERABLE).order_by("-pk")
        companies: Any = self.fields["company"]
        companies.queryset = Company.objects.visible_to(actor).order_by("name")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("order") and not cleaned.get("company") and not self.errors:
            self.add_error("order", _("Choose an order or a customer."))
        return cleaned


class AddressForm(Refusing):
    """To whom and where."""

    recipient = Line(label=gettext_lazy("Recipient"), max_length=160)
    address = Text(label=gettext_lazy("Delivered to"), max_length=1000, required=False)
    remark = Text(label=gettext_lazy("Remark on the paper"), max_length=2000, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, note: DeliveryNote, data: Any = None) -> None:
        given = {"recipient": note.recipient, "address": note.address, "remark": note.note, "version": note.version}
        super().__init__(data, initial=given)
        for name in ("address", "remark"):
            self.fields[name].widget.attrs["rows"] = 4


class SignForm(Refusing):
    """The name of whoever signs, and what they draw where scripts run; or the word that the printed note is signed."""

    places = {
        "name_missing": "name",
        "signature_missing": "is_on_paper",
        "signature_is_empty": "is_on_paper",
        "signature_unreadable": "is_on_paper",
    }

    name = Line(label=gettext_lazy("Name of the person who signs"), max_length=120)
    drawing = forms.CharField(widget=forms.HiddenInput, required=False)
    is_on_paper = forms.BooleanField(
        label=gettext_lazy("Signed on paper"), required=False,
        help_text=gettext_lazy("The printed delivery note was signed by hand; nothing needs to be drawn."),
    )  # fmt: skip

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.fields["name"].widget.attrs["autocomplete"] = "off"

    @property
    def png(self) -> bytes:
        """The drawing, as it was sent; none where it was signed on paper. Raises Refused("signature_unreadable")."""
        return b"" if self.cleaned_data["is_on_paper"] else signatures.decoded(self.cleaned_data["drawing"])

    def refuse(self, refused: Refused) -> None:
        """Show a service's no where it belongs; name and drawing stay."""
        self.add_error(self.places.get(refused.code), refusals.explain(refused))


class ReasonForm(Refusing):
    """Why it did not happen."""

    reason = Text(label=gettext_lazy("Reason"), max_length=1000)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.fields["reason"].widget.attrs["rows"] = 3


class AmountsForm(Refusing):
    """How much of each of several lines. `amounts` is what was typed, by the id of the line."""

    def __init__(self, lines: Iterable[tuple[int, str, Decimal, str]], data: Any = None, *, full: bool) -> None:
        """`lines`: id, name, the most there is, unit. They open with the most where `full`."""
        super().__init__(data)
        self.rows: list[tuple[Any, str]] = []
        self.ids: list[int] = []
        for pk, name, most, unit in lines:
            self.fields[f"line-{pk}"] = Amount(
                label=name,
                required=False,
                max_digits=10,
                decimal_places=2,
                initial=most if full else None,
                validators=[MinValueValidator(Decimal(0)), MaxValueValidator(most)],
            )
            self.ids.append(pk)
            self.rows.append((self[f"line-{pk}"], quantity(most, unit)))

    @property
    def amounts(self) -> dict[int, Decimal]:
        typed = {pk: self.cleaned_data.get(f"line-{pk}") for pk in self.ids}
        return {pk: amount for pk, amount in typed.items() if amount}


class PricesForm(Refusing):
    """The price each, net, of the lines of a note that have none; 0 is a price."""

    def __init__(self, lines: Iterable[DeliveryLine], data: Any = None) -> None:
        self.lines = list(lines)
        is_sent = data is not None and any(f"price-{line.pk}" in data for line in self.lines)
        super().__init__(data if is_sent else None)
        for line in self.lines:
            self.fields[f"price-{line.pk}"] = Amount(
                label=line.name, max_digits=12, decimal_places=2, validators=[MinValueValidator(Decimal(0))]
            )

    @property
    def rows(self) -> list[tuple[Any, str]]:
        """The fields with how much there is of each."""
        return [(self[f"price-{line.pk}"], quantity(line.quantity, line.unit)) for line in self.lines]

    @property
    def given(self) -> dict[int, Decimal]:
        """The prices by the id of their line."""
        return {line.pk: self.cleaned_data[f"price-{line.pk}"] for line in self.lines}


class FromOrderForm(AmountsForm):
    """What of an order goes along, and where it is taken from."""

    place = forms.ModelChoiceField(
        StockPlace.objects.none(), label=gettext_lazy("Taken from"), required=False, empty_label="–"
    )

    def __init__(self, lines: Iterable[tuple[int, str, Decimal, str]], data: Any = None) -> None:
        super().__init__(lines, data, full=True)
        places: Any = self.fields["place"]
        places.queryset = StockPlace.objects.filter(is_active=True)


class TakeBackForm(AmountsForm):
    """What came back, with which serial numbers, and why."""

    reason = Text(label=gettext_lazy("Reason"), max_length=1000)

    def __init__(self, left: Mapping[DeliveryLine, Part], data: Any = None) -> None:
        lines = [(line.pk, line.name, part.quantity, line.unit) for line, part in left.items()]
        super().__init__(lines, data, full=False)
        self.numbered = [self._numbers(line, part) for line, part in left.items() if part.serials]
        self.fields["reason"].widget.attrs["rows"] = 3

    def _numbers(self, line: DeliveryLine, part: Part) -> Any:
        self.fields[f"serials-{line.pk}"] = forms.MultipleChoiceField(
            label=_("Serial numbers of %(name)s that came back") % {"name": line.name},
            choices=[(one, one) for one in part.serials],
            widget=forms.CheckboxSelectMultiple,
            required=False,
        )
        return self[f"serials-{line.pk}"]

    @property
    def serials(self) -> dict[int, list[str]]:
        """The serial numbers that were chosen, by the id of the line."""
        return {pk: self.cleaned_data.get(f"serials-{pk}", []) for pk in self.ids}
