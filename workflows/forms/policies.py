"""What counts for requests, as it is typed: each word may be left to the wider place, whose word stands beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from psa.web.figures import hours
from tickets.forms.fields import Minutes
from workflows import policies
from workflows.forms.refusable import Refusable
from workflows.models import ServicePolicy
from workflows.services.policy_rules import Inherited

GROUPS = (
    (gettext_lazy("Before the work"), ("asks_estimate", "threshold_minutes", "tolerance")),
    (
        gettext_lazy("An estimate waits"),
        ("estimate_reminds", "estimate_reminds_again", "estimate_expires", "expiry_cancels"),
    ),
    (
        gettext_lazy("A question waits"),
        ("clarification_reminds", "clarification_reminds_again", "gives_up", "gives_up_after"),
    ),
    (gettext_lazy("After the work"), ("acceptance_days", "auto_accepts", "stops_in_invoice", "reopen_days")),
)
ANSWERS = {"yes": True, "no": False, "": None}


class PolicyForm(Refusable):
    """One place's words. Days are working days; an empty field leaves the word to the wider place."""

    def __init__(self, row: ServicePolicy, behind: Mapping[str, Inherited], data: Any = None) -> None:
        super().__init__(data)
        for name in policies.NAMES:
            field, value = ServicePolicy._meta.get_field(name), getattr(row, name)
            self.fields[name] = _field(name, field, behind[name])
            self.initial[name] = {True: "yes", False: "no", None: ""}[value] if _is_switch(name) else value

    @property
    def groups(self) -> list[tuple[Any, list[Any]]]:
        """The fields as the page groups them."""
        return [(title, [self[name] for name in names]) for title, names in GROUPS]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for first, second, said in (
            ("estimate_reminds", "estimate_reminds_again", _("The second reminder comes after the first one.")),
            ("estimate_reminds_again", "estimate_expires", _("An estimate ends after its reminders.")),
            (
                "clarification_reminds",
                "clarification_reminds_again",
                _("The second reminder comes after the first one."),
            ),
        ):
            before, after = cleaned.get(first), cleaned.get(second)
            if before is not None and after is not None and before >= after:
                self.add_error(second, said)
        return cleaned

    @property
    def values(self) -> dict[str, Any]:
        """What the service takes: None for what is left to the wider place."""
        clean = self.cleaned_data
        return {name: ANSWERS[clean[name]] if _is_switch(name) else clean[name] for name in policies.NAMES}


def _is_switch(name: str) -> bool:
    return isinstance(getattr(policies.DEFAULTS, name), bool)


def _field(name: str, column: Any, behind: Inherited) -> forms.Field:
    label = str(column.verbose_name)
    label = label[:1].upper() + label[1:]
    if _is_switch(name):
        inherited = _("As inherited: %(value)s") % {"value": _("yes") if behind.value else _("no")}
        choices = [("", inherited), ("yes", _("Yes")), ("no", _("No"))]
        return forms.ChoiceField(label=label, choices=choices, required=False, help_text=_whose(behind, ""))
    if name == "threshold_minutes":
        return Minutes(label=label, required=False, longest=60 * 1000, help_text=_whose(behind, hours(behind.value)))
    most = 100 if name == "tolerance" else 250
    least = 0 if name == "tolerance" else 1
    value = f"{behind.value} %" if name == "tolerance" else str(behind.value)
    return forms.IntegerField(
        label=label, required=False, min_value=least, max_value=most, help_text=_whose(behind, value)
    )


def _whose(behind: Inherited, value: str) -> str:
    if not behind.whose:
        return _("Empty: %(value)s") % {"value": value} if value else ""
    said = {"value": value, "whose": behind.whose}
    return _("Empty: %(value)s, as %(whose)s says") % said if value else _("As %(whose)s says") % said
