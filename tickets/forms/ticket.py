"""A new ticket, a known one's properties, whose it is, and the words of a move."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy

from psa.directory.models import Company, Contact, Location
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership
from tickets import services
from tickets.forms.fields import Line, Minutes, Moment, Text
from tickets.forms.kept import KeptForm, named
from tickets.labels import PRIORITIES, SOURCES
from tickets.models import Category, Priority, Queue, Source, Ticket, TicketType
from tickets.services import desk


class TicketFields(forms.Form):
    """What a ticket says about itself, without how it came in: the part a new and a known ticket have in common."""

    # Whether a category's defaults and required fields are this form's matter.
    heeds_category = True

    company = forms.ModelChoiceField(
        Company.objects.none(), label=gettext_lazy("Customer"), empty_label=gettext_lazy("Choose a customer")
    )
    contact = forms.ModelChoiceField(
        Contact.objects.none(), label=gettext_lazy("Contact"), required=False, empty_label="–"
    )
    location = forms.ModelChoiceField(
        Location.objects.none(), label=gettext_lazy("Location"), required=False, empty_label="–"
    )
    title = Line(label=gettext_lazy("Title"), max_length=200)
    description = Text(label=gettext_lazy("Description"), required=False)
    queue = forms.ModelChoiceField(Queue.objects.none(), label=gettext_lazy("Queue"), empty_label=None)
    category = forms.ModelChoiceField(
        Category.objects.none(), label=gettext_lazy("Category"), required=False, empty_label="–"
    )
    type = forms.ModelChoiceField(
        TicketType.objects.none(), label=gettext_lazy("Type"), required=False, empty_label="–"
    )
    priority = forms.TypedChoiceField(label=gettext_lazy("Priority"), coerce=int, initial=Priority.NORMAL)
    due_at = Moment(label=gettext_lazy("Due"), required=False)
    planned_minutes = Minutes(
        label=gettext_lazy("Planned time"),
        required=False,
        longest=10_000,
        help_text=gettext_lazy("1:30, 1.5 h or 90 (minutes)"),
    )

    def __init__(self, *args: Any, present: Ticket | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = {
            name: getattr(present, f"{name}_id", None) for name in ("company", "queue", "category", "type", "contact")
        }
        choose = self._choose
        choose("company", Company.objects.order_by("name"), kept["company"])
        choose("queue", Queue.objects.all(), kept["queue"])
        choose("category", Category.objects.all(), kept["category"])
        choose("type", TicketType.objects.all(), kept["type"])
        company = self.company_id
        choose("contact", Contact.objects.filter(company_id=company).order_by("name"), kept["contact"])
        self._field("location").queryset = Location.objects.filter(company_id=company).order_by("name")
        self._field("priority").choices = PRIORITIES.choices()
        self.chosen: Any = self._chosen_category()
        self.needed: list[str] = []
        if self.chosen is not None and self.heeds_category:
            for name in self.chosen.required:
                if name in self.fields:
                    self.fields[name].required = True
                    self.needed.append(str(self.fields[name].label))

    def _chosen_category(self) -> Category | None:
        """The category chosen so far: it says which fields are required, and what a new ticket begins with."""
        word = self._asked("category")
        found = self._field("category").queryset.filter(pk=int(word)) if word else None
        return found.select_related("default_queue").first() if found is not None else None

    def _field(self, name: str) -> Any:
        return self.fields[name]

    def _choose(self, name: str, rows: Any, kept: int | None) -> None:
        active = rows.filter(is_active=True)
        self._field(name).queryset = (active | rows.filter(pk=kept)) if kept else active

    @property
    def company_id(self) -> int | None:
        """The customer chosen so far; contacts and locations are this one's."""
        word = self._asked("company")
        return int(word) if word else None

    def _asked(self, name: str) -> str:
        """The id chosen so far for a row of the tenant, "" for none."""
        asked = (
            self.data.get(self.add_prefix(name))
            if self.is_bound
            else self.get_initial_for_field(self.fields[name], name)
        )
        word = str(getattr(asked, "pk", asked) or "")
        return word if word.isdecimal() and len(word) < 19 else ""


class TicketForm(TicketFields):
    """A new ticket. `fields_for_service()` is what `services.create` takes; an offer's acceptance adds to it."""

    source = forms.ChoiceField(label=gettext_lazy("Came in by"), initial=Source.PHONE)
    # The category whose defaults stand in the form already: another one brings its own.
    begun_as = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20)

    def __init__(self, actor: Actor, data: Any = None, initial: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        self.actor = actor
        super().__init__(data, initial=dict(initial or {}), **kwargs)
        made = (Source.INSOURCED, Source.ORDER)  # nobody types these
        self._field("source").choices = [(code, label) for code, label in SOURCES.choices() if code not in made]
        if "queue" not in self.initial:
            self.initial["queue"] = (
                Queue.objects.filter(is_default=True, is_active=True).values_list("pk", flat=True).first()
            )
        if not self.is_bound and self.heeds_category:
            self._begin()

    def _begin(self) -> None:
        """Open with what the category brings, once: what was chosen after that stays."""
        now = str(self.chosen.pk) if self.chosen else ""
        if now and str(self.initial.get("begun_as", "")) != now:
            begins = desk.defaults_of(self.chosen)
            named = {name: value for name, value in begins.items() if name in self.fields}
            self.initial = {**self.initial, **{name: getattr(one, "pk", one) for name, one in named.items()}}
        self.initial["begun_as"] = now

    def fields_for_service(self) -> dict[str, Any]:
        """The cleaned values by the names of the ticket's columns."""
        return {name: value for name, value in self.cleaned_data.items() if name != "begun_as"}


# What a known ticket's form says about itself and not about the ticket.
HIDDEN = frozenset({"version", "opening"})


class PropertiesForm(KeptForm, TicketFields):
    """A known ticket's properties. It is made from one version; what was typed over a newer one is shown beside it."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    # Names this opening of the form: two that stand open are two drafts.
    opening = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, ticket: Ticket, data: Any = None) -> None:
        self.ticket: Ticket = ticket
        self.heeds_category = ticket.source != Source.INSOURCED
        values = {name: getattr(ticket, name) for name in TicketFields.base_fields}
        values |= {
            name: getattr(ticket, f"{name}_id")
            for name in ("company", "contact", "location", "queue", "category", "type")
        }
        super().__init__(
            self._moved(data), initial={**values, "version": ticket.version, "opening": uuid4()}, present=ticket
        )
        for name, field in self.fields.items():
            field.show_hidden_initial = name not in HIDDEN

    @property
    def place(self) -> str:
        return f"properties-{named(self['opening'])}"

    @staticmethod
    def _moved(data: Any) -> Any:
        """Another customer leaves contact and location behind, unless they were chosen anew."""
        if data is None or data.get("company") == data.get("initial-company"):
            return data
        moved = data.copy()
        for name in ("contact", "location"):
            if data.get(name) == data.get(f"initial-{name}"):
                moved[name] = ""
        return moved

    def changes(self) -> dict[str, Any]:
        """What the person really changed, seen from what the page showed them."""
        return {name: self.cleaned_data[name] for name in self.changed_data if name not in HIDDEN}

    def over(self, ticket: Ticket) -> tuple[PropertiesForm, dict[str, str]]:
        """The same typing over the ticket's present version, and what stands there now of what was touched."""
        data: Any = self.data
        fresh, typed, now = PropertiesForm(ticket), data.copy(), {}
        for bound in fresh:
            name, value = bound.name, written(bound)
            if name in HIDDEN:
                typed[name] = value if name == "version" else data.get(name, "")
                continue
            if name in self.changed_data:
                if self._seen(name) != value:
                    now[name] = said(bound)
            else:
                typed[bound.html_name] = value
            typed[bound.html_initial_name] = value
        return PropertiesForm(ticket, typed), now

    def _seen(self, name: str) -> str:
        """What the page showed before anything was typed, as `written` writes it."""
        try:
            value = self.fields[name].clean(self.data.get(self[name].html_initial_name))
        except forms.ValidationError:
            return ""
        return written(type(self)(self.ticket)[name], getattr(value, "pk", value))


def written(bound: Any, value: Any = ...) -> str:
    """A field's value as a form posts it."""
    value = bound.value() if value is ... else bound.field.prepare_value(value)
    shown = bound.field.widget.format_value(value)
    return str((shown[0] if shown else "") if isinstance(shown, list | tuple) else (shown or ""))


def said(field: Any) -> str:
    """A bound field's value as a person reads it."""
    value = field.value()
    if isinstance(field.field, forms.ModelChoiceField):
        rows: Any = field.field.queryset
        return str(rows.filter(pk=value).first() or "–") if value else "–"
    if isinstance(field.field, forms.ChoiceField):
        choices: Any = field.field.choices
        return str(dict(choices).get(value, value) or "–")
    return str(value if value not in (None, "") else "–")


class AssignForm(forms.Form):
    """Who is responsible; nobody is a choice."""

    assignee = forms.ModelChoiceField(
        Membership.objects.none(), label=gettext_lazy("Assignee"), required=False, empty_label=gettext_lazy("Nobody")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].queryset = colleagues()  # type: ignore[attr-defined]


def colleagues() -> Any:
    """The members who work tickets."""
    return Membership.objects.filter(is_active=True).exclude(role__code="contact").order_by("name")


# What stands above the words of a move.
WORDS = {
    "ask": gettext_lazy("What the customer has to answer"),
    "answer": gettext_lazy("What the customer answered"),
    "close": gettext_lazy("What was done"),
    "reopen": gettext_lazy("What is still wrong"),
    "submit": gettext_lazy("What the customer can look at now"),
    "stand_down": gettext_lazy("Why"),
    "refuse": gettext_lazy("What was missing"),
    "cancel": gettext_lazy("Why"),
}
ASKED = {"text": ("text",), "window": ("begins", "ends"), "resolution": ("resolution",)}
# What a no may ask for besides.
BESIDES = ("expected", "no_time", "override")


class MoveForm(forms.Form):
    """What a move asks for, and what the no to it asked for besides (`also`); `asks_to_confirm` once a parent would be
    closed above open children."""

    asks_to_confirm = False

    resolution = forms.ChoiceField(
        label=gettext_lazy("Who cancels"),
        choices=[(one.value, one.label) for one in services.CANCELLED],
    )
    text = Text(label=gettext_lazy("Text"))
    begins = Moment(label=gettext_lazy("From"))
    ends = Moment(label=gettext_lazy("Until"))
    expected = Minutes(
        label=gettext_lazy("How long it will take"),
        longest=10_000,
        help_text=gettext_lazy("1:30, 1.5 h or 90 (minutes)"),
    )
    no_time = Line(label=gettext_lazy("Why no time was logged"), max_length=500)
    override = Line(label=gettext_lazy("Why it is done all the same"), max_length=500)

    def __init__(self, move: services.Move, data: Any = None, *, also: Iterable[str] = ()) -> None:
        super().__init__(data, auto_id=f"{move.name}-%s")
        given = {name for name in BESIDES if str((data or {}).get(name, "")).strip()}
        wanted = {field for asked in move.asks for field in ASKED[asked]} | given | set(also)
        for name in set(self.fields) - wanted:
            del self.fields[name]
        if "text" in self.fields:
            self.fields["text"].label = WORDS.get(move.name, gettext_lazy("Text"))

    def words(self) -> dict[str, Any]:
        """As `services.move` takes it."""
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}
