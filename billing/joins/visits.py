"""Joins appointments, the day-before rule and licences to the desk, the clock and the pages."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from billing.home import visits as today
from billing.notifications import visits as mails
from billing.refusals import visits as refusals
from billing.sentences import visits as sentences
from billing.services import licences, visits
from psa.web import home, nav
from tickets.services import appointments


def _has_a_full_desk(request: Any) -> bool:
    return not request.tenant.is_portal


def connect() -> None:
    """Called once, when the app starts."""
    appointments.connect()
    visits.connect()
    licences.connect()
    mails.connect()
    refusals.register()
    sentences.register()
    home.panel("appointments", "billing/visits/home.html", today.appointments, capability="ticket.view", order=35)
    home.panel("licences", "billing/licences/home.html", today.returned, capability="licence.handoff_create", order=36)
    for label, icon, name, capability, group, order in (
        (_("Appointments"), "calendar-clock", "billing:week", "ticket.view", "desk", 20),
        (_("Licences"), "key", "billing:licences", "order.view", "sales", 40),
        (_("Installed, not billed"), "hourglass", "billing:licences_not_billed", "report.view", "billing", 60),
        (_("Delivered, not invoiced"), "truck", "billing:deliveries_not_invoiced", "report.view", "billing", 61),
    ):
        nav.register(
            label, icon, name, capability=capability, group=group, order=order, needs=_has_a_full_desk, alone=True
        )
