"""An order as it is typed: its head, and line by line what was ordered. Lines come and go with buttons that save
nothing; an article brings its name, unit and price once, what is typed after that stays."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.forms import naming
from billing.models import Article, Order, OrderLine, PackagingUnit, VatKind
from billing.services import articles
from billing.services.orders import MOST_LINES, Draft, LineDraft, price_of
from psa.directory import services as directory
from psa.directory.models import Company, Contact, Location
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from psa.web import refusals
from tickets.forms.fields import Amount, Day, Line, Text
from tickets.forms.opening import MOST_OFFERED, find_customers

WORDS = ("name", "unit", "unit_price", "vat_kind", "is_installable", "needs_appointment")


class LineForm(forms.Form):
    """One line. `article` is typed: a number, a name, or what the picker offers; `brought` says for which article and
    packaging unit name and price were filled in already."""

    article = Line(label=gettext_lazy("Article"), max_length=210, required=False)
    meant = naming.choice()
    name = Line(label=gettext_lazy("What"), max_length=160, required=False)
    quantity = Amount(
        label=gettext_lazy("Quantity"), max_digits=10, decimal_places=2, min_value=Decimal("0.01"), required=False
    )
    packaging = forms.ModelChoiceField(
        PackagingUnit.objects.none(), label=gettext_lazy("Packed as"), required=False, empty_label="–"
    )
    unit = Line(label=gettext_lazy("Unit"), max_length=20, required=False)
    unit_price = Amount(
        label=gettext_lazy("Price each, net"), max_digits=12, decimal_places=2, min_value=0, required=False
    )
    vat_kind = forms.ChoiceField(label=gettext_lazy("VAT"), choices=VatKind.choices, initial=VatKind.STANDARD)
    is_installable = forms.BooleanField(label=gettext_lazy("Is installed"), required=False)
    needs_appointment = forms.BooleanField(label=gettext_lazy("Needs an appointment"), required=False)
    text = Text(label=gettext_lazy("Description"), required=False, max_length=5000)
    key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    brought = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60)

    def __init__(self, actor: Actor, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, use_required_attribute=False, **kwargs)
        self.actor = actor
        self.fields["article"].widget.attrs |= {"list": "articles", "autocomplete": "off"}
        self.fields["text"].widget.attrs["rows"] = 2
        if not actor.can("price.view"):
            del self.fields["unit_price"]
        self.found = self._read(str(self["article"].value() or ""))
        self.chosen = self.found.article
        if self.chosen is not None:
            rows = PackagingUnit.objects.filter(article=self.chosen)
            self.fields["packaging"].queryset = rows  # type: ignore[attr-defined]
        elif self.found.offers:
            naming.offer(self, self.found)

    def _read(self, words: str) -> naming.Named:
        kept: Article | None = self.initial.get("kept")
        if kept is not None and articles.written(kept) == words:  # retired meanwhile, perhaps, and still on the line
            return naming.Named(kept)
        return naming.read(words, str(self["meant"].value() or ""), articles.on_offer(self.actor))

    @property
    def is_blank(self) -> bool:
        return not any(str(self[name].value() or "").strip() for name in ("article", "name", "quantity", "text"))

    def typed(self) -> dict[str, Any]:
        """What stands in the row, readable or not, for the same row at another place; with what its article brings."""
        found = {name: self[name].value() for name in self.fields}
        article = self.chosen
        if article is None:
            return found
        packaging = self._packaging(article)
        now = f"{article.pk}:{packaging.pk if packaging else ''}"
        before, _sep, _packed = str(found.get("brought") or "").partition(":")
        if str(found.get("brought") or "") == now:
            return found
        if before != str(article.pk):
            packaging, now = None, f"{article.pk}:"
            found |= {name: getattr(article, name) for name in ("name", "unit", "vat_kind", "text")}
            found |= {name: getattr(article, name) for name in ("is_installable", "needs_appointment")}
            found |= {"article": articles.written(article), "meant": "", "packaging": ""}
            found["quantity"] = found.get("quantity") or "1"
        else:
            found["unit"] = packaging.name if packaging else article.unit
        found |= {"unit_price": price_of(article, packaging), "brought": now}
        return found

    def _packaging(self, article: Article) -> PackagingUnit | None:
        word = str(self["packaging"].value() or "")
        rows = PackagingUnit.objects.filter(article=article)
        return rows.filter(pk=int(word)).first() if word.isdecimal() and len(word) < 19 else None

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if self.found.offers:
            naming.ask(self, self.found)
        elif found.get("article") and self.chosen is None:
            self.add_error("article", _("No article has this number or name. Leave it empty for a line of its own."))
        if self.chosen is not None and not found.get("name"):
            found |= {"name": self.chosen.name, "unit": found.get("unit") or self.chosen.unit}
        if not found.get("name") and "article" not in self.errors:
            self.add_error("name", _("Say what was ordered."))
        if not found.get("quantity") and "quantity" not in self.errors:
            self.add_error("quantity", _("Say how many."))
        return found

    def draft(self) -> LineDraft:
        """The line as it is kept. Without a price it costs what its article does."""
        clean = self.cleaned_data
        return LineDraft(
            name=clean["name"],
            quantity=clean["quantity"],
            key=clean["key"],
            article=self.chosen,
            packaging=clean["packaging"],
            unit=clean["unit"],
            unit_price=self._price(),
            vat_kind=clean["vat_kind"],
            text=clean["text"],
            is_installable=clean["is_installable"],
            needs_appointment=clean["needs_appointment"],
        )

    def _price(self) -> Decimal | None:
        if "unit_price" not in self.fields:
            return None
        price: Decimal | None = self.cleaned_data["unit_price"]
        if price is None and self.chosen is not None:
            return price_of(self.chosen, self.cleaned_data["packaging"])
        return price if price is not None else Decimal(0)


class OrderForm(forms.Form):
    """The head of an order with its lines. `order` is the one that is changed."""

    find = Line(label=gettext_lazy("Search customers"), required=False, max_length=100)
    company = forms.ModelChoiceField(
        Company.objects.none(), label=gettext_lazy("Customer"), empty_label=gettext_lazy("Choose a customer")
    )
    contact = forms.ModelChoiceField(
        Contact.objects.none(), label=gettext_lazy("Contact"), required=False, empty_label="–"
    )
    location = forms.ModelChoiceField(
        Location.objects.none(), label=gettext_lazy("Delivery address"), required=False, empty_label="–"
    )
    title = Line(label=gettext_lazy("Title"), max_length=200)
    owner = forms.ModelChoiceField(
        Membership.objects.none(), label=gettext_lazy("Sales owner"), required=False, empty_label=gettext_lazy("Me")
    )
    ordered_on = Day(label=gettext_lazy("Ordered on"))
    wanted_on = Day(label=gettext_lazy("Wanted by"), required=False)
    customer_reference = Line(label=gettext_lazy("Customer's order number"), max_length=60, required=False)
    note = Text(label=gettext_lazy("Remark"), required=False, max_length=5000)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, actor: Actor, order: Order | None = None, data: Any = None, *, begin: Mapping[str, Any] | None = None
    ) -> None:
        start = _head(order) if order else {"ordered_on": timezone.localdate(), **(begin or {})}
        super().__init__(data, initial=start, use_required_attribute=False)
        self.actor, self.order = actor, order
        self._narrow()
        self.lines = self._rows(data)
        self.fields["note"].widget.attrs["rows"] = 2

    def _rows(self, data: Any) -> list[LineForm]:
        if data is not None:
            return [self._row(number, data) for number in range(_size(data.get("lines", "")))]
        rows = OrderLine.objects.filter(order=self.order).select_related("article") if self.order else []
        found = [self._row(number, initial=_line(line)) for number, line in enumerate(rows)]
        return found or [self._row(0)]

    def _row(self, number: int, data: Any = None, initial: dict[str, Any] | None = None) -> LineForm:
        return LineForm(self.actor, data, prefix=f"line{number}", initial=initial)

    def rearrange(self, verb: str, place: int) -> None:
        """A line more, or one less; every line's article brings what it has not brought yet. What was typed stays."""
        typed = [row.typed() for row in self.lines]
        if verb == "add" and len(typed) < MOST_LINES:
            typed.append({})
        elif verb == "remove" and 0 <= place < len(typed):
            del typed[place]
        self.lines = [self._row(number, initial=one) for number, one in enumerate(typed or [{}])]

    def is_valid(self) -> bool:
        """The head, and every line in which something is written."""
        rows = [row.is_valid() for row in self.lines if not row.is_blank]
        return super().is_valid() and all(rows)

    def clean(self) -> dict[str, Any]:
        """Nothing is wanted before it was ordered."""
        found = super().clean() or {}
        ordered, wanted = found.get("ordered_on"), found.get("wanted_on")
        if ordered and wanted and wanted < ordered:
            self.add_error("wanted_on", _("This is before the day of the order. Choose that day or a later one."))
        return found

    @property
    def draft(self) -> Draft:
        """What the service is asked for."""
        clean = self.cleaned_data
        names = ("title", "company", "contact", "location", "owner", "ordered_on", "wanted_on", "customer_reference")
        lines = [row.draft() for row in self.lines if not row.is_blank]
        return Draft(**{name: clean[name] for name in names}, note=clean["note"], lines=lines)

    def refuse(self, refused: Refused) -> None:
        """Show a service's no; what was typed stays."""
        self.add_error(None, refusals.explain(refused))

    def _narrow(self) -> None:
        """The customer's own people and places, and those who sell."""
        chosen = self._company_id()
        words = str(self.data.get("find", "") if self.is_bound else "")
        found = list(find_customers(words, self.actor).values_list("pk", "name")[:MOST_OFFERED])
        if chosen and chosen not in [pk for pk, _name in found]:
            found = [*Company.objects.filter(pk=chosen).values_list("pk", "name"), *found]
        field = self._field("company")
        kept = Company.objects.filter(pk=self.order.company_id) if self.order else Company.objects.none()
        field.queryset = Company.objects.visible_to(self.actor).filter(is_active=True) | kept
        field.widget.choices = [("", field.empty_label), *found]
        people: Any = Contact.objects.filter(company_id=chosen).order_by("name")
        was = self.order.contact_id if self.order else None
        self._choices("contact", people.filter(is_active=True) | people.filter(pk=was))
        self._choices("location", Location.objects.filter(company_id=chosen).order_by("name"))
        owner = self.order.owner_id if self.order else None
        colleagues = Membership.objects.filter(is_active=True) | Membership.objects.filter(pk=owner)
        self._choices("owner", colleagues.order_by("name"))
        if not self.is_bound and chosen and self.order is None:
            self.initial = {**_usual(chosen), **self.initial}

    def bring_customer(self) -> None:
        """Whom and where the customer has, in the place of somebody else's."""
        own = {name: self._field(name).queryset for name in ("contact", "location")}
        strange = [name for name, rows in own.items() if self[name].value() not in {str(row.pk) for row in rows}]
        usual = _usual(chosen) if (chosen := self._company_id()) else {}
        given: Any = self.data
        typed = given.copy()
        for name in strange:
            typed[name] = str(usual.get(name, ""))
        self.data = typed

    def _choices(self, name: str, rows: Any) -> None:
        self._field(name).queryset = rows

    def _field(self, name: str) -> Any:
        return self.fields[name]

    def _company_id(self) -> int | None:
        word = str(self.data.get("company", "") if self.is_bound else self.initial.get("company", "") or "")
        return int(word) if word.isdecimal() and len(word) < 19 else None


def _usual(company: int) -> dict[str, Any]:
    """The customer's default contact, and the delivery address if there is but one."""
    person, places = directory.default_contact(company), Location.objects.filter(company_id=company)[:2]
    found = {"contact": person, "location": places[0] if len(places) == 1 else None}
    return {name: row.pk for name, row in found.items() if row is not None}


def _head(order: Order) -> dict[str, Any]:
    names = ("company", "contact", "location", "owner")
    found: dict[str, Any] = {name: getattr(order, f"{name}_id") for name in names}
    found |= {name: getattr(order, name) for name in ("title", "ordered_on", "wanted_on", "customer_reference", "note")}
    return found | {"version": order.version}


def _line(line: OrderLine) -> dict[str, Any]:
    found: dict[str, Any] = {name: getattr(line, name) for name in (*WORDS, "quantity", "text", "key")}
    found["quantity"] = (
        line.quantity.normalize() if line.quantity != line.quantity.to_integral() else int(line.quantity)
    )
    if line.article is not None:
        found |= {"article": articles.written(line.article), "kept": line.article, "packaging": line.packaging_id}
        found["brought"] = f"{line.article_id}:{line.packaging_id or ''}"
    return found


def _size(typed: str) -> int:
    return min(int(typed), MOST_LINES) if typed.isdecimal() and len(typed) < 4 else 0


class ReasonForm(forms.Form):
    """Why an order is cancelled."""

    reason = Text(label=gettext_lazy("Reason"), max_length=2000)

    def refuse(self, refused: Refused) -> None:
        """Show a service's no; what was typed stays."""
        self.add_error(None, refusals.explain(refused))


class PromiseForm(forms.Form):
    """What was agreed, or why it does not stand any more. `seen` is the row the page showed."""

    text = Text(label=gettext_lazy("What was agreed"), max_length=5000)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["text"].widget.attrs["rows"] = 3

    def refuse(self, refused: Refused) -> None:
        """Show a service's no; what was typed stays."""
        self.add_error(None, refusals.explain(refused))


class DocumentForm(forms.Form):
    """A document of an order."""

    upload = forms.FileField(label=gettext_lazy("File"))
    is_the_order = forms.BooleanField(label=gettext_lazy("This is the order itself"), required=False)

    def refuse(self, refused: Refused) -> None:
        """Show a service's no about the file."""
        self.add_error(None, refusals.explain(refused))
