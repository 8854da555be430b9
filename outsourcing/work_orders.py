"""The work order on paper: what the page says, for whoever goes there. No money, whoever prints it (spec §5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from outsourcing import readings
from outsourcing.models import Handover, Terms
from psa.paper.document import Block, Document, Fact, Facts, Heading, Text, WriteOn
from psa.tenant_settings.services import logo_of
from psa.web.figures import hours, moment
from tickets.models import Ticket

NOTHING = "–"
LINES = 5


def document(handover: Handover, ticket: Ticket, terms: Terms) -> Document:
    """The work order of our insourced ticket, in the reader's language and zone."""
    title = _("Work order %(number)s") % {"number": ticket.number}
    blocks = list(_blocks(handover, ticket, terms))
    return Document(ticket.tenant.name, title, ticket.title, get_language() or "en", blocks, logo_of(ticket.tenant))


def _blocks(handover: Handover, ticket: Ticket, terms: Terms) -> Iterator[Block]:
    yield Facts(list(_facts(handover, ticket, terms)))
    yield Heading(_("Where"))
    where = list(_place(terms.customer))
    yield Facts(where) if where else Text(_("The lead partner names no place. Ask before you go."), is_quiet=True)
    if terms.lead_contact.get("name"):
        yield Heading(_("Questions to"))
        yield Facts([Fact(_("Their contact"), _reachable(terms.lead_contact, "name"))])
    yield Heading(_("What is to be done"))
    yield Text(ticket.description or ticket.title)
    if terms.instructions:
        yield Heading(_("Instructions"))
        yield Text(terms.instructions)
    signatures = (_("Date, from, to"), _("Technician, name and signature"), _("On site, name and signature"))
    yield WriteOn(_("Done on site"), LINES, signatures)


def _facts(handover: Handover, ticket: Ticket, terms: Terms) -> Iterator[Fact]:
    yield Fact(_("Lead partner"), handover.lead_name)
    yield Fact(_("Their number"), str(handover.lead_number or NOTHING))
    yield _complete_by(handover)
    yield Fact(_("Authorised hours"), hours(terms.authorised_minutes) if terms.authorised_minutes else NOTHING)
    yield Fact(_("Assignee"), ticket.assignee.name if ticket.assignee else NOTHING)
    if terms.is_on_site:
        yield Fact(_("Visit"), _("A visit on site is required"))


def _complete_by(handover: Handover) -> Fact:
    """Our clock, and the lead's where it differs."""
    if handover.complete_by is None:
        return Fact(_("Complete by"), NOTHING)
    ours = f"{moment(handover.complete_by)} {timezone.get_current_timezone_name()}"
    theirs = readings.lead_time(handover)
    said = f"{date_format(theirs, 'SHORT_DATETIME_FORMAT', use_l10n=True)} {theirs.tzinfo}" if theirs else ""
    return Fact(_("Complete by"), ours, f"{handover.lead_name}: {said}" if said else "")


def _place(customer: dict[str, Any]) -> Iterator[Fact]:
    """The end customer as far as the lead shares it."""
    if customer.get("company"):
        yield Fact(_("End customer"), customer["company"])
    if customer.get("site"):
        yield Fact(_("Site"), customer["site"])
    if customer.get("contact"):
        yield Fact(_("Contact on site"), _reachable(customer, "contact"))


def _reachable(person: dict[str, Any], name: str) -> str:
    return "\n".join(person[part] for part in (name, "phone", "email") if person.get(part))
