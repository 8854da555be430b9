"""Mails about visits: planned after the cut-off, not prepared at it, still not prepared an hour later.

Both managers of a visit are told: the sales owner of its order, or whoever manages orders, and the dispatchers. Where a
company has neither, its administrators are.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.dateparse import parse_datetime

from billing.models import OrderTicket
from psa.journal import journal
from psa.journal.models import Entry
from psa.mail import mail
from psa.tenancy import doors, granting, scope
from psa.tenancy.capabilities import ADMINISTRATOR
from psa.tenancy.models import Membership
from tickets.models import Appointment, Ticket
from tickets.services import appointments


def connect() -> None:
    """Listen to what the rule says. Called once, when the app starts."""
    journal.subscribe("visit.planned_late", on_late)
    journal.subscribe("visit.reminded", on_reminded)
    journal.subscribe("visit.escalated", on_escalated)


def on_late(entry: Entry) -> None:
    """Both managers hear of a plan behind the cut-off, with its reason."""
    due = parse_datetime(entry.data["due"])
    _post(entry, {*sales(entry.subject_id), *dispatchers()}, "late", reason=entry.data["text"], due=due)


def on_reminded(entry: Entry) -> None:
    """Sales hear that nothing is prepared at the cut-off."""
    _post(entry, sales(entry.subject_id), "reminder")


def on_escalated(entry: Entry) -> None:
    """An hour later whoever manages orders and the dispatchers hear of it."""
    _post(entry, {*_able("order.manage"), *dispatchers()}, "escalation")


def sales(ticket_id: int) -> set[Membership]:
    """The sales owner of the order the ticket came from; else whoever manages orders."""
    made = OrderTicket.objects.select_related("order__owner__role", "order__owner__tenant")
    found = made.filter(ticket=ticket_id).first()
    owner = found.order.owner if found else None
    return {owner} if owner is not None and owner.is_active else _able("order.manage")


def dispatchers() -> set[Membership]:
    """Whoever leads the desk: they may go past its rules."""
    return _able("ticket.override")


def _able(capability: str) -> set[Membership]:
    """Who holds a right for everything; administrators, who hold all of them, only where nobody else does."""
    found = granting.holders(lambda actor: actor.can(capability) == "all")
    others = {one for one in found if one.role.code != ADMINISTRATOR}
    return others or set(found)


def _post(entry: Entry, people: Iterable[Membership], occasion: str, **facts: Any) -> None:
    row = Appointment.objects.get(pk=entry.data["id"])
    ticket = Ticket.objects.select_related("company").get(pk=entry.subject_id)
    to = [mail.Recipient.of(one) for one in sorted(people, key=lambda one: one.pk) if one.is_active]
    mail.post(
        "visit_unprepared",
        to,
        ticket,
        occasion=occasion,
        ticket=str(ticket.number),
        title=row.title or ticket.title,
        company_name=ticket.company.name,
        by=entry.by_name,
        starts=row.starts_at,
        people=", ".join(appointments.people_of(row).values_list("name", flat=True)),
        url=reverse("billing:appointment", args=[doors.slug(scope.tenant_id()), row.key]),
        **facts,
    )
