"""What people type about partners: whom to invite and in which words, what is kept about each, and the rule of a
customer. What was typed is never lost."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outsourcing import letters
from outsourcing.forms.fields import NOTHING, STEPS, Refusable
from outsourcing.forms.offers import OfferForm
from outsourcing.models import Permission, RateType
from outsourcing.models.handover import Detail
from outsourcing.services.keeping import MOST_TAGS, ROWS
from outsourcing.services.ruling import Subject
from outsourcing.terms import Draft
from psa.directory.models import Company, CompanyKind, Contact, Contract, WorkType
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from psa.web import refusals
from psa.web.figures import hours
from tickets.forms import Line, Text, colleagues
from tickets.forms.fields import clean_line
from tickets.models import Category, ChargeCategory, Queue

LONGEST_TAG = 40
SOMEBODY_ELSE = ""


# Inviting -------------------------------------------------------------------------------------------------------------
class RecipientForm(Refusable):
    """To whom at one company an invitation goes: one of its contacts, or a name and an address of its own."""

    who = forms.ChoiceField(label=gettext_lazy("Recipient"), required=False)
    to_name = Line(label=gettext_lazy("Name"), required=False, max_length=120)
    to_email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)

    def __init__(self, company: Company, data: Any = None, contacts: Sequence[Contact] = ()) -> None:
        self.company = company
        self.contacts = {str(contact.pk): contact for contact in contacts}
        first = next(iter(self.contacts), SOMEBODY_ELSE)
        super().__init__(
            data, prefix=f"c{company.pk}", initial={"who": first, "to_email": "" if contacts else company.email}
        )
        known = [(key, f"{one.name} <{one.email}>") for key, one in self.contacts.items()]
        self.fields["who"].choices = [*known, (SOMEBODY_ELSE, _("Somebody else:"))]  # type: ignore[attr-defined]
        if not contacts:
            del self.fields["who"]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if self.contact is None and not found.get("to_email") and "to_email" not in self.errors:
            self.refuse(Refused("invitation_needs_email", company=self.company.name))
        return found

    places = {"invitation_needs_email": "to_email"}

    @property
    def contact(self) -> Contact | None:
        """The chosen contact, None for somebody else."""
        return self.contacts.get(self.cleaned_data.get("who", SOMEBODY_ELSE))

    @property
    def recipient(self) -> tuple[str, str]:
        """E-mail and name."""
        if contact := self.contact:
            return contact.email, contact.name
        return self.cleaned_data["to_email"], self.cleaned_data["to_name"]


class CandidateForm(Refusable):
    """A company that may become a partner, for the address book."""

    name = Line(label=gettext_lazy("Company"), max_length=160)
    kind = forms.ChoiceField(
        label=gettext_lazy("Type"),
        choices=[(kind.value, kind.label) for kind in (CompanyKind.PARTNER, CompanyKind.VENDOR, CompanyKind.CUSTOMER)],
    )
    contact = Line(label=gettext_lazy("Contact"), required=False, max_length=120)
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)


class WordsForm(Refusable):
    """The tenant's own subject and text of the invitation."""

    subject = Line(label=gettext_lazy("Subject"), max_length=160)
    body = Text(label=gettext_lazy("Text"), max_length=6000)

    def __init__(self, data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        self.fields["body"].widget.attrs["rows"] = 14

    def clean_subject(self) -> str:
        return self._known(self.cleaned_data["subject"], letters.IN_A_SUBJECT)

    def clean_body(self) -> str:
        body = self._known(self.cleaned_data["body"], tuple(letters.PLACEHOLDERS))
        if missing := letters.missing(body):
            self._no(Refused("invitation_lacks_links", names=", ".join(missing)))
        return body

    def _known(self, text: str, known: Sequence[str]) -> str:
        if unknown := letters.unknown(text, known):
            self._no(Refused("unknown_placeholders", names=", ".join(unknown)))
        return text

    def _no(self, refused: Refused) -> None:
        raise forms.ValidationError(refusals.explain(refused), code=refused.code)

    def typed(self) -> tuple[str, str]:
        """Subject and text as they stand in the form, right or wrong."""
        return str(self["subject"].value() or ""), str(self["body"].value() or "")


# What a side keeps ----------------------------------------------------------------------------------------------------
class Tags(forms.CharField):
    """Words separated by commas; each once, in the order they were typed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "max_length": MOST_TAGS * (LONGEST_TAG + 2), **kwargs})

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        words = [clean_line(word) for word in (super().clean(value) or "").replace(";", ",").split(",")]
        kept: dict[str, str] = {}
        for word in filter(None, words):
            kept.setdefault(word.casefold(), word)
        tags = list(kept.values())
        if len(tags) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in tags):
            said = {"most": MOST_TAGS, "longest": LONGEST_TAG}
            raise forms.ValidationError(_("At most %(most)s tags of at most %(longest)s characters.") % said)
        return tags


class NotesForm(Refusable):
    """Where news of this partner goes, and what we think."""

    notify_email = forms.EmailField(
        label=gettext_lazy("Notify"),
        required=False,
        help_text=gettext_lazy("Gets the mails about this partner too, beside the sender or the assignee."),
    )
    tags = Tags(label=gettext_lazy("Tags"), help_text=gettext_lazy("Region, skills, languages; separated by commas."))
    note = Text(label=gettext_lazy("Note"), required=False, max_length=4000)


class TermsForm(Refusable):
    """The terms an offer to this partner opens with: the fields of the offer, none of them needed."""

    NAMES = (
        "rate_type", "currency", "cost_rate", "flat_amount", "authorised_hours", "authorised_charges", "step_minutes",
        "answer_hours", "detail", "instructions", "not_to_exceed", "is_on_site", "shares_effort",
    )  # fmt: skip

    def __init__(self, draft: Draft | None, currency: str, data: Any = None) -> None:
        super().__init__(data, initial=self.start(draft) if draft else {"currency": currency, "answer_hours": 24})
        for name in self.NAMES:
            self.fields[name] = deepcopy(OfferForm.base_fields[name])
            self.fields[name].required = name in {"rate_type", "currency", "answer_hours", "detail"}
        self.fields["step_minutes"].choices = [(step, hours(step) if step else _("no rounding")) for step in STEPS]  # type: ignore[attr-defined]

    @classmethod
    def start(cls, draft: Draft) -> dict[str, Any]:
        """The draft as the fields of an offer take it; what it leaves open is left out."""
        values = {name: getattr(draft, name) for name in cls.NAMES if hasattr(draft, name)}
        values["authorised_hours"] = draft.authorised_minutes or None
        values["authorised_charges"] = draft.authorised_charges or None
        return {name: value for name, value in values.items() if value not in (None, "")}

    def draft(self) -> Draft:
        """The terms as typed; the other rate's figure is left out."""
        found = self.cleaned_data
        is_hourly = found["rate_type"] == RateType.HOURLY
        return Draft(
            rate_type=found["rate_type"],
            currency=found["currency"],
            cost_rate=found["cost_rate"] if is_hourly else None,
            flat_amount=None if is_hourly else found["flat_amount"],
            step_minutes=found["step_minutes"] or 0,
            authorised_minutes=found["authorised_hours"] or 0,
            authorised_charges=found["authorised_charges"] or NOTHING,
            not_to_exceed=found["not_to_exceed"],
            answer_hours=found["answer_hours"],
            instructions=found["instructions"],
            is_on_site=found["is_on_site"],
            shares_effort=found["shares_effort"],
            detail=found["detail"] or Detail.SITE,
        )


class SetupForm(Refusable):
    """*Insourcing setup*: what the tickets of this lead start with. Empty means: decided with each offer."""

    queue = forms.ModelChoiceField(Queue.objects.none(), label=gettext_lazy("Queue"), required=False)
    category = forms.ModelChoiceField(Category.objects.none(), label=gettext_lazy("Category"), required=False)
    work_type = forms.ModelChoiceField(WorkType.objects.none(), label=gettext_lazy("Work type"), required=False)
    assignee = forms.ModelChoiceField(Membership.objects.none(), label=gettext_lazy("Assignee"), required=False)
    charge_category = forms.ChoiceField(label=gettext_lazy("Category of charges"), required=False)

    def __init__(self, side: Any, data: Any = None) -> None:
        super().__init__(data, initial={name: getattr(side, f"{name}_id") for name in ROWS})
        self.initial["charge_category"] = side.charge_category
        fields: Any = self.fields
        for name, model in (("queue", Queue), ("category", Category), ("work_type", WorkType)):
            rows: Any = model._default_manager
            kept = getattr(side, f"{name}_id")
            fields[name].queryset = rows.filter(is_active=True) | rows.filter(pk=kept)
        fields["assignee"].queryset = colleagues()
        for name in ROWS:
            fields[name].empty_label = _("decided with each offer")
        fields["charge_category"].choices = [("", _("decided with each charge")), *ChargeCategory.choices]


class RemapForm(Refusable):
    """Who this lead is in our address book from now on."""

    places = {"mapping_is_the_same": "company"}
    company = forms.ModelChoiceField(Company.objects.none(), label=gettext_lazy("In our address book"))

    def __init__(self, side: Any, data: Any = None) -> None:
        super().__init__(data, initial={"company": side.company_id})
        self.fields["company"].queryset = Company.objects.filter(is_active=True).order_by("name")  # type: ignore[attr-defined]


# The word of a customer -----------------------------------------------------------------------------------------------
class RuleForm(Refusable):
    """Whose word, and which: the company's own, one of its contacts' or contracts'."""

    subject = forms.ChoiceField(label=gettext_lazy("Who says so"))
    permission = forms.ChoiceField(label=gettext_lazy("Outsourcing"), choices=Permission.choices)

    def __init__(self, company: Company, by: Actor, data: Any = None) -> None:
        super().__init__(data)
        contacts = Contact.objects.visible_to(by).filter(company=company, is_active=True).order_by("name")
        contracts = Contract.objects.visible_to(by).filter(company=company) if by.can("contract.manage") else ()
        self.subjects: dict[str, Subject] = {"company": company}
        self.subjects |= {f"contact-{one.pk}": one for one in contacts}
        self.subjects |= {f"contract-{one.pk}": one for one in contracts}
        groups: list[Any] = [("company", _("%(company)s as a whole") % {"company": company.name})]
        for title, word in ((_("Contacts"), "contact-"), (_("Contracts"), "contract-")):
            found = [(key, str(one)) for key, one in self.subjects.items() if key.startswith(word)]
            groups += [(title, found)] if found else []
        self.fields["subject"].choices = groups  # type: ignore[attr-defined]

    @property
    def chosen(self) -> Subject:
        return self.subjects[self.cleaned_data["subject"]]
