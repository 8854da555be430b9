"""What the texts of rules may name: a closed list of words, put in for their reader (desk spec, hostile test X4).

Who reads decides what a word says: a customer learns nothing of partners, and terms are for who may view them.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outsourcing.labels import statuses
from outsourcing.models import Move, RateType, Terms
from psa.tenancy import doors, scope
from psa.web.figures import hours, moment, money
from tickets.labels import PRIORITIES, STATUSES
from workflows.rules.case import Case


class Eyes(StrEnum):
    """Who reads a text."""

    MEMBER = "member"  # one of us
    TERMS = "terms"  # one of us who may view terms
    PARTNER = "partner"
    CUSTOMER = "customer"


Say = Callable[[Case], str]


def _ticket(read: Callable[[Any], Any]) -> Say:
    return lambda case: str(read(case.ticket) or "") if case.ticket is not None else ""


def _handover(read: Callable[[Any], Any]) -> Say:
    return lambda case: str(read(case.handover) or "") if case.handover is not None else ""


def _at(value: Any) -> str:
    return moment(value) if value else ""


def _reason(case: Case) -> str:
    """The reason of what happened, else the last one anybody gave for this handover."""
    said = case.entry.data.get("reason") if case.entry else ""
    if said or case.handover is None:
        return str(said or "")
    rows = Move.objects.filter(handover=case.handover).exclude(reason="")
    return rows.order_by("-pk").values_list("reason", flat=True).first() or ""


def _terms(case: Case) -> str:
    terms = case.terms
    return terms_in_words(terms) if terms is not None else ""


def terms_in_words(terms: Terms) -> str:
    """`60.00 € an hour, 5:00 h, 350.00 € in all`."""
    total = _("%(amount)s in all") % {"amount": money(terms.total, terms.currency)}
    if terms.rate_type == RateType.FLAT:
        return ", ".join((_("%(amount)s flat") % {"amount": money(terms.flat_amount, terms.currency)}, total))
    rate = _("%(amount)s an hour") % {"amount": money(terms.cost_rate, terms.currency)}
    return ", ".join((rate, hours(terms.authorised_minutes), total))


def path_of(case: Case) -> str:
    """Where our own people look at it: the ticket's page, else the offer's; "" where there is neither."""
    slug = doors.slug(scope.tenant_id())
    if case.ticket is not None:
        return reverse("tickets:page", args=[slug, case.ticket.number])
    return reverse("outsourcing:handover", args=[slug, case.handover.key]) if case.handover is not None else ""


def _url(case: Case) -> str:
    path = path_of(case)
    return settings.SITE_URL + path if path else ""


def _handover_url(case: Case) -> str:
    return _url(case) if case.handover is not None else ""


def _status(case: Case) -> str:
    return statuses(case.side).text(case.handover.status) if case.handover is not None else ""


# Name → what stands for it in the list beside a text, and the word itself in the active language.
VARIABLES: dict[str, tuple[Any, Say]] = {
    "ticket.number": (gettext_lazy("number of the ticket"), _ticket(lambda t: t.number)),
    "ticket.title": (gettext_lazy("title of the ticket"), _ticket(lambda t: t.title)),
    "ticket.status": (gettext_lazy("status of the ticket"), _ticket(lambda t: STATUSES.text(t.status))),
    "ticket.priority": (gettext_lazy("priority of the ticket"), _ticket(lambda t: PRIORITIES.text(t.priority))),
    "ticket.queue": (gettext_lazy("queue of the ticket"), _ticket(lambda t: t.queue)),
    "ticket.category": (gettext_lazy("category of the ticket"), _ticket(lambda t: t.category)),
    "ticket.due": (gettext_lazy("when the ticket is due"), _ticket(lambda t: _at(t.due_at))),
    "ticket.url": (gettext_lazy("link to the ticket, for our own people"), _url),
    "customer": (gettext_lazy("name of the customer"), _ticket(lambda t: t.company)),
    "contact": (gettext_lazy("name of the contact"), _ticket(lambda t: t.contact)),
    "assignee": (gettext_lazy("name of the assignee"), _ticket(lambda t: t.assignee)),
    "by": (gettext_lazy("who did what made the rule run"), lambda case: case.entry.by_name if case.entry else ""),
    "us": (gettext_lazy("our company"), lambda case: doors.tenant_name(scope.tenant_id())),
    "handover.status": (
        gettext_lazy("outsource or insource status"),
        _status,
    ),
    "handover.partner": (gettext_lazy("the other company of the handover"), lambda case: case.partner),
    "handover.sent_by": (gettext_lazy("who sent the offer"), _handover(lambda h: h.sent_by_name)),
    "handover.answer_by": (gettext_lazy("until when the offer is answered"), _handover(lambda h: _at(h.answer_by))),
    "handover.complete_by": (gettext_lazy("until when the work is complete"), _handover(lambda h: _at(h.complete_by))),
    "handover.terms": (gettext_lazy("the terms, for who may view them"), _terms),
    "handover.reason": (gettext_lazy("the reason that was given last"), _reason),
    "handover.original_number": (gettext_lazy("the lead partner's number"), _handover(lambda h: h.lead_number)),
    "handover.url": (gettext_lazy("link to the handover, for our own people"), _handover_url),
}
# Only our own people can follow these; the partner and the customer never learn them.
_OURS = frozenset({"ticket.url", "handover.url", "assignee", "by"})


def known() -> list[str]:
    """Every name there is."""
    return list(VARIABLES)


def values(case: Case, eyes: Eyes, names: list[str] | None = None) -> dict[str, str]:
    """The words for a reader, in the active language, zone and way of writing numbers; what is not for them is empty.

    Only those of `names`, where given: nothing is looked up that no text asks for."""
    wanted = VARIABLES if names is None else [name for name in names if name in VARIABLES]
    return {name: VARIABLES[name][1](case) if _may_read(name, eyes) else "" for name in wanted}


def _may_read(name: str, eyes: Eyes) -> bool:
    if name == "handover.terms":
        return eyes in {Eyes.TERMS, Eyes.PARTNER}
    if eyes == Eyes.CUSTOMER:
        return not name.startswith("handover.") and name not in {"ticket.url", "by"}
    return eyes in {Eyes.MEMBER, Eyes.TERMS} or name not in _OURS


# Made-up words for a text that is looked at without a ticket.
EXAMPLES = {
    "ticket.number": "1042",
    "ticket.title": "Replace the switch in Tallinn",
    "customer": "Reederei Hansen",
    "contact": "Cleo Hansen",
    "assignee": "Ada Brandt",
    "by": "Max Petersen",
    "handover.partner": "Baltic Service",
    "handover.sent_by": "Ada Brandt",
    "handover.original_number": "1042",
}


def examples() -> dict[str, str]:
    """A word for every name: made up, or what the name stands for."""
    return {name: EXAMPLES.get(name, str(label)) for name, (label, _say) in VARIABLES.items()}
