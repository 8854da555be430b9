"""What two companies still have to say to each other about a handover: other terms, a part, more time, questions.

The forms people fill in, and what the pages show of what is said already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outsourcing.forms.fields import HoursField, Refusable
from outsourcing.labels import PROPOSALS
from outsourcing.models import Handover, HandoverStatus, LeadSide, Proposal, Question, RateType, Release, Side, Terms
from outsourcing.sentences import TERMS, term
from outsourcing.services import limits, proposals, questions
from psa.tenancy import doors
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.web.figures import money
from tickets import permissions
from tickets.forms import Amount, Moment, Text
from tickets.models import Ticket

FIELDS = {"authorised_minutes": "authorised_hours"}


# Forms ----------------------------------------------------------------------------------------------------------------
class ProposeForm(Refusable):
    """Other terms than those in force, which it opens with."""

    places = {"moment_is_past": "complete_by", "answer_by_after_complete_by": "answer_by"}

    authorised_hours = HoursField(
        label=gettext_lazy("Authorised hours"), required=False, help_text=gettext_lazy("5, 1.5 or 1:30")
    )
    authorised_charges = Amount(
        label=gettext_lazy("Authorised charges"), required=False, max_digits=12, decimal_places=2, min_value=0
    )
    cost_rate = Amount(label=gettext_lazy("Rate per hour"), max_digits=10, decimal_places=2, min_value=0)
    flat_amount = Amount(label=gettext_lazy("Flat amount"), max_digits=12, decimal_places=2, min_value=0)
    answer_by = Moment(label=gettext_lazy("Answer by"))
    complete_by = Moment(label=gettext_lazy("Complete by"), required=False)
    instructions = Text(label=gettext_lazy("Instructions"), required=False)
    reason = Text(label=gettext_lazy("Reason"), max_length=2000, help_text=gettext_lazy("The partner reads this."))

    def __init__(self, handover: Handover, terms: Terms, data: Any = None) -> None:
        self.handover, self.terms = handover, terms
        names = {FIELDS.get(name, name): getattr(terms, name) for name in proposals.COLUMNS}
        super().__init__(data, initial=names)
        gone = "flat_amount" if terms.rate_type == RateType.HOURLY else "cost_rate"
        del self.fields[gone]
        if handover.status != HandoverStatus.ASSIGNED:
            del self.fields["answer_by"]

    @property
    def terms_fields(self) -> list[Any]:
        """The fields of the terms, without the reason."""
        return [self[name] for name in self.fields if name not in {"reason", "instructions"}]

    # Set by a refusal: what is typed needs somebody with a higher limit.
    is_over_limit = False

    def refuse(self, refused: Refused) -> None:
        asked = self.data.get("do") == "release" and refused.code != "release_not_needed"
        self.is_over_limit = asked or refused.code == "over_your_limit"
        super().refuse(refused)

    def changes(self) -> dict[str, Any]:
        """What was changed, by column of the terms. A moment shown to the minute and left alone is the same."""
        found = {}
        for name in proposals.COLUMNS:
            typed = FIELDS.get(name, name)
            if typed in self.changed_data:
                found[name] = self._value(typed)
        return found

    def _value(self, name: str) -> Any:
        value = self.cleaned_data[name]
        if name == "authorised_hours":
            return value or 0
        return Decimal(0) if name == "authorised_charges" and value is None else value


class ExtendForm(Refusable):
    """Until when the partner may answer."""

    places = {"not_an_extension": "answer_by", "answer_by_after_complete_by": "answer_by"}
    answer_by = Moment(label=gettext_lazy("Answer by"))

    def __init__(self, handover: Handover, data: Any = None) -> None:
        super().__init__(data, initial={"answer_by": handover.answer_by})


class AskForm(Refusable):
    """A question to the other company."""

    text = Text(label=gettext_lazy("Question"), max_length=4000, help_text=gettext_lazy("The partner reads this."))


class AnswerForm(Refusable):
    """The answer to it."""

    text = Text(label=gettext_lazy("Answer"), max_length=4000, help_text=gettext_lazy("The partner reads this."))


class PartForm(Refusable):
    """How much of a flat amount is to be paid for work that was not finished."""

    part = forms.IntegerField(
        label=gettext_lazy("Part of the flat amount you propose, in per cent"), min_value=0, max_value=100
    )
    reason = Text(label=gettext_lazy("Reason"), max_length=2000, help_text=gettext_lazy("The partner reads this."))


class RefuseForm(Refusable):
    """Why a proposal is not agreed to."""

    reason = Text(label=gettext_lazy("Reason"), max_length=2000, help_text=gettext_lazy("The partner reads this."))


# What pages show ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Step:
    """A page that can be opened from a handover now."""

    label: Any
    icon: str
    url: str


def steps(handover: Handover, ticket: Ticket | None, by: Actor) -> list[Step]:
    """What this member may say now: propose, extend, ask, propose a part."""
    is_lead, found = handover.lead_id == by.tenant_id, []
    if may_deal(handover, ticket, by):
        if proposals.open_for(handover):
            found.append(("propose", _("Propose a change"), "pencil"))
        if is_lead and handover.status == HandoverStatus.ASSIGNED:
            found.append(("extend", _("Extend"), "hourglass"))
        if handover.status == HandoverStatus.RETURNED and proposals.is_unsettled(handover):
            found.append(("propose_part", _("Propose a part"), "receipt"))
    if questions.may_talk(handover) and not questions.missing(handover, ticket, by):
        found.append(("ask", _("Ask a question"), "message-square"))
    slug = ticket.tenant.slug if ticket is not None else doors.slug(by.tenant_id)
    return [Step(label, icon, reverse(f"outsourcing:{name}", args=[slug, handover.key])) for name, label, icon in found]


def may_deal(handover: Handover, ticket: Ticket | None, by: Actor) -> bool:
    """Whether this member may propose and answer terms."""
    if handover.lead_id != by.tenant_id:
        return bool(by.can("outsource.partners"))
    return bool(by.can("outsource.send")) and ticket is not None and permissions.may(ticket, "ticket.edit", by)


@dataclass(frozen=True, slots=True)
class Changed:
    """One of the terms, as it was and as it would be or is."""

    label: Any
    old: str
    new: str


@dataclass(slots=True)
class Offered:
    """A proposal as a side reads it: by whom, what, and whether it is ours to answer or to take back."""

    proposal: Proposal
    company: str
    badge: Any
    rows: list[Changed]
    may_answer: bool = False
    may_withdraw: bool = False
    warning: str = ""
    is_over_limit: bool = False


def offered(handover: Handover, terms: Terms | None, ticket: Ticket | None, by: Actor) -> list[Offered]:
    """Every proposal of a handover, the newest first."""
    deals, me = may_deal(handover, ticket, by), handover.side_of(by.tenant_id)
    found = []
    for one in Proposal.objects.filter(handover=handover).order_by("-pk"):
        is_ours = one.side == me
        rows = compared(one, terms if one.is_open else None, terms.currency) if terms else []
        made = Offered(one, company(handover, one.side), PROPOSALS.badge(one.status, True), rows)
        can_count = one.is_part or proposals.open_for(handover)
        made.may_answer = one.is_open and deals and not is_ours and can_count
        made.may_withdraw = one.is_open and deals and is_ours
        if made.may_answer and me == Side.LEAD and ticket is not None and terms is not None:
            made.warning = _loss(handover, one, terms)
            comes_to = proposals.comes_to(terms, proposals.values(one))
            made.is_over_limit = not one.is_part and not limits.suffices(comes_to, by)
        found.append(made)
    return found


def compared(proposed: Proposal | Release, old: Terms | None, currency: str) -> list[Changed]:
    """What is proposed, against the terms it would change where these are given."""
    return [
        Changed(TERMS[name], term(name, getattr(old, name), currency) if old else "", term(name, value, currency))
        for name, value in proposals.values(proposed).items()
    ]


def _loss(handover: Handover, proposal: Proposal, terms: Terms) -> str:
    """The same second look as on the offer page: what we bill is less than what we would pay."""
    rate = proposals.values(proposal).get("cost_rate")
    bill = LeadSide.objects.filter(handover=handover).values_list("bill_rate", flat=True).first()
    if rate is None or bill is None or bill >= rate:
        return ""
    return _("You bill %(bill)s an hour and pay %(cost)s.") % {
        "bill": money(bill, terms.currency),
        "cost": money(rate, terms.currency),
    }


@dataclass(frozen=True, slots=True)
class Version:
    """One frozen version of the terms and what changed with it."""

    terms: Terms
    rows: list[Changed]


def versions(handover: Handover) -> list[Version]:
    """Every version of the terms, the newest first, each against the one before it."""
    found: list[Version] = []
    before: Terms | None = None
    for one in Terms.objects.filter(handover=handover).order_by("version"):
        rows = [] if before is None else _differences(before, one)
        found.insert(0, Version(one, rows))
        before = one
    return found


def _differences(old: Terms, new: Terms) -> list[Changed]:
    return [
        Changed(label, term(name, getattr(old, name), old.currency), term(name, getattr(new, name), new.currency))
        for name, label in TERMS.items()
        if getattr(old, name) != getattr(new, name)
    ]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as a side reads it."""

    question: Question
    company: str
    answering: str
    may_answer: bool


def thread(handover: Handover, ticket: Ticket | None, by: Actor) -> list[Asked]:
    """What was asked and answered between the two, the oldest first."""
    me, found = handover.side_of(by.tenant_id), []
    may = questions.may_talk(handover) and not questions.missing(handover, ticket, by)
    for one in Question.objects.filter(handover=handover):
        other = Side.SERVICE if one.side == Side.LEAD else Side.LEAD
        may_answer = may and one.is_open and one.side != me
        found.append(Asked(one, company(handover, one.side), company(handover, other), may_answer))
    return found


def proposal_named(handover: Handover, key: UUID) -> Proposal | None:
    """One proposal of this handover."""
    return Proposal.objects.select_related("handover").filter(handover=handover, key=key).first()


def question_named(handover: Handover, key: UUID) -> Question | None:
    """One question about this handover."""
    return Question.objects.select_related("handover").filter(handover=handover, key=key).first()


def company(handover: Handover, side: str) -> str:
    """The name of the company on this side."""
    return handover.lead_name if side == Side.LEAD else handover.service_name


@dataclass(slots=True)
class Waiting:
    """What waits on a ticket's handover: open questions, proposals and a part nobody agreed on. For the bar."""

    asked: Sequence[Question] = ()
    proposed: Sequence[Proposal] = ()
    is_unsettled: bool = False
    ours: list[Question] = field(default_factory=list)
    theirs: list[Question] = field(default_factory=list)


def waiting(handover: Handover, side: str) -> Waiting:
    """Read once a page; nothing is asked where the ticket's handovers were read with nothing open."""
    found = Waiting()
    if not questions.may_talk(handover) and handover.status != HandoverStatus.RETURNED:
        return found
    if getattr(handover, "is_asked", True):
        found.asked = list(Question.objects.filter(handover=handover, answered_at=None))
    found.ours = [one for one in found.asked if one.side == side]
    found.theirs = [one for one in found.asked if one.side != side]
    if getattr(handover, "is_proposed", True):
        found.proposed = list(Proposal.objects.filter(handover=handover, status="open"))
    found.is_unsettled = handover.status == HandoverStatus.RETURNED and proposals.is_unsettled(handover)
    return found


def context(handover: Handover, terms: Terms | None, ticket: Ticket | None, by: Actor) -> dict[str, Any]:
    """All of it for a handover's page; terms only for those who may see them."""
    sees = bool(by.can("outsource.view_terms"))
    return {
        "steps": steps(handover, ticket, by),
        "proposals": offered(handover, terms, ticket, by) if sees else [],
        "versions": versions(handover) if sees else [],
        "thread": thread(handover, ticket, by),
        "is_unsettled": handover.status == HandoverStatus.RETURNED and proposals.is_unsettled(handover),
        "rework_of": handover.rework_of,
    }
