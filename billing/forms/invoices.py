"""What is typed of invoices: how the company bills, how a customer is billed, lines, payments, credits, periods."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.forms.sellers import Seller
from billing.models import BillingProfile, BillingSettings, EInvoiceFormat, Invoice, InvoiceLine, VatKind
from billing.services import exports, numbers
from billing.services.drafts import CHANGEABLE_OF_ITEMS
from psa.directory import official
from psa.directory.countries import countries
from psa.tenancy.errors import Refused
from psa.web import refusals
from tickets.forms.fields import Amount, Day, Line, Text

# What DATEV gives its advisers and their clients.
ADVISERS, CLIENTS = range(1001, 10_000_000), range(1, 100_000)
# A number as its owner writes it, in groups.
LONGEST_WRITTEN = {"iban": 42, "bic": 20, "vat_id": 30}
KINDS = {
    "invoice": gettext_lazy("Invoices"),
    "credit_note": gettext_lazy("Credit notes"),
    "order": gettext_lazy("Orders"),
    "delivery_note": gettext_lazy("Delivery notes"),
    "return_note": gettext_lazy("Return notes"),
}
ROUNDINGS = (("0", gettext_lazy("to the cent")), ("0.05", "0.05"), ("0.10", "0.10"), ("1", "1.00"))


OFF = "off"
THEN = (("again", gettext_lazy("Bill it again")), (OFF, gettext_lazy("Write it off")))


class Refusable(forms.Form):
    """A form that shows a service's no where it belongs; what was typed stays."""

    def refuse(self, refused: Refused) -> None:
        self.add_error(None, refusals.explain(refused))


def _columns(model: Any, names: Iterable[str], helps: Mapping[str, Any]) -> dict[str, forms.Field]:
    """Fields as the columns say them: label, length, whether they may be empty."""
    found = {}
    for name in names:
        column = model._meta.get_field(name)
        field = column.formfield()
        field.label = str(field.label)[:1].upper() + str(field.label)[1:]
        field.help_text = helps.get(name, "")
        if isinstance(field, forms.CharField) and not isinstance(field, forms.EmailField):
            kind = Text if isinstance(field.widget, forms.Textarea) else Line
            longest = LONGEST_WRITTEN.get(name, field.max_length)
            more: dict[str, Any] = {"max_length": longest} if longest else {}
            field = kind(label=field.label, required=field.required, help_text=field.help_text, **more)
        if isinstance(field, forms.DecimalField):
            said = {
                key: getattr(field, key) for key in ("label", "required", "help_text", "max_digits", "decimal_places")
            }
            field = Amount(**said)
        if isinstance(field, (forms.IntegerField, forms.DecimalField)):
            field.validators += column.validators
        if name == "country":
            field = forms.ChoiceField(label=field.label, choices=countries, required=field.required)
        found[name] = field
    return found


class Addressed(Refusable):
    """A form with an electronic address and the list it is of."""

    def clean_endpoint_scheme(self) -> str:
        """A list there is; without one it is of e-mail addresses."""
        return official.scheme(self.cleaned_data["endpoint_scheme"]) or official.MAIL

    def clean(self) -> dict[str, Any]:
        """The address is one of its list."""
        cleaned = super().clean() or self.cleaned_data
        if "endpoint" in cleaned and "endpoint_scheme" in cleaned:
            try:
                cleaned["endpoint"] = official.address(cleaned["endpoint"], cleaned["endpoint_scheme"])
            except forms.ValidationError as wrong:
                self.add_error("endpoint", wrong)
        return cleaned


class SettingsForm(Addressed, Seller):
    """What stands on the company's papers, and how it bills."""

    GROUPS = (
        (
            gettext_lazy("Your company on papers"),
            ("legal_name", "street", "postal_code", "city", "country", "vat_id", "tax_number", "register", "managers"),
        ),
        (gettext_lazy("Contact and bank"), ("contact_name", "email", "phone", "bank", "bic", "iban")),
        (gettext_lazy("Invoices"), ("payment_days", "dunning_days", "is_small_business", "footer")),
        (gettext_lazy("Electronic invoices"), ("endpoint", "endpoint_scheme")),
        (gettext_lazy("Visits"), ("day_before_rule", "cut_off")),
        (gettext_lazy("Booking batch"), ("adviser_number", "client_number", "accounts")),
    )
    COLUMNS = tuple(name for _title, names in GROUPS for name in names if name not in {"dunning_days", "accounts"})

    def __init__(self, row: BillingSettings, data: Any = None) -> None:
        super().__init__(data)
        self.fields.update(_columns(BillingSettings, self.COLUMNS, HELPS))
        self.fields["footer"].widget.attrs["rows"] = 3
        self.fields["cut_off"].widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
        self.fields["dunning_days"] = Line(
            label=_("Days past due for reminder and letters"),
            max_length=20,
            help_text=_("Three numbers of days: the reminder, the first and the second dunning letter."),
        )
        self.fields["accounts"] = Text(
            label=_("Revenue accounts"),
            required=False,
            max_length=1000,
            help_text=_("One a line: S19 = 8400. S is the rate in per cent, then AE, K, G, O, E, Z. Empty: SKR 03."),
        )
        for kind, label in KINDS.items():
            self.fields[f"number_{kind}"] = Line(label=label, max_length=60, required=False)
        self.fields["version"] = forms.IntegerField(widget=forms.HiddenInput)
        self.initial.update({name: getattr(row, name) for name in self.COLUMNS} | {"version": row.version})
        self.initial["dunning_days"] = ", ".join(str(day) for day in row.dunning_days)
        self.initial["accounts"] = "\n".join(f"{key} = {value}" for key, value in row.accounts.items())
        for kind, pattern in numbers.PATTERNS.items():
            said = row.number_patterns.get(kind) or pattern
            self.initial[f"number_{kind}"] = said
            example = numbers.written(said, timezone.localdate().year, 17)
            self.fields[f"number_{kind}"].help_text = _("For example %(number)s") % {"number": example}

    @property
    def groups(self) -> list[tuple[Any, list[Any]]]:
        """The fields as the page groups them, numbers last."""
        found = [(title, [self[name] for name in names]) for title, names in self.GROUPS]
        return [*found, (_("Numbering"), [self[f"number_{kind}"] for kind in KINDS])]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for kind in KINDS:
            try:
                numbers.check(cleaned.get(f"number_{kind}") or numbers.PATTERNS[kind])
            except Refused as refused:
                self.add_error(f"number_{kind}", refusals.explain(refused))
        return cleaned

    def clean_adviser_number(self) -> str:
        return _counted(self.cleaned_data["adviser_number"], ADVISERS)

    def clean_client_number(self) -> str:
        return _counted(self.cleaned_data["client_number"], CLIENTS)

    def clean_dunning_days(self) -> list[int]:
        parts = re.split(r"[\s,;/]+", self.cleaned_data["dunning_days"].strip())
        if len(parts) != 3 or not all(part.isascii() and part.isdecimal() and len(part) < 4 for part in parts):
            raise forms.ValidationError(_("Write three numbers of days, for example 7, 14, 28."))
        days = [int(part) for part in parts]
        if days != sorted(days):
            raise forms.ValidationError(_("Each letter comes after the one before it."))
        return days

    def clean_accounts(self) -> dict[str, str]:
        found = {}
        for line in self.cleaned_data["accounts"].splitlines():
            if not line.strip():
                continue
            match = re.fullmatch(r"\s*(S[0-9.]{0,5}|AE|K|G|O|E|Z)\s*=\s*([0-9]{3,9})\s*", line)
            if not match:
                raise forms.ValidationError(_("This line is not understood: %(line)s") % {"line": line[:40]})
            found[match[1]] = match[2]
        return found

    @property
    def values(self) -> dict[str, Any]:
        """What the service takes."""
        clean = self.cleaned_data
        patterns = {kind: clean[f"number_{kind}"] for kind in KINDS if clean[f"number_{kind}"]}
        usual = numbers.PATTERNS
        found = {name: clean[name] for name in self.COLUMNS}
        found |= {"dunning_days": clean["dunning_days"], "accounts": clean["accounts"]}
        return found | {"number_patterns": {k: v for k, v in patterns.items() if v != usual[k]}}


HELPS = {
    "tax_number": gettext_lazy("An invoice names the VAT id or the tax number."),
    "is_small_business": gettext_lazy("Invoices show no VAT and say why, as your country's law has it."),
    "endpoint": gettext_lazy("Where electronic invoices reach you, mostly your e-mail address."),
    "endpoint_scheme": gettext_lazy("EM for an e-mail address; else the code of its list."),
    "footer": gettext_lazy("Stands small under every invoice."),
    "reference": gettext_lazy("In Germany the Leitweg-ID of a public customer."),
    "discount": gettext_lazy("Taken off every line of new drafts."),
    "no_dunning": gettext_lazy("No reminder and no dunning letter ever goes out."),
    "is_business": gettext_lazy("Consumers abroad are billed with your own VAT."),
}


def _counted(text: str, among: range) -> str:
    """A number of digits alone among these; "" stays ""."""
    if text and not (text.isascii() and text.isdecimal() and int(text) in among):
        said = {"first": among[0], "last": among[-1]}
        raise forms.ValidationError(_("This is a number between %(first)s and %(last)s.") % said)
    return text


class RateForm(Refusable):
    """A VAT rate from a day on."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=[(one.value, one.label) for one in (VatKind.STANDARD, VatKind.REDUCED)]
    )
    percent = Amount(label=gettext_lazy("Per cent"), min_value=0, max_value=100, decimal_places=2)
    since = Day(label=gettext_lazy("Since"))


class ProfileForm(Addressed):
    """How one customer is billed."""

    COLUMNS = (
        "name", "street", "postal_code", "city", "country", "email", "is_business", "payment_days", "discount",
        "format", "reference", "endpoint", "endpoint_scheme", "no_dunning",
    )  # fmt: skip

    def __init__(self, row: BillingProfile, data: Any = None) -> None:
        super().__init__(data)
        self.fields.update(_columns(BillingProfile, self.COLUMNS, HELPS))
        self.fields["format"] = forms.ChoiceField(
            label=_("Format"), choices=EInvoiceFormat.choices, required=False, initial=row.format
        )
        self.fields["rounding"] = forms.ChoiceField(label=_("Round totals"), choices=ROUNDINGS)
        self.initial.update({name: getattr(row, name) for name in self.COLUMNS})
        self.initial["rounding"] = next((code for code, _label in ROUNDINGS if Decimal(code) == row.rounding), "0")

    @property
    def values(self) -> dict[str, Any]:
        """What the service takes."""
        found = {name: self.cleaned_data[name] for name in self.COLUMNS}
        return found | {"rounding": Decimal(self.cleaned_data["rounding"])}


class DraftForm(Refusable):
    """Texts and references of a draft."""

    COLUMNS = ("text", "closing", "reference", "order_reference", "payment_days", "format")

    def __init__(self, row: Invoice, data: Any = None) -> None:
        super().__init__(data)
        self.fields.update(_columns(Invoice, self.COLUMNS, {}))
        self.fields["format"] = forms.ChoiceField(label=_("Format"), choices=EInvoiceFormat.choices, required=False)
        for name in ("text", "closing"):
            self.fields[name].widget.attrs["rows"] = 3
        self.fields["version"] = forms.IntegerField(widget=forms.HiddenInput)
        self.initial.update({name: getattr(row, name) for name in (*self.COLUMNS, "version")})

    @property
    def values(self) -> dict[str, Any]:
        """What the service takes."""
        return {name: self.cleaned_data[name] for name in self.COLUMNS}


class LineForm(Refusable):
    """A line: of a posted item its words and discount, else all of it."""

    name = Line(label=gettext_lazy("Name"), max_length=200)
    text = Text(label=gettext_lazy("Description"), required=False, max_length=4000)
    quantity = Amount(
        label=gettext_lazy("Quantity"), max_digits=12, decimal_places=4, min_value=-99_999, max_value=99_999, initial=1
    )
    unit = Line(label=gettext_lazy("Unit"), max_length=20, required=False)
    unit_price = Amount(label=gettext_lazy("Price each, net"), max_digits=12, decimal_places=2, min_value=0)
    discount = Amount(
        label=gettext_lazy("Discount in per cent"), max_digits=5, decimal_places=2, min_value=0, max_value=100,
        initial=0,
    )  # fmt: skip
    vat_kind = forms.ChoiceField(label=gettext_lazy("VAT"), choices=VatKind.choices)
    is_goods = forms.BooleanField(
        label=gettext_lazy("Goods, no service"), required=False,
        help_text=gettext_lazy("Goods and services are taxed differently abroad."),
    )  # fmt: skip
    supplied_on = Day(label=gettext_lazy("Day of supply"))
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, invoice: Invoice, line: InvoiceLine | None, data: Any = None) -> None:
        super().__init__(data)
        self.initial.update({"version": invoice.version, "supplied_on": timezone.localdate()})
        if line is not None:
            self.initial.update({name: getattr(line, name) for name in self.fields if name != "version"})
            for name in list(self.fields) if line.item_id else ():
                if name not in {*CHANGEABLE_OF_ITEMS, "version"}:
                    del self.fields[name]

    def clean_quantity(self) -> Decimal:
        """Nothing of something is no line. Below nothing it may be: a deduction on the same invoice."""
        found: Decimal = self.cleaned_data["quantity"]
        if not found:
            raise forms.ValidationError(_("The quantity cannot be 0."))
        return found

    @property
    def values(self) -> dict[str, Any]:
        """What the service takes."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


class VersionForm(forms.Form):
    """The draft as its reader saw it."""

    version = forms.IntegerField(min_value=0)


class PaymentForm(Refusable):
    """Money that came in, or went back."""

    amount = Amount(label=gettext_lazy("Amount"), max_digits=14, decimal_places=2, min_value=Decimal("0.01"))
    on = Day(label=gettext_lazy("Date"))
    note = Line(label=gettext_lazy("Remark"), max_length=200, required=False)

    def __init__(self, invoice: Invoice, data: Any = None) -> None:
        super().__init__(data, initial={"amount": invoice.outstanding, "on": timezone.localdate()})

    def clean_on(self) -> date:
        """Money that moved did so on a day that has come."""
        day: date = self.cleaned_data["on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("This day is still to come."))
        return day


class LinesLeft(forms.TypedMultipleChoiceField):
    """Lines of an invoice; of one that was credited meanwhile it is said which, and by which credit note."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.credited: Mapping[int, tuple[str, str]] = {}

    def validate(self, value: list[str]) -> None:
        gone = [self.credited[int(one)] for one in value if one.isdecimal() and int(one) in self.credited]
        if gone:
            said = _("%(name)s was credited already (%(number)s).")
            raise forms.ValidationError([said % {"name": name, "number": number} for name, number in gone])
        super().validate(value)


class CreditForm(Refusable):
    """Which lines are taken back, why, and what becomes of what each of them billed: it is billed again, or written
    off by who may."""

    lines = LinesLeft(label=gettext_lazy("Lines"), coerce=int, widget=forms.CheckboxSelectMultiple)
    reason = Text(label=gettext_lazy("Reason"), max_length=1000, help_text=gettext_lazy("Stands on the credit note."))

    def __init__(
        self,
        lines: Iterable[InvoiceLine],
        credited: Mapping[int, tuple[str, str]],
        may_write_off: bool,
        data: Any = None,
    ) -> None:
        super().__init__(data)
        fields: dict[str, Any] = self.fields
        self.credited, self.may_write_off = list(lines), may_write_off
        fields["lines"].choices = [(line.pk, f"{line.position}. {line.name}") for line in self.credited]
        fields["lines"].credited = credited
        fields["lines"].initial = [line.pk for line in self.credited]
        for line in self.credited:
            if line.item_id and may_write_off:
                fields[f"then-{line.pk}"] = forms.ChoiceField(
                    label=_("What becomes of %(name)s") % {"name": line.name}, choices=THEN, required=False
                )

    @property
    def rows(self) -> list[tuple[InvoiceLine, Any, Any]]:
        """Each line with its box, and what becomes of what it billed where that can be chosen."""
        boxes = {str(box.data["value"]): box for box in self["lines"].subwidgets}
        return [
            (line, boxes[str(line.pk)], self[name] if (name := f"then-{line.pk}") in self.fields else None)
            for line in self.credited
        ]

    @property
    def written_off(self) -> list[int]:
        """The lines, of those taken back, whose work nobody will be billed for."""
        return [pk for pk in self.cleaned_data["lines"] if self.cleaned_data.get(f"then-{pk}") == OFF]


class UntilForm(forms.Form):
    """Until when periods are billed."""

    until = Day(label=gettext_lazy("Due until"))

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.initial["until"] = timezone.localdate()

    @property
    def day(self) -> date:
        """The day that was asked for, today where none was."""
        return self.cleaned_data["until"] if self.is_bound and self.is_valid() else timezone.localdate()


class ExportForm(Refusable):
    """Which days, in which form."""

    begins = Day(label=gettext_lazy("From"))
    ends = Day(label=gettext_lazy("Until"))
    format = forms.ChoiceField(
        label=gettext_lazy("Format"),
        choices=[
            (exports.CSV, gettext_lazy("Sheet (CSV)")),
            (exports.DATEV, gettext_lazy("Booking batch for DATEV (EXTF)")),
        ],
    )
    only_new = forms.BooleanField(label=gettext_lazy("Only what was not exported yet"), required=False)

    def __init__(self, data: Any = None) -> None:
        last = timezone.localdate().replace(day=1)
        before = date(last.year - (last.month == 1), (last.month - 2) % 12 + 1, 1)
        super().__init__(data, initial={"begins": before, "ends": date.fromordinal(last.toordinal() - 1)})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("begins") and cleaned.get("ends") and cleaned["begins"] > cleaned["ends"]:
            self.add_error("ends", _("The last day is before the first one."))
        return cleaned
