"""Queues, categories and types as administrators write them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from psa.web import refusals
from tickets.forms.fields import Line, Minutes
from tickets.forms.ticket import colleagues
from tickets.labels import PRIORITIES
from tickets.models import Category, Priority, Queue, Requirable
from tickets.services import desk


class SortForm(forms.Form):
    """What queues, categories and types have in common: a name, a place in the list, and what the page showed."""

    places = {"name_taken": "name", "only_two_levels": "parent", "default_queue_stays": "is_default"}

    name = Line(label=_("Name"), max_length=80)
    position = forms.IntegerField(
        label=_("Place in the list"), min_value=0, max_value=999, help_text=_("Small numbers stand first.")
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def __init__(self, row: Any, data: Any = None) -> None:
        self.row = row
        columns = desk.COLUMNS[type(row)][1]
        start = {name: getattr(row, f"{name}_id", getattr(row, name)) for name in columns}
        super().__init__(data, initial={**start, "seen": desk.fingerprint(row), **self.more(row)})
        self.narrow()

    def more(self, row: Any) -> dict[str, Any]:
        """Further values it opens with."""
        return {}

    def narrow(self) -> None:
        """The choices of the tenant in scope."""

    @property
    def members(self) -> Any:
        """Who works it, where it is worked by somebody."""
        return self.cleaned_data.get("members", ())

    def values(self) -> dict[str, Any]:
        """The columns as cleaned."""
        return {name: value for name, value in self.cleaned_data.items() if name not in {"seen", "members"}}

    def refuse(self, refused: Refused) -> None:
        """Show a service's no at the place it is about; what was typed stays."""
        place = self.places.get(refused.code, "")
        self.add_error(place if place in self.fields else None, refusals.explain(refused))

    def keep(self, *names: str) -> None:
        """Offer what is retired where it is what stands there now."""
        for name in names:
            field: Any = self.fields[name]
            kept = getattr(self.row, f"{name}_id", None)
            if kept:
                field.queryset = field.queryset | type(getattr(self.row, name))._default_manager.filter(pk=kept)


class QueueForm(SortForm):
    """A queue."""

    is_default = forms.BooleanField(
        label=_("New tickets land here"), required=False, help_text=_("Unless a category or a person says otherwise.")
    )
    members = forms.ModelMultipleChoiceField(
        Membership.objects.none(), label=_("Members"), required=False, widget=forms.CheckboxSelectMultiple
    )
    field_order = ("name", "members", "is_default", "position")

    def more(self, row: Queue) -> dict[str, Any]:
        return {"members": desk.members_of(row) if row.pk else []}

    def narrow(self) -> None:
        rows = colleagues()
        kept = self.initial["members"]
        self.fields["members"].queryset = rows | Membership.objects.filter(pk__in=kept) if kept else rows  # type: ignore[attr-defined]


class CategoryForm(SortForm):
    """A category: where it stands, what its tickets begin with, and what they must have."""

    parent = forms.ModelChoiceField(
        Category.objects.none(), label=_("Below the main category"), required=False, empty_label=_("It is one itself")
    )
    default_queue = forms.ModelChoiceField(Queue.objects.none(), label=_("Queue"), required=False, empty_label="–")
    default_priority = forms.TypedChoiceField(label=_("Priority"), coerce=int, required=False, empty_value=None)
    default_assignee = forms.ModelChoiceField(
        Membership.objects.none(), label=_("Assignee"), required=False, empty_label=_("Nobody")
    )
    required = forms.MultipleChoiceField(
        label=_("Required fields"),
        required=False,
        choices=Requirable.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("A ticket of this category is not saved without them."),
    )
    needs_acceptance = forms.BooleanField(
        label=_("The customer accepts the work"),
        required=False,
        help_text=_("Its tickets are submitted for review and are not simply closed."),
    )
    expected_minutes = Minutes(
        label=_("Expected time"),
        required=False,
        longest=10_000,
        help_text=_("What its tickets usually take; the planned time they begin with."),
    )
    field_order = (
        "name", "parent", "default_queue", "default_priority", "default_assignee", "expected_minutes", "required",
        "needs_acceptance", "position",
    )  # fmt: skip

    def narrow(self) -> None:
        fields: dict[str, Any] = self.fields
        fields["parent"].queryset = Category.objects.filter(is_active=True, parent=None).exclude(pk=self.row.pk)
        fields["default_queue"].queryset = Queue.objects.filter(is_active=True)
        fields["default_assignee"].queryset = colleagues()
        fields["default_priority"].choices = [("", "–"), *PRIORITIES.choices()]
        self.keep("parent", "default_queue", "default_assignee")

    def clean_default_priority(self) -> Priority | None:
        found = self.cleaned_data["default_priority"]
        return Priority(found) if found else None


class TypeForm(SortForm):
    """A type of ticket."""


class RetireForm(forms.Form):
    """Where a queue's tickets go when it is retired."""

    home = forms.ModelChoiceField(
        Queue.objects.none(), label=_("New home of its tickets"), empty_label=_("Choose a queue"), required=False
    )

    def __init__(self, row: Any, data: Any = None) -> None:
        super().__init__(data)
        if isinstance(row, Queue):
            self.fields["home"].queryset = Queue.objects.filter(is_active=True).exclude(pk=row.pk)  # type: ignore[attr-defined]
        else:
            del self.fields["home"]
