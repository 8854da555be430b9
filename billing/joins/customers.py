"""Joins a customer's invoices to its portal: its navigation, its first page, the link in a mail, and who sees them."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.services import customers, recipients
from workflows import links
from workflows.portal import rooms
from workflows.services import portal_access


def connect() -> None:
    """Called once, when the app starts."""
    rooms.register(
        _("Invoices"),
        "receipt",
        "billing:customer_invoices",
        opens=lambda eyes: eyes.access.sees_invoices,
        template="billing/customers/home.html",
        fill=due,
    )
    links.lead(recipients.PAGE, "billing:customer_invoice", _("Your invoice"))
    portal_access.usual("sees_invoices", recipients.is_recipient)


def due(request: Any) -> list[dict[str, Any]] | None:
    """What is open of the reader's company, for the portal's first page."""
    return customers.due(request.eyes, timezone.localdate()) or None
