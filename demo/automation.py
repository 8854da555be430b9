"""The demo's rules: one for what is critical, one for what a partner sends back, and one that ran into its limit."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from demo.desk import Desk
from demo.history import History
from psa.mail import wording
from workflows.rules import variables
from workflows.services import rules
from workflows.services.rules import Wanted

# Per company: the names of its rules and its mail, and what they write.
WORDS = {
    "nordlicht": {
        "critical": "Kritisches an die Disponenten",
        "back": "Zurückgegebenes wieder übernehmen",
        "chatty": "Jeden Schritt notieren",
        "mail": "Kritisches Ticket",
        "note": "{handover.partner} hat die Arbeit nicht übernommen: {handover.reason}",
        "step": "{by} hat den Status geändert: {ticket.status}.",
    },
    "baltic": {
        "critical": "Kritiskais dispečeriem",
        "back": "Atdotais atpakaļ nosūtītājam",
        "chatty": "Pierakstīt katru gājienu",
        "mail": "Kritisks pieteikums",
        "note": "{handover.partner} darbu nepārņēma: {handover.reason}",
        "step": "{by} mainīja statusu: {ticket.status}.",
    },
}
LETTER = {
    "de": (
        "Kritisch: {ticket.title}",
        "Guten Tag,\n\nTicket {ticket.number} von {customer} ist kritisch. Bitte ansehen:\n{ticket.url}",
    ),
    "en": (
        "Critical: {ticket.title}",
        "Good day,\n\nticket {ticket.number} of {customer} is critical. Please look:\n{ticket.url}",
    ),
    "lv": (
        "Kritisks: {ticket.title}",
        "Labdien!\n\nKlienta {customer} pieteikums {ticket.number} ir kritisks. Lūdzu, apskatiet:\n{ticket.url}",
    ),
}


def plan(history: History, desks: dict[str, Desk]) -> None:
    """Two rules that have run for weeks; the third was switched on three days ago and soon stopped itself."""
    for slug in WORDS:
        history.at(history.now - timedelta(days=60), slug, partial(_useful, desks[slug]))
        history.at(history.now - timedelta(days=3), slug, partial(_chatty, desks[slug]), partners=True)


def _useful(desk: Desk) -> None:
    by, words = desk.history.manager(desk.slug), WORDS[desk.slug]
    mail = wording.save("", LETTER, by=by, known=variables.known(), name=words["mail"])
    is_critical = {"match": "all", "rows": [{"field": "priority", "op": "is", "value": ["1"]}]}
    told = [{"do": "mail", "template": mail.pk, "to": ["dispatchers", "queue"]}]
    back = [{"do": "assign", "to": "role:sender"}, {"do": "note", "text": words["note"]}]
    for wanted in (
        Wanted(words["critical"], "ticket.created", conditions=is_critical, steps=told),
        Wanted(words["back"], "handover.declined", steps=back),
    ):
        rules.switch(rules.save(None, wanted, by=by), True, by=by)


def _chatty(desk: Desk) -> None:
    by, words = desk.history.manager(desk.slug), WORDS[desk.slug]
    wanted = Wanted(words["chatty"], "ticket.moved", steps=[{"do": "note", "text": words["step"]}], limit=1)
    rules.switch(rules.save(None, wanted, by=by), True, by=by)
