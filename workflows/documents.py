"""An estimate on paper: what the customer was asked to agree to, and who agreed, when and from where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from psa.paper.document import Block, Document, Fact, Facts, Heading, Text
from psa.tenant_settings.services import logo_of
from psa.web.figures import hours, moment, money, number
from workflows.labels import ESTIMATES, SAID
from workflows.models import Decision, Estimate, Pricing


def estimate(row: Estimate, said: Sequence[Decision]) -> Document:
    """The document in the active language and zone. `said` are the decisions on it, the oldest first."""
    ticket = row.ticket
    title = _("Estimate for request %(number)s, version %(version)s") % {
        "number": ticket.number,
        "version": row.version,
    }
    blocks = list(_blocks(row, said))
    return Document(ticket.tenant.name, title, ticket.title, get_language() or "en", blocks, logo_of(ticket.tenant))


def _blocks(row: Estimate, said: Sequence[Decision]) -> Iterator[Block]:
    yield Facts(list(_facts(row)))
    yield Heading(_("What was agreed on") if row.status == "accepted" else _("What is proposed"))
    yield Facts(list(_price(row)))
    if row.tolerance:
        share = {"most": money(row.most_net, row.currency), "share": f"{row.tolerance} %"}
        yield Text(_("It may come to %(most)s net (plus %(share)s) without asking again.") % share)
    else:
        yield Text(_("The amount is not exceeded without asking again."))
    if row.text:
        yield Heading(_("Description"))
        yield Text(row.text)
    if said:
        yield Heading(_("Decisions"))
        for one in said:
            yield Facts(list(_decision(one)))
    yield Text(_("Fingerprint of this version (SHA-256): %(hash)s") % {"hash": row.sha256}, is_quiet=True)


def _facts(row: Estimate) -> Iterator[Fact]:
    yield Fact(_("Customer"), row.ticket.company.name)
    yield Fact(_("Status"), ESTIMATES.text(row.status))
    yield Fact(_("Sent"), moment(row.sent_at), row.sent_by_name)
    yield Fact(_("Deadline"), moment(row.proposed_due))


def _price(row: Estimate) -> Iterator[Fact]:
    if row.kind == Pricing.HOURLY:
        yield Fact(_("Work to come"), hours(row.minutes))
        if row.waiting:
            yield Fact(_("Worked already, not billed yet"), hours(row.waiting))
        yield Fact(_("Per hour, net"), money(row.rate, row.currency))
    else:
        yield Fact(_("Price"), str(Pricing.FIXED.label))
    yield Fact(_("Net"), money(row.amount_net, row.currency))
    if row.vat_rate:
        yield Fact(_("VAT %(rate)s %%") % {"rate": number(row.vat_rate)}, money(row.vat, row.currency))
    yield Fact(_("Gross"), money(row.gross, row.currency))


def _decision(one: Decision) -> Iterator[Fact]:
    yield Fact(SAID.text(one.said), one.name, moment(one.at))
    aside = ""
    if one.is_on_behalf:
        aside = _("recorded by %(name)s: %(proof)s") % {"name": one.by_name, "proof": proof_label(one)}
    yield Fact(_("From"), one.address or one.channel or "–", aside)
    if one.text:
        yield Fact(_("In their words"), one.text)


def proof_label(one: Decision) -> str:
    """What shows a decision that was recorded for somebody."""
    return str(one.get_evidence_display())
