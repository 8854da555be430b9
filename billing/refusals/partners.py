"""What the refusals of money between partners say: what stands against it, and what to do instead."""

from __future__ import annotations

from django.utils.translation import gettext as _

from psa.web import refusals


def register() -> None:
    """Give every code its sentence."""
    say = refusals.register
    say(
        "partner_work_is_provisional",
        lambda p: (
            _(
                "%(partner)s is still at work: what they logged is provisional. It can be approved and posted once the"
                " handover is complete or returned."
            )
            % p
        ),
    )
    say(
        "insourced_work_is_under_way",
        lambda p: (
            _(
                "This work for %(partner)s is still under way. Choose “Insourcing complete” first; until then it can be"
                " looked through."
            )
            % p
        ),
    )
    say(
        "price_in_other_currency",
        lambda p: (
            _("The partner's price is in %(theirs)s, the customer is billed in %(ours)s. Enter the price or the rate.")
            % p
        ),
    )
    say("no_exchange_needed", lambda p: _("This is in the customer's currency, or has its rate already."))
    say(
        "settlement_is_missing",
        lambda p: _("There is no settlement with %(partner)s yet: it is written when the work has ended.") % p,
    )
    say(
        "cost_follows_settlement",
        lambda p: (
            _("This charge is the cost of %(partner)s's work as it was settled; it changes with a new settlement.") % p
        ),
    )
    say("nothing_to_invoice", lambda p: _("Everything of this settlement stands on an invoice already."))
