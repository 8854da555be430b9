"""A mail in a company's own words, to look at: with made-up facts, or with those of one of its tickets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from psa.mail import mail, placeholders, wording
from psa.mail.models import OutgoingMail
from psa.tenancy import doors, scope
from psa.tenancy.actor import Actor
from psa.tenancy.models import Tenant
from tickets.models import Ticket
from workflows.rules import case as cases
from workflows.rules import variables
from workflows.rules.variables import Eyes


@dataclass(frozen=True, slots=True)
class Sample:
    """How a mail would look in one language; `wrong` says why it would not."""

    language: str
    subject: str = ""
    text: str = ""
    wrong: str = ""


def ticket_of(number: str, actor: Actor) -> Ticket | None:
    """The ticket of this number, if the reader sees it."""
    if not (number.isdecimal() and len(number) < 10):
        return None
    seen = Ticket.objects.visible_to(actor).filter(number=int(number)).values("pk")
    return cases.tickets().filter(pk__in=seen).first()


def of_catalogue(code: str, language: str, own: tuple[str, str] | None, ticket: Ticket | None, by: Actor) -> Sample:
    """A mail of the catalogue, in the company's words where there are some."""
    facts = _facts(ticket, by) if ticket is not None else {}
    try:
        return _shown(mail.specimen(code, language, own, facts), language)
    except mail.Unfit as error:
        return Sample(language, wrong=_("This cannot be used: %(why)s.") % {"why": error.code.partition(" ")[2]})


def of_own(language: str, own: tuple[str, str], ticket: Ticket | None) -> Sample:
    """A mail of the company's own, as one of its members would read it."""
    if wrong := placeholders.unknown("\n".join(own), variables.known()):
        names = ", ".join(f"{{{name}}}" for name in wrong)
        return Sample(language, wrong=_("These placeholders are not known here: %(names)s.") % {"names": names})
    tenant = Tenant.objects.get(pk=scope.tenant_id())
    with translation.override(language), mail.written_as(tenant):
        case = cases.of_ticket(ticket) if ticket is not None else None
        words = variables.values(case, Eyes.TERMS) if case is not None else variables.examples()
        subject, text = (placeholders.fill(part, words) for part in own)
    facts = {"subject": subject, "text": text, "ticket": str(ticket.number) if ticket else "1042", "rule": _("Rule")}
    return _shown(mail.specimen("rule_mail", language, None, facts), language)


def title(code: str) -> str:
    """What a mail of the catalogue is called here; a new one of our own has no code yet."""
    return str(wording.LABELS.get(code, code)) if code else _("New mail")


def _shown(made: OutgoingMail, language: str) -> Sample:
    return Sample(language, made.subject, made.text)


def _facts(ticket: Ticket, by: Actor) -> Mapping[str, Any]:
    """What a mail about this ticket would name."""
    case = cases.of_ticket(ticket)
    found: dict[str, Any] = {
        "ticket": str(ticket.number),
        "title": ticket.title,
        "url": reverse("tickets:page", args=[doors.slug(scope.tenant_id()), ticket.number]),
        "by": by.name,
        "author": by.name,
        "company_name": str(ticket.company),
        "customer": str(ticket.company),
        "queue": str(ticket.queue),
    }
    if case.handover is not None:
        found |= {"partner": case.partner, "answer_by": case.handover.answer_by or ""}
    return found


def variables_of(code: str) -> list[tuple[str, Any]]:
    """What the words of a catalogue's mail may name, each with what it stands for."""
    return [(f"{{{name}}}", wording.VARIABLES.get(name, name)) for name in wording.variables(code)]
