"""Who is told by mail what becomes of a request: its customer of plans, its technician of words, dispatchers of what
waits for them."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.functional import lazystr
from django.utils.translation import gettext_lazy as _

from psa.journal import journal
from psa.journal.models import Entry
from psa.mail import mail
from psa.mail.mail import Recipient
from psa.tenancy import doors, scope
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership
from psa.web import refusals
from tickets import sight
from tickets.models import Ticket
from tickets.services import watching
from workflows.services import addressees

# What the customer hears of besides notices and questions, and what the technician responsible hears of the customer.
TOLD = {
    "ticket.taken_back": "taken_back",
    "ticket.planned": "planned",
    "ticket.stood_down": "stood_down",
}
ANSWERS = {
    "ticket.accepted_by_customer": _("accepted the solution"),
    "ticket.deployment_requested": _("accepted the solution and asked for its deployment"),
    "ticket.defect_found": _("found a defect and reopened the ticket"),
    "ticket.objected": _("objected and reopened the ticket"),
    "ticket.auto_accepted": _("let the time pass: the solution counts as accepted"),
    "ticket.accepted_ahead": _("accepted the solution while a partner still works on it"),
}


def connect() -> None:
    """Listen to what is told. Called once, when the app starts."""
    for kind in TOLD:
        journal.subscribe(kind, on_planned)
    for kind in ANSWERS:
        journal.subscribe(kind, on_answer)
    journal.subscribe("ticket.decision_needed", on_decision_needed)


def on_planned(entry: Entry) -> None:
    """Whoever was asked to review hears what is planned, and what is not any more."""
    ticket = Ticket.objects.get(pk=entry.subject_id)
    window: dict[str, Any] = {
        name: parse_datetime(entry.data[name]) for name in ("begins", "ends") if name in entry.data
    }
    news = "replanned" if entry.data.get("again") else TOLD[entry.kind]
    addressees.write("request_news", ticket, addressees.reviewers(ticket), news=news, **window)


def on_answer(entry: Entry) -> None:
    """Whoever is responsible hears the customer's word, unless they said it themselves or watch the ticket."""
    ticket = Ticket.objects.get(pk=entry.subject_id)
    if ticket.assignee_id in {None, entry.by_id}:
        return
    watchers = {person.pk for person in watching.of(ticket)}
    people = Membership.objects.filter(pk=ticket.assignee_id).exclude(pk__in=watchers).select_related("role", "tenant")
    name = ticket.contact.name if ticket.contact and entry.by_kind == "system" else entry.by_name
    facts = {"what": ANSWERS[entry.kind], "text": str(entry.data.get("text") or "")}
    _post("customer_answered", people, ticket, by=name, **facts)


def on_decision_needed(entry: Entry) -> None:
    """Whoever may decide hears that something waits."""
    ticket = Ticket.objects.get(pk=entry.subject_id)
    people = [one for one in sight.members() if Actor.of(one).can("ticket.override") and one.pk != entry.by_id]
    why = lazystr(_Said(entry.data["code"], entry.data["params"]))
    _post("decision_needed", people, ticket, what=why)


class _Said:
    """A task's sentence, in the language it is read in."""

    def __init__(self, code: str, params: dict[str, Any]) -> None:
        self.code, self.params = code, params

    def __str__(self) -> str:
        return refusals.sentence(self.code, self.params)


def _post(code: str, people: Any, ticket: Ticket, **facts: Any) -> None:
    """The mail to those of them who may see the ticket now (hostile test A7)."""
    to = [Recipient.of(person) for person in sight.who_see(ticket, people)]
    if to:
        url = reverse("tickets:page", args=[doors.slug(scope.tenant_id()), ticket.number])
        mail.post(code, to, ticket, ticket=str(ticket.number), title=ticket.title, url=url, **facts)
