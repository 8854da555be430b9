"""Mails about estimates: to the approvers who are asked, to who works on it, to dispatchers, to whoever was recorded.

Each starts from the journal's entry of the move. Amounts go to the customer's approvers; our own people read them on
the ticket, as far as they may.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone, translation

from psa.directory.models import Contact
from psa.journal import journal
from psa.journal.models import Entry
from psa.mail import mail
from psa.paper.document import pdf
from psa.tenancy import doors, granting, scope
from psa.tenancy.models import Membership
from psa.web import figures
from tickets import sight
from tickets.models import Ticket
from workflows import documents
from workflows.labels import CHANGED
from workflows.models import Decision, Estimate
from workflows.services import addressees, disowning, estimates

PAGE = "estimate"
NOT_ME = disowning.PURPOSE
NOT_ME_FOR = timedelta(days=30)
ANSWERS = {
    "ticket.estimate_accepted": "accepted",
    "ticket.estimate_declined": "declined",
    "ticket.estimate_returned": "returned",
}


def connect() -> None:
    """Listen to what happens to estimates. Called once, when the app starts."""
    journal.subscribe("ticket.estimated", on_sent)
    journal.subscribe("ticket.revised", on_sent)
    journal.subscribe("ticket.estimate_reminded", on_reminded)
    journal.subscribe("ticket.estimate_passed", on_passed)
    journal.subscribe("ticket.estimate_agreed", on_agreed)
    journal.subscribe("ticket.estimate_agreed", on_recorded)
    for kind in ANSWERS:
        journal.subscribe(kind, on_answered)
        journal.subscribe(kind, on_recorded)
    journal.subscribe("ticket.estimate_expired", on_expired)
    journal.afterwards("ticket.estimate_accepted", with_paper)


# To the approvers ---------------------------------------------------------------------------------------------------
def on_sent(entry: Entry) -> None:
    """Everybody whose word is asked for now; of a newer version with what has changed."""
    if (row := _estimate(entry)) is not None:
        occasion = "revised" if entry.kind == "ticket.revised" else "sent"
        _ask(row, estimates.waits_for(row), occasion, row.sent_by_name, changes=_changes(row))


def on_reminded(entry: Entry) -> None:
    """Whose word is missing still."""
    if (row := _estimate(entry)) is not None:
        _ask(row, estimates.waits_for(row), "reminder", row.sent_by_name)


def on_agreed(entry: Entry) -> None:
    """One of several agreed: where they decide one after the other the next one is asked."""
    row = _estimate(entry)
    if row is not None and row.mode == "sequence":
        _ask(row, estimates.waits_for(row), "turn", entry.data["name"])


def on_passed(entry: Entry) -> None:
    """To whom it was passed, with what was said."""
    if (row := _estimate(entry)) is not None:
        decision = Decision.objects.select_related("passed_to").get(pk=entry.data["decision"])
        assert decision.passed_to is not None  # held by the database
        _ask(row, [decision.passed_to], "passed", decision.name, note=decision.text)


def _ask(row: Estimate, people: Iterable[Contact], occasion: str, by: str, **more: Any) -> None:
    to = [one for one in people if one.email]
    facts = {"occasion": occasion, "by": by, "expires": row.expires_at, "text": row.text, **_figures(row), **more}
    addressees.write("estimate_sent", row.ticket, to, PAGE, **facts)


def with_paper(entry: Entry) -> None:
    """The approver who accepted gets it as a document. Drawn by the worker: nobody waits for it."""
    row = _estimate(entry)
    if row is None or (decision := _decision(entry)) is None or not decision.contact.email:
        return
    tenant = row.ticket.tenant
    with ExitStack() as reading:
        reading.enter_context(translation.override(_language(row, decision.contact)))
        reading.enter_context(timezone.override(ZoneInfo(tenant.time_zone)))
        reading.enter_context(figures.numbers_as(tenant.number_format))
        drawn = pdf(documents.estimate(row, list(row.decisions.order_by("pk"))))
    facts = {"at": decision.at, **_figures(row)}
    written = addressees.write("estimate_agreed", row.ticket, [decision.contact], PAGE, **facts)
    mail.enclose(written, f"{row.ticket.number}-estimate-{row.version}.pdf", drawn)


def on_recorded(entry: Entry) -> None:
    """A decision was recorded for somebody: they are told, and can say that it was not theirs."""
    if not entry.data.get("proof") or (row := _estimate(entry)) is None or (decision := _decision(entry)) is None:
        return
    if not decision.contact.email:
        return
    with translation.override(_language(row, decision.contact)):
        proof = documents.proof_label(decision)
    raw = doors.issue(NOT_ME, decision.pk, timezone.now() + NOT_ME_FOR)
    facts = {"answer": decision.said, "by": decision.by_name, "proof": proof, "text": decision.text, **_figures(row)}
    url = reverse("workflows:not_me", args=[raw])
    addressees.write("estimate_recorded", row.ticket, [decision.contact], PAGE, not_me_url=url, **facts)


# To our people ------------------------------------------------------------------------------------------------------
def on_answered(entry: Entry) -> None:
    """Who works on it, and who sent it, unless they wrote the answer down themselves."""
    if (row := _estimate(entry)) is None:
        return
    name = entry.data.get("name") or entry.by_name
    facts: dict[str, Any] = {"answer": ANSWERS[entry.kind], "text": entry.data.get("text", ""), "by": name}
    if entry.data.get("proof"):
        facts["recorded_by"] = entry.by_name
    if facts["answer"] == "accepted":
        facts["due"] = row.proposed_due
    _tell(row, entry, **facts)


def on_expired(entry: Entry) -> None:
    """Nobody answered: the dispatchers hear of it, and who works on it."""
    if (row := _estimate(entry)) is None:
        return
    _tell(row, entry, answer="expired", by=entry.by_name)
    ticket = row.ticket
    people = sight.who_see(ticket, granting.holders(lambda actor: actor.can("ticket.override") == "all"))
    told = {ticket.assignee_id, row.sent_by_id}
    to = [mail.Recipient.of(one, "dispatcher") for one in people if one.pk not in told]
    facts = {"company_name": ticket.company.name, "version": row.version, "is_over": bool(entry.data.get("cancelled"))}
    if to:
        mail.post(
            "estimate_expired", to, ticket, ticket=str(ticket.number), title=ticket.title, url=_desk(ticket), **facts
        )


def _tell(row: Estimate, entry: Entry, **facts: Any) -> None:
    ticket = row.ticket
    wanted = {ticket.assignee_id, row.sent_by_id} - {None, entry.by_id}
    people = Membership.objects.filter(pk__in=wanted).select_related("role", "tenant")
    to = [mail.Recipient.of(one) for one in sight.who_see(ticket, people)]
    if to:
        basics = {"ticket": str(ticket.number), "title": ticket.title, "url": _desk(ticket), "version": row.version}
        mail.post("estimate_answered", to, ticket, **basics, **facts)


# What mails say -----------------------------------------------------------------------------------------------------
def _estimate(entry: Entry) -> Estimate | None:
    """The version an entry speaks of; None where the move was made without one."""
    rows = Estimate.objects.select_related("ticket__company", "ticket__contact", "ticket__tenant")
    found: Estimate | None = rows.filter(pk=entry.data.get("estimate") or 0).first()
    return found


def _decision(entry: Entry) -> Decision | None:
    found: Decision | None = (
        Decision.objects.select_related("contact__company").filter(pk=entry.data.get("decision") or 0).first()
    )
    return found


def _language(row: Estimate, contact: Contact) -> str:
    return str(contact.language or contact.company.language or row.ticket.tenant.language)


def _figures(row: Estimate) -> dict[str, Any]:
    return {
        "version": row.version,
        "pricing": row.kind,
        "minutes": row.minutes,
        "waiting": row.waiting,
        "net": row.amount_net,
        "vat": row.vat,
        "vat_rate": row.vat_rate,
        "gross": row.gross,
        "most": row.most_net,
        "tolerance": row.tolerance,
        "currency": row.currency,
        "due": row.proposed_due,
    }


def _changes(row: Estimate) -> list[dict[str, Any]]:
    return [one | {"field": CHANGED[one["field"]]} for one in estimates.changes(row, estimates.before(row))]


def _desk(ticket: Ticket) -> str:
    return reverse("tickets:page", args=[doors.slug(scope.tenant_id()), ticket.number])
