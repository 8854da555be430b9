"""An estimate in words: what changed since the last version, and the document for paper."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from psa.paper.document import Document, Fact, Facts, Heading, Text
from psa.web import figures
from tickets.models import Ticket
from workflows.portal.decisions import Offer

FIELDS = {
    "minutes": gettext_lazy("Work"),
    "amount_net": gettext_lazy("Net amount"),
    "rate": gettext_lazy("Rate per hour"),
    "tolerance": gettext_lazy("Tolerance"),
    "vat_rate": gettext_lazy("VAT rate"),
    "proposed_due": gettext_lazy("Deadline"),
    "text": gettext_lazy("Text"),
}


def changes(offer: Offer) -> list[tuple[Any, str, str]]:
    """What is different from the version before: name, old and new, as the reader's language writes them."""
    return [
        (FIELDS.get(one["field"], one["field"]), _written(one, "old"), _written(one, "new")) for one in offer.changes
    ]


def estimate(ticket: Ticket, offer: Offer, sender: str) -> Document:
    """The estimate for paper."""
    found = offer.estimate
    currency = found.currency
    facts = [
        Fact(_("Request"), f"{ticket.number} {ticket.title}"),
        Fact(_("Customer"), ticket.company.name),
        Fact(_("Version"), str(found.version)),
        Fact(_("Work"), figures.hours(found.minutes)),
        Fact(_("Net amount"), figures.money(found.amount_net, currency)),
        Fact(_("VAT %(rate)s %%") % {"rate": figures.number(found.vat_rate)}, figures.money(offer.vat, currency)),
        Fact(_("Gross amount"), figures.money(offer.gross, currency)),
        Fact(_("Deadline"), moment(found.proposed_due)),
        Fact(_("Valid until"), moment(found.expires_at)),
    ]
    if not offer.is_fixed and found.tolerance:
        said = _("Up to %(amount)s net without asking you again.") % {"amount": figures.money(offer.most, currency)}
        facts.append(Fact(_("Tolerance"), said))
    blocks: list[Any] = [Facts(facts)]
    if found.text:
        blocks += [Heading(_("What we do")), Text(found.text)]
    title = _("Estimate %(number)s, version %(version)s") % {"number": ticket.number, "version": found.version}
    return Document(sender, title, ticket.title, get_language() or "en", blocks)


def moment(at: Any) -> str:
    """A day and a time in the company's zone."""
    return date_format(timezone.localtime(at), "DATETIME_FORMAT")


def _written(one: dict[str, Any], name: str) -> str:
    value = one[name]
    if value in ("", None):
        return "–"
    write = {
        "hours": figures.hours,
        "amount": lambda amount: figures.money(amount, one["in"]),
        "per_cent": lambda rate: f"{figures.number(rate)} %",
        "moment": moment,
    }.get(one["kind"], str)
    return str(write(value))
