"""Articles with their packaging units, and service templates, as they are typed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import Article, ArticleKind, ServiceTemplate, VatKind
from billing.services import articles
from billing.services.articles import MOST_PACKAGINGS, Packaging
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.web import refusals
from tickets.forms.fields import Amount, Line, Minutes, Text
from tickets.models import Category, ChecklistTemplate, Queue, TicketType

# Units of UN/ECE recommendation 20 an invoice says, with the words we use for them.
UNIT_CODES = (
    ("C62", gettext_lazy("piece (C62)")),
    ("HUR", gettext_lazy("hour (HUR)")),
    ("DAY", gettext_lazy("day (DAY)")),
    ("MON", gettext_lazy("month (MON)")),
    ("ANN", gettext_lazy("year (ANN)")),
    ("MTR", gettext_lazy("metre (MTR)")),
    ("KMT", gettext_lazy("kilometre (KMT)")),
    ("KGM", gettext_lazy("kilogram (KGM)")),
    ("LS", gettext_lazy("flat charge (LS)")),
)
NAMES = tuple(name for name in articles.COLUMNS[Article] if name != "service")


class PackagingForm(forms.Form):
    """One packaging unit."""

    name = Line(label=gettext_lazy("Packed as"), max_length=40, required=False)
    factor = Amount(
        label=gettext_lazy("Contains"), max_digits=10, decimal_places=2, min_value=Decimal("0.01"), required=False
    )
    price = Amount(label=gettext_lazy("Price, net"), max_digits=12, decimal_places=2, min_value=0, required=False)

    @property
    def is_blank(self) -> bool:
        return not any(str(self[name].value() or "").strip() for name in self.fields)

    def typed(self) -> dict[str, Any]:
        """What stands in the row, for the same row at another place."""
        return {name: self[name].value() for name in self.fields}

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if not found.get("name"):
            self.add_error("name", _("Give the packaging unit a name: carton, reel …"))
        if not found.get("factor") and "factor" not in self.errors:
            self.add_error("factor", _("Say how many are in it."))
        return found


class ArticleForm(forms.Form):
    """An article; whoever does not see prices leaves them as they are."""

    number = Line(label=gettext_lazy("Number"), max_length=40)
    name = Line(label=gettext_lazy("Name"), max_length=160)
    text = Text(label=gettext_lazy("Description"), required=False, max_length=5000)
    kind = forms.ChoiceField(label=gettext_lazy("Type"), choices=ArticleKind.choices, initial=ArticleKind.GOODS)
    unit = Line(label=gettext_lazy("Unit"), max_length=20, required=False)
    unit_code = forms.ChoiceField(label=gettext_lazy("Unit on electronic invoices"), choices=UNIT_CODES)
    price = Amount(label=gettext_lazy("Price each, net"), max_digits=12, decimal_places=2, min_value=0)
    cost = Amount(label=gettext_lazy("Cost each, net"), max_digits=12, decimal_places=2, min_value=0, required=False)
    vat_kind = forms.ChoiceField(label=gettext_lazy("VAT"), choices=VatKind.choices, initial=VatKind.STANDARD)
    account = Line(label=gettext_lazy("Revenue account"), max_length=10, required=False)
    service = forms.ModelChoiceField(
        ServiceTemplate.objects.none(), label=gettext_lazy("Service template"), required=False, empty_label="–"
    )
    is_installable = forms.BooleanField(label=gettext_lazy("Is installed"), required=False)
    needs_appointment = forms.BooleanField(label=gettext_lazy("Needs an appointment"), required=False)
    has_serials = forms.BooleanField(label=gettext_lazy("Has serial numbers"), required=False)
    is_stocked = forms.BooleanField(label=gettext_lazy("Kept in stock"), required=False)
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20)

    def __init__(self, actor: Actor, article: Article | None = None, data: Any = None) -> None:
        row = article or Article()
        start = {name: getattr(row, name) for name in NAMES}
        start |= {"service": row.service_id, "seen": articles.fingerprint(row)}
        super().__init__(data, initial=start if article else {"seen": ""}, use_required_attribute=False)
        services = ServiceTemplate.objects.filter(is_active=True) | ServiceTemplate.objects.filter(pk=row.service_id)
        self.fields["service"].queryset = services.order_by("name")  # type: ignore[attr-defined]
        self.fields["text"].widget.attrs["rows"] = 3
        if not actor.can("price.view"):
            del self.fields["price"], self.fields["cost"]
        if data is None:
            packed = [self._row(at, initial=_packed(one)) for at, one in enumerate(articles.packagings_of(row))]
            self.rows = packed
        else:
            self.rows = [self._row(at, data) for at in range(_size(data.get("rows", "")))]

    def _row(self, at: int, data: Any = None, initial: dict[str, Any] | None = None) -> PackagingForm:
        return PackagingForm(data, prefix=f"row{at}", initial=initial, use_required_attribute=False)

    def rearrange(self, verb: str, place: int) -> None:
        """A packaging unit more, or one less; what was typed stays."""
        typed = [row.typed() for row in self.rows]
        if verb == "add" and len(typed) < MOST_PACKAGINGS:
            typed.append({})
        elif verb == "remove" and 0 <= place < len(typed):
            del typed[place]
        self.rows = [self._row(at, initial=one) for at, one in enumerate(typed)]

    def is_valid(self) -> bool:
        """The article, and every packaging unit in which something is written."""
        rows = [row.is_valid() for row in self.rows if not row.is_blank]
        return super().is_valid() and all(rows)

    @property
    def values(self) -> dict[str, Any]:
        """What the service takes."""
        return {name: value for name, value in self.cleaned_data.items() if name != "seen"}

    @property
    def packagings(self) -> list[Packaging]:
        """The packaging units that are filled in."""
        rows = [row.cleaned_data for row in self.rows if not row.is_blank]
        return [Packaging(one["name"], one["factor"], one["price"]) for one in rows]

    def refuse(self, refused: Refused) -> None:
        """Show a service's no; what was typed stays."""
        place = {"article_number_taken": "number"}.get(refused.code)
        self.add_error(place, refusals.explain(refused))


def _packed(one: Packaging) -> dict[str, Any]:
    return {"name": one.name, "factor": one.factor, "price": one.price}


def _size(typed: str) -> int:
    return min(int(typed), MOST_PACKAGINGS) if typed.isdecimal() and len(typed) < 4 else 0


class ServiceForm(forms.Form):
    """A service template: what a ticket made from an order starts with."""

    name = Line(label=gettext_lazy("Name"), max_length=120)
    title = Line(label=gettext_lazy("Title of the ticket"), max_length=200)
    description = Text(label=gettext_lazy("Description"), required=False, max_length=10_000)
    queue = forms.ModelChoiceField(
        Queue.objects.none(), label=gettext_lazy("Queue"), required=False, empty_label=gettext_lazy("As usual")
    )
    category = forms.ModelChoiceField(
        Category.objects.none(), label=gettext_lazy("Category"), required=False, empty_label="–"
    )
    type = forms.ModelChoiceField(
        TicketType.objects.none(), label=gettext_lazy("Type"), required=False, empty_label="–"
    )
    planned_minutes = Minutes(
        label=gettext_lazy("Planned time"),
        required=False,
        longest=10_000,
        help_text=gettext_lazy("1:30, 1.5 h or 90 (minutes)"),
    )
    is_base = forms.BooleanField(
        label=gettext_lazy("Base installation"),
        required=False,
        help_text=gettext_lazy("Its ticket bears the order document; the other tickets of the order link to it."),
    )
    checklists = forms.ModelMultipleChoiceField(
        ChecklistTemplate.objects.none(),
        label=gettext_lazy("Checklists"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20)

    def __init__(self, service: ServiceTemplate | None = None, data: Any = None) -> None:
        row = service or ServiceTemplate()
        names = ("name", "title", "description", "planned_minutes", "is_base")
        kept = articles.checklists_of(row)
        start: dict[str, Any] = {name: getattr(row, name) for name in names}
        start |= {name: getattr(row, f"{name}_id") for name in ("queue", "category", "type")}
        start |= {"seen": articles.fingerprint(row), "checklists": [one.pk for one in kept]}
        super().__init__(data, initial=start, use_required_attribute=False)
        for name, model in (("queue", Queue), ("category", Category), ("type", TicketType)):
            rows = model.objects.filter(is_active=True) | model.objects.filter(pk=getattr(row, f"{name}_id"))
            self.fields[name].queryset = rows  # type: ignore[attr-defined]
        lists = ChecklistTemplate.objects.filter(is_active=True)
        lists = lists | ChecklistTemplate.objects.filter(pk__in=[one.pk for one in kept])
        self.fields["checklists"].queryset = lists.order_by("name", "pk")  # type: ignore[attr-defined]

    @property
    def values(self) -> dict[str, Any]:
        """What the service takes."""
        return {name: value for name, value in self.cleaned_data.items() if name not in {"seen", "checklists"}}

    def refuse(self, refused: Refused) -> None:
        """Show a service's no; what was typed stays."""
        self.add_error("name" if refused.code == "name_taken" else None, refusals.explain(refused))
