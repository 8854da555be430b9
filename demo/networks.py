"""What the demo's lead keeps besides its partners: networks and vendors, a ticket passed on, default terms, and what
two customers say of outsourcing."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import partial

from demo import guide, handovers
from demo.desk import Desk
from demo.history import History
from outsourcing.models import LeadSide, Network
from outsourcing.services import keeping, referring, ruling
from outsourcing.terms import Draft
from tickets.models import Source, Ticket

# kind, name, what happens on sending, where to
NETWORKS = (
    ("network", "Freiberufler-Pool Nord", "email", "auftrag@pool-nord.example"),
    ("vendor", "Werksservice Druckhaus", "link", "https://service.druckhaus.example/auftrag"),
    ("vendor", "Kabelbau Petersen", "nothing", ""),
)
RULES = (("Steuerkanzlei Möller", "never"), ("Hotel Alsterblick", "ask_first"))
NOTE = "Zwei Stunden vor Ort, diese oder nächste Woche. Bitte vorher anrufen."


def plan(history: History, desks: dict[str, Desk]) -> None:
    """All of it at Nordlicht, in the last days."""
    lead, service = desks["nordlicht"], desks["baltic"]
    history.at(history.now - timedelta(days=30), lead.slug, partial(_networks, lead))
    history.at(history.now - timedelta(days=20), lead.slug, partial(_terms, lead, service))
    history.at(history.now - timedelta(hours=5), lead.slug, partial(_refer, lead))
    history.at(history.now - timedelta(hours=3), lead.slug, partial(_rules, lead))


def _networks(desk: Desk) -> None:
    by = desk.history.manager(desk.slug)
    for kind, name, action, address in NETWORKS:
        referring.keep_network(None, by=by, kind=kind, name=name, action=action, address=address)


def _terms(lead: Desk, service: Desk) -> None:
    draft = Draft(
        cost_rate=Decimal(62),
        authorised_minutes=180,
        authorised_charges=Decimal(50),
        step_minutes=15,
        not_to_exceed=True,
        answer_hours=8,
        instructions="Bitte eine Stunde vorher anrufen und das Typenschild fotografieren.",
    )
    keeping.set_terms(handovers.partnership(lead, service), draft, by=lead.history.manager(lead.slug))


def _refer(desk: Desk) -> None:
    taken = LeadSide.objects.values("ticket")
    free = Ticket.objects.unresolved().exclude(pk__in=taken).exclude(source=Source.INSOURCED)
    spoken_for = [desk.customer(name).pk for name, _ in RULES]
    ticket = free.exclude(company__in=spoken_for).exclude(key=guide.TICKET).order_by("pk").last()
    if ticket is not None:
        by = desk.history.actor(desk.slug, "Jonas")
        referring.send(ticket, Network.objects.get(action="email"), Decimal(180), NOTE, "", by=by)


def _rules(desk: Desk) -> None:
    by = desk.history.manager(desk.slug)
    for name, rule in RULES:
        ruling.rule(desk.customer(name), rule, by=by)
