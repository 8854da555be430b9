"""Answering an offer and making the moves after it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outsourcing.forms.fields import Refusable
from outsourcing.models import Handover, PartnershipSide, Terms
from outsourcing.moves import Move
from psa.directory.models import Company
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership
from tickets.forms import Line, Text, TicketForm, colleagues


class AcceptForm(Refusable, TicketForm):
    """The new ticket an offer becomes. The first one from a lead also says who that lead is in our address book."""

    heeds_category = False  # what a category asks for is the lead partner's to know

    new_company = Line(label=gettext_lazy("or add it to the address book as"), required=False, max_length=160)
    assignee = forms.ModelChoiceField(Membership.objects.none(), label=gettext_lazy("Assignee"), required=False)

    def __init__(
        self, handover: Handover, terms: Terms, side: PartnershipSide | None, actor: Actor, data: Any = None
    ) -> None:
        self.handover, self.side = handover, side
        self.mapped = side.company if side else None
        super().__init__(actor, data, initial=_prefill(handover, terms, side))
        for name in (
            "contact",
            "location",
            "source",
            "type",
            "begun_as",
            *(("queue", "category") if actor.is_portal else ()),
        ):
            del self.fields[name]
        self.fields["assignee"].queryset = colleagues()  # type: ignore[attr-defined]
        self.fields["assignee"].empty_label = _("Nobody yet")  # type: ignore[attr-defined]
        self.fields["company"].required = False
        self.fields["company"].label = _("%(lead)s in our address book") % {"lead": handover.lead_name}
        self.fields["company"].empty_label = _("Not there yet")  # type: ignore[attr-defined]
        if self.mapped:
            del self.fields["company"], self.fields["new_company"]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if not self.mapped and not found.get("company") and not found.get("new_company"):
            self.add_error("company", _("Choose who this lead partner is, or give a name to add."))
        return found

    @property
    def lead_company(self) -> Company | None:
        """The chosen company, None where a new one is to be added."""
        return self.mapped or self.cleaned_data.get("company")

    def fields_for_service(self) -> dict[str, Any]:
        """The new ticket's columns; who the lead is goes beside them."""
        return {name: value for name, value in self.cleaned_data.items() if name not in {"company", "new_company"}}


def _prefill(handover: Handover, terms: Terms, side: PartnershipSide | None) -> dict[str, Any]:
    setup = {name: getattr(side, f"{name}_id") for name in ("queue", "category", "assignee")} if side else {}
    return {
        "title": terms.title,
        "description": terms.description,
        "due_at": handover.complete_by,
        "planned_minutes": terms.authorised_minutes or None,
        "priority": terms.priority,
        "new_company": handover.lead_name,
        **{name: value for name, value in setup.items() if value},
    }


class DeclineForm(Refusable):
    """Why an offer is declined."""

    reason = Text(label=gettext_lazy("Reason"), max_length=2000, help_text=gettext_lazy("The lead partner reads this."))


# Moves ----------------------------------------------------------------------------------------------------------------
class MoveForm(Refusable):
    """The words a move asks for."""

    reason = Text(label=gettext_lazy("Reason"), max_length=2000, help_text=gettext_lazy("The partner reads this."))
    remark = Text(
        label=gettext_lazy("Remark"), max_length=2000, required=False, help_text=gettext_lazy("The partner reads this.")
    )
    note = Text(label=gettext_lazy("Note to whoever releases it"), max_length=2000, required=False)
    part = forms.IntegerField(
        label=gettext_lazy("Part of the flat amount you propose, in per cent"),
        min_value=0,
        max_value=100,
        initial=0,
    )

    def __init__(self, move: Move, asks: Sequence[str], data: Any = None) -> None:
        super().__init__(data, auto_id=f"{move.path}-%s")
        for name in set(self.fields) - set(asks):
            del self.fields[name]


class RefuseReleaseForm(Refusable):
    """Why a release is refused."""

    reason = Text(label=gettext_lazy("Reason"), max_length=2000, help_text=gettext_lazy("Whoever asked reads this."))


class EndAndCloseForm(Refusable):
    """Closing a ticket a partner still has (T12): how the handover ends, and the words the closing asks for."""

    how = forms.ChoiceField(label=gettext_lazy("What about the partner?"), widget=forms.RadioSelect)
    part = forms.IntegerField(
        label=gettext_lazy("Part of the flat amount you propose, in per cent"),
        help_text=gettext_lazy("Only if you take the work back."),
        min_value=0,
        max_value=100,
        initial=0,
        required=False,
    )
    text = Text(label=gettext_lazy("What was done, or why"), max_length=2000)

    def __init__(self, partner: str, is_running: bool, is_flat: bool, data: Any = None) -> None:
        super().__init__(data)
        self.fields["how"].choices = [  # type: ignore[attr-defined]
            ("complete", _("Complete with %(partner)s: what was agreed is paid") % {"partner": partner}),
            (
                "take_back",
                _("Take the work back from %(partner)s: only what was done until now is paid") % {"partner": partner},
            ),
        ]
        if not is_running:
            del self.fields["how"]
        if not is_running or not is_flat:
            del self.fields["part"]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if found.get("how") != "take_back":
            found["part"] = None
        elif "part" in self.fields and found.get("part") is None:
            self.add_error("part", self.fields["part"].error_messages["required"])
        return found


class SkipForm(Refusable):
    """Why an item that cannot be delivered is given up."""

    reason = Line(label=gettext_lazy("Reason"), max_length=200, help_text=gettext_lazy("Both companies read this."))


# Partners -------------------------------------------------------------------------------------------------------------
class AnswerForm(forms.Form):
    """Which of my companies accepts an invitation."""

    desk = forms.ChoiceField(label=gettext_lazy("Accept for"), widget=forms.RadioSelect)
    code = Line(
        label=gettext_lazy("Code from the mail"),
        required=False,
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )

    def __init__(self, desks: Sequence[Any], data: Any = None) -> None:
        super().__init__(data, initial={"desk": desks[0].slug if desks else None})
        self.fields["desk"].choices = [(desk.slug, desk.name) for desk in desks]  # type: ignore[attr-defined]


class AgreeForm(forms.Form):
    """The administrator's word on the agreement; it names the text that was read."""

    agree = forms.BooleanField(
        label=gettext_lazy("I agree to the terms above"),
        error_messages={"required": gettext_lazy("Tick the box to agree.")},
    )
    text = forms.IntegerField(widget=forms.HiddenInput)
