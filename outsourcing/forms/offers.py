"""What people type about handovers and partners. Half a form is enough for a preview; what was typed is never lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import F, OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outsourcing import links
from outsourcing.forms.fields import NOTHING, STEPS, HoursField, Refusable
from outsourcing.models import Handover, Partnership, PartnershipStatus, Permission, RateType
from outsourcing.models.handover import Detail
from outsourcing.services import ruling, sending
from outsourcing.terms import CURRENCIES, Draft
from psa.directory.services import agreed_rate
from psa.tenancy import scope
from psa.tenancy.errors import Refused
from psa.web.figures import hours, money
from tickets.forms import Amount, Moment, Text
from tickets.forms.ticket import said
from tickets.models import Attachment, ChecklistItem, Item, Ticket

RECENT = 10
# Where a field of the form is called otherwise than the term it fills in.
COLUMNS = {"authorised_hours": "authorised_minutes"}
LONGEST_ANSWER = 24 * 60


class OfferForm(Refusable):
    """The terms of an offer. Saved as a draft it may be half filled in; sent it must be whole."""

    places = {
        "answer_by_after_complete_by": "complete_by",
        "partnership_not_active": "partner",
        "partner_unavailable": "partner",
        "outsourcing_needs_reason": "rule_reason",
        "rework_is_for_the_same_partner": "partner",
        "rework_costs_nothing": "cost_rate",
    }

    partner = forms.ChoiceField(label=gettext_lazy("Partner"))
    rate_type = forms.ChoiceField(
        label=gettext_lazy("Paid by"), choices=RateType.choices, initial=RateType.HOURLY, widget=forms.RadioSelect
    )
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), choices=[(code, code) for code in CURRENCIES])
    cost_rate = Amount(
        label=gettext_lazy("We pay per hour"), required=False, max_digits=10, decimal_places=2, min_value=0
    )
    flat_amount = Amount(
        label=gettext_lazy("We pay in all"), required=False, max_digits=12, decimal_places=2, min_value=0
    )
    bill_rate = Amount(
        label=gettext_lazy("Bill my customer at"),
        required=False,
        max_digits=10,
        decimal_places=2,
        min_value=0,
        help_text=gettext_lazy("Never leaves our company."),
    )
    authorised_hours = HoursField(
        label=gettext_lazy("Authorised hours"), required=False, help_text=gettext_lazy("5, 1.5 or 1:30")
    )
    authorised_charges = Amount(
        label=gettext_lazy("Authorised charges"),
        required=False,
        max_digits=12,
        decimal_places=2,
        min_value=0,
        help_text=gettext_lazy("Material, travel. Not shown to the partner when it is 0."),
    )
    step_minutes = forms.TypedChoiceField(
        label=gettext_lazy("Round each entry up to"), coerce=int, empty_value=None, required=False
    )
    not_to_exceed = forms.BooleanField(
        label=gettext_lazy("Not to exceed: nothing above these figures is paid"), required=False
    )
    answer_hours = forms.IntegerField(
        label=gettext_lazy("Answer within"), initial=24, min_value=1, max_value=LONGEST_ANSWER
    )
    complete_by = Moment(label=gettext_lazy("Complete by"), required=False)
    instructions = Text(label=gettext_lazy("Instructions to the partner"), required=False)
    is_on_site = forms.BooleanField(label=gettext_lazy("A visit on site is required"), required=False)
    detail = forms.ChoiceField(
        label=gettext_lazy("The partner learns of our customer"),
        choices=Detail.choices,
        initial=Detail.SITE,
        widget=forms.RadioSelect,
    )
    shares_effort = forms.BooleanField(
        label=gettext_lazy("Tell the partner how long we work on it ourselves"), required=False
    )
    rule_reason = Text(
        label=gettext_lazy("Who agreed, and when"),
        required=False,
        max_length=1000,
        help_text=gettext_lazy("This customer wants to be asked first. Stays in our company."),
    )
    rework_of = forms.UUIDField(required=False, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, widget=forms.HiddenInput, max_length=64)
    items = forms.MultipleChoiceField(
        label=gettext_lazy("These go along"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "What our customer reads too, and checklist items marked for the partner; internal notes never leave."
        ),
    )

    def __init__(
        self,
        ticket: Ticket,
        items: Sequence[Item],
        data: Any = None,
        draft: Draft | None = None,
        partner: str = "",
        defaults: Mapping[str, Any] | None = None,
    ) -> None:
        self.ticket, self.offerable, self.partners, self.ruling = ticket, items, _partners(), ruling.of(ticket)
        start = {**_start(ticket, draft), **(defaults or {}), "partner": partner or None}
        if not start["items"]:  # what is marked for the partner goes along unless somebody says no
            start["items"] = [str(item.key) for item in items if isinstance(item, ChecklistItem)]
        super().__init__(data, initial={**start, "seen": sending.standing(links.active(ticket))})
        self.fields["partner"].choices = _grouped(self.partners)  # type: ignore[attr-defined]
        self.fields["items"].choices = [(str(item.key), _named(item)) for item in items]  # type: ignore[attr-defined]
        self.fields["step_minutes"].choices = [(step, hours(step) if step else _("no rounding")) for step in STEPS]  # type: ignore[attr-defined]
        if not items:
            del self.fields["items"]
        if self.ruling.permission != Permission.ASK_FIRST:
            del self.fields["rule_reason"]

    @property
    def is_for_sending(self) -> bool:
        """Whether the button pressed sends the offer; a draft may have gaps."""
        return self.data.get("do") in {"send", "release"}

    @property
    def chosen(self) -> Partnership | None:
        """The partner chosen so far; the browser shows the first one where none is."""
        key = str(self["partner"].value() or "")
        first = next(iter(self.partners), None)
        return next((one for one in self.partners if str(one.key) == key), None if self.is_bound else first)

    @property
    def is_hourly(self) -> bool:
        return self["rate_type"].value() != RateType.FLAT

    def clean_partner(self) -> Partnership:
        return next(one for one in self.partners if str(one.key) == self.cleaned_data["partner"])

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        is_hourly = found.get("rate_type") == RateType.HOURLY
        if self.is_for_sending:
            self._demand("cost_rate", "bill_rate", "authorised_hours") if is_hourly else self._demand("flat_amount")
            if "rule_reason" in self.fields and not found.get("rule_reason"):
                self.refuse(Refused("outsourcing_needs_reason", subject=self.ruling.subject))
        until = found.get("complete_by")
        if until and found.get("answer_hours") and until < timezone.now() + timedelta(hours=found["answer_hours"]):
            self.refuse(Refused("answer_by_after_complete_by"))
        return found

    def _demand(self, *names: str) -> None:
        for name in names:
            if self.cleaned_data.get(name) is None and name not in self.errors:
                self.add_error(name, self.fields[name].error_messages["required"])

    @property
    def written_over(self) -> str | None:
        """The standing of the draft it was opened over, None where it does not say."""
        return self.data.get("seen") or None

    def beside(self, draft: Draft, partner: str) -> list[tuple[Any, str, str]]:
        """What somebody else wrote meanwhile where it differs from what is typed: the field, theirs, ours."""
        typed, items = self.draft(), self.offerable
        ours, theirs = OfferForm(self.ticket, items, None, typed), OfferForm(self.ticket, items, None, draft)
        rows = [
            (theirs[name].label, _read_out(theirs[name]), _read_out(ours[name]))
            for name in theirs.fields
            if name not in {"partner", "seen", "rework_of"}
            and getattr(typed, COLUMNS.get(name, name)) != getattr(draft, COLUMNS.get(name, name))
        ]
        chosen = self.chosen.service_name if self.chosen else ""
        return [(theirs["partner"].label, partner, chosen), *rows] if chosen != partner else rows

    def draft(self) -> Draft:
        """The terms as typed, as far as they can be read; the other rate's fields are left out."""
        found = self.cleaned_data if self.is_bound and hasattr(self, "cleaned_data") else self._unbound()
        is_hourly = found.get("rate_type") != RateType.FLAT
        return Draft(
            rate_type=RateType.HOURLY if is_hourly else RateType.FLAT,
            currency=found.get("currency") or "EUR",
            cost_rate=found.get("cost_rate") if is_hourly else None,
            flat_amount=None if is_hourly else found.get("flat_amount"),
            bill_rate=found.get("bill_rate"),
            step_minutes=found.get("step_minutes") or 0,
            authorised_minutes=found.get("authorised_hours") or 0,
            authorised_charges=found.get("authorised_charges") or NOTHING,
            not_to_exceed=bool(found.get("not_to_exceed")),
            answer_hours=found.get("answer_hours") or 24,
            complete_by=found.get("complete_by"),
            instructions=found.get("instructions") or "",
            is_on_site=bool(found.get("is_on_site")),
            shares_effort=bool(found.get("shares_effort")),
            detail=found.get("detail") or Detail.SITE,
            items=list(found.get("items") or []),
            rule_reason=found.get("rule_reason") or "",
            rework_of=str(found.get("rework_of") or ""),
        )

    def typed(self) -> dict[str, Any]:
        """What stands in the form, readable or not, for another form to open with."""
        self.is_valid()
        return {name: self.cleaned_data.get(name, self[name].value()) for name in self.fields if name != "partner"}

    def _unbound(self) -> dict[str, Any]:
        return {name: self._read(field, self.get_initial_for_field(field, name)) for name, field in self.fields.items()}

    @staticmethod
    def _read(field: forms.Field, value: Any) -> Any:
        """A value the form opens with; what was typed elsewhere and cannot be read counts as not given."""
        if not isinstance(value, str):
            return value
        try:
            return field.clean(value)
        except forms.ValidationError:
            return None

    def warnings(self) -> list[str]:
        """What is allowed and still worth a second look."""
        draft, planned, said = self.draft(), self.ticket.planned_minutes, []
        if NOTHING in {draft.cost_rate, draft.flat_amount}:
            said.append(_("You pay nothing for this work."))
        if self.is_bound and draft.rate_type == RateType.HOURLY and not draft.authorised_minutes:
            said.append(_("You authorise no hours."))
        cost, bill = draft.cost_rate, draft.bill_rate
        if cost is not None and bill is not None and bill < cost:
            figures = {"bill": money(bill, draft.currency), "cost": money(cost, draft.currency)}
            said.append(_("You bill %(bill)s an hour and pay %(cost)s.") % figures)
        if planned and draft.authorised_minutes > planned:
            lengths = {"planned": hours(planned), "authorised": hours(draft.authorised_minutes)}
            said.append(_("The ticket has %(planned)s planned; you authorise %(authorised)s.") % lengths)
        return said


def _read_out(bound: Any) -> str:
    """A field's value as a person reads it, ticks and several choices too."""
    value = bound.value()
    if isinstance(value, list):
        return ", ".join(str(dict(bound.field.choices).get(one, one)) for one in value)
    if isinstance(bound.field, forms.BooleanField):
        return _("yes") if value else _("no")
    return said(bound)


def _start(ticket: Ticket, draft: Draft | None) -> dict[str, Any]:
    """What an offer opens with: the draft or the former terms, else the ticket's own figures."""
    if draft is not None:
        values = {name: getattr(draft, name) for name in OfferForm.base_fields if hasattr(draft, name)}
        return {
            **values,
            "authorised_hours": draft.authorised_minutes or None,
            "authorised_charges": draft.authorised_charges or None,
        }
    due = ticket.due_at if ticket.due_at and ticket.due_at > timezone.now() else None
    agreed = agreed_rate(ticket.company, None, timezone.localdate())
    return {
        "currency": ticket.tenant.currency,
        "bill_rate": agreed[0] if agreed else None,
        "authorised_hours": ticket.planned_minutes,
        "complete_by": due,
        "items": [],
    }


def _partners() -> list[Partnership]:
    """The partners work can be offered to, those who got some last first."""
    mine = Partnership.objects.filter(lead_id=scope.tenant_id(), status=PartnershipStatus.ACTIVE)
    last = (
        Handover.objects.filter(partnership=OuterRef("pk"), lead_id=OuterRef("lead_id"))
        .order_by("-pk")
        .values("pk")[:1]
    )
    return list(mine.annotate(last=Subquery(last)).order_by(F("last").desc(nulls_last=True), "service_name"))


def _grouped(partners: Sequence[Partnership]) -> list[Any]:
    recent = [one for one in partners if one.last is not None][:RECENT]  # type: ignore[attr-defined]
    rest = sorted((one for one in partners if one not in recent), key=lambda one: one.service_name)
    pairs = [[(str(one.key), one.service_name) for one in group] for group in (recent, rest)]
    if all(pairs):
        return [(_("Recent"), pairs[0]), (_("Others"), pairs[1])]
    return pairs[0] or pairs[1]


def _named(item: Item) -> str:
    if isinstance(item, ChecklistItem):
        return _("Checklist: %(text)s") % {"text": item.said}
    if isinstance(item, Attachment):
        return _("File: %(name)s") % {"name": item.name}
    text = " ".join(item.text.split())  # type: ignore[attr-defined]
    return _("Note by %(author)s: %(text)s") % {
        "author": item.author_name,
        "text": text[:80] + ("…" if len(text) > 80 else ""),
    }


# Answering ------------------------------------------------------------------------------------------------------------
