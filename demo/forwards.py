"""A ticket of a technician's that its manager helps on, and the mail that told the customer when somebody comes."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from demo.desk import Desk
from demo.history import History
from psa.tenancy.models import Membership
from tickets import services
from tickets.models import Source, Ticket
from tickets.services.forwarding import Forward

NOTE = {
    "de": "Bitte den Wartungsvertrag prüfen, der Kunde fragt nach den Kosten.",
    "lv": "Lūdzu, pārbaudiet apkopes līgumu: klients jautā par izmaksām.",
}


def plan(history: History, desks: dict[str, Desk]) -> None:
    """An hour ago, at both desks."""
    for slug, name in (("nordlicht", "Ada"), ("baltic", "Ilze")):
        history.at(history.now - timedelta(minutes=62), slug, partial(_forward, desks[slug], name))


def _forward(desk: Desk, name: str) -> None:
    history, slug = desk.history, desk.slug
    rows = Ticket.objects.filter(assignee=history.member(slug, name), is_open=True).exclude(source=Source.INSOURCED)
    ticket = rows.exclude(contact=None).exclude(contact__email="").order_by("-pk").first()
    if ticket is None:
        return
    by, manager = history.actor(slug, name), Membership.objects.get(pk=history.manager(slug).membership_id)
    text = services.customer_mails.request_received(ticket, by)
    to = Forward(manager, adds=True, note=NOTE[desk.firm.language])
    services.forwarding.forward(ticket, to, by=by, mail_text=text)
