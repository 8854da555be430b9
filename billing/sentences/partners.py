"""What the timeline and the audit say of money between partners."""

from __future__ import annotations

from django.utils.translation import gettext as _

from tickets.timeline import sentence


def register() -> None:
    """Tell the timeline."""
    sentence(
        "settlement.posted",
        lambda data: _("posted settlement statement %(number)s with %(partner)s for billing") % data,
        "badge-check",
        "teal",
    )
    sentence(
        "ticket.exchange_rate_entered",
        lambda data: _("entered the exchange rate of a partner's work: %(currency)s 1 is %(into)s %(rate)s") % data,
        "arrow-left-right",
    )
